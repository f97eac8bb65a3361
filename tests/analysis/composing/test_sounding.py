"""The sound of a piece has its length, level and dynamics, ends in silence, and is written whole or not at all."""

import dataclasses

import numpy as np
import pytest
import soundfile

from analysis.composing import orchestras, sounding, touch
from analysis.composing.piece import Draft, Part, Piece, Section
from analysis.synthesis.render import CEILING, RATE
from errors import LibraryError
from models.score import PER_BAR


@pytest.fixture(scope="module")
def piano(draft):
    return Piece(draft, (Part("piano", 0, draft.notes),))


@pytest.fixture(scope="module")
def sound(piano):
    return sounding.render(piano)


def rms(sound):
    return 20 * np.log10(np.sqrt((sound**2).mean()))


def single(*rows, program=48, **changes):
    """A bar of four seconds with a few notes, and one that follows."""
    draft = Draft(np.array(rows), 60.0, 0, False, (Section("opening", 0, 1), Section("cadence", 1, 1)))
    return Piece(draft, (Part("part", program, draft.notes, **changes),))


def test_it_lasts_as_long_as_the_draft_and_ends_in_silence(sound, draft):
    assert sound.shape == (2, round(draft.seconds * RATE))
    assert sound.dtype == np.float32
    assert not sound[:, -1].any()
    assert rms(sound[:, -RATE // 10 :]) < rms(sound) - 20


def test_it_is_levelled_and_does_not_clip(sound):
    assert sounding.SOFTEST - 0.5 <= rms(sound) <= sounding.LOUDEST + 0.5
    assert 0.05 < np.abs(sound).max() < CEILING


def test_more_and_harder_playing_is_louder():
    alone = single((0, 48, 60, 40))
    hard = Part("strings", 48, np.array([[0, 96, pitch, 120] for pitch in (48, 60, 67, 76)]), volume=127)
    full = rms(sounding.render(Piece(alone.draft, (hard,) * 4)))
    assert rms(sounding.render(alone)) + 6 < full <= sounding.LOUDEST + 0.5


def test_velocity_is_heard():
    soft, hard = (0, 24, 60, 40), (24, 24, 60, 110)
    sound = sounding.render(single(soft, hard))
    halves = rms(sound[:, RATE : 2 * RATE]), rms(sound[:, 3 * RATE : 4 * RATE])
    assert halves[1] - halves[0] > 10


def test_pan_is_heard():
    for pan, louder in ((0, 0), (127, 1)):
        sound = sounding.render(single((0, 48, 60, 90), pan=pan))
        assert rms(sound[louder]) > rms(sound[1 - louder]) + 6 > 6 + sounding.SOFTEST - 40


def test_pitch_is_what_is_written():
    sound = sounding.render(single((0, 48, 69, 90), program=73))[0, RATE : 3 * RATE]
    strongest = np.fft.rfftfreq(len(sound), 1 / RATE)[np.abs(np.fft.rfft(sound)).argmax()]
    assert strongest == pytest.approx(440, abs=4)


def test_plucked_notes_decay_and_bowed_ones_do_not():
    def kept(program):
        sound = sounding.render(single((0, PER_BAR, 60, 90), program=program))
        return rms(sound[:, 3 * RATE : 3 * RATE + RATE // 2]) - rms(sound[:, : RATE // 2])

    assert kept(46) < -15 < -6 < kept(48)


def test_what_the_synthesizer_reads_beyond_its_samples_is_not_heard(monkeypatch):
    class Broken:
        def render(self, score, stereo):
            return np.where(np.arange(RATE) % 1000 == 999, np.float32("inf"), np.float32(0.1))[None]

    monkeypatch.setattr(sounding, "synthesizer", Broken)
    assert np.isfinite(sounding.render(single((0, 48, 60, 90)))).all()


def test_every_instrument_of_the_orchestras_sounds():
    for instrument in orchestras._instruments().values():
        for pitch in (instrument.lowest, instrument.centre, instrument.highest):
            struck = sounding._struck(Part(instrument.name, instrument.program, np.empty((0, 4), int)), pitch, 0.3)
            assert 0.05 < np.abs(struck).max() < 3, (instrument.name, pitch)


def test_every_program_has_a_touch():
    for program in range(128):
        found = touch.touch_of(program, 60, False)
        assert found.sounding(0.1) <= 5 and found.envelope(0.5).max() <= 1


def test_short_notes_stay_short():
    strings = touch.touch_of(48, 60, False)
    assert strings.sounding(0.1) < 0.25 < strings.sounding(2.0) - 2.0 + 0.01


def test_files_hold_the_sound(sound, tmp_path):
    for name, save, off in (("a.wav", sounding.save_wav, 1e-4), ("a.ogg", sounding.save_ogg, 0.1)):
        save(sound, tmp_path / name)
        read, rate = soundfile.read(tmp_path / name, dtype="float32")
        assert rate == RATE and read.shape == sound.T.shape
        assert np.abs(read.T - sound).max() < off
    assert soundfile.info(tmp_path / "a.wav").subtype == "PCM_16"
    assert soundfile.info(tmp_path / "a.ogg").subtype == "VORBIS"
    assert {path.name for path in tmp_path.iterdir()} == {"a.wav", "a.ogg"}


def test_a_file_that_cannot_be_written_is_named(sound, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError, match=r"file/a\.ogg"):
        sounding.save_ogg(sound, tmp_path / "file" / "a.ogg")


def test_a_part_without_notes_is_silent():
    piece = single((0, 48, 60, 80))
    silent = dataclasses.replace(piece, parts=(*piece.parts, Part("flute", 73, piece.draft.notes[:0])))
    np.testing.assert_array_equal(sounding.render(silent), sounding.render(piece))
