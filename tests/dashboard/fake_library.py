"""A small library written through the library's own writer, with invented films and awkward names."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from analysis import aggregation, dataset
from analysis.library import Library, MovieResult
from models.labels import ATTRIBUTES, LEVELS, ORDERED_ATTRIBUTES, SOUND_CLASSES, VALENCE_LEVELS

LONG = "The Exceedingly Long and Winding Chronicle of a Lighthouse Keeper Who Counted Every Wave, Part the Second"
SILENT = "No Music At All"
AUDIBLE = ("Ada Vorn", "The Quiet Engine")  # the film whose file is still there
# Director -> films.
FILMS = {
    "Ada Vorn": ["The Quiet Engine", "Rain on Platform 9", LONG],
    "Łukasz Øster": ["Ночь 🎬 Night", SILENT],
    "מרים כהן": ["שיר של אור"],
    "Zed": ["<script>alert(1)<img src=x onerror=alert(2)> & Sons", "=1+1"],
}
GENRES_OF = {
    "Ada Vorn": ("jazz", "blues", "classical"),
    "Łukasz Øster": ("electronic", "metal"),
    "מרים כהן": ("classical",),
    "Zed": ("rock", "pop", "dance"),
}
WHOLE = ("Bo Lind", "All of It")
REFERENCE_SAYS = ("Reference: <b>real</b> scores", "Predicted values, results only.")
RUNS = ("2026-01-02-first", "2026-02-03-second")


def build(root: Path) -> Library:
    """Write the whole fake library."""
    library = Library(root)
    for director, movies in FILMS.items():
        for number, movie in enumerate(movies):
            write_film(library, director, movie, number)
    write_metadata(library)
    dataset.write(library)
    for number, run in enumerate(RUNS):
        write_validation(library, run, seed=number)
    return library


def build_reference(root: Path) -> Library:
    """A library of results only: one film that is put together of four excerpts, and one that is whole."""
    library = Library(root)
    director, movie = AUDIBLE
    write_film(library, director, movie)
    write_film(library, *WHOLE)
    cuts = (0, 30, 60, 90, 154)
    further = {
        "film_genres": {"Drama": 0.81, "Thriller": 0.4, **{f"Genre {n}": 0.1 for n in range(8)}},
        "excerpts": [
            {"name": f"quiet_engine_{n:03}", "start": start, "end": end, "cue": "score"}
            for n, (start, end) in enumerate(itertools.pairwise(cuts))
        ],
    }
    tables = [library.table(director, movie, name) for name in ("seconds", "windows", "segments")]
    provenance = library.provenance(director, movie) | {"input": {"path": "film_scores/engine", "size": 1, "mtime_ns": 0, "sha256": ""}}
    library.write_movie(director, movie, MovieResult(*tables, library.profile(director, movie) | further, provenance))
    known = {"director": director, "year": 1999, "composer": ["Hedda Ruud", "Ivo Blau"], "synthetic": True, "sources": {}}
    (library.root / "metadata.json").write_text(json.dumps([{"movie": movie, "director_folder": director, **known}]), encoding="utf-8")
    library.write_about(*REFERENCE_SAYS)
    dataset.write(library)
    return library


def write_film(library: Library, director: str, movie: str, seed: int = 0, duration: int = 154) -> None:
    """Write one film; one called SILENT has no music."""
    rng = np.random.default_rng(seed + len(director))
    runs = [] if movie == SILENT else [(4, 34 + seed * 3), (60, 78), (101, 140)]
    label = np.full(duration, "speech", dtype=object)
    label[40:58] = label[142:] = "other"
    for start, end in runs:
        label[start:end] = "music"
    probabilities = pd.get_dummies(pd.Categorical(label, SOUND_CLASSES)).to_numpy(float) * 0.7 + 0.1
    seconds = pd.DataFrame({"second": np.arange(duration, dtype="int32"), "label": label, "raw_label": label, "level_db": np.float32(-20)})
    seconds[[f"p_{name}" for name in SOUND_CLASSES]] = probabilities.astype("float32")
    windows = _windows(runs, GENRES_OF.get(director, ("jazz",)), rng)
    segments = aggregation.segments(windows, runs, seconds)
    profile = {"movie": movie, "director": director, **aggregation.profile(seconds, segments)}
    library.write_movie(director, movie, MovieResult(seconds, windows, segments, profile, _provenance(library, director, movie, duration)))


def _provenance(library: Library, director: str, movie: str, duration: int) -> dict[str, object]:
    """Names a file beside the library; only the audible film's is there, a tone that rises."""
    path = library.root.resolve().with_name("originals") / director / f"{movie[:40]}.flac"
    if (director, movie) == AUDIBLE:
        path.parent.mkdir(parents=True, exist_ok=True)
        time = np.arange(duration * 16_000) / 16_000
        soundfile.write(path, 0.2 * np.sin(2 * np.pi * (200 + 2 * time) * time), 16_000)
        size, mtime_ns = path.stat().st_size, path.stat().st_mtime_ns
    else:
        size = mtime_ns = 1
    return {
        "input": {"path": str(path), "size": size, "mtime_ns": mtime_ns, "sha256": ""},
        "stages": {"seconds": {"track": 0}},
        "warnings": [],
    }


