"""A made-up library of any size in the real file formats, to measure the dashboard with.

10,000 films by 1,200 directors with 30 million windows take 2 GB and, on two cores, three minutes. What was
written stays: an interrupted run goes on where it stopped. Every film is drawn from its own number, so the library is
the same each time.
"""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis import aggregation, dataset
from analysis.files import whole_folder, write_json
from analysis.library import Library
from analysis.spectrograms import WINDOW_SECONDS
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES, SOUND_CLASSES

FILMS = 10_000
WINDOWS_PER_FILM = 3_000  # on average; a two-hour film with an hour of music has as many
FILMS_PER_DIRECTOR = 25 / 3  # on average: 1,200 directors of 10,000 films
VALIDATION_RUN = "benchmark"
_RUNS = 45  # of music in a film, on average
_BLOCK = 20  # s of speech or other sounds at a time
_DRAWN = 64  # ready vectors of probabilities for each class
_DECIMALS = 3  # of a probability: few different values keep the files small
_WHEN = "2026-01-01T00:00:00+00:00"
_GIVEN = "Ada Björn Chiara Dmitri Elif Farid Greta Hiro Ines Jon Kamala Łukasz Mira Nils Olga Pedro Qiu Rosa Søren Tara".split()
_FAMILY = "Vorn Øster Almar Brandt Castell Dray Eklund Falk Grieve Holm Ito Jansson Kessler Lind Moreau Novak Okafor Petit Quist Wu".split()
_ADJECTIVES = "Quiet Long Last Hidden Winter Golden Broken Distant Red Silent Second Burning Empty Ночной Écarlate Blue".split()
_NOUNS = "Engine River House Station Garden Mirror Harbour Letter Road Summer Island Witness Orchard Machine Tide Night".split()
_FILM_GENRES = "Drama Comedy Crime Romance Thriller Action Adventure Animation Family Fantasy History Horror Musical Mystery Sci-Fi".split()
_COUNTRIES = ("United States", "United Kingdom", *"France Germany Italy Japan Spain India Mexico Poland Sweden Turkey Iceland".split())


class _Plan(NamedTuple):
    """One film to be written."""

    number: int
    director: str
    movie: str


def make(root: Path, films: int = FILMS, windows_per_film: int = WINDOWS_PER_FILM) -> Library:
    """Write the library, or what is missing of it.

    Parameters
    ----------
    root : the library's folder
    films : how many
    windows_per_film : on average
    """
    library, plans = Library(root), _plans(films)
    library.prepare()
    present = set(library.movies())
    missing = [plan for plan in plans if (plan.director, plan.movie) not in present]
    _write_films(library, missing, windows_per_film)
    if missing or not (root / "enhanced.csv").is_file():
        write_json(root / "metadata.json", [_record(plan) for plan in plans])
        write_json(root / "manifest.json", _manifest(library, plans))
        dataset.write(library)
    return library


def validate(root: Path) -> None:
    """Give the library a validation run, which listens with the models; one that has it keeps it."""
    from analysis import validation

    if VALIDATION_RUN not in Library(root).validations():
        validation.validate(Library(root), run=VALIDATION_RUN)


def _write_films(library: Library, plans: Sequence[_Plan], windows_per_film: int) -> None:
    if len(plans) < 100:  # starting processes would take longer
        _write_some(library.root, plans, windows_per_film)
        return
    parts = [plans[start : start + 50] for start in range(0, len(plans), 50)]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for _ in pool.map(_write_some, [library.root] * len(parts), parts, [windows_per_film] * len(parts)):
            pass


def _write_some(root: Path, plans: Sequence[_Plan], windows_per_film: int) -> None:
    for plan in plans:
        _write_film(Library(root), plan, windows_per_film)


# --- who and what -----------------------------------------------------------------------------------------------


