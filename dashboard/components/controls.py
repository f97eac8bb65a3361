"""Selects and toggles."""

from collections.abc import Mapping, Sequence

import dash_mantine_components as dmc
from dash import html

from dashboard.components.attributes import HIDDEN, labelled

Id = str | dict[str, str]

FITTING = {"function": "fitting"}  # which options are shown while one types, see assets/search.js
# A finger scrolls, so the hint is not for the phone.
MOUSE_HINT = html.Span("Drag over a stretch to see it larger, double-click to see all.", className="not-on-phone")


def select(component_id: Id, label: str, options: Sequence[str | tuple[str, str]], value: str | None, placeholder: str) -> dmc.Select:
    """A labelled select that always has a value once one is chosen; one can type to search. An option is a (value, words) pair or both."""
    pairs = [(option, option) if isinstance(option, str) else option for option in options]
    return dmc.Select(
        id=component_id, label=label, data=[{"value": key, "label": words} for key, words in pairs], value=value,
        placeholder=placeholder, disabled=not options, searchable=True, allowDeselect=False, openOnFocus=False,
        nothingFoundMessage="Nothing of that name", maxDropdownHeight=320, className="control", comboboxProps={"withinPortal": True},
        filter=FITTING,
    )  # fmt: skip


def choices(component_id: Id, label: str, options: Sequence[tuple[str, str]], values: Sequence[str], description: str = "") -> html.Div:
    """A labelled choice of any number of (value, word) pairs; it is told once, when one leaves it or presses Enter."""
    box = dmc.MultiSelect(
        id=component_id, label=label, data=[{"value": key, "label": word} for key, word in options], value=list(values),
        description=description, searchable=True, debounce=True, hidePickedOptions=False, openOnFocus=False,
        nothingFoundMessage="Nothing of that name", maxDropdownHeight=320, comboboxProps={"withinPortal": True}, filter=FITTING,
    )  # fmt: skip
    return html.Div(box, className="control whole")


def toggle(component_id: Id, label: str, options: Sequence[tuple[str, str]], value: str) -> html.Div:
    """A labelled choice between few (value, word) pairs."""
    data = [{"value": key, "label": word} for key, word in options]
    buttons = dmc.SegmentedControl(id=component_id, name=str(component_id), data=data, value=value, **labelled(label))
    return html.Div([html.Span(label, className="control-label", **HIDDEN), buttons], className="control narrow")


def controls(*parts: dmc.Select | html.Div) -> html.Div:
    """The row of controls on top of a page."""
    return html.Div(list(parts), className="controls")


def legend(colours: Mapping[str, str]) -> html.Div:
    """A line that explains the colours of a chart, word by word."""
    return html.Div(
        [html.Span([html.Span(className="swatch", style={"background": colour}), word]) for word, colour in colours.items()],
        className="legend",
    )
