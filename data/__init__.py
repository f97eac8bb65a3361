"""Small tables the program reads."""

import csv
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
REFERENCE = FOLDER / "reference"  # the reference library (docs/reference.md)


def hyper_genre(name: str) -> str:
    """One of the ten music genres for a genre or sub-genre ("Delta Blues" -> "blues"); "" for one that is not in the table.

    The map is that of genres.csv: sub-genres grouped by k-means and corrected by hand in the 2020 thesis on music in films.
    """
    genres = _hyper_genres()
    key = name.strip().lower()
    return key if key in genres.values() else genres.get(key, "")


@cache
def _hyper_genres() -> dict[str, str]:
    with (FOLDER / "genres.csv").open(encoding="utf-8", newline="") as stream:
        return {row["sub_genre"]: row["genre"] for row in csv.DictReader(stream)}
