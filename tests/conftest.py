"""Shared fixtures: media files written on the fly, and the folder of real recordings where it is present."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

HERE = Path(__file__).parent
LONGEST = ("analysis/training/", "browser/", "test_demo.py", "test_cli.py", "faults/test_killed.py")
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CODECS = {
    ".mp4": "aac", ".m4a": "aac", ".mkv": "aac", ".mov": "aac", ".avi": "mp3", ".mp3": "mp3", ".webm": "libopus", ".ogg": "libopus",
    ".flac": "flac", ".wav": "pcm_s16le",
}  # fmt: skip
CHANNELS = {"mono": 1, "stereo": 2, "5.1": 6, "7.1": 8}

WriteMedia = Callable[..., Path]


@pytest.fixture
def shared_data() -> Path:
    """Folder of real recordings; the test is skipped where a clone has none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real recordings in ../shared/data, which are not part of the repository")
    return SHARED_DATA


@pytest.fixture(autouse=True, scope="session")
def nothing_outlives_a_power_cut() -> None:
    """What tests write need not: on a busy disk that takes long."""
    os.fsync = lambda handle: None  # type: ignore[assignment]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of long tests come first, so that workers who share the files end together."""
    items.sort(key=lambda item: not item.path.relative_to(HERE).as_posix().startswith(LONGEST))


def hear_ctrl_c() -> None:
    """For `preexec_fn`: a program hears Ctrl-C even where the tests run in the background of a shell, which ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def tone(seconds: float, *, hertz: float = 440.0, rate: int = 48_000, level: float = 0.5) -> np.ndarray:
    """A sine as float32 mono."""
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


@pytest.fixture
def write_media() -> WriteMedia:
    return _write_media


def _write_media(
    path: Path,
    sound: np.ndarray | None,
    *,
    rate: int = 48_000,
    layout: str = "stereo",
    tracks: int = 1,
    video: bool = False,
    **options: str,
) -> Path:
    """Write a real media file: `sound` (mono float32) on every channel, in the codec its ending asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options=options) as container:
        streams = [container.add_stream(CODECS[path.suffix], rate=rate, layout=layout) for _ in range(tracks if sound is not None else 0)]
        if video:
            _write_picture(container)
        for number, stream in enumerate(streams):
            interleaved = np.repeat(sound / (number + 1), CHANNELS[layout]).astype(np.float32)[np.newaxis]
            frame = av.AudioFrame.from_ndarray(interleaved, format="flt", layout=layout)
            frame.sample_rate = rate
            for resampled in av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=stream.frame_size).resample(
                frame
            ):
                container.mux(stream.encode(resampled))
            container.mux(stream.encode(None))
    return path


def _write_picture(container: av.container.OutputContainer) -> None:
    stream = container.add_stream("mpeg4", rate=5)
    stream.width = stream.height = 64
    for _ in range(10):
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
    container.mux(stream.encode(None))
