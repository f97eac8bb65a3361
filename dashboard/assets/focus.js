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
})();