def _plans(films: int) -> list[_Plan]:
    """Films of directors with many and directors with few."""
    rng = np.random.default_rng(films)
    directors = _directors(max(1, round(films / FILMS_PER_DIRECTOR)))
    weights = 1 / np.sqrt(np.arange(1, len(directors) + 1))
    # Everyone has one film; the others go to the first of the list more often than to the last.
    counts = 1 + rng.multinomial(films - len(directors), rng.permutation(weights / weights.sum()))
    names = [(director, i) for director, count in zip(directors, counts, strict=True) for i in range(count)]
    return [_Plan(number, director, _title(number, i)) for number, (director, i) in enumerate(names)]


def _directors(count: int) -> list[str]:
    names = [f"{given} {family}" for given in _GIVEN for family in _FAMILY]
    return [names[i % len(names)] + (f" {'I' * (i // len(names) + 1)}" if i >= len(names) else "") for i in range(count)]


def _title(number: int, i: int) -> str:
    """A title; the second film on of a director has a number, so that none has two films of one name."""
    words = f"The {_ADJECTIVES[number * 7 % len(_ADJECTIVES)]} {_NOUNS[number * 11 % len(_NOUNS)]}"
    return words if i == 0 else f"{words} {i + 1}"


def _record(plan: _Plan) -> dict[str, Any]:
    """Metadata as the scrapers leave it; a third of the films has no metascore, a few have nothing."""
    rng = np.random.default_rng([1, plan.number])
    rating = float(np.clip(rng.normal(6.6, 1.0), 1, 9.5).round(1))
    record: dict[str, Any] = {
        "movie": plan.movie, "director_folder": plan.director, "director": [plan.director], "imdb_id": f"tt{plan.number:07d}",
        "year": int(1930 + rng.integers(95)), "rating": rating,
        "metascore": "" if rng.random() < 1 / 3 else int(np.clip(rating * 10 + rng.normal(0, 9), 5, 99)),
        "genres": _some(_FILM_GENRES, rng, 3), "countries": _some(_COUNTRIES, rng, 2),
        "locations": [f"{place} Street, Harbour City" for place in _some(_NOUNS, rng, 3)],
        "cast": [f"{rng.choice(_GIVEN)} {rng.choice(_FAMILY)}" for _ in range(5)], "runtime": int(rng.integers(70, 190)),
        "other_title": "", "poster": "", "imdb_link": "", "synthetic": True,
    }  # fmt: skip
    # From a generator of their own, so that all else stays as it was drawn before there were composers.
    composers = np.random.default_rng([2, plan.number])
    names = [f"{composers.choice(_GIVEN)} {composers.choice(_FAMILY)}" for _ in range(1 + (composers.random() < 0.1))]
    record["composer"] = names if composers.random() < 0.9 else []
    if rng.random() < 0.02:
        record |= dict.fromkeys(("year", "rating", "metascore", "runtime"), "") | {key: [] for key in ("genres", "countries", "cast")}
    return record | {"sources": {key: {"source": "made up", "when": _WHEN} for key in ("year", "rating", "metascore", "genres", "cast")}}


def _some(words: Sequence[str], rng: np.random.Generator, most: int) -> list[str]:
    """One to `most` of the words, the first ones more often."""
    places = np.unique((len(words) * rng.random(rng.integers(1, most + 1)) ** 2).astype(int))
    return [words[i] for i in places]


def _manifest(library: Library, plans: Sequence[_Plan]) -> dict[str, Any]:
    movies = [
        {"director": plan.director, "movie": plan.movie, "path": f"{plan.director}/{plan.movie}.mkv", "status": "ok", "reason": "",
         "warnings": [], "seconds": 22.0, "duration": library.profile(plan.director, plan.movie)["duration"]}
        for plan in plans
    ]  # fmt: skip
    return {
        "started": _WHEN, "finished": _WHEN, "complete": True, "counts": {"ok": len(plans), "skipped": 0, "failed": 0}, "movies": movies
    }  # fmt: skip


# --- what it sounds like ----------------------------------------------------------------------------------------


