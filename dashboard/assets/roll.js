// Piano rolls: small ones beside each other, and a large one that moves with its player.
(function () {
  const DRAWN_WITH = 4; // numbers a note: start, duration, pitch, velocity
  const HEAD = 22, FOOT = 34; // px above the notes for the form's names, below them for percussion
  const GUTTER = 32; // px to the left of them, for the names of octaves
  const LEAST_PER_SECOND = 8; // px
  const STEP = 5; // s, by an arrow key
  const rolls = new Map(); // by address, once fetched
  let shown = null; // {result, piece, colours}
  let toPlay = null; // the candidate that is to be played once it is there

  const element = (id) => document.getElementById(id);
  const set = (id, change) => window.dash_clientside.set_props(id, change);
  const audio = () => element("compose-audio");
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  function fetchRoll(address) {
    if (!rolls.has(address)) {
      const coming = fetch(address).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))));
      coming.catch(() => rolls.delete(address));
      rolls.set(address, coming);
    }
    return rolls.get(address);
  }

  // --- drawing

  function* notesOf(part) {
    for (let i = 0; i < part.notes.length; i += DRAWN_WITH) yield part.notes.slice(i, i + DRAWN_WITH);
  }

  const colour = (i) => shown.colours[i % shown.colours.length];

  function sized(canvas, width, height) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    return pen;
  }

  // Where a note lies: time to the right, pitch upwards; percussion, one line for each of its instruments, at the foot.
  function scale(roll, width, height, head, foot, gutter) {
    const pitches = roll.parts.filter((part) => !part.drum).flatMap((part) => [...notesOf(part)].map((note) => note[2]));
    const drums = [...new Set(roll.parts.filter((part) => part.drum).flatMap((part) => [...notesOf(part)].map((note) => note[2])))].sort((a, b) => a - b);
    const low = Math.min(...pitches, 127) - 1, high = Math.max(...pitches, low + 12) + 2;
    const bottom = height - (drums.length ? foot : 0);
    const step = (bottom - head) / (high - low);
    const lane = foot / Math.max(drums.length, 1);
    const perSecond = (width - gutter) / roll.seconds;
    return {
      x: (seconds) => gutter + seconds * perSecond,
      time: (x) => (x - gutter) / perSecond,
      box: (part, [start, duration, pitch]) => {
        const left = gutter + start * perSecond, wide = Math.max(duration * perSecond - 0.5, 1.5);
        if (part.drum) return [left, height - lane * (drums.indexOf(pitch) + 1) + 1, Math.min(wide, 3), Math.max(lane - 2, 1.5)];
        return [left, bottom - (pitch - low + 1) * step, wide, Math.max(step - 0.5, 1.5)];
      },
      low, high, bottom, step,
    };
  }

  function drawNotes(pen, roll, at) {
    roll.parts.forEach((part, i) => {
      pen.fillStyle = colour(i);
      for (const note of notesOf(part)) {
        pen.globalAlpha = 0.45 + (0.55 * note[3]) / 127;
        pen.fillRect(...at.box(part, note));
      }
    });
    pen.globalAlpha = 1;
  }

  async function drawSmall(canvas) {
    const roll = await fetchRoll(canvas.dataset.roll).catch(() => null);
    if (!roll || !canvas.isConnected) return;
    const { width, height } = canvas.parentElement.getBoundingClientRect();
    if (!width) return;
    const wide = canvas.clientWidth || width, high = canvas.clientHeight || height;
    canvas.style.width = canvas.style.height = "";
    const ratio = window.devicePixelRatio || 1;
    Object.assign(canvas, { width: wide * ratio, height: high * ratio });
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    drawNotes(pen, roll, scale(roll, wide, high, 0, 8, 0));
  }

  let large = null; // {roll, at, width, height}

  async function drawLarge() {
    const frame = element("compose-roll");
    if (!frame) return;
    const roll = await fetchRoll(frame.dataset.roll).catch(() => null);
    if (!roll || !frame.isConnected || frame !== element("compose-roll")) return;
    const height = frame.clientHeight, width = Math.max(frame.clientWidth, Math.round(roll.seconds * LEAST_PER_SECOND));
    if (!frame.clientWidth) return;
    frame.firstElementChild.style.width = `${width}px`;
    const pen = sized(element("compose-roll-notes"), width, height), at = scale(roll, width, height, HEAD, FOOT, GUTTER);
    large = { roll, at, width, height };
    pen.font = `12px ${getComputedStyle(frame).fontFamily}`;
    pen.textBaseline = "middle";
    for (const [i, { name, start, end }] of roll.sections.entries()) {
      const left = i ? at.x(start) : 0, right = at.x(Math.min(end, roll.seconds));
      pen.fillStyle = style("--hover");
      if (i % 2 === 0) pen.fillRect(left, 0, right - left, height);
      pen.fillStyle = style("--line");
      if (i) pen.fillRect(left, 0, 1, height);
      pen.fillStyle = style("--muted");
      const short = `${name.slice(0, 3)}.`, room = right - left - 12;
      const words = [name, short].find((one) => pen.measureText(one).width <= room);
      if (words) pen.fillText(words, left + 6, HEAD / 2);
    }
    pen.fillStyle = style("--line");
    pen.fillRect(0, HEAD, width, 1);
    if (at.bottom < height) pen.fillRect(0, at.bottom, width, 1);
    for (let pitch = Math.ceil(at.low / 12) * 12; pitch < at.high; pitch += 12) {
      const y = Math.round(at.bottom - (pitch - at.low) * at.step);
      pen.fillStyle = style("--line");
      pen.fillRect(0, y, width, 1);
    }
    drawNotes(pen, roll, at);
    pen.fillStyle = style("--muted");
    for (let pitch = Math.ceil(at.low / 12) * 12; pitch < at.high; pitch += 12) {
      const y = at.bottom - (pitch - at.low + 0.5) * at.step;
      if (y > HEAD + 8) pen.fillText(`C${pitch / 12 - 1}`, 6, y);
    }
    frame.setAttribute("aria-valuemax", Math.floor(roll.seconds));
    place();
  }

  // --- with the player

  function place() {
    const line = element("compose-roll-now"), frame = element("compose-roll");
    if (!line || !large || !audio()) return;
    const now = audio().currentTime, x = large.at.x(Math.min(now, large.roll.seconds));
    line.hidden = audio().paused && now === 0;
    Object.assign(line.style, { transform: `translateX(${x}px)`, height: `${large.height}px` });
    frame.setAttribute("aria-valuenow", Math.floor(now));
    frame.setAttribute("aria-valuetext", `${clock(now)} of ${clock(large.roll.seconds)}`);
    const sounding = element("compose-roll-sounding");
    light(sounding, now);
    const { scrollLeft, clientWidth } = frame;
    if (!audio().paused && (x < scrollLeft || x > scrollLeft + clientWidth - 40)) frame.scrollLeft = x - 40;
  }

  // What sounds at the moment, over the other notes.
  function light(canvas, now) {
    if (!canvas) return;
    if (canvas.dataset.of !== `${large.width} ${large.height}`) {
      sized(canvas, large.width, large.height);
      canvas.dataset.of = `${large.width} ${large.height}`;
    }
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, large.width, large.height);
    if (audio().paused) return;
    pen.fillStyle = style("--text");
    for (const part of large.roll.parts) {
      for (let i = 0; i < part.notes.length; i += DRAWN_WITH) {
        const start = part.notes[i], end = start + Math.max(part.notes[i + 1], 0.1);
        if (start <= now && now < end) pen.fillRect(...large.at.box(part, part.notes.slice(i, i + DRAWN_WITH)));
      }
    }
  }

  function follow() {
    place();
    if (audio() && !audio().paused) requestAnimationFrame(follow);
  }

  function markPlaying() {
    const playing = Boolean(audio() && !audio().paused);
    document.documentElement.toggleAttribute("data-composed-playing", playing);
    if (playing) requestAnimationFrame(follow);
    else place();
  }

  // Neither event bubbles, so they are caught on their way down.
  for (const event of ["play", "pause", "ended", "emptied", "seeked", "timeupdate", "loadedmetadata"]) {
    const happened = ({ target, type }) => {
      if (type === "play") for (const other of document.querySelectorAll(".scores audio, #compose-audio")) if (other !== target) other.pause();
      if (target !== audio()) return;
      ["seeked", "timeupdate", "loadedmetadata"].includes(type) ? place() : markPlaying();
    };
    document.addEventListener(event, happened, true);
  }

  function seek(seconds) {
    if (!audio() || !large) return;
    audio().currentTime = Math.min(Math.max(seconds, 0), large.roll.seconds);
    place();
  }

  const toggle = () => (audio().paused ? audio().play().catch(() => {}) : audio().pause());

  // --- candidates

  function choose(piece) {
    if (piece === shown.piece) return;
    for (const button of document.querySelectorAll("[data-candidate]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.candidate) === piece));
    }
    const url = new URL(window.location.href);
    url.searchParams.set("piece", piece + 1);
    url.searchParams.delete("cover");
    window.history.replaceState(window.history.state, "", url);
    audio()?.pause();
    set("compose-piece", { data: { result: shown.result, piece } });
  }

  document.addEventListener("click", (event) => {
    const on = (what) => event.target.closest?.(what);
    if (on("[data-candidate]")) choose(Number(on("[data-candidate]").dataset.candidate));
    if (on("[data-candidate-play]")) {
      const piece = Number(on("[data-candidate-play]").dataset.candidatePlay);
      if (piece === shown.piece && audio()) return void toggle();
      toPlay = piece;
      choose(piece);
    }
    const roll = on("#compose-roll");
    if (roll && large) seek(large.at.time(event.clientX - roll.firstElementChild.getBoundingClientRect().left));
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "compose-roll" || !audio()) return;
    const now = audio().currentTime, keys = { ArrowRight: now + STEP, ArrowLeft: now - STEP, Home: 0, End: large?.roll.seconds ?? 0 };
    if (event.key in keys) seek(keys[event.key]);
    else if (event.key === " ") toggle();
    else return;
    event.preventDefault();
  });

  // --- a page that was drawn anew

  const again = new ResizeObserver(() => drawAll());
  let pending = 0;
  function drawAll() {
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(() => {
      drawLarge();
      for (const canvas of document.querySelectorAll("canvas.roll-small")) drawSmall(canvas);
    });
  }

  new MutationObserver(() => shown && drawAll()).observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });

  // The chosen piece comes with its number, but is drawn a moment later.
  function attach(tries = 60) {
    const frame = element("compose-roll");
    if (!frame || !frame.dataset.roll.includes(`/${shown.piece}/`)) return void (tries && setTimeout(attach, 25, tries - 1));
    large = null;
    again.disconnect();
    again.observe(frame);
    drawAll();
    if (toPlay === shown.piece) audio().play().catch(() => {});
    toPlay = null;
  }

  function show(data) {
    shown = data;
    if (data) attach();
    return window.dash_clientside.no_update;
  }

  const known = window.dash_clientside?.compose;
  window.dash_clientside = Object.assign({}, window.dash_clientside, { compose: { ...known, shown: show } });
})();
