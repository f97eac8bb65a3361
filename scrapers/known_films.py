"""Choose among films of which a source knows everything it can say."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from scrapers import matching
from scrapers.sources import Answer, Candidate, Query, now


@dataclass(frozen=True)
class Film:
    """What a source knows of one film (scrapers.values.clean), where it stands, and since when (ISO 8601)."""

    known: dict[str, Any]
    source: str
    when: str

    def answer(self, *candidates: Candidate) -> Answer:
        return Answer("ok", self.known, self.source, self.when, candidates=candidates)

    def candidate(self) -> Candidate:
        known = self.known
        director = ", ".join(known.get("director", []))
        other = known.get("other_title", "")
        return Candidate(known.get("imdb_id", ""), known["title"], known.get("year"), director, known.get("runtime"), original=other)


def pick(query: Query, films: Iterable[Film], source: str) -> Answer:
    """The film that clearly is the one asked for, else its candidates, as an answer of `source`."""
    by_candidate = {film.candidate(): film for film in films}
    choice = matching.choose(query, by_candidate)
    if choice.best is None:
        return Answer(choice.status, {}, source, now(), choice.reason, choice.candidates)
    return by_candidate[replace(choice.best, score=0.0)].answer(choice.best)
