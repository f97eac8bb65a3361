// A recording or picture that is dropped or chosen is sent in pieces, followed while it is examined, and its answers are shown.
(function () {
  const KEY = "leitmotif-upload"; // of what is examined, so that the page can be loaded anew meanwhile
  const UPLOAD = "upload"; // the first stage
  const EVERY = 400; // ms between two looks at how far it is
  let told = null; // as it came from the server: addresses, limits, words
  let ready; // is called when it has come
  const beTold = new Promise((resolve) => (ready = resolve));
  let job = null; // {name, id, kind, stage, share, cancelled}: what happens at the moment
  let problem = "";
  let unseen = null; // id of what was examined while another page was shown
  let played = null; // {id, url}: the file as it lies on the user's disk

  const element = (id) => document.getElementById(id);

  // --- what is seen

  function draw() {
    const working = element("tag-working");
    if (!working) return;
    working.hidden = !job;
    element("tag-drop").disabled = Boolean(job);
    write("tag-problem", problem);
    if (!job) return;
    const stages = way(job), at = stages.indexOf(job.stage);
    write("tag-name", job.name);
    write("tag-said", job.waiting ? "Waiting until others are done" : told.stages[job.stage]); // said at each stage, not at each percent
    write("tag-percent", job.share == null ? "" : `${Math.floor(100 * job.share)}\u00a0%`);
    element("tag-bar").value = (at + (job.share ?? 0)) / stages.length;
    element("tag-bar").toggleAttribute("data-busy", job.share == null && !job.waiting);
    for (const step of document.querySelectorAll("#tag-working [data-step]")) {
      const place = stages.indexOf(step.dataset.step);
      step.hidden = place < 0;
      step.toggleAttribute("data-done", place < at);
      step.toggleAttribute("data-now", place === at);
    }
  }

  // The stages of a file: those of the kind it seems to be, until a stage says that it is another.
  function way(job) {
    const ways = Object.entries(told.ways);
    const likely = ways.find(([kind, stages]) => kind === job.kind && stages.includes(job.stage));
    return (likely ?? ways.find(([, stages]) => stages.includes(job.stage)))[1];
  }

  function write(id, words) {
    if (element(id).textContent !== words) element(id).textContent = words;
  }

  function fail(message) {
    problem = message;
    job = null;
    sessionStorage.removeItem(KEY);
    draw();
    if (element("tag-drop")) return; // where it is said in its place
    const note = { action: "show", title: "This file was not examined", message, color: "red", autoClose: false };
    window.dash_clientside.set_props("shell-notes", { sendNotifications: [note] });
  }

  // --- sending and following

  const addressOf = (id) => `${told.files}/${encodeURIComponent(id)}`;

  async function send(file) {
    if (job) return;
    problem = "";
    const mine = (job = { name: file.name, id: null, kind: kindOf(file), stage: UPLOAD, share: 0 });
    draw();
    try {
      await window.leitmotifFiles.send(file, told, (id, share) => {
        Object.assign(mine, { id, share });
        draw();
        return !mine.cancelled;
      });
      if (mine.cancelled) return void forget(mine.id);
      if (played) URL.revokeObjectURL(played.url);
      played = { id: mine.id, url: URL.createObjectURL(file) };
      await follow(mine);
    } catch (error) {
      if (!mine.cancelled) fail(error.message);
    }
  }

  async function follow(mine) {
    sessionStorage.setItem(KEY, JSON.stringify({ id: mine.id, name: mine.name, kind: mine.kind }));
    while (!mine.cancelled) {
      const said = await (await window.leitmotifFiles.ask(addressOf(mine.id))).json();
      if (mine.cancelled) return;
      if (said.problem) return fail(said.problem);
      if (said.stage === told.done) return show(mine.id);
      Object.assign(mine, said);
      draw();
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  }

  function show(id) {
    job = null;
    sessionStorage.removeItem(KEY);
    draw();
    // Who has gone to another page is not taken away from it, and sees the answers on coming back.
    unseen = element("tag-drop") ? null : id;
    if (!unseen) go(id);
  }

  function go(id) {
    const url = new URL(told.page, window.location.href);
    url.searchParams.set("result", id);
    window.dash_clientside.set_props("tag-url", { href: url.pathname + url.search });
  }

  // By the browser's own guess; what the file is, the server finds in its content.
  const kindOf = (file) => (file.type.startsWith("image/") ? "picture" : "recording");

  const forget = (id) => fetch(addressOf(id), { method: "DELETE" }).catch(() => {}); // it is forgotten by itself before long

  function cancel() {
    if (!job) return;
    job.cancelled = true;
    // While it is sent, the sender forgets it once the piece on its way has arrived.
    if (job.id && job.stage !== UPLOAD) forget(job.id);
    job = null;
    sessionStorage.removeItem(KEY);
    draw();
    element("tag-drop").focus();
  }

  function take([file, another]) {
    if (another) return fail("One at a time: drop a single file.");
    if (file) beTold.then(() => send(file)); // it may be dropped as soon as the zone is seen
  }

  // --- what the user does

  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("#tag-cancel")) cancel();
  });
  document.addEventListener("leitmotif-files", ({ target, detail }) => {
    if (target.id === "tag-drop") take(detail);
  });

  // --- a page that was drawn anew

  function hear(url) {
    const audio = element("tag-audio");
    if (!audio) return; // a picture
    audio.addEventListener("loadedmetadata", () => (element("tag-player").hidden = false));
    audio.src = url;
  }

  function attach(given) {
    const first = told === null;
    told = given;
    ready();
    const kept = first && sessionStorage.getItem(KEY);
    if (kept) {
      job = { ...JSON.parse(kept), stage: "decode", share: null };
      follow(job).catch((error) => fail(error.message));
    }
    if (given.result) problem = "";
    draw();
    if (unseen && !given.result) go(unseen);
    unseen = null;
    if (played && played.id === given.result) {
      hear(played.url);
      window.leitmotifLand("tag-title");
    }
    return window.dash_clientside.no_update;
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { tag: { attach } });
})();
