"""A plain folder of one's own labelled clips: the names of its folders are the labels.

    DIR/music/<genre>/[<artist>/]clip     DIR/speech/[<speaker>/]clip     DIR/other/[<place or source>/]clip

`leitmotif validate --clips DIR` takes the same folder.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from errors import DataError
from models import registry
from models.labels import SOUND_CLASSES

SOURCE = "own clips"  # how the source of each class begins, in tables and cards
LICENCE = "that of your own clips"
WEIGHTS_LICENCE = "Apache-2.0 for the code; the weights were trained on your own clips, whose terms you know"
SPLIT_BY = "folder of an artist, a speaker, a place or source; a clip outside of one stands for itself"
SHIPPED_VERSION, OWN_VERSION = 1, 2  # of weights: those of own clips stand beside the shipped ones, and the newest are used
COLUMNS = ("path", "label", "source", "group", "genre")
_OWNERS = {"music": "artists", "speech": "speakers", "other": "places or sources"}


def given(data: Path) -> bool:
    """Whether a folder holds clips in folders, and not recordings in tables.

    Raises DataError when there is no such folder, or nothing in it that training knows.
    """
    if not data.is_dir():
        raise DataError(f"{data}: no such folder; --data needs one with labelled recordings (docs/training.md)")
    if any((data / "audio").glob("*.csv")):
        return False
    if any((data / label).is_dir() for label in SOUND_CLASSES):
        return True
    raise DataError(f"{data}: holds no music/<genre>/, speech/ and other/ with clips, and no tables audio/*.csv (docs/training.md)")


def read(data: Path, labels: Iterable[str] = SOUND_CLASSES, *, least_groups: int = 1) -> pd.DataFrame:
    """The clips of a folder.

    Parameters
    ----------
    data : the folder
    labels : which classes are needed
    least_groups : how many groups each of them needs

    Returns
    -------
    pd.DataFrame with COLUMNS, sorted by path: label is one of SOUND_CLASSES; source "own clips: music", one a class; group tells the
    artist, speaker or place, which is the folder below class and genre, in whatever genre it stands, or the clip itself where there is
    none; genre is "" where there is none

    Raises
    ------
    DataError : a class has no clips or too few groups, or the same recording lies in two groups: no split could keep it on one side
    """
    table = pd.DataFrame([row for label in labels for row in _clips(data, label)], columns=list(COLUMNS))
    for label, count in table.groupby("label", sort=False)["group"].nunique().items():
        if count < least_groups:
            raise DataError(
                f"{data / str(label)}: the clips come from {count} {_OWNERS[str(label)]}, at least {least_groups} are needed; "
                "add some (a folder counts as one, and so does each clip outside of one)"
            )
    _check_apart(table)
    return table


def save(name: str, weights: Mapping[str, np.ndarray], card: Mapping[str, Any], data: Path, report: Callable[[str], None] = print) -> Path:
    """Save a model trained on `data` as `registry.save` does; one of own clips takes the place of the shipped one without replacing it."""
    own = given(data)
    folder = registry.save(name, weights, card, version=OWN_VERSION if own else SHIPPED_VERSION)
    used = registry.folder(name)
    if own:
        report(f"{name}: {folder} is used from now on; delete that folder to go back to the model that came with leitmotif")
    elif used != folder:
        report(f"{name}: saved in {folder}, but {used} is newer and stays in use; delete that folder to use this one")
    return folder


def _clips(data: Path, label: str) -> Iterator[tuple[Path, str, str, str, str]]:
    folder = data / label
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not any(part.startswith(".") for part in p.relative_to(data).parts))
    if not paths:
        below = f"{label}/<genre>/" if label == "music" else f"{label}/"
        raise DataError(f"{folder}: holds no clips; put some into {data / below}")
    for path in paths:
        *folders, _ = path.relative_to(folder).parts
        genre = folders.pop(0) if label == "music" and folders else ""
        owner = folders[0] if folders else path.relative_to(folder).as_posix()
        yield path, label, f"{SOURCE}: {label}", f"{label}/{owner}", genre


def _check_apart(table: pd.DataFrame) -> None:
    """Refuse copies of a recording under two labels or of two groups."""
    sizes = table["path"].map(lambda path: path.stat().st_size)
    suspects = table[sizes.duplicated(keep=False) & (sizes > 0)]
    for _, same in suspects.groupby(suspects["path"].map(registry.sha256)):
        first = same.iloc[0]
        for other in same.itertuples():
            if (other.label, other.group, other.genre) != (first["label"], first["group"], first["genre"]):
                raise DataError(f"the split would leak: {first['path']} and {other.path} are the same recording; remove one of them")
