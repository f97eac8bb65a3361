"""Train the two classifiers that tell the mood of a piece from its notes, each on half of the songs, and measure each on the other half.

Pieces were played by people; what is generated lies on a grid. So each is learnt twice, as it was played and laid on the grid from which
the generator learns, and measures that change with the playing are left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import softmax

from analysis import symbolic
from analysis.training.crossvalidation import FOLDS, Heard, Kept, Report, group_folds, standardisation, timed
from analysis.training.datasets import check_disjoint
from analysis.training.score_mood_cards import Judged, build_card
from analysis.training.score_pieces import on_grid, read_table
from analysis.training.shared_songs import joined
from errors import DataError, ScoreError
from models import registry, score
from models.labels import MOODS
from models.score_mood import Forest
from models.track_genre import LIMIT, KernelClassifier

UNSTEADY = ("gap_10", "gap_25", "tempo", "beat")  # correlate under 0.9 between a piece as it was played and on its grid
TREES = 100
SHARPEST = 40.0


@dataclass(frozen=True)
class Pieces:
    """Pieces with a mood.

    played, gridded : np.ndarray [shape=(n, measures)] of the notes as they were played, and on their grid (nan where none was found)
    moods : np.ndarray [shape=(n,), int] index into MOODS
    songs, sources : np.ndarray [shape=(n,), str] as the table has them
    works : np.ndarray [shape=(n,), str] the songs, with those that go by several names under one
    """

    played: np.ndarray
    gridded: np.ndarray
    moods: np.ndarray
    songs: np.ndarray
    sources: np.ndarray
    works: np.ndarray

    def some(self, rows: np.ndarray) -> "Pieces":
        """Those of some rows."""
        return Pieces(*(values[rows] for values in vars(self).values()))

    @property
    def on_grid(self) -> np.ndarray:
        """Which have a grid [shape=(n,), bool]."""
        return np.isfinite(self.gridded).all(axis=1)

    @property
    def both(self) -> tuple[np.ndarray, np.ndarray]:
        """Measures of all as they were played and, below, of those that have a grid on it; and which piece each row is of."""
        return np.concatenate([self.played, self.gridded[self.on_grid]]), np.concatenate(
            [np.arange(len(self.moods)), np.flatnonzero(self.on_grid)]
        )


@dataclass(frozen=True)
class Kind:
    """A kind of classifier: how it learns (measures, moods, settings -> arrays without sharpness), how it is rebuilt, settings to try."""

    fit: Callable[..., dict[str, np.ndarray]]
    rebuild: Callable[[Mapping[str, np.ndarray]], Any]
    tried: Mapping[str, Sequence[float]]

    @property
    def settings(self) -> list[dict[str, float]]:
        """Every combination that is tried."""
        return [dict(zip(self.tried, values, strict=True)) for values in product(*self.tried.values())]


def train(data: Path, *, seed: int = 0, checkpoints: Path | None = None, report: Report = print) -> dict[str, Any]:
    """Train both classifiers, measure each on the songs of the other, and save weights and card.

    Parameters
    ----------
    data : folder with midi/midi.csv (file, source, song, mood); files without a mood are not used
    seed : of the halves, the folds and the trees
    checkpoints : folder in which the measures of the pieces are kept
    report : receives one line of progress at a time

    Returns
    -------
    the card

    Raises
    ------
    DataError : the table is missing or damaged, or a mood has too few songs
    """
    pieces, measures = load(data, checkpoints, report)
    halves = halved(pieces, seed)
    arrays: dict[str, np.ndarray] = {}
    judged: dict[tuple[str, int], Judged] = {}
    for (name, kind), (number, half) in product(KINDS.items(), enumerate(halves)):
        settings, weights = learn(kind, pieces.some(half), seed)
        held_out = pieces.some(halves[1 - number])
        judged[name, number] = judge(kind.rebuild(weights), held_out, settings)
        report(f"{name}, half {number + 1}: {settings}, {judged[name, number].accuracy:.3f} of the other half's on the grid")
        if number == LEARNS_FROM[name]:
            arrays |= {f"{name}.{key}": array for key, array in weights.items()}
    card = build_card(judged, LEARNS_FROM, measures, [len(half) for half in halves], pieces.sources)
    registry.save("score_mood", arrays, card)
    return registry.card("score_mood")


def load(data: Path, checkpoints: Path | None, report: Report) -> tuple[Pieces, tuple[str, ...]]:
    """The pieces of `data`/midi/midi.csv that have a mood and can be read, and the names of what is measured of them.

    Raises DataError when the table cannot be used, or a mood has fewer songs than twice the folds.
    """
    table = read_table(data / "midi" / "midi.csv")
    table = table[table["mood"] != ""]
    kept = Kept(checkpoints, "score_mood measures", UNSTEADY, table.to_csv())
    arrays = kept.compute("measures", lambda: measured(data, table, report))
    names = tuple(arrays.pop("names").tolist())
    pieces = Pieces(**arrays)
    for number, mood in enumerate(MOODS):
        songs = len(np.unique(pieces.works[pieces.moods == number]))
        if songs < 2 * FOLDS:
            raise DataError(f"{data / 'midi' / 'midi.csv'}: {songs} songs are {mood}, at least {2 * FOLDS} are needed; add some")
    return pieces, names


def measured(data: Path, table: pd.DataFrame, report: Report) -> Heard:
    """Arrays of Pieces, and the `names` of the measures; files that cannot be read are named and left out."""
    found: dict[str, list[Any]] = {name: [] for name in ("notes", "played", "gridded", "moods", "songs", "sources")}
    for row in timed(list(table.itertuples()), "pieces measured", report, every=100):
        try:
            piece = symbolic.read(data / "midi" / str(row.file))
        except ScoreError as error:
            report(f"left out: {error}")
            continue
        values = (*gridded(piece), MOODS.index(str(row.mood)), f"{row.source}/{row.song}", str(row.source))
        for name, value in zip(("notes", "gridded", "moods", "songs", "sources"), values, strict=True):
            found[name].append(value)
        found["played"].append(symbolic.measure(piece))
    names = [name for name in (found["played"] or [{}])[0] if name not in UNSTEADY]
    nothing = dict.fromkeys(names, np.nan)
    songs = np.array(found["songs"], str)
    return {
        **{part: np.array([[(each or nothing)[name] for name in names] for each in found[part]]) for part in ("played", "gridded")},
        "moods": np.array(found["moods"], int),
        "songs": songs,
        "works": joined(songs, found["notes"]),
        "sources": np.array(found["sources"], str),
        "names": np.array(names, str),
    }


def gridded(piece: symbolic.Notes) -> tuple[np.ndarray, dict[str, float] | None]:
    """A piece's notes on its grid, as the generator knows them, and what is measured of them; no notes and None where there is no beat."""
    found = on_grid(piece)
    if found is None:
        return np.empty((0, 4), int), None
    rows, tempo = score.decode(score.encode(found[0])), found[1]
    times = rows[:, :2] / score.PER_BEAT * 60 / tempo
    return found[0], symbolic.measure(symbolic.notes(np.concatenate([times, rows[:, 2:]], axis=1)))


