"""Damaged MIDI files, some of which crash the library that reads them, are read or refused in one line."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from symusic import Note, Score, Tempo, Track

from analysis import midi, symbolic
from errors import ScoreError
from tests.hostile.damage import PATIENCE, damaged, one_line, within

CRASHING = (720, 1200)  # seeds: symusic 0.5.9 reads behind the end of these files
SEEDS = (*range(150), *CRASHING)


@pytest.fixture(scope="module")
def piece(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    score = Score(480)
    score.tempos.append(Tempo(0, 120))
    for drums in (False, True):
        track = Track("piano", 0, drums)
        for number in range(30):
            track.notes.append(Note(240 * number, 480, 60 + number % 12, 80))
        score.tracks.append(track)
    path = tmp_path_factory.mktemp("midi") / "piece.mid"
    score.dump_midi(path)
    return path.read_bytes()


def test_a_damaged_piece_is_read_or_refused(tmp_path: Path, piece: bytes) -> None:
    path = tmp_path / "piece.mid"
    outcomes = {"read": 0, "refused": 0}
    for seed in SEEDS:
        path.write_bytes(damaged(piece, seed))
        try:
            with within(PATIENCE):
                found = symbolic.measure(symbolic.read(path))
        except ScoreError as error:
            assert str(path) in one_line(error), f"seed {seed}"
            outcomes["refused"] += 1
        else:
            assert np.isfinite(list(found.values())).all(), f"seed {seed}"
            outcomes["read"] += 1
    assert min(outcomes.values()) > 10, outcomes


def test_a_piece_without_end_costs_the_next_nothing(tmp_path: Path, piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "piece.mid"
    path.write_bytes(piece)
    reader = midi._Reader()
    monkeypatch.setattr(midi, "_reader_of", lambda _: reader)
    whole = midi.rows(path)
    os.kill(reader._process.pid, signal.SIGSTOP)
    monkeypatch.setattr(midi, "PATIENCE", 0.05)
    with pytest.raises(ScoreError, match="it takes no end"):
        midi.rows(path)
    monkeypatch.setattr(midi, "PATIENCE", 60.0)
    assert np.array_equal(midi.rows(path), whole)
    reader._process.stop()


def test_a_piece_of_days_is_refused() -> None:
    rows = np.array([(3600.0 * number, 1.0, 60, 80) for number in range(10)])
    with pytest.raises(ScoreError, match="the piece: lasts more than 6 hours"):
        symbolic.notes(rows)
    rows[3, 0] = np.inf
    with pytest.raises(ScoreError, match="lasts more than 6 hours"):
        symbolic.notes(rows)
