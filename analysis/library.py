"""The library on disk: one folder per movie, written whole or not at all, and the tables that sum it up.

    <library>/metadata.csv metadata.json enhanced.csv manifest.json
    <library>/movies/<director>/<movie>/{seconds,windows,segments}.parquet profile.json provenance.json
    <library>/validation/<run>/{seconds,segments}.parquet summary.json
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from errors import LibraryError

TABLES = ("seconds", "windows", "segments")


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

    # --- movies -------------------------------------------------------------------------------------------------

    def movie_folder(self, director: str, movie: str) -> Path:
        """Folder of one movie. Names that would lead out of the library are refused."""
        for name in (director, movie):
            if not name or name in (".", "..") or "/" in name or "\\" in name or "\0" in name:
                raise LibraryError(f"{name!r} cannot be the name of a director or movie folder; rename it")
        return self.root / "movies" / director / movie

    def movies(self) -> list[tuple[str, str]]:
        """(director, movie) of every analysed movie, sorted."""
        return sorted((p.parent.parent.name, p.parent.name) for p in self.root.glob("movies/*/*/profile.json") if not p.parent.name.startswith(".partial-"))

    def table(self, director: str, movie: str, name: str) -> pd.DataFrame:
        """One of the movie's tables: seconds, windows or segments. Raises LibraryError naming a bad file."""
        return read_parquet(self.movie_folder(director, movie) / f"{name}.parquet")

    def profile(self, director: str, movie: str) -> dict[str, Any]:
        """The movie's profile: shares, levels, duration."""
        return read_json(self.movie_folder(director, movie) / "profile.json")

    def provenance(self, director: str, movie: str) -> dict[str, Any]:
        """Where the movie's results came from: input, parameters, models."""
        return read_json(self.movie_folder(director, movie) / "provenance.json")

    def write_movie(self, director: str, movie: str, result: MovieResult) -> None:
        """Write or replace a movie's folder in one rename: it is there whole or not at all."""
        with whole_folder(self.movie_folder(director, movie)) as partial:
            for name in TABLES:
                getattr(result, name).to_parquet(partial / f"{name}.parquet", index=False)
            write_json(partial / "profile.json", result.profile)
            write_json(partial / "provenance.json", result.provenance)

    # --- the library's own tables -------------------------------------------------------------------------------

    def enhanced(self) -> pd.DataFrame:
        """The enhanced dataset, one row per movie; empty text cells are empty strings."""
        path = self.root / "enhanced.csv"
        if not path.is_file():
            raise LibraryError(f"{self.root}: holds no enhanced dataset; run `leitmotif analyse MOVIES --library {self.root}`")
        try:
            return pd.read_csv(path, keep_default_na=False, na_values={"year": "", "rating": "", "metascore": ""})
        except (ValueError, OSError) as error:
            raise LibraryError(f"{path}: cannot be read ({error}); run the analysis again") from error

    def metadata(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Metadata records by (director, movie); empty when none were collected."""
        path = self.root / "metadata.json"
        if not path.is_file():
            return {}
        return {(record["director_folder"], record["movie"]): record for record in read_json(path)}

    def manifest(self) -> dict[str, Any]:
        """The last run's report, or one without movies."""
        path = self.root / "manifest.json"
        return read_json(path) if path.is_file() else {"movies": []}

    # --- validation runs ----------------------------------------------------------------------------------------

    def validations(self) -> list[str]:
        """Names of the validation runs, newest first."""
        runs = sorted(self.root.glob("validation/*/summary.json"), key=lambda p: p.stat().st_mtime, reverse=True)
        return [p.parent.name for p in runs if not p.parent.name.startswith(".partial-")]

    def validation_folder(self, run: str) -> Path:
        """Folder of one validation run; a name that would lead out of the library is refused."""
        if not run or run in (".", "..") or "/" in run or "\\" in run or "\0" in run:
            raise LibraryError(f"{run!r} cannot be the name of a validation run")
        return self.root / "validation" / run


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that takes its place when the block ends without an error.

    Raises LibraryError when it cannot be written (disk full, no permission); nothing of it is left behind.
    """
    partial = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=target.parent))
        partial.chmod(0o755)
        yield partial
        _swap(partial, target)
    except OSError as error:
        raise LibraryError(f"{target}: cannot be written ({error.strerror or error}); free space or choose another --library") from error
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)


def _swap(partial: Path, target: Path) -> None:
    """Put `partial` in the place of `target`; a folder cannot be renamed over a full one, so the old one steps aside."""
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=".partial-", dir=target.parent))
        os.replace(target, old / "old")
        os.replace(partial, target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.replace(partial, target)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A temporary path beside `target` that is renamed to it when the block ends without an error."""
    partial = target.with_name(f".partial-{os.getpid()}-{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        os.replace(partial, target)
    except OSError as error:
        raise LibraryError(f"{target}: cannot be written ({error.strerror or error}); free space or choose another place") from error
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON in one rename, readable and with stable order."""
    with whole_file(path) as partial:
        partial.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON; LibraryError names a missing or damaged file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LibraryError(f"{path}: cannot be read ({error}); run the analysis again") from error


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet table; LibraryError names a missing or damaged file."""
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise LibraryError(f"{path}: cannot be read ({error}); run the analysis again") from error


def records(table: pd.DataFrame) -> list[Mapping[str, Any]]:
    """Rows as plain dictionaries, for JSON."""
    return json.loads(table.to_json(orient="records"))
