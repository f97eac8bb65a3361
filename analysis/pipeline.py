"""From media files to a library: one movie at a time, skipping what is done, surviving what is broken."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from analysis import aggregation, attributes, descriptors, detection, spectrograms
from analysis.audio import SAMPLE_RATE, decode
from analysis.files import write_json
from analysis.library import Library, MovieResult
from errors import AudioError, LeitmotifError
from models import registry

# Raised by hand when a stage computes something else than before although models and parameters are the same.
REVISIONS = {"seconds": 1, "windows": 2, "segments": 2}

Status = Literal["ok", "skipped", "failed"]


class Movie(Protocol):
    """What the pipeline needs to know of a movie (scrapers.folder.MovieFile is one)."""

    @property
    def path(self) -> Path: ...
    @property
    def director(self) -> str: ...
    @property
    def movie(self) -> str: ...
    @property
    def problem(self) -> str: ...


@dataclass(frozen=True)
class Outcome:
    """What happened to one movie of a run.

    seconds : how long it took
    duration : length of the film in seconds, 0 if unknown
    """

    director: str
    movie: str
    path: str
    status: Status
    reason: str = ""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    duration: float = 0.0


def run(movies: Iterable[Movie], library: Library, *, track: int = 0, detector: str = detection.DEFAULT_DETECTOR) -> Iterator[Outcome]:
    """Analyse movies one after the other and yield what became of each; a failure never stops the rest.

    When the generator ends, or is closed in the middle, manifest.json tells of every movie handled so far.

    Parameters
    ----------
    movies : see scrapers.folder.scan
    library : where results go; finished movies that nothing touched since are skipped
    track : audio track, counted from 0
    detector : one of detection.DETECTORS

    Raises
    ------
    InputError : there is no such detector
    LibraryError : nothing can be written to the library's folder
    """
    detection.model(detector)  # at once, and not only when the first outcome is asked for
    library.prepare()
    return _run(movies, library, track, detector)


def _run(movies: Iterable[Movie], library: Library, track: int, detector: str) -> Iterator[Outcome]:
    started = _now()
    outcomes: list[Outcome] = []
    complete = False
    try:
        for movie in movies:
            outcomes.append(_outcome(movie, library, track, detector))
            yield outcomes[-1]
        complete = True
    finally:
        _write_manifest(library, started, outcomes, complete, detector)


def analyse_signal(signal: np.ndarray, detector: str = detection.DEFAULT_DETECTOR) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The seconds, windows and segments tables of a signal.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,), int16] mono at 8 kHz, at least one second
    detector : one of detection.DETECTORS
    """
    seconds = detection.seconds(signal, detector)
    runs = detection.runs(seconds["label"])
    windows = attributes.windows(signal, runs)
    return seconds, windows, aggregation.segments(windows, runs, seconds)


def _outcome(movie: Movie, library: Library, track: int, detector: str) -> Outcome:
    begun = time.monotonic()
    path = str(movie.path).encode("utf-8", "backslashreplace").decode("utf-8")  # a name may hold bytes that are no text
    outcome = partial(Outcome, movie.director, movie.movie, path)
    if movie.problem:
        return outcome("failed", reason=movie.problem)
    try:
        status, profile, warnings = _analyse(movie, library, track, detector)
    except (LeitmotifError, OSError, MemoryError) as error:
        return outcome("failed", reason=_one_line(error, movie.path), seconds=_since(begun))
    return outcome(status, warnings=warnings, seconds=_since(begun), duration=profile["duration"])


