// The grid of all films: what its cells look like, how a film is opened, which rows are shown.
(function () {
  const GRID = "library-films";
  const element = React.createElement;
  const ROOMY = 1200, WIDE = 1000, TABLET = 820, PHONE = 560; // px of the grid
  const HEADER_HEIGHT = 42; // as in dashboard/components/films.py
  const NOT_NARROW = ["year", "rating", "speech_duration", "other_duration"];
  const NOT_ON_TABLET = ["danceability", "valence", "energy"];

  const percent = (share) => {
    const rounded = Math.round(share);
    if (rounded === 0 && share > 0) return "<1\u00a0%";
    return rounded === 100 && share < 100 ? ">99\u00a0%" : `${rounded}\u00a0%`;
  };

  const address = (film, library) => {
    const query = new URLSearchParams({ ...(library ? { library } : {}), director: film.director, movie: film.movie });
    return `/movies?${query}`;
  };

  // A page of the app, without loading the app anew.
  const open = (href) => window.dash_clientside.set_props("library-url", { href });

  // Whether any film's composer is known.
  const composers = (api) => {
    let known = false;
    api.forEachLeafNode(({ data }) => (known ||= Boolean(data.composer)));
    return known;
  };

  const fitColumns = (api) => {
    const grid = document.getElementById(GRID);
    const width = grid?.clientWidth;
    if (!width) return; // not drawn
    const cards = width < PHONE;
    const columns = api.getColumns().map((column) => column.getColId());
    const hidden = [...(width < ROOMY || !composers(api) ? ["composer"] : []), ...(width < WIDE ? NOT_NARROW : []), ...(width < TABLET ? NOT_ON_TABLET : [])];
    const shown = columns.filter((id) => (cards ? id === "card" : id !== "card" && !hidden.includes(id)));
    api.setColumnsVisible(columns.filter((id) => !shown.includes(id)), false);
    api.setColumnsVisible(shown, true);
    if (grid.classList.contains("as-cards") === cards) return;
    grid.classList.toggle("as-cards", cards);
    // A page of cards is as high as they are: the phone scrolls the page, not a window in it.
    api.updateGridOptions({ domLayout: cards ? "autoHeight" : "normal", pagination: cards, headerHeight: cards ? 0 : HEADER_HEIGHT });
    if (!cards) api.resetRowHeights(); // cards measure themselves
  };

  const count = (api) => {
    let all = 0;
    api.forEachLeafNode(() => all++);
    const [shown, total] = [api.getDisplayedRowCount(), all].map((n) => n.toLocaleString("en"));
    const films = all === 1 ? "film" : "films";
    return shown === total ? `${total} ${films}` : `${shown} of ${total} ${films}`;
  };

  // What is typed keeps the films in which all its words stand. The grid's own quick filter takes a second for 10,000 films.
  const folded = (words) => window.dashAgGridFunctions.folded(words);
  let wantedWords = [];
  const texts = new WeakMap(); // of each film, folded once
  const textOf = (film) => {
    if (!texts.has(film)) texts.set(film, folded(Object.values(film).join("\n")));
    return texts.get(film);
  };
  const filter = (api, words) => {
    wantedWords = folded(words).split(/\s+/).filter(Boolean);
    api.onFilterChanged();
  };

  const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

  const complain = (title, message) => {
    const note = { action: "show", title, message, color: "red", autoClose: false };
    window.dash_clientside.set_props("shell-notes", { sendNotifications: [note] });
  };

  // A large library's first films come with the page, the others by columns from an address of their own.
  const fetchRest = async (api) => {
    const { rest } = api.getGridOption("context");
    if (!rest) return;
    await painted();
    try {
      const answer = await fetch(rest);
      if (!answer.ok) throw new Error(await answer.text());
      const columns = Object.entries(await answer.json());
      const add = columns[0][1].map((_, i) => Object.fromEntries(columns.map(([name, values]) => [name, values[i]])));
      api.applyTransaction({ add });
    } catch (error) {
      complain("Not all films could be fetched", `Only the first films are shown: ${error.message}. Load the page again.`);
    }
  };

  // The address is that of dashboard/export_route.py.
  const download = async (form, format, library, films) => {
    try {
      const query = new URLSearchParams({ ...(library ? { library } : {}), form, format });
      const answer = await fetch(`/library/export?${query}`, { method: "POST", body: films && JSON.stringify(films) });
      if (!answer.ok) throw new Error(await answer.text());
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = answer.headers.get("Content-Disposition").split("filename=")[1];
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      complain("Nothing was exported", error.message);
    }
  };

  window.dashAgGridFunctions = Object.assign({}, window.dashAgGridFunctions, {
    openClicked: function ({ data, context, event }) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (String(window.getSelection())) return; // words were marked to be copied
      open(address(data, context.library));
    },
    openOnEnter: function ({ data, context, event }) {
      if (event.key === "Enter") open(address(data, context.library));
    },
    ranked: function (one, other, order) {
      return order.indexOf(one) - order.indexOf(other);
    },
  });

  window.dashAgGridComponentFunctions = Object.assign({}, window.dashAgGridComponentFunctions, {
    FilmLink: ({ value, data, context }) => link(value, data, context),
    Director: function ({ value, context }) {
      return element("span", null, mark(context.marks[value]), element("bdi", null, value));
    },
    FilmCard: function ({ data, context }) {
      const line = (className, ...children) => element("span", { className }, ...children);
      const sounds = Object.entries(context.sounds).map(([name, colour]) => ({ name, colour, share: data[`${name}_duration`] }));
      const bar = sounds.map(({ name, colour, share }) => element("span", { key: name, style: { width: `${share}%`, background: colour } }));
      const words = sounds.map(({ name, colour, share }) => line("named", swatch(colour), `${name} ${percent(share)}`));
      const attributes = Object.entries(context.attributes).map(([name, { short, colours }]) => {
        const said = ["genre", "valence"].includes(name) ? data[name] : `${short} ${data[name]}`;
        return line("named", swatch(colours[data[name]]), said);
      });
      const known = [data.year, data.rating?.toFixed(1)].filter((value) => value != null).join(" · ");
      return element(
        "article", { className: "film-card" },
        line("film-card-head", link(data.movie, data, context), line("muted", known)),
        line(null, mark(context.marks[data.director]), element("bdi", null, data.director)),
        element("span", { className: "sound-bar", "aria-hidden": true }, ...bar),
        line("film-card-words", ...words),
        line("film-card-words", ...(data.genre ? attributes : [line("muted", "no music of 10 seconds or more")])),
      );
    },
    Bar: function ({ value, colour }) {
      const bar = element("span", { className: "bar", "aria-hidden": true }, element("span", { style: { width: `${value}%`, background: colour } }));
      return element("span", { className: "bar-cell" }, percent(value), bar);
    },
    Chip: function ({ value, colours }) {
      if (!value) return element("span", { className: "muted" }, "no music");
      return element("span", { className: "chip" }, swatch(colours[value]), value);
    },
  });

  // A real link, so that it can be opened in a new tab; a plain click is the row's. Enter on the cell does the same.
  function link(title, film, { library }) {
    const click = (event) => event.ctrlKey || event.metaKey || event.shiftKey || event.preventDefault();
    return element("a", { href: address(film, library), className: "film-link", tabIndex: -1, onClick: click }, element("bdi", null, title));
  }

  function swatch(colour) {
    return element("span", { className: "swatch", style: { background: colour }, "aria-hidden": true });
  }

  // The shapes of dashboard/theme.py as polygons of a square of ten.
  const POLYGONS = {
    square: "1,1 9,1 9,9 1,9",
    diamond: "5,0 10,5 5,10 0,5",
    "triangle-up": "5,0 10,9 0,9",
    cross: "3,0 7,0 7,3 10,3 10,7 7,7 7,10 3,10 3,7 0,7 0,3 3,3",
    x: "2,0 5,3 8,0 10,2 7,5 10,8 8,10 5,7 2,10 0,8 3,5 0,2",
    star: "5,0 6.2,3.6 10,3.8 7,6.2 8,10 5,7.8 2,10 3,6.2 0,3.8 3.8,3.6",
    pentagon: "5,0 10,4 8,10 2,10 0,4",
    hexagon: "5,0 9.5,2.5 9.5,7.5 5,10 0.5,7.5 0.5,2.5",
    hourglass: "0,0 10,0 5,5 10,10 0,10 5,5",
  };

  function mark({ colour, shape }) {
    const drawn = POLYGONS[shape]
      ? element("polygon", { points: POLYGONS[shape], fill: colour })
      : element("circle", { cx: 5, cy: 5, r: 5, fill: colour });
    return element("svg", { viewBox: "0 0 10 10", className: "mark", "aria-hidden": true }, drawn);
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    films: {
      watch: async function () {
        const api = await dash_ag_grid.getApiAsync(GRID);
        api.updateGridOptions({
          isExternalFilterPresent: () => wantedWords.length > 0,
          doesExternalFilterPass: ({ data }) => wantedWords.every((word) => textOf(data).includes(word)),
        });
        filter(api, api.getGridOption("context").search);
        fitColumns(api);
        await fetchRest(api);
        setTimeout(() => api.forEachLeafNode(({ data }) => textOf(data)), 200); // before the first word is typed
        api.addEventListener("gridSizeChanged", () => fitColumns(api));
        api.addEventListener("modelUpdated", () => window.dash_clientside.set_props("library-count", { children: count(api) }));
        return count(api);
      },
      search: function (words) {
        dash_ag_grid.getApiAsync(GRID).then((api) => filter(api, words));
        const url = new URL(window.location.href);
        words ? url.searchParams.set("q", words) : url.searchParams.delete("q");
        // The address says what is searched for, but each letter is no step of its own to go back.
        window.history.replaceState(window.history.state, "", url);
      },
      // By a column's name and "asc" or "desc"; without one as the library has them.
      sort: function (chosen) {
        const [colId, sort] = (chosen || "").split(" ");
        const state = sort ? [{ colId, sort }] : [];
        dash_ag_grid.getApiAsync(GRID).then((api) => api.applyColumnState({ state, defaultState: { sort: null } }));
      },
      exported: function () {
        const { triggered_id: id, triggered } = window.dash_clientside.callback_context;
        if (!id || !triggered[0]?.value) return;
        const api = dash_ag_grid.getApi(GRID);
        const films = id.rows === "all" ? null : [];
        if (films) api.forEachNodeAfterFilterAndSort(({ data }) => films.push([data.director, data.movie]));
        download(id.form, id.format, api.getGridOption("context").library, films);
      },
    },
  });
})();
