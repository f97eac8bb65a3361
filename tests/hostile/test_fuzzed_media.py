"""Thousands of damaged films, the same in every run: each is heard or refused in one line, and costs neither hours nor gigabytes."""

import sys
from pathlib import Path

import numpy as np
import pytest

from analysis import audio, decoding
from errors import AudioError
from tests.conftest import _write_media as write_media
from tests.conftest import tone
from tests.hostile.conftest import peak_memory
from tests.hostile.damage import damaged, one_line

SEEDS = 150  # damaged files of each kind
PATIENCE = 60.0  # s: each is decoded in a few milliseconds
MOST_MEMORY = 300 << 20  # bytes of the decoding process, its libraries among them
KINDS: dict[str, dict] = {
    "picture.mp4": {"video": True},
    "index-first.mp4": {"seconds": 3, "movflags": "faststart"},
    "fragments.mp4": {"seconds": 3, "movflags": "frag_keyframe+empty_moov"},
    "sound.m4a": {},
    "picture.mov": {"video": True},
    "two-tracks.mkv": {"tracks": 2},
    "surround-and-picture.mkv": {"layout": "5.1", "video": True},
    "sound.webm": {},
    "picture.avi": {"video": True},
    "sound.avi": {},
    "sound.mp3": {},
    "sound.ogg": {"seconds": 3},
    "surround.flac": {"layout": "5.1"},
    "sound.wav": {"rate": 16_000},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_film_is_heard_or_refused(tmp_path: Path, decoder: decoding.Decoder, kind: str) -> None:
    options = dict(KINDS[kind])
    sound = tone(options.pop("seconds", 0.6), rate=options.get("rate", 48_000))
    whole = write_media(tmp_path / kind, sound, **options).read_bytes()
    outcomes = {"heard": 0, "refused": 0}
    process = decoder._process.pid
    for seed in range(SEEDS):
        path = tmp_path / f"{seed}-{kind}"
        path.write_bytes(damaged(whole, seed))
        warnings: list[str] = []
        try:
            samples = sum(len(np.frombuffer(block, np.int16)) for block in decoder.blocks(path, 0, PATIENCE, warnings))
        except AudioError as error:
            assert path.name in one_line(error)
            assert "cannot be decoded (" not in str(error), f"seed {seed}: no error that was foreseen: {error}"
            assert decoder._process.pid == process and decoder._process.alive, f"seed {seed}: {error}"
            outcomes["refused"] += 1
        else:
            assert samples <= audio.LONGEST * audio.SAMPLE_RATE, f"seed {seed}"
            assert all("\n" not in warning and len(warning) < 300 for warning in warnings), f"seed {seed}: {warnings}"
            outcomes["heard"] += 1
        path.unlink()
    assert min(outcomes.values()) > 0, outcomes  # damage that is always fatal, or never, tries nothing


@pytest.mark.parametrize("kind", ["index-first.mp4", "sound.mp3", "sound.ogg"])
def test_a_stretch_of_a_damaged_film_is_heard_or_refused(tmp_path: Path, kind: str) -> None:
    options = dict(KINDS[kind]) | {"seconds": 3}
    whole = write_media(tmp_path / kind, tone(options.pop("seconds")), **options).read_bytes()
    path = tmp_path / f"damaged-{kind}"
    for seed in range(SEEDS):
        path.write_bytes(damaged(whole, seed))
        try:
            assert sum(len(block) for block in audio.stretch(path, 1.5, 2.5)) == audio.LISTENING_RATE, f"seed {seed}"
        except AudioError as error:
            assert path.name in one_line(error), f"seed {seed}"


@pytest.mark.skipif(sys.platform != "linux", reason="the memory another process has taken at most is read from /proc")
def test_no_damaged_film_took_much_memory(decoder: decoding.Decoder) -> None:
    """Of all films of this module: it runs behind them."""
    assert peak_memory(decoder) < MOST_MEMORY
