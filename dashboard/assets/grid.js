// Formatters for the tables' cells; the same as dashboard/text.py.
window.dashAgGridFunctions = Object.assign({}, window.dashAgGridFunctions, {
  clock: function (seconds) {
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const rest = String(Math.round(seconds % 60)).padStart(2, "0");
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  },
  // False: the browser finds what comes after the grid, or before it.
  leaveGrid: () => false,
});

// A value with the colour it has in the charts.
window.dashAgGridComponentFunctions = Object.assign({}, window.dashAgGridComponentFunctions, {
  Swatch: function ({ value, colours }) {
    const swatch = React.createElement("span", { className: "swatch", style: { background: colours[value] } });
    return React.createElement("span", null, swatch, value);
  },
});
