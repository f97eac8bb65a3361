"""Train and measure the film genres of a score: the ancestor's convolutional networks, and what ranks better on little data.

Every film is held out once (five folds over films). What is saved is then trained on all films with the same settings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import descriptors, tiles
from analysis.training import networks as published
from analysis.training.crossvalidation import (
    FOLDS,
    Kept,
    Report,
    files,
    group_folds,
    group_weights,
    hear,
    mean_by,
    standardisation,
    timed,
)
from analysis.training.datasets import read_table
from analysis.training.film_genre_cards import (
    ALSO_MUSICAL,
    CANDIDATES,
    ENSEMBLE_PATIENCE,
    EPOCHS,
    FEWEST_FILMS,
    NETWORK_FOLDS,
    RATE,
    SINGLE_PATIENCE,
    STRENGTH,
    Candidate,
    Networks,
    Scores,
    build_card,
)
from errors import DataError, InputError
from models import film_genre, registry
from models.film_genre import GENRES, LIMIT
from models.quiet import quiet_import

DESIGNS = ("best", "thesis")


def train(data: Path, *, design: str = "best", seed: int = 0, checkpoints: Path | None = None, report: Report = print) -> dict[str, Any]:
    """Train the film genres of a score, measure them on films they never heard, and save weights and card.

    Parameters
    ----------
    data : folder with audio/film_scores.csv (file, film, film_key, track, imdb_genres, more_genres)
    design : "best", logistic regressions on descriptors; or "thesis", the ancestor's networks. The card of the best tells the
        networks' figures as well when they were trained on the same data with the same checkpoints
    seed : of folds, first weights and drawn tiles
    checkpoints : folder in which each network's results are kept; a second call goes on where the first was ended
    report : receives one line of progress at a time

    Returns
    -------
    the card

    Raises
    ------
    InputError : the design does not exist, or its networks cannot be kept
    DataError : the table is missing or damaged, or has too few films
    """
    if design not in DESIGNS:
        raise InputError(f"design {design!r} does not exist: choose {' or '.join(DESIGNS)}")
    if design == "thesis" and checkpoints is None:
        raise InputError("design thesis: a folder for checkpoints is needed")
    rows = records(data)
    heard = hear(list(rows["path"]), {"descriptors": descriptors.of_recording, "mfcc": _small_mfcc}, report)
    rows = rows[rows["path"].isin(heard.keys())].reset_index(drop=True)
    classes = _large_enough(rows, report)
    scores = _scores(rows, [heard[path] for path in rows["path"]], classes, seed)
    report(f"{len(rows)} excerpts of {rows['film_key'].nunique()} films, {len(scores.films)} tiles, {len(classes)} genres")
    settings = (seed, classes, RATE, EPOCHS, SINGLE_PATIENCE, ENSEMBLE_PATIENCE, published.BATCH)
    kept = Kept(checkpoints, "film_genre", settings, files(rows["path"]), scores.truth, scores.folds)
    if design == "thesis":
        cross_validate_networks(scores, classes, seed, kept, report)
    networks = _finished(scores, classes, kept)
    predictions = {"frequency": frequencies(scores), "logistic": cross_validate(scores)}
    curves: dict[str, list] = {}
    if design == "thesis":
        weights, curves = _final_networks(scores, classes, seed, kept, report)
    else:
        weights = fit_logistic(scores.descriptors, scores.truth, scores.films)
    card = build_card(design, rows, scores, classes, predictions, networks, candidates(rows, scores), curves)
    registry.save("film_genre", weights, card)
    low, high = card["metrics"]["intervals"]["lrap_gain"]
    report(
        f"film_genre: LRAP {card['metrics']['lrap']:.3f}, {card['metrics']['lrap_gain']:+.3f} ({low:+.3f} to {high:+.3f}) against "
        "ranking by frequency, on films it never heard"
    )
    return registry.card("film_genre")


def records(data: Path) -> pd.DataFrame:
    """Excerpts with their film, track and `genres` [set of str]: all that IMDb names, the first three and the rest.

    Raises DataError when the table is missing or lacks a column.
    """
    rows = read_table(data, "film_scores", ["film", "film_key", "track", "imdb_genres", "more_genres"])
    named = rows["imdb_genres"].astype(str) + "|" + rows["more_genres"].astype(str)
    genres = [{genre for genre in names.split("|") if genre} for names in named]
    genres = [found | ({"Musical"} if ALSO_MUSICAL in found else set()) for found in genres]
    return rows.assign(genres=pd.Series(genres, index=rows.index))


def frequencies(scores: Scores) -> np.ndarray:
    """The honest baseline: share of the training films that have each genre [shape=(tiles, classes)]."""
    found = np.empty(scores.truth.shape)
    for fold in range(FOLDS):
        known = scores.folds != fold
        found[~known] = mean_by(scores.films[known], scores.truth[known]).mean(axis=0)
    return found


def fit_logistic(descriptors: np.ndarray, truth: np.ndarray, films: np.ndarray) -> dict[str, np.ndarray]:
    """Arrays of a `film_genre.Logistic`; every film counts the same. A genre that all or no films have keeps its share."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = standardisation(descriptors)
    standard = np.clip((descriptors - mean) / scale, -LIMIT, LIMIT)
    weights = group_weights(films)
    coefficients, intercepts = np.zeros((standard.shape[1], truth.shape[1])), np.empty(truth.shape[1])
    for k, has in enumerate(truth.T):
        if has.all() or not has.any():
            intercepts[k] = 4.0 if has.all() else -4.0
            continue
        model = LogisticRegression(C=STRENGTH, max_iter=500).fit(standard, has, weights)
        coefficients[:, k], intercepts[k] = model.coef_[0], model.intercept_[0]
    return {
        "mean": mean.astype(np.float32), "scale": scale.astype(np.float32),
        "coefficients": coefficients.astype(np.float16), "intercepts": intercepts.astype(np.float16),
    }  # fmt: skip


