"""A two-hour film, analysed by us and by the ancestor's procedure."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from analysis.audio import SAMPLE_RATE, decode
from analysis.library import Library
from benchmarks import Result
from benchmarks.process import LEITMOTIF, measure, seconds

FILM_SECONDS = 2 * 3600
MUSIC_SHARE = 0.4
SLICE_SECONDS = 120  # of the film, for the procedure that would take too long on the whole
SLICE_WINDOWS = 40
RUNS = 3
PER_DIRECTOR = 20
FILE_RATE = 48_000  # Hz: what films have
CACHE = Path(".bench")


def film(data: Path | None) -> Result:
    """Seconds, times real time and peak memory of our whole pipeline, beside bare decoding and the ancestor's procedure.

    Ours is the command, from its start to its end, and decoding that of every frame in a process of its own: each the median of
    several, in turn. The ancestor's: pyAudioAnalysis features, then for each window a mel spectrogram by librosa and one `predict`
    per network. It is measured on a slice of the film and scaled up, by duration (features) and by windows (the rest).
    """
    path = build(data)
    ours, bare, peak = [], [], 0
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        films = Path(folder, "films")
        link(path, films, 1)
        for number in range(RUNS):
            bare.append(measure(_decode, path).seconds)
            library = Library(Path(folder, f"library-{number}"))
            ours.append(seconds([LEITMOTIF, "analyse", films, "--library", library.root]))
        peak = measure(listen, films, Path(folder, "library")).peak_bytes
        [(director, movie)] = library.movies()
        profile, windows = library.profile(director, movie), len(library.table(director, movie, "windows"))
    ancestor = measure(_ancestor, path).value
    scaled = ancestor["decode"] + ancestor["features"] * profile["duration"] / SLICE_SECONDS
    scaled += ancestor["windows"] * windows / SLICE_WINDOWS
    took, decoding = statistics.median(ours), statistics.median(bare)
    figures = {
        "film_seconds": profile["duration"],
        "windows": windows,
        "music_percent": profile["music_duration"],
        "ours_seconds": took,
        "ours_times_real_time": profile["duration"] / took,
        "ours_peak_gigabytes": peak / 1e9,
        "bare_decoding_seconds": decoding,
        "ours_to_bare_decoding": statistics.median(a / b for a, b in zip(ours, bare, strict=True)),
        "ancestor_seconds_scaled_up": scaled,
        "ancestor_slice_seconds": ancestor["features"] + ancestor["windows"],
        "ancestor_to_ours": scaled / took,
    }
    return Result(name="film", figures=figures, baseline="PyAV decoding the same file; the ancestor's procedure (on a slice, scaled up)")


def listen(films: Path, library: Path) -> None:
    """Analyse the films of a folder. Raises RuntimeError when one fails."""
    from analysis.many import run
    from scrapers.folder import scan

    for outcome in run(scan(films), Library(library)):
        if outcome.status != "ok":
            raise RuntimeError(outcome.reason)


def _decode(path: Path) -> None:
    with av.open(str(path)) as container:
        for _ in container.decode(container.streams.audio[0]):
            pass


def _ancestor(path: Path) -> dict[str, float]:
    """Seconds of decoding (whole film), features (a slice) and windows (a few of them)."""
    import librosa
    from pyAudioAnalysis.ShortTermFeatures import feature_extraction

    from models import thesis_attributes
    from models.labels import ATTRIBUTES

    times = {}
    begun = time.perf_counter()
    signal = decode(path).signal[: SLICE_SECONDS * SAMPLE_RATE]
    times["decode"] = time.perf_counter() - begun
    begun = time.perf_counter()
    feature_extraction(signal, SAMPLE_RATE, 0.05 * SAMPLE_RATE, 0.05 * SAMPLE_RATE, deltas=False)
    times["features"] = time.perf_counter() - begun
    networks = [thesis_attributes.build(len(classes)) for classes in ATTRIBUTES.values()]
    for network in networks:  # the first call traces the graph: not counted
        network.predict(np.zeros((1, 128, 100, 1), np.float32), verbose=0)
    librosa.feature.melspectrogram(y=np.zeros(SAMPLE_RATE, np.float32), sr=SAMPLE_RATE)
    begun = time.perf_counter()
    for second in range(SLICE_WINDOWS):
        window = signal[second * SAMPLE_RATE :][: 10 * SAMPLE_RATE].astype(np.float32) / 32768
        mel = librosa.power_to_db(librosa.feature.melspectrogram(y=window, sr=SAMPLE_RATE, n_fft=800, hop_length=800))
        for network in networks:
            network.predict(mel[np.newaxis, :, :100, np.newaxis], verbose=0)
    times["windows"] = time.perf_counter() - begun
    return times


# --- the film ---------------------------------------------------------------------------------------------------


def build(data: Path | None) -> Path:
    """A two-hour AAC file of real recordings, or of the demo's films where there are none; built once."""
    path = CACHE / ("film-real.mp4" if data else "film-demo.mp4")
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        partial = path.with_name(f"partial-{path.name}")
        measure(_encode, partial, data)
        partial.rename(path)
    return path


def _encode(path: Path, data: Path | None) -> None:
    pieces = _recordings(data) if data else _demo_soundtracks()
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=FILE_RATE, layout="stereo")
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=FILE_RATE)
        left = FILM_SECONDS * SAMPLE_RATE
        while left > 0:
            piece = next(pieces)[:left]
            left -= len(piece)
            frame = av.AudioFrame.from_ndarray(piece[np.newaxis], format="s16", layout="mono")
            frame.sample_rate = SAMPLE_RATE
            for resampled in resampler.resample(frame):
                container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))


def _recordings(data: Path) -> Iterator[np.ndarray]:
    """Endless pieces of labelled recordings: scenes of talk and sounds, and music for 40 % of the time."""
    from analysis.training.datasets import read_table

    random = np.random.default_rng(0)
    music = random.permutation(read_table(data, "film_scores", ["film_key"])["path"].to_numpy())
    sounds = random.permutation(read_table(data, "sounds", ["label"])["path"].to_numpy())
    while True:
        for clip in music:
            cue = np.tile(decode(clip).signal, int(random.integers(1, 4)))  # excerpts of 15 s become cues of 15 to 45 s
            talk = 0
            while talk < len(cue) * (1 - MUSIC_SHARE) / MUSIC_SHARE:
                sound = decode(random.choice(sounds)).signal
                talk += len(sound)
                yield sound
            yield cue


def _demo_soundtracks() -> Iterator[np.ndarray]:
    from analysis.synthesis.films import build_demo

    films: list[Any] = [decode(path).signal for path in build_demo(CACHE / "demo-films")]
    while True:
        yield from films


def link(media: Path, folder: Path, count: int) -> None:
    """Put a file into a folder of movies, under as many names; those that are there already stay."""
    for number in range(count):
        path = folder / f"Director {number // PER_DIRECTOR:02}" / f"Film {number:03}{media.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.link(media, path)