def _write_film(library: Library, plan: _Plan, windows_per_film: int) -> None:
    rng = np.random.default_rng([2, plan.number])
    per_run = np.maximum(1, rng.exponential(windows_per_film / _RUNS, max(1, rng.poisson(_RUNS)))).astype(int)
    starts, duration = _places(per_run + WINDOW_SECONDS - 1, rng)
    drawn = {attribute: _votes(attribute, plan, per_run, rng) for attribute in ATTRIBUTES}
    seconds = _seconds(starts, per_run + WINDOW_SECONDS - 1, duration, rng)
    levels = rng.normal(-28, 6, duration).round().astype(np.float32)
    rhythm = {"tempo": rng.uniform(60, 180, len(starts)).astype(np.float32), "beat": rng.random(len(starts), dtype=np.float32)}
    segments = _segments(starts, per_run, drawn, levels, rhythm)
    label = pd.DataFrame({"label": np.array(SOUND_CLASSES, object)[seconds]})
    profile = {"movie": plan.movie, "director": plan.director, **aggregation.profile(label, segments)}
    with whole_folder(library.movie_folder(plan.director, plan.movie)) as partial:
        pq.write_table(_seconds_table(seconds, levels, rng), partial / "seconds.parquet")
        pq.write_table(_windows_table(starts, per_run, drawn, rhythm), partial / "windows.parquet")
        segments.to_parquet(partial / "segments.parquet", index=False)
        (partial / "profile.json").write_text(json.dumps(profile, ensure_ascii=False), encoding="utf-8")
        (partial / "provenance.json").write_text(json.dumps(_provenance(plan)), encoding="utf-8")


