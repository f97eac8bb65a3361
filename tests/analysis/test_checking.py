"""Every damaged file of a library is named, and nothing else."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis import checking, dataset, fingerprints
from analysis.composing import keeping
from analysis.files import read_json, write_json
from analysis.library import Library
from scrapers import records
from tests.dashboard import fake_library
from tests.dashboard.fake_library import AUDIBLE, RUNS
from tests.dashboard.test_damaged import spoil

MIDI = b"MThd"
FILM, RUN = f"movies/{AUDIBLE[0]}/{AUDIBLE[1]}", f"validation/{RUNS[0]}"
FILES = (
    *(f"{FILM}/{name}" for name in ("seconds.parquet", "windows.parquet", "segments.parquet", "profile.json", "provenance.json")),
    *(f"{RUN}/{name}" for name in ("seconds.parquet", "segments.parquet", "summary.json", "truth.json")),
    *(f"scores/-/calm/{hashlib.sha256(MIDI).hexdigest()[:16]}/{name}" for name in ("piece.mid", "piece.ogg", "piece.json")),
    *("enhanced.csv", "metadata.json", "metadata.csv", "manifest.json", "about.json"),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library in which all is well, with everything that a library can hold."""
    library = fake_library.build(tmp_path_factory.mktemp("library") / "films")
    known = list(library.metadata().values())
    library.write_metadata(known, records.table(known))
    library.write_manifest({"movies": []})
    library.write_about("Fake", "Invented films.")
    dataset.write(library)
    summary = library.validation_folder(RUNS[0]) / "summary.json"
    files = fingerprints.taken(summary.parent, ("seconds.parquet", "segments.parquet", "truth.json"))
    write_json(summary, fingerprints.sealed(read_json(summary) | {"files": files}))
    about = {"source": {"kind": "mood", "name": "calm"}, "asked": {}, "got": {}, "match": 1.0, "seed": 0, "length": 9.0, "film": None}
    keeping.keep(library, midi=MIDI, sound=b"OggS", about=about)
    return library


@pytest.fixture
def library(built: Library) -> Iterator[Library]:
    """The same for each test: what it damages is put back."""
    kept = {path: (path.read_bytes(), path.stat()) for path in built.root.rglob("*") if path.is_file()}
    yield built
    for path, (content, stat) in kept.items():
        if path.is_dir():
            path.rmdir()
        path.write_bytes(content)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def named(library: Library) -> set[str]:
    """The files that are named, by their place in the library."""
    lines = checking.check(library, records.table)
    assert all("; " in line and "\n" not in line for line in lines), lines
    return {line.removeprefix(f"{library.root}/").partition(": ")[0] for line in lines}


def test_where_all_is_well_nothing_is_named(library: Library, tmp_path: Path) -> None:
    assert checking.check(library, records.table) == []
    assert checking.check(Library(tmp_path), records.table) == []


# What is made from a damaged file cannot be compared, or differs as well.
FOLLOWS = {
    "metadata.json": {"metadata.csv", "enhanced.csv"},
    "enhanced.csv": set(),
    "metadata.csv": set(),
    f"{FILM}/profile.json": {"enhanced.csv"},
}


@pytest.mark.parametrize("damage", ["cut short", "garbage", "another content", "missing", "a folder"])
@pytest.mark.parametrize("file", FILES)
def test_what_is_damaged_is_named(library: Library, file: str, damage: str) -> None:
    spoil(library.root / file, damage)
    found = named(library)
    if file in ("metadata.json", "manifest.json", "about.json") and damage == "missing":
        return  # a library may have none
    assert found - FOLLOWS.get(file, set()) == {file}


@pytest.mark.parametrize("file", FILES)
def test_one_changed_byte_is_named_and_found_by_the_next_analysis(library: Library, file: str) -> None:
    path = library.root / file
    stat, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as when a disk forgets
    found = named(library)
    assert file in found or found & FOLLOWS.get(file, set())
    if file.startswith(FILM):
        provenance = {} if file.endswith("provenance.json") else library.provenance(*AUDIBLE)
        assert "files" not in provenance or not library.intact(*AUDIBLE, provenance)


def test_a_library_of_an_early_version_is_read_to_its_end(library: Library) -> None:
    path = library.root / FILM / "provenance.json"
    provenance = read_json(path)
    write_json(path, {key: provenance[key] for key in ("input", "stages", "warnings")})
    assert named(library) == set()
    spoil(library.root / FILM / "windows.parquet", "cut short")
    assert named(library) == {f"{FILM}/windows.parquet"}
