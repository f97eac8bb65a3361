// The Compose page's wish: what is chosen and set stands in the address, and moods together stay 100 %.
(function () {
  const FULL = 100; // as in dashboard/wishes.py
  const MOODS = ["happy", "tense", "sad", "calm"];
  const LEVELS = ["valence", "energy", "danceability"];
  const TEMPO = ["slowest", "fastest"];
  const KEPT_ON = ["library", "length", "candidates", "seed"]; // by another source

  let told = null; // as it came from the server: addresses, limits, words
  let given = null; // what the source gives, as the sliders have it; null while nothing can be composed
  let params = new URLSearchParams(); // the wish
  let asked = 0; // how often the target was asked for

  const element = (id) => document.getElementById(id);
  const set = (id, change) => window.dash_clientside.set_props(id, change);
  const unchanged = () => window.dash_clientside.no_update;
  const percent = (share) => `${share}\u00a0%`;

  // --- the address

  // A view, but no step of its own to go back.
  function remember() {
    const url = new URL(window.location.href);
    const shown = ["result", "piece", "cover"].flatMap((name) => url.searchParams.getAll(name).map((value) => [name, value]));
    url.search = new URLSearchParams([...params, ...shown]);
    window.history.replaceState(window.history.state, "", url);
    element("compose-reset")?.toggleAttribute("hidden", !changes().length);
  }

  const changes = () => [...MOODS, ...LEVELS, ...TEMPO, "colours"].filter((name) => params.has(name));
  const putAll = (name, values) => (params.delete(name), values.forEach((value) => params.append(name, value)));
  const sameAs = (name, values) => params.getAll(name).join("\n") === values.join("\n");

  // Another source is another page; what belonged to the one before is gone.
  function go(choice) {
    const next = new URLSearchParams([...params].filter(([name]) => KEPT_ON.includes(name)));
    for (const [name, value] of Object.entries(choice)) if (value) next.set(name, value);
    set("compose-url", { href: `${told.page}?${next}` });
  }

  // Another part of the same source: only the target is drawn anew, as the source gives it.
  function retarget(weights = false) {
    for (const name of changes()) params.delete(name);
    redraw(weights);
  }

  function redraw(weights = false) {
    remember();
    set("compose-search", { data: { query: params.toString(), weights, asked: ++asked } });
  }

  // --- weights of genres: "Horror:60", several times

  const weightsOf = (name) => new Map(params.getAll(name).map((pair) => pair.split(/:(?=\d+$)/)).map(([genre, weight]) => [genre, Number(weight)]));
  const putWeights = (name, weights) => putAll(name, [...weights].map(([genre, weight]) => `${genre}:${weight}`));

  function chooseGenres(name, genres, before) {
    const usual = before.size ? Math.max(1, Math.round([...before.values()].reduce((sum, one) => sum + one, 0) / before.size)) : FULL / 2;
    putWeights(name, new Map(genres.map((genre) => [genre, before.get(genre) ?? usual])));
  }

  const coloursNow = () => (params.has("colours") ? weightsOf("colours") : new Map(Object.entries(given?.colours ?? {})));

  // --- the target's sliders

  const now = (name) => (params.has(name) ? Number(params.get(name)) : given[name]);

  function put(names, values) {
    const asGiven = names.every((name, i) => values[i] === given[name]);
    names.forEach((name, i) => (asGiven ? params.delete(name) : params.set(name, values[i])));
  }

  // The others give way in proportion; whole numbers whose sum stays FULL.
  function giveWay(moved, value) {
    const others = MOODS.filter((mood) => mood !== moved);
    const sum = others.reduce((total, mood) => total + now(mood), 0);
    const exact = others.map((mood) => (sum ? (now(mood) / sum) * (FULL - value) : (FULL - value) / others.length));
    const whole = exact.map(Math.floor);
    const order = exact.map((_, i) => i).sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]));
    for (let left = FULL - value - whole.reduce((a, b) => a + b, 0), i = 0; left > 0; left--, i++) whole[order[i % order.length]]++;
    return MOODS.map((mood) => (mood === moved ? value : whole[others.indexOf(mood)]));
  }

  function tune(values, ids) {
    const names = ids.map(({ index }) => index);
    if (!given || !names.length) return [values.map(unchanged), values.map(unchanged)];
    const moved = names.find((name, i) => values[i] !== now(name));
    if (moved === undefined) return [values.map(unchanged), values.map(unchanged)];
    const value = values[names.indexOf(moved)];
    if (MOODS.includes(moved)) put(MOODS, giveWay(moved, value));
    else put([moved], [value]);
    remember();
    return [names.map(now), names.map((name) => percent(now(name)))];
  }

  function tempo(values) {
    if (!given || values.length !== 2) return unchanged();
    if (TEMPO.some((name, i) => values[i] !== now(name))) {
      put(TEMPO, values);
      remember();
    }
    return values.join("–");
  }

  // --- what the user does

  function chooseMood(button) {
    const pressed = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(pressed));
    putAll("moods", MOODS.filter((mood) => document.querySelector(`[data-mood="${mood}"]`).getAttribute("aria-pressed") === "true"));
    retarget();
  }

  document.addEventListener("click", ({ target }) => {
    const mood = target.closest?.("[data-mood]");
    if (mood) chooseMood(mood);
    if (target.closest?.("#compose-reset")) retarget();
    if (target.closest?.("#compose-dice")) set("compose-seed", { value: Math.floor(Math.random() * (told.mostSeed + 1)) });
  });

  function order(name, value) {
    if (!told || value === null || value === undefined || value === "" || params.get(name) === String(value)) return;
    params.set(name, value);
    remember();
  }

  const plain = {
    attach: function (data) {
      told = data;
      params = new URLSearchParams(data.search);
      window.leitmotifCompose.arrive(data);
      return unchanged();
    },
    given: function (data) {
      given = data ?? null; // a store without data says nothing
      window.leitmotifCompose.draw?.();
      return unchanged();
    },
    kind: (kind) => {
      if (!told || !kind || params.get("source") === kind) return;
      const picture = ["poster", "scene"].includes(kind) ? params.get("picture") : null;
      go({ source: kind, picture });
    },
    director: (director) => {
      if (told && director && params.get("director") !== director) go({ source: "movie", director });
    },
    movie: (movie) => {
      if (told && movie && params.get("movie") !== movie) go({ source: "movie", director: params.get("director"), movie });
    },
    segments: (chosen) => {
      const numbers = [...(chosen ?? [])].sort((a, b) => a - b);
      if (sameAs("segments", numbers)) return;
      putAll("segments", numbers);
      retarget();
    },
    genres: (chosen) => {
      const before = weightsOf("genres");
      if ([...before.keys()].join("\n") === (chosen ?? []).join("\n")) return;
      chooseGenres("genres", chosen ?? [], before);
      retarget(true);
    },
    colours: (chosen) => {
      const before = coloursNow();
      if (!given || [...before.keys()].join("\n") === (chosen ?? []).join("\n")) return;
      chooseGenres("colours", chosen ?? [], before);
      if (!chosen?.length) params.set("colours", "none");
      redraw();
    },
    weigh: function (values, ids) {
      const name = ids[0]?.type === "compose-weight" ? "genres" : "colours";
      const before = name === "genres" ? weightsOf(name) : coloursNow();
      const after = new Map(ids.map(({ index }, i) => [index, values[i]]));
      if (ids.length && [...after].some(([genre, weight]) => (before.get(genre) ?? 0) !== weight)) {
        putWeights(name, after);
        if (name === "genres") later(() => retarget());
        else remember();
      }
      return values.map(percent);
    },
    length: (seconds) => order("length", seconds),
    count: (count) => order("candidates", count),
    seed: (seed) => order("seed", seed),
    tune,
    tempo,
  };

  // While a slider is dragged its values come faster than targets.
  let waiting = 0;
  function later(act) {
    clearTimeout(waiting);
    waiting = setTimeout(act, 250);
  }

  window.leitmotifCompose = Object.assign(window.leitmotifCompose ?? {}, {
    go,
    query: () => params.toString(),
    possible: () => given !== null,
  });
  const known = window.dash_clientside?.compose;
  window.dash_clientside = Object.assign({}, window.dash_clientside, { compose: { ...known, ...plain } });
})();
