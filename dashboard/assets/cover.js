// Covers: another of the four, another four; and each frame knows whether its picture has come.
(function () {
  const AT_ONCE = 4, SMALL = 200, SHOWN = 400, LARGE = 800; // as in dashboard/components/covers.py
  const MOST = 2 ** 32 - AT_ONCE;

  function choose(_again, _chosen, { subject, seed }) {
    const { triggered_id: by } = window.dash_clientside.callback_context;
    const first = seed - (seed % AT_ONCE);
    const next = by === "cover-again" ? (first + AT_ONCE) % MOST : first + by.index;
    const four = [0, 1, 2, 3].map((place) => next - (next % AT_ONCE) + place);
    const address = (seed, size) => `${subject}&seed=${seed}&size=${size}`;
    remember(next);
    const small = four.map((seed) => address(seed, SMALL)), pressed = four.map((seed) => String(seed === next));
    const large = address(next, LARGE);
    return [address(next, SHOWN), small, pressed, large, large, { subject, seed: next }];
  }

  // The cover stands in the address, without drawing the page anew; each is no step of its own to go back.
  function remember(seed) {
    const url = new URL(window.location.href);
    url.searchParams.set("cover", seed);
    window.history.replaceState(window.history.state, "", url);
  }

  // --- a picture is asked for when it comes into view: to draw one takes the server a while

  const frame = (target) => (target.tagName === "IMG" ? target.closest(".cover-frame") : null);

  function load(image) {
    if (image.getAttribute("src") === image.dataset.src) return;
    frame(image)?.setAttribute("data-busy", "");
    image.src = image.dataset.src;
  }

  const view = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) load(target);
  });

  new MutationObserver((changes) => {
    for (const { type, target } of changes) if (type === "attributes" && target.src) load(target);
    for (const image of document.querySelectorAll("img[data-src]:not([src])")) view.observe(image);
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-src"] });

  // Neither event bubbles, so they are caught on their way down.
  for (const end of ["load", "error"]) {
    const ended = ({ target, type }) => {
      frame(target)?.removeAttribute("data-busy");
      frame(target)?.toggleAttribute("data-failed", type === "error");
    };
    document.addEventListener(end, ended, true);
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { cover: { choose } });
})();
