"""What the pages read: the libraries the server was started with, and nothing else on the disk.

Names that come from the browser are compared with the lists the library itself gives; they are never made into paths. A link inside a
library that leads out of it is refused: whoever shares a library shares what is in it, and nothing else.
"""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from flask import Flask, current_app

from analysis import dataset as enhanced
from analysis.aggregation import SHARE_NAMES, segment_columns
from analysis.agreement import agreement
from analysis.files import read_json, read_parquet
from analysis.library import ABOUT, Library
from dashboard.theme import GRADES
from errors import LeitmotifError, LibraryError, ModelError
from models import registry
from models.labels import ATTRIBUTES, SOUND_CLASSES

CONFIG_KEY = "LEITMOTIF_LIBRARIES"
GRADED_COLUMNS = ("start", "end", "name", *(f"{a}{suffix}" for a in ATTRIBUTES for suffix in ("_true", "", "_p", "_grade")))
# What may stand in these columns besides nothing.
_GRADED_CLASSES = {f"{a}_grade": (*GRADES, "") for a in ATTRIBUTES} | {
    f"{a}{suffix}": (*classes, "") for a, classes in ATTRIBUTES.items() for suffix in ("", "_true")
}


def attach(server: Flask, roots: Sequence[Path]) -> None:
    """Let the pages read these library folders. Raises LibraryError for a folder that is missing."""
    if not roots:
        raise LibraryError("no library given; name one with --library DIR")
    named: dict[str, Library] = {}
    for root in roots:
        if not root.is_dir():
            raise LibraryError(f"{root}: no such library; run `leitmotif analyse MOVIES --library {root}` or `leitmotif demo`")
        name = root.resolve().name
        named[name if name not in named else str(root.resolve())] = Library(root)
    server.config[CONFIG_KEY] = named


def library_names(server: Flask | None = None) -> list[str]:
    """Names of the libraries that are served, in the order given at start."""
    return list((server or current_app).config[CONFIG_KEY])


def library(name: str | None = None) -> Library:
    """A library by name; without a name the first one."""
    libraries = current_app.config[CONFIG_KEY]
    if name is None:
        return next(iter(libraries.values()))
    if name not in libraries:
        raise LibraryError(f"no library is called {name!r} here; choose one of {', '.join(libraries)}")
    return libraries[name]


def titles(server: Flask | None = None) -> dict[str, str]:
    """What each library calls itself, by name; its name where it says nothing, and beside a title that several have."""
    said = {name: _title(one) or name for name, one in (server or current_app).config[CONFIG_KEY].items()}
    often = Counter(said.values())
    return {name: title if often[title] == 1 or title == name else f"{title} ({name})" for name, title in said.items()}


def _title(library: Library) -> str:
    try:
        return about(library).get("title", "")
    except LibraryError:  # the pages say what is wrong with it
        return ""


def about(library: Library) -> dict[str, str]:
    """What a library is, as `title` and `text`; empty where it does not say. Raises LibraryError for a damaged file."""
    within(library, library.root / ABOUT)
    return library.about()


def within(library: Library, path: Path) -> Path:
    """The path, if it leads to somewhere in the library. Raises LibraryError where a link leads out of it."""
    try:
        inside = path.resolve().is_relative_to(library.root.resolve())
    except (OSError, RuntimeError):  # a link to itself
        inside = False
    if not inside:
        raise LibraryError(
            f"{path}: a link leads out of the library here, and nothing outside is shown; put the folder itself in its place"
        )
    return path


def dataset(library: Library) -> pd.DataFrame:
    """The enhanced dataset, one row per film; to be read only: all pages share it until the file changes.

    Raises LibraryError if there is none or naming what is damaged.
    """
    return _dataset(library.root, version(library))


Version = tuple[int, int] | None


def version(library: Library) -> Version:
    """What changes whenever the enhanced dataset does; None while there is none. What is found from the dataset is kept under it."""
    return _version(within(library, library.root / "enhanced.csv"))


