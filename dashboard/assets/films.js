// The grid of all films: what its cells look like, how a film is opened, which rows are shown.
(function () {
  const GRID = "library-films";
  const element = React.createElement;
  const WIDE = 1000, TABLET = 640, PHONE = 440; // px of the grid
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

  const fitColumns = (api) => {
    const width = document.getElementById(GRID)?.clientWidth;
    if (!width) return; // not drawn
    api.setColumnsVisible(NOT_NARROW, width >= WIDE);
    api.setColumnsVisible(NOT_ON_TABLET, width >= TABLET);
    api.setColumnsVisible(["director"], width >= PHONE);
  };

  const count = (api) => {
    let all = 0;
    api.forEachLeafNode(() => all++);
    const [shown, total] = [api.getDisplayedRowCount(), all].map((n) => n.toLocaleString("en"));
    const films = all === 1 ? "film" : "films";
    return shown === total ? `${total} ${films}` : `${shown} of ${total} ${films}`;
  };

  // A large library's first films come with the page, the others by columns from an address of their own.
  const fetchRest = async (api) => {
    const { rest } = api.getGridOption("context");
    if (!rest) return;
    try {
      const answer = await fetch(rest);
      if (!answer.ok) throw new Error(await answer.text());
      const columns = Object.entries(await answer.json());
      const add = columns[0][1].map((_, i) => Object.fromEntries(columns.map(([name, values]) => [name, values[i]])));
      api.applyTransaction({ add });
    } catch (error) {
      const message = `Only the first films are shown: ${error.message}. Load the page again.`;
      const note = { action: "show", title: "Not all films could be fetched", message, color: "red", autoClose: false };
      window.dash_clientside.set_props("shell-notes", { sendNotifications: [note] });
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
    FilmLink: function ({ value, data, context }) {
      // A real link, so that it can be opened in a new tab; a plain click is the row's. Enter on the cell does the same.
      const click = (event) => event.ctrlKey || event.metaKey || event.shiftKey || event.preventDefault();
      return element("a", { href: address(data, context.library), className: "film-link", tabIndex: -1, onClick: click }, element("bdi", null, value));
    },
    Director: function ({ value, marks }) {
      return element("span", null, mark(marks[value]), element("bdi", null, value));
    },
    Bar: function ({ value, colour }) {
      const bar = element("span", { className: "bar", "aria-hidden": true }, element("span", { style: { width: `${value}%`, background: colour } }));
      return element("span", { className: "bar-cell" }, percent(value), bar);
    },
    Chip: function ({ value, colours }) {
      if (!value) return element("span", { className: "muted" }, "no music");
      const swatch = element("span", { className: "swatch", style: { background: colours[value] }, "aria-hidden": true });
      return element("span", { className: "chip" }, swatch, value);
    },
  });

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
        fitColumns(api);
        await fetchRest(api);
        api.addEventListener("gridSizeChanged", () => fitColumns(api));
        api.addEventListener("modelUpdated", () => window.dash_clientside.set_props("library-count", { children: count(api) }));
        return count(api);
      },
      search: function (words) {
        dash_ag_grid.getApiAsync(GRID).then((api) => api.setGridOption("quickFilterText", words || ""));
        const url = new URL(window.location.href);
        words ? url.searchParams.set("q", words) : url.searchParams.delete("q");
        // The address says what is searched for, but each letter is no step of its own to go back.
        window.history.replaceState(window.history.state, "", url);
      },
      wanted: function () {
        const { triggered_id: id, triggered } = window.dash_clientside.callback_context;
        if (!id || !triggered[0]?.value) return window.dash_clientside.no_update;
        const wanted = { format: id.format, at: Date.now() };
        if (id.rows === "all") return wanted;
        const films = [];
        dash_ag_grid.getApi(GRID).forEachNodeAfterFilterAndSort((node) => films.push([node.data.director, node.data.movie]));
        return { ...wanted, films };
      },
    },
  });
})();
