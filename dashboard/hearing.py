"""What is done with a recording that was given to the Tag page, from its file to its answers and its spectrogram."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from errors import AudioError

LONGEST = 4 * 3600  # s
COLUMNS = 1200  # of a spectrogram: about the pixels of the widest chart

# Calls back with the stage and how much of it is done, None where that is not known.
Progress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Spectrogram:
    """A recording's mel spectrogram, no wider than it can be drawn.

    levels : np.ndarray [shape=(bands, columns), uint8] half decibels above the floor, the loudest being 2 * TOP_DB
    frequencies : np.ndarray [shape=(bands,)] Hz, the middle of each band
    step : seconds from one column to the next
    """

    levels: np.ndarray
    frequencies: np.ndarray
    step: float


@dataclass(frozen=True)
class Heard:
    """What was heard in a recording: answers and tables of analysis.tagging, and its spectrogram."""

    answers: dict
    seconds: pd.DataFrame
    segments: pd.DataFrame
    spectrogram: Spectrogram


def listen_to(path: Path, name: str, progress: Progress) -> Heard:
    """Listen to a file.

    Parameters
    ----------
    path : the file; it need not have an ending
    name : what it is called
    progress : is told each stage as it begins, and how far decoding has come

    Raises
    ------
    AudioError : there is no sound in it that can be decoded, or it is too short or too long
    ModelError : a model's weights are missing or altered
    """
    from analysis import tagging  # the models behind it take a second to import: only where they are used
    from analysis.audio import SAMPLE_RATE

    signal = _decode(path, name, progress)
    if len(signal) < tagging.SHORTEST * SAMPLE_RATE:
        raise AudioError(f"{name}: lasts {len(signal) / SAMPLE_RATE:.1f} s; {tagging.SHORTEST} s are needed to describe a recording")
    tagged = tagging.describe(signal, name, begins=lambda stage: progress(stage, None))
    return Heard(tagged.answers, tagged.seconds, tagged.segments, spectrogram(signal))


def _decode(path: Path, name: str, progress: Progress) -> np.ndarray:
    from analysis import audio, decoding

    promised, heard = decoding.promised_length(path) or 0.0, 0.0
    blocks = []
    with closing(decoding.decoder().blocks(path, 0, decoding.PATIENCE, [])) as coming:  # who is not heard out is stopped
        for block in coming:
            blocks.append(np.frombuffer(block, np.int16))
            heard += len(blocks[-1]) / audio.SAMPLE_RATE
            if heard > LONGEST:
                raise AudioError(f"{name}: lasts more than {LONGEST // 3600} hours; run `leitmotif tag FILE` for it")
            progress("decode", min(heard / promised, 1.0) if promised else None)
    if not blocks:
        raise AudioError(f"{name}: its audio track holds no sound that can be decoded; check or re-encode the file")
    return np.concatenate(blocks)


def spectrogram(signal: np.ndarray) -> Spectrogram:
    """The mel spectrogram of a signal in decibels, as many frames averaged as make it at most COLUMNS wide.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,), int16] at SAMPLE_RATE, a tenth of a second or more
    """
    from analysis import mel
    from analysis.audio import SAMPLE_RATE
    from analysis.spectrograms import FRAMES_PER_SECOND, N_MELS, TOP_DB, mel_power

    power = mel_power(signal)
    averaged = -(-power.shape[1] // COLUMNS)
    starts = np.arange(0, power.shape[1], averaged)
    widths = np.diff(np.append(starts, power.shape[1]))
    decibels = 10 * np.log10(np.maximum(np.add.reduceat(power, starts, axis=1) / widths, 1e-10))
    levels = np.clip(2 * (decibels - decibels.max() + TOP_DB), 0, 2 * TOP_DB).round().astype(np.uint8)
    return Spectrogram(levels, mel.frequencies(N_MELS + 2, 0, SAMPLE_RATE / 2)[1:-1], averaged / FRAMES_PER_SECOND)
