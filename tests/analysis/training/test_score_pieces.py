"""MIDI files land on the grid they were played on, and a table that cannot be used is refused in a line."""

import numpy as np
import pytest
from symusic import Note, Score, Tempo, Track

from analysis import symbolic
from analysis.training import score_pieces
from errors import DataError
from models.score import PER_BAR, PER_BEAT

STEPS = np.array([0, 12, 18, 24, 33, 36])  # ticks at which the melody of a bar is struck
MELODY = np.array([64, 67, 65, 69, 67, 64])


def played(*, tempo=96.0, bars=12, jitter=0.0, before=0.0, seed=0):
    """Rows of a melody over a bass on the first beat of each bar, as a person may play them."""
    rng = np.random.default_rng(seed)
    rows = []
    for bar in range(bars):
        for tick, pitch in [(0, 36), *zip(STEPS, MELODY, strict=True)]:
            start = before + (bar * PER_BAR + tick) / PER_BEAT * 60 / tempo + rng.normal(0, jitter)
            rows.append((start, 2.0 if pitch == 36 else 0.25, pitch, 100 if pitch == 36 else 64))
    return np.array(rows)


@pytest.mark.parametrize("tempo", [70, 96, 118])
@pytest.mark.parametrize("jitter", [0.0, 0.01])
def test_notes_land_where_they_were_written(tempo, jitter):
    notes, found = score_pieces.on_grid(symbolic.notes(played(tempo=tempo, jitter=jitter)))
    assert found == pytest.approx(tempo, rel=0.05)
    bass = notes[notes[:, 2] == 36, 0]
    assert (np.diff(bass) == PER_BAR).mean() > 0.8
    assert (bass % PER_BAR == 0).mean() > 0.8, "a bar begins where the bass does"
    melody = notes[notes[:, 2] != 36, 0] % PER_BAR
    assert np.isin(melody, STEPS).mean() > 0.8


def test_notes_are_sorted_and_last_at_least_a_tick():
    notes, _ = score_pieces.on_grid(symbolic.notes(played(jitter=0.01)))
    assert (np.diff(notes[:, 0]) >= 0).all()
    assert notes[:, 0].min() >= 0
    assert notes[:, 1].min() >= 1


def test_what_has_no_beat_is_left_out():
    rng = np.random.default_rng(0)
    rows = np.stack(
        [np.sort(rng.uniform(0, 60, 300)), rng.uniform(0.05, 1, 300), rng.integers(40, 80, 300), rng.integers(40, 90, 300)], axis=1
    )
    assert score_pieces.on_grid(symbolic.notes(rows)) is None


def test_a_piece_too_short_for_a_beat_is_left_out():
    assert score_pieces.on_grid(symbolic.notes(played(bars=2)[:8])) is None


def write(folder, name, rows, tempo=96.0):
    score = Score(480)
    score.tempos.append(Tempo(0, tempo))
    track = Track("piano", 0, False)
    for start, duration, pitch, velocity in rows:
        track.notes.append(Note(int(start * 480 * tempo / 60), int(duration * 480 * tempo / 60), int(pitch), int(velocity)))
    score.tracks.append(track)
    folder.mkdir(parents=True, exist_ok=True)
    score.dump_midi(folder / name)


def test_a_folder_is_read_and_what_cannot_be_is_named(tmp_path, monkeypatch):
    folder = tmp_path / "midi"
    write(folder, "a.mid", played())
    (folder / "b.mid").write_bytes(b"no music")
    (folder / "midi.csv").write_text("file,source,song,mood\na.mid,own,one,happy\nb.mid,own,two,sad\n")
    told = []
    with pytest.raises(DataError, match=r"midi: 1 MIDI files can be learnt from; at least 10 songs are needed"):
        score_pieces.load(tmp_path, lambda line: None)
    monkeypatch.setattr(score_pieces, "FEWEST_SONGS", 1)
    [piece] = score_pieces.load(tmp_path, told.append)
    assert (piece.mood, piece.song) == (0, "own/one")
    assert any("b.mid: is not a MIDI file" in line for line in told)
    assert told[-1] == "1 pieces; 1 of 2 cannot be read, 0 have no beat that can be followed"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (None, r"midi\.csv: no such table"),
        ("file,song,mood\n", r"midi\.csv: has no column source"),
        ("file,source,song,mood\na.mid,own,one,angry\n", r"midi\.csv: unknown mood 'angry'; moods are happy, tense, sad, calm"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(table, said, tmp_path):
    (tmp_path / "midi").mkdir()
    if table is not None:
        (tmp_path / "midi" / "midi.csv").write_text(table)
    with pytest.raises(DataError, match=said):
        score_pieces.load(tmp_path, print)
