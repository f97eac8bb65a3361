// Plays a film's segments. What is chosen is marked in the address, the table and the timeline, over which a line moves while it plays.
(function () {
  const TABLE = "movies-segments", AUDIO = "movies-audio";
  const TIMELINE = "#movies-timeline-chart .js-plotly-plot";
  let film = null; // {sound, segments: [{number, start, end, words}], chosen}
  let attached = null; // as it came from the server

  const audio = () => document.getElementById(AUDIO);
  const timeline = () => document.querySelector(TIMELINE);
  const segment = (number) => film?.segments.find((one) => one.number === number);
  const position = () => film?.segments.findIndex((one) => one.number === film.chosen);
  const say = (words) => audio() && window.dash_clientside.set_props("movies-heard", { children: words });

  // A view, but no step of its own to go back.
  const inAddress = (name, value) => {
    const url = new URL(window.location.href);
    value ? url.searchParams.set(name, value) : url.searchParams.delete(name);
    window.history.replaceState(window.history.state, "", url);
  };

  // --- choosing and playing

  function load(number) {
    film.chosen = number;
    const one = segment(number);
    if (one && audio()) {
      audio().src = `${film.sound}&start=${one.start}&end=${one.end}`;
      say(one.words);
      const at = position();
      window.dash_clientside.set_props("movies-previous", { disabled: at === 0 });
      window.dash_clientside.set_props("movies-next", { disabled: at === film.segments.length - 1 });
    }
    mark();
  }

  function choose(number) {
    inAddress("segment", number);
    if (number !== film.chosen) load(number);
  }

  function play(number, from) {
    choose(number);
    if (!audio()) return;
    if (from !== undefined) audio().currentTime = from - segment(number).start;
    audio().play().catch(() => {}); // what is wrong is told when the element says so
  }

  const toggle = (number) => (film.chosen === number && audio() && !audio().paused ? audio().pause() : play(number));

  function step(by) {
    const next = film.segments[position() + by];
    if (next) audio().paused ? choose(next.number) : play(next.number);
  }

  // The server says in a line why it cannot be heard.
  async function explain() {
    const answer = await fetch(audio().currentSrc, { headers: { Range: "bytes=0-0" } }).catch(() => null);
    if (!answer) say("Leitmotif does not answer; start it again.");
    else say(answer.ok ? "This browser cannot play the sound." : await answer.text());
  }

  // --- marks

  function markRow(api) {
    api.forEachNode((node) => {
      node.setSelected(node.data.number === film?.chosen);
      if (node.isSelected()) api.ensureNodeVisible(node);
    });
  }

  function mark() {
    dash_ag_grid.getApiAsync(TABLE).then(markRow);
    for (const card of document.querySelectorAll(".row-card[data-segment]")) {
      card.toggleAttribute("data-chosen", Number(card.dataset.segment) === film.chosen);
    }
    place();
    reveal();
  }

  // On a phone the timeline is wider than the screen.
  function reveal() {
    const frame = timeline()?.querySelector(".chosen-segment"), view = frame?.closest(".chart.wide");
    if (!view || frame.hidden) return;
    const { left, right } = frame.getBoundingClientRect(), box = view.getBoundingClientRect();
    if (left < box.left || right > box.right) view.scrollLeft += left - box.left - 40;
  }

  function markPlaying() {
    const playing = Boolean(audio() && !audio().paused);
    document.documentElement.toggleAttribute("data-playing", playing);
    if (playing) requestAnimationFrame(follow);
  }

  function follow() {
    place();
    if (audio() && !audio().paused) requestAnimationFrame(follow);
  }

  // Frame and line lie over the chart: moving them redraws nothing.
  function place() {
    const chart = timeline(), one = segment(film?.chosen);
    const axis = chart?._fullLayout?.xaxis, rows = chart?._fullLayout?.yaxis;
    if (!axis || !rows) return;
    const x = (seconds) => Math.min(Math.max(axis.l2p(seconds * 1000), 0), axis._length);
    const [frame, line] = ["chosen-segment", "playhead"].map((name) => overlay(chart, name));
    frame.hidden = !one || x(one.start) === x(one.end);
    if (!one) return void (line.hidden = true);
    const now = one.start + (audio()?.currentTime || 0), at = axis.l2p(now * 1000);
    line.hidden = !audio() || at < 0 || at > axis._length || (audio().paused && audio().currentTime === 0);
    // From the genre's row to that of energy: the first row is the whole film's sound, and under energy there may be excerpts.
    const row = rows._length / (rows.range[1] - rows.range[0]);
    Object.assign(frame.style, {
      left: `${axis._offset + x(one.start)}px`, width: `${x(one.end) - x(one.start)}px`,
      top: `${rows._offset + row}px`, height: `${4 * row}px`,
    });
    Object.assign(line.style, { transform: `translateX(${axis._offset + at}px)`, height: `${rows._offset + rows._length}px` });
  }

  function overlay(chart, name) {
    let element = chart.querySelector(`.${name}`);
    if (!element) {
      element = document.createElement("div");
      element.className = name;
      chart.append(element);
    }
    return element;
  }

  // --- what happens on the page

  function clicked({ event }) {
    const chart = timeline(), axis = chart._fullLayout.xaxis;
    const seconds = axis.p2l(event.clientX - chart.getBoundingClientRect().left - axis._offset) / 1000;
    const one = film.segments.find(({ start, end }) => start <= seconds && seconds < end);
    // The first click plays a segment from its beginning, the next ones go to where they are.
    if (one) play(one.number, one.number === film.chosen && audio() && !audio().paused ? seconds : undefined);
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-play]");
    if (button && film) toggle(Number(button.dataset.play));
    if (target.closest?.("#movies-previous")) step(-1);
    if (target.closest?.("#movies-next")) step(1);
  });

  function listen(element) {
    if (!element || element.dataset.heard) return;
    element.dataset.heard = "yes";
    element.addEventListener("play", () => {
      inAddress("segment", film.chosen);
      markPlaying();
    });
    for (const event of ["pause", "ended", "emptied"]) element.addEventListener(event, markPlaying);
    for (const event of ["seeked", "timeupdate"]) element.addEventListener(event, place);
    element.addEventListener("error", explain);
  }

  // Plotly comes after the page; a chart that is drawn anew keeps its element and its listeners.
  function watch(tries = 100) {
    const chart = timeline();
    if (chart?.on && chart._fullLayout?.xaxis) {
      if (!chart.dataset.watched) {
        chart.dataset.watched = "yes";
        chart.on("plotly_click", clicked);
        chart.on("plotly_afterplot", place);
        place();
        reveal();
      }
    } else if (tries) setTimeout(watch, 50, tries - 1);
  }

  window.dashAgGridFunctions = Object.assign({}, window.dashAgGridFunctions, {
    chooseSegment: ({ data, event }) => {
      if (!event.target.closest("[data-play]") && !String(window.getSelection())) choose(data.number);
    },
    playOnEnter: ({ data, event }) => {
      if (event.key === "Enter") audio() ? toggle(data.number) : choose(data.number);
    },
  });

  window.dashAgGridComponentFunctions = Object.assign({}, window.dashAgGridComponentFunctions, {
    PlayButton: function ({ value }) {
      const icon = React.createElement("span", { className: "icon icon-play", "aria-hidden": true });
      const words = { "aria-label": `Play or pause segment ${value}`, "data-play": value, tabIndex: -1 };
      return React.createElement("button", { type: "button", className: "button plain play", ...words }, icon);
    },
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    player: {
      attach: function (given, _figure) {
        if (given !== attached) {
          attached = given;
          film = structuredClone(given);
          listen(audio());
          if (film.segments.length) load(film.chosen);
        }
        watch();
        return window.dash_clientside.no_update;
      },
      probabilities: function (shown) {
        inAddress("probabilities", shown ? "yes" : null);
      },
    },
  });
})();
