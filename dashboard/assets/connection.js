// When the server does not answer, or refuses, say so: Dash itself says it in the console only.
(function () {
  const CALLBACKS = "_dash-update-component";
  const SILENT = "leitmotif-silent", REFUSED = "leitmotif-refused"; // a note that is open is not shown a second time
  const ask = window.fetch;
  let told = false;

  const notes = (change) => window.dash_clientside?.set_props?.("shell-notes", change);

  const tell = (id, title, message) => {
    told = true;
    notes({ sendNotifications: [{ action: "show", id, title, message, color: "red", autoClose: false }] });
  };

  const isCallback = (asked) => String(asked?.url ?? asked).includes(CALLBACKS);

  window.fetch = async function (asked, options) {
    if (!isCallback(asked)) return ask.call(this, asked, options);
    let answer;
    try {
      answer = await ask.call(this, asked, options);
    } catch (error) {
      if (error.name !== "AbortError") {
        tell(SILENT, "Leitmotif does not answer", "It was stopped. Start it again with leitmotif serve and load the page anew.");
      }
      throw error;
    }
    if (answer.status >= 400) {
      tell(REFUSED, "This was not answered", (await answer.clone().text()).trim());
    } else if (told) {
      told = false;
      notes({ hideNotifications: [SILENT, REFUSED] });
    }
    return answer;
  };
})();
