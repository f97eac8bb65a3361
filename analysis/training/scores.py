"""Train the network that writes music, on MIDI files with and without moods, and measure it on songs it never saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis import symbolic
from analysis.training.crossvalidation import Kept, Report, timed
from analysis.training.datasets import check_disjoint
from analysis.training.intervals import rounded
from analysis.training.networks import packed, unpacked
from analysis.training.score_pieces import UNKNOWN, Piece, load, packed_pieces, read_table, unpacked_pieces
from models import score
from models.labels import MOODS
from models.quiet import quiet_import
from models.score import CHOICES, PER_BAR, PER_BEAT, Choices

WINDOW = 128  # notes a network learns from at once
BATCH = 64
EPOCHS = 14
RATE = 2e-3  # the highest, of Adam; it falls to nothing along a cosine
CLIP = 1.0  # norm of a gradient
HELD_OUT, WATCHED = 0.1, 0.1  # of the songs
TRANSPOSED = range(-6, 6)  # semitones
FORGOTTEN = 0.2  # how often a mood is not told, so that pieces without one can be asked for
PARTS = ("learnt", "watched", "held out")
CURVES = ("epoch", "loss", "val_loss")  # nats a note


@dataclass(frozen=True)
class Learnt:
    """A piece as the network learns it.

    notes : as of a Piece
    choices : of models.score
    mode : -1..1
    end : tick at which the last note ends
    """

    piece: Piece
    choices: Choices
    mode: float
    end: int


def prepare(piece: Piece) -> Learnt:
    """Choices and mode of a piece."""
    weights = np.minimum(piece.notes[:, 1], 2 * PER_BEAT)
    shares = np.bincount(piece.notes[:, 2] % 12, weights=weights, minlength=12)
    found = symbolic.key(shares)
    return Learnt(piece, score.encode(piece.notes), found.as_major - found.as_minor, int(piece.notes[:, :2].sum(axis=1).max()))


def parts_of(data: Path, *, seed: int, checkpoints: Path | None, report: Report) -> tuple[Kept, dict[str, list[Learnt]]]:
    """Where a training keeps what it has, and the pieces to learn from, to watch and held out, ready to be learnt."""
    files = read_table(data / "midi" / "midi.csv")
    made = Kept(checkpoints, "score pieces", files.to_csv())
    found = made.compute("pieces", lambda: packed_pieces(load(data, report)))
    learnt = [prepare(piece) for piece in unpacked_pieces(found)]
    parts = split([each.piece for each in learnt], seed)
    named = {name: [each for each, its in zip(learnt, parts, strict=True) if its == part] for part, name in enumerate(PARTS)}
    report(", ".join(f"{len(each)} pieces {name}" for name, each in named.items()))
    return Kept(checkpoints, "score", seed, WINDOW, BATCH, EPOCHS, RATE, *(each.piece.notes for each in learnt)), named


def window(learnt: Learnt, first: int, semitones: int, mood_known: bool) -> dict[str, np.ndarray]:
    """Inputs and targets of a network for WINDOW notes from one on: what shorter pieces lack weighs nothing.

    Parameters
    ----------
    first : number of the note
    semitones : by which it is transposed; what would leave the keyboard stays an octave nearer
    mood_known : whether the network is told the mood

    Returns
    -------
    dict of np.ndarray [shape=(WINDOW,)]: `last_` and `next_` choices and ticks, `told` [shape=(WINDOW, CONDITIONS)], `weight`
    """
    notes = learnt.piece.notes[first : first + WINDOW]
    count = len(notes)
    pitch = np.clip(notes[:, 2], score.LOWEST, score.HIGHEST) + semitones
    pitch = np.where(pitch < score.LOWEST, pitch + 12, np.where(pitch > score.HIGHEST, pitch - 12, pitch))
    choices = Choices(*(values[first : first + WINDOW] for values in learnt.choices))._replace(pitch=pitch - score.LOWEST)
    found: dict[str, np.ndarray] = {}
    for name, values in (choices._asdict() | {"tick": notes[:, 0] % PER_BAR}).items():
        found[f"next_{name}"] = _padded(values)
        found[f"last_{name}"] = _padded(np.concatenate([[0], values[:-1]]))  # a window begins as a piece does
    beats = max((notes[-1, 0] - notes[0, 0]) / PER_BEAT, 1.0)
    moods = {MOODS[learnt.piece.mood]: 1.0} if mood_known and learnt.piece.mood != UNKNOWN else {}
    common = score.conditions(
        moods, tempo=learnt.piece.tempo, notes_per_beat=count / beats, velocity=float(notes[:, 3].mean()), mode=learnt.mode
    )
    left = score.bars_left(learnt.end - notes[:, 0])
    told = np.concatenate([np.repeat(common[None], count, axis=0), left[:, None].astype(np.float32)], axis=1)
    return found | {"told": np.pad(told, ((0, WINDOW - count), (0, 0))), "weight": _padded(np.ones(count, np.float32))}


def _padded(values: np.ndarray) -> np.ndarray:
    return np.pad(values, (0, WINDOW - len(values)))


def split(pieces: Sequence[Piece], seed: int) -> np.ndarray:
    """0 to learn from, 1 to watch, 2 held out, for each piece: all pieces of a song in one part, moods and sources spread evenly."""
    songs = np.array([piece.song for piece in pieces])
    names = np.unique(songs)
    part_of = dict(zip(np.random.default_rng(seed).permutation(names), _parts(len(names)), strict=True))
    parts = np.array([part_of[song] for song in songs])
    for one, other in ((0, 1), (0, 2), (1, 2)):
        check_disjoint(songs[parts == one], songs[parts == other])
    return parts


def _parts(count: int) -> np.ndarray:
    held_out, watched = (int(np.ceil(share * count)) for share in (HELD_OUT, WATCHED))
    return np.repeat([2, 1, 0], [held_out, watched, count - held_out - watched])


def batches(learnt: Sequence[Learnt], rng: np.random.Generator) -> list[list[tuple[int, int, int, bool]]]:
    """Windows of an epoch in batches: number of the piece, first note, semitones, whether the mood is told.

    A piece gives as many windows as it has notes for, from a random beginning; every third of them begins with the piece, for beginnings
    are few.
    """
    chosen = []
    for number, piece in enumerate(learnt):
        notes = len(piece.piece.notes)
        for _ in range(-(-notes // WINDOW)):
            first = 0 if rng.random() < 1 / 3 else int(rng.integers(max(notes - WINDOW // 2, 1)))
            chosen.append((number, first, int(rng.choice(TRANSPOSED)), bool(rng.random() >= FORGOTTEN)))
    rng.shuffle(chosen)
    return [chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH)]


def stack(learnt: Sequence[Learnt], batch: Sequence[tuple[int, int, int, bool]]) -> dict[str, np.ndarray]:
    """The windows of a batch [shape=(batch, WINDOW) each]."""
    windows = [window(learnt[number], first, semitones, known) for number, first, semitones, known in batch]
    return {name: np.stack([each[name] for each in windows]) for name in windows[0]}


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
