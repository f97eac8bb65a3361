"""The mood of a piece by its notes: the card of what was measured on songs a classifier never met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from analysis.training.calibration import calibration_error
from analysis.training.intervals import bootstrap, ends, in_words, rounded
from models.labels import MOODS

BINS = (0, 0.4, 0.5, 0.6, 0.75, 1.001)  # of the likeliest mood's probability
SOURCES = {
    "emopia": ("EMOPIA (Hung et al. 2021), clips of piano pop, transcribed, mood by its annotators", "CC BY-NC-SA 4.0"),
    "vgmidi": ("VGMIDI (Ferreira & Whitehead 2019), game music for piano, mood by listeners", "research use"),
}
WORDS = {"chooser": "kernel regression", "judge": "trees"}
VERSIONS = {"played": "as played", "gridded": "on the grid"}


@dataclass(frozen=True)
class Judged:
    """What a classifier said of pieces of songs it never met.

    settings : chosen for it
    moods, songs, sources : np.ndarray [shape=(n,)] of the pieces
    played : np.ndarray [shape=(n, 4)] probabilities by the notes as they were played
    rows, gridded : of which pieces [shape=(m,)] the probabilities by the notes on their grid [shape=(m, 4)] are
    """

    settings: Mapping[str, float]
    moods: np.ndarray
    played: np.ndarray
    songs: np.ndarray
    sources: np.ndarray
    rows: np.ndarray
    gridded: np.ndarray

    @property
    def accuracy(self) -> float:
        """On the grid."""
        return float(right(self.moods[self.rows], self.gridded))

    @property
    def agreement(self) -> float:
        """Share of the pieces that are told the same mood as they were played and on their grid."""
        return float((self.gridded.argmax(axis=1) == self.played[self.rows].argmax(axis=1)).mean())

    def version(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Moods, probabilities, songs and sources of the pieces as played, or of those on the grid."""
        rows = self.rows if name == "gridded" else np.arange(len(self.moods))
        return self.moods[rows], getattr(self, name), self.songs[rows], self.sources[rows]


def right(moods: np.ndarray, probabilities: np.ndarray) -> float:
    """Share of the pieces whose likeliest mood is theirs."""
    return float((probabilities.argmax(axis=1) == moods).mean())


