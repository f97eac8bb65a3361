"""What is sent again and again is the same JSON as before, without being made a second time."""

import json

import plotly.graph_objects as go
import pytest
from dash import dcc, html
from plotly.io.json import to_json_plotly

from analysis.library import Library
from dashboard.ready import ready
from tests.dashboard.conftest import page_of


def made() -> html.Div:
    figure = go.Figure(go.Bar(y=[1.0, float("nan"), 3.0]))
    return html.Div([html.H2("A chart </script>"), dcc.Store(id="data", data=figure)], className="card")


def test_it_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    component = ready(made())
    assert json.loads(to_json_plotly(html.Div([component]))) == json.loads(to_json_plotly(html.Div([made()])))
    monkeypatch.setattr(go.Figure, "to_plotly_json", lambda _: pytest.fail("it is made into JSON a second time"))
    to_json_plotly(component)


@pytest.mark.parametrize(("page", "query"), [("models", {}), ("mining", {}), ("mining", {"view": "projection"})])
def test_a_page_that_does_not_change_is_not_made_into_json_again(
    pristine: Library, monkeypatch: pytest.MonkeyPatch, page: str, query: dict[str, str]
) -> None:
    with page_of(page, pristine) as module:
        first = to_json_plotly(module.layout(**query))
        monkeypatch.setattr(go.Figure, "to_plotly_json", lambda _: pytest.fail("a figure is made into JSON a second time"))
        assert to_json_plotly(module.layout(**query)) == first
