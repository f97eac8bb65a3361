"""What is told of the ancestors' generators of music: the loss they reach, and how monotonous what they write is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from analysis.training.intervals import rounded
from analysis.training.networks import Curves
from analysis.training.score_mix import EACH, Stream
from models import score_published
from models.labels import MOODS

ANCESTOR = "Listen to what poster says: music generation based on movie posters (2019)"
# Training loss as published, on 6,000 to 120,000 notes of one film genre.
LOSSES = {"a": "11.10; 4.7 on another's files", "b": "0.0001 to 0.048", "c": "0.0001"}
COLUMNS = [
    "Design", "Drawn from", "Epochs", "Training loss", "As published", "Loss on held-out songs", "By the frequencies alone",
    "Different notes and chords a piece", "The same again", "Pieces that end in a loop", "on one note or chord",
]  # fmt: skip


def figures(
    design: str, mix: Mapping[str, float], learnt: Stream, judged: Stream, curves: Curves, pieces: Sequence[np.ndarray]
) -> dict[str, Any]:
    """What a training was of, what it reached, and what it writes (`pieces`, notes); losses are nats a token."""
    best = int(np.argmin(curves["loss"]))
    counts = Counter(learnt.tokens)
    known = [token for token in judged.tokens if token in counts]
    return {
        "design": design,
        "mix": {mood: rounded(weight) for mood, weight in mix.items()},
        "tokens": len(learnt.tokens),
        "different": len(counts),
        "songs": learnt.songs,
        "same_again": rounded(same_again(learnt.tokens)),
        "held_out": {"tokens": len(judged.tokens), "songs": judged.songs, "unknown": rounded(1 - len(known) / len(judged.tokens))},
        "epochs": len(curves["epoch"]),
        "loss": curves["loss"][best],
        "held_out_loss": curves["held_out_loss"][best],
        "lowest_held_out_loss": min(curves["held_out_loss"]),
        "held_out_loss_of_frequencies": rounded(-np.mean([np.log(counts[token] / len(learnt.tokens)) for token in known])),
        "seconds_an_epoch": rounded(float(np.median(curves["seconds"])), 1),
        "curves": curves,
        "written": repetition(pieces),
    }


def repetition(pieces: Sequence[np.ndarray]) -> dict[str, Any]:
    """How monotonous pieces are, by what is struck.

    Returns
    -------
    pieces, tokens : how many pieces, and tokens of the first
    different : tokens of a piece, the median
    same_again : share of tokens that are the one before
    end_in_a_loop, end_on_one_token : share of pieces
    """
    written = [score_published.tokens(notes) for notes in pieces]
    loops = [loop(tokens) for tokens in written]
    return {
        "pieces": len(pieces),
        "tokens": len(written[0]),
        "different": float(np.median([len(set(tokens)) for tokens in written])),
        "same_again": rounded(float(np.mean([same_again(tokens) for tokens in written]))),
        "end_in_a_loop": rounded(float(np.mean([length > 0 for length in loops]))),
        "end_on_one_token": rounded(float(np.mean([length == 1 for length in loops]))),
    }


def same_again(tokens: Sequence[str]) -> float:
    """Share of tokens that are the one before, 0..1."""
    return sum(one == other for one, other in pairwise(tokens)) / (len(tokens) - 1)


def loop(tokens: Sequence[str]) -> int:
    """Length of what the last third of the tokens repeats over and over, at least twice; 0 where it repeats nothing."""
    end = tokens[-max(len(tokens) // 3, 2) :]
    return next((length for length in range(1, len(end) // 2 + 1) if end[length:] == end[:-length]), 0)


def fragment(networks: Mapping[str, Mapping[str, Any]], width: int) -> dict[str, Any]:
    """A card's table of the networks (`figures` by name), and its notes."""
    rows = [_row(found) for found in networks.values()]
    return {
        "table": {"title": "The ancestors' generators, trained here", "columns": COLUMNS, "rows": rows},
        "notes": _notes(networks, width),
    }


def _row(found: Mapping[str, Any]) -> list[Any]:
    alike = list(found["mix"].values()) == [1 / len(MOODS)] * len(MOODS)
    mix = "all moods alike" if alike else ", ".join(f"{mood} {weight:.2f}" for mood, weight in found["mix"].items())
    before, after = ([f"{found[name]:.2f}" for name in names] for names in (("loss",), ("held_out_loss", "held_out_loss_of_frequencies")))
    shares = [f"{found['written'][name]:.0%}" for name in ("same_again", "end_in_a_loop", "end_on_one_token")]
    return [found["design"].upper(), mix, found["epochs"], *before, LOSSES[found["design"]], *after, found["written"]["different"], *shares]


def _notes(networks: Mapping[str, Mapping[str, Any]], width: int) -> list[str]:
    first = next(iter(networks.values()))
    written = first["written"]
    return [
        f"the ancestors' generators ({ANCESTOR}) were trained at {width} units a layer, {score_published.WIDTH} as published, on "
        f"{first['tokens']:,} notes and chords of {first['songs']} songs, at most {EACH} of a piece; losses are nats a note or chord. The "
        "published loss is that of the training set; on songs that are not in it nothing was measured. Ours on held-out songs leaves out "
        f"what the network does not know ({first['held_out']['unknown']:.0%})",
        f"what they write: {written['pieces']} pieces of {written['tokens']} notes and chords from random places of the training set, "
        "always the likeliest next one, as published. The same again: share of them that are the one before; in what was learnt from, "
        f"{first['same_again']:.0%}. A loop is a pattern that fills the last third of a piece",
    ]
