"""What a source of metadata is asked and what it answers; every source, local or live, keeps this one interface."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

Status = Literal["ok", "ambiguous", "not_found", "blocked", "failed", "offline", "changed"]


@dataclass(frozen=True)
class Query:
    """One movie as we know it before asking: from its name, its folder, its sidecar and its file.

    director : the name of its folder, which may be a surname or "Coen Brothers"; "" when unknown
    runtime : of the file, in minutes; None when not measured
    imdb_id : such as "tt0133093", when the name or a sidecar gives one: it decides
    other_titles : further readings of the name ("Law of Desire"), which count as much as `title`
    """

    title: str
    year: int | None = None
    director: str = ""
    runtime: float | None = None
    imdb_id: str | None = None
    other_titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A title that may be the movie.

    director : all of them, separated by commas; "" when the source does not say
    original : the original title; other_titles : titles it has elsewhere
    score : how well it fits, from 0 to 1 (scrapers.matching)
    """

    imdb_id: str
    title: str
    year: int | None = None
    director: str = ""
    runtime: float | None = None
    score: float = 0.0
    original: str = ""
    other_titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What one source says of one query.

    known : fields of records.FIELDS that the source can fill; empty unless `status` is "ok"
    source : which source, and where in it, fit to be shown ("sidecar Fargo.json")
    when : time of the answer (of the download for a cached one), ISO 8601
    reason : one line for a person when the status is not "ok"
    candidates : best first when the status is "ambiguous"; the one that was taken, with its score, when a title was searched for
    """

    status: Status
    known: dict[str, Any]
    source: str
    when: str
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()


class Source(Protocol):
    """Where metadata can be asked for. A source does not raise for what it meets outside: it says so in its answer."""

    name: str

    def lookup(self, query: Query) -> Answer: ...


def now() -> str:
    """The time of an answer: UTC, to the second, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
