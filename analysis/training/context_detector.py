"""Train the detector that hears a second with its neighbours, and measure it beside the support vector machine.

Networks learn from composed stretches of film (`analysis.training.sequences`) and from recordings as they are, each without one fold of the
groups; the support vector machine of `analysis.training.detector` joins them. The same groups are held out as from that machine, so that
the two detectors can be compared.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from analysis import context
from analysis.features import FRAMES_PER_SECOND
from analysis.training import augmentation, detector_cards, own_clips
from analysis.training import detector as support_vector_machine
from analysis.training.crossvalidation import FOLDS, Kept, Report, timed
from analysis.training.detector_calibration import calibrate
from analysis.training.detector_material import Hear
from analysis.training.detector_measures import gains, listen, measure, singing, times_real_time
from analysis.training.sequences import Composer
from analysis.training.sounds import (
    ACTIVE_SHARE,
    FULL_SCALE,
    OTHER,
    Recordings,
    even_chances,
    group_folds,
    hold_out,
    sounding_seconds,
)
from errors import ModelError
from models import context_detector as network
from models import registry
from models.detector import NEIGHBOURS, Machine
from models.labels import SOUND_CLASSES
from models.quiet import quiet_import

SEQUENCE_SECONDS = 32
EDGE = 4  # seconds at each end of a sequence that are heard but not asked for: what is beyond them is missing
ROUNDS = 3  # networks whose mean is taken, the first trained without fold 0, and so on; each takes as long as the first
COMPOSED, AS_RECORDED = 800, 500  # sequences drawn from each fold
WATCHED = 5  # one in so many of the sequences of the fold that a network is not trained on watches its training
EPOCHS, BATCH, RATE = 12, 32, 2e-3
NOTES = [
    "train_seconds: of the stretches the network learnt from, pauses and borders included; the support vector machine's are in its "
    "own card",
    "mixed material is asked about in pieces of 4 s, films in whole: the network hears what is around a second only in the latter",
]
NOTES_OF_SHIPPED = [
    "better than the support vector machine alone on mixtures and composed films, worse on recordings of one kind of sound: of these it "
    "takes more drones and quiet scores for other (gain_over_svm: differences on the same seconds, with their intervals)",
    "every setting was chosen on training groups, except a few conditions of the training, once compared on the held-out part",
]


@dataclass(frozen=True)
class Sequences:
    """Stretches of sound to learn from.

    features : np.ndarray [shape=(n, SEQUENCE_SECONDS, 20, 114), float16] compressed (see `models.context_detector.compress`)
    labels : np.ndarray [shape=(n, SEQUENCE_SECONDS)] of class indices
    weights : np.ndarray [shape=(n, SEQUENCE_SECONDS), float32] how much each second counts; 0 where it has no sure label
    """

    features: np.ndarray
    labels: np.ndarray
    weights: np.ndarray

    def every(self, number: int) -> "Sequences":
        """One in so many."""
        return Sequences(self.features[::number], self.labels[::number], self.weights[::number])

    @classmethod
    def join(cls, parts: Sequence["Sequences"]) -> "Sequences":
        """The sequences of all parts, in their order."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("features", "labels", "weights")))


