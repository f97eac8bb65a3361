"""Read a layout as a reader would."""

from collections.abc import Iterator
from typing import Any

from dash.development.base_component import Component


def components(layout: Any) -> Iterator[Component]:
    """Every component of a layout, in order."""
    if isinstance(layout, Component):
        yield layout
        yield from components(getattr(layout, "children", None))
    elif isinstance(layout, list | tuple):
        for part in layout:
            yield from components(part)


def text(layout: Any) -> str:
    """The words of a layout."""
    if isinstance(layout, str | int | float):
        return str(layout)
    if isinstance(layout, Component):
        return text(getattr(layout, "children", None))
    return " ".join(filter(None, map(text, layout))) if isinstance(layout, list | tuple) else ""


def by_id(layout: Any, component_id: Any) -> Component:
    """The component with this id."""
    return next(c for c in components(layout) if getattr(c, "id", None) == component_id)
