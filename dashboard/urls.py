"""Addresses of the dashboard. The address is the only state: a link reproduces a view."""

from typing import Any
from urllib.parse import parse_qs, urlencode


def href(path: str, **query: str | None) -> str:
    """Address of a page; parameters without a value are left out."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def single(value: Any) -> str | None:
    """A query parameter as text: the first if it was given several times, None if it is missing or empty."""
    if isinstance(value, list):
        value = value[0] if value else None
    return str(value) if value else None


def chosen_library(search: str | None) -> str | None:
    """Name of the library in an address's query, if any."""
    return single(parse_qs((search or "").removeprefix("?")).get("library"))
