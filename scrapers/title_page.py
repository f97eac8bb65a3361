"""Read the page of one movie. Nothing here asks the network (scrapers.fetch does) or touches a file (scrapers.saved_pages does)."""

import re
from typing import Any

from bs4 import BeautifulSoup

from errors import DataError
from scrapers import markup, page_shapes, values

UNKNOWN = "page of an unknown shape"

# What the shapes call things that are no movie. A type nobody has seen yet is not refused: it is judged by its other signs.
_KINDS = {
    "tvseries": "series", "tvminiseries": "series", "video.tv_show": "series", "tvseason": "season list", "tvepisode": "episode",
    "episode": "episode", "video.episode": "episode", "videogame": "game", "musicvideo": "music video",
    "musicvideoobject": "music video", "podcastseries": "podcast", "podcastepisode": "podcast",
}  # fmt: skip
_SUBPAGES = {
    "episodes": "season list", "keywords": "keyword page", "fullcredits": "cast page", "reviews": "review page",
    "locations": "location page", "releaseinfo": "release page", "mediaviewer": "picture page", "mediaindex": "picture page",
}  # fmt: skip
_TITLE_PATH = re.compile(r"(?:/[a-z]{2}(?:-[a-z]{2})?)?/title/tt\d{7,10}/([^/]+)", re.ASCII | re.I)
_NAME_PATH = re.compile(r"(?:/[a-z]{2}(?:-[a-z]{2})?)?/name/nm\d+", re.ASCII | re.I)


class NotAMovie(DataError):
    """The page is not the title page of a movie; `kind` says what it is: "series", "episode", "season list", ... or UNKNOWN."""

    def __init__(self, kind: str, title: str = "") -> None:
        self.kind = kind
        article = "an" if kind[:1] in "aeiou" else "a"
        super().__init__(f"is {article} {kind}, not the title page of a movie" + (f": {title}" if title else ""))


def parse(html: str | bytes) -> dict[str, Any]:
    """The fields of the movie a page is about; a field the page does not give is left out.

    Shapes are asked in the order JSON-LD, `__NEXT_DATA__`, visible HTML. A single value comes from the first that has it, a list from
    all of them together: JSON-LD names only the first few of the cast and the genres.

    Returns
    -------
    dict with `title` and any of imdb_id, imdb_link, other_title, year, rating, metascore, countries, locations, genres, cast, director,
    runtime, poster, cleaned by scrapers.values.clean. `other_title` is the original title, else an "also known as".

    Raises
    ------
    NotAMovie : the page is of another kind, or has none of the three shapes
    """
    soup = _soup(html)
    shapes = [page_shapes.json_ld(soup, frozenset({"movie", *_KINDS})), page_shapes.next_data(soup), page_shapes.visible(soup)]
    known = _merge([*shapes, {"imdb_id": " ".join(page_shapes.own_paths(soup))}])
    # A list of a film's episodes or keywords carries the film's names, too: what the page is goes before what it says.
    if kind := _kind(soup, shapes):
        raise NotAMovie(kind, known.get("title", ""))
    if "title" not in known:
        raise NotAMovie(UNKNOWN, values.text(soup.title.get_text()) if soup.title else "")
    return known


def _soup(html: str | bytes) -> BeautifulSoup:
    text = html if isinstance(html, str) else _decode(html)
    if "<" not in text:
        raise NotAMovie(UNKNOWN)
    try:
        return markup.tree(text)
    except ValueError as error:
        raise NotAMovie(UNKNOWN) from error


def _decode(html: bytes) -> str:
    """The text of a page in any encoding: by its mark, as UTF-8, as it declares itself, else as browsers guess."""
    declared = re.search(rb"charset=[\"']?([\w-]{1,40})", html[:4096])
    marked = "utf-16" if html.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    for encoding in (marked, declared[1].decode("ascii") if declared else marked):
        try:
            return html.decode(encoding)
        except (LookupError, ValueError):  # unknown, or not what the page is written in
            continue
    return html.decode("cp1252", "replace")


def _merge(shapes: list[dict[str, Any]]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for shape in map(values.clean, shapes):
        for field, value in shape.items():
            if isinstance(value, list):
                known[field] = values.texts(known.get(field, []) + value)
            else:
                known.setdefault(field, value)
    # JSON-LD dates one country's release; IMDb's year of a film stands in the other shapes, and is not always the same.
    json_ld, *others = shapes
    if year := next(filter(None, (values.year(shape.get("year")) for shape in (*others, json_ld))), None):
        known["year"] = year
    titles = values.texts([title for shape in shapes for title in (shape.get("title"), *values.listed(shape.get("other_titles")))])
    if other := next((title for title in titles if title != known.get("title")), None):
        known["other_title"] = other
    return known


def _kind(soup: BeautifulSoup, shapes: list[dict[str, Any]]) -> str | None:
    """What the page is, if it is anything but a movie's title page."""
    for path in page_shapes.own_paths(soup):
        if below := _TITLE_PATH.match(path):
            return _SUBPAGES.get(below[1].lower(), f"{values.text(below[1])} page")
        if _NAME_PATH.match(path):
            return "person's page"
    said = [kind for shape in shapes for kind in values.listed(shape.get("kind"))]
    said += [tag.get("content") for tag in soup.select("meta[property='og:type']")]
    names = (re.sub(r"[\s-]", "", str(kind)).lower() for kind in said)
    return next((_KINDS[name] for name in names if name in _KINDS), None)
