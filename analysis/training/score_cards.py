"""The card of the network that writes music: how well it foretells songs it never saw, and whether the mood asked for is heard."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from analysis.training.intervals import bootstrap, ends, in_words, rounded
from analysis.training.score_measures import EACH, SECONDS, SPAN
from analysis.training.score_pieces import UNKNOWN
from analysis.training.score_windows import BATCH, FORGOTTEN, WINDOW, Learnt
from models.labels import MOODS
from models.score import CHOICES, LAYERS, UNITS

ANCESTOR = "Listen to what poster says: music generation based on movie posters (2019)"
LICENCES = {
    "emopia": "CC BY-NC-SA 4.0", "vgmidi": "research use", "game_pieces": "research use", "screen_themes": "research use",
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """What was measured.

    parts : pieces learnt, watched and held out;  unseen : those held out that share no music with pieces that were learnt from
    losses : nats a note of each choice [shape=(unseen, 4)], with and without the mood, and by frequencies
    asked, heard : moods of drafts, as indices
    """

    parts: Mapping[str, Sequence[Learnt]]
    unseen: Sequence[Learnt]
    losses: np.ndarray
    untold: np.ndarray
    by_frequency: np.ndarray
    asked: np.ndarray
    heard: np.ndarray


def build_card(found: Found, curves: Mapping[str, list[float]], epochs: int, published: Mapping[str, Any] | None) -> dict[str, Any]:
    """Every field of registry.CARD_FIELDS but name, version, sha256 and size, which the registry fills in, and `tables`.

    published : what is told of the ancestors' networks (score_published.published_figures), None where none was trained
    """
    from sklearn.metrics import confusion_matrix

    learnt, watched, held_out = found.parts.values()
    tables = [_loss_table(found)]
    notes = _notes(found, curves, epochs)
    if published:
        tables.append(published["table"])
        notes += published["notes"]
    else:
        notes.append("the ancestors' networks were not trained on this data: `leitmotif train score --design a` (b, c) does it")
    return {
        "date": date.today().isoformat(),
        "task": "writing music note by note, for a mood, a tempo, a density and a strength",
        "design": f"{LAYERS} LSTM layers of {UNITS}; a note is four choices (advance, pitch, duration, velocity), each made in the "
        "knowledge of those before it; mood, tempo, notes a beat, velocity, mode and the distance from the end are told at every note",
        "classes": list(MOODS),
        "input": "the last note's choices [shape=(n,) each] and what is told [shape=(n, 10)]",
        "output": f"scores of the next note's choices: {', '.join(f'{name} {size}' for name, size in CHOICES.items())}",
        "data": {
            "sources": _sources([*learnt, *watched, *held_out]),
            "train": len(learnt),
            "validation": len(watched),
            "test": len(found.asked),
            "held_out": len(found.unseen),
            "notes": sum(len(each.piece.notes) for each in learnt),
        },
        "split": {
            "by": "song",
            "description": "songs by chance: eight in ten to learn from, one to stop by, one held out; "
            f"{len(held_out) - len(found.unseen)} of {len(held_out)} pieces held out share music with one that was learnt from under "
            "another name and are not measured",
        },
        "metrics": _metrics(found),
        "tables": tables,
        "confusion": {"labels": list(MOODS), "matrix": confusion_matrix(found.asked, found.heard, labels=range(len(MOODS))).tolist()},
        "curves": dict(curves),
        "ancestor": {"work": ANCESTOR, "figures": {"training_loss_of_a": 4.7, "training_loss_of_b": 0.0143}},
        "notes": notes,
        "licence": "Apache-2.0 for the code; the weights were trained on MIDI files for research only",
    }


def _metrics(found: Found) -> dict[str, Any]:
    from sklearn.metrics import f1_score, precision_recall_fscore_support

    right = (found.asked == found.heard).astype(float)
    rows = np.arange(len(right))
    parts = precision_recall_fscore_support(found.asked, found.heard, labels=range(len(MOODS)), zero_division=0)
    return {
        "accuracy": rounded(right.mean()),
        "macro_f1": rounded(f1_score(found.asked, found.heard, average="macro", zero_division=0)),
        "chance": rounded(1 / len(MOODS)),
        "loss": rounded(found.losses.sum(axis=1).mean()),
        "loss_of_frequency": rounded(found.by_frequency.sum(axis=1).mean()),
        "intervals": {
            "accuracy": ends(bootstrap(rows, lambda values: float(values.mean()), right)),
            "macro_f1": ends(bootstrap(rows, lambda a, b: f1_score(a, b, average="macro", zero_division=0), found.asked, found.heard)),
            "loss": ends(_interval(found, found.losses.sum(axis=1))),
        },
        "classes": {
            mood: {"precision": rounded(p), "recall": rounded(r), "f1": rounded(f), "support": int(n)}
            for mood, p, r, f, n in zip(MOODS, *parts, strict=True)
        },
    }


def _interval(found: Found, values: np.ndarray) -> tuple[float, float]:
    songs = np.array([each.piece.song for each in found.unseen])
    return bootstrap(songs, lambda drawn: float(drawn.mean()), values)


def _loss_table(found: Found) -> dict[str, Any]:
    labelled = np.array([each.piece.mood != UNKNOWN for each in found.unseen])
    rows = [
        [name, *(f"{value:.2f}" for value in values.mean(axis=0)), f"{values.sum(axis=1).mean():.2f}"]
        for name, values in {
            "this network": found.losses, "by how often each possibility stands in the music that was learnt": found.by_frequency,
            "this network, pieces whose mood is known": found.losses[labelled],
            "the same pieces, their mood not told": found.untold[labelled],
        }.items()
        if len(values)
    ]  # fmt: skip
    rows[0][-1] += f" ({in_words(_interval(found, found.losses.sum(axis=1)))})"
    title = f"Nats a note on songs held out, the first {SPAN} notes of {len(found.unseen)} pieces"
    return {"title": title, "columns": ["Foretold", *CHOICES, "together"], "rows": rows}


def _sources(pieces: Sequence[Learnt]) -> list[dict[str, Any]]:
    counts = Counter(each.piece.song.partition("/")[0] for each in pieces)
    return [{"name": name, "count": count, "licence": LICENCES.get(name, "see the data")} for name, count in counts.most_common()]


def _notes(found: Found, curves: Mapping[str, list[float]], epochs: int) -> list[str]:
    best = int(np.argmin(curves["val_loss"])) + 1
    return [
        f"accuracy: share of drafts for piano, {EACH} of {SECONDS:.0f} s for each mood, in which the judge of score_mood hears the mood "
        "that was asked for; the judge learnt from recordings of people playing and from game music, chance is 0.25, and nothing is "
        "chosen by it. A draft is one sample: composing makes several and keeps the best match. Intervals are 95 %, by the bootstrap over "
        "drafts, and over songs where losses are meant",
        f"trained on windows of {WINDOW} notes in batches of {BATCH}, transposed by -6 to 5 semitones; moods are untold to it in "
        f"{FORGOTTEN:.0%} of the windows; {epochs} epochs were run, the weights are those of epoch {best}, which has the lowest loss on "
        "songs watched",
        "recorded playing was put on a grid of twelve ticks a beat by tracking its beats; pieces whose beat cannot be followed are left "
        "out",
    ]
