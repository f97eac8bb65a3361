"""Values from outside as plain ones: whatever a page or a reply says becomes a short line of text, a number in range, or nothing."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

MAX_TEXT = 300  # characters of one value; the longest titles of real films have about 200
MAX_LIST = 100  # values of one field
YEARS = range(1870, 2200)


def clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a movie (`title` and records.FIELDS) that hold what they should; all others are left out.

    Lists of str for countries, locations, genres, cast, director and composer; int for year, metascore (0-100) and runtime (minutes);
    rating is a float (0-10).
    """
    cleaned = {field: rule(fields[field]) for field, rule in _RULES.items() if field in fields}
    if cleaned.get("imdb_id"):
        cleaned["imdb_link"] = f"https://www.imdb.com/title/{cleaned['imdb_id']}/"
    return {field: value for field, value in cleaned.items() if value not in (None, "", [])}


def listed(value: Any) -> list[Any]:
    """A list of what may be a list, one value or None."""
    return value if isinstance(value, list) else [] if value is None else [value]


def get(value: Any, *keys: str) -> Any:
    """What lies at `keys` in nested dicts, or None wherever a step is missing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text(value: Any) -> str:
    """One line of plain text of at most MAX_TEXT characters; "" for anything that is not text."""
    if not isinstance(value, str):
        return ""
    # Control characters are not shown, and a lone surrogate cannot be written to a file.
    kept = "".join(char for char in value[: 10 * MAX_TEXT] if char.isprintable() or char.isspace())
    return " ".join(kept.split())[:MAX_TEXT].strip()


def texts(value: Any) -> list[str]:
    """The different texts of a list, in order."""
    return list(dict.fromkeys(filter(None, map(text, listed(value)))))[:MAX_LIST]


def number(value: Any) -> float | None:
    """A finite number, also one written as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def year(value: Any) -> int | None:
    """The first year in a number, a date or a text."""
    years = map(int, re.findall(r"(?<!\d)\d{4}(?!\d)", str(value), re.ASCII)) if isinstance(value, (int, str)) else ()
    return next((year for year in years if year in YEARS), None)


def imdb_id(value: Any) -> str | None:
    """The IMDb title in a text or an address: "tt0076759"."""
    found = re.search(r"\btt\d{7,10}\b", value, re.ASCII) if isinstance(value, str) else None
    return found[0] if found else None


def address(value: Any) -> str | None:
    """A web address; not a script, not a file of this computer, not a picture packed into the text."""
    stripped = value.strip() if isinstance(value, str) else ""
    return stripped if re.fullmatch(r"https?://[^\s\"'<>\\]{1,1000}", stripped) else None


def _within(low: float, high: float) -> Callable[[Any], float | None]:
    return lambda value: read if (read := number(value)) is not None and low <= read <= high else None


def _whole(low: float, high: float) -> Callable[[Any], int | None]:
    return lambda value: round(read) if (read := _within(low, high)(value)) is not None else None


_RULES: dict[str, Callable[[Any], Any]] = {
    "title": text, "imdb_id": imdb_id, "other_title": text, "year": year, "rating": _within(0.1, 10),
    "metascore": _whole(0, 100), "countries": texts, "locations": texts, "genres": texts, "cast": texts, "director": texts,
    "runtime": _whole(1, 6000), "poster": address, "composer": texts,
}  # fmt: skip
