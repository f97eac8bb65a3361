"""Charts that follow the light or dark scheme and that a screen reader can tell.

The server sends a figure without a template; the browser adds the template of its colour scheme. So the server need
not know the scheme, and a chart never flashes in the wrong one.
"""

from typing import Any

import plotly.graph_objects as go
from dash import MATCH, ClientsideFunction, Dash, Input, Output, State, dcc, html

from dashboard.components.attributes import labelled
from dashboard.theme import templates

# What is drawn until the browser has added the template: nothing, where Plotly would show empty axes.
_BLANK = {
    "layout": {"xaxis": {"visible": False}, "yaxis": {"visible": False}, "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}
}
_CONFIG: Any = {"displayModeBar": False, "responsive": True, "doubleClick": "reset"}


def chart(figure: go.Figure, name: str, finding: str, *, wide: bool = False) -> html.Div:
    """A chart of fixed height.

    Parameters
    ----------
    figure : a figure with its height set
    name : unique name, prefixed by the page's
    finding : what the chart shows, in words
    wide : on a phone, scroll sideways instead of shrinking
    """
    graph = dcc.Graph(id=graph_id(name), figure=_BLANK, config=_CONFIG, style={"height": figure.layout.height}, className="chart-graph")
    store = dcc.Store(id=_store_id(name), data=figure)
    # The graph itself has no height until Plotly is there.
    space = {"minHeight": figure.layout.height}
    kind = {"className": "chart wide", "tabIndex": 0} if wide else {"className": "chart"}
    return html.Div([graph, store], style=space, role="figure", **kind, **labelled(finding))


def register(app: Dash) -> html.Div:
    """Register the callback that themes every chart; returns the stores it reads, to be placed in the layout."""
    app.clientside_callback(
        ClientsideFunction("charts", "themed"),
        Output(graph_id(MATCH), "figure"),
        Input(_store_id(MATCH), "data"),
        Input("shell-scheme-now", "data"),
        State("shell-templates", "data"),
    )
    return html.Div([dcc.Store(id="shell-templates", data=templates()), dcc.Store(id="shell-scheme-now")])


def graph_id(name: Any) -> dict[str, Any]:
    """Id of a chart's graph."""
    return {"type": "chart", "index": name}


def _store_id(name: Any) -> dict[str, Any]:
    return {"type": "chart-figure", "index": name}