def cross_validate(scores: Scores) -> np.ndarray:
    """Probabilities of the logistic regressions for the tiles of films they were not trained on [shape=(tiles, classes)]."""
    found = np.empty(scores.truth.shape)
    for fold in range(FOLDS):
        known = scores.folds != fold
        arrays = fit_logistic(scores.descriptors[known], scores.truth[known], scores.films[known])
        model = film_genre.Logistic(arrays, tuple(map(str, range(scores.truth.shape[1]))))
        found[~known] = model.predict_proba(scores.descriptors[~known])
    return found


def cross_validate_networks(scores: Scores, classes: Sequence[str], seed: int, kept: Kept, report: Report) -> None:
    """Train the ancestor's networks once for each fold that is held out from them, and keep what they predict."""
    keras = quiet_import("keras")

    for fold, name in timed([job for job in _jobs(classes) if kept.get(_name(*job)) is None], "networks trained", report):

        def compute(fold: int = fold, name: str = name) -> dict[str, np.ndarray]:
            network, curves = _train_network(name, scores, fold, classes, seed)
            return {"predicted": published.predict(network, scores.mfcc[scores.folds == fold])} | published.packed(curves)

        kept.compute(_name(fold, name), compute)
        keras.backend.clear_session()


def _jobs(classes: Sequence[str]) -> list[tuple[int, str]]:
    """Fold and network of every training: the single networks first."""
    return [(fold, "single") for fold in NETWORK_FOLDS] + [(fold, genre) for fold in NETWORK_FOLDS for genre in classes]


def _finished(scores: Scores, classes: Sequence[str], kept: Kept) -> Networks | None:
    """What the networks predicted [NaN outside of NETWORK_FOLDS], and how they were trained, when all of them are there."""
    results = kept.all(_name(*job) for job in _jobs(classes))
    if results is None:
        return None
    predicted = {name: np.full(scores.truth.shape, np.nan) for name in ("single", "ensemble")}
    for fold in NETWORK_FOLDS:
        held_out = scores.folds == fold
        predicted["single"][held_out] = results[_name(fold, "single")]["predicted"]
        predicted["ensemble"][held_out] = np.hstack([results[_name(fold, genre)]["predicted"] for genre in classes])
    curves = {name: [published.unpacked(results[_name(fold, name)]) for fold in NETWORK_FOLDS] for name in ("single", *classes)}
    return Networks(predicted, curves)


def _name(fold: int, network: str) -> str:
    return f"{network}-{fold}"


