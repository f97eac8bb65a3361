"""Train what describes music: one trunk on the descriptors of 10-second windows, a head for every kind of label.

The recordings are divided into five parts by artist, film or file. Each part in turn is held out and the others are learnt, so
that every recording is once predicted by trunks that never heard its artist: the figures in the cards and the calibration come
from these predictions. The trunks of all five rounds together are what is kept.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import descriptors
from analysis.files import whole_file
from analysis.training import attribute_cards, augmentation, calibration
from analysis.training.attribute_records import danceability_values, genre_classes, levels, raw_danceability, recordings, teacher_by_genre
from analysis.training.crossvalidation import FOLDS, group_folds
from analysis.training.datasets import read_signals
from analysis.training.targets import KINDS, Targets, losses, targets
from errors import DataError
from models import attributes as networks
from models import registry
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES
from models.quiet import quiet_import

MEMBERS = 2  # trunks of each round, from other first weights
COPIES = 2  # of each recording: as it is, and in other conditions
EPOCHS, BATCH, RATE, WEIGHT_DECAY = 30, 256, 2e-3, 1e-3
WINDOW_STEP = 5  # s between the windows of a recording
SIGN_VALUES = (0.25, 0.75)  # a sign says only which half of the scale: its middle is taken
SIGNS_COUNT = {"energy": 2.0, "valence": 0.5}  # all signs together, beside all ratings together

Report = Callable[[str], None]


@dataclass(frozen=True)
class Windows:
    """Descriptors [shape=(n, descriptors), float32] of windows, and the recording of each [shape=(n,)]."""

    table: np.ndarray
    clip: np.ndarray


def train(
    data: Path, *, epochs: int = EPOCHS, copies: int = COPIES, seed: int = 0, checkpoints: Path | None = None, report: Report = print
) -> dict[str, dict[str, Any]]:
    """Train on the recordings below `data`, and write weights and cards.

    Parameters
    ----------
    data : folder in the layout docs/training.md describes
    epochs : passes over all windows in each round
    copies : of each recording; the first is the recording as it is
    seed : of the rounds, the first weights and the conditions
    checkpoints : folder for what is finished; a second call with it goes on where the first was ended
    report : receives one line of progress at a time

    Returns
    -------
    the card of each attribute

    Raises
    ------
    DataError : a table is missing or damaged, or holds too few recordings of a class
    """
    rows, signals = read(data, report)
    aims = targets(rows)
    folds = split(rows, seed)
    heard = [_windows(rows, signals, copy, seed, checkpoints, report) for copy in range(copies)]
    rounds = _Rounds(rows, aims, folds, heard, epochs, seed, checkpoints, report)
    outcomes = [rounds.train(fold, member) for fold in range(FOLDS) for member in range(MEMBERS)]
    logits = _unseen_logits(outcomes, folds, heard[0])
    found = calibrate(rows, logits, heard[0].clip)
    predictions = _unseen_predictions(rows, logits, heard[0].clip, folds)
    cards = attribute_cards.cards(rows, folds, predictions, heard[0].clip, [curves for _, curves in outcomes])
    weights = networks.bundle([arrays for arrays, _ in outcomes], found)
    registry.save("attributes", weights, cards)
    for name in ATTRIBUTES:
        report(f"{name}: " + attribute_cards.summary(registry.card(name)))
    return {name: registry.card(name) for name in ATTRIBUTES}


def read(data: Path, report: Report) -> tuple[pd.DataFrame, dict[Path, np.ndarray]]:
    """Every recording that can be read, with its labels, and the signals; what cannot be read is reported and left out.

    `teacher` in the rows' attrs is a table of how the teacher of danceability agrees with what is published.
    """
    rows = recordings(data)
    signals, skipped = read_signals(rows["path"])
    for line in skipped:
        report(f"left out: {line}")
    rows = rows[rows["path"].isin(signals.keys())].reset_index(drop=True)
    report(f"{len(rows)} recordings of {rows['group'].nunique()} artists, films and files, {len(skipped)} left out; measuring danceability")
    raw = raw_danceability(rows, signals)
    rows = rows.assign(danceability=danceability_values(rows, raw, data))
    rows.attrs["teacher"] = teacher_by_genre(rows, raw, data)
    return rows, signals


def split(rows: pd.DataFrame, seed: int) -> np.ndarray:
    """Round in which each recording is held out [shape=(len(rows),)]; sources and genres are spread evenly, no group is in two.

    Raises DataError if a class has too few groups.
    """
    for attribute, classes in ATTRIBUTES.items():
        labels = true_classes(rows, attribute)
        for index, name in enumerate(classes):
            if rows["group"][labels == index].nunique() < FOLDS:
                raise DataError(f"{attribute}: recordings of fewer than {FOLDS} artists, films or files are {name}; add some")
    kinds = rows["source"] + "/" + rows["genre"]
    return group_folds(kinds.to_numpy(), rows["group"].to_numpy(), seed)


def true_classes(rows: pd.DataFrame, attribute: str) -> np.ndarray:
    """Class index of each recording, -1 where unknown."""
    return genre_classes(rows["genre"].tolist()) if attribute == "genre" else levels(rows[attribute].to_numpy())


# --- descriptors ------------------------------------------------------------------------------------------------------


def _windows(
    rows: pd.DataFrame, signals: Mapping[Path, np.ndarray], copy: int, seed: int, checkpoints: Path | None, report: Report
) -> Windows:
    """Descriptors of the windows of a copy of every recording; kept in `checkpoints`, where they are looked for first."""
    path = checkpoints / f"descriptors-{copy}.npz" if checkpoints else None
    fingerprint = _fingerprint(rows, signals, copy, seed)
    if path and path.is_file():
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["fingerprint"]) == fingerprint:
                return Windows(kept["table"], kept["clip"])
    tables, begun = [], time.monotonic()
    for clip, recording in enumerate(rows["path"]):
        signal = signals[recording] if copy == 0 else changed(signals[recording], np.random.default_rng([seed, copy, clip]))
        tables.append(descriptors.of_recording(signal, WINDOW_STEP))
        if (clip + 1) % 200 == 0:
            left = (time.monotonic() - begun) / (clip + 1) * (len(rows) - clip - 1)
            report(f"descriptors, copy {copy + 1}: {clip + 1} of {len(rows)} recordings, {left / 60:.0f} min left")
    windows = Windows(np.concatenate(tables), np.repeat(np.arange(len(rows)), [len(table) for table in tables]))
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as partial, partial.open("wb") as stream:
            np.savez(stream, fingerprint=fingerprint, table=windows.table, clip=windows.clip)
    return windows


def changed(signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The recording in other conditions: speed and pitch, colour, noise, overdrive, room and level [int16]."""
    sound = signal.astype(np.float64) / 32768
    if rng.random() < 0.6:
        sound = augmentation.change_speed(sound, 2 ** rng.uniform(-1.5 / 12, 1.5 / 12))
    if rng.random() < 0.6:
        coloured = augmentation.colour(sound, rng)
        sound = coloured if rng.random() < 0.5 else (sound + coloured) / 2
    if rng.random() < 0.3:
        sound = augmentation.add_noise(sound, rng.uniform(15, 40), rng)
    if rng.random() < 0.15:
        sound = augmentation.overdrive(sound, rng.uniform(-10, 6))
    if rng.random() < 0.15:
        sound = augmentation.reverberate(sound, rng)
    return augmentation.place(sound, -rng.uniform(0, 20))


