"""Addresses of the dashboard. The address is the only state: a link reproduces a view."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode


def href(path: str, **query: str | Sequence[str] | None) -> str:
    """Address of a page; parameters without a value are left out, one with several is given several times."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def single(value: Any) -> str | None:
    """A query parameter as text: the first if it was given several times, None if it is missing or empty."""
    if isinstance(value, list):
        value = value[0] if value else None
    return str(value) if value else None


def several(value: Any) -> list[str]:
    """A query parameter that may be given several times, as a list; empty if it is missing."""
    return [str(part) for part in (value if isinstance(value, list) else [value]) if part]


def parameters(search: str | None) -> dict[str, list[str]]:
    """All parameters of an address's query."""
    return parse_qs((search or "").removeprefix("?"))


def chosen_library(search: str | None) -> str | None:
    """Name of the library in an address's query, if any."""
    return single(parameters(search).get("library"))
