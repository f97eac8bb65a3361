"""The demo's films: synthetic, made from data/demo.json and nothing but the installed packages, the same on every run.

`<folder>/<Director>/<Movie>.mp4|mkv` with `<Movie>.truth.json` (what is heard when) and `<Movie>.json` (invented metadata).
"""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis.files import whole_file, write_json
from analysis.synthesis import media, mix
from analysis.synthesis.scenes import film_cues
from data import FOLDER
from errors import DataError

STAMPS = ".demo.json"  # in the demo's folder: by which recipe, code and packages each film was made
COMMENT = "synthetic film made by leitmotif demo"
_PACKAGES = ("symusic", "pretty_midi", "espeakng-loader", "av", "numpy", "scipy")

Progress = Callable[[int, int, str], None]


def build_demo(folder: Path, *, progress: Progress | None = None, workers: int | None = None) -> list[Path]:
    """Build the films that are not yet there, or whose recipe or makers have changed.

    Parameters
    ----------
    folder : is created; other files in it are left alone
    progress : called with (films done, films in all, name of the film) after each film
    workers : processes to build with; by default one a core, two at most

    Returns
    -------
    list of paths of all films, in the recipe's order

    Raises
    ------
    LibraryError : the folder cannot be written;  LeitmotifError : the sound font or espeak-ng is missing
    """
    films = list(recipe())
    stamps = _read_stamps(folder)
    missing = [film for film in films if not (film_path(folder, film).is_file() and stamps.get(_key(film)) == _stamp(film))]
    done = len(films) - len(missing)
    for film in _build_all(folder, missing, workers or min(2, os.cpu_count() or 1)):
        stamps[_key(film)] = _stamp(film)
        write_json(folder / STAMPS, stamps)
        done += 1
        if progress:
            progress(done, len(films), film["title"])
    return [film_path(folder, film) for film in films]


def recipe(path: Path = FOLDER / "demo.json") -> Iterator[dict[str, Any]]:
    """The films of the recipe, each with its director's name and colour."""
    try:
        directors = json.loads(path.read_text(encoding="utf-8"))["directors"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: the demo's recipe cannot be read ({error}); reinstall leitmotif") from error
    for director in directors:
        for film in director["films"]:
            yield {**film, "director": director["name"], "colour": director["colour"]}


def film_path(folder: Path, film: dict[str, Any]) -> Path:
    """Where the film of a recipe lies."""
    return folder / film["director"] / film["file"]


def build_film(folder: Path, film: dict[str, Any]) -> dict[str, Any]:
    """Build one film with its sidecars; the film itself appears last, whole. Returns the truth timeline."""
    cues = film_cues(film)
    truth = mix.truth(cues)
    stems = mix.stems(cues)
    sound = mix.surround(stems) if film["layout"] == "5.1" else mix.stereo(stems)
    captions = [_caption(item) for item in truth["items"] for _ in range(item["start"], item["end"])]
    cards = list(media.title_cards(film["title"], film["director"], film["colour"], captions))
    path = film_path(folder, film)
    write_json(path.with_suffix(".truth.json"), truth)
    write_json(path.with_suffix(".json"), metadata(film))
    with whole_file(path) as partial:
        media.write_film(partial, sound, cards, _tags(film))
    return truth


def metadata(film: dict[str, Any]) -> dict[str, Any]:
    """The film's invented metadata, as its sidecar says it."""
    return {"title": film["title"], "director": film["director"], **film["metadata"], "synthetic": True}


def _build_all(folder: Path, films: list[dict[str, Any]], workers: int) -> Iterator[dict[str, Any]]:
    """Build films side by side; yields each as it is finished."""
    if len(films) < 2 or workers < 2:
        for film in films:
            build_film(folder, film)
            yield film
        return
    spawn = multiprocessing.get_context("spawn")  # a forked child of a process with threads may hang
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        running = {pool.submit(build_film, folder, film): film for film in films}
        try:
            for future in as_completed(running):
                future.result()
                yield running[future]
        finally:
            pool.shutdown(cancel_futures=True)


def _tags(film: dict[str, Any]) -> dict[str, str]:
    known = film["metadata"]
    return {
        "title": film["title"],
        "artist": film["director"],
        "date": str(known["year"]),
        "genre": ", ".join(known["genres"]),
        "comment": COMMENT,
    }


def _caption(item: dict[str, Any]) -> str:
    return f"{item['genre']}: {item['name']}" if item["label"] == "music" else item["name"]


def _key(film: dict[str, Any]) -> str:
    return f"{film['director']}/{film['file']}"


def _stamp(film: dict[str, Any]) -> str:
    """Hash of all that decides how the film turns out: its recipe, this package's source, the packages that make the sound."""
    return hashlib.sha256(json.dumps([film, _makers()], sort_keys=True).encode()).hexdigest()


@cache
def _makers() -> list[str]:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in sources] + [f"{name} {version(name)}" for name in _PACKAGES]


def _read_stamps(folder: Path) -> dict[str, str]:
    """The stamps of an earlier run; none when they are missing or damaged, which only costs building again."""
    try:
        stamps = json.loads((folder / STAMPS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}
