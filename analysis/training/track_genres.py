"""Train and measure the genre of a recording: the ancestor's network on spectrogram and tempogram, and what knows more from little data.

Every artist is held out once (five folds over artists). What is saved is then trained on all with the same settings.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import descriptors, tiles
from analysis.training import networks as published
from analysis.training import own_clips
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
from analysis.training.track_genre_cards import (
    EPOCHS,
    FEWEST_ARTISTS,
    FEWEST_EPOCHS,
    FEWEST_OWN,
    FEWEST_TRACKS,
    GAMMA,
    NETWORK_FOLDS,
    PATIENCE,
    PUBLISHED,
    RATE,
    RIDGE,
    VARIANTS,
    Networks,
    Recordings,
    Variant,
    build_card,
)
from errors import DataError, InputError
from models import layers, registry, track_genre
from models.quiet import quiet_import
from models.track_genre import LIMIT

DESIGNS = ("best", "thesis")


def train(data: Path, *, design: str = "best", seed: int = 0, checkpoints: Path | None = None, report: Report = print) -> dict[str, Any]:
    """Train the genre of a recording, measure it on artists it never heard, and save weights and card.

    Parameters
    ----------
    data : folder with audio/quadrants.csv (file, artist, genres), or one's own clips in folders (`own_clips`)
    design : "best", kernel regression on descriptors; or "thesis", the ancestor's network. The card of the best tells the networks'
        figures as well when they were trained on the same data with the same checkpoints
    seed : of folds, first weights and drawn slices
    checkpoints : folder in which each network's results are kept; a second call goes on where the first was ended
    report : receives one line of progress at a time

    Returns
    -------
    the card

    Raises
    ------
    InputError : the design does not exist, or its networks cannot be kept
    DataError : the table is missing or damaged, or has too few recordings
    """
    if design not in DESIGNS:
        raise InputError(f"design {design!r} does not exist: choose {' or '.join(DESIGNS)}")
    if design == "thesis" and checkpoints is None:
        raise InputError("design thesis: a folder for checkpoints is needed")
    rows, classes, left_out = records(data)
    for line in left_out:
        report(f"genre left out: {line}")
    wanted = {"descriptors": descriptors.of_recording, "slices": lambda signal: tiles.slices(tiles.listen(signal)).astype(np.float16)}
    heard = hear(list(rows["path"]), wanted, report)
    rows = rows[rows["path"].isin(heard.keys())].reset_index(drop=True)
    recordings = _recordings(rows, heard, classes, seed)
    report(f"{len(recordings.labels)} recordings of {len(np.unique(recordings.artists))} artists, {len(classes)} genres")
    settings = (seed, classes, RATE, EPOCHS, PATIENCE, FEWEST_EPOCHS, published.BATCH, track_genre.FILTERS)
    kept = Kept(checkpoints, "track_genre", settings, files(rows["path"]), recordings.labels, recordings.folds)
    if design == "thesis":
        compare_networks(recordings, len(classes), seed, kept, report)
    networks = _finished(recordings, kept)
    decided = cross_validate(recordings, len(classes))
    sharpness = calibrate(decided, recordings)
    ours = _softmax_by_recording(decided, recordings, sharpness)
    curves: dict[str, list] = {}
    if design == "thesis":
        weights, curves = _final_network(recordings, len(classes), seed, kept)
    else:
        weights = fit_kernel(recordings.descriptors, recordings.labels[recordings.owners], recordings.owners, len(classes))
        weights["sharpness"] = np.array(sharpness, np.float32)
    card = build_card(design, recordings, classes, left_out, ours, networks, curves, own=own_clips.given(data))
    own_clips.save("track_genre", weights, card, data, report)
    figures = card["metrics"]
    report(
        f"track_genre: {figures['accuracy']:.1%} right at first, {figures['top3']:.1%} among three, "
        f"mean reciprocal rank {figures['mrr']:.3f}, on artists it never heard"
    )
    return registry.card("track_genre")


def records(data: Path) -> tuple[pd.DataFrame, tuple[str, ...], list[str]]:
    """Recordings with `genre`, the rarest of those AllMusic names, and `named`, all of them; the classes; and the genres left out.

    The rarest says most: nearly everything is Pop/Rock as well. Own clips have the genre whose folder they lie in.

    Raises DataError when the table is missing or lacks a column, or fewer than two genres are large enough.
    """
    own = own_clips.given(data)
    if own:
        rows = own_clips.read(data, ["music"]).rename(columns={"group": "artist", "genre": "genres"})
    else:
        rows = read_table(data, "quadrants", ["artist", "genres"])
    tracks, artists = (FEWEST_OWN, FEWEST_OWN) if own else (FEWEST_TRACKS, FEWEST_ARTISTS)
    named = [{genre.strip() for genre in str(genres).split(";") if genre.strip()} for genres in rows["genres"]]
    counts = Counter(genre for genres in named for genre in genres)
    rarest = [min(genres, key=lambda genre: (counts[genre], genre), default="") for genres in named]
    rows = rows.assign(named=pd.Series(named, index=rows.index), genre=rarest)
    rows = rows[rows["genre"] != ""]
    sizes = rows.groupby("genre")["artist"].agg(["size", "nunique"])
    large = (sizes["size"] >= tracks) & (sizes["nunique"] >= artists)
    left_out = [f"{genre} has {size} recordings of {count} artists" for genre, size, count in sizes[~large].itertuples()]
    classes = tuple(sizes.index[large])
    if len(classes) < 2:
        where = data / "music" if own else data / "audio" / "quadrants.csv"
        raise DataError(f"{where}: fewer than two genres have {tracks} recordings of {artists} artists; add recordings")
    return rows[rows["genre"].isin(classes)].reset_index(drop=True), classes, left_out


def fit_kernel(descriptors: np.ndarray, labels: np.ndarray, owners: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    """Arrays of a `track_genre.KernelClassifier` without `sharpness`; every recording counts the same.

    Tiles overlap by half: every second one of a recording is taken.
    """
    from sklearn.kernel_ridge import KernelRidge

    chosen = np.concatenate([rows[::2] for rows in np.split(np.arange(len(owners)), np.flatnonzero(np.diff(owners)) + 1)])
    descriptors, labels, owners = descriptors[chosen], labels[chosen], owners[chosen]
    mean, scale = standardisation(descriptors)
    standard = np.clip((descriptors - mean) / scale, -LIMIT, LIMIT).astype(np.float16).astype(np.float64)  # as they are kept
    weights = group_weights(owners)
    aims = np.eye(classes)[labels]
    shares = np.average(aims, axis=0, weights=weights)
    gamma = GAMMA / standard.shape[1]
    model = KernelRidge(alpha=RIDGE, kernel="rbf", gamma=gamma).fit(standard, aims - shares, sample_weight=weights)
    return {
        "mean": mean.astype(np.float32), "scale": scale.astype(np.float32), "support": standard.astype(np.float16),
        "coefficients": model.dual_coef_.astype(np.float16), "shares": shares.astype(np.float32), "gamma": np.array(gamma, np.float32),
    }  # fmt: skip


def cross_validate(recordings: Recordings, classes: int) -> np.ndarray:
    """Decisions of the kernel regression for the tiles of artists it was not trained on [shape=(tiles, classes)]."""
    folds = recordings.folds[recordings.owners]
    labels = recordings.labels[recordings.owners]
    found = np.empty((len(labels), classes))
    for fold in range(FOLDS):
        known = folds != fold
        arrays = fit_kernel(recordings.descriptors[known], labels[known], recordings.owners[known], classes)
        model = track_genre.KernelClassifier(arrays | {"sharpness": np.ones((), np.float32)}, tuple(map(str, range(classes))))
        found[~known] = model.decide(recordings.descriptors[~known])
    return found


def calibrate(decided: np.ndarray, recordings: Recordings) -> float:
    """Sharpness of the softmax at which the held-out recordings' true genres are likeliest."""
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(recordings.labels))

    def loss(sharpness: float) -> float:
        predicted = _softmax_by_recording(decided, recordings, sharpness)
        return -float(np.log(np.maximum(predicted[rows, recordings.labels], 1e-9)).mean())

    return float(minimize_scalar(loss, bounds=(1, 40), method="bounded").x)


