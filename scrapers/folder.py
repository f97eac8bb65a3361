"""Find the movies below a folder: `<root>/<Director>/<Movie>.<ext>`, or a subfolder per movie."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from errors import InputError

MEDIA_SUFFIXES = frozenset(
    ".mp4 .m4v .mkv .avi .mov .webm .mpg .mpeg .ts .m2ts .mts .wmv .flv .ogv .3gp .vob .divx .asf "
    ".mp3 .m4a .aac .ac3 .flac .ogg .oga .opus .wav .aif .aiff .wma .mka".split()
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class MovieFile:
    """A media file with the names its place in the folder gives it.

    problem : why it cannot be analysed although it was found, or ""
    """

    path: Path
    director: str
    movie: str
    problem: str = ""


def scan(root: Path, *, leave_out: Path | None = None) -> list[MovieFile]:
    """All movies below `root`, sorted by director and title.

    Files directly in `root`, and a second file of the same director and title, are listed with a `problem`.

    Parameters
    ----------
    root : the folder that holds one folder per director
    leave_out : a folder that is not looked into (validation audio, when the library lies below `root`)

    Raises
    ------
    InputError : the folder is missing, is no folder, or holds no media file
    """
    if not root.exists():
        raise InputError(f"{root}: no such folder; name the folder that holds one folder per director")
    if not root.is_dir():
        raise InputError(f"{root}: is a file; name the folder that holds one folder per director")
    files = _media_files(root)
    if leave_out is not None:
        left_out = _folders_below(leave_out.resolve(), files)
        files = [path for path in files if path.parent not in left_out]
    if not files:
        raise InputError(f"{root}: holds no movies; expected {root.name}/<Director>/<Movie>.mp4 (or mkv, avi, mov, webm, mp3, ...)")
    files_in = Counter(path.parent for path in files)
    movies = [_name(root, path, files_in) for path in files]
    return _refuse_doubles(sorted(movies, key=lambda m: (m.director.casefold(), m.movie.casefold(), str(m.path))))


def _media_files(root: Path) -> list[Path]:
    media = (path for path in sorted(root.rglob("*")) if path.suffix.lower() in MEDIA_SUFFIXES and path.is_file())
    return [path for path in media if not any(part.startswith(".") for part in path.relative_to(root).parts)]


def _folders_below(top: Path, files: list[Path]) -> set[Path]:
    """Those of the files' folders that lie in `top`, wherever links lead."""
    return {folder for folder in {path.parent for path in files} if folder.resolve().is_relative_to(top)}


def _name(root: Path, path: Path, files_in: Counter[Path]) -> MovieFile:
    parts = path.relative_to(root).parts
    # A subfolder that holds one film is named after it; the file in it may be called anything.
    own_folder = len(parts) > 2 and files_in[path.parent] == 1
    movie = MovieFile(path, normal(parts[0]), normal(path.parent.name if own_folder else path.stem))
    if len(parts) == 1:
        problem = f"{readable(path)}: lies directly in {root}; move it into a folder named after its director"
        return replace(movie, director="", movie=readable(movie.movie), problem=problem)
    if (shown := readable(path)) != str(path):
        problem = f"{shown}: its name is not valid UTF-8, or holds control characters; rename it"
        return replace(movie, director=readable(movie.director), movie=readable(movie.movie), problem=problem)
    return movie


def _refuse_doubles(movies: list[MovieFile]) -> list[MovieFile]:
    first: dict[tuple[str, str], Path] = {}
    checked = []
    for movie in movies:
        key = (movie.director.casefold(), movie.movie.casefold())
        other = first.setdefault(key, movie.path)
        if other != movie.path and not movie.problem:
            movie = replace(movie, problem=f"{movie.path}: same director and title as {readable(other)}; rename or remove one")
        checked.append(movie)
    return checked


def normal(name: str) -> str:
    """One spelling for names that look the same (macOS stores accents apart), fit for a folder of the library."""
    return unicodedata.normalize("NFC", name).strip() or "untitled"


def readable(name: str | Path) -> str:
    """The name as one line that can be printed and stored: bytes that are no text, and what would steer a terminal, are written out."""
    text = str(name).encode("utf-8", "backslashreplace").decode("utf-8")
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