def halved(pieces: Pieces, seed: int) -> list[np.ndarray]:
    """Rows of two halves that share no song, moods and sources spread evenly."""
    from sklearn.model_selection import StratifiedGroupKFold

    kinds = np.char.add(pieces.sources, pieces.moods.astype(str))
    halves = next(StratifiedGroupKFold(2, shuffle=True, random_state=seed).split(kinds, kinds, pieces.works))
    check_disjoint(*(pieces.works[half] for half in halves))
    return list(halves)


def songs_learnt(data: Path, checkpoints: Path | None, report: Report, *, seed: int = 0) -> dict[str, set[str]]:
    """The songs from which each classifier learns, by kind, as `train` with this seed divides them."""
    pieces, _ = load(data, checkpoints, report)
    halves = halved(pieces, seed)
    return {kind: set(pieces.songs[halves[number]].tolist()) for kind, number in LEARNS_FROM.items()}


def learn(kind: Kind, pieces: Pieces, seed: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """The settings with the least cross-validated log loss on pieces on the grid, and arrays of the classifier that learnt from all."""
    measures, owners = pieces.both
    moods, folds = pieces.moods[owners], group_folds(pieces.moods, pieces.works, seed)[owners]
    counted = np.arange(len(owners)) >= len(pieces.moods)
    found = []
    for settings in kind.settings:
        decided = np.empty((len(owners), len(MOODS)))
        for fold in range(FOLDS):
            known = folds != fold
            arrays = kind.fit(measures[known], moods[known], seed=seed, **settings)
            decided[~known] = kind.rebuild(arrays | {"sharpness": np.ones(())}).decide(measures[~known])
        found.append((*sharpened(decided[counted], moods[counted]), settings))
    _, sharpness, settings = min(found, key=lambda each: each[0])
    return settings, kind.fit(measures, moods, seed=seed, **settings) | {"sharpness": np.array(sharpness, np.float32)}


def sharpened(decided: np.ndarray, moods: np.ndarray) -> tuple[float, float]:
    """The least log loss of a softmax of what was decided [shape=(n, 4)], and the sharpness at which it is reached."""
    from scipy.optimize import minimize_scalar

    def loss(sharpness: float) -> float:
        return -float(np.log(softmax(sharpness * decided, axis=1)[np.arange(len(moods)), moods] + 1e-9).mean())

    best = minimize_scalar(loss, bounds=(0.1, SHARPEST), method="bounded")
    return float(best.fun), float(best.x)


def judge(model: Any, held_out: Pieces, settings: Mapping[str, float]) -> Judged:
    """What a classifier says of pieces it does not know."""
    on_grid = held_out.some(held_out.on_grid)
    return Judged(
        dict(settings),
        held_out.moods, model.predict_proba(held_out.played), held_out.works, held_out.sources,
        np.flatnonzero(held_out.on_grid), model.predict_proba(on_grid.gridded),
    )  # fmt: skip


def fit_kernel(measures: np.ndarray, moods: np.ndarray, *, seed: int, width: float, ridge: float) -> dict[str, np.ndarray]:
    """Arrays of a `models.track_genre.KernelClassifier` without sharpness; width : gamma times the number of measures."""
    from sklearn.kernel_ridge import KernelRidge

    mean, scale = standardisation(measures)
    standard = np.clip((measures - mean) / scale, -LIMIT, LIMIT).astype(np.float16)
    aims = np.eye(len(MOODS))[moods]
    shares, gamma = aims.mean(axis=0), width / measures.shape[1]
    model = KernelRidge(alpha=ridge, kernel="rbf", gamma=gamma).fit(standard.astype(float), aims - shares)
    arrays = {"mean": mean, "scale": scale, "coefficients": model.dual_coef_, "shares": shares, "gamma": np.array(gamma)}
    return {"support": standard} | {name: array.astype(np.float32) for name, array in arrays.items()}


def fit_forest(measures: np.ndarray, moods: np.ndarray, *, seed: int, leaf: float, offered: float) -> dict[str, np.ndarray]:
    """Arrays of a `models.score_mood.Forest` without sharpness; leaf : least pieces of one; offered : share of the measures at a fork."""
    from sklearn.ensemble import ExtraTreesClassifier

    model = ExtraTreesClassifier(TREES, min_samples_leaf=int(leaf), max_features=offered, random_state=seed).fit(measures, moods)
    trees = [each.tree_ for each in model.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    children = []
    for root, tree in zip(roots, trees, strict=True):
        both = np.stack([tree.children_left, tree.children_right], axis=1)
        children.append(root + np.where(both < 0, np.arange(tree.node_count)[:, np.newaxis], both))
    shares = np.zeros((sum(tree.node_count for tree in trees), len(MOODS)), np.float16)
    shares[:, model.classes_] = np.concatenate([tree.value[:, 0] / tree.value[:, 0].sum(axis=1, keepdims=True) for tree in trees])
    return {
        "roots": roots.astype(np.int32),
        "feature": np.concatenate([np.maximum(tree.feature, 0) for tree in trees]).astype(np.int8),
        "threshold": np.concatenate([tree.threshold for tree in trees]).astype(np.float32),
        "children": np.concatenate(children).astype(np.int32),
        "leaf_shares": shares,
        "depth": np.array(max(tree.max_depth for tree in trees), np.int32),
    }


KINDS = {
    "chooser": Kind(fit_kernel, partial(KernelClassifier, classes=MOODS), {"width": (0.15, 0.3, 0.6), "ridge": (0.5, 1, 3, 10)}),
    "judge": Kind(fit_forest, Forest, {"leaf": (3, 5, 8), "offered": (0.15, 0.3)}),
}
LEARNS_FROM = {"chooser": 0, "judge": 1}  # the number of the half
