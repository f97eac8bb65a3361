"""The reference library (data/reference): results of real recordings, without the recordings.

A film of which there are excerpts only has a timeline of its excerpts end to end. Each excerpt is listened to by itself, as if it were a
film: no run of music and no window reaches from one into the next.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from analysis import aggregation, attributes, dataset, decoding, detection, manifest, pipeline
from analysis.features import PER_SECOND, per_second
from analysis.files import read_json, read_parquet, whole_file, write_json
from analysis.library import ABOUT, Library, MovieResult
from errors import LibraryError
from models import registry

EXCERPTS = "excerpts.parquet"
MODELS = ("detector", "attributes", "film_genre")
# Statistics of timbre that similarity is compared with: mean and deviation of thirteen cepstral coefficients.
MFCC = tuple(name for name in PER_SECOND if name.startswith("mfcc_"))
FACTS = ("director", "movie", "excerpt", "track", "cue", "composer", "original", "dialogue", "start", "end")
TITLE = "Reference: real film scores"

Progress = Callable[[int, int, str], None]
MetadataTable = Callable[[Iterable[dict[str, Any]]], pd.DataFrame]


class Recording(Protocol):
    """An excerpt (scrapers.reference_films.Recording is one)."""

    @property
    def name(self) -> str: ...
    @property
    def path(self) -> Path: ...
    @property
    def cue(self) -> str: ...
    @property
    def composer(self) -> str: ...
    @property
    def track(self) -> int: ...
    @property
    def original(self) -> bool: ...


class Film(Protocol):
    """A film with its recordings (scrapers.reference_films.ReferenceFilm is one)."""

    @property
    def key(self) -> str: ...
    @property
    def director(self) -> str: ...
    @property
    def movie(self) -> str: ...
    @property
    def dialogue(self) -> bool: ...
    @property
    def record(self) -> dict[str, Any]: ...
    @property
    def recordings(self) -> Sequence[Recording]: ...


@dataclass(frozen=True)
class Heard:
    """What one excerpt was heard to be: its tables, from second 0 on, and each window's probabilities of film genres."""

    seconds: pd.DataFrame
    windows: pd.DataFrame
    segments: pd.DataFrame
    film_genres: np.ndarray
    mfcc: np.ndarray


def build(
    films: Sequence[Film], library: Library, metadata_table: MetadataTable, progress: Progress = lambda done, total, what: None
) -> None:
    """Listen to every excerpt of every film and write the library; what was there of other films stays.

    Parameters
    ----------
    metadata_table : makes metadata.csv of the records (scrapers.records.table)

    Raises
    ------
    AudioError : a recording cannot be decoded: a reference library is whole, or is not made
    """
    library.prepare()
    started, wanted = pipeline.now(), stages()
    excerpts: list[dict[str, Any]] = []
    for done, film in enumerate(films):
        progress(done, len(films), film.movie)
        heard = [listen(recording.path) for recording in film.recordings]
        result, rows = _together(film, heard, wanted, started)
        library.write_movie(film.director, film.movie, result)
        excerpts += rows
    progress(len(films), len(films), "")
    library.write_metadata([film.record for film in films], metadata_table(film.record for film in films))
    with library.writing(), whole_file(library.root / EXCERPTS) as partial:
        pd.DataFrame(excerpts).to_parquet(partial, index=False)
    table = dataset.write(library)
    lengths = {(row["director"], row["movie"]): float(row["duration"]) for row in table.to_dict("records")}
    entries = [_Entry(Path(film.key), film.director, film.movie) for film in films]
    outcomes = [pipeline.outcome(entry, "ok", duration=lengths[entry.director, entry.movie]) for entry in entries]
    manifest.write(library, entries, outcomes, pipeline.Options(), started=started, ended=True)
    with library.writing():
        write_json(library.root / ABOUT, _about(films, len(excerpts), started))


@dataclass(frozen=True)
class _Entry:
    path: Path
    director: str
    movie: str
    problem: str = ""


def stages() -> pipeline.Stages:
    """What the library's results depend on, as provenance.json keeps it: those of a film, and the film genres."""
    return pipeline.stages(pipeline.Options()) | {"film_genres": {"models": {"film_genre": registry.card("film_genre")["sha256"]}}}


def excerpts(library: Library) -> pd.DataFrame:
    """A row for each excerpt: FACTS, the columns of an enhanced dataset that are heard, and MFCC statistics (`mfcc_1_mean`, ...).

    Raises LibraryError where the library has no such table.
    """
    path = library.root / EXCERPTS
    if not path.is_file():
        raise LibraryError(f"{library.root}: is no reference library (it has no {EXCERPTS}); name data/reference")
    return read_parquet(path)


def about(library: Library) -> dict[str, Any]:
    """Its note: when it was made, from what, and by which models."""
    return read_json(library.root / ABOUT, "make it anew with `leitmotif reference`")


