"""Labelled recordings for training: tables with checked columns, and signals that may be unreadable."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.audio import decode
from errors import AudioError, DataError, InputError


def read_table(data: Path, table: str, columns: Sequence[str]) -> pd.DataFrame:
    """Read `<data>/audio/<table>.csv`; its `file` column becomes paths below `<data>/audio`.

    Raises DataError naming the missing file or column.
    """
    path = data / "audio" / f"{table}.csv"
    if not path.is_file():
        raise DataError(f"{path}: no such table; point --data at a folder in the layout docs/training.md describes")
    rows = pd.read_csv(path, keep_default_na=False)
    missing = [column for column in ("file", *columns) if column not in rows]
    if missing:
        raise DataError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(rows.columns)}")
    return rows.assign(path=[data / "audio" / name for name in rows["file"]])


def read_signals(paths: Iterable[Path]) -> tuple[dict[Path, np.ndarray], list[str]]:
    """Decode recordings to int16 at 8 kHz; return the signals by path, and one line for each that cannot be read."""
    signals, skipped = {}, []
    for path in paths:
        try:
            signals[path] = decode(path).signal
        except (AudioError, InputError) as error:
            skipped.append(str(error))
    return signals, skipped


def check_disjoint(train_groups: Iterable[str], test_groups: Iterable[str]) -> None:
    """Refuse a split in which a group (artist, song, film, speaker) is on both sides."""
    shared = set(train_groups) & set(test_groups)
    if shared:
        raise DataError(f"the split leaks: {len(shared)} groups are in both train and test, such as {sorted(shared)[0]!r}")
