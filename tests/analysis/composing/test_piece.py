"""A piece says how long it is, is measured by its notes, and is read back from MIDI as it was written."""

import numpy as np
import pytest

from analysis import symbolic
from analysis.composing.piece import SECTIONS, Part, Piece
from errors import LibraryError, ScoreError


def piano(draft, **changes):
    return Piece(draft, (Part("piano", 0, draft.notes, **changes),))


def test_the_draft_has_every_kind_of_section_without_gaps(draft):
    assert {section.name for section in draft.sections} == set(SECTIONS)
    ends = [section.first + section.bars for section in draft.sections]
    assert [section.first for section in draft.sections] == [0, *ends[:-1]]
    assert ends[-1] == draft.bars == 8


def test_how_long_it_lasts(draft, sad_draft):
    assert draft.seconds == pytest.approx(16)
    assert sad_draft.seconds == pytest.approx(24)


def test_its_key_is_that_of_its_notes(draft, sad_draft):
    for written in (draft, sad_draft):
        found = symbolic.key(symbolic.durations_by_pitch_class(piano(written).notes))
        assert (found.tonic, found.minor) == (written.tonic, written.minor)


def test_notes_in_seconds(draft):
    notes = piano(draft).notes
    assert len(notes.start) == len(draft.notes)
    assert notes.length == pytest.approx(draft.seconds)


def test_percussion_is_no_note(draft):
    with pytest.raises(ScoreError):
        _ = Piece(draft, (Part("piano", 0, draft.notes[:3]), Part("drums", 0, draft.notes, is_drum=True))).notes


def test_midi_holds_what_was_written(draft, tmp_path):
    from symusic import Score

    piano(draft, volume=90, pan=20).save(tmp_path / "piece.mid")
    read = symbolic.read(tmp_path / "piece.mid")
    np.testing.assert_array_equal(np.sort(read.pitch), np.sort(draft.notes[:, 2]))
    assert read.length == pytest.approx(draft.seconds)
    track = Score(tmp_path / "piece.mid").tracks[0]
    assert (track.name, track.program) == ("piano", 0)
    assert {(control.number, control.value) for control in track.controls} == {(7, 90), (10, 20)}


def test_a_note_struck_again_ends_before(draft):
    twice = np.array([[0, 24, 60, 80], [12, 24, 60, 90], [12, 6, 60, 70]])
    notes = Piece(draft, (Part("piano", 0, twice),)).to_score().tracks[0].notes
    assert sorted((note.time, note.duration) for note in notes) == [(0, 12), (12, 24)]


def test_a_file_that_cannot_be_written_is_named(draft, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError, match=r"file/piece\.mid"):
        piano(draft).save(tmp_path / "file" / "piece.mid")