def _fingerprint(rows: pd.DataFrame, signals: Mapping[Path, np.ndarray], copy: int, seed: int) -> str:
    digest = hashlib.sha256(repr((copy, seed if copy else 0, WINDOW_STEP, descriptors.NAMES, descriptors.REVISION)).encode())
    for path in rows["path"]:
        digest.update(signals[path].tobytes())
    return digest.hexdigest()


# --- rounds -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rounds:
    """What all rounds of training share."""

    rows: pd.DataFrame
    aims: Targets
    folds: np.ndarray
    heard: list[Windows]
    epochs: int
    seed: int
    checkpoints: Path | None
    report: Report

    def train(self, fold: int, member: int) -> tuple[dict[str, np.ndarray], dict[str, list[float]]]:
        """A trunk that never heard the recordings of `fold`, as arrays, and its curves; taken from the checkpoint if it is there."""
        path = self.checkpoints / f"round-{fold}-{member}.npz" if self.checkpoints else None
        fingerprint = self._fingerprint(fold, member)
        if path and path.is_file():
            with np.load(path, allow_pickle=False) as kept:
                if str(kept["fingerprint"]) == fingerprint:
                    curves = json.loads(str(kept["curves"]))
                    return {name: kept[name] for name in kept.files if name not in ("fingerprint", "curves")}, curves
        begun = time.monotonic()
        arrays, curves = self._fit(fold, member)
        done, took = fold * MEMBERS + member + 1, time.monotonic() - begun
        left = took * (FOLDS * MEMBERS - done)
        self.report(f"round {done} of {FOLDS * MEMBERS}: loss {curves['val_loss'][-1]:.3f} held out, {left / 60:.0f} min left")
        if path:
            with whole_file(path) as partial, partial.open("wb") as stream:
                np.savez(stream, fingerprint=fingerprint, curves=json.dumps(curves), **arrays)  # type: ignore[arg-type]
        return arrays, curves

    def _fit(self, fold: int, member: int) -> tuple[dict[str, np.ndarray], dict[str, list[float]]]:
        keras = quiet_import("keras")
        keras.utils.set_random_seed(self.seed * 1000 + fold * MEMBERS + member)
        clip = np.concatenate([windows.clip for windows in self.heard])
        table = np.concatenate([windows.table for windows in self.heard])
        known = self.folds[clip] != fold
        held_out = self.folds[self.heard[0].clip] == fold
        mean, scale = table[known].mean(axis=0), table[known].std(axis=0) + 1e-6
        sizes = self.aims.sizes()
        model = networks.build(table.shape[1], sizes)
        steps = self.epochs * int(np.ceil(known.sum() / BATCH))
        rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
        # Accuracy is followed where it means something without calibration: the genre, and signs.
        followed = {head: ["accuracy"] for head in sizes if head == networks.GENRE_HEAD or head.endswith("_sign")}
        model.compile(keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY), losses(sizes), weighted_metrics=followed)
        inputs, truth, weights = self._examples(table[known], clip[known], mean, scale)
        history = model.fit(
            inputs, truth, sample_weight=weights, batch_size=BATCH, epochs=self.epochs, verbose=0,
            validation_data=self._examples(self.heard[0].table[held_out], self.heard[0].clip[held_out], mean, scale),
            validation_batch_size=4096,
        ).history  # fmt: skip
        return networks.to_arrays(model, mean, scale), {name: [round(float(v), 4) for v in values] for name, values in history.items()}

    def _examples(self, table: np.ndarray, clip: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> tuple[Any, Any, Any]:
        inputs = np.clip((table - mean) / scale, -networks.CLIP, networks.CLIP)
        # A long recording has more windows than a short one: each of them counts less, by the root of their number.
        each = 1 / np.sqrt(np.bincount(clip)[clip])
        each = (each / each.mean()).astype(np.float32)
        values = {head: values[clip] for head, values in self.aims.truth.items()}
        return inputs, values, {head: weights[clip] * each for head, weights in self.aims.weights.items()}

    def _fingerprint(self, fold: int, member: int) -> str:
        settings = (fold, member, self.seed, self.epochs, len(self.heard), BATCH, RATE, WEIGHT_DECAY, networks.HIDDEN, networks.DROPOUT,
                    networks.INPUT_DROPOUT, networks.INPUT_NOISE, networks.L2, KINDS)  # fmt: skip
        digest = hashlib.sha256(repr(settings).encode())
        digest.update(self.folds.tobytes())
        for windows in self.heard:
            digest.update(windows.table.tobytes())
        for part in (self.aims.truth, self.aims.weights):
            for values in part.values():
                digest.update(values.tobytes())
        return digest.hexdigest()


# --- calibration ------------------------------------------------------------------------------------------------------


def _unseen_logits(outcomes: list[tuple[dict[str, np.ndarray], Any]], folds: np.ndarray, windows: Windows) -> dict[str, np.ndarray]:
    """Mean logits of each window by the trunks that did not hear its recording."""
    logits: dict[str, np.ndarray] = {}
    for fold in range(FOLDS):
        here = folds[windows.clip] == fold
        trunks = [networks.Trunk(arrays) for arrays, _ in outcomes[fold * MEMBERS :][:MEMBERS]]
        found = [trunk.logits(windows.table[here]) for trunk in trunks]
        for head in found[0]:
            values = np.mean([one[head] for one in found], axis=0)
            logits.setdefault(head, np.empty((len(here), values.shape[1]), np.float32))[here] = values
    return logits


def calibrate(rows: pd.DataFrame, logits: Mapping[str, np.ndarray], clip: np.ndarray, use: np.ndarray | None = None) -> dict[str, Any]:
    """Calibration of models.attributes.calibrated, from logits of windows whose recordings were not heard.

    Parameters
    ----------
    rows : recordings; those of `use` [bool, shape=(len(rows),)] are used, by default all
    logits : of each window, see models.attributes.Trunk
    clip : np.ndarray [shape=(windows,)] recording of each window
    """
    used = np.ones(len(rows), bool) if use is None else use
    each = used[clip] / np.bincount(clip)[clip]  # every recording counts alike
    found: dict[str, Any] = {}
    for attribute in ORDERED_ATTRIBUTES:
        values, weights, anchored = _scale(rows, attribute)
        stacked = np.concatenate([logits[head] for head in networks.HEADS[attribute]], axis=1)
        known = (weights[clip] * each) > 0
        blend = calibration.fit_blend(stacked[known], values[clip][known], (weights[clip] * each)[known])
        predicted = networks.blend(logits, networks.HEADS[attribute], blend)
        anchor = anchored[clip] & (each > 0)
        found[f"{attribute}.blend"] = blend
        found[f"{attribute}.levels"] = calibration.fit_levels(predicted[anchor], levels(values)[clip][anchor], each[anchor])
    labels = true_classes(rows, "genre")[clip]
    known = (labels >= 0) & (each > 0)
    found["genre.temperature"] = calibration.fit_temperature(logits["genre"][known], labels[known], each[known])
    return found


def _scale(rows: pd.DataFrame, attribute: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value of each recording on the attribute's scale, how much it counts, and whether its level is known to the third.

    Ratings are the scale; signs give the middle of a half; votes are shares of listeners and another scale, so they do not count.
    """
    values = rows[attribute].to_numpy(float)
    if attribute == "danceability":
        known = ~np.isnan(values)
        return np.nan_to_num(values), known.astype(float), known
    rated, signed = (rows["source"].to_numpy() == KINDS[kind][0] for kind in ("rating", "sign"))
    signed &= ~np.isnan(values)
    values = np.where(signed, np.where(values > 0.5, SIGN_VALUES[1], SIGN_VALUES[0]), np.nan_to_num(values))
    weights = rated / max(rated.sum(), 1) + SIGNS_COUNT[attribute] * signed / max(signed.sum(), 1)
    return values, weights * len(rows), rated


def _unseen_predictions(
    rows: pd.DataFrame, logits: Mapping[str, np.ndarray], clip: np.ndarray, folds: np.ndarray
) -> dict[str, networks.Prediction]:
    """Predictions of each window; neither trunk nor calibration knows its recording."""
    parts: dict[str, list[np.ndarray]] = {}
    order = []
    for fold in range(FOLDS):
        here = np.flatnonzero(folds[clip] == fold)
        order.append(here)
        found = calibrate(rows, logits, clip, folds != fold)
        for name, one in networks.calibrated({head: values[here] for head, values in logits.items()}, found).items():
            parts.setdefault(f"{name}.p", []).append(one.probabilities)
            parts.setdefault(f"{name}.v", []).append(np.zeros(len(here)) if one.value is None else one.value)
    back = np.argsort(np.concatenate(order))
    whole = {name: np.concatenate(values)[back] for name, values in parts.items()}
    return {name: networks.Prediction(whole[f"{name}.p"], None if name == "genre" else whole[f"{name}.v"]) for name in ATTRIBUTES}
