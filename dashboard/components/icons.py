"""Icons: small SVG files in assets, drawn as masks so that they take the colour of the text."""

from dash import html

from dashboard.components.attributes import HIDDEN


def icon(name: str) -> html.Span:
    """An icon that says nothing to a screen reader; the text or label beside it does."""
    return html.Span(className=f"icon icon-{name}", **HIDDEN)