def _version(path: Path) -> Version:
    stamp = path.stat() if path.is_file() else None
    return (stamp.st_mtime_ns, stamp.st_size) if stamp else None


@lru_cache(maxsize=4)
def _dataset(root: Path, _of: Version) -> pd.DataFrame:
    table = enhanced.read(Library(root))
    numbers = [*(name for names in SHARE_NAMES.values() for name in names), *(f"{name}_duration" for name in SOUND_CLASSES), "duration"]
    for column in numbers:
        if not pd.api.types.is_numeric_dtype(table[column]) or table[column].isna().any():
            raise LibraryError(f"{root / 'enhanced.csv'}: {column} is not a number in every row; run the analysis again")
    return table


def films(library: Library) -> list[tuple[str, str]]:
    """(director, movie) of every film; from the dataset, which is at hand, or where it cannot be read from the folders."""
    try:
        table = dataset(library)
    except LibraryError:
        return movies(library)
    return list(zip(table["director"], table["movie"], strict=True))


def movies(library: Library) -> list[tuple[str, str]]:
    """(director, movie) of every film that has a folder, sorted; to be read only: all pages share it until a folder comes or goes."""
    return _movies(library.root, _folder_times(library.root / "movies"))


def _folder_times(folder: Path) -> tuple[int, ...]:
    """When the folder and those in it changed last: some milliseconds for a thousand directors, where every film would take far more."""
    try:
        with os.scandir(folder) as directors:
            return folder.stat().st_mtime_ns, *(director.stat().st_mtime_ns for director in directors if director.is_dir())
    except OSError:
        return ()


@lru_cache(maxsize=4)
def _movies(root: Path, _of: tuple[int, ...]) -> list[tuple[str, str]]:
    return Library(root).movies()


@dataclass(frozen=True)
class Film:
    """All that the movie layer shows of a film; `metadata_error` says why there is no metadata where the file is damaged."""

    director: str
    movie: str
    profile: dict[str, Any]
    metadata: dict[str, Any]
    metadata_error: str = ""


def film(library: Library, director: str, movie: str) -> Film:
    """Profile and metadata of a film. Raises LibraryError naming a damaged profile; without metadata a film can still be seen."""
    path = within(library, library.movie_folder(director, movie) / "profile.json")
    profile = library.profile(director, movie)
    needed = [*(name for names in SHARE_NAMES.values() for name in names), *ATTRIBUTES, "duration", "segments"]
    _require(path, profile, [*needed, *(f"{name}_duration" for name in SOUND_CLASSES)])
    _require_further(path, profile)
    try:
        return Film(director, movie, profile, metadata(library).get((director, movie), {}))
    except LibraryError as error:
        return Film(director, movie, profile, {}, str(error))


def _require_further(path: Path, profile: Mapping[str, Any]) -> None:
    """What only a film put together of excerpts has must be what it is to be, too."""
    genres, excerpts = profile.get("film_genres", {}), profile.get("excerpts", [])
    sound = isinstance(genres, dict) and all(isinstance(p, int | float) and 0 <= p <= 1 for p in genres.values())
    if not sound or not isinstance(excerpts, list) or not all(map(_is_excerpt, excerpts)):
        raise LibraryError(f"{path}: film_genres or excerpts are none; put the file back")


def _is_excerpt(one: Any) -> bool:
    if not isinstance(one, dict) or not all(isinstance(one.get(key), str) for key in ("name", "cue")):
        return False
    start, end = one.get("start"), one.get("end")
    return isinstance(start, int | float) and isinstance(end, int | float) and 0 <= start < end


def metadata(library: Library) -> dict[tuple[str, str], dict[str, Any]]:
    """Metadata records by (director, movie); to be read only: all pages share them until the file changes."""
    return _records(library.root, _version(within(library, library.root / "metadata.json")))


@lru_cache(maxsize=4)
def _records(root: Path, _of: Version) -> dict[tuple[str, str], dict[str, Any]]:
    return Library(root).metadata()


