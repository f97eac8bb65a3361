// Puts the template of the browser's colour scheme on a figure that came from the server without one.
(function () {
  const scheme = () => document.documentElement.getAttribute("data-mantine-color-scheme");

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    charts: {
      themed: function (figure, _changed, templates) {
        if (!figure) return window.dash_clientside.no_update;
        // On a touch screen a finger that moves over a chart scrolls the page; a mouse zooms,
        // or does what the figure asks for.
        const dragmode = window.matchMedia("(pointer: coarse), (max-width: 767px)").matches ? false : figure.layout.dragmode || "zoom";
        return { ...figure, layout: { ...figure.layout, template: templates[scheme()] || templates.light, dragmode } };
      },
    },
  });

  // The scheme also changes with the system's, so the page's own attribute is watched and not the button.
  new MutationObserver(() => window.dash_clientside.set_props?.("shell-scheme-now", { data: scheme() })).observe(document.documentElement, {
    attributeFilter: ["data-mantine-color-scheme"],
  });
})();