def _places(lengths: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Where the runs begin, and the film's length, so that music fills a fifth to three quarters of it."""
    silence = lengths.sum() * (1 / np.clip(rng.normal(0.45, 0.12), 0.2, 0.75) - 1)
    gaps = 2 + (rng.dirichlet(np.ones(len(lengths) + 1)) * silence).astype(int)
    starts = np.cumsum(gaps[:-1] + np.r_[0, lengths[:-1]])
    return starts, int(starts[-1] + lengths[-1] + gaps[-1])


def _votes(attribute: str, plan: _Plan, per_run: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Class and probabilities of every window: a director has a taste, a run mostly one class."""
    k = len(ATTRIBUTES[attribute])
    taste = np.random.default_rng([3, *plan.director.encode()]).dirichlet(np.full(k, 0.6))
    of_film = 0.7 * taste + 0.3 * rng.dirichlet(np.full(k, 0.4))
    classes = np.repeat(rng.choice(k, len(per_run), p=of_film), per_run)
    strays = rng.random(len(classes)) < 0.15
    classes[strays] = rng.integers(k, size=strays.sum())
    return classes, _bank(k)[classes, rng.integers(_DRAWN, size=len(classes))]


@cache
def _bank(k: int) -> np.ndarray:
    """Ready probabilities (class, drawn, k) float32 in which the class is the most likely one."""
    rng, rows = np.random.default_rng([4, k]), np.arange(_DRAWN)
    vectors = np.stack([rng.dirichlet(np.where(np.arange(k) == c, 5.0, 0.8), _DRAWN) for c in range(k)])
    for c in range(k):
        best = vectors[c].argmax(axis=1)
        vectors[c, rows, best], vectors[c, rows, c] = vectors[c, rows, c], vectors[c, rows, best]
    return vectors.round(_DECIMALS).astype(np.float32)


def _values(probabilities: np.ndarray) -> np.ndarray:
    """The value in 0..1 that probabilities of three levels expect."""
    return (probabilities @ np.array([0, 0.5, 1], np.float32)).astype(np.float32)


def _segments(
    starts: np.ndarray,
    per_run: np.ndarray,
    drawn: dict[str, tuple[np.ndarray, np.ndarray]],
    levels: np.ndarray,
    rhythm: dict[str, np.ndarray],
) -> pd.DataFrame:
    """The segments table, by the rules of `aggregation.segments` for all runs at once."""
    lengths, first = per_run + WINDOW_SECONDS - 1, np.r_[0, np.cumsum(per_run)[:-1]]
    columns: dict[str, Any] = {
        "segment": np.arange(len(starts)), "start": starts, "end": starts + lengths, "duration": lengths, "windows": per_run
    }  # fmt: skip
    for attribute, (classes, probabilities) in drawn.items():
        mean = np.add.reduceat(probabilities, first, axis=0) / per_run[:, None]
        votes = np.add.reduceat(np.eye(mean.shape[1], dtype=np.float32)[classes], first, axis=0)
        winner = (votes + mean / 2).argmax(axis=1)  # a tie goes to the higher mean probability
        columns[attribute] = np.array(ATTRIBUTES[attribute], object)[winner]
        columns[f"{attribute}_p"] = mean[np.arange(len(mean)), winner].astype("float32")
        if attribute in ORDERED_ATTRIBUTES:
            columns[aggregation.value_column(attribute)] = _values(mean)
    columns |= rhythm
    ends = starts + lengths
    loudness = [aggregation.loudness(levels[start:end]) for start, end in zip(starts, ends, strict=True)]
    columns["loudness"] = np.array(loudness, np.float32)
    numbers = dict.fromkeys(("segment", "start", "end", "duration", "windows"), "int32")
    return pd.DataFrame(columns)[aggregation.segment_columns()].astype(numbers)


def _seconds(starts: np.ndarray, lengths: np.ndarray, duration: int, rng: np.random.Generator) -> np.ndarray:
    """Index of the class of each second: music in the runs, between them blocks of speech and other."""
    classes = np.repeat(rng.choice((1, 2), duration // _BLOCK + 1, p=(0.6, 0.4)), _BLOCK)[:duration]
    for start, length in zip(starts, lengths, strict=True):
        classes[start : start + length] = SOUND_CLASSES.index("music")
    return classes


def _seconds_table(classes: np.ndarray, levels: np.ndarray, rng: np.random.Generator) -> pa.Table:
    n = len(classes)
    raw = np.where(rng.random(n) < 0.03, rng.integers(len(SOUND_CLASSES), size=n), classes)
    probabilities = _bank(len(SOUND_CLASSES))[raw, rng.integers(_DRAWN, size=n)]
    columns = {"second": np.arange(n, dtype=np.int32), "label": _words(SOUND_CLASSES, classes), "raw_label": _words(SOUND_CLASSES, raw)}
    columns |= {f"p_{name}": probabilities[:, i] for i, name in enumerate(SOUND_CLASSES)}
    return pa.table(columns | {"level_db": levels})


def _windows_table(
    starts: np.ndarray, per_run: np.ndarray, drawn: dict[str, tuple[np.ndarray, np.ndarray]], rhythm: dict[str, np.ndarray]
) -> pa.Table:
    first = np.repeat(np.cumsum(per_run) - per_run, per_run)
    columns: dict[str, Any] = {
        "segment": np.repeat(np.arange(len(per_run), dtype=np.int32), per_run),
        "start": (np.repeat(starts, per_run) + np.arange(per_run.sum()) - first).astype(np.int32),
    }
    for attribute, (classes, probabilities) in drawn.items():
        columns[attribute] = _words(ATTRIBUTES[attribute], classes)
        columns |= {name: probabilities[:, i] for i, name in enumerate(aggregation.probability_columns(attribute))}
        if attribute in ORDERED_ATTRIBUTES:
            columns[aggregation.value_column(attribute)] = _values(probabilities)
    return pa.table(columns | {name: np.repeat(values, per_run) for name, values in rhythm.items()})


def _words(classes: Sequence[str], numbers: np.ndarray) -> pa.Array:
    return pa.array(classes, pa.string()).take(pa.array(numbers))


def _provenance(plan: _Plan) -> dict[str, Any]:
    name = f"/films/{plan.director}/{plan.movie}.mkv"
    source = {"path": name, "size": 1_500_000_000 + plan.number, "mtime_ns": 0, "sha256": f"{plan.number:064x}"}
    stages: dict[str, Any] = {"seconds": {"revision": 1, "track": 0, "sample_rate": 8000, "models": {}}}
    stages |= {stage: {"revision": 1, "models": {}} for stage in ("windows", "segments")}
    return {"input": source, "stages": stages, "warnings": [], "analysed": _WHEN}
