"""Train the detector that hears a second with its neighbours, and measure it beside the support vector machine.

The network learns from composed stretches of film (`analysis.training.sequences`) and from recordings as they are. It is held out the
same groups as the support vector machine, so that the two can be compared.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis import context
from analysis.features import FRAMES_PER_SECOND
from analysis.training import augmentation, detector_cards, own_clips
from analysis.training import detector as support_vector_machine
from analysis.training.calibration import fit_temperature
from analysis.training.crossvalidation import FOLDS, timed
from analysis.training.detector_measures import Hear, gains, listen, measure, times_real_time
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
from models.labels import SOUND_CLASSES
from models.quiet import quiet_import

SEQUENCE_SECONDS = 32
EDGE = 4  # seconds at each end of a sequence that are heard but not asked for: what is beyond them is missing
COMPOSED, AS_RECORDED = 4000, 1300  # sequences to train on
STEERING_SHARE = 12  # one in so many is drawn from the groups that are kept apart for the calibration
STEERING_FOLD = 0
EPOCHS, BATCH, RATE = 12, 32, 2e-3
NOTES = ["mixed material is asked about in pieces of 4 s, films in whole: the network hears what is around a second only in the latter"]
NOTES_OF_SHIPPED = [
    "better than the support vector machine on mixtures and composed films, worse on recordings of one kind of sound alone: of these it "
    "takes more drones and quiet scores for other (gain_over_svm: differences on the same seconds, with their intervals)",
    "its settings were chosen on composed films of training groups, the amount and the conditions of its training twice on the "
    "held-out part, so its figures are slightly optimistic",
]

Report = Callable[[str], None]


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


def train(data: Path, *, seed: int = 0, checkpoints: Path | None = None, report: Report = print) -> Path:
    """Train the network, measure it on held-out groups beside the support vector machine, and save it with its card.

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
    report("composing stretches of film to learn from")
    rng = np.random.default_rng([seed, 3])
    learnt = draw_sequences(known.where(folds != STEERING_FOLD), COMPOSED, AS_RECORDED, rng, report)
    steering = draw_sequences(known.where(folds == STEERING_FOLD), COMPOSED // STEERING_SHARE, AS_RECORDED // STEERING_SHARE, rng, report)
    kept = checkpoints / f"{seed}-{detector_cards.digest(unseen)}" if checkpoints else None
    arrays, curves = fit(learnt, steering, seed=seed, report=report, checkpoints=kept)
    ours = hearing(network.from_arrays(arrays, {"classes": SOUND_CLASSES}))
    held = listen(ours, unseen, seed)
    metrics = measure(held) | {"times_real_time": times_real_time(ours)}
    measured = {"network that hears the context": metrics}
    machine = machine_of(unseen)
    if machine:
        theirs = listen(machine, unseen, seed)
        measured["support vector machine"] = measure(theirs)
        metrics["gain_over_svm"] = gains(held, theirs)
    else:
        report("the support vector machine that ships was held out other groups: train it on this folder first to compare the two")
    report(
        f"held out: macro-F1 {metrics['macro_f1']:.3f} per second ({metrics['smoothed']['macro_f1']:.3f} smoothed), "
        f"{metrics['clip']['macro_f1']:.3f} per clip, {metrics['mixed']['macro_f1']:.3f} on mixed material"
    )
    card = detector_cards.card(
        known, unseen, metrics, train_seconds=int((learnt.weights > 0).sum()),
        design="convolutional network: two layers over frames of 50 ms, pooled by second, three layers over seconds (7 s on each side); "
        f"{sum(array.size for array in arrays.values())} numbers; temperature",
        inputs=f"(seconds, {network.FRAMES}, {network.N_FEATURES}) features of analysis.context.frames, 8 kHz mono",
        tuned=f"one of {FOLDS} folds over the groups of the rest kept apart for the temperature",
        notes=NOTES if own_clips.given(data) else [*NOTES, *NOTES_OF_SHIPPED], tables=detector_cards.tables(measured), curves=curves,
    )  # fmt: skip
    return own_clips.save("detector_context", arrays, card, data, report)


def hearing(detector: network.ContextDetector) -> Hear:
    """The detector as a function of a signal and its film's peak, for `detector_measures.listen`."""
    return lambda signal, peak: detector.predict_proba(context.frames(signal, peak=peak))


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


def fit(train: Sequences, steering: Sequences, *, seed: int, report: Report, checkpoints: Path | None = None) -> tuple[dict, dict]:
    """Train the network and its temperature.

    Parameters
    ----------
    train : sequences to learn from
    steering : sequences of other groups, for the calibration and to watch the training
    seed : of the network's start and of the order of the sequences
    report : called with one line for each epoch
    checkpoints : folder in which a training that was cut off is taken up again

    Returns
    -------
    arrays for `models.context_detector.from_arrays`, and the curves: loss and accuracy by epoch
    """
    keras = quiet_import("keras")
    keras.utils.set_random_seed(seed)
    some = train.features[:: max(len(train.features) // 400, 1)].reshape(-1, network.N_FEATURES).astype(np.float32)
    mean, scale = some.mean(axis=0), np.maximum(some.std(axis=0), 1e-3)
    inputs, watched = (_inputs(part, mean, scale) for part in (train, steering))
    model = network.build(SEQUENCE_SECONDS)
    steps = EPOCHS * -(-len(inputs) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    model.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True), weighted_metrics=["accuracy"])
    callbacks = [_progress(keras, report)]
    if checkpoints:
        callbacks.append(keras.callbacks.BackupAndRestore(checkpoints))
    history = model.fit(
        inputs, train.labels, sample_weight=train.weights, validation_data=(watched, steering.labels, steering.weights),
        epochs=EPOCHS, batch_size=BATCH, verbose=0, callbacks=callbacks,
    ).history  # fmt: skip
    said = steering.weights > 0
    logits = model.predict(watched, verbose=0)[said]
    arrays = network.to_arrays(model, mean, scale)
    arrays["temperature"] = np.array(fit_temperature(logits, steering.labels[said], np.ones(said.sum())), np.float32)
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    curves = {"epoch": list(range(1, len(history["loss"]) + 1))} | {name: [round(float(v), 4) for v in history[name]] for name in names}
    return arrays, curves


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
