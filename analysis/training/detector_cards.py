"""The cards of the detectors: what they were trained on, and what they made of groups they never heard."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from analysis.training import own_clips
from analysis.training.intervals import in_words
from analysis.training.sounds import TEST_SHARE, Recordings
from models.labels import SOUND_CLASSES

LICENCES = {
    "ravdess": "CC BY-NC-SA 4.0", "UrbanSound8K": "CC BY-NC 3.0", "CC-Sounds (CC BY-SA 4.0)": "CC BY-SA 4.0",
    "quadrants": "4Q dataset, research use", "emotify": "Emotify, research use", "excerpts": "GTZAN excerpts, research use",
    "film_scores": "excerpts of commercial recordings, research use",
}  # fmt: skip
NOTES = [
    "accuracy, macro_f1, classes and confusion: single seconds of held-out recordings as they are, without smoothing",
    "classes_weighted_alike: the same, each class counting alike (most held-out seconds are music)",
    "smoothed: the same seconds after the smoothing that the program applies, within each recording (pauses are left out)",
    "clip: greatest mean log-probability over a recording",
    "film_conditions: as many seconds of each class with random level, colour, room and noise, alone and mixed",
    "mixtures: share of the seconds of a mixture that got each class, in the conditions of films, one second at a time; mixed: all "
    "of them together; a mixture's calibration_error is of one true class only, that of mixed is the one to judge the probabilities by",
    "composed_films: 4-minute films composed of held-out recordings, with cross-fades, speech entering over music that goes on, and "
    "differing levels; smoothed as the program does. boundary_error: seconds from a true beginning or end of music in them to the nearest "
    "one found",
    "singing: share of the held-out seconds of recordings of these AllMusic genres that was heard as music; nobody marked which of their "
    "seconds are sung, and no song without accompaniment is known to be among them",
    "no real film was labelled: how often the detector is right on one is not known, composed films stand in for it",
    "speech over music counts as speech, singing as music, music under loud effects as other, silence as other",
]
ANCESTOR = {
    "work": "movie-music thesis (2020)",
    "figures": {"clip_macro_f1": 0.911, "clip_music_f1": 0.978, "clip_accuracy": 0.923, "C": 0.5},
}
_MATERIALS = {  # what is measured -> its key in the metrics (None: the metrics themselves), its interval's
    "seconds as recorded": (None, "macro_f1"),
    "the same, smoothed": ("smoothed", "smoothed_macro_f1"),
    "recordings, by the mean of their seconds": ("clip", "clip_macro_f1"),
    "mixed material": ("mixed", "mixed_macro_f1"),
    "composed films, smoothed": ("composed_films", "composed_films_macro_f1"),
}


def card(
    known: Recordings, unseen: Recordings, metrics: Mapping[str, Any], *, train_seconds: int, design: str, inputs: str, tuned: str,
    notes: Sequence[str], tables: Sequence[Mapping[str, Any]], curves: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """A card without what `registry.save` adds.

    Parameters
    ----------
    known, unseen : recordings trained on and held out
    metrics : see `detector_measures.measure`
    train_seconds : number of examples
    design, inputs : in words
    tuned : how settings and calibration were found without the held-out part, in words
    notes : besides NOTES
    tables, curves : see the cards of other models
    """
    counts = pd.concat([known.table["source"], unseen.table["source"]]).value_counts().to_dict()
    own = all(name.startswith(own_clips.SOURCE) for name in counts)
    return {
        "date": date.today().isoformat(),
        "task": "music, speech or other for each second of a soundtrack",
        "design": design,
        "classes": list(SOUND_CLASSES),
        "input": inputs,
        "output": f"(seconds, {len(SOUND_CLASSES)}) probabilities",
        "data": {
            "sources": [
                {"name": name, "count": int(count), "licence": own_clips.LICENCE if own else LICENCES.get(name, "unclear, research use")}
                for name, count in sorted(counts.items())
            ],
            "train": len(known.table),
            "test": len(unseen.table),
            "train_seconds": train_seconds,
        },
        "split": {
            "by": own_clips.SPLIT_BY if own else "artist, film, speaker, or recording pack",
            "description": f"{TEST_SHARE:.0%} of the groups of each source held out at random; {tuned}",
            "held_out": digest(unseen),
        },
        "metrics": dict(metrics),
        "confusion": {"labels": list(SOUND_CLASSES), "matrix": metrics["confusion"]},
        "curves": dict(curves),
        "tables": list(tables),
        "ancestor": ANCESTOR,
        "notes": [*NOTES, *notes],
        "licence": own_clips.WEIGHTS_LICENCE
        if own
        else "Weights trained on recordings for research use only, some of them non-commercial (see data.sources)",
    }


def in_a_line(metrics: Mapping[str, Any]) -> str:
    """The main figures, for the report."""
    return (
        f"held out: macro-F1 {metrics['macro_f1']:.3f} per second ({metrics['smoothed']['macro_f1']:.3f} smoothed), "
        f"{metrics.get('recording', metrics['clip'])['macro_f1']:.3f} per recording, {metrics['mixed']['macro_f1']:.3f} on mixed material"
    )


def digest(unseen: Recordings) -> str:
    """What tells one held-out part from another: only detectors that share it can be compared."""
    return hashlib.sha256("\n".join(sorted(set(unseen.table["group"]))).encode()).hexdigest()[:16]


def tables(measured: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Detectors side by side on the held-out part: by material, and by mixture.

    measured : metrics (see `detector_measures.measure` and `singing`) by the detector's name in words
    """
    materials, mixtures = [], []
    for words, (key, interval) in _MATERIALS.items():
        for name, metrics in measured.items():
            part = metrics[key] if key else metrics
            scores = (part["accuracy"], part["macro_f1"], in_words(metrics["intervals"][interval]), part.get("calibration_error", ""))
            materials.append([words, name, *scores])
    for name, metrics in measured.items():
        if part := metrics.get("recording"):
            interval = in_words(part["macro_f1_interval"])
            materials.append(["recordings as a whole", name, part["accuracy"], part["macro_f1"], interval, part["calibration_error"]])
    for mixture in next(iter(measured.values()))["mixtures"]:
        for name, metrics in measured.items():
            part = metrics["mixtures"][mixture]
            mixtures.append([mixture, name, *(part[sound] for sound in SOUND_CLASSES)])
    columns = ["Held-out material", "Detector", "Accuracy", "Macro-F1", "95 % interval", "Calibration error"]
    heard = ["Mixture", "Detector", *(f"Heard as {sound}" for sound in SOUND_CLASSES)]
    found = [
        {"title": "How often it is right, by material", "columns": columns, "rows": materials},
        {"title": "What mixtures are heard as: the first-named should win", "columns": heard, "rows": mixtures},
    ]
    sung = [[genre, name, *part.values()] for name, metrics in measured.items() for genre, part in metrics["singing"].items()]
    of_songs = ["Genre", "Detector", "Heard as music", "The same, smoothed", "Recordings", "Seconds"]
    return [*found, {"title": "Singing should be music", "columns": of_songs, "rows": sorted(sung)}] if sung else found
