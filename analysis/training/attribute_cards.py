"""The card of a trained attribute network: what it was trained on and what was measured on the held-out part."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from models.labels import ATTRIBUTES

SOURCES = {
    "quadrants": ("4Q audio emotion dataset (Panda et al. 2018), 30 s clips", "research use"),
    "excerpts": ("Grekow's emotion-annotated excerpts of GTZAN, 6 s", "research use"),
    "emotify": ("Emotify (Aljanaki et al. 2016), 30 s clips", "research use"),
    "film_scores": ("excerpts of commercial film scores, 15 s", "research use"),
}
ANCESTOR = "Movie music analysis with machine learning, master's thesis, 2020"
ANCESTOR_ACCURACY = {"danceability": 0.72, "valence": 0.70, "energy": 0.75, "genre": 0.60}
_THIRDS = "levels are the thirds [0, 0.33), [0.33, 0.66], (0.66, 1]"
LABELS = {
    "energy": f"{_THIRDS} of arousal scaled to 0..1 (excerpts) and of the arousing share of listeners' votes (emotify: power, joyful "
    "activation, tension against calmness, tenderness, sadness); quadrants of which annotators were sure (quadrant_share 0.6 and more) "
    "give high (Q1, Q2) or low (Q3, Q4), never medium, so medium clips are from the other two sets only",
    "valence": f"{_THIRDS} of valence scaled to 0..1 (excerpts) and of the pleasant share of listeners' votes (emotify: joyful "
    "activation, tenderness, calmness against tension, sadness); quadrants of which annotators were sure (quadrant_share 0.6 and more) "
    "give positive (Q1, Q4) or negative (Q2, Q3), never neutral, so neutral clips are from the other two sets only",
    "danceability": "no human labels were used: the teacher is detrended fluctuation analysis (Streich and Herrera 2005), its values "
    f"mapped by rank within each genre to the distribution of Spotify's danceability in that genre; {_THIRDS}; "
    "the figures say how well the network follows the teacher, not how well it agrees with people",
    "genre": "genres are the sets' own, sub-genres mapped by data/genres.csv; "
    "clips tagged Pop/Rock, or with tags of several genres, are left out",
}


EMOTIFY_ORDER = (
    "Emotify's annotations (genre and votes) are joined to its recordings by genre and place within the genre: "
    "the numbers of the two do not agree"
)


def build_card(
    name: str,
    rows: pd.DataFrame,
    chosen: Mapping[str, np.ndarray],
    labels: np.ndarray,
    probabilities: np.ndarray,
    clips: np.ndarray,
    curves: Mapping[str, list],
    *,
    notes: Sequence[str],
) -> dict[str, Any]:
    """Every field of registry.CARD_FIELDS but name, version, sha256 and size, which the registry fills in.

    Parameters
    ----------
    rows : recordings, see attribute_records.recordings
    chosen : rows of each part: train (with repetitions), validation, test
    labels : np.ndarray [shape=(len(rows),)] class of each recording, -1 where unknown
    probabilities : np.ndarray [shape=(windows, classes)] predictions for the windows of the test part
    clips : np.ndarray [shape=(windows,)] row each of these windows is from
    curves : values by epoch
    notes : what else the reader of the card must know
    """
    classes = ATTRIBUTES[name]
    distinct = {part: np.unique(members) for part, members in chosen.items()}
    used = rows.iloc[np.concatenate(list(distinct.values()))]
    support = {part: np.bincount(labels[members], minlength=len(classes)).tolist() for part, members in distinct.items()}
    metrics, confusion = measure(labels[clips], probabilities, clips, rows["source"].to_numpy())
    return {
        "date": date.today().isoformat(),
        "task": f"{name} of a 10 s window of music ({len(classes)} classes)",
        "design": "thesis",
        "classes": list(classes),
        "input": "windows (n, 128, 100, 1) float32: log-mel at 8 kHz, 10 frames a second, 20 dB units around the window's mean",
        "output": f"class probabilities (n, {len(classes)}) float32, rows sum to 1",
        "data": {
            "sources": [
                {"name": title, "count": int((used["source"] == source).sum()), "licence": licence}
                for source, (title, licence) in SOURCES.items()
                if (used["source"] == source).any()
            ],
            "train": len(distinct["train"]),
            "validation": len(distinct["validation"]),
            "test": len(distinct["test"]),
            "support": {part: dict(zip(classes, counts, strict=True)) for part, counts in support.items()},
        },
        "split": {
            "by": "artist (quadrants), film (film scores), file (emotify, excerpts)",
            "description": "6/10 of the groups to train, 1/10 to steer the learning rate and choose the epoch, 3/10 held out for these "
            "figures; counts are of clips, a clip of 30 s gives three windows",
        },
        "metrics": metrics,
        "confusion": {"labels": list(classes), "matrix": confusion},
        "curves": dict(curves),
        "ancestor": {"work": ANCESTOR, "figures": {"accuracy": ANCESTOR_ACCURACY[name]}},
        "notes": [LABELS[name], EMOTIFY_ORDER, *notes],
        "licence": "Apache-2.0 for the code; the weights were trained on recordings licensed for research only",
    }


def measure(truth: np.ndarray, probabilities: np.ndarray, clips: np.ndarray, sources: np.ndarray) -> tuple[dict[str, Any], list[list[int]]]:
    """Figures of predictions for windows, and their confusion matrix (rows true, columns predicted).

    Returns
    -------
    accuracy and macro_f1 over windows; balanced_accuracy (mean recall of the classes: what accuracy would be on a set of equal
    classes); clip_accuracy, of the mean probability over a clip's windows; chance, the accuracy of a guess on equal classes;
    by_source, accuracy and windows of each set
    """
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, f1_score

    classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    by_clip = pd.DataFrame(probabilities).groupby(clips).mean()
    clip_truth = pd.Series(truth).groupby(clips).first()
    origin = sources[clips]
    figures = {
        "accuracy": accuracy_score(truth, predicted),
        "macro_f1": f1_score(truth, predicted, labels=range(classes), average="macro", zero_division=0),
        "balanced_accuracy": balanced_accuracy_score(truth, predicted),
        "clip_accuracy": accuracy_score(clip_truth, by_clip.to_numpy().argmax(axis=1)),
        "chance": 1 / classes,
    }
    by_source = {
        str(source): {"accuracy": round(float((predicted == truth)[origin == source].mean()), 4), "windows": int((origin == source).sum())}
        for source in np.unique(origin)
    }
    matrix = confusion_matrix(truth, predicted, labels=range(classes))
    return {key: round(float(value), 4) for key, value in figures.items()} | {"by_source": by_source}, matrix.tolist()