def _windows(runs: list[tuple[int, int]], genres: tuple[str, ...], rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for number, (start, end) in enumerate(runs):
        likely = {"genre": genres[number % len(genres)], "valence": rng.choice(VALENCE_LEVELS)} | {
            a: rng.choice(LEVELS) for a in ("danceability", "energy")
        }
        for second in range(start, end - 9):
            row: dict[str, object] = {"segment": number, "start": second}
            for attribute, classes in ATTRIBUTES.items():
                p = rng.dirichlet(np.where(np.array(classes) == likely[attribute], 20, 2))
                row |= {attribute: classes[int(p.argmax())]} | {f"{attribute}_{name}": p[i] for i, name in enumerate(classes)}
            row |= {aggregation.value_column(attribute): rng.random() for attribute in ORDERED_ATTRIBUTES}
            rows.append(row | {"tempo": 96 + 2 * number, "beat": rng.random()})
    columns = ["segment", "start", *(c for a in ATTRIBUTES for c in (a, *aggregation.probability_columns(a)))]
    return pd.DataFrame(rows, columns=[*columns, *map(aggregation.value_column, ORDERED_ATTRIBUTES), "tempo", "beat"])


def write_metadata(library: Library) -> None:
    """Metadata for all films but the last."""
    records = [
        {
            "movie": movie, "director_folder": director, "director": director, "year": 1968 + number, "rating": 7.4, "metascore": 71,
            "genres": ["Drama", "Mystery"], "cast": ["Mira Solt", "Jon Ek", "=HYPERLINK(1)"],
            "countries": ["Iceland"], "locations": ["Reykjavík, Iceland"],
            "imdb_id": f"tt000000{number}", "synthetic": True, "sources": {},
        }
        for director, movies in FILMS.items() for number, movie in enumerate(movies)
    ][:-1]  # fmt: skip
    (library.root / "metadata.json").write_text(json.dumps(records), encoding="utf-8")


def write_validation(library: Library, run: str, seed: int = 0) -> None:
    """A validation run of 260 s with some errors of each kind."""
    rng = np.random.default_rng(seed)
    items = [
        ("speech", 20),
        ("music", 25),
        ("other", 12),
        ("music", 22),
        ("speech", 30),
        ("music", 24),
        ("music", 20),
        ("other", 17),
        ("music", 30),
        ("speech", 25),
        ("music", 35),
    ]
    true = np.concatenate([np.full(n, name, dtype=object) for name, n in items])
    predicted = true.copy()
    for start in rng.choice(len(true) - 8, 6, replace=False):
        predicted[start : start + rng.integers(2, 7)] = rng.choice(SOUND_CLASSES)
    seconds = pd.DataFrame({"second": np.arange(len(true), dtype="int32"), "true": true, "predicted": predicted, "raw": predicted})
    seconds[[f"p_{name}" for name in SOUND_CLASSES]] = np.float32(1 / 3)
    starts = np.cumsum([0, *(n for _, n in items)])
    rows = [
        _graded(f"{genre} clip", int(starts[i]), int(starts[i] + items[i][1]), genre, rng)
        for i, genre in zip([i for i, (name, _) in enumerate(items) if name == "music"], ATTRIBUTES["genre"], strict=False)
    ]
    rows[1] |= {f"{a}{suffix}": value for a in ATTRIBUTES for suffix, value in (("", ""), ("_p", 0.0), ("_grade", "missed"))}
    segments = pd.DataFrame(rows)
    folder = library.validation_folder(run)
    folder.mkdir(parents=True)
    seconds.to_parquet(folder / "seconds.parquet", index=False)
    segments.to_parquet(folder / "segments.parquet", index=False)
    truth = {"duration": len(seconds), "synthetic": True, "items": rows}
    (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(_summary(run, seconds, segments)), encoding="utf-8")


def _graded(name: str, start: int, end: int, genre: str, rng: np.random.Generator) -> dict[str, object]:
    row: dict[str, object] = {"start": start, "end": end, "name": name, "genre_true": genre, "genre_p": 0.61}
    row["genre"] = genre if rng.random() < 0.6 else "electronic"
    row["genre_grade"] = "right" if row["genre"] == genre else "wrong"
    for attribute in ORDERED_ATTRIBUTES:
        predicted, true = rng.integers(3, size=2)
        classes = ATTRIBUTES[attribute]
        row |= {attribute: classes[predicted], f"{attribute}_true": classes[true], f"{attribute}_p": float(rng.uniform(0.4, 0.95))}
        row[f"{attribute}_grade"] = ("right", "simple", "extreme")[abs(int(predicted) - int(true))]
    return row


def _summary(run: str, seconds: pd.DataFrame, segments: pd.DataFrame) -> dict[str, object]:
    right = seconds["true"] == seconds["predicted"]
    classes = {}
    for name in SOUND_CLASSES:
        hit = int((right & (seconds["true"] == name)).sum())
        support, said = int((seconds["true"] == name).sum()), int((seconds["predicted"] == name).sum())
        precision, recall = hit / max(said, 1), hit / max(support, 1)
        classes[name] = {
            "precision": precision,
            "recall": recall,
            "f1": 2 * precision * recall / max(precision + recall, 1e-9),
            "support": support,
        }
    grades = {a: {grade: int(n) for grade, n in segments[f"{a}_grade"].value_counts().items()} for a in ATTRIBUTES}
    confusion = [[int(((seconds["true"] == t) & (seconds["predicted"] == p)).sum()) for p in SOUND_CLASSES] for t in SOUND_CLASSES]
    return {
        "run": run,
        "created": "2026-01-02T03:04:05",
        "duration": len(seconds),
        "accuracy": float(right.mean()),
        "classes": classes,
        "confusion": confusion,
        "grades": grades,
    }