def _analyse(movie: Movie, library: Library, track: int, detector: str) -> tuple[Status, dict[str, Any], tuple[str, ...]]:
    """Do the stages whose inputs changed, and keep the results of the others."""
    stages = _stages(track, detector)
    before = _finished(movie, library)
    source = _source(movie.path, before)
    same_input = before is not None and before["input"]["sha256"] == source["sha256"]
    if before is not None and same_input and before["stages"] == stages:
        if before["input"] != source:  # touched or moved, not changed: remember it, so that it is not hashed again
            write_json(library.movie_folder(movie.director, movie.movie) / "provenance.json", before | {"input": source})
        return "skipped", library.profile(movie.director, movie.movie), tuple(before["warnings"])
    keep_seconds = before is not None and same_input and before["stages"]["seconds"] == stages["seconds"]
    keep_windows = before is not None and keep_seconds and before["stages"]["windows"] == stages["windows"]
    warnings = tuple(before["warnings"]) if before and keep_windows else ()
    signal = np.empty(0, np.int16)
    if not keep_windows:
        soundtrack = decode(movie.path, track=track)
        signal, warnings = soundtrack.signal, soundtrack.warnings
        if soundtrack.duration < 1:
            raise AudioError(f"{movie.path}: its sound is shorter than one second; nothing can be detected in it")
    seconds = library.table(movie.director, movie.movie, "seconds") if keep_seconds else detection.seconds(signal, detector)
    runs = detection.runs(seconds["label"])
    windows = library.table(movie.director, movie.movie, "windows") if keep_windows else attributes.windows(signal, runs)
    segments = aggregation.segments(windows, runs, seconds)
    profile = {"movie": movie.movie, "director": movie.director, **aggregation.profile(seconds, segments)}
    provenance = {"input": source, "stages": stages, "warnings": list(warnings), "analysed": _now()}
    library.write_movie(movie.director, movie.movie, MovieResult(seconds, windows, segments, profile, provenance))
    return "ok", profile, warnings


def _stages(track: int, detector: str) -> dict[str, Any]:
    """What each stage's result depends on besides the input: a stage is redone when its entry, or an earlier one, changed."""
    name = detection.model(detector)
    return {
        "seconds": {
            "revision": REVISIONS["seconds"],
            "track": track,
            "sample_rate": SAMPLE_RATE,
            "models": {name: registry.card(name)["sha256"]},
        },
        "windows": {
            "revision": REVISIONS["windows"],
            "window_seconds": spectrograms.WINDOW_SECONDS,
            "descriptors": descriptors.REVISION,
            "models": {"attributes": registry.card("attributes")["sha256"]},
        },
        "segments": {"revision": REVISIONS["segments"]},
    }


def _finished(movie: Movie, library: Library) -> dict[str, Any] | None:
    """Provenance of an earlier, complete result; None when there is none or it cannot be read."""
    folder = library.movie_folder(movie.director, movie.movie)
    if not (folder / "profile.json").is_file():
        return None
    try:
        provenance = library.provenance(movie.director, movie.movie)
        library.profile(movie.director, movie.movie)
        return provenance if provenance.keys() >= {"input", "stages", "warnings"} else None
    except LeitmotifError:
        return None


def _source(path: Path, before: dict[str, Any] | None) -> dict[str, Any]:
    """The input's identity; its content is hashed again only if size or time of change differ from before."""
    if not path.is_file():
        raise AudioError(f"{path}: the file is gone; it was there when the run began")
    stat = path.stat()
    source = {"path": str(path.resolve()), "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    if before is not None and all(before["input"].get(key) == source[key] for key in ("size", "mtime_ns")):
        return source | {"sha256": before["input"]["sha256"]}
    return source | {"sha256": registry.sha256(path)}


def _write_manifest(library: Library, started: str, outcomes: list[Outcome], complete: bool, detector: str) -> None:
    counts = {status: sum(o.status == status for o in outcomes) for status in ("ok", "skipped", "failed")}
    report = {"started": started, "finished": _now(), "complete": complete, "detector": detector, "counts": counts}
    write_json(library.root / "manifest.json", report | {"movies": [asdict(o) for o in outcomes]})


def _one_line(error: BaseException, path: Path) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if isinstance(error, LeitmotifError) else f"{path}: {text}"


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 2)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
