"""Train the network that writes music, on MIDI files with and without moods, and measure it on songs it never saw."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.training import score_measures, score_published
from analysis.training.crossvalidation import Kept, Report, timed
from analysis.training.intervals import rounded
from analysis.training.networks import packed, unpacked
from analysis.training.score_cards import Found, build_card
from analysis.training.score_material import parts_of
from analysis.training.score_windows import BATCH, WINDOW, Learnt, batches, stack
from models import registry, score
from models.quiet import quiet_import
from models.score import CHOICES

EPOCHS = 14
RATE = 2e-3  # the highest, of Adam; it falls to nothing along a cosine
CLIP = 1.0  # norm of a gradient
CURVES = ("epoch", "loss", "val_loss")  # nats a note


def train(data: Path, *, seed: int = 0, checkpoints: Path | None = None, report: Report = print) -> dict[str, Any]:
    """Train the network that writes music, measure it on songs it never saw, and save weights and card.

    The card tells the figures of the ancestors' networks as well where they were trained with the same checkpoints.

    Parameters
    ----------
    data : folder with midi/midi.csv (file, source, song, mood), see docs/training.md
    seed : of the split, first weights and everything that is drawn
    checkpoints : folder for the state after each epoch; a second call goes on where the first was ended

    Returns
    -------
    the card

    Raises
    ------
    DataError : the table cannot be used, or there are too few pieces
    ModelError : score_mood, whose judge listens to what is written, has no weights
    """
    parts = parts_of(data, seed=seed, checkpoints=checkpoints, report=report)
    network, curves = fit(parts["learnt"], parts["watched"], seed, kept_for(parts, seed, checkpoints), report)
    arrays = score.to_arrays(network)
    writer = score.Writer(arrays)
    unseen = score_measures.unseen(parts["learnt"], parts["held out"])
    found = Found(
        parts,
        unseen,
        score_measures.losses(writer, unseen),
        score_measures.losses(writer, unseen, mood_known=False),
        score_measures.frequencies(parts["learnt"], unseen),
        *score_measures.judged_moods(writer, seed),
    )
    card = build_card(found, curves, EPOCHS, score_published.published_figures(checkpoints) if checkpoints else None)
    registry.save("score", arrays, card)
    metrics = card["metrics"]
    report(
        f"score: {metrics['loss']:.2f} nats a note on {len(unseen)} pieces held out (by frequency {metrics['loss_of_frequency']:.2f}); "
        f"the mood asked for is heard in {metrics['accuracy']:.2f} of its drafts"
    )
    return registry.card("score")


def kept_for(parts: Mapping[str, Sequence[Learnt]], seed: int, checkpoints: Path | None) -> Kept:
    """Where a training of these pieces keeps its state."""
    everything = [each.piece.notes for part in parts.values() for each in part]
    return Kept(checkpoints, "score", seed, WINDOW, BATCH, EPOCHS, RATE, *everything)


def fit(learnt: Sequence[Learnt], watched: Sequence[Learnt], seed: int, kept: Kept, report: Report) -> tuple[Any, dict[str, list[float]]]:
    """The trained network with the weights of its best epoch, and its curves; the state after each epoch is kept.

    Parameters
    ----------
    learnt, watched : pieces to learn from, and pieces that say which epoch is best
    """
    keras = quiet_import("keras")
    keras.utils.set_random_seed(seed)
    network = score.build()
    steps = sum(-(-len(each.choices.pitch) // WINDOW) for each in learnt) // BATCH + 1
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * steps), clipnorm=CLIP)
    optimizer.build(network.trainable_variables)
    variables = [*network.variables, *optimizer.variables]
    state = kept.get("state") or {}
    curves = unpacked(state) if state else {name: [] for name in CURVES}
    for number, variable in enumerate(variables if state else []):
        variable.assign(state[f"variable{number}"])
    best = {name: array for name, array in state.items() if name.startswith("best")}
    learn, judge = _steps(network, optimizer)
    watching = batches(watched, np.random.default_rng(seed))
    for epoch in timed(range(len(curves["epoch"]), EPOCHS), "epochs", report):
        losses = [float(learn(stack(learnt, batch))) for batch in batches(learnt, np.random.default_rng([seed, epoch]))]
        val_loss = float(np.mean([float(judge(stack(watched, batch))) for batch in watching]))
        if not curves["val_loss"] or val_loss < min(curves["val_loss"]):
            best = {f"best{number}": np.asarray(weights) for number, weights in enumerate(network.get_weights())}
        for name, value in zip(CURVES, (epoch + 1, np.mean(losses), val_loss), strict=True):
            curves[name].append(rounded(value))
        kept.put("state", {f"variable{number}": np.asarray(each) for number, each in enumerate(variables)} | best | packed(curves))
        report(", ".join(f"{name} {values[-1]:.3f}" for name, values in curves.items()))
    network.set_weights([best[f"best{number}"] for number in range(len(best))])
    return network, curves


def _steps(network: Any, optimizer: Any) -> tuple[Any, Any]:
    """Functions of a batch that give the loss, nats a note: one learns from it, one does not."""
    tf = quiet_import("tensorflow")

    def loss_of(batch: Any, training: bool) -> Any:
        scores = network({name: values for name, values in batch.items() if name in _names(network)}, training=training)
        each = tf.add_n([
            tf.nn.sparse_softmax_cross_entropy_with_logits(batch[f"next_{choice}"], scores[choice]) for choice in CHOICES
        ])  # fmt: skip
        return tf.reduce_sum(each * batch["weight"]) / tf.reduce_sum(batch["weight"])

    @tf.function(reduce_retracing=True)
    def learn(batch: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(batch, True)
        optimizer.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)
        return loss

    return learn, tf.function(lambda batch: loss_of(batch, False), reduce_retracing=True)


def _names(network: Any) -> set[str]:
    return {tensor.name for tensor in network.inputs}
