"""What the shared trunk of models/attributes.py learns from: a head for each kind of label, and how much each recording counts for it.

A sign (quadrants), a rating (excerpts) and the votes of many listeners (emotify) are not the same thing, so they are not pooled:
each has its own head, and a recording counts only for those it has a label for. Two heads are there for the trunk alone, which
learns from them what moods and styles sound like, and are not shipped: the moods and styles of AllMusic.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.labels import GENRES

# Kind of label -> the set it comes from, and how much it counts: there are few ratings and votes, and squared errors are small.
KINDS = {"sign": ("quadrants", 1.0), "rating": ("excerpts", 8.0), "votes": ("emotify", 4.0)}
MOOD_HEADS = tuple(f"{attribute}_{kind}" for attribute in ("energy", "valence") for kind in KINDS)
TEACHER_HEAD = "danceability_teacher"
_TEACHER_WEIGHT = 6.0
_TAG_WEIGHTS = {"moods": 3.0, "styles": 2.0}
_RAREST_TAG = 15  # a mood or style of fewer recordings cannot be learnt
_SQUARED = ("_rating", "_votes", "_teacher")


@dataclass(frozen=True)
class Targets:
    """By head: truth [shape=(recordings, size), float32] in 0..1, and weights [shape=(recordings,), float32], 0 where unknown."""

    truth: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]

    def sizes(self) -> dict[str, int]:
        """Number of outputs of each head."""
        return {head: values.shape[1] for head, values in self.truth.items()}


def targets(rows: pd.DataFrame) -> Targets:
    """Targets of recordings.

    Parameters
    ----------
    rows : see attribute_records.recordings, and the column danceability (see attribute_records.danceability_values)
    """
    values: dict[str, np.ndarray] = {}
    weights: dict[str, np.ndarray] = {}
    values["genre"], weights["genre"] = _genres(rows)
    for attribute in ("energy", "valence"):
        for kind, (source, weight) in KINDS.items():
            known = rows[attribute].notna() & (rows["source"] == source)
            values[f"{attribute}_{kind}"], weights[f"{attribute}_{kind}"] = _column(rows[attribute]), known.to_numpy() * weight
    values[TEACHER_HEAD], weights[TEACHER_HEAD] = _column(rows["danceability"]), rows["danceability"].notna().to_numpy() * _TEACHER_WEIGHT
    for column, weight in _TAG_WEIGHTS.items():
        tagged = _tags(rows[column])
        if tagged.shape[1]:
            values[column], weights[column] = tagged, (rows[column] != "").to_numpy() * weight
    return Targets({k: v.astype(np.float32) for k, v in values.items()}, {k: v.astype(np.float32) for k, v in weights.items()})


def losses(heads: dict[str, int]) -> dict[str, str]:
    """Keras' loss of each head."""
    return {head: _loss(head) for head in heads}


def _loss(head: str) -> str:
    if head == "genre":
        return "categorical_crossentropy"
    return "mse" if head.endswith(_SQUARED) else "binary_crossentropy"


def _genres(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """One-hot genres; a rare genre's recordings count more, by the root of how much rarer it is than the others."""
    one_hot = np.array([[float(genre == name) for name in GENRES] for genre in rows["genre"]])
    counts = one_hot.sum(axis=0)
    by_class = np.sqrt(counts.mean() / np.maximum(counts, 1))
    return one_hot, one_hot @ by_class


def _column(values: pd.Series) -> np.ndarray:
    return values.fillna(0).to_numpy(float)[:, np.newaxis]


def _tags(column: pd.Series) -> np.ndarray:
    """Many-hot tags [shape=(recordings, tags)] of those that are common enough, in the order of their names."""
    tagged = [set(filter(None, tags.split("; "))) for tags in column]
    counts = Counter(tag for tags in tagged for tag in tags)
    kept = sorted(tag for tag, count in counts.items() if count >= _RAREST_TAG)
    return np.array([[float(tag in tags) for tag in kept] for tags in tagged]).reshape(len(column), len(kept))
