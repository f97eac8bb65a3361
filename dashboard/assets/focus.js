// A choice leads to a new address and the page is drawn anew. Keep the keyboard's focus on the control that was used.
(function () {
  let last = null;
  document.addEventListener("focusin", (event) => {
    last = event.target.id || last;
  });
  new MutationObserver(() => {
    const again = last && document.activeElement === document.body && document.getElementById(last);
    if (again) again.focus({ preventScroll: true });
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Where reading begins. A page that took a while is hidden at first, and what is hidden takes no focus: until it is seen, or the
  // user has gone elsewhere, it is tried again.
  function land(id, options) {
    last = id;
    const target = document.getElementById(id);
    target?.focus(options);
    if (target && target !== document.activeElement) requestAnimationFrame(() => last === id && land(id, options));
  }

  window.leitmotifLand = land;
})();
