"""Components that are sent again and again without a change: made into JSON once, where a figure takes longer to serialise than to draw."""

import json
from typing import TypeVar

from dash.development.base_component import Component
from plotly.io.json import to_json_plotly

Kept = TypeVar("Kept", bound=Component)


def ready(component: Kept) -> Kept:
    """The component, its JSON at hand from now on; it must not be changed any more, nor anything inside it."""
    content = json.loads(to_json_plotly(component))
    component.to_plotly_json = lambda: content  # type: ignore[method-assign]
    return component