def segments(library: Library, director: str, movie: str) -> pd.DataFrame:
    """A film's segments table. Raises LibraryError naming a damaged file."""
    return _movie_table(library, director, movie, "segments", segment_columns(), ATTRIBUTES)


def seconds(library: Library, director: str, movie: str) -> pd.DataFrame:
    """A film's seconds table. Raises LibraryError naming a damaged file."""
    return _movie_table(library, director, movie, "seconds", ("second", "label"), {"label": SOUND_CLASSES})


@dataclass(frozen=True)
class Original:
    """The media file a film was analysed from.

    track : which audio track was analysed, counted from 0
    duration : seconds that were analysed
    version : another one for another content of the file
    problem : why it cannot be played, said after its name; empty if it can
    never_here : the library came without its recordings: their places are told from nowhere on this machine
    """

    path: Path
    track: int
    duration: float
    version: str
    problem: str

    @property
    def never_here(self) -> bool:
        return not self.path.is_absolute()


def original(library: Library, director: str, movie: str) -> Original:
    """The file recorded when the film was analysed, and whether it still is that file. Raises LibraryError where no such record is."""
    record = within(library, library.movie_folder(director, movie) / "provenance.json")
    try:
        content = read_json(record)
        source, track = content["input"], int(content["stages"]["seconds"]["track"])
        path, size, mtime_ns = Path(source["path"]), int(source["size"]), int(source["mtime_ns"])
        duration = float(library.profile(director, movie)["duration"])
    except (KeyError, TypeError, ValueError) as error:
        raise LibraryError(f"{record}: does not say which file was analysed; run the analysis again") from error
    return Original(path, track, duration, f"{size:x}-{mtime_ns:x}", _problem(path, size, mtime_ns))


def _problem(path: Path, size: int, mtime_ns: int) -> str:
    """Nothing but the very file that was recorded is opened: no link and no other file of its name."""
    if not path.is_absolute():
        return "is not part of this library, which holds results only"
    try:
        found = path.lstat()
        in_place = path.resolve() == path
    except (OSError, ValueError, RuntimeError):
        return "is no longer there"
    if not stat.S_ISREG(found.st_mode) or not in_place:
        return "is no longer there itself, only a link or a folder of its name"
    return "" if (found.st_size, found.st_mtime_ns) == (size, mtime_ns) else "is no longer the file that was analysed"


@dataclass(frozen=True)
class Validation:
    """One validation run; `synthetic` if its audio was made by the program and not cut from recordings."""

    summary: dict[str, Any]
    seconds: pd.DataFrame
    segments: pd.DataFrame
    synthetic: bool


def validation(library: Library, run: str) -> Validation:
    """A validation run by name. Raises LibraryError for a run the library does not have or naming a damaged file."""
    if run not in library.validations():
        raise LibraryError(f"no validation run is called {run!r} here; choose one of the list")
    folder = library.validation_folder(run)
    for name in ("summary.json", "seconds.parquet", "segments.parquet", "truth.json"):
        within(library, folder / name)
    return Validation(
        summary=_summary(folder / "summary.json"),
        seconds=_compared(folder / "seconds.parquet"),
        segments=_checked(folder / "segments.parquet", GRADED_COLUMNS, _GRADED_CLASSES),
        synthetic=_is_synthetic(folder / "truth.json"),
    )


@dataclass(frozen=True)
class ValidationFigures:
    """What the list of all validation runs says of one."""

    run: str
    created: str
    accuracy: float
    macro_f1: float
    within_1_s: float  # F1 of the stretches of music both of whose ends are within 1 s
    right: int  # grades, of all attributes together
    graded: int