def train(data: Path, *, seed: int = 0, checkpoints: Path | None = None, report: Report = print) -> Path:
    """Train networks and support vector machine, measure them on held-out groups beside the machine alone, and save them with their card.

    Parameters
    ----------
    data : folder as for `analysis.training.detector.train`
    seed : everything random follows from it; it holds out the same groups as the support vector machine's of that seed
    checkpoints : folder in which a training that was cut off is taken up again
    report : called with one line of progress at a time

    Returns
    -------
    the folder of weights.npz and card.json

    Raises
    ------
    DataError : a table is missing or has other columns, or a class comes from too few groups
    """
    known, unseen = hold_out(data, seed, report)
    folds = group_folds(known, seed)
    machines = support_vector_machine.fit_machines(known, folds, range(ROUNDS), seed=seed, checkpoints=checkpoints, report=report)
    networks, curves = fit_networks(known, folds, seed=seed, checkpoints=checkpoints, report=report)
    calibration = calibrate(
        lambda fold: scoring([networks[fold]], machines.without[fold]), known, folds, range(ROUNDS), seed=seed, report=report
    )
    arrays = network.bundle(networks, machines.whole, calibration)
    report("measuring on the held-out groups")
    ours = hearing(network.from_arrays(arrays, {"classes": SOUND_CLASSES}))
    held = listen(ours, unseen, seed)
    metrics = measure(held) | {"singing": singing(held.clean, unseen), "times_real_time": times_real_time(ours)}
    measured = {"network and machine": metrics}
    machine = machine_of(unseen)
    if machine:
        theirs = listen(machine, unseen, seed)
        measured["support vector machine"] = measure(theirs) | {"singing": singing(theirs.clean, unseen)}
        metrics["gain_over_svm"] = gains(held, theirs)
    else:
        report("the support vector machine that ships was held out other groups: train it on this folder first to compare the two")
    report(detector_cards.in_a_line(metrics))
    card = detector_cards.card(
        known, unseen, metrics, train_seconds=(FOLDS - 1) * (COMPOSED + AS_RECORDED) * (SEQUENCE_SECONDS - 2 * EDGE),
        design=f"convolutional network ({ROUNDS}; two layers over frames of 50 ms, pooled by second, three layers over seconds, 7 s on "
        "each side; trained without a fifth of the groups) and support vector machine; softmax regression on the log-odds and decisions "
        f"for a second and {NEIGHBOURS} on each side, and their products",
        inputs=f"(seconds, {network.FRAMES}, {network.N_FEATURES}) features of analysis.context.frames, 8 kHz mono",
        tuned=f"softmax regression on what {ROUNDS} of {FOLDS} folds over the groups of the rest got from those trained without it",
        notes=NOTES if own_clips.given(data) else [*NOTES, *NOTES_OF_SHIPPED], tables=detector_cards.tables(measured), curves=curves,
    )  # fmt: skip
    return own_clips.save("detector_context", arrays, card, data, report)


def hearing(detector: network.ContextDetector) -> Hear:
    """The detector as a function of a signal and its film's peak, for `detector_measures.listen`."""
    return lambda signal, peak: detector.predict_proba(context.frames(signal, peak=peak))


def scoring(networks: Sequence[dict[str, np.ndarray]], machine: dict[str, np.ndarray]) -> Hear:
    """What a calibration is learnt from: the scores of these networks and this machine."""
    built = [network.Network(arrays) for arrays in networks]
    return lambda signal, peak: network.scores(context.frames(signal, peak=peak), built, Machine(machine))


def machine_of(unseen: Recordings) -> Hear | None:
    """The support vector machine that ships, if these are the groups that were held out from it."""
    try:
        same = registry.card("detector")["split"].get("held_out") == detector_cards.digest(unseen)
        return support_vector_machine.hearing(registry.load("detector")) if same else None
    except ModelError:
        return None


