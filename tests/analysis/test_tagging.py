"""Tags of one recording: everything the models say, for any length from 3 s on."""

import numpy as np
import pytest
import soundfile

from analysis import tagging
from analysis.audio import SAMPLE_RATE
from analysis.synthesis.music import Mood
from analysis.synthesis.render import RATE
from analysis.synthesis.scenes import music
from errors import AudioError
from models import registry
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES, SOUND_CLASSES


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """25 s of synthetic pop music."""
    path = tmp_path_factory.mktemp("song") / "song.flac"
    sound = music("pop", 25, Mood("high", "positive", "high"), 0)
    soundfile.write(path, 0.5 * sound.T / np.abs(sound).max(), RATE)
    return path


@pytest.fixture(scope="module")
def tagged(song):
    return tagging.tag(song)


def test_every_model_answers(tagged):
    answers = tagged.answers
    assert answers["file"] == "song.flac"
    assert answers["duration"] == 25
    assert sum(answers[name] for name in SOUND_CLASSES) == pytest.approx(1, abs=1e-3)
    assert set(answers["genre"]) == set(ATTRIBUTES["genre"])
    for attribute in ORDERED_ATTRIBUTES:
        assert answers[attribute]["level"] == max(answers[attribute]["p"], key=answers[attribute]["p"].get)
        assert 0 <= answers[attribute]["value"] <= 1
    assert set(answers["recording"]) == set(SOUND_CLASSES)
    for answer in ("recording", "genre", "album_genre", *ORDERED_ATTRIBUTES):
        chances = answers[answer].get("p", answers[answer])
        assert sum(chances.values()) == pytest.approx(1, abs=2e-3), answer
    ranked = list(answers["film_genres"].values())
    assert ranked == sorted(ranked, reverse=True)
    assert 40 <= answers["tempo"] <= 240
    assert answers["loudness"] < 0


def test_what_the_recording_is_stands_in_the_table(tagged):
    answers = tagged.answers | {"recording": {"music": 0.2, "speech": 0.7, "other": 0.1}}
    assert ("recording", "speech", "0.70", "music 0.20, other 0.10") in list(tagging.lines(answers))


def test_whose_genres_of_recordings_they_are_is_what_the_card_says(song, monkeypatch):
    card = registry.card("track_genre")
    monkeypatch.setattr(registry, "card", lambda name: card | {"task": "genre of a recording, among those of your own clips"})
    answers = tagging.tag(song).answers
    assert answers["album_genre_task"] == "genre of a recording, among those of your own clips"
    (line,) = [line for line in tagging.lines(answers) if line[0] == "album genre"]
    assert line[1] in card["classes"] and line[3].endswith("; genre of a recording, among those of your own clips")


def test_the_music_is_described_stretch_by_stretch(tagged):
    assert tagged.answers["described"] == "music"
    assert len(tagged.seconds) == 25
    assert (tagged.segments["duration"] >= 10).all()


def test_a_clip_of_a_few_seconds_is_described_as_a_whole(song, tmp_path):
    signal, rate = soundfile.read(song, stop=4 * soundfile.info(song).samplerate)
    soundfile.write(tmp_path / "short.wav", signal, rate)
    answers = tagging.tag(tmp_path / "short.wav").answers
    assert answers["duration"] == 4
    assert answers["described"] == "whole recording"
    assert answers["energy"]["level"] in ATTRIBUTES["energy"]


def test_a_recording_without_music_is_described_as_if_it_were(tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.001, 12 * SAMPLE_RATE) * (np.arange(12 * SAMPLE_RATE) % 2000 < 30)
    soundfile.write(tmp_path / "clicks.wav", noise, SAMPLE_RATE)
    answers = tagging.tag(tmp_path / "clicks.wav").answers
    assert answers["described"] == "whole recording"
    assert answers["music"] < 1


def test_too_short_and_unreadable_recordings_are_refused_with_their_name(tmp_path):
    soundfile.write(tmp_path / "blip.wav", np.zeros(2 * SAMPLE_RATE), SAMPLE_RATE)
    with pytest.raises(AudioError, match=r"blip\.wav: lasts 2\.0 s; 3 s are needed"):
        tagging.tag(tmp_path / "blip.wav")
    (tmp_path / "notes.txt").write_text("la la la")
    with pytest.raises(AudioError, match=r"notes\.txt"):
        tagging.tag(tmp_path / "notes.txt")