def compare_networks(recordings: Recordings, classes: int, seed: int, kept: Kept, report: Report) -> None:
    """Train each variant of the ancestor's network once for each fold whose artists are held out from it, and keep what it predicts."""
    keras = quiet_import("keras")

    jobs = [(variant, fold) for variant in VARIANTS for fold in NETWORK_FOLDS]
    for variant, fold in timed([job for job in jobs if kept.get(_name(*job)) is None], "networks trained", report):

        def compute(variant: Variant = variant, fold: int = fold) -> dict[str, np.ndarray]:
            network, curves = _train_network(variant, recordings, fold, classes, seed)
            held_out = recordings.folds[recordings.slice_owners] == fold
            return {"predicted": published.predict(network, recordings.slices[held_out])} | published.packed(curves)

        kept.compute(_name(variant, fold), compute)
        keras.backend.clear_session()


def _name(variant: Variant, fold: int) -> str:
    return f"{variant[0]}-{variant[1]}-{variant[2]}-{fold}"


def _finished(recordings: Recordings, kept: Kept) -> Networks | None:
    """What the variants that were trained said; None where the published one was not."""
    results = {variant: kept.all(_name(variant, fold) for fold in NETWORK_FOLDS) for variant in VARIANTS}
    votes, curves = {}, {}
    for variant, kept_folds in results.items():
        if kept_folds is not None:
            found = [kept_folds[_name(variant, fold)] for fold in NETWORK_FOLDS]
            votes[variant] = _votes(recordings, [arrays["predicted"] for arrays in found])
            curves[variant] = [published.unpacked(arrays) for arrays in found]
    return Networks(votes, curves) if PUBLISHED in votes else None


