"""The three shapes in which a title page carries its facts: JSON-LD, the page's own data (`__NEXT_DATA__`), and visible HTML.

Each reader returns raw fields as it finds them (scrapers.values cleans them), {} when the page has not its shape, plus
`kind`: what the shape calls the thing ("Movie", "tvEpisode", "TV Series"), and `other_titles`: every further title.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from scrapers import values
from scrapers.values import get, listed

_DURATION = re.compile(r"P(?:(\d{1,3})D)?T?(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:[\d.]{1,9}S)?", re.ASCII | re.I)
_HOURS_MINUTES = re.compile(r"(?:(\d{1,2})\s*h(?:ours?|rs?)?)?\s*(?:(\d{1,4})\s*m(?:in(?:ute)?s?)?\b)?", re.ASCII | re.I)
_NO_MOVIE = re.compile(r"(?:tv (?:mini.?)?series|tv episode|episode|video game|music video|podcast (?:series|episode))\b", re.I)
_DETAIL = ".ipc-metadata-list-item__content-container"


# -- JSON-LD ------------------------------------------------------------------------------------------------------------------


def json_ld(soup: BeautifulSoup, kinds: frozenset[str]) -> dict[str, Any]:
    """The first schema.org object whose type is one of `kinds` (lower case)."""
    for script in soup.select("script[type='application/ld+json']"):
        for item in _objects(_load(script.get_text())):
            if any(str(kind).lower() in kinds for kind in listed(item.get("@type"))):
                return _json_ld_fields(item)
    return {}


def _objects(content: Any) -> Iterator[dict[str, Any]]:
    """The objects of a script, which holds one, a list of them or a graph."""
    for item in listed(content):
        if isinstance(item, dict):
            yield item
            yield from (node for node in listed(item.get("@graph")) if isinstance(node, dict))


def _json_ld_fields(item: dict[str, Any]) -> dict[str, Any]:
    rating = item.get("aggregateRating")
    # Stars out of 5 and percentages are not IMDb's rating.
    out_of_ten = values.number(get(rating, "bestRating")) in (None, 10)
    return {
        "kind": item.get("@type"),
        "title": _unescaped(item.get("name")),
        "other_titles": _names(item.get("alternateName")),
        "imdb_id": item.get("url"),
        "year": item.get("datePublished"),
        "rating": get(rating, "ratingValue") if out_of_ten else None,
        "countries": _names(item.get("countryOfOrigin")),
        "locations": _names(item.get("locationCreated")),
        "genres": _names(item.get("genre")),
        "cast": _names(item.get("actor")),
        "director": _names(item.get("director")),
        "runtime": _iso_minutes(item.get("duration")),
        "poster": get(item.get("image"), "url") or item.get("image"),
    }


def _names(value: Any) -> list[Any]:
    return [_unescaped(get(item, "name") if isinstance(item, dict) else item) for item in listed(value)]


def _unescaped(value: Any) -> Any:
    """JSON-LD is escaped as if it stood in HTML: `Schindler&apos;s List`."""
    try:
        return html.unescape(value) if isinstance(value, str) else value
    except ValueError:  # a character whose number has thousands of digits
        return None


def _iso_minutes(value: Any) -> int | None:
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return days * 1440 + hours * 60 + minutes or None


# -- __NEXT_DATA__ ------------------------------------------------------------------------------------------------------------


def next_data(soup: BeautifulSoup) -> dict[str, Any]:
    """What the page's script knows of its title."""
    script = soup.select_one("script#__NEXT_DATA__")
    page = get(_load(script.get_text()), "props", "pageProps") if script else None
    title = _joined(_title_parts(page))
    return _next_fields(title) if get(title, "titleText", "text") else {}


def _title_parts(page: Any) -> list[dict[str, Any]]:
    """The title's data: under two names on some pages, among the answers to the page's queries on others."""
    parts = [get(page, "aboveTheFoldData"), get(page, "mainColumnData")]
    queries = get(page, "urqlState")
    for answer in queries.values() if isinstance(queries, dict) else ():
        data = get(answer, "data")
        parts.append(get(_load(data) if isinstance(data, str) else data, "title"))
    # An answer about another title (a series, a recommendation) is not this page's.
    own = get(page, "tconst") or next((id_ for part in parts if (id_ := get(part, "id"))), None)
    return [part for part in parts if isinstance(part, dict) and part.get("id") == own]


