"""What a composition leaves: files of the kinds their names say, each whole or not at all, and an account that JSON can hold."""

import json
from pathlib import Path

import pytest
import soundfile
from PIL import Image

from analysis import symbolic
from analysis.composing import delivery, matching, sounding, target
from analysis.composing.compose import Candidate
from analysis.composing.piece import Part, Piece
from errors import InputError, LibraryError


@pytest.fixture(scope="module")
def candidate(draft) -> Candidate:
    piece = Piece(draft, (Part("piano", 0, draft.notes),))
    measured = matching.measure(piece, sounding.render(piece))
    return Candidate(piece, 7, measured, matching.match(target.of_genres({"Comedy": 1}), measured))


def test_all_files_are_written(candidate, tmp_path, draft):
    paths = {"wav": tmp_path / "new" / "a.wav", "ogg": tmp_path / "a.ogg", "cover": tmp_path / "a.png"}
    written = delivery.save(candidate, tmp_path / "a.mid", **paths)
    assert written == {name: str(path) for name, path in {"file": tmp_path / "a.mid", **paths, "large": tmp_path / "a-800.png"}.items()}
    assert len(symbolic.read(tmp_path / "a.mid").start) == len(draft.notes)
    for name, kind in (("wav", "WAV"), ("ogg", "OGG")):
        about = soundfile.info(paths[name])
        assert (about.format, about.samplerate, about.channels) == (kind, sounding.RATE, 2)
        assert about.duration == pytest.approx(draft.seconds, abs=0.1)
    assert Image.open(paths["cover"]).size == (100, 100)


def test_only_the_midi_file_is_written_when_no_other_is_wanted(candidate, tmp_path):
    assert delivery.save(candidate, tmp_path / "a.MIDI") == {"file": str(tmp_path / "a.MIDI")}
    assert [path.name for path in tmp_path.iterdir()] == ["a.MIDI"]


def test_nothing_is_left_half_written(candidate, tmp_path, monkeypatch):
    def fails(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(soundfile.SoundFile, "write", fails)
    with pytest.raises(KeyboardInterrupt):
        delivery.save(candidate, tmp_path / "a.mid", wav=tmp_path / "a.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mid"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"out": "a.wav"}, "--out: a.wav has the wrong ending; name a file that ends in .mid or .midi"),
        ({"out": "a"}, "--out: a has the wrong ending"),
        ({"out": "a.mid", "wav": "a.mp3"}, "--wav: a.mp3 has the wrong ending; name a file that ends in .wav"),
        ({"out": "a.mid", "ogg": "a.wav"}, "--ogg: a.wav has the wrong ending; name a file that ends in .ogg"),
        ({"out": "a.mid", "cover": "a.mid"}, "a.mid: unknown ending .mid"),
    ],
)
def test_a_wrong_ending_is_said(names, said):
    with pytest.raises(InputError, match=said):
        delivery.check(**{name: Path(path) for name, path in names.items()})


def test_a_folder_that_cannot_be_written_is_named(candidate, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError, match=r"a\.mid: cannot be written"):
        delivery.save(candidate, tmp_path / "file" / "a.mid")


def test_what_is_said_of_it(candidate):
    said = json.loads(json.dumps(delivery.summary(candidate)))
    assert said.keys() == {"seed", "match", "asked", "got", "parts"}
    assert said["seed"] == 7
    assert said["match"] == pytest.approx(candidate.match.score, abs=0.05)
    assert said["asked"]["genres"] == {"Comedy": 1}
    assert said["asked"]["tempo"] == [100, 140]
    assert said["got"]["energy"] == pytest.approx(candidate.measured.energy, abs=1e-4)
