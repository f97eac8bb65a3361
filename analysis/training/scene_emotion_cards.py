"""The emotion of a scene: settings of its training, and the card of what was measured on themes it never saw."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from analysis.training import scene_network_cards, scene_networks
from analysis.training.imagenet import NOTE
from analysis.training.intervals import bootstrap, ends, in_words, rounded
from analysis.training.scene_data import Photographs
from analysis.training.scene_measures import Judged, confusion, correlation, judged, macro_f1, measure
from analysis.training.scene_networks import Outcome, Run
from analysis.training.scene_regression import HeldOut
from models.scene_emotion import BLOCK, EMOTIONS, ENLARGED, HIGH_VALENCE, LOW_VALENCE, MIDDLE_AROUSAL, SEEN

REPEATS = 3  # of the cross-validation, each with other folds
BLOCKS = ("block11", "block12", "block13", BLOCK, "block15", "head")  # after which the network is asked, to compare
BINS = (0, 0.45, 0.6, 0.75, 0.9, 1.001)  # of the likeliest emotion's probability
SHOWN = 10  # photographs told worst
RATINGS = ("valence", "arousal")
DATA_NAME = "OASIS (Kurdi, Lozano & Banaji 2017), photographs rated online"

METHODS = {
    "commonest": ("none", "always the commonest emotion"),
    "descriptors, SVM": ("colour, texture and composition (Machajdik & Hanbury)", "SVM"),
    "descriptors, logistic regression": ("the same", "logistic regression"),
    "descriptors": ("the same", "regression of ratings"),
    "posters": ("the network tuned to the genres of posters, last map", "regression of ratings"),
    "head": ("EfficientNet-Lite0, last map", "regression of ratings"),
    "any block": ("EfficientNet-Lite0, the block chosen among six inside of what is learnt from", "regression of ratings"),
    "block": (f"EfficientNet-Lite0 after {BLOCK}", "regression of ratings"),
    "block, SVM": ("the same", "SVM"),
    "block, logistic regression": ("the same", "logistic regression"),
    "both": ("the same", "mean of both regressions: what ships"),
}


def always_commonest(photographs: Photographs, folds: np.ndarray) -> HeldOut:
    """The commonest emotion of the photographs that are known; folds : np.ndarray [shape=(repeats, n)]."""
    found = np.zeros((*folds.shape, len(EMOTIONS)))
    for repeat, row in enumerate(folds):
        for fold in np.unique(row):
            counts = np.bincount(photographs.emotions[(row != fold) & photographs.strong], minlength=len(EMOTIONS))
            found[repeat, row == fold] = np.eye(len(EMOTIONS))[counts.argmax()]
    return HeldOut(found)


def measure_regression(held_out: HeldOut, commonest: HeldOut, photographs: Photographs) -> dict[str, Any]:
    """Figures of the emotions, of the ratings they are read from, and of neutral."""
    assert held_out.ratings is not None
    found = judged(held_out.emotions, photographs)
    metrics = measure(found)
    gain = found.right.astype(float) - judged(commonest.emotions, photographs).right
    strong = held_out.emotions[:, photographs.strong].reshape(-1, len(EMOTIONS))
    metrics |= {
        "accuracy_gain": rounded(gain.mean()),
        "log_loss": rounded(-np.log(strong[np.arange(len(strong)), found.truth]).mean()),
        "log_loss_of_shares": rounded(-(found.shares * np.log(found.shares)).sum()),
        "neutral": _neutral(held_out, photographs),
    }
    metrics["intervals"]["accuracy_gain"] = ends(bootstrap(found.themes, np.mean, gain))
    themes = np.tile(photographs.themes, len(held_out.ratings))
    for column, name in enumerate(RATINGS):
        truth, predicted = _pairs(held_out.ratings, photographs, column)
        metrics[f"{name}_correlation"] = rounded(correlation(truth, predicted))
        metrics[f"{name}_error"] = rounded(np.abs(truth - predicted).mean())
        metrics[f"{name}_error_of_mean"] = rounded(np.abs(truth - truth.mean()).mean())
        metrics["intervals"][f"{name}_correlation"] = ends(bootstrap(themes, correlation, truth, predicted))
        metrics["intervals"][f"{name}_error"] = ends(bootstrap(themes, np.mean, np.abs(truth - predicted)))
    return metrics


def _pairs(ratings: np.ndarray, photographs: Photographs, column: int) -> tuple[np.ndarray, np.ndarray]:
    """A rating as people gave it and as it was predicted, in all repeats."""
    return np.tile(photographs.ratings[:, column], len(ratings)), ratings[..., column].ravel()


def _neutral(held_out: HeldOut, photographs: Photographs) -> dict[str, float]:
    """How often four answers would be right, neutral being the fourth."""
    assert held_out.neutral is not None
    neutral = held_out.neutral[..., np.newaxis]
    right = np.concatenate([held_out.emotions * (1 - neutral), neutral], axis=2).argmax(axis=2) == photographs.emotions
    return {
        "accuracy": rounded(right.mean()),
        "accuracy_of_commonest": rounded(1 - photographs.strong.mean()),
        "accuracy_of_the_three": rounded(right[:, photographs.strong].mean()),
    }


def _comparison_table(found: Mapping[str, HeldOut], photographs: Photographs) -> dict[str, Any]:
    """Every method, on the same photographs and folds."""
    rows: list[list[Any]] = []
    for name in (name for name in METHODS if name in found):
        said, ratings = judged(found[name].emotions, photographs), found[name].ratings
        row = [*METHODS[name], rounded(said.right.mean(), 3), in_words(said.interval()), rounded(macro_f1(said.truth, said.said), 3)]
        for column in range(len(RATINGS)):
            row.append("" if ratings is None else rounded(correlation(*_pairs(ratings, photographs, column)), 2))
        rows.append(row)
    columns = ["Features", "Method", "Right of three", "95 % interval", "Macro-F1", "Valence, correlation", "Arousal, correlation"]
    return {"title": "Which features and which method tell the emotion best", "columns": columns, "rows": rows}


def _calibration_table(found: Judged) -> dict[str, Any]:
    """Whether what is said with a probability is right as often."""
    rows = []
    for low, high in pairwise(BINS):
        here = (found.sure >= low) & (found.sure < high)
        if here.any():
            figures = [rounded(values.mean(), 2) for values in (here, found.sure[here], found.right[here])]
            rows.append([f"{low:.2f} to {min(high, 1):.2f}", *figures])
    columns = ["Probability of the likeliest", "Share of photographs", "Mean probability", "Right"]
    return {"title": "Is it right as often as it says?", "columns": columns, "rows": rows}


def _worst_table(found: HeldOut, photographs: Photographs) -> dict[str, Any]:
    """Photographs whose emotion was given the least probability, one a theme."""
    strong = np.flatnonzero(photographs.strong)
    truth, chances = photographs.emotions[strong], found.emotions[:, strong].mean(axis=0)
    rows: list[list[Any]] = []
    for row in np.argsort(chances[np.arange(len(strong)), truth], kind="stable"):
        theme = str(photographs.themes[strong[row]])
        if len(rows) < SHOWN and all(theme != shown[0] for shown in rows):
            said = ", ".join(f"{name} {p:.2f}" for name, p in zip(EMOTIONS, chances[row], strict=True))
            rows.append([theme, EMOTIONS[truth[row]], said])
    return {"title": "Held-out photographs told worst", "columns": ["Theme", "Emotion", "Said"], "rows": rows}


def build_card(
    design: str,
    photographs: Photographs,
    folds: np.ndarray,
    found: Mapping[str, HeldOut],
    networks: Mapping[Run, Outcome] | None,
    curves: Mapping[str, list[float]],
) -> dict[str, Any]:
    """Every field of registry.CARD_FIELDS but name, version, sha256 and size, which the registry fills in, and `tables`.

    folds : np.ndarray [shape=(repeats, n)]
    found : what each of METHODS said; nothing for the ancestor's design
    networks : what the ancestor's networks said, if they were trained
    """
    tables: list[dict[str, Any]] = []
    theirs = scene_network_cards.corrected(networks, photographs, folds[0]) if networks else None
    if design == "best":
        commonest = always_commonest(photographs, folds)
        said = judged(found["both"].emotions, photographs)
        metrics = measure_regression(found["both"], commonest, photographs)
        tables = [_comparison_table({"commonest": commonest, **found}, photographs), _calibration_table(said)]
        tables.append(_worst_table(found["both"], photographs))
        if theirs:
            metrics["thesis_design"] = {"accuracy": rounded(theirs.right.mean())}
    else:
        assert theirs is not None
        said, metrics = theirs, measure(theirs)
    if networks:
        tables += scene_network_cards.tables(networks, photographs, folds[0], found.get("both"))
    strong, everything = int(photographs.strong.sum()), len(photographs.themes)
    return {
        "date": date.today().isoformat(),
        "task": "how a photograph of a scene makes people feel: happy, sad or angry (tense), and valence and arousal",
        "design": _design(design),
        "classes": list(EMOTIONS),
        "input": f"(n, {SEEN[1]}, {SEEN[0]}, 3) RGB 0..255: the whole picture squeezed into {SEEN[0]} x {SEEN[1]} pixels",
        "output": "(n, 3) probability of each emotion if it is one of them, (n,) that it is none, (n, 2) valence and arousal, 1..7",
        "data": {
            "sources": [{"name": DATA_NAME, "count": everything, "licence": "open access"}],
            "train": everything if design == "best" else strong,
            "test": len(said.truth) // said.repeats,
        },
        "split": {"by": "theme", "description": _split(design)},
        "metrics": metrics,
        "tables": tables,
        "confusion": confusion(said),
        "curves": dict(curves),
        "ancestor": {
            "work": scene_network_cards.ANCESTOR,
            "figures": {"accuracy": scene_network_cards.ANCESTOR_ACCURACY[True][1]},
        },
        "notes": _notes(design, networks is not None, np.bincount(photographs.emotions, minlength=len(EMOTIONS) + 1)),
        "licence": "Apache-2.0 for the code and for EfficientNet-Lite0 as published; the photographs are OASIS's, open access",
    }


def _design(design: str) -> str:
    if design == "thesis":
        return "convolutions 32/32/32/32/64 on 150 x 150 pixels with ReLU, dense 64, dropout 0.5; learnt from a GAN's pictures too"
    return (
        f"EfficientNet-Lite0 as published, up to {BLOCK}, on the picture enlarged to {ENLARGED[0]} x {ENLARGED[1]} and on its mirror "
        "image; on the mean of its last map kernel ridge regression of valence and arousal, from which the emotions can be read, and "
        "logistic regression of the emotions; what is said of these is the mean of both"
    )


def _split(design: str) -> str:
    if design == "thesis":
        held_out = len(scene_networks.FOLDS)
        return f"the themes of {held_out} of five folds are held out, for the figures; what is saved learnt from all"
    return (
        f"five folds over themes, {REPEATS} times: a photograph is held out with all others of its theme, once in each repeat; width and "
        "ridge are chosen inside of what is learnt from; what is saved is trained on all photographs"
    )


def _notes(design: str, networks: bool, counts: np.ndarray) -> list[str]:
    happy, sad, angry, neutral = counts
    notes = [
        f"happy: valence of {HIGH_VALENCE} and more ({happy} photographs); sad: valence under {LOW_VALENCE} and arousal under "
        f"{MIDDLE_AROUSAL} ({sad}); angry: valence under {LOW_VALENCE} and arousal of {MIDDLE_AROUSAL} and more ({angry}); neutral: the "
        f"{neutral} between. "
        "Happy and sad begin equally far from the mean photograph's valence, 4.35, and 4 is the middle of the scale",
        "angry is tense: by valence and arousal it cannot be told from afraid or disgusted",
        "ratings are means of about a hundred people in the United States, asked online; one person feels otherwise",
        "photographs of objects, people, animals and scenery, not frames of films",
        "intervals are 95 %, by the bootstrap over themes: photographs of a theme are alike",
        "the ancestor's pictures were others (UnBiasedEmo, Emotion 6 and pictures found online), and whether its two parts shared motifs "
        "it does not say",
    ]
    if design == "best":
        notes += [
            NOTE,
            "neutral is not a class: it would be the answer for nearly every photograph and right hardly more often than if it always were "
            "(metrics: neutral). It is said beside the emotions, as the probability that it is none of them",
            "the confusion matrix counts a photograph once for each repeat",
            f"{BLOCK}, the size at which it looks and the mean of both regressions were chosen on these photographs, among six blocks, six "
            "sizes and the methods of the table; where the block is chosen inside of what is learnt from, the regression does as well",
        ]
    if networks:
        notes.append(scene_network_cards.note())
    else:
        notes.append("the ancestor's networks were not trained on this data: `leitmotif train scene_emotion --design thesis` does it")
    return notes