def listen(path: Path) -> Heard:
    """What one recording is heard to be."""
    with decoding.decode(path)[0] as sound:
        signal = sound[:]
    seconds = detection.seconds(signal)
    runs = detection.runs(seconds["label"])
    measured = attributes.describe(signal, runs)
    windows = attributes.predict(measured, runs)
    genres = registry.load("film_genre")
    heard = genres.predict_proba(measured.table) if len(windows) else np.zeros((0, len(genres.classes)))
    found = per_second(signal)[:, [PER_SECOND.index(name) for name in MFCC]]
    return Heard(seconds, windows, aggregation.segments(windows, runs, seconds), heard, found.mean(axis=0))


def _together(film: Film, heard: Sequence[Heard], wanted: pipeline.Stages, analysed: str) -> tuple[MovieResult, list[dict[str, Any]]]:
    """The film's result, its excerpts end to end, and a row for each excerpt."""
    ends = np.cumsum([len(one.seconds) for one in heard])
    starts, before = ends - [len(one.seconds) for one in heard], np.cumsum([0, *(len(one.segments) for one in heard)])
    seconds = pd.concat([one.seconds.assign(second=one.seconds["second"] + start) for one, start in zip(heard, starts, strict=True)])
    places = list(zip(heard, starts, before, strict=False))
    windows = pd.concat([_moved(one.windows, ("start",), start, first) for one, start, first in places])
    segments = pd.concat([_moved(one.segments, ("start", "end"), start, first) for one, start, first in places])
    tables = [table.reset_index(drop=True) for table in (seconds, windows, segments)]
    spans = list(zip(film.recordings, starts.tolist(), ends.tolist(), strict=True))
    profile = {
        "movie": film.movie,
        "director": film.director,
        **aggregation.profile(tables[0], tables[2]),
        "film_genres": _ranking(np.concatenate([one.film_genres for one in heard])),
        "excerpts": [{"name": recording.name, "start": start, "end": end, "cue": recording.cue} for recording, start, end in spans],
    }
    provenance = {"input": _input(film), "stages": wanted, "warnings": [], "analysed": analysed}
    rows = [_row(film, recording, one, start, end) for (recording, start, end), one in zip(spans, heard, strict=True)]
    return MovieResult(tables[0], tables[1], tables[2], profile, provenance), rows


def _moved(table: pd.DataFrame, places: Iterable[str], start: int, first: int) -> pd.DataFrame:
    """An excerpt's table at its place in the film: `start` seconds later, its runs counted from `first`."""
    moved = {place: (table[place] + start).astype(table[place].dtype) for place in places}
    return table.assign(**moved, segment=(table["segment"] + first).astype(table["segment"].dtype))


def _ranking(probabilities: np.ndarray) -> dict[str, float]:
    """Film genres by their mean probability over the windows, the likeliest first."""
    if not len(probabilities):
        return {}
    means, classes = probabilities.mean(axis=0), registry.load("film_genre").classes
    return {classes[i]: round(float(means[i]), 4) for i in np.argsort(-means, kind="stable")}


def _input(film: Film) -> dict[str, Any]:
    """As of a media file; the hash is one of the recordings' hashes, and the place is not one of this machine."""
    hashes = [registry.sha256(recording.path) for recording in film.recordings]
    size = sum(recording.path.stat().st_size for recording in film.recordings)
    return {"path": film.key, "size": size, "mtime_ns": 0, "sha256": hashlib.sha256("".join(hashes).encode()).hexdigest()}


def _row(film: Film, recording: Recording, heard: Heard, start: int, end: int) -> dict[str, Any]:
    facts = (
        film.director, film.movie, recording.name, recording.track, recording.cue, recording.composer, recording.original, film.dialogue,
        start, end,
    )  # fmt: skip
    figures = aggregation.profile(heard.seconds, heard.segments)
    timbre = {name: round(float(value), 6) for name, value in zip(MFCC, heard.mfcc, strict=True)}
    return dict(zip(FACTS, facts, strict=True)) | figures | timbre


def _about(films: Sequence[Film], count: int, made: str) -> dict[str, Any]:
    scores, scenes = [film for film in films if not film.dialogue], [film for film in films if film.dialogue]
    text = (
        f"Real recordings, predicted values: excerpts of 15 s of the scores of {len(scores)} films, end to end, not the whole films"
        f"{_besides(scenes)}. Results only, no sound. The models of film genres and of music and speech learnt from these recordings too."
    )
    return {
        "title": TITLE,
        "text": text,
        "made": made,
        "command": "leitmotif reference --data DIR",
        "from": [
            {"films": len(scores), "excerpts": count - sum(len(f.recordings) for f in scenes), "what": "excerpts of commercial recordings"},
            *({"films": 1, "excerpts": len(f.recordings), "what": f"scenes of {f.movie} ({f.record['year']})"} for f in scenes),
        ],
        "leitmotif": version("leitmotif"),
        "models": {name: registry.card(name)["sha256"] for name in MODELS},
    }


def _besides(scenes: Sequence[Film]) -> str:
    return f"; besides them scenes with dialogue of {' and '.join(film.movie for film in scenes)}" if scenes else ""


def with_dialogue(library: Library) -> set[tuple[str, str]]:
    """(director, movie) of the films whose recordings are scenes and not their score alone."""
    table = excerpts(library)
    return set(zip(table["director"][table["dialogue"]], table["movie"][table["dialogue"]], strict=True))
