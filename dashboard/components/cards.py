"""Cards, single figures and the states a page can be in besides showing data."""

from typing import Any

from dash import html

from errors import LeitmotifError


def card(title: str, *children: Any, note: Any = "", span: int = 12) -> html.Section:
    """A card whose title carries the finding.

    Parameters
    ----------
    title : the finding as a sentence
    children : what the card shows
    note : a line under the title, for units, n and how to use it
    span : columns it takes of the grid's twelve
    """
    heading: list[Any] = [html.H2(title, className="card-title")]
    if note:
        heading.append(html.P(note, className="card-note"))
    return html.Section([*heading, *children], className=f"card span-{span}")


def grid(*cards: Any) -> html.Div:
    """Cards on twelve columns; one column on a phone."""
    return html.Div(list(cards), className="grid")


def figure(value: str, label: str, note: str = "") -> html.Div:
    """A single number with what it counts and, under it, of how many."""
    parts = [html.Div(value, className="figure-value"), html.Div(label, className="figure-label")]
    return html.Div(parts + ([html.Div(note, className="figure-note")] if note else []), className="figure")


def facts(pairs: list[tuple[str, Any]]) -> html.Dl:
    """Names and values, such as a film's metadata. Values may be in any script and direction."""
    return html.Dl(
        [part for name, value in pairs for part in (html.Dt(name), html.Dd(html.Bdi(value)))],
        className="facts",
    )


def empty(sentence: str, command: str = "") -> html.Section:
    """Nothing to show: why, and the command that changes it."""
    parts: list[Any] = [html.P(sentence)]
    if command:
        parts.append(html.Code(command, className="command"))
    return html.Section(parts, className="card state span-12", role="status")


def failure(error: LeitmotifError) -> html.Section:
    """Something cannot be read: which file, and the remedy. The error's own line says both."""
    return html.Section(
        [html.H2("This cannot be shown", className="card-title"), html.P(str(error))], className="card state failure span-12", role="alert"
    )
