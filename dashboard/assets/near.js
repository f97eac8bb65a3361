// What the nearest films are compared by stands in the address, without drawing the page anew.
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  near: {
    remember: function (by) {
      const url = new URL(window.location.href);
      url.searchParams.set("near", by);
      // Each way to compare is no step of its own to go back.
      window.history.replaceState(window.history.state, "", url);
    },
  },
});
