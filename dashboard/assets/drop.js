// A button of class "drop" takes files: dropped anywhere on its page, or chosen in the browser's own dialogue. It hears of them in an
// event "leitmotif-files". How a file is sent, and how the server is asked, is the same for all of them.
(function () {
  const HEADERS = { "Content-Type": "application/octet-stream" };
  const zone = () => document.querySelector("button.drop");
  const give = (files) => zone()?.dispatchEvent(new CustomEvent("leitmotif-files", { bubbles: true, detail: [...files] }));

  function choose({ dataset }) {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: dataset.accept ?? "" });
    input.addEventListener("change", () => give(input.files));
    input.click();
  }

  document.addEventListener("click", ({ target }) => {
    const chosen = target.closest?.("button.drop");
    if (chosen) choose(chosen);
  });

  // Anywhere on the page: a file that misses the zone must not replace the page.
  const carriesFile = (event) => zone() && event.dataTransfer?.types.includes("Files");
  const over = (is) => zone()?.toggleAttribute("data-over", is && !zone().disabled);

  document.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || over(false));
  document.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    over(false);
    if (!zone().disabled) give(event.dataTransfer.files);
  });

  // What the server answers; an error has its own words.
  async function ask(address, options) {
    let answer;
    try {
      answer = await fetch(address, options);
    } catch {
      throw new Error("Leitmotif does not answer. Start it again with leitmotif serve, and try once more.");
    }
    if (!answer.ok) throw new Error((await answer.text()).trim());
    return answer;
  }

  // Sends a file in pieces and returns its id. Before each piece `goOn` is told it and the share that has arrived, and may say no.
  async function send(file, { files, piece }, goOn) {
    if (!file.size) throw new Error(`${file.name}: the file is empty; choose another.`);
    const about = new URLSearchParams({ name: file.name, size: file.size });
    const { id } = await (await ask(`${files}?${about}`, { method: "POST" })).json();
    const address = `${files}/${encodeURIComponent(id)}?at=`;
    for (let at = 0; at < file.size && goOn(id, at / file.size); at += piece) {
      await ask(`${address}${at}`, { method: "PUT", headers: HEADERS, body: file.slice(at, at + piece) });
    }
    return id;
  }

  window.leitmotifFiles = { ask, send };
})();