def validation_runs(library: Library) -> dict[str, ValidationFigures | LeitmotifError]:
    """All validation runs by name, newest first: their figures, or the error that says why they cannot be read."""
    found: dict[str, ValidationFigures | LeitmotifError] = {}
    for run in library.validations():
        folder = library.validation_folder(run)
        try:
            stamps = tuple(within(library, folder / name).stat().st_mtime_ns for name in ("summary.json", "seconds.parquet"))
            found[run] = _figures(folder, stamps)
        except LeitmotifError as error:
            found[run] = error
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            found[run] = LibraryError(f"{folder}: cannot be read ({error}); run `leitmotif validate --run {run!r}` again")
    return found


@lru_cache(maxsize=256)
def _figures(folder: Path, _version: tuple[int, ...]) -> ValidationFigures:
    summary, seconds = _summary(folder / "summary.json"), _compared(folder / "seconds.parquet")
    grades = summary["grades"].values()
    return ValidationFigures(
        run=folder.name,
        created=str(summary.get("created", "")),
        accuracy=float(summary["accuracy"]),
        macro_f1=macro_f1(summary["classes"]),
        within_1_s=agreement(seconds)["within"]["1"]["both"]["f1"],
        right=sum(counts.get("right", 0) for counts in grades),
        graded=sum(sum(counts.values()) for counts in grades),
    )


def macro_f1(classes: Mapping[str, Mapping[str, float]]) -> float:
    """Mean F1 of the sound classes that occur; a class that does not has no F1 to speak of."""
    f1 = [classes[name]["f1"] for name in SOUND_CLASSES if classes[name]["support"]]
    return sum(f1) / max(len(f1), 1)


def _compared(path: Path) -> pd.DataFrame:
    classes = dict.fromkeys(("true", "predicted", "raw"), SOUND_CLASSES)
    return _checked(path, ("second", *classes, *(f"p_{name}" for name in SOUND_CLASSES)), classes)


def _is_synthetic(truth: Path) -> bool:
    content = read_json(truth)
    _require(truth, content, ("items", "synthetic"))
    return bool(content["synthetic"])


def _summary(path: Path) -> dict[str, Any]:
    summary = read_json(path)
    _require(path, summary, ("accuracy", "classes", "confusion", "grades"))
    _require(path, summary["classes"], SOUND_CLASSES)
    _require(path, summary["grades"], ATTRIBUTES)
    return summary


def model_names() -> list[str]:
    """Names of the models there can be, in the order of the registry."""
    return list(registry.CARDS)


def card_version(name: str) -> Version:
    """What changes whenever a model's card does. Raises ModelError if the model is missing."""
    return _version(registry.folder(name) / "card.json")


def model_card(name: str) -> dict[str, Any]:
    """The card of a model. Raises ModelError if it is missing, naming what is damaged."""
    card = registry.card(name)
    missing = [field for field in registry.CARD_FIELDS if field not in card]
    if missing:
        path = registry.folder(name) / "card.json"
        raise ModelError(f"{path}: lacks {', '.join(missing[:5])}; restore it or retrain")
    return card


def _movie_table(
    library: Library, director: str, movie: str, name: str, columns: Iterable[str], classes: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    path = within(library, library.movie_folder(director, movie) / f"{name}.parquet")
    return _check(path, library.table(director, movie, name), columns, classes)


def _checked(path: Path, columns: Iterable[str], classes: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    return _check(path, read_parquet(path), columns, classes)


def _check(path: Path, table: pd.DataFrame, columns: Iterable[str], classes: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """The table, if it has these columns and, in some of them, no other values than these."""
    _require(path, table.columns, columns)
    for column, known in classes.items():
        unknown = sorted(set(table[column].astype(str)) - set(known))
        if unknown:
            raise LibraryError(f"{path}: {column} has the unknown value {unknown[0]!r}; run the analysis again")
    return table


def _require(path: Path, present: Any, needed: Iterable[str]) -> None:
    named = present if isinstance(present, Mapping | pd.Index) else ()  # JSON can hold anything
    missing = [name for name in needed if name not in named]
    if missing:
        raise LibraryError(f"{path}: lacks {', '.join(missing[:5])}; run the analysis again")
