"""Look at every file of a library, and name those that are not what was written (docs/robustness.md)."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from analysis import dataset, fingerprints
from analysis.composing import keeping
from analysis.files import PARTIAL, read_json, read_parquet
from analysis.library import MOVIE_TABLES, PROFILE, PROVENANCE, Library
from analysis.spreadsheets import to_csv
from errors import LibraryError

MetadataTable = Callable[[Any], pd.DataFrame]  # scrapers.records.table
Progress = Callable[[int, int, str], None]  # done, total, what
_SUMMARY, _MANIFEST = "summary.json", "manifest.json"
_KEYS: dict[str, tuple[str, ...]] = {  # what each record must hold at least
    PROFILE: ("duration", "segments"),
    PROVENANCE: ("input", "stages", "warnings"),
    _SUMMARY: ("run", "duration", "accuracy"),
    keeping.ABOUT: tuple(keeping.FIELDS),
    _MANIFEST: ("movies",),
}


class _Kind(NamedTuple):
    """A kind of folder: where such folders lie, the record that knows the fingerprints of the others, and what to do about damage."""

    pattern: str
    record: str
    others: tuple[str, ...]
    remedy: str


_KINDS = (
    _Kind("movies/*/*", PROVENANCE, (*MOVIE_TABLES, PROFILE), "analyse the film again, or remove the folder if the film is gone"),
    _Kind(
        "validation/*",
        _SUMMARY,
        ("truth.json", "seconds.parquet", "segments.parquet"),
        "validate again with --run and the folder's name, or remove the folder",
    ),
    _Kind(f"{keeping.FOLDER}/*/*/*", keeping.ABOUT, (keeping.MIDI, keeping.SOUND), "put it back, or remove the folder"),
)


def check(library: Library, metadata_table: MetadataTable, progress: Progress = lambda done, total, what: None) -> list[str]:
    """One line for each file that is damaged, missing or out of step with the others: the file, what is wrong, and what to do.

    Nothing is repaired. A damaged file whose size and time of change are as they were gets a new time of change, where that can be
    written, so that the next analysis finds it without reading every file.

    Parameters
    ----------
    metadata_table : makes metadata.csv of the records of metadata.json
    progress : is told of each folder
    """
    folders = [(folder, kind) for kind in _KINDS for folder in _folders(library.root, kind.pattern)]
    found: list[str] = []
    for number, (folder, kind) in enumerate(folders, 1):
        progress(number, len(folders), folder.name)
        wrong = _wrong(folder, kind)
        if wrong:  # a job may just have replaced the folder: what is damaged is so at a second look as well
            again = _wrong(folder, kind)
            found += [f"{folder / name}: {problem}; {kind.remedy}" for name, problem in wrong.items() if again.get(name) == problem]
    return [*found, *_about(library), *_metadata(library, metadata_table), *_dataset(library), *_manifest(library)]


def _folders(root: Path, pattern: str) -> list[Path]:
    inside = (path for path in root.glob(pattern) if not any(part.startswith(PARTIAL) for part in path.relative_to(root).parts))
    return sorted(path for path in inside if path.is_dir())


def _wrong(folder: Path, kind: _Kind) -> dict[str, str]:
    """What is wrong with each file; where no fingerprints are (of an early version, or the record is damaged) the others are only read."""
    record, problem = _record(folder / kind.record)
    wrong = {kind.record: problem} if problem else {}
    try:
        known = record["files"]
        damaged = fingerprints.damaged(folder, known)
        for name in damaged.keys() - fingerprints.touched(folder, known):
            with suppress(OSError):
                os.utime(folder / name)
        return wrong | damaged
    except (KeyError, TypeError, AttributeError):
        return wrong | {name: problem for name in kind.others if (problem := _unreadable(folder / name))}


def _record(path: Path) -> tuple[dict[str, Any], str]:
    """Content of a record in JSON, empty if it cannot be read, and what is wrong with it."""
    if not path.exists():
        return {}, "is missing"
    try:
        content = read_json(path)
    except LibraryError:
        return {}, "cannot be read"
    if not isinstance(content, dict) or not content.keys() >= set(_KEYS.get(path.name, ())):
        return {}, "is no such record"
    return content, "was changed after it was written" if fingerprints.broken(content) else ""


def _unreadable(path: Path) -> str:
    if not path.exists():
        return "is missing"
    if path.name in _KEYS:
        return _record(path)[1]
    try:
        if path.suffix == ".parquet":
            read_parquet(path)
        elif path.suffix == ".json":
            read_json(path)
    except LibraryError:
        return "cannot be read"
    return "" if path.is_file() and path.stat().st_size else "is empty"


def _about(library: Library) -> Iterator[str]:
    try:
        library.about()
    except LibraryError as error:
        yield str(error)


def _metadata(library: Library, table: MetadataTable) -> Iterator[str]:
    remedy = f"run `leitmotif metadata MOVIES --library {library.root}` again"
    try:
        records = library.metadata()
        if records:
            yield from _compared(library.root / "metadata.csv", to_csv(table(records.values())), "metadata.json says", remedy)
    except LibraryError as error:
        yield f"{str(error).partition(';')[0]}; {remedy}"
    except (TypeError, ValueError, AttributeError):
        yield f"{library.root / 'metadata.json'}: holds what is no record of a film; {remedy}"


def _dataset(library: Library) -> Iterator[str]:
    path = library.root / "enhanced.csv"
    remedy = f"run `leitmotif analyse MOVIES --library {library.root}` again"
    if not library.movies() and not path.exists():
        return
    try:
        built = dataset.build(library)
        if built.attrs["unreadable"]:
            dataset.read(library)  # it holds films that cannot be compared with anything now
        else:
            yield from _compared(path, to_csv(built), "the films' folders and metadata.json say", remedy)
    except LibraryError as error:
        if path.name in str(error):  # anything else was named already
            yield f"{str(error).partition(';')[0]}; {remedy}"
    except (TypeError, ValueError, KeyError, AttributeError):
        return  # of a record that was named already


def _compared(path: Path, expected: str, of: str, remedy: str) -> Iterator[str]:
    """A line if a table is not what it is made from."""
    try:
        if path.read_bytes() != expected.encode():
            yield f"{path}: does not say what {of}; {remedy}"
    except OSError as error:
        yield f"{path}: {'is missing' if isinstance(error, FileNotFoundError) else 'cannot be read'}; {remedy}"


def _manifest(library: Library) -> Iterator[str]:
    path = library.root / _MANIFEST
    if path.exists() and (problem := _record(path)[1]):
        yield f"{path}: {problem}; run `leitmotif analyse MOVIES --library {library.root}` again"