def _train_network(name: str, scores: Scores, held_out: int, classes: Sequence[str], seed: int) -> tuple[Any, published.Curves]:
    """The single network, or the binary network of one genre, trained without a fold (-1: without none)."""
    keras = quiet_import("keras")

    keras.utils.set_random_seed(seed)
    single = name == "single"
    network = film_genre.build(len(classes) if single else 1)
    learnt, watched = published.learnt_and_watched(scores.folds, held_out)
    truth = scores.truth if single else scores.truth[:, [list(classes).index(name)]]
    if not truth[learnt].any(axis=0).all():
        raise DataError("audio/film_scores.csv: a fold has all films of a genre; add films")
    excerpts = len(np.unique(scores.excerpts[learnt]))

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        one_each = rng.permutation(learnt)  # tiles of an excerpt overlap: one of them is drawn
        one_each = one_each[np.unique(scores.excerpts[one_each], return_index=True)[1]]
        chosen, targets = (_equal_genres if single else _equal_halves)(one_each, truth[one_each], rng)
        return scores.mfcc[chosen], targets

    def epoch(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """As many examples as there are excerpts, or more: of a rare genre, several draws."""
        drawn = [draw(rng)]
        while sum(len(targets) for _, targets in drawn) < excerpts:
            drawn.append(draw(rng))
        inputs, targets = map(np.concatenate, zip(*drawn, strict=True))
        return inputs, targets

    patience = SINGLE_PATIENCE if single else ENSEMBLE_PATIENCE
    watching = _watched(scores.mfcc, truth, watched)
    return network, published.fit(network, epoch, watching, rate=RATE, epochs=EPOCHS, patience=patience, seed=seed)


def _equal_genres(rows: np.ndarray, truth: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Examples of each genre, equally many: a tile is one of each of its genres, and the ancestor's ten were equally frequent."""
    classes = truth.shape[1]
    each = -(-len(rows) // classes)
    chosen = np.concatenate([np.resize(rng.permutation(rows[has]), each) for has in truth.T])
    order = rng.permutation(len(chosen))
    return chosen[order], np.repeat(np.eye(classes, dtype=np.float32), each, axis=0)[order]


def _equal_halves(rows: np.ndarray, truth: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """All that have the genre, and as many at random that do not; repeated where there are fewer (of Drama)."""
    has = truth[:, 0]
    negatives = np.resize(rng.permutation(rows[~has])[: has.sum()], has.sum())
    order = rng.permutation(2 * has.sum())
    return np.concatenate([rows[has], negatives])[order], np.repeat(np.array([[1], [0]], np.float32), has.sum(), axis=0)[order]


def _watched(mfcc: np.ndarray, truth: np.ndarray, rows: np.ndarray) -> published.Examples:
    """Every tile, as often as it has genres; the genres weigh alike, or those that have the one genre and those that do not."""
    if truth.shape[1] == 1:
        return published.Examples(mfcc[rows], truth[rows].astype(np.float32), group_weights(truth[rows, 0]))
    tile, genre = np.nonzero(truth[rows])
    return published.Examples(mfcc[rows[tile]], np.eye(truth.shape[1], dtype=np.float32)[genre], group_weights(genre))


def _final_networks(
    scores: Scores, classes: Sequence[str], seed: int, kept: Kept, report: Report
) -> tuple[dict[str, np.ndarray], dict[str, list]]:
    """Weights of the ensemble that learns from all films but those it is stopped by, and the curves all its networks have (means)."""
    weights: dict[str, np.ndarray] = {}
    curves = []
    for genre in timed(classes, "networks trained on all films", report):

        def compute(genre: str = genre) -> dict[str, np.ndarray]:
            network, curve = _train_network(genre, scores, -1, classes, seed)
            return film_genre.to_arrays({genre: network}) | published.packed(curve)

        arrays = kept.compute(_name(-1, genre), compute)
        curves.append(published.unpacked(arrays))
        weights |= {name: array for name, array in arrays.items() if not name.startswith("curve.")}
    shortest = min(len(curve["epoch"]) for curve in curves)
    return weights, {name: np.mean([curve[name][:shortest] for curve in curves], axis=0).round(4).tolist() for name in curves[0]}


def candidates(rows: pd.DataFrame, scores: Scores) -> list[Candidate]:
    """The genres of CANDIDATES that enough films have, predicted as the others are."""
    found = []
    for genre in CANDIDATES:
        has = np.array([genre in genres for genres in rows["genres"]])
        films = rows["film_key"][has].nunique()
        if films >= FEWEST_FILMS:
            alone = replace(scores, truth=has[scores.excerpts][:, np.newaxis])
            truth, predicted = (mean_by(scores.tracks, values)[:, 0] for values in (alone.truth, cross_validate(alone)))
            found.append(Candidate(genre, films, truth > 0.5, predicted, scores.film_of_track()))
    return found


# --- the data -----------------------------------------------------------------------------------------------------


def _small_mfcc(signal: np.ndarray) -> np.ndarray:
    return tiles.mfcc_tiles(tiles.listen(signal)).astype(np.float16)


def _large_enough(rows: pd.DataFrame, report: Report) -> tuple[str, ...]:
    """The genres that enough films have; the others are reported. Raises DataError when fewer than two are left."""
    films = rows.drop_duplicates("film_key")["genres"]
    counts = {genre: sum(genre in found for found in films) for genre in GENRES}
    for genre, count in counts.items():
        if count < FEWEST_FILMS:
            report(f"genre left out: {genre} has {count} films, {FEWEST_FILMS} are needed")
    classes = tuple(genre for genre, count in counts.items() if count >= FEWEST_FILMS)
    if len(classes) < 2:
        raise DataError(f"audio/film_scores.csv: fewer than two genres have {FEWEST_FILMS} films or more; add films")
    return classes


def _scores(rows: pd.DataFrame, heard: Sequence[Mapping[str, np.ndarray]], classes: Sequence[str], seed: int) -> Scores:
    truth = np.array([[genre in found for genre in classes] for found in rows["genres"]])
    rarest = np.where(truth, truth.sum(axis=0), len(truth) + 1).argmin(axis=1)  # spreads the rare genres over the folds
    folds = group_folds(rarest, rows["film_key"].to_numpy(), seed)
    of = np.repeat(np.arange(len(rows)), [len(part["mfcc"]) for part in heard])
    tracks = (rows["film_key"] + "/" + rows["track"].astype(str)).to_numpy()
    descriptors, mfcc = (np.concatenate([part[name] for part in heard]) for name in ("descriptors", "mfcc"))
    return Scores(descriptors, mfcc, truth[of], rows["film_key"].to_numpy()[of], tracks[of], of, folds[of])
