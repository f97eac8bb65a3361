"""Divide movies among machines that share nothing but a folder: each takes its own part, and needs to know of no other."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from errors import InputError

if TYPE_CHECKING:
    from analysis.pipeline import Movie

M = TypeVar("M", bound="Movie")


@dataclass(frozen=True)
class Shard:
    """Part `number` (from 1) of `count`. A movie's part depends on its director and title only, not on what other movies there are."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}-of-{self.count}"

    def members(self, movies: Iterable[M]) -> list[M]:
        """The movies of this part, in their order."""
        return [movie for movie in movies if _part(movie, self.count) == self.number]


def parse(text: str) -> Shard:
    """ "2/4" is the second of four parts. Raises InputError for anything else than I/N with 1 <= I <= N."""
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
    number, count = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= count:
        raise InputError(f"--shard: {text!r} is not I/N with I from 1 to N; 2/4, for example, is the second of four parts")
    return Shard(number, count)


def _part(movie: "Movie", count: int) -> int:
    digest = hashlib.sha256(f"{movie.director}/{movie.movie}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % count + 1
