"""Collect what is known about each movie, from sidecar files beside the films."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from errors import DataError
from scrapers import records, sidecar
from scrapers.folder import MovieFile


@dataclass
class Report:
    """Records found, how many movies ended how, and one line for each problem."""

    records: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def collect(movies: Iterable[MovieFile]) -> Report:
    """One record per movie whose sidecar can be read; every movie is counted as ok, not_found or failed."""
    report = Report()
    for movie in movies:
        try:
            known = sidecar.read(movie)
        except DataError as error:
            report.counts["failed"] += 1
            report.problems.append(str(error))
            continue
        report.counts["ok" if known else "not_found"] += 1
        if known:
            report.records.append(records.record(movie.movie, movie.director, known, f"sidecar {movie.path.with_suffix('.json').name}"))
    return report
