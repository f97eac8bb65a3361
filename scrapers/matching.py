"""Which candidate is the movie: titles, year, director and runtime scored, and taken only when one clearly wins.

The score is the weighted mean of what the query knows. docs/metadata.md states the numbers below in words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz

from scrapers import titles
from scrapers.sources import Candidate, Query, Status

WEIGHTS = {"title": 0.55, "director": 0.25, "year": 0.20, "runtime": 0.15}
UNKNOWN = 0.7  # for what the query knows and the candidate does not say: neither for nor against it
THRESHOLD = 0.85  # the least score that is taken
MARGIN = 0.05  # the least lead over the next candidate
SAME_KEY = 0.92  # equal but for article, "and" and spaces; also a title the movie has in some country
SUBTITLE = 0.80  # equal but for a subtitle
SIMILAR = 0.93  # times the likeness of two titles that differ
OTHER_NUMBER = 0.7  # times, when they differ in a number: part 1 is not part 2
PLAUSIBLE = 0.5  # the least score that is shown to a person
SHOWN = 8  # candidates

_fold = lru_cache(10_000)(titles.fold)


@dataclass(frozen=True)
class Choice:
    """status is "ok" (then `best` is the movie), "ambiguous" or "not_found"; candidates stand best first."""

    status: Status
    best: Candidate | None
    candidates: tuple[Candidate, ...]
    reason: str = ""


def choose(query: Query, candidates: Iterable[Candidate]) -> Choice:
    """The clear winner, or the plausible candidates for a person to choose from."""
    return decide(query, [(score(query, candidate), candidate) for candidate in candidates])


def decide(query: Query, scored: Iterable[tuple[float, Candidate]]) -> Choice:
    """`choose` among candidates whose scores are known."""
    plausible = [(value, candidate) for value, candidate in scored if value >= PLAUSIBLE]
    plausible.sort(key=lambda pair: (-round(pair[0], 3), pair[1].year or 9999, pair[1].imdb_id))
    ranked = tuple(replace(candidate, score=round(value, 3)) for value, candidate in plausible[:SHOWN])
    if not ranked:
        return Choice("not_found", None, (), f"no title like {query.title!r} is known")
    best = ranked[0]
    if best.score < THRESHOLD:
        return Choice("ambiguous", None, ranked, f"the best of {_count(ranked)} fits by {best.score:.2f} only")
    if len(ranked) > 1 and best.score - ranked[1].score < MARGIN:
        return Choice("ambiguous", None, ranked, f"{_count(ranked)} fit, the best two by {best.score:.2f} and {ranked[1].score:.2f}")
    if title_score(query, best)[0] < SAME_KEY and same_director(query.director, best.director) is not True:
        return Choice("ambiguous", None, ranked, f"{best.title!r} is only similar, and the director does not confirm it")
    return Choice("ok", best, (best,))


def _count(ranked: tuple[Candidate, ...]) -> str:
    return "1 candidate" if len(ranked) == 1 else f"{len(ranked)} candidates"


def score(query: Query, candidate: Candidate) -> float:
    """How well the candidate fits, from 0 to 1: the mean of what the query knows, weighted by WEIGHTS."""
    title, matching = title_score(query, candidate)
    parts = {"title": title}
    if query.director:
        agrees = same_director(query.director, candidate.director)
        parts["director"] = UNKNOWN if agrees is None else float(agrees)
    # "Wonder Woman 1984": where the number fits as a part of the title, it is no year.
    if query.year and str(query.year) not in _fold(matching).split():
        parts["year"] = _year_score(query.year, candidate.year)
    if query.runtime:
        parts["runtime"] = _runtime_score(query.runtime, candidate.runtime)
    return sum(WEIGHTS[name] * value for name, value in parts.items()) / sum(WEIGHTS[name] for name in parts)


def title_score(query: Query, candidate: Candidate) -> tuple[float, str]:
    """The best likeness of any of the query's titles to any of the candidate's, and which of the query's it was."""
    return _best_likeness((query.title, *query.other_titles), (candidate.title, candidate.original), candidate.other_titles)


@lru_cache(10_000)  # many films share a title
def _best_likeness(asked: tuple[str, ...], own: tuple[str, ...], elsewhere: tuple[str, ...]) -> tuple[float, str]:
    known = [(title, False) for title in own if title] + [(title, True) for title in elsewhere]
    likeness = ((max((_likeness(title, *other) for other in known), default=0.0), title) for title in asked)
    return max(likeness, key=lambda found: found[0])


def _likeness(asked: str, known: str, elsewhere: bool) -> float:
    one, other = _fold(asked), _fold(known)
    if one == other:
        return SAME_KEY if elsewhere else 1.0
    one_key, other_key = titles.folded_key(one), titles.folded_key(other)
    if one_key == other_key:
        return SAME_KEY
    if one_key in (titles.key(titles.main_title(known)), other_key) or other_key == titles.key(titles.main_title(asked)):
        return SUBTITLE
    alike = SIMILAR * max(fuzz.ratio(one, other), fuzz.ratio(one_key, other_key)) / 100
    return alike if titles.numbers(one) == titles.numbers(other) else alike * OTHER_NUMBER


def _year_score(asked: int, known: int | None) -> float:
    if known is None:
        return UNKNOWN
    return {0: 1.0, 1: 0.8, 2: 0.3}.get(abs(asked - known), 0.0)


def _runtime_score(asked: float, known: float | None) -> float:
    """Films on PAL discs run 4 % fast; cuts differ by more."""
    if not known:
        return UNKNOWN
    off = abs(asked - known)
    if off <= max(3.0, 0.05 * known):
        return 1.0
    return 0.6 if off <= 0.1 * known else 0.3 if off <= 0.2 * known else 0.0


# --- directors ----------------------------------------------------------------------------------------------------

_FAMILY = frozenset("brothers brother bros sisters sister the films movies film director directed by and de von van".split())
_SPELLING = 84  # least likeness of two spellings of one name ("Wachowskis", "Tarkovskij")


@lru_cache(10_000)
def same_director(folder: str, directors: str) -> bool | None:
    """Whether a folder's name can stand for one of the directors (separated by commas); None when either is unknown.

    >>> same_director("Coen Brothers", "Joel Coen, Ethan Coen"), same_director("Polanski", "Roman Polanski")
    (True, True)
    >>> same_director("Hitchcock, Alfred", "Alfred Hitchcock"), same_director("Ron Howard", "James Newton Howard")
    (True, False)
    """
    asked = _name_words(folder)
    known = [words for words in map(_name_words, directors.split(",")) if words]
    if not asked or not known:
        return None
    everyone = [word for words in known for word in words]
    if all(any(_same_word(word, other) for other in everyone) for word in asked):
        # All words belong to one person, or the folder names several of them ("Joel & Ethan Coen").
        return len(asked) == 1 or any(_covers(asked, words) or _covers(words, asked) for words in known)
    return any(len(words) > 1 and _covers(words, asked) for words in known)


def _name_words(name: str) -> list[str]:
    words = titles.fold(name).split()
    return [word for word in words if word not in _FAMILY] or words


def _covers(words: list[str], others: list[str]) -> bool:
    return all(any(_same_word(word, other) for other in others) for word in words)


def _same_word(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:  # "A. Hitchcock"
        return one[0] == other[0]
    return one == other or (min(len(one), len(other)) >= 5 and fuzz.ratio(one, other) >= _SPELLING)
