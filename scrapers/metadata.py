"""Collect what is known about each movie: one source after the other fills the fields that are still empty.

Order: sidecar, then the given sources (the command line gives saved pages, IMDb's dataset files, web services and live
pages, which look into their cache first), then an earlier run. docs/metadata.md describes it for users.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from errors import DataError
from scrapers import matching, records, sidecar, titles, values
from scrapers.folder import MovieFile
from scrapers.sources import Answer, Candidate, Query, Source, now

Movie = tuple[str, str]  # director folder and name: what a movie is called in the library
Ending = Literal["ok", "ambiguous", "not_found", "blocked", "failed"]
ENDINGS: tuple[Ending, ...] = ("ok", "ambiguous", "not_found", "blocked", "failed")
YEARS_APART = 1  # sources may differ by this much: production, premiere and release
REVIEW, NAME, SIDECAR = "review", "name of the file", "sidecar"


@dataclass(frozen=True)
class Outcome:
    """How one movie ended.

    record : what is known; may be there without `ok` (an id without an answer, a sidecar of an ambiguous film)
    reason : one line when the status is not ok
    warnings : sources that contradict each other, and sources that gave no answer for a movie that is ok without them
    """

    movie: MovieFile
    status: Ending
    record: dict[str, Any] | None = None
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class Report:
    """What a run came to: how each movie ended, and one line for each problem that is not a person's to settle in review.csv."""

    outcomes: list[Outcome] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> list[str]:
        """Count the outcome; returns the problems that are new (a host's refusal is told once, not for every movie)."""
        self.outcomes.append(outcome)
        told = set(self.problems)
        ends = [f"{outcome.status}: {outcome.reason}"] if outcome.status in ("blocked", "failed") else []
        fresh = [line for line in dict.fromkeys([*ends, *outcome.warnings]) if line not in told]
        self.problems += fresh
        return fresh

    @property
    def counts(self) -> dict[str, int]:
        """Movies by ending, all five of them."""
        return {ending: sum(outcome.status == ending for outcome in self.outcomes) for ending in ENDINGS}

    @property
    def records(self) -> list[dict[str, Any]]:
        return [outcome.record for outcome in self.outcomes if outcome.record]

    @property
    def unsettled(self) -> list[Outcome]:
        """What review.csv is about: films that were not found, but for those of which a person said so."""
        return [outcome for outcome in self.outcomes if outcome.status in ("ambiguous", "not_found") and not reviewed(outcome.record)]


def reviewed(record: Mapping[str, Any] | None) -> bool:
    """Whether a person settled which film a record is about."""
    return values.get(record, "sources", "imdb_id", "source") == REVIEW


def collect(
    movies: Iterable[MovieFile],
    sources: Iterable[Source] = (),
    *,
    runtime: Callable[[MovieFile], float | None] = lambda movie: None,
    decided: Mapping[Movie, str] | None = None,
    earlier: Mapping[Movie, Mapping[str, Any]] | None = None,
) -> Iterator[Outcome]:
    """Ask the sources for each movie, in order; outcomes are handed out one by one, so that an interrupted run loses nothing.

    Parameters
    ----------
    sources : asked after the sidecar, in this order, as long as a field is empty
    runtime : minutes of a movie's file, or None; called only for movies that must be found by title
    decided : IMDb ids a person chose (review.read); "" when the person said that no candidate fits
    earlier : records of earlier runs: they fill what no source fills now, unless it is about another title
    """
    sources = list(sources)
    for movie in movies:
        key = (movie.director, movie.movie)
        yield _Collector(movie, (decided or {}).get(key), (earlier or {}).get(key)).run(sources, runtime)


def summary(report: Report) -> dict[str, Any]:
    """The report as JSON: counts, problems, and for each movie how it ended."""
    return {
        "counts": report.counts,
        "problems": report.problems,
        "movies": [
            {
                "director": outcome.movie.director,
                "movie": outcome.movie.movie,
                "status": outcome.status,
                "reason": outcome.reason,
                "imdb_id": (outcome.record or {}).get("imdb_id", ""),
                "candidates": [asdict(candidate) for candidate in outcome.candidates],
            }
            for outcome in report.outcomes
        ],
    }


