"""The library on disk: one folder per movie, written whole or not at all, and the tables that sum it up.

<library>/about.json metadata.csv metadata.json enhanced.csv manifest.json
<library>/movies/<director>/<movie>/{seconds,windows,segments}.parquet profile.json provenance.json
<library>/validation/<run>/{seconds,segments}.parquet summary.json
"""

import os
import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import fingerprints, locks
from analysis.files import PARTIAL, read_json, read_parquet, sweep, whole_folder, write_json
from analysis.spreadsheets import write_csv
from errors import LibraryError

TABLES = ("seconds", "windows", "segments")
MOVIE_TABLES = tuple(f"{name}.parquet" for name in TABLES)
PROFILE, PROVENANCE, ABOUT = "profile.json", "provenance.json", "about.json"
_WRITTEN = {"": 0, "movies": 1, "validation": 0, "scores": 2}  # where unfinished files and folders may lie, and how far below
_WRITING = "writing"  # the lock that everyone shares who writes here; who has it alone may sweep


@dataclass(frozen=True)
class MovieResult:
    """Everything the analysis says of one movie; docs/data-dictionary.md describes each column and key."""

    seconds: pd.DataFrame
    windows: pd.DataFrame
    segments: pd.DataFrame
    profile: dict[str, Any]
    provenance: dict[str, Any]


