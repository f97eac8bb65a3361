"""The validation run (thesis, section 5.2): a composed file whose content is known, and what the pipeline makes of it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import aggregation, detection, excerpts, fingerprints, pipeline
from analysis.agreement import agreement
from analysis.audio import SAMPLE_RATE
from analysis.excerpts import Excerpt
from analysis.files import whole_folder, write_json
from analysis.library import Library
from analysis.spectrograms import WINDOW_SECONDS
from errors import InputError
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES, SOUND_CLASSES

GRADES = ("right", "simple", "extreme", "wrong", "missed")
_FADE = 0.02  # s, so that cuts do not click


def compose(clips: Path | None, seed: int = 0) -> tuple[np.ndarray, dict[str, Any]]:
    """A file of about 4 min 20 s: music in turn with speech and other sounds.

    Parameters
    ----------
    clips : folder of one's own clips (see analysis.excerpts.from_clips); None for the demo's synthetic ones
    seed : draws, and makes, the excerpts

    Returns
    -------
    signal : np.ndarray [shape=(n,), int16] at 8 kHz, whole seconds
    truth : {"duration", "synthetic", "items": [{"start", "end", "label", "name", and for music what is known of it}]}
    """
    rng = np.random.default_rng(seed)
    found = excerpts.from_demo(rng) if clips is None else excerpts.from_clips(clips, rng)
    if not any(excerpt.label == "music" for excerpt in found):
        raise InputError(f"{clips}: gave no music; put clips into {clips}/music/<genre>/")
    ordered = list(_in_turn(found))
    items, start = [], 0
    for excerpt in ordered:
        items.append({"start": start, "end": start + excerpt.seconds, "label": excerpt.label, "name": excerpt.name, **excerpt.attributes})
        start += excerpt.seconds
    signal = np.concatenate([_faded(excerpt.signal) for excerpt in ordered])
    return signal, {"duration": start, "synthetic": clips is None, "items": items}


def grade(attribute: str, true: str, predicted: str) -> str:
    """One of GRADES; "" where the truth is not known.

    Parameters
    ----------
    attribute : a key of labels.ATTRIBUTES
    true : a class of the attribute, or "" if not known
    predicted : a class of the attribute, or "" if no music was found there
    """
    for value in (true, predicted):
        if value and value not in ATTRIBUTES[attribute]:
            raise ValueError(f"{value!r} is no {attribute}: choose one of {', '.join(ATTRIBUTES[attribute])}")
    if not true:
        return ""
    if not predicted:
        return "missed"
    if true == predicted:
        return "right"
    if attribute not in ORDERED_ATTRIBUTES:
        return "wrong"
    levels = ATTRIBUTES[attribute]
    return "simple" if abs(levels.index(true) - levels.index(predicted)) == 1 else "extreme"


def scores(true: Iterable[str], predicted: Iterable[str]) -> dict[str, Any]:
    """Accuracy, confusion, and precision, recall and F1 of each class (0 where nothing is true or predicted).

    Returns
    -------
    dict with `accuracy`, `classes` {class: {precision, recall, f1, support}}, `confusion` (rows true, columns predicted)
    """
    counts = np.zeros((len(SOUND_CLASSES), len(SOUND_CLASSES)), int)
    for pair in zip(true, predicted, strict=True):
        counts[SOUND_CLASSES.index(pair[0]), SOUND_CLASSES.index(pair[1])] += 1
    right = counts.diagonal()
    recall = right / np.maximum(counts.sum(axis=1), 1)
    precision = right / np.maximum(counts.sum(axis=0), 1)
    f1 = 2 * right / np.maximum(counts.sum(axis=0) + counts.sum(axis=1), 1)
    classes = {
        name: {"precision": float(precision[i]), "recall": float(recall[i]), "f1": float(f1[i]), "support": int(counts[i].sum())}
        for i, name in enumerate(SOUND_CLASSES)
    }
    return {"accuracy": float(right.sum() / max(counts.sum(), 1)), "classes": classes, "confusion": counts.tolist()}


def graded_segments(truth: dict[str, Any], windows: pd.DataFrame) -> pd.DataFrame:
    """One row per true music item: what its windows agree on, beside the truth.

    Parameters
    ----------
    truth : timeline, see `compose`
    windows : windows table of the pipeline; a window counts for an item when at least half of it lies inside
    """
    rows = []
    for item in truth["items"]:
        if item["label"] != "music":
            continue
        overlap = np.minimum(windows["start"] + WINDOW_SECONDS, item["end"]) - np.maximum(windows["start"], item["start"])
        inside = windows[overlap >= WINDOW_SECONDS / 2]
        row: dict[str, Any] = {key: item[key] for key in ("start", "end", "name")}
        for attribute in ATTRIBUTES:
            true = item.get(attribute, "")
            predicted, probability = aggregation.vote(inside, attribute)
            row |= {f"{attribute}_true": true, attribute: predicted, f"{attribute}_p": probability}
            row[f"{attribute}_grade"] = grade(attribute, true, predicted)
        rows.append(row)
    columns = ["start", "end", "name", *(f"{a}{suffix}" for a in ATTRIBUTES for suffix in ("_true", "", "_p", "_grade"))]
    return pd.DataFrame(rows, columns=columns).astype({"start": "int32", "end": "int32"} | {f"{a}_p": "float32" for a in ATTRIBUTES})


def validate(
    library: Library, *, clips: Path | None = None, run: str | None = None, seed: int = 0, detector: str = detection.DEFAULT_DETECTOR
) -> dict[str, Any]:
    """Compose a file with known content, run the pipeline on it, compare, and keep it all in the library.

    Parameters
    ----------
    library : gets validation/<run>/ with audio.flac, truth.json, seconds.parquet, segments.parquet, summary.json
    clips, seed : see `compose`
    run : name of the run, replaced if it exists; by default the date and time
    detector : one of detection.DETECTORS

    Returns
    -------
    dict, the content of summary.json: run, created, detector, duration, accuracy, classes, confusion, agreement, grades, files, seal
    """
    import soundfile

    detection.model(detector)
    now = datetime.now().astimezone()
    run = run or now.strftime("%Y-%m-%d %H-%M-%S")
    folder = library.validation_folder(run)
    if library.root.exists():  # otherwise it is made when there is something to write
        library.prepare()
    signal, truth = compose(clips, seed)
    found, windows, _ = pipeline.analyse_signal(signal, detector)
    seconds = compared_seconds(truth, found)
    segments = graded_segments(truth, windows)
    summary = {
        "run": run,
        "created": now.isoformat(timespec="seconds"),
        "detector": detector,
        "duration": truth["duration"],
        **scores(seconds["true"], seconds["predicted"]),
        "agreement": agreement(seconds),
        "grades": {attribute: _counts(segments[f"{attribute}_grade"]) for attribute in ATTRIBUTES},
    }
    with library.writing(), whole_folder(folder) as partial:
        soundfile.write(partial / "audio.flac", signal, SAMPLE_RATE)
        write_json(partial / "truth.json", truth)
        seconds.to_parquet(partial / "seconds.parquet", index=False)
        segments.to_parquet(partial / "segments.parquet", index=False)
        files = fingerprints.taken(partial, ("audio.flac", "truth.json", "seconds.parquet", "segments.parquet"))
        summary = fingerprints.sealed(summary | {"files": files})
        write_json(partial / "summary.json", summary)
    return summary


def compared_seconds(truth: dict[str, Any], found: pd.DataFrame) -> pd.DataFrame:
    """The seconds table of a run: second, true, predicted, raw, p_music, p_speech, p_other."""
    true = [item["label"] for item in truth["items"] for _ in range(item["start"], item["end"])]
    renamed = found.rename(columns={"label": "predicted", "raw_label": "raw"}).assign(true=true[: len(found)])
    return renamed[["second", "true", "predicted", "raw", *(f"p_{name}" for name in SOUND_CLASSES)]]


def _in_turn(found: Sequence[Excerpt]) -> Iterator[Excerpt]:
    """Speech, music, other, music, speech ...; what is left over comes at the end."""
    queues = {name: [excerpt for excerpt in found if excerpt.label == name] for name in SOUND_CLASSES}
    turns = ("speech", "music", "other", "music")
    for turn in range(len(turns) * len(found)):
        queue = queues[turns[turn % len(turns)]]
        if queue:
            yield queue.pop(0)


def _faded(signal: np.ndarray) -> np.ndarray:
    ramp = np.linspace(0, 1, round(_FADE * SAMPLE_RATE))
    shaped = signal.astype(float)
    shaped[: len(ramp)] *= ramp
    shaped[-len(ramp) :] *= ramp[::-1]
    return shaped.astype(np.int16)


def _counts(grades: pd.Series) -> dict[str, int]:
    return {name: int((grades == name).sum()) for name in GRADES}
