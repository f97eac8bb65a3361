"""The data dictionary: what each column of the enhanced dataset and each feature of the item matrix is, and how it comes about.

`python -m analysis.dictionary` prints docs/columns.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf

import pandas as pd

from analysis import items
from analysis.aggregation import SHARE_NAMES
from analysis.dataset import COLUMNS
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES, SOUND_CLASSES

HEAD = ("name", "unit", "range", "meaning", "how")


@dataclass(frozen=True)
class Entry:
    """A column and what it means.

    Attributes
    ----------
    name : of the column
    unit : of its numbers; what its texts are
    meaning : in a few words
    how : it is computed, or where it comes from
    low, high : the range of its numbers; None is open
    classes : the texts it may have; empty for any
    number : whether it holds numbers
    """

    name: str
    unit: str
    meaning: str
    how: str
    low: float | None = None
    high: float | None = None
    classes: tuple[str, ...] = ()
    number: bool = True

    @property
    def range(self) -> str:
        """The range in words. Its minus is no hyphen, with which a spreadsheet's formula could begin."""
        if not self.number:
            return ", ".join(self.classes) or "any text"
        low = f"{self.low:g}".replace("-", "−")
        return f"{low} or more" if self.high is None else f"{low} to {self.high:g}"

    def holds(self, values: pd.Series) -> bool:
        """Whether all values that are known are in the range."""
        if not self.number:
            return not self.classes or set(values.dropna()) <= {"", *self.classes}
        low, high = (-inf if self.low is None else self.low), (inf if self.high is None else self.high)
        return bool(values.dropna().between(low, high).all())


def _text(name: str, unit: str, meaning: str, how: str, classes: tuple[str, ...] = ()) -> Entry:
    return Entry(name, unit, meaning, how, classes=classes, number=False)


_METADATA = "metadata: files beside the films, IMDb's data, saved pages; empty where nothing is known"
_WEIGHTED = "weighted with the duration of the segments; empty without music"


def _shares_of_music() -> Iterable[Entry]:
    for attribute, columns in SHARE_NAMES.items():
        for name, column in zip(ATTRIBUTES[attribute], columns, strict=True):
            what = f"share of the music's time whose genre is {name}" if attribute == "genre" else f"share with {name} {attribute}"
            votes = "time of the segments whose windows voted for it / time of all segments"
            how = f"{votes}; the shares of {attribute} sum to 100, or are 0 without music"
            yield Entry(column, "percent", what, how, 0, 100)


def _of_sound() -> Iterable[Entry]:
    for name in SOUND_CLASSES:
        how = "seconds of that class after smoothing / all seconds; music, speech and other sum to 100"
        yield Entry(f"{name}_duration", "percent", f"share of the film that is {name}", how, 0, 100)


def _dominant() -> Iterable[Entry]:
    for attribute, classes in ATTRIBUTES.items():
        how = "the class with the greatest share of the music's time; empty without music"
        yield _text(attribute, "class", f"{attribute} of most of the music", how, classes)


def _means() -> Iterable[Entry]:
    for attribute in ORDERED_ATTRIBUTES:
        yield Entry(f"{attribute}_mean", "value", f"mean {attribute} of the music", f"mean of the windows' values, {_WEIGHTED}", 0, 1)


_ENTRIES = (
    _text("movie", "name", "the film", "name of its file or folder"),
    _text("imdb_id", "identifier", "the film's number at IMDb, as tt0046911", _METADATA),
    *_shares_of_music(),
    *_of_sound(),
    *_dominant(),
    _text("director", "name", "who directed the film", "name of the folder the film is in"),
    Entry("year", "year", "when the film came out", _METADATA, 1888, 2035),
    Entry("rating", "points", "rating of IMDb's users", _METADATA, 0, 10),
    Entry("metascore", "points", "Metacritic's mean of critics", _METADATA, 0, 100),
    _text("countries", "names", "countries of production, separated by commas", _METADATA),
    _text("locations", "names", "where it was filmed; a place may have commas itself", _METADATA),
    _text("movie_genres", "names", "film genres, separated by commas", _METADATA),
    _text("cast", "names", "actors, separated by commas", _METADATA),
    Entry("duration", "seconds", "length of what was listened to", "whole seconds of the decoded soundtrack", 0),
    Entry("segments", "count", "runs of music", "runs of 10 or more successive seconds of music", 0),
    *_means(),
    Entry(
        "tempo", "beats a minute", "median tempo of the music; 0 if there is none", f"from the repetition of onsets, {_WEIGHTED}", 0, 240
    ),
    Entry(
        "beat",
        "value",
        "how steady the beat is: 0 not at all, 1 a metronome",
        f"autocorrelation of onsets at that tempo, {_WEIGHTED}",
        0,
        1,
    ),
    Entry("loudness", "dB below full scale", "level of the music", f"level of the mean power, {_WEIGHTED}", -100, 0),
    _text("other_title", "name", "another title of the film", _METADATA),
    Entry("runtime", "minutes", "length of the film as it is known", _METADATA, 1, 6000),
    _text("poster", "address", "where its poster is", _METADATA),
    _text("composer", "names", "who wrote the music, separated by commas", _METADATA),
)
ENHANCED: dict[str, Entry] = {entry.name: entry for entry in sorted(_ENTRIES, key=lambda entry: COLUMNS.index(entry.name))}
# The columns of the long form beside those that name the film; its names are those of the enhanced dataset.
LONG: dict[str, Entry] = {
    "name": _text("name", "column", "which column of the enhanced dataset the row holds", "only columns of which something is known"),
    "value": Entry("value", "as `unit` says", "the value of a column of numbers; empty for texts", "as in the enhanced dataset", -100),
    "text": _text("text", "as `unit` says", "the value of a column of texts; empty for numbers", "a row for each film genre, country, ..."),
    "unit": _text("unit", "text", "unit of the value, or what the text is", "as in this dictionary"),
}
_ID = _text("item_id", "identifier", "the film", "of the names of director and movie; the same in every library where they are")
_ONE_HOT = {
    "film_genre": "is of the film genre",
    "country": "was produced in",
    "decade": "came out in the",
    "director": "was directed by",
    "composer": "has music by",
}