class Library:
    """A library folder. Reading never creates anything; writing creates what is missing.

    Parameters
    ----------
    root : the library's folder
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def prepare(self) -> None:
        """Make the folder where it is missing, and remove what killed jobs left unfinished, unless another job is writing.

        Raises LibraryError, before hours of work, when nothing can be written there.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            raise LibraryError(f"{self.root}: cannot be used as a library ({error.strerror or error}); choose another --library") from error
        with locks.idle(self.root, _WRITING) as alone:
            if alone:
                for folder, depth in _WRITTEN.items():
                    sweep(self.root / folder, depth)

    def writing(self) -> AbstractContextManager[None]:
        """Everything that writes into the library does so inside this context: nobody sweeps meanwhile."""
        return locks.waiting(self.root, _WRITING, shared=True)

    # --- what it is ---------------------------------------------------------------------------------------------

    def about(self) -> dict[str, str]:
        """What the library says of itself: `title` and `text`; empty where it says nothing. Raises LibraryError for a damaged file."""
        path = self.root / ABOUT
        if not path.exists():
            return {}
        remedy = "put it back, or remove it"
        content = read_json(path, remedy)
        title, text = (content.get(key) if isinstance(content, dict) else None for key in ("title", "text"))
        if not (isinstance(title, str) and isinstance(text, str) and title.strip() and text.strip()):
            raise LibraryError(f"{path}: has no title and text; {remedy}")
        return {"title": title, "text": text}

    def write_about(self, title: str, text: str) -> None:
        """Say what the library is."""
        with self.writing():
            write_json(self.root / ABOUT, {"title": title, "text": text})

    # --- movies -------------------------------------------------------------------------------------------------

    def movie_folder(self, director: str, movie: str) -> Path:
        """Folder of one movie. Names that would lead out of the library are refused."""
        for name in (director, movie):
            if not name or name in (".", "..") or "/" in name or "\\" in name or "\0" in name:
                raise LibraryError(f"{name!r} cannot be the name of a director or movie folder; rename it")
        return self.root / "movies" / director / movie

    def movies(self) -> list[tuple[str, str]]:
        """(director, movie) of every analysed movie, sorted."""
        folders = (p.parent for p in self.root.glob("movies/*/*/profile.json"))
        return sorted((f.parent.name, f.name) for f in folders if not f.name.startswith(PARTIAL))

    def table(self, director: str, movie: str, name: str) -> pd.DataFrame:
        """One of the movie's tables: seconds, windows or segments. Raises LibraryError naming a bad file."""
        return read_parquet(self.movie_folder(director, movie) / f"{name}.parquet")

    def profile(self, director: str, movie: str) -> dict[str, Any]:
        """The movie's profile: shares, levels, duration."""
        return read_json(self.movie_folder(director, movie) / PROFILE)

    def provenance(self, director: str, movie: str) -> dict[str, Any]:
        """Where the movie's results came from: input, parameters, models."""
        return read_json(self.movie_folder(director, movie) / PROVENANCE)

    def write_movie(self, director: str, movie: str, result: MovieResult) -> None:
        """Write or replace a movie's folder in one rename: it is there whole or not at all."""
        with self.writing(), whole_folder(self.movie_folder(director, movie)) as partial:
            for name in TABLES:
                getattr(result, name).to_parquet(partial / f"{name}.parquet", index=False)
            write_json(partial / PROFILE, result.profile)
            files = fingerprints.taken(partial, (*MOVIE_TABLES, PROFILE))
            write_json(partial / PROVENANCE, fingerprints.sealed({**result.provenance, "files": files}))

    def write_provenance(self, director: str, movie: str, provenance: dict[str, Any]) -> None:
        """Replace a movie's provenance.json, and nothing else of it."""
        folder = self.movie_folder(director, movie)
        with self.writing():  # the unfinished file lies where `prepare` looks: to look into every film's folder takes long
            write_json(folder / PROVENANCE, fingerprints.sealed(provenance), folder.parent)

    def intact(self, director: str, movie: str, provenance: dict[str, Any]) -> bool:
        """Whether the movie's files are those that were written with its provenance.

        Sizes and times of change tell; where a time differs (the library was copied), hashes do, and the new times are kept.
        """
        if fingerprints.broken(provenance):
            return False
        folder, known, names = self.movie_folder(director, movie), provenance.get("files"), {*MOVIE_TABLES, PROFILE}
        if known is None:  # an early version wrote it
            return all((folder / name).is_file() for name in names)
        try:
            if not known.keys() >= names:
                return False
            if not fingerprints.touched(folder, known):
                return True
            if fingerprints.damaged(folder, known):
                return False
            self.write_provenance(director, movie, provenance | {"files": fingerprints.taken(folder, known)})
        except (AttributeError, KeyError, TypeError, OSError):  # provenance itself is damaged, or a file cannot be read
            return False
        return True

    # --- the library's own tables -------------------------------------------------------------------------------

    def metadata(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Metadata records by (director, movie); empty when none were collected. Raises LibraryError for a damaged file."""
        path = self.root / "metadata.json"
        if not path.exists():
            return {}
        remedy = "run `leitmotif metadata` again"
        try:
            return {(r["director_folder"], r["movie"]): r for r in read_json(path, remedy)}
        except (KeyError, TypeError) as error:
            raise LibraryError(f"{path}: is no list of films; {remedy}") from error

    def write_metadata(self, records: list[dict[str, Any]], table: pd.DataFrame) -> None:
        """Store metadata records as metadata.json and, the same as a table, metadata.csv."""
        with self.writing():
            write_json(self.root / "metadata.json", records)
            write_csv(table, self.root / "metadata.csv")

    def set_aside_metadata(self) -> Path:
        """Rename a metadata.json that is damaged, so that another can be made and nothing is lost; its new place."""
        aside = self.root / "metadata.damaged.json"
        try:
            os.replace(self.root / "metadata.json", aside)
        except OSError as error:
            raise LibraryError(f"{aside}: cannot be written ({error.strerror or error}); move the file yourself") from error
        return aside

    def manifest(self) -> dict[str, Any]:
        """The last run's report, or one without movies."""
        path = self.root / "manifest.json"
        return read_json(path) if path.is_file() else {"movies": []}

    def write_manifest(self, report: dict[str, Any]) -> None:
        """Store a run's report."""
        with self.writing():
            write_json(self.root / "manifest.json", fingerprints.sealed(report))

    # --- validation runs ----------------------------------------------------------------------------------------

    def validations(self) -> list[str]:
        """Names of the validation runs, newest first."""
        runs = sorted(self.root.glob("validation/*/summary.json"), key=lambda p: p.stat().st_mtime, reverse=True)
        return [p.parent.name for p in runs if not p.parent.name.startswith(PARTIAL)]

    def validation_folder(self, run: str) -> Path:
        """Folder of one validation run; a name that would lead out of the library is refused."""
        if not run or run in (".", "..") or "/" in run or "\\" in run or "\0" in run:
            raise LibraryError(f"{run!r} cannot be the name of a validation run")
        return self.root / "validation" / run
