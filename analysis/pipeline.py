"""From one media file to its folder in the library: what is done is kept, what is broken is told and not raised."""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import takewhile
from pathlib import Path
from threading import Thread
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from analysis import aggregation, assistants, attributes, cores, decoding, descriptors, detection, inputs, spectrograms
from analysis.ahead import Ahead
from analysis.audio import SAMPLE_RATE
from analysis.library import Library, MovieResult
from errors import AudioError, LeitmotifError, LibraryError
from models import registry

# Raised by hand when a stage computes something else than before although models and parameters are the same.
REVISIONS = {"seconds": 2, "windows": 2, "segments": 2}

Status = Literal["ok", "skipped", "failed"]
Stages = dict[str, dict[str, Any]]


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
class Options:
    """What movies are listened to with.

    track : audio track, counted from 0
    detector : one of detection.DETECTORS
    """

    track: int = 0
    detector: str = detection.DEFAULT_DETECTOR


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


def analyse(movie: Movie, root: Path, options: Options) -> Outcome:
    """Listen to one movie and write its folder; what is done is kept. Whatever is wrong with the movie is told in the outcome.

    Parameters
    ----------
    root : the library's folder
    """
    begun = time.monotonic()
    if movie.problem:
        return outcome(movie, "failed", reason=movie.problem)
    try:
        status, profile, warnings = _analyse(movie, Library(root), options)
    except Exception as error:  # a movie that finds a fault of ours must not cost the others
        return outcome(movie, "failed", reason=_one_line(error, movie.path), seconds=_since(begun))
    return outcome(movie, status, warnings=warnings, seconds=_since(begun), duration=profile["duration"])


def settled(movie: Movie, library: Library, wanted: Stages) -> Outcome | None:
    """What becomes of a movie that need not be opened, as it is done and untouched since, or cannot be analysed. None: `analyse` it.

    Parameters
    ----------
    wanted : what `stages` says of the run's options
    """
    if movie.problem:
        return outcome(movie, "failed", reason=movie.problem)
    before = _finished(movie, library)
    if before is None or before.provenance["stages"] != wanted:
        return None
    try:
        if not inputs.untouched(movie.path, before.provenance["input"]):
            return None
    except (LeitmotifError, OSError):
        return None
    return outcome(movie, "skipped", warnings=tuple(before.provenance["warnings"]), duration=before.profile["duration"])


def stages(options: Options) -> Stages:
    """What each stage's result depends on besides the input: a stage is redone when its entry, or an earlier one, changed.

    Raises
    ------
    InputError : there is no such detector
    ModelError : a model's card is missing or cannot be read
    """
    name = detection.model(options.detector)
    return {
        "seconds": {
            "revision": REVISIONS["seconds"],
            "track": options.track,
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


def outcome(movie: Movie, status: Status, **details: Any) -> Outcome:
    """The outcome of a movie (details: further fields of Outcome)."""
    path = str(movie.path).encode("utf-8", "backslashreplace").decode("utf-8")  # a name may hold bytes that are no text
    return Outcome(movie.director, movie.movie, path, status, **details)


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


@dataclass(frozen=True)
class _Finished:
    """An earlier, complete result."""

    provenance: dict[str, Any]
    profile: dict[str, Any]

    def stands(self, source: dict[str, Any], wanted: Stages) -> list[str]:
        """Stages whose results can be kept, for an input and what is wanted now."""
        if self.provenance["input"]["sha256"] != source["sha256"]:
            return []
        return list(takewhile(lambda stage: self.provenance["stages"].get(stage) == wanted[stage], wanted))


def _analyse(movie: Movie, library: Library, options: Options) -> tuple[Status, dict[str, Any], tuple[str, ...]]:
    """Do the stages whose inputs changed, and keep the results of the others."""
    wanted = stages(options)
    before = _finished(movie, library)
    source = inputs.identity(movie.path, before.provenance["input"] if before else {})
    kept = before.stands(source, wanted) if before else []
    if before and len(kept) == len(wanted):
        if before.provenance["input"] != source:  # touched or moved, not changed: remember it, so that it is not hashed again
            library.write_provenance(movie.director, movie.movie, before.provenance | {"input": source})
        return "skipped", before.profile, tuple(before.provenance["warnings"])
    tables = _tables(movie, library, kept)
    if before and "windows" in tables:
        seconds, windows, warnings = tables["seconds"], tables["windows"], tuple(before.provenance["warnings"])
        runs = detection.runs(seconds["label"])
    else:
        seconds, windows, runs, warnings = _listen(movie.path, options, source, tables.get("seconds"))
    segments = aggregation.segments(windows, runs, seconds)
    profile = {"movie": movie.movie, "director": movie.director, **aggregation.profile(seconds, segments)}
    provenance = {"input": source, "stages": wanted, "warnings": list(warnings), "analysed": now()}
    library.write_movie(movie.director, movie.movie, MovieResult(seconds, windows, segments, profile, provenance))
    return "ok", profile, warnings


def _listen(
    path: Path, options: Options, source: dict[str, Any], seconds: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame, list[tuple[int, int]], tuple[str, ...]]:
    """The tables of seconds (unless they are known) and of windows, the runs of music, and what is wrong with the file."""
    _get_ready(options.detector)
    # The further cores are for the decoder and the assistants; and sums that threads share would end in other digits.
    with cores.one_for_libraries():
        ahead = Ahead(options.detector)
        signal, warnings = decoding.decode(path, track=options.track, meanwhile=ahead.listen)
        with signal:
            inputs.check_the_same(path, source)
            if len(signal) < SAMPLE_RATE:
                raise AudioError(f"{path}: its sound is shorter than one second; nothing can be detected in it")
            seconds = detection.seconds(signal, options.detector) if seconds is None else seconds
            runs = detection.runs(seconds["label"])
            return seconds, attributes.windows(signal, runs, ahead.known), runs, warnings


@cache
def _get_ready(detector: str) -> None:
    """Load models and make tables, once, while the decoder is at the first film. What fails here fails again where it is told."""
    assistants.get_ready(_load)

    def load() -> None:
        with suppress(LeitmotifError):
            registry.load(detection.model(detector))
            _load()

    Thread(target=load, daemon=True).start()


def _load() -> None:
    attributes.windows(np.zeros(spectrograms.WINDOW_SECONDS * SAMPLE_RATE, np.int16), [(0, spectrograms.WINDOW_SECONDS)])


def _finished(movie: Movie, library: Library) -> _Finished | None:
    """An earlier, complete result; None when there is none, or it is not what was written."""
    try:
        provenance = library.provenance(movie.director, movie.movie)
        if not library.intact(movie.director, movie.movie, provenance):
            return None
        profile = library.profile(movie.director, movie.movie)
        whole = {"sha256", "stages", "warnings", "duration"} <= {*provenance, *provenance["input"], *profile}
    except (LibraryError, AttributeError, KeyError, TypeError):
        return None
    return _Finished(provenance, profile) if whole and isinstance(provenance["stages"], dict) else None


def _tables(movie: Movie, library: Library, kept: list[str]) -> dict[str, pd.DataFrame]:
    """Tables of the stages that are kept; none when one is damaged: then all is done again."""
    try:
        return {name: library.table(movie.director, movie.movie, name) for name in kept}
    except LibraryError:
        return {}


def _one_line(error: Exception, path: Path) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, LeitmotifError):
        return text
    if isinstance(error, (OSError, MemoryError)):
        return f"{path}: {text or type(error).__name__}"
    return f"{path}: {type(error).__name__}: {text} (a fault of this program: please report it)"


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 2)


def now() -> str:
    """The time as the library's files have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
