"""Composed pieces kept in a library, beside the films they were written for.

<library>/scores/<director>/<movie>/<id>/{piece.mid, piece.ogg, piece.json, cover.png}; without a film <library>/scores/-/<source>/<id>/.
The analysis of a film does not touch them.
"""

import hashlib
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from analysis import fingerprints
from analysis.files import PARTIAL, read_json, whole_folder, write_json
from analysis.library import Library
from errors import LibraryError

FOLDER = "scores"
NO_FILM = "-"  # stands for the director of what was written for no film
MIDI, SOUND, ABOUT, COVER = "piece.mid", "piece.ogg", "piece.json", "cover.png"
_LONGEST_NAME = 80  # bytes of a source's name: file systems take 255
# What piece.json says, and of which kind each is.
FIELDS: dict[str, type | tuple[type, ...]] = {
    "source": dict, "asked": dict, "got": dict, "match": (int, float), "seed": int, "length": (int, float), "date": str,
    "film": (dict, type(None)),
}  # fmt: skip

Film = tuple[str, str]  # director, movie


@dataclass(frozen=True)
class Kept:
    """A piece in a library.

    folder : where its files lie
    about : the content of piece.json: `source` (`kind`, `name`), `asked` (the profile), `got` (the same, measured), `match` (0..100),
        `seed`, `length` (s), `date` (ISO 8601), `film` (`director`, `movie`; None without one), and what else was given
    """

    folder: Path
    about: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its name beside others for the same source."""
        return self.folder.name

    @property
    def film(self) -> Film | None:
        """Director and movie it was written for, if any."""
        film = self.about["film"]
        return (film["director"], film["movie"]) if film else None

    @property
    def cover(self) -> Path | None:
        """Its album cover, if one was kept with it."""
        path = self.folder / COVER
        return path if path.is_file() else None


def keep(library: Library, *, midi: bytes, sound: bytes, about: Mapping[str, Any], cover: bytes | None = None) -> Kept:
    """Keep a piece, whole or not at all; the same piece kept again takes its own place.

    Parameters
    ----------
    midi, sound, cover : contents of the MIDI file, the OGG and the PNG
    about : as of Kept, but for `date`

    Raises
    ------
    LibraryError : it cannot be written
    """
    folder = place(library, about) / hashlib.sha256(midi).hexdigest()[:16]
    record = {**about, "date": datetime.now().astimezone().isoformat(timespec="seconds")}
    with library.writing(), whole_folder(folder) as partial:
        (partial / MIDI).write_bytes(midi)
        (partial / SOUND).write_bytes(sound)
        if cover is not None:
            (partial / COVER).write_bytes(cover)
        files = fingerprints.taken(partial, (MIDI, SOUND) if cover is None else (MIDI, SOUND, COVER))
        record = fingerprints.sealed(record | {"files": files})
        write_json(partial / ABOUT, record)
    return Kept(folder, record)


def place(library: Library, about: Mapping[str, Any]) -> Path:
    """The folder of all pieces for the same film or source. Raises LibraryError for names that would lead elsewhere."""
    film = about["film"]
    return _folder(library, (film["director"], film["movie"]) if film else (NO_FILM, _file_name(about["source"]["name"])))


def kept(library: Library, film: Film | None = None, damaged: Callable[[str], None] = lambda line: None) -> list[Kept]:
    """The pieces a library keeps, the newest first.

    Parameters
    ----------
    library : with pieces or without
    film : only those for this one
    damaged : is told of each piece that cannot be read, in a line; it is left out
    """
    root, pattern = (_folder(library, film), f"*/{ABOUT}") if film else (library.root / FOLDER, f"*/*/*/{ABOUT}")
    found = []
    for path in sorted(root.glob(pattern)):
        if any(part.startswith(PARTIAL) for part in path.relative_to(library.root).parts):
            continue
        try:
            found.append(_read(path))
        except LibraryError as error:
            damaged(str(error))
    return sorted(found, key=lambda one: (datetime.fromisoformat(one.about["date"]).timestamp(), one.id), reverse=True)


def remove(piece: Kept) -> None:
    """Remove a piece, and the folders that are empty without it. Raises LibraryError when it cannot be."""
    try:
        with Library(piece.folder.parents[3]).writing():
            aside = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=piece.folder.parent))
            os.replace(piece.folder, aside / piece.id)
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise LibraryError(f"{piece.folder}: cannot be removed ({error.strerror or error}); remove the folder itself") from error
    for folder in list(piece.folder.parents)[:3]:  # the film's, the director's, that of all pieces
        try:
            folder.rmdir()
        except OSError:  # there are others
            return


def _folder(library: Library, source: Film) -> Path:
    """Where the pieces for a source lie. Raises LibraryError for names that would lead elsewhere."""
    films = library.root / "movies"
    return library.root / FOLDER / library.movie_folder(*source).relative_to(films)


def _file_name(name: str) -> str:
    """A source's name as that of a folder."""
    plain = re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", name).encode()[:_LONGEST_NAME].decode(errors="ignore").strip(" .")
    return plain or "piece"


def _read(path: Path) -> Kept:
    about = read_json(path)
    if not isinstance(about, dict):
        raise LibraryError(f"{path}: is no piece's record; remove its folder")
    wrong = [name for name, kind in FIELDS.items() if name not in about or not isinstance(about[name], kind)]
    wrong += [name for name in ("match", "length") if name not in wrong and not math.isfinite(about[name])]
    film = about.get("film")
    if film and not all(isinstance(film.get(name), str) for name in ("director", "movie")):
        wrong.append("film")
    if not wrong and not isinstance(about["source"].get("name"), str):
        wrong.append("source")
    if not wrong:
        try:
            datetime.fromisoformat(about["date"]).timestamp()
        except (ValueError, OverflowError):
            wrong.append("date")
    if wrong:
        raise LibraryError(f"{path}: {', '.join(wrong)} cannot be read; remove its folder, or put the file back")
    missing = [name for name in (MIDI, SOUND) if not (path.parent / name).is_file()]
    if missing:
        raise LibraryError(f"{path.parent}: lacks {', '.join(missing)}; remove the folder, or put it back")
    return Kept(path.parent, about)
