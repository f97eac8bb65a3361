"""How good generated covers are: their distance from real ones no generator saw, copies, and the genre a classifier sees in them.

Everything is asked of the mean features of a network that looked at posters (or, where there is none, of the published one), which
no generator was trained against.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.training.cover_material import Covers, thumbnails
from analysis.training.intervals import bootstrap
from models.cover import GENRES

COMPONENTS = 48  # of the features, in which distances are taken: far fewer than covers, or the covariances would be of no use
DRAWS = 200  # of the bootstrap of distances
STRENGTH = 0.001  # C of the classifier; a third and three times as much measure alike

Look = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Seen:
    """Covers as measured: features [shape=(n, d)], thumbnails [shape=(n, 300)], and genres, those they have or should have [shape=(n,)]."""

    features: np.ndarray
    thumbnails: np.ndarray
    genres: np.ndarray

    def part(self, rows: np.ndarray) -> "Seen":
        """Some of them, by number."""
        return Seen(self.features[rows], self.thumbnails[rows], self.genres[rows])

    def of(self, genre: int) -> np.ndarray:
        """Features of one genre's covers."""
        return self.features[self.genres == genre]


def seen(pictures: np.ndarray, genres: np.ndarray, look: Look) -> Seen:
    """Covers [shape=(n, 100, 100, 3), uint8] as measured."""
    return Seen(look(pictures), thumbnails(pictures), genres)


class Space:
    """The principal components of the features of real covers, standardised by their overall scale."""

    def __init__(self, features: np.ndarray) -> None:
        from sklearn.decomposition import PCA

        self._components = PCA(min(COMPONENTS, *features.shape), svd_solver="full").fit(features)
        self._scale = float(np.sqrt(self._components.explained_variance_.sum()))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        return self._components.transform(features) / self._scale


def frechet(first: np.ndarray, second: np.ndarray) -> float:
    """Fréchet distance between the normal distributions of two sets of features [shape=(n, d), (m, d)] (Heusel et al. 2017)."""
    covariances = [np.cov(features, rowvar=False) for features in (first, second)]
    root = _root(covariances[0])
    between = np.sqrt(np.linalg.eigvalsh(root @ covariances[1] @ root).clip(0)).sum()
    apart = ((first.mean(axis=0) - second.mean(axis=0)) ** 2).sum()
    return float(apart + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * between)


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T


def distances(found: Seen, real: Seen, space: Space, seed: int) -> dict[str, Any]:
    """Distance of covers from real ones of the same genre and of the other genres: means over the genres, with 95 % intervals.

    `nearest_is_own` is the share of the genres whose covers are nearest to real covers of the same genre.
    """
    table = np.array([[frechet(space(found.of(g)), space(real.of(h))) for h in range(len(GENRES))] for g in range(len(GENRES))])
    own = np.eye(len(GENRES), dtype=bool)
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(DRAWS):
        rows = [space(_drawn(part.of(g), rng)) for part in (found, real) for g in range(len(GENRES))]
        made, true = rows[: len(GENRES)], rows[len(GENRES) :]
        draws.append(np.mean([frechet(a, b) for a, b in zip(made, true, strict=True)]))
    # A draw with replacement lies further off than the covers themselves: the interval keeps its width, around the figure.
    low, high = np.quantile(draws, [0.025, 0.975]) - np.mean(draws) + table[own].mean()
    return {
        "same": float(table[own].mean()), "interval": (float(low), float(high)), "other": float(table[~own].mean()),
        "nearest_is_own": float((table.argmin(axis=1) == np.arange(len(GENRES))).mean()),
    }  # fmt: skip


def _drawn(features: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return features[rng.integers(len(features), size=len(features))]


def nearest(found: Seen, learnt: Seen) -> tuple[np.ndarray, np.ndarray]:
    """Cosine of the features and correlation of the thumbnails of each cover with the nearest one learnt from [shape=(n,) each]."""
    pairs = ((_directions(part.features, learnt.features) for part in (found, learnt)), (part.thumbnails for part in (found, learnt)))
    return tuple((first @ second.T).max(axis=1) for first, second in pairs)  # type: ignore[return-value]


def _directions(features: np.ndarray, around: np.ndarray) -> np.ndarray:
    """Features less the mean of real covers, of length 1."""
    away = features - around.mean(axis=0)
    return away / np.linalg.norm(away, axis=1, keepdims=True)


class Judge:
    """A classifier of the genre of real covers: logistic regression on the features."""

    def __init__(self, learnt: Seen) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self._model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=500, class_weight="balanced"))
        self._model.fit(learnt.features, learnt.genres)

    def __call__(self, found: Seen) -> np.ndarray:
        """Index of the genre it sees in each cover [shape=(n,)]."""
        return self._model.predict(found.features)


def right(found: Seen, told: np.ndarray) -> tuple[float, tuple[float, float]]:
    """Share of the covers whose genre is told, the genres weighing alike, with its 95 % interval."""

    def share(truth: np.ndarray, answers: np.ndarray) -> float:
        return float(np.mean([(answers[truth == genre] == genre).mean() for genre in np.unique(truth)]))

    return share(found.genres, told), bootstrap(np.arange(len(told)), share, found.genres, told)


def confusion(found: Seen, told: np.ndarray) -> np.ndarray:
    """How many covers meant for a genre are seen as each [shape=(6, 6)]."""
    table = np.zeros((len(GENRES),) * 2, int)
    np.add.at(table, (found.genres, told), 1)
    return table


def noise(genres: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pictures of nothing, to know the worst there is [shape=(n, 100, 100, 3), uint8]."""
    return rng.integers(0, 256, (len(genres), 100, 100, 3), np.uint8)


def blurred(covers: Covers) -> np.ndarray:
    """Real covers of which only 8 x 8 spots of colour are left [shape=(n, 100, 100, 3), uint8]."""
    from PIL import Image

    small = [Image.fromarray(picture).resize((8, 8), Image.Resampling.BOX) for picture in covers.pictures]
    return np.array([np.asarray(picture.resize((100, 100), Image.Resampling.BICUBIC)) for picture in small], np.uint8)


def looker(arrays: Mapping[str, np.ndarray]) -> Look:
    """The mean features of an EfficientNet-Lite0 by its arrays."""
    from models.efficientnet import Features

    return Features(arrays)


def intended(each: int) -> np.ndarray:
    """Genres of generated covers, so many of each [shape=(6 * each,)]."""
    return np.repeat(np.arange(len(GENRES)), each)


def made_by(generator: Any, genres: Sequence[int] | np.ndarray, seed: int) -> np.ndarray:
    """A cover for each of the genres, each of another seed [shape=(n, 100, 100, 3), uint8]."""
    return generator.generate(np.eye(len(GENRES))[np.asarray(genres)], seed * 1_000_000 + np.arange(len(genres)))
