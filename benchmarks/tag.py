"""What `leitmotif tag` costs from a cold start, on a clip and on ten minutes, beside the ancestor's way to describe the clip.

The fresh processes import this module: it imports no more than tagging needs, the rest where it is used.
"""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
import soundfile

from analysis.audio import SAMPLE_RATE, decode
from benchmarks import Result
from benchmarks.process import Measured, measure

CLIP_SECONDS, LONG_SECONDS = 30, 600
REPEATS = 3  # cold starts; the one with the median time counts
CACHE = Path(".bench")


def tag(data: Path | None) -> Result:
    """Wall and processor seconds and peak memory of tagging a recording in a fresh process, imports and models included.

    The ancestor's: librosa decodes the clip, pyAudioAnalysis gives its features, and each window's mel spectrogram goes through four
    Keras networks; untrained ones, as they cost the same. It has neither film genres nor album genres.
    """
    kind = "real" if data else "synthetic"
    clip, long = (CACHE / f"tag-{kind}-{seconds}.flac" for seconds in (CLIP_SECONDS, LONG_SECONDS))
    for path, seconds in ((clip, CLIP_SECONDS), (long, LONG_SECONDS)):
        if not path.exists():
            write(path, seconds, data)
    starts = sorted((measure(listen, clip) for _ in range(REPEATS)), key=lambda start: start.seconds)
    ours, longer, baseline = starts[REPEATS // 2], measure(listen, long), measure(ancestor, clip)
    minutes = (LONG_SECONDS - CLIP_SECONDS) / 60
    figures = {
        **_figures("clip", ours),
        **_figures("ten_minutes", longer),
        "cpu_seconds_a_minute_of_sound": (longer.cpu_seconds - ours.cpu_seconds) / minutes,
        **_figures("baseline_clip", baseline),
        "ratio": baseline.seconds / ours.seconds,
    }
    return Result(name="tag", figures=figures, baseline="librosa, pyAudioAnalysis and four Keras networks describing the clip")


def _figures(what: str, measured: Measured) -> dict[str, float]:
    return {
        f"{what}_seconds": measured.seconds,
        f"{what}_cpu_seconds": measured.cpu_seconds,
        f"{what}_peak_gigabytes": measured.peak_bytes / 1e9,
    }


def listen(path: Path) -> float:
    """Tag a recording; returns its seconds."""
    from analysis import tagging

    return tagging.tag(path).answers["duration"]


def ancestor(path: Path) -> int:
    """Describe a recording as the ancestor does; returns its windows."""
    import librosa
    from pyAudioAnalysis.ShortTermFeatures import feature_extraction

    from models import thesis_attributes
    from models.labels import ATTRIBUTES

    signal, _ = librosa.load(path, sr=SAMPLE_RATE)
    feature_extraction(signal, SAMPLE_RATE, 0.05 * SAMPLE_RATE, 0.05 * SAMPLE_RATE, deltas=False)
    starts = range(0, len(signal) - 10 * SAMPLE_RATE + 1, SAMPLE_RATE)
    mels = [librosa.feature.melspectrogram(y=signal[i : i + 10 * SAMPLE_RATE], sr=SAMPLE_RATE, n_fft=800, hop_length=800) for i in starts]
    windows = np.stack([librosa.power_to_db(mel)[:, :100, np.newaxis] for mel in mels])
    for classes in ATTRIBUTES.values():
        thesis_attributes.build(len(classes)).predict(windows, verbose=0)
    return len(windows)


# --- the recordings ---------------------------------------------------------------------------------------------


def write(path: Path, seconds: int, data: Path | None) -> None:
    """A FLAC file of so many seconds: music of the data folder, clip after clip, or music that is made here."""
    rate, pieces = _music(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"partial-{path.name}")
    left = seconds * rate
    with soundfile.SoundFile(partial, "w", samplerate=rate, channels=1) as file:
        while left:
            piece = next(pieces)[:left]
            file.write(piece)
            left -= len(piece)
    partial.rename(path)


def _music(data: Path | None) -> tuple[int, Iterator[np.ndarray]]:
    """Its rate in Hz, and endless pieces of it."""
    if data:
        return SAMPLE_RATE, _clips(data)
    from analysis.synthesis.render import RATE

    return RATE, _made()


def _clips(data: Path) -> Iterator[np.ndarray]:
    from analysis.training.datasets import read_table

    for path in cycle(read_table(data, "quadrants", ["artist"])["path"]):
        yield decode(path).signal


def _made() -> Iterator[np.ndarray]:
    from analysis.synthesis.music import Mood
    from analysis.synthesis.scenes import music
    from analysis.synthesis.styles import STYLES

    for seed, genre in enumerate(cycle(STYLES)):
        sound = music(genre, CLIP_SECONDS, Mood(), seed).mean(axis=0)
        yield 0.5 * sound / np.abs(sound).max()