def _joined(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """One title of its parts, of which each leaves out or shortens some fields; the first that has something counts."""
    title: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            if isinstance(value, dict) and isinstance(title.get(key), dict):
                title[key] = value | title[key]
            elif not title.get(key):
                title[key] = value
    return title


def _next_fields(title: dict[str, Any]) -> dict[str, Any]:
    seconds = values.number(get(title, "runtime", "seconds"))
    genres = [*_each(title, "genres", "genres"), *(get(node, "genre") for node in _each(title, "titleGenres", "genres"))]
    directing = [group for group in _each(title, "principalCredits") if get(group, "category", "id") == "director"]
    return {
        "kind": get(title, "titleType", "id"),
        "title": get(title, "titleText", "text"),
        "other_titles": [get(title, "originalTitleText", "text"), *(get(edge, "node", "text") for edge in _each(title, "akas", "edges"))],
        "imdb_id": title.get("id"),
        "year": get(title, "releaseYear", "year"),
        "rating": get(title, "ratingsSummary", "aggregateRating"),
        "metascore": get(title, "metacritic", "metascore", "score"),
        "countries": [get(node, "text") for node in _each(title, "countriesOfOrigin", "countries")],
        "locations": [get(edge, "node", "text") for edge in _each(title, "filmingLocations", "edges")],
        "genres": [get(node, "text") for node in genres],
        "cast": _credits(_each(title, "principalCast") + _each(title, "castV2"))
        + [get(edge, "node", "name", "nameText", "text") for edge in _each(title, "cast", "edges")],
        "director": _credits(_each(title, "directors") + directing),
        "runtime": seconds / 60 if seconds else None,
        "poster": get(title, "primaryImage", "url"),
    }


def _each(value: Any, *keys: str) -> list[Any]:
    return listed(get(value, *keys))


def _credits(groups: list[Any]) -> list[Any]:
    return [get(credit, "name", "nameText", "text") for group in groups for credit in _each(group, "credits")]


def _load(script: str) -> Any:
    try:
        return json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return None


# -- visible HTML -------------------------------------------------------------------------------------------------------------


def visible(soup: BeautifulSoup) -> dict[str, Any]:
    """What a visitor sees, in the layout IMDb has had since 2021 and in the one before it."""
    heading = _first(soup, "h1[data-testid^=hero]", ".title_wrapper h1")
    if not heading:
        return {}
    lines = soup.select("[data-testid=hero-title-block__metadata] > li, .subtext")
    lines += [item for facts in heading.find_next_siblings("ul") for item in facts.find_all("li", recursive=False)]
    facts = [fact.strip() for line in _texts(lines) for fact in line.split("|")]
    return {
        "kind": [found[0] for fact in facts if (found := _NO_MOVIE.match(fact))],
        "title": re.sub(r"\s*\(\d{4}\)$", "", _text(heading)),  # the older layout puts the year behind the title
        "other_titles": [*_original_title(heading), *_detail(soup, "title-details-akas", "Also Known As")],
        "year": next((year for fact in (*facts, _text(heading), _text(soup.title)) if (year := values.year(fact))), None),
        "rating": _text(_first(soup, "[data-testid$=aggregate-rating__score]", ".ratingValue [itemprop=ratingValue]")).split("/")[0],
        "metascore": _text(_first(soup, ".metacritic-score-box", ".score-meta", ".metacriticScore")),
        "countries": _detail(soup, "title-details-origin", "Country"),
        "locations": _detail(soup, "title-details-filminglocations", "Filming Locations"),
        "genres": _detail(soup, "storyline-genres", "Genres") or _texts(soup.select("[data-testid=genres] a")),
        "cast": _texts(soup.select("[data-testid=title-cast-item__actor], table.cast_list td:not([class]) a[href*='/name/']")),
        "director": _credit(soup, "director"),
        "runtime": next(filter(None, map(_minutes, [*facts, *_detail(soup, "title-techspec_runtime", "Runtime")])), None),
        "poster": get(getattr(_first(soup, "[data-testid=hero-media__poster] img", ".poster img"), "attrs", None), "src"),
    }


def own_paths(soup: BeautifulSoup) -> Iterator[str]:
    """The paths of the addresses the page gives itself."""
    for tag in soup.select("link[rel~=canonical], meta[property='og:url']"):
        try:
            yield urlsplit(str(tag.get("href") or tag.get("content"))).path
        except ValueError:  # such as "http://["
            continue


def _first(soup: BeautifulSoup, *selectors: str) -> Tag | None:
    return next((found for selector in selectors if (found := soup.select_one(selector))), None)


def _text(tag: Tag | None) -> str:
    return values.text(tag.get_text()) if tag else ""


def _texts(tags: Iterable[Tag]) -> list[str]:
    return [text for tag in tags if (text := _text(tag))]


def _original_title(heading: Tag) -> list[str]:
    """ "Original title: Hable con ella" below the heading, or "Hable con ella (original title)"."""
    below = re.compile(r"^original title:\s*|\s*\(original title\)$", re.I)
    return [below.sub("", line) for line in _texts(heading.find_next_siblings("div")) if below.search(line)]


def _detail(soup: BeautifulSoup, testid: str, label: str) -> list[str]:
    """The values in one line of the details: found by its test id, or by its label in the older layout."""
    if line := soup.select_one(f"[data-testid={testid}]"):
        return _texts(line.select(f"{_DETAIL} li")) or _texts(line.select(_DETAIL))
    for block in soup.select(".txt-block, .see-more.inline"):
        heading = _text(block.select_one("h4"))
        if heading.casefold().startswith(label.casefold()):
            links = _texts(link for link in block.select("a") if "see more" not in _text(link).casefold())
            return links or [_text(block).removeprefix(heading).split("See more")[0]]
    return []


def _credit(soup: BeautifulSoup, role: str) -> list[str]:
    """The names in the line of credits whose label begins with `role`; the page repeats it for narrow screens."""
    for line in soup.select("[data-testid=title-pc-principal-credit], .credit_summary_item"):
        if _text(line.select_one(".ipc-metadata-list-item__label, h4")).casefold().startswith(role):
            return _texts(line.select("a[href*='/name/']"))
    return []


def _minutes(text: str) -> int | None:
    found = _HOURS_MINUTES.match(text)
    return (int(found[1] or 0) * 60 + int(found[2] or 0) or None) if found else None
