// On a touch screen a finger scrolls the page; on the map of films it can be told to draw a box around films instead.
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  mining: {
    finger: function (does) {
      const map = document.querySelector("[id*='mining-projection'] .js-plotly-plot");
      if (map) Plotly.relayout(map, { dragmode: does === "select" ? "select" : false });
    },
  },
});
