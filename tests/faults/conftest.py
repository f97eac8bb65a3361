"""What the tests of faults share: a process that runs commands, and small films."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import _write_media, tone
from tests.faults.killing import Commands

RATE = 8000
FILMS = 6  # for which there is only metadata


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    with Commands() as running:
        yield running


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films, one of them with a run of music, and what is known of them."""
    folder = tmp_path_factory.mktemp("few") / "films"
    for director, movie, sound in (("Ada Vorn", "=Chords", chords(12)), ("Zed", "Hum", tone(2, rate=RATE))):
        _write_media(folder / director / f"{movie}.wav", sound, rate=RATE, layout="mono")
        (folder / director / f"{movie}.json").write_text(json.dumps({"year": 1999, "genres": ["Drama"]}))
    return folder


@pytest.fixture(scope="session")
def known_films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some films that are too damaged to be heard, and what is known of them."""
    folder = tmp_path_factory.mktemp("known") / "films"
    for number in range(FILMS):
        path = folder / "Ada Vorn" / f"Part {number}.mkv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no film")
        path.with_suffix(".json").write_text(
            json.dumps({"year": 1990 + number, "cast": ["Mira Solt", "=Jon"], "imdb_id": f"tt000000{number}"})
        )
    (folder / "Ada Vorn/Unknown.mkv").write_bytes(b"no film")  # ends in review.csv
    return folder


def chords(seconds: int) -> np.ndarray:
    """Broken major chords: enough harmony to be taken for music."""
    notes = (261.6, 329.6, 392.0, 523.3, 392.0, 329.6)
    t = np.arange(RATE // 2) / RATE
    beats = [sum(np.sin(2 * np.pi * notes[n % len(notes)] * k * t) / k for k in (0.5, 1, 2, 3, 4)) for n in range(2 * seconds)]
    return (0.2 * np.concatenate([beat * np.exp(-2 * t) for beat in beats])).astype(np.float32)
