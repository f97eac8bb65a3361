"""Measures of notes: known keys, tempos and intervals are found, and what should not matter does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from symusic import Note, Score, Track

from analysis import symbolic
from errors import ScoreError

MAJOR_SCALE, MINOR_SCALE = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


def line(pitches, *, gap=0.5, velocity=80):
    return [(number * gap, gap, pitch, velocity) for number, pitch in enumerate(pitches)]


def chords(roots, third, *, seconds=1.0):
    return [(number * seconds, seconds, root + step, 70) for number, root in enumerate(roots) for step in (0, third, 7)]


def piece(rows):
    return symbolic.notes(np.array(rows, float))


def measured(rows):
    return symbolic.measure(piece(rows))


@pytest.mark.parametrize("tonic", [0, 2, 7, 10])
@pytest.mark.parametrize(("scale", "third", "minor"), [(MAJOR_SCALE, 4, False), (MINOR_SCALE, 3, True)])
def test_the_key_of_a_cadence_is_found(tonic, scale, third, minor):
    rows = line([60 + tonic + step for step in (*scale, 12, 7, 0)]) + chords([48 + tonic, 55 + tonic, 48 + tonic], third)
    found = symbolic.key(symbolic.durations_by_pitch_class(piece(rows)))
    assert (found.tonic, found.minor) == (tonic, minor)


@pytest.mark.parametrize("tempo", [60, 90, 120])
def test_the_tempo_of_a_pulse_is_found(tempo):
    found = measured(line([60, 64, 67, 72] * 12, gap=60 / tempo))
    beats = float(np.exp(found["tempo"]))
    assert min(abs(beats - tempo * factor) / tempo for factor in (0.5, 1, 2)) < 0.08
    assert found["beat"] > 0.5


def test_dissonance_goes_with_the_intervals():
    fifths, tritones, seconds = (
        measured([(number, 1.0, 60 + step, 70) for number in range(8) for step in (0, interval)])["dissonance"] for interval in (7, 6, 1)
    )
    assert fifths < tritones < seconds <= 1


def test_triads_are_told_apart():
    major, minor = (measured(chords([48, 53, 55, 48], third)) for third in (4, 3))
    assert (major["major_triads"], major["minor_triads"]) == (1, 0)
    assert (minor["major_triads"], minor["minor_triads"]) == (0, 1)
    assert major["mode"] > 0 > minor["mode"]


notes_of_a_piece = st.lists(
    st.tuples(st.floats(0, 30), st.floats(0.05, 3), st.integers(36, 90), st.integers(1, 127)), min_size=symbolic.FEWEST_NOTES, max_size=60
)
ABOUT_PITCH = ("pitch_mean", "pitch_10", "pitch_90", "low", "high")


@settings(max_examples=60, deadline=None)
@given(rows=notes_of_a_piece)
def test_every_measure_is_a_number(rows):
    found = measured(rows)
    assert all(np.isfinite(value) for value in found.values()), {name for name, value in found.items() if not np.isfinite(value)}
    assert 0 <= found["dissonance"] <= 1
    assert 0 <= found["beat"] <= 1


@settings(max_examples=40, deadline=None)
@given(rows=notes_of_a_piece, semitones=st.integers(-12, 12))
def test_transposing_changes_only_the_register(rows, semitones):
    here, there = measured(rows), measured([(start, length, pitch + semitones, velocity) for start, length, pitch, velocity in rows])
    tonal = {name for name in here if name.startswith("degree_")}  # two keys may fit equally well
    for name in here.keys() - set(ABOUT_PITCH) - tonal:
        assert there[name] == pytest.approx(here[name], abs=1e-6), name


def test_a_file_is_read_without_its_percussion(tmp_path):
    score = Score(480)
    for drums in (False, True):
        track = Track("drums" if drums else "piano", 0, drums)
        for number in range(10):
            track.notes.append(Note(480 * number, 480, 60 + number, 80))
        score.tracks.append(track)
    path = tmp_path / "piece.mid"
    score.dump_midi(path)
    found = symbolic.read(path)
    assert list(found.pitch) == list(range(60, 70))
    assert found.length == pytest.approx(5, abs=0.01)  # quarters at 120 a minute


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "is not a MIDI file"), (b"MThd no", "is not a MIDI file"), (None, "is not a MIDI file")]
)
def test_what_is_no_midi_is_named(content, said, tmp_path):
    path = tmp_path / "piece.mid"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScoreError, match=rf"piece\.mid: {said}") as refused:
        symbolic.read(path)
    assert "\n" not in str(refused.value)


def test_too_few_notes_are_refused():
    with pytest.raises(ScoreError, match="has 3 notes besides percussion; 8 are needed"):
        piece(line([60, 62, 64]))
