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
from analysis.training.crossvalidation import (
    FOLDS,
    Kept,
    Report,
    files,
    fit_network,
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
    ENSEMBLE_EPOCHS,
    FEWEST_FILMS,
    NETWORK_FOLDS,
    RATE,
    SINGLE_EPOCHS,
    STRENGTH,
    Candidate,
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
    InputError : the design does not exist
    DataError : the table is missing or damaged, or has too few films
    """
    if design not in DESIGNS:
        raise InputError(f"design {design!r} does not exist: choose {' or '.join(DESIGNS)}")
    rows = records(data)
    heard = hear(list(rows["path"]), {"descriptors": descriptors.of_recording, "mfcc": _small_mfcc}, report)
    rows = rows[rows["path"].isin(heard.keys())].reset_index(drop=True)
    classes = _large_enough(rows, report)
    scores = _scores(rows, [heard[path] for path in rows["path"]], classes, seed)
    report(f"{len(rows)} excerpts of {rows['film_key'].nunique()} films, {len(scores.films)} tiles, {len(classes)} genres")
    kept = Kept(checkpoints, "film_genre", seed, classes, SINGLE_EPOCHS, ENSEMBLE_EPOCHS, files(rows["path"]), scores.truth, scores.folds)
    networks = cross_validate_networks(scores, classes, seed, kept, report) if design == "thesis" else _finished(scores, classes, kept)
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


def cross_validate_networks(scores: Scores, classes: Sequence[str], seed: int, kept: Kept, report: Report) -> dict[str, np.ndarray]:
    """Predictions of the ancestor's networks for the tiles of films they were not trained on.

    Returns
    -------
    single : the softmax network; ensemble : the binary networks; both [shape=(tiles, classes)], NaN outside NETWORK_FOLDS
    """
    keras = quiet_import("keras")

    jobs = [(fold, name) for fold in NETWORK_FOLDS for name in ("single", *classes)]
    for fold, name in timed([job for job in jobs if kept.get(_name(*job)) is None], "networks trained", report):
        held_out = scores.folds == fold

        def compute(name: str = name, held_out: np.ndarray = held_out) -> dict[str, np.ndarray]:
            network, _ = _train_network(name, scores, ~held_out, classes, seed)
            return {"predicted": network.predict(scores.mfcc[held_out].astype(np.float32), batch_size=256, verbose=0)}

        kept.compute(_name(fold, name), compute)
        keras.backend.clear_session()
    found = _finished(scores, classes, kept)
    if found is None:  # nothing is kept without a folder
        raise InputError("design thesis: a folder for checkpoints is needed")
    return found


def _finished(scores: Scores, classes: Sequence[str], kept: Kept) -> dict[str, np.ndarray] | None:
    """The networks' predictions when all of them are there."""
    results = kept.all(_name(fold, name) for fold in NETWORK_FOLDS for name in ("single", *classes))
    if results is None:
        return None
    found = {name: np.full(scores.truth.shape, np.nan) for name in ("single", "ensemble")}
    for fold in NETWORK_FOLDS:
        held_out = scores.folds == fold
        found["single"][held_out] = results[_name(fold, "single")]["predicted"]
        found["ensemble"][held_out] = np.hstack([results[_name(fold, genre)]["predicted"] for genre in classes])
    return found


def _name(fold: int | str, network: str) -> str:
    return f"{network}-{fold}"


def _train_network(name: str, scores: Scores, known: np.ndarray, classes: Sequence[str], seed: int) -> tuple[Any, dict[str, list[float]]]:
    """The single network, or the binary network of one genre, trained on the tiles that are `known`."""
    keras = quiet_import("keras")

    keras.utils.set_random_seed(seed)
    usable = np.flatnonzero(known)
    single = name == "single"
    network = film_genre.build(len(classes) if single else 1)

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        one_each = rng.permutation(usable)  # tiles of an excerpt overlap: an epoch sees one of them
        one_each = one_each[np.unique(scores.excerpts[one_each], return_index=True)[1]]
        truth = scores.truth[one_each]
        if single:  # a tile is an example of each of its genres, and the genres are equally frequent, as the ancestor had it
            each = max(1, len(one_each) // len(classes))
            drawn = [(row, k) for k in range(len(classes)) for row in np.resize(rng.permutation(one_each[truth[:, k]]), each)]
            order = rng.permutation(len(drawn))
            chosen, targets = np.array(drawn)[order].T
            return scores.mfcc[chosen], np.eye(len(classes), dtype=np.float32)[targets]
        has = truth[:, list(classes).index(name)]
        negatives = rng.permutation(one_each[~has])[: has.sum()]
        # Where a genre is more frequent than its absence (Drama) the negatives are repeated, for the two to weigh alike.
        chosen = rng.permutation(np.concatenate([one_each[has], np.resize(negatives, has.sum())]))
        return scores.mfcc[chosen], scores.truth[chosen, list(classes).index(name)].astype(np.float32)[:, np.newaxis]

    loss, epochs = ("categorical_crossentropy", SINGLE_EPOCHS) if single else ("binary_crossentropy", ENSEMBLE_EPOCHS)
    return network, fit_network(network, draw, loss=loss, rate=RATE, epochs=epochs, seed=seed)


def _final_networks(
    scores: Scores, classes: Sequence[str], seed: int, kept: Kept, report: Report
) -> tuple[dict[str, np.ndarray], dict[str, list]]:
    """Weights of the ensemble trained on all films, and the mean curves of its networks."""
    weights: dict[str, np.ndarray] = {}
    curves = []
    for genre in timed(classes, "networks trained on all films", report):

        def compute(genre: str = genre) -> dict[str, np.ndarray]:
            network, curve = _train_network(genre, scores, np.ones(len(scores.films), bool), classes, seed)
            return film_genre.to_arrays({genre: network}) | {f"curve.{name}": np.array(values) for name, values in curve.items()}

        arrays = kept.compute(_name("all", genre), compute)
        curves.append({name[6:]: array for name, array in arrays.items() if name.startswith("curve.")})
        weights |= {name: array for name, array in arrays.items() if not name.startswith("curve.")}
    return weights, {name: np.mean([curve[name] for curve in curves], axis=0).round(4).tolist() for name in curves[0]}


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
