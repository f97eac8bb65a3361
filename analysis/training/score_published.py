"""Train the ancestors' generators of music at a size that trains here, and measure what they reach."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.composing.piece import Draft, Part, Piece, Section
from analysis.files import read_json, whole_file, write_json
from analysis.training import score_material, score_mix, score_published_cards
from analysis.training.crossvalidation import Kept, Report, timed
from analysis.training.intervals import rounded
from analysis.training.networks import Curves, packed, predict, unpacked
from analysis.training.score_mix import Stream
from errors import DataError
from models import score_published
from models.quiet import quiet_import
from models.score import PER_BAR
from models.score_published import SEQUENCE, TEMPO, Published

NARROW = 64  # of an LSTM layer; WIDTH as published
TOKENS, JUDGED = 1200, 640  # learnt from, and of songs that are not, at most
BATCH, EPOCHS = 16, 40
WRITTEN, LENGTH = 10, 240  # pieces that say what becomes of it, and their tokens: a minute
FIGURES = "published.json"
COLUMNS = ("epoch", "loss", "held_out_loss", "seconds")  # losses in nats a token; seconds of one processor


def train(
    data: Path, *, checkpoints: Path, seed: int = 0, design: str = "b", mix: str | None = None, report: Report = print
) -> dict[str, Any]:
    """Train a published network and measure it; goes on where it was cut off. Its figures stand in the next card of `score`.

    Parameters
    ----------
    data : folder with midi/midi.csv (docs/training.md)
    checkpoints : gets the state of the training, the network (`published`), its figures (`published.json`) and one piece as MIDI
    design : of models.score_published.DESIGNS
    mix : what the training set is drawn from (score_mix.read_mix); None for all moods alike

    Raises
    ------
    InputError : the mix cannot be used
    DataError : the table cannot be used, or there are too few pieces
    """
    weights = score_mix.read_mix(mix)
    parts = score_material.parts_of(data, seed=seed, checkpoints=checkpoints, report=report)
    rng = np.random.default_rng(seed)
    learnt, judged = (
        score_mix.draw([each.piece for each in parts[part]], weights, most, rng, f"{data}, pieces {part}")
        for part, most in (("learnt", TOKENS), ("held out", JUDGED))
    )
    kept = Kept(checkpoints, "score published", design, seed, NARROW, BATCH, learnt.tokens, judged.tokens)
    published, curves = fit(design, learnt, judged, seed, kept, report)
    pieces = published.write(WRITTEN, LENGTH, seed)
    found = score_published_cards.figures(design, weights, learnt, judged, curves, pieces)
    name = _name(design, weights if mix else {})
    path = checkpoints / f"published-{name}.npz"
    with whole_file(path) as partial:
        np.savez(partial, **score_published.to_arrays(published, design))  # type: ignore[arg-type]
    as_piece(pieces[0]).save(path.with_suffix(".mid"))
    write_json(checkpoints / FIGURES, _kept_figures(checkpoints) | {name: found})
    report(f"{name}: loss {found['loss']:.2f}, on held-out songs {found['held_out_loss']:.2f}; {path.with_suffix('.mid')} is by it")
    return found


def load(checkpoints: Path, design: str, mix: str | None = None) -> Published | None:
    """The network that `train` left in checkpoints, ready to write; None where it was not trained."""
    path = checkpoints / f"published-{_name(design, score_mix.read_mix(mix) if mix else {})}.npz"
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        return score_published.from_arrays(dict(arrays))


def as_piece(notes: np.ndarray) -> Piece:
    """Notes of models.score_published as a piece for piano, to be measured, rendered or saved."""
    bars = int(np.ceil(notes[:, :2].sum(axis=1).max() / PER_BAR))
    return Piece(Draft(notes, TEMPO, 0, False, (Section("development", 0, bars),)), (Part("piano", 0, notes),))


def fit(design: str, learnt: Stream, judged: Stream, seed: int, kept: Kept, report: Report) -> tuple[Published, Curves]:
    """The network with the weights of its lowest training loss, as published, and its curves; the state after each epoch is kept.

    Parameters
    ----------
    learnt, judged : what is learnt from, and what the curves' held-out loss is of, as far as its tokens are known
    """
    keras = quiet_import("keras")
    keras.utils.set_random_seed(seed)
    vocabulary = sorted(set(learnt.tokens))
    numbers = numbered(learnt.tokens, vocabulary)
    network = score_published.build(design, len(vocabulary), NARROW)
    network.compile(keras.optimizers.RMSprop(), "sparse_categorical_crossentropy")
    network.optimizer.build(network.trainable_variables)
    variables = [*network.variables, *network.optimizer.variables]
    state = kept.get("state") or {}
    curves = unpacked(state) if state else {name: [] for name in COLUMNS}
    for number, variable in enumerate(variables if state else []):
        variable.assign(state[f"variable{number}"])
    best = {name: array for name, array in state.items() if name.startswith("best")}
    examples, unseen = (sequences(each, len(vocabulary)) for each in (numbers, numbered(judged.tokens, vocabulary)))
    for epoch in timed(range(len(curves["epoch"]), EPOCHS), f"epochs of {design}", report):
        began = time.process_time()
        loss = _one_epoch(network, *examples, np.random.default_rng([seed, epoch]))
        seconds = time.process_time() - began
        if loss < min(curves["loss"], default=np.inf):
            best = {f"best{number}": np.asarray(weights) for number, weights in enumerate(network.get_weights())}
        for name, value in zip(COLUMNS, (epoch + 1, loss, _loss(network, *unseen), seconds), strict=True):
            curves[name].append(rounded(value))
        kept.put("state", {f"variable{number}": np.asarray(each) for number, each in enumerate(variables)} | best | packed(curves))
        report(", ".join(f"{name} {values[-1]:.3f}" for name, values in curves.items()))
    network.set_weights([best[f"best{number}"] for number in range(len(best))])
    return Published(network, tuple(vocabulary), numbers, learnt.moods), curves


def numbered(tokens: Sequence[str], vocabulary: Sequence[str]) -> np.ndarray:
    """The numbers of those tokens that are known [shape=(n,), int]."""
    number_of = {token: number for number, token in enumerate(vocabulary)}
    return np.array([number_of[token] for token in tokens if token in number_of], int)


def sequences(numbers: np.ndarray, vocabulary: int) -> tuple[np.ndarray, np.ndarray]:
    """What a network is shown, and the number of the token that follows [shape=(n, SEQUENCE, 1), (n,)].

    Raises DataError when there are too few.
    """
    if len(numbers) <= SEQUENCE:
        raise DataError(f"only {len(numbers)} notes and chords of the held-out songs are known from the others; add MIDI files")
    windows = np.lib.stride_tricks.sliding_window_view(numbers, SEQUENCE + 1)
    return score_published.shown(windows[:, :-1], vocabulary), windows[:, -1]


def _one_epoch(network: Any, inputs: np.ndarray, targets: np.ndarray, rng: np.random.Generator) -> float:
    """Mean training loss; sequences that fill no batch are left out."""
    order = rng.permutation(len(targets))
    batches = np.split(order, range(BATCH, len(order), BATCH))[: max(len(order) // BATCH, 1)]
    return float(np.mean([network.train_on_batch(inputs[rows], targets[rows]) for rows in batches]))


def _loss(network: Any, inputs: np.ndarray, targets: np.ndarray) -> float:
    return float(-np.log(np.maximum(predict(network, inputs)[np.arange(len(targets)), targets], 1e-7)).mean())


def published_figures(checkpoints: Path) -> dict[str, Any] | None:
    """What the card of `score` says of the ancestors' generators; None where none was trained with these checkpoints.

    Returns
    -------
    `table` as a card has them, `notes` [list of str] and `networks`: by name, such as "b" or "b-happy60-sad40", the figures of
    score_published_cards.figures, their curves, and the repetition of what they write (`written`)
    """
    networks = dict(sorted(_kept_figures(checkpoints).items()))
    return {**score_published_cards.fragment(networks, NARROW), "networks": networks} if networks else None


def _kept_figures(checkpoints: Path) -> dict[str, Any]:
    return read_json(checkpoints / FIGURES) if (checkpoints / FIGURES).is_file() else {}


def _name(design: str, mix: Mapping[str, float]) -> str:
    """For files: "b", or "b-happy60-sad40"."""
    return "-".join([design, *(f"{mood}{weight:.0%}".removesuffix("%") for mood, weight in mix.items())])
