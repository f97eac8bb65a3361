"""Title pages that a person saved from a browser: a source that needs no network."""

import binascii
import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from errors import InputError
from scrapers import matching, values
from scrapers.folder import readable
from scrapers.known_films import Film, pick
from scrapers.sources import Answer, Query, now
from scrapers.title_page import NotAMovie, parse

ENDINGS = (".html", ".htm", ".html.gz", ".htm.gz", ".mhtml", ".mht")
MAX_BYTES = 32 << 20  # a browser's archive holds the pictures, too
_HTML = re.compile(rb"(?im)^content-type:[ \t]*text/html")


class SavedPages:
    """The pages below a folder, found by the film's IMDb id, or by its title, year and director.

    A file's time is taken for the time it was saved; of two pages of one film the newer counts.

    Attributes
    ----------
    problems : one line for each page that cannot be used, with the reason

    Raises
    ------
    InputError : there is no such folder
    """

    name = "saved page"

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder; name the folder with pages saved from a browser")
        self.problems: list[str] = []
        self._films: list[Film] = []
        self._by_id: dict[str, Film] = {}
        for film in sorted(self._read(folder), key=lambda film: film.when):
            if imdb_id := film.known.get("imdb_id"):
                self._by_id[imdb_id] = film
            else:
                self._films.append(film)
        self._films += self._by_id.values()

    def lookup(self, query: Query) -> Answer:
        """The page of the film; an id in the query decides, whatever the titles say."""
        if not query.imdb_id:
            answer = pick(query, self._films, self.name)
            # Most films' pages are not saved: a faint likeness to one that is must not keep other sources from being asked.
            faint = answer.status == "ambiguous" and answer.candidates[0].score < matching.THRESHOLD
            return Answer("not_found", {}, self.name, now(), f"no saved page of {query.title!r}") if faint else answer
        film = self._by_id.get(query.imdb_id)
        return film.answer() if film else Answer("not_found", {}, self.name, now(), f"no saved page of {query.imdb_id}")

    def _read(self, folder: Path) -> Iterator[Film]:
        for path in _pages(folder):
            try:
                when = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
                known = parse(_content(path))
            except NotAMovie as refused:
                self.problems.append(f"{readable(path)}: {refused}")
            except (OSError, EOFError, zlib.error) as error:
                self.problems.append(f"{readable(path)}: cannot be read ({_why(error)}); save the page again")
            else:
                yield Film(known, f"{self.name} {readable(path.name)}", when)


def _pages(folder: Path) -> list[Path]:
    files = [path for path in sorted(folder.rglob("*")) if path.name.lower().endswith(ENDINGS) and path.is_file()]
    return [path for path in files if not path.name.startswith(".") and not _is_part(path, folder)]


def _is_part(path: Path, folder: Path) -> bool:
    """Whether it lies in the folder of pictures and frames that a browser puts beside a page: "Star Wars_files", "Star Wars-Dateien"."""
    for parent in path.relative_to(folder).parents:
        page = re.fullmatch(r"(.+)[_-][^\W\d_]+", parent.name)
        if page and any((folder / parent).with_name(page[1] + ending).is_file() for ending in ENDINGS):
            return True
    return False


def _content(path: Path) -> bytes:
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(f"larger than {MAX_BYTES >> 20} MiB")
    return _archived_page(content) if path.suffix.lower() in (".mhtml", ".mht") else content


def _archived_page(archive: bytes) -> bytes:
    """The page in a browser's single-file archive, which is built like an e-mail: its first part that is HTML."""
    archive = archive.replace(b"\r\n", b"\n")
    found = _HTML.search(archive)
    if not found:
        return b""
    begin = archive.rfind(b"\n--", 0, found.start())  # the line between two parts
    blank = archive.find(b"\n\n", found.end())
    if blank < 0:
        return b""
    line = archive[begin : archive.find(b"\n", begin + 1)] if begin >= 0 else b""
    end = archive.find(line, blank) if line else -1
    return _decoded(archive[blank + 2 : end if end >= 0 else None], archive[max(begin, 0) : blank].lower())


def _decoded(page: bytes, headers: bytes) -> bytes:
    encoding = re.search(rb"content-transfer-encoding:\s*([\w-]+)", headers)
    try:
        if encoding and encoding[1] == b"quoted-printable":
            return binascii.a2b_qp(page)
        if encoding and encoding[1] == b"base64":
            return binascii.a2b_base64(page)
    except binascii.Error as error:
        raise OSError(f"its page is not the base64 it says it is: {error}") from error
    return page


def _why(error: Exception) -> str:
    if isinstance(error, (EOFError, gzip.BadGzipFile, zlib.error)):
        return "damaged or half downloaded"
    return values.text(getattr(error, "strerror", None) or str(error))
