"""The forms in which the enhanced dataset leaves: wide (as it is), long (a row per film and value), items (for recommenders)."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import dataset, dictionary, items
from analysis.spreadsheets import write_csv
from errors import InputError

LONG_KEYS = ("director", "movie", "imdb_id")
LISTS = ("countries", "movie_genres", "cast", "composer")  # an entry is a row of its own


def shaped(table: pd.DataFrame, form: str) -> pd.DataFrame:
    """An enhanced dataset in one of FORMS. Raises InputError for another."""
    require(form)
    return FORMS[form](table)


def require(form: str) -> None:
    """Raise InputError for what is none of FORMS."""
    if form not in FORMS:
        raise InputError(f"{form!r} is no form of the dataset; choose one of {', '.join(FORMS)}")


def write(table: pd.DataFrame, out: Path, form: str = "wide", explained: bool = False) -> Path | None:
    """Write the dataset in a form as .csv, .json or .parquet, by the file's ending; beside it the dictionary, whose path is returned.

    Parameters
    ----------
    table : an enhanced dataset
    out : the file, replaced when it exists
    form : one of FORMS
    explained : whether the wide form has its dictionary too
    """
    shape = shaped(table, form)
    dataset.export(shape, out)
    if form == "wide" and not explained:
        return None
    beside = out.with_name(f"{out.stem}-dictionary.csv")
    write_csv(dictionary.table(dictionary.of_form(form, shape.columns)), beside)
    return beside


def long(table: pd.DataFrame) -> pd.DataFrame:
    """One row per film and thing that is known of it: LONG_KEYS, name, value (of numbers), text (of texts), unit.

    Films stand in their order, their values in that of the enhanced dataset's columns.
    """
    table = table.reset_index(drop=True)
    numbers = items.known_numbers(table)
    names = [name for name in dictionary.ENHANCED if name not in LONG_KEYS]
    parts = [_numbers(numbers[name]) if name in numbers else _texts(table[name]) for name in names]
    column = np.repeat(np.arange(len(names)), [len(part) for part in parts])
    together = pd.concat(parts)
    order = np.lexsort((np.arange(len(together)), column, together.index))
    films, column = together.index.to_numpy()[order], column[order]
    keys = table[list(LONG_KEYS)].astype("str").take(films).reset_index(drop=True)
    units = pd.Series([dictionary.ENHANCED[name].unit for name in names], dtype="str")
    values = together.iloc[order].reset_index(drop=True)
    named = pd.DataFrame({"name": pd.Series(names, dtype="str").take(column).array, **values, "unit": units.take(column).array})
    return pd.concat([keys, named], axis=1)


def _numbers(column: pd.Series) -> pd.DataFrame:
    known = column.dropna()
    return pd.DataFrame({"value": known, "text": pd.Series(None, known.index, dtype="str")})


def _texts(column: pd.Series) -> pd.DataFrame:
    known = items.entries(column) if column.name in LISTS else column[column != ""].astype("str")
    return pd.DataFrame({"value": np.nan, "text": known})


FORMS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {"wide": lambda table: table, "long": long, "items": items.matrix}
