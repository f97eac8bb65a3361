"""Does similarity find what belongs together? Excerpts of one film among all excerpts, and films of one composer.

Two questions, on a reference library (analysis/reference.py), whose films are real and whose excerpts are many:

- Each excerpt asks for the others of its film. How high do they stand (mean reciprocal rank of the first), and how many of them are among
  the first five (recall)? Excerpts of one recording share its sound, so the question is asked a second time without them.
- Are excerpts of two films by one composer more alike than those of two films by different ones? Composers are shuffled among the
  films to see how often chance does as well (permutation test).

Beside similarity by music stand plain statistics of timbre (mean and deviation of thirteen cepstral coefficients, each standardised,
Euclidean distance), as in B. Logan and A. Salomon, "A music similarity function based on signal analysis", ICME 2001, and chance.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.reference import MFCC
from analysis.similarity import similarity
from errors import InputError

FIRST = 5
PERMUTATIONS = 10_000


@dataclass(frozen=True)
class Retrieved:
    """How well excerpts find those of their film.

    reciprocal_rank : mean over the excerpts of 1 / rank of the first that belongs to it, 0..1
    recall : mean share of those that belong to it among the first five (of five at the most), 0..1
    asked : excerpts that had any to find
    interval : of reciprocal_rank, 95 %, drawing films with replacement
    """

    reciprocal_rank: float
    recall: float
    asked: int
    interval: tuple[float, float]


@dataclass(frozen=True)
class Closeness:
    """Whether films of one composer are closer than chance.

    together, apart : mean likeness of two films by one composer, and by two
    p : share of the permutations that do at least as well, one-sided
    composers, films : those with two films or more, and all films
    """

    together: float
    apart: float
    p: float
    composers: int
    films: int


def likenesses(excerpts: pd.DataFrame) -> dict[str, np.ndarray]:
    """How alike each two excerpts are [shape=(n, n), higher is more alike], by what compares them.

    Parameters
    ----------
    excerpts : rows of `reference.excerpts`, with music in each

    Raises
    ------
    InputError : some excerpt has no music
    """
    if not (excerpts["segments"] > 0).all():
        raise InputError("an excerpt without music cannot be compared; leave out those without segments")
    table = excerpts.assign(movie_genres="", countries="", year=np.nan, rating=np.nan)
    music = np.array([similarity(table, row) for row in range(len(table))])
    timbre = excerpts[list(MFCC)].to_numpy(float)
    spread = timbre.std(axis=0)
    standard = (timbre - timbre.mean(axis=0)) / np.where(spread > 0, spread, 1)
    squares = (standard**2).sum(axis=1)
    distance = np.sqrt(np.maximum(squares[:, None] + squares - 2 * standard @ standard.T, 0))
    return {"similarity by music": music, "statistics of timbre (MFCC)": -distance}


def retrieve(likeness: np.ndarray, film: np.ndarray, recording: np.ndarray, *, apart: bool, seed: int = 0) -> Retrieved:
    """Ask each excerpt for the others of its film.

    Parameters
    ----------
    likeness : np.ndarray [shape=(n, n)]
    film, recording : np.ndarray [shape=(n,)] what each excerpt is of; a recording belongs to one film
    apart : excerpts of the same recording are left out of what is looked through
    seed : of the order of what is equally alike, and of the interval's draws
    """
    rng = np.random.default_rng(seed)
    ranks, shares, of = [], [], []
    for row in range(len(film)):
        there = recording != recording[row] if apart else np.arange(len(film)) != row
        wanted = (film == film[row])[there]
        if not wanted.any():
            continue
        order = np.lexsort((rng.random(there.sum()), -likeness[row][there]))
        found = np.flatnonzero(wanted[order])
        ranks.append(1 / (found[0] + 1))
        shares.append((found < FIRST).sum() / min(FIRST, len(found)))
        of.append(film[row])
    by_film = pd.Series(ranks).groupby(np.array(of)).agg(["sum", "count"]).to_numpy(float)
    drawn = by_film[rng.integers(0, len(by_film), (2000, len(by_film)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    return Retrieved(float(np.mean(ranks)), float(np.mean(shares)), len(ranks), (float(low), float(high)))


def chance(film: np.ndarray, recording: np.ndarray, *, apart: bool, draws: int = 20, seed: int = 0) -> Retrieved:
    """What excerpts find whose likeness is drawn at random; the mean over draws, whose extremes are the interval."""
    rng = np.random.default_rng(seed)
    found = [retrieve(rng.random((len(film), len(film))), film, recording, apart=apart) for _ in range(draws)]
    ranks = [one.reciprocal_rank for one in found]
    return Retrieved(float(np.mean(ranks)), float(np.mean([one.recall for one in found])), found[0].asked, (min(ranks), max(ranks)))


def of_composers(likeness: np.ndarray, film: np.ndarray, composer: np.ndarray, *, seed: int = 0) -> Closeness:
    """Whether films of one composer are closer than chance.

    Parameters
    ----------
    likeness : np.ndarray [shape=(n, n)] of excerpts
    film, composer : np.ndarray [shape=(n,)] of each excerpt; each film has one composer here
    """
    names, of = np.unique(film, return_inverse=True)
    member = np.eye(len(names))[of]
    between = member.T @ likeness @ member / np.outer(member.sum(axis=0), member.sum(axis=0))
    by = np.array([composer[of == number][0] for number in range(len(names))])
    upper = np.triu_indices(len(names), k=1)
    pairs = between[upper]

    def together(codes: np.ndarray) -> float:
        same = codes[upper[0]] == codes[upper[1]]
        return float(pairs[same].mean())

    codes = np.unique(by, return_inverse=True)[1]
    same = codes[upper[0]] == codes[upper[1]]
    if not same.any():
        raise InputError("no composer has two films here")
    rng, observed = np.random.default_rng(seed), together(codes)
    reached = sum(together(rng.permutation(codes)) >= observed for _ in range(PERMUTATIONS))
    several = int((np.bincount(codes) > 1).sum())
    return Closeness(observed, float(pairs[~same].mean()), (1 + reached) / (1 + PERMUTATIONS), several, len(names))


def scores(excerpts: pd.DataFrame) -> pd.DataFrame:
    """The excerpts that the questions are asked of: of scores and songs with music, not of scenes."""
    return excerpts[~excerpts["dialogue"] & (excerpts["segments"] > 0)].reset_index(drop=True)


def originals(excerpts: pd.DataFrame) -> pd.DataFrame:
    """Of these, those that their film's composer wrote for it: the one who wrote most of what was written for it."""
    own = excerpts[excerpts["original"]]
    first = own.groupby(["director", "movie"])["composer"].transform(lambda names: names.mode().iloc[0])
    return own[own["composer"] == first]
