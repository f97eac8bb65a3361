// A piece is asked for, followed while it is composed, and shown; a picture for it is sent; a piece is kept, or removed.
(function () {
  const KEY = "leitmotif-composing"; // the last piece: {id, name, search, seen}
  const VISITOR = "leitmotif-visitor";
  const EVERY = 400; // ms between two looks at how far it is
  const DELIVERED = "This piece was not composed";
  let told = null; // as it came from the server
  let job = null; // {id, name, search, stage, share, waiting, cancelled}: what happens at the moment
  let problem = "";
  let sending = null; // {name, cancelled}: a picture on its way
  let fresh = null; // id of what has just come

  const element = (id) => document.getElementById(id);
  const set = (id, change) => window.dash_clientside.set_props(id, change);
  const compose = () => window.leitmotifCompose;
  const last = () => JSON.parse(sessionStorage.getItem(KEY) ?? "null");

  function visitor() {
    if (!sessionStorage.getItem(VISITOR)) sessionStorage.setItem(VISITOR, crypto.getRandomValues(new Uint32Array(4)).join("-"));
    return sessionStorage.getItem(VISITOR);
  }

  // --- what is seen

  function draw() {
    const working = element("compose-working");
    if (!working) return;
    working.hidden = !job;
    element("compose-go").disabled = Boolean(job) || Boolean(sending) || !compose().possible();
    write("compose-problem", problem);
    const before = last();
    const link = element("compose-last");
    link.hidden = Boolean(job) || !before?.seen || before.id === told.result;
    if (!link.hidden) element("compose-last-link").setAttribute("href", addressOf(before));
    if (!job) return;
    const stages = Object.keys(told.stages), at = stages.indexOf(job.stage);
    write("compose-name", job.name);
    write("compose-said", job.waiting ? "Waiting until others are done" : told.stages[job.stage]);
    write("compose-percent", job.share == null ? "" : `${Math.floor(100 * job.share)}\u00a0%`);
    element("compose-bar").value = job.share ?? 0;
    element("compose-bar").toggleAttribute("data-busy", !job.waiting);
    for (const step of document.querySelectorAll("#compose-working [data-stage]")) {
      const place = stages.indexOf(step.dataset.stage);
      step.toggleAttribute("data-done", place < at);
      step.toggleAttribute("data-now", place === at);
    }
  }

  function write(id, words) {
    if (element(id) && element(id).textContent !== words) element(id).textContent = words;
  }

  function complain(title, message) {
    const note = { action: "show", title, message, color: "red", autoClose: false };
    set("shell-notes", { sendNotifications: [note] });
  }

  function fail(message) {
    problem = message;
    job = null;
    sessionStorage.removeItem(KEY);
    draw();
    if (!element("compose-working")) complain(DELIVERED, message); // where it is said in its place otherwise
  }

  // --- asking and following

  const ask = (address, options) => window.leitmotifFiles.ask(address, options);
  const jobAt = (id) => `${told.jobs}/${encodeURIComponent(id)}`;

  async function begin() {
    if (job || !compose().possible()) return;
    problem = "";
    const search = compose().query();
    const mine = (job = { id: null, name: "", search, stage: Object.keys(told.stages)[0], share: null, waiting: false });
    draw();
    element("compose-cancel").focus();
    element("compose-job").scrollIntoView({ block: "nearest" });
    try {
      const body = JSON.stringify({ search, visitor: visitor() });
      const headers = { "Content-Type": "application/json" };
      mine.id = (await (await ask(told.jobs, { method: "POST", headers, body })).json()).id;
      if (mine.cancelled) return void forget(mine.id);
      await follow(mine);
    } catch (error) {
      if (!mine.cancelled) fail(error.message);
    }
  }

  async function follow(mine) {
    sessionStorage.setItem(KEY, JSON.stringify({ id: mine.id, name: mine.name, search: mine.search, seen: false }));
    while (!mine.cancelled) {
      const said = await (await ask(jobAt(mine.id))).json();
      if (mine.cancelled) return;
      if (said.problem) return fail(said.problem);
      if (said.stage === told.done) return show(mine);
      Object.assign(mine, said);
      draw();
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  }

  function show(mine) {
    job = null;
    draw();
    // Who has gone to another page is not taken away from it, and sees the piece on coming back.
    if (element("compose-working")) see({ id: mine.id, name: mine.name, search: mine.search });
  }

  const addressOf = ({ id, search }) => {
    const query = new URLSearchParams(search);
    query.set("result", id);
    return `${told.page}?${query}`;
  };

  function see(piece) {
    sessionStorage.setItem(KEY, JSON.stringify({ ...piece, seen: true }));
    fresh = piece.id;
    set("compose-url", { href: addressOf(piece) });
  }

  const forget = (id) => fetch(jobAt(id), { method: "DELETE" }).catch(() => {}); // it is forgotten by itself before long

  function cancel() {
    if (!job) return;
    job.cancelled = true;
    if (job.id) forget(job.id);
    job = null;
    sessionStorage.removeItem(KEY);
    draw();
    element("compose-go").focus();
  }

  // --- a page that was drawn anew

  function arrive(data) {
    const first = told === null;
    told = data;
    const before = last();
    if (first && before && !before.seen && !data.result) {
      job = { ...before, stage: Object.keys(told.stages)[0], share: null, waiting: false };
      follow(job).catch((error) => fail(error.message));
    } else if (!job && before && !before.seen) {
      see(before); // it came while another page was shown
    }
    draw();
    if (data.result && data.result === fresh) {
      fresh = null;
      requestAnimationFrame(() => {
        window.leitmotifLand("compose-results-title", { preventScroll: true });
        element("compose-results-title")?.scrollIntoView({ block: "start", behavior: "smooth" });
      });
    }
  }

  // --- a picture

  function sayOfPicture(words, fault) {
    write("compose-picture-said", words);
    write("compose-picture-problem", fault);
  }

  async function send(file) {
    if (sending) return;
    if (!file.type.startsWith("image/")) return sayOfPicture("", `${file.name}: is no picture; choose another file.`);
    const mine = (sending = { name: file.name });
    element("compose-drop").disabled = true;
    sayOfPicture("Receiving the picture …", "");
    draw();
    try {
      const id = await window.leitmotifFiles.send(file, told, () => true);
      const at = `${told.files}/${encodeURIComponent(id)}`;
      sayOfPicture("Looking at the picture …", "");
      for (;;) {
        const said = await (await ask(at)).json();
        if (said.problem) throw new Error(said.problem);
        if (said.stage === told.seen) break;
        await new Promise((resolve) => setTimeout(resolve, EVERY));
      }
      sending = null;
      const kind = new URLSearchParams(compose().query()).get("source");
      if (element("compose-drop")) compose().go({ source: kind, picture: id });
    } catch (error) {
      sending = null;
      if (element("compose-drop")) element("compose-drop").disabled = false;
      sayOfPicture("", error.message);
      draw();
    }
  }

  function take([file, another]) {
    if (another) return sayOfPicture("", "One at a time: drop a single picture.");
    if (file) send(file);
  }

  document.addEventListener("leitmotif-files", ({ target, detail }) => {
    if (target.id === "compose-drop") take(detail);
  });

  // --- kept and removed

  async function keep(button) {
    const { result } = Object.fromEntries(new URLSearchParams(window.location.search));
    const cover = new URLSearchParams(window.location.search).get("cover") ?? 0;
    button.disabled = true;
    try {
      const address = `${jobAt(result)}/${button.dataset.piece}/keep?cover=${encodeURIComponent(cover)}`;
      const { said } = await (await ask(address, { method: "POST" })).json();
      write("compose-keep-said", said);
      set("compose-kept-changed", { data: Date.now() });
    } catch (error) {
      button.disabled = false;
      complain("This piece was not kept", error.message);
    }
  }

  // The first click asks, the second removes.
  async function remove(button) {
    if (!button.hasAttribute("data-sure")) {
      const words = button.textContent;
      button.textContent = "Remove for good?";
      button.setAttribute("data-sure", "");
      const back = () => {
        button.textContent = words;
        button.removeAttribute("data-sure");
      };
      button.addEventListener("blur", back, { once: true });
      return;
    }
    button.disabled = true;
    try {
      await ask(button.dataset.remove, { method: "DELETE" });
      const line = button.closest(".score");
      line.querySelector("audio").pause();
      line.hidden = true;
    } catch (error) {
      button.disabled = false;
      complain("This piece was not removed", error.message);
    }
  }

  document.addEventListener("click", (event) => {
    const on = (what) => event.target.closest?.(what);
    if (on("#compose-go")) begin();
    if (on("#compose-cancel")) cancel();
    if (on("#compose-keep")) keep(on("#compose-keep"));
    if (on("[data-remove]")) remove(on("[data-remove]"));
  });

  window.leitmotifCompose = Object.assign(window.leitmotifCompose ?? {}, { arrive, draw });
})();