class _Collector:
    """One movie's fields on their way to a record."""

    def __init__(self, movie: MovieFile, decided: str | None, earlier: Mapping[str, Any] | None) -> None:
        self.movie, self.decided, self.earlier = movie, decided, earlier
        self.known: dict[str, Any] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.warnings: list[str] = []
        self.claims: list[tuple[str, int | None, str]] = []  # source, year, director

    def run(self, sources: list[Source], runtime: Callable[[MovieFile], float | None]) -> Outcome:
        if self.movie.problem:
            return Outcome(self.movie, "failed", reason=self.movie.problem)
        try:
            beside = sidecar.read(self.movie)
        except DataError as error:
            return Outcome(self.movie, "failed", reason=str(error))
        found = beside is not None
        query = self._query(*(beside or ({}, "")))
        if self.known.get("synthetic") or self.decided == "":
            return self._finish(found, [])
        if sources and not query.imdb_id:
            query = replace(query, runtime=runtime(self.movie))
        misses: list[Answer] = []
        rivals: dict[str, Candidate] = {}  # by id or title: candidates of sources that could not tell
        for source in sources:
            if all(field in self.known for field in records.KNOWN if field != "synthetic"):
                break
            answer = source.lookup(query)
            if answer.status == "ok" and (reason := _doubt(answer, rivals)):
                answer = replace(answer, status="ambiguous", reason=reason)
            if answer.status == "ok":
                found = True
                self._take(answer)
                query = replace(query, imdb_id=query.imdb_id or self.known.get("imdb_id"))
                rivals.clear()
            elif answer.status == "ambiguous":
                rivals = {candidate.imdb_id or candidate.title: candidate for candidate in answer.candidates} | rivals
            misses += [] if answer.status == "ok" else [answer]
        if rivals:
            reason = next(miss.reason for miss in misses if miss.status == "ambiguous")
            candidates = tuple(sorted(rivals.values(), key=lambda candidate: -candidate.score))
            return Outcome(self.movie, "ambiguous", self._record(), reason, candidates, tuple(self.warnings))
        return self._finish(found, misses)

    def _query(self, beside: dict[str, Any], sidecars: str) -> Query:
        """What to ask for: the person's choice, the sidecar and the name say which film it is, in this order."""
        name = titles.clean(self.movie.movie)
        imdb_id = name.imdb_id or titles.clean(self.movie.path.stem).imdb_id
        self.claims.append(("the folder", name.year, self.movie.director))
        if self.decided is not None:
            self._take(Answer("ok", {"imdb_id": ""} | values.clean({"imdb_id": self.decided}), REVIEW, now()), keep_empty=True)
            beside = {field: value for field, value in beside.items() if field not in ("imdb_id", "imdb_link")}
        if beside:
            self._take(Answer("ok", beside, f"{SIDECAR} {sidecars}", _changed(self.movie)))
        if imdb_id and "imdb_id" not in self.known:
            self._take(Answer("ok", values.clean({"imdb_id": imdb_id}), NAME, now()))
        director = self.movie.director or ", ".join(self.known.get("director", []))
        title = _without(self.movie.director, name.title)
        return Query(
            beside.get("title") or title,
            beside.get("year") or name.year,
            director,
            imdb_id=self.known.get("imdb_id") or None,
            other_titles=tuple(dict.fromkeys([*([title] if "title" in beside else []), *name.others])),
        )

    def _take(self, answer: Answer, *, keep_empty: bool = False) -> None:
        """Fill empty fields from an answer, and note where it contradicts what is known."""
        self._compare(answer)
        origin: dict[str, Any] = {"source": answer.source, "when": answer.when}
        for field_ in records.KNOWN:
            value = answer.known.get(field_)
            if field_ not in self.known and (field_ in answer.known if keep_empty else value not in records.EMPTY):
                self.known[field_] = value
                score = {"score": answer.candidates[0].score} if field_ == "imdb_id" and answer.candidates else {}
                self.sources[field_] = origin | score

    def _compare(self, answer: Answer) -> None:
        year, directors = answer.known.get("year"), ", ".join(answer.known.get("director") or [])
        for source, other_year, other_director in self.claims:
            where = f"{self.movie.director} / {self.movie.movie}: {answer.source} says"
            if year and other_year and abs(year - other_year) > YEARS_APART:
                self.warnings.append(f"{where} {year}, {source} says {other_year}")
            if other_director and directors and not _names(other_director, directors):
                self.warnings.append(f"{where} {directors}, {source} says {other_director}")
        if year or directors:
            self.claims.append((answer.source, year, directors))

    def _finish(self, found: bool, misses: list[Answer]) -> Outcome:
        settled = self._take_earlier() or found
        if settled:
            unanswered = [f"{miss.source}: {miss.reason}" for miss in misses if miss.status in ("blocked", "failed", "changed")]
            return Outcome(self.movie, "ok", self._record(), warnings=tuple(self.warnings + unanswered))
        if self.decided == "":
            return Outcome(self.movie, "not_found", self._record(), "in review.csv a person said that no candidate fits")
        # What keeps a movie from being found goes before a source that just does not know it.
        endings: list[tuple[Ending, tuple[str, ...]]] = [
            ("blocked", ("blocked",)),
            ("failed", ("failed", "changed")),
            ("not_found", ("offline",)),
        ]
        for ending, statuses in endings:
            if miss := next((miss for miss in misses if miss.status in statuses), None):
                return Outcome(self.movie, ending, self._record(), f"{miss.source}: {miss.reason}", warnings=tuple(self.warnings))
        reason = "; ".join(dict.fromkeys(miss.reason for miss in misses)) or "no sidecar, and no source was asked"
        return Outcome(self.movie, "not_found", self._record(), reason, warnings=tuple(self.warnings))

    def _take_earlier(self) -> bool:
        """Fill what is still empty from an earlier run's record of the same title; whether it knew anything."""
        if not self.earlier or self.decided == "" or self.known.get("imdb_id", self.earlier.get("imdb_id")) != self.earlier.get("imdb_id"):
            return False
        took = False
        for field_ in records.KNOWN:
            origin = self.earlier.get("sources", {}).get(field_)
            # Sidecars are read anew in every run: what they no longer say no longer holds.
            if not isinstance(origin, dict) or field_ in self.known or str(origin.get("source", "")).startswith((SIDECAR, NAME)):
                continue
            self.known[field_], self.sources[field_] = self.earlier.get(field_), origin
            took = True
        return took

    def _record(self) -> dict[str, Any] | None:
        return records.record(self.movie.movie, self.movie.director, self.known, self.sources) if self.sources else None