def draw_sequences(recordings: Recordings, composed: int, as_recorded: int, rng: np.random.Generator, report: Report = print) -> Sequences:
    """Draw composed stretches of film, and recordings as they are, mirrored until they fill a sequence."""
    count = composed + as_recorded
    features = np.empty((count, SEQUENCE_SECONDS, network.FRAMES, network.N_FEATURES), np.float16)
    labels, weights = np.empty((count, SEQUENCE_SECONDS), np.int64), np.empty((count, SEQUENCE_SECONDS), np.float32)
    composer = Composer(recordings)
    for k in timed(range(composed), "stretches composed", report, every=500):
        stretch = composer.compose(SEQUENCE_SECONDS, rng)
        features[k] = network.compress(context.frames(stretch.signal, peak=FULL_SCALE))
        labels[k], weights[k] = stretch.labels, stretch.said
    chances = even_chances(recordings.table["source"].to_numpy())
    for k in range(composed, count):
        row = int(rng.choice(len(chances), p=chances))
        label, signal = int(recordings.labels[row]), recordings.waveform(row)
        heard = context.frames(augmentation.place(signal, 0.0))
        sounding = sounding_seconds(signal, 0.0 if label == OTHER else ACTIVE_SHARE)
        index = np.arange(SEQUENCE_SECONDS) - int(rng.integers(SEQUENCE_SECONDS))
        features[k], labels[k] = network.mirrored(network.compress(heard), index), label
        weights[k] = np.where(index // len(heard) % 2 == 0, sounding[index % len(heard)], sounding[-1 - index % len(heard)])
    weights[:, :EDGE] = weights[:, -EDGE:] = 0
    return Sequences(features, labels, weights)


def fit_networks(
    known: Recordings, folds: np.ndarray, *, seed: int, checkpoints: Path | None, report: Report
) -> tuple[list[dict[str, np.ndarray]], dict[str, list[float]]]:
    """Train ROUNDS networks, each without one fold; arrays for `models.context_detector.Network`, and the first one's curves."""
    kept = Kept(checkpoints, "networks", seed, known.table[["label", "group"]].to_numpy().tolist(), COMPOSED, AS_RECORDED, EPOCHS)
    names = [f"network{fold}" for fold in range(ROUNDS)]
    drawn: list[Sequences] = []
    if kept.all(names) is None:
        report("composing stretches of film to learn from")
        drawn = [
            draw_sequences(known.where(folds == fold), COMPOSED, AS_RECORDED, np.random.default_rng([seed, 3, fold]), report)
            for fold in range(FOLDS)
        ]

    def fit_without(fold: int) -> dict[str, np.ndarray]:
        learnt = Sequences.join([part for number, part in enumerate(drawn) if number != fold])
        report(f"network {fold + 1} of {ROUNDS}")
        backup = kept.folder / names[fold] if kept.folder else None
        arrays, curves = fit(learnt, drawn[fold].every(WATCHED), seed=seed + fold, report=report, backup=backup)
        return arrays | {f"curves.{name}": np.array(values) for name, values in curves.items()}

    found = [kept.compute(name, partial(fit_without, fold)) for fold, name in enumerate(names)]
    curves = {name: values.tolist() for name, values in network.part(found[0], "curves.").items()}
    return [{name: array for name, array in arrays.items() if not name.startswith("curves.")} for arrays in found], curves


def fit(
    train: Sequences, watched: Sequences, *, seed: int, report: Report, backup: Path | None = None
) -> tuple[dict[str, np.ndarray], dict[str, list[float]]]:
    """Train one network.

    Parameters
    ----------
    train : sequences to learn from
    watched : sequences of other groups, to watch the training
    seed : of the network's start and of the order of the sequences
    report : called with one line for each epoch
    backup : folder in which a training that was cut off is taken up again

    Returns
    -------
    arrays for `models.context_detector.Network`, and the curves: loss and accuracy by epoch
    """
    keras = quiet_import("keras")
    keras.utils.set_random_seed(seed)
    some = train.features[:: max(len(train.features) // 400, 1)].reshape(-1, network.N_FEATURES).astype(np.float32)
    mean, scale = some.mean(axis=0), np.maximum(some.std(axis=0), 1e-3)
    inputs, others = (_inputs(part, mean, scale) for part in (train, watched))
    model = network.build(SEQUENCE_SECONDS)
    steps = EPOCHS * -(-len(inputs) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    model.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True), weighted_metrics=["accuracy"])
    callbacks = [_progress(keras, report)]
    if backup:
        callbacks.append(keras.callbacks.BackupAndRestore(backup))
    history = model.fit(
        inputs, train.labels, sample_weight=train.weights, validation_data=(others, watched.labels, watched.weights),
        epochs=EPOCHS, batch_size=BATCH, verbose=0, callbacks=callbacks,
    ).history  # fmt: skip
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    curves = {name: [round(float(v), 4) for v in history[name]] for name in names}
    return network.to_arrays(model, mean, scale), {"epoch": list(range(1, len(curves["loss"]) + 1)), **curves}


def _inputs(part: Sequences, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Sequences as the network takes them [shape=(n, SEQUENCE_SECONDS * 20, 114), float16: half the memory]."""
    shape = (SEQUENCE_SECONDS * FRAMES_PER_SECOND, network.N_FEATURES)
    inputs = np.empty((len(part.features), *shape), np.float16)
    for k, compressed in enumerate(part.features):
        inputs[k] = network.normalise(compressed.astype(np.float32), mean, scale).reshape(shape)
    return inputs


def _progress(keras: Any, report: Report) -> Any:
    began = time.monotonic()

    def tell(epoch: int, logs: dict[str, float]) -> None:
        left = (time.monotonic() - began) / (epoch + 1) * (EPOCHS - epoch - 1)
        report(
            f"epoch {epoch + 1} of {EPOCHS}: accuracy {logs['accuracy']:.3f}, on groups not trained on {logs['val_accuracy']:.3f}; "
            f"{left / 60:.1f} min left"
        )

    return keras.callbacks.LambdaCallback(on_epoch_end=tell)
