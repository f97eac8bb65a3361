"""An address without a page."""

from typing import Any

import dash
from dash import dcc, html

dash.register_page(__name__, title="Not found · Leitmotif")


def layout(**_: Any) -> html.Div:
    """One sentence and the way back."""
    text = html.P(["There is nothing at this address. ", dcc.Link("Go to the library", href="/library"), "."])
    return html.Div([html.H1("Not found"), html.Section(text, className="card state", role="status")], className="page-title")