def _changed(movie: MovieFile) -> str:
    """When the movie's sidecar was last written."""
    paths = [path for ending in (".json", ".nfo") if (path := movie.path.with_suffix(ending)).is_file()]
    return datetime.fromtimestamp(max(path.stat().st_mtime for path in paths), UTC).isoformat(timespec="seconds")


def _doubt(answer: Answer, rivals: Mapping[str, Candidate]) -> str:
    """Why a match is none, though its source knows no better: another source has a candidate that fits nearly as well; or ""."""
    for taken in answer.candidates:
        for rival in rivals.values():
            if rival.imdb_id != taken.imdb_id and rival.score > taken.score - matching.MARGIN:
                return f"{answer.source} takes {taken.title!r} ({taken.score:.2f}), {rival.title!r} fits by {rival.score:.2f}"
    return ""


def _without(director: str, title: str) -> str:
    """The title without its director's name in front or behind ("Hitchcock - Rope")."""
    parts = title.split(" - ")
    if len(parts) > 1 and director:
        if _names(parts[0], director):
            return " - ".join(parts[1:])
        if _names(parts[-1], director):
            return " - ".join(parts[:-1])
    return title


def _names(part: str, director: str) -> bool:
    return bool(matching.same_director(part, director) or matching.same_director(director, part))