def feature(name: str) -> Entry:
    """What a column of the item matrix is."""
    if name in items.KEYS:
        return _ID if name == items.KEYS[0] else ENHANCED[name]
    if name in items.SHARES:
        of = ENHANCED[items.SHARES[name]]
        how = of.how if name.startswith("music:sound:") else of.how.replace("or are 0 without music", "or are empty without music")
        return replace(of, name=name, unit="share", high=1, how=how.replace("sum to 100", "sum to 1"))
    if name in items.NUMBERS:
        of = ENHANCED[items.NUMBERS[name]]
        return replace(_tempo(of) if of.name == "tempo" else of, name=name)
    _, kind, value = name.split(":", 2)
    when = f"a feature if {items.FEWEST_FILMS} films have it and it is among the {items.MOST_NAMES} most frequent"
    how = f"from the column {items.KINDS[f'metadata:{kind}']}; {when}; empty where none is known"
    return Entry(name, "yes or no", f"1 if the film {_ONE_HOT[kind]} {value}, else 0", how, 0, 1)


def _tempo(of: Entry) -> Entry:
    return replace(of, meaning="median tempo of the music", how=f"{of.how} or a tempo", low=39)


def of_form(form: str, columns: Iterable[str]) -> list[Entry]:
    """An entry for each column of a form of the dataset; for the long form also for the names in it."""
    if form == "items":
        return [feature(column) for column in columns]
    if form == "long":
        keys = [column for column in columns if column in ENHANCED]
        return [*(ENHANCED[key] for key in keys), *LONG.values(), *(entry for name, entry in ENHANCED.items() if name not in keys)]
    return [ENHANCED[column] for column in columns]


def table(entries: Iterable[Entry]) -> pd.DataFrame:
    """Entries as a table with the columns of HEAD."""
    return pd.DataFrame([[getattr(entry, column) for column in HEAD] for entry in entries], columns=list(HEAD)).astype("str")


# --- docs/columns.md ------------------------------------------------------------------------------------------------

_PAGE = """# Every column

This page is made by `python -m analysis.dictionary`, and a test keeps it current. `leitmotif export --dictionary` writes the same beside
an export, as CSV. [data-dictionary.md](data-dictionary.md) describes the library's other files.

## The enhanced dataset

{enhanced}

## The item matrix

`leitmotif export --form items`, for recommenders ([recommenders.md](recommenders.md)). What is not known is empty.

{items}

## The long form

`leitmotif export --form long`: a row for each film and each thing that is known of it, `value` for numbers and `text` for texts.

{long}
"""


def page() -> str:
    """docs/columns.md."""
    one_hots = [f"{kind}:<name>" for kind in items.KINDS]
    features = [feature(name) for name in (*items.KEYS, *items.SHARES, *items.NUMBERS, *one_hots)]
    keys = [ENHANCED[key] for key in items.KEYS[1:]]
    return _PAGE.format(enhanced=_markdown(ENHANCED.values()), items=_markdown(features), long=_markdown([*keys, *LONG.values()]))


def _markdown(entries: Iterable[Entry]) -> str:
    rows = [[f"`{entry.name}`", entry.unit, entry.range, entry.meaning, entry.how] for entry in entries]
    return "\n".join(f"| {' | '.join(row)} |" for row in [list(HEAD), ["---"] * len(HEAD), *rows])


if __name__ == "__main__":
    print(page(), end="")