def macro_f1(moods: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean F1 of the moods."""
    from sklearn.metrics import f1_score

    return float(f1_score(moods, probabilities.argmax(axis=1), labels=range(len(MOODS)), average="macro", zero_division=0))


def figures(moods: np.ndarray, probabilities: np.ndarray, songs: np.ndarray) -> dict[str, Any]:
    """Figures of a card, with their 95 % intervals by the bootstrap over songs."""
    return {
        "accuracy": rounded(right(moods, probabilities)),
        "macro_f1": rounded(macro_f1(moods, probabilities)),
        "calibration_error": rounded(calibration_error(moods, probabilities)),
        "intervals": {
            "accuracy": ends(bootstrap(songs, right, moods, probabilities)),
            "macro_f1": ends(bootstrap(songs, macro_f1, moods, probabilities)),
        },
    }


def build_card(
    judged: Mapping[tuple[str, int], Judged],
    learns_from: Mapping[str, int],
    measures: Sequence[str],
    sizes: Sequence[int],
    sources: np.ndarray,
) -> dict[str, Any]:
    """Every field of registry.CARD_FIELDS but name, version, sha256 and size, which the registry fills in, and `measures`, `tables`.

    judged : what each kind of classifier that learnt from each half said of the other one
    learns_from : the half from which the one that is saved learnt, by kind
    sizes : pieces of each half
    sources : np.ndarray [shape=(n,)] of all pieces
    """
    saved = {kind: judged[kind, half] for kind, half in learns_from.items()}
    moods, probabilities, songs, _ = saved["judge"].version("gridded")
    names, counts = np.unique(sources, return_counts=True)
    return {
        "date": date.today().isoformat(),
        "task": "mood of a piece of music by its notes: happy, tense, sad or calm",
        "design": "two classifiers that learnt from different songs: ridge regression with a Gaussian kernel, to choose among generated "
        "pieces, and extremely randomised trees, to judge what came of it",
        "classes": list(MOODS),
        "measures": list(measures),
        "input": f"(n, {len(measures)}) measures of analysis.symbolic",
        "output": f"(n, {len(MOODS)}) probability of each mood",
        "data": {
            "sources": [
                {"name": SOURCES.get(name, (name, ""))[0], "count": int(count), "licence": SOURCES.get(name, ("", "research use"))[1]}
                for name, count in zip(names.tolist(), counts, strict=True)
            ],
            "train": sizes[learns_from["judge"]],
            "test": len(moods),
        },
        "split": {
            "by": "song",
            "description": "the songs are halved, moods and sources spread evenly; pieces that hold each other's notes are of one song; "
            "each classifier learns from one half, with settings chosen by five folds over its songs, and is measured on the other",
        },
        "metrics": _metrics(saved, moods, probabilities, songs),
        "tables": [_versions_table(saved), _kinds_table(judged), _calibration_table(saved), _confusion_table(saved["chooser"])],
        "confusion": {"labels": list(MOODS), "matrix": _confusion(moods, probabilities).tolist()},
        "curves": {},
        "ancestor": {"work": "none of the five systems measured the mood of the music it made", "figures": {}},
        "notes": NOTES,
        "licence": "Apache-2.0 for the code; the weights were learnt from EMOPIA (CC BY-NC-SA 4.0) and VGMIDI, for research only",
    }


NOTES = [
    "the figures are of the classifier that judges, on pieces of songs it never met, laid on the grid on which music is generated; the "
    "tables have those of the one that chooses, and of pieces as they were played",
    "moods are the quadrants of valence and energy, as annotators and listeners heard them: they too agree only in part",
    "measures that change when played music is laid on its grid (the shortest gaps, tempo, how regular the beat is) are left out, and each "
    "piece is learnt as it was played and on its grid, so that generated music is not told from played music by its evenness",
    "both classifiers know music for piano: what an orchestra plays is judged as if a piano played it",
    "intervals are 95 %, by the bootstrap over songs: clips of a song are alike",
    "calibration error: mean gap between the probability of the likeliest mood and how often it is right",
]


def _metrics(saved: Mapping[str, Judged], moods: np.ndarray, probabilities: np.ndarray, songs: np.ndarray) -> dict[str, Any]:
    from sklearn.metrics import precision_recall_fscore_support

    columns = precision_recall_fscore_support(moods, probabilities.argmax(axis=1), labels=range(len(MOODS)), zero_division=0)
    classes = {
        name: {"precision": rounded(p), "recall": rounded(r), "f1": rounded(f), "support": int(n)}
        for name, p, r, f, n in zip(MOODS, *columns, strict=True)
    }
    chooser = saved["chooser"].version("gridded")
    return {
        **figures(moods, probabilities, songs),
        "chance": rounded(np.bincount(moods).max() / len(moods)),
        "agreement": rounded(saved["judge"].agreement),
        "classes": classes,
        "chooser": figures(*chooser[:3]) | {"agreement": rounded(saved["chooser"].agreement)},
    }


def _confusion(moods: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    matrix = np.zeros((len(MOODS), len(MOODS)), int)
    np.add.at(matrix, (moods, probabilities.argmax(axis=1)), 1)
    return matrix


def _versions_table(saved: Mapping[str, Judged]) -> dict[str, Any]:
    """Both classifiers, on each version of the pieces and each source."""
    rows: list[list[Any]] = []
    for kind, found in saved.items():
        for version, words in VERSIONS.items():
            moods, probabilities, songs, sources = found.version(version)
            for source in ("", *np.unique(sources).tolist()):
                chosen = np.isin(sources, source or sources)
                here = moods[chosen], probabilities[chosen]
                interval = in_words(bootstrap(songs[chosen], right, *here))
                numbers = [rounded(right(*here), 3), interval, rounded(macro_f1(*here), 3), rounded(calibration_error(*here), 3)]
                rows.append([f"{kind}: {WORDS[kind]}", words, source or "all", int(chosen.sum()), *numbers])
    columns = ["Classifier", "Notes", "Source", "Pieces", "Right", "95 % interval", "Macro-F1", "Calibration error"]
    return {"title": "Is it right on songs it never met?", "columns": columns, "rows": rows}


def _kinds_table(judged: Mapping[tuple[str, int], Judged]) -> dict[str, Any]:
    """Both kinds on the same songs."""
    rows = []
    for (kind, half), found in judged.items():
        settings = ", ".join(f"{name} {value:g}" for name, value in found.settings.items())
        played = rounded(right(found.moods, found.played), 3)
        rows.append([WORDS[kind], half + 1, 2 - half, settings, played, rounded(found.accuracy, 3), rounded(found.agreement, 3)])
    columns = ["Kind", "Learnt from half", "Measured on half", "Settings chosen", "Right, as played", "Right, on the grid", "Told the same"]
    return {"title": "Which kind of classifier tells moods best?", "columns": columns, "rows": rows}


def _calibration_table(saved: Mapping[str, Judged]) -> dict[str, Any]:
    """Whether what is said with a probability is right as often."""
    rows = []
    for kind, found in saved.items():
        moods, probabilities, *_ = found.version("gridded")
        sure, hits = probabilities.max(axis=1), probabilities.argmax(axis=1) == moods
        for low, high in pairwise(BINS):
            here = (sure >= low) & (sure < high)
            if here.any():
                rows.append(
                    [kind, f"{low:.2f} to {min(high, 1):.2f}", *(rounded(each.mean(), 2) for each in (here, sure[here], hits[here]))]
                )
    columns = ["Classifier", "Probability of the likeliest", "Share of pieces", "Mean probability", "Right"]
    return {"title": "Is it right as often as it says?", "columns": columns, "rows": rows}


def _confusion_table(found: Judged) -> dict[str, Any]:
    moods, probabilities, *_ = found.version("gridded")
    rows = [[name, *counts] for name, counts in zip(MOODS, _confusion(moods, probabilities).tolist(), strict=True)]
    return {"title": "The classifier that chooses: mood (rows) and what is said of it", "columns": ["Mood", *MOODS], "rows": rows}