def _votes(recordings: Recordings, predicted: Sequence[np.ndarray]) -> np.ndarray:
    """Share of each recording's slices that got each genre, in the order of the recordings; the mean probability decides ties."""
    folds = recordings.folds[recordings.slice_owners]
    owners = np.concatenate([recordings.slice_owners[folds == fold] for fold in NETWORK_FOLDS])
    by_slice = np.concatenate(predicted)
    return mean_by(owners, np.eye(by_slice.shape[1])[by_slice.argmax(axis=1)] + 1e-3 * by_slice)


def _train_network(variant: Variant, recordings: Recordings, held_out: int, classes: int, seed: int) -> tuple[Any, published.Curves]:
    """A variant of the network, trained without a fold (-1: without none)."""
    keras = quiet_import("keras")

    keras.utils.set_random_seed(seed)
    convolutions, regulariser, dropout = variant
    network = track_genre.build(classes, convolutions=convolutions, regulariser=regulariser, dropout=dropout)
    learnt, watched = published.learnt_and_watched(recordings.folds[recordings.slice_owners], held_out)
    targets = np.eye(classes, dtype=np.float32)[recordings.labels[recordings.slice_owners]]

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        chosen = rng.permutation(learnt)  # slices of a recording overlap by half: an epoch sees one of them
        chosen = rng.permutation(chosen[np.unique(recordings.slice_owners[chosen], return_index=True)[1]])
        return recordings.slices[chosen], targets[chosen]

    examples = published.Examples(recordings.slices[watched], targets[watched], np.ones(len(watched)))
    curves = published.fit(network, draw, examples, rate=RATE, epochs=EPOCHS, patience=PATIENCE, fewest=FEWEST_EPOCHS, seed=seed)
    return network, curves


def _final_network(recordings: Recordings, classes: int, seed: int, kept: Kept) -> tuple[dict[str, np.ndarray], dict[str, list]]:
    """Weights of the published network that learns from all artists but those it is stopped by, and its curves."""

    def compute() -> dict[str, np.ndarray]:
        network, curves = _train_network(PUBLISHED, recordings, -1, classes, seed)
        return layers.to_arrays(network) | published.packed(curves)

    arrays = kept.compute(_name(PUBLISHED, -1), compute)
    return {name: array for name, array in arrays.items() if not name.startswith("curve.")}, published.unpacked(arrays)


# --- the data -----------------------------------------------------------------------------------------------------


def _recordings(rows: pd.DataFrame, heard: Mapping[Path, Mapping[str, np.ndarray]], classes: Sequence[str], seed: int) -> Recordings:
    labels = rows["genre"].map(list(classes).index).to_numpy()
    artists = rows["artist"].astype(str).to_numpy()
    parts = [heard[path] for path in rows["path"]]
    owners = {name: np.repeat(np.arange(len(rows)), [len(part[name]) for part in parts]) for name in ("descriptors", "slices")}
    return Recordings(
        labels, artists, group_folds(labels, artists, seed), np.array([[genre in named for genre in classes] for named in rows["named"]]),
        np.concatenate([part["descriptors"] for part in parts]), owners["descriptors"],
        np.concatenate([part["slices"] for part in parts]), owners["slices"],
    )  # fmt: skip


def _softmax_by_recording(decided: np.ndarray, recordings: Recordings, sharpness: float) -> np.ndarray:
    from scipy.special import softmax

    return mean_by(recordings.owners, softmax(sharpness * decided, axis=1))
