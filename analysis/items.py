"""The item-feature matrix: one row per film, numbers only, as recommenders want it (docs/recommenders.md).

A feature is called `music:...` if it is heard and `metadata:...` if it is known of the film, all in small letters:
`music:genre:jazz`, `music:tempo`, `metadata:film_genre:drama`, `metadata:year`. What is not known is NaN, never a guess.
"""

from hashlib import sha256

import numpy as np
import pandas as pd

from analysis.aggregation import MUSIC_FIGURES, SHARE_NAMES
from models.labels import ATTRIBUTES, GENRES, ORDERED_ATTRIBUTES, SOUND_CLASSES

KEYS = ("item_id", "director", "movie", "imdb_id")
# Feature -> column of the enhanced dataset. Shares are percent there and 0..1 here.
SHARES = {f"music:sound:{name}": f"{name}_duration" for name in SOUND_CLASSES} | {
    f"music:{attribute}:{name}": column
    for attribute, columns in SHARE_NAMES.items()
    for name, column in zip(ATTRIBUTES[attribute], columns, strict=True)
}
NUMBERS = (
    {f"music:{attribute}": f"{attribute}_mean" for attribute in ORDERED_ATTRIBUTES}
    | {f"music:{name}": name for name in MUSIC_FIGURES}
    | {f"metadata:{name}": name for name in ("year", "rating", "metascore", "runtime")}
)
# Kind of a feature of yes and no -> column with the names, of which a film may have several.
KINDS = {
    "metadata:film_genre": "movie_genres",
    "metadata:country": "countries",
    "metadata:decade": "year",
    "metadata:director": "director",
    "metadata:composer": "composer",
}
FEWEST_FILMS = 2  # that a name needs to be a feature: one film says nothing of others
MOST_NAMES = 100  # of each kind, the most frequent: ten thousand films have a thousand directors
_OF_MUSIC = [column for columns in SHARE_NAMES.values() for column in columns]
_DIGITS = 16  # of an id: among a million films, two share one with a chance of 1 to 40 million


def matrix(table: pd.DataFrame) -> pd.DataFrame:
    """The item-feature matrix of an enhanced dataset: KEYS, then float columns only; analysis/dictionary.py explains each."""
    table = table.reset_index(drop=True)
    numbers = known_numbers(table)
    features = {feature: numbers[column] / 100 for feature, column in SHARES.items()}
    features |= {feature: numbers[column] for feature, column in NUMBERS.items()}
    ids = [item_id(director, movie) for director, movie in zip(table["director"], table["movie"], strict=True)]
    keys = table[list(KEYS[1:])].astype("str")
    keys.insert(0, KEYS[0], pd.Series(ids, dtype="str"))
    return pd.concat([keys, pd.DataFrame(features), *(one_hots(table, kind) for kind in KINDS)], axis=1)


def item_id(director: str, movie: str) -> str:
    """A film's id: the same wherever director and movie are called the same."""
    return "film-" + sha256(f"{director}\0{movie}".encode()).hexdigest()[:_DIGITS]


def known_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """The numbers of an enhanced dataset as floats; NaN also where a 0 says that there is none: shares and tempo without music."""
    numbers = table.select_dtypes("number").astype(float)
    silent = numbers[list(GENRES)].sum(axis=1) == 0
    numbers.loc[silent, _OF_MUSIC] = np.nan
    numbers["tempo"] = numbers["tempo"].where(numbers["tempo"] > 0)
    return numbers


def entries(texts: pd.Series) -> pd.Series:
    """What stands between the commas of texts, one row each under the text's index; none for an empty text."""
    parts = texts[texts != ""].str.split(",").explode().str.strip()
    return parts[parts != ""].astype("str")


def one_hots(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """A column for each name that several films have: 1 for those films, 0 for the others, NaN where none is known.

    Parameters
    ----------
    table : an enhanced dataset; its index counts its rows
    kind : one of KINDS, with which the columns' names begin
    """
    names = entries(_names(table, KINDS[kind])).str.lower()
    frequent = _frequent(names)
    films, codes = names.index.to_numpy(), pd.Index(frequent, dtype="str").get_indexer(pd.Index(names))
    yes_no = np.where(table.index.isin(films), 0.0, np.nan)[:, None].repeat(len(frequent), axis=1)
    yes_no[films[codes >= 0], codes[codes >= 0]] = 1
    return pd.DataFrame(yes_no, columns=[f"{kind}:{name}" for name in frequent])


def _frequent(names: pd.Series) -> list[str]:
    """The names [index: films] that are features, in alphabetical order; of equally frequent ones the first are taken."""
    once = pd.DataFrame({"film": names.index, "name": names.to_numpy()}).drop_duplicates()  # who is named twice has made one film
    films = once["name"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return sorted(films[films >= FEWEST_FILMS].index[:MOST_NAMES])


def _names(table: pd.DataFrame, column: str) -> pd.Series:
    if column != "year":
        return table[column]
    decade = table["year"].astype("Int64") // 10 * 10
    return (decade.astype("string") + "s").fillna("").astype("str")
