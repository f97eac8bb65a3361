"""Training the two classifiers of moods on small synthetic MIDI files: halves share no song, each is measured on the other's."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from symusic import Note, Score, Tempo, Track

from analysis.training import score_mood_cards as cards
from analysis.training import score_moods as training
from analysis.training.intervals import bootstrap
from errors import DataError
from models import registry
from models.labels import MOODS

SONGS = 10  # of a mood
CHORDS = {"happy": (60, 64, 67), "tense": (36, 42, 45), "sad": (48, 51, 55), "calm": (72, 76, 79)}


def write(path, mood, rng):
    """Chords of the mood's register, lively ones twice as fast."""
    score = Score(480)
    score.tempos.append(Tempo(0, 100))
    track = Track("piano", 0, False)
    step = 240 if mood in ("happy", "tense") else 480
    for beat in range(24):
        for pitch in CHORDS[mood]:
            track.notes.append(Note(beat * step, step, pitch + int(rng.integers(-2, 3)), int(rng.integers(50, 90))))
    score.tracks.append(track)
    score.dump_midi(path)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """SONGS songs of each mood, one of them in two pieces, a damaged one, and one without a mood."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("data") / "midi"
    folder.mkdir()
    rows = []
    for number in range(len(MOODS) * SONGS + 1):
        mood = MOODS[number % len(MOODS)]
        write(folder / f"{number}.mid", mood, rng)
        rows.append((f"{number}.mid", "emopia", f"song {number % (len(MOODS) * SONGS)}", mood))
    (folder / "damaged.mid").write_bytes(b"not a MIDI file")
    rows += [("damaged.mid", "emopia", "song 2", "sad"), ("0.mid", "games", "untold", "")]
    pd.DataFrame(rows, columns=["file", "source", "song", "mood"]).to_csv(folder / "midi.csv", index=False)
    return folder.parent


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Few trees and settings; weights go here and not among the shipped ones. Every piece has its beats where they were written."""
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path / "weights")
    monkeypatch.setattr(cards, "bootstrap", partial(bootstrap, n=10))
    monkeypatch.setattr(training, "TREES", 4)
    settings = {"chooser": {"width": (0.3,), "ridge": (1.0,)}, "judge": {"leaf": (3,), "offered": (0.3, 0.5)}}
    for name, tried in settings.items():
        kind = training.KINDS[name]
        monkeypatch.setitem(training.KINDS, name, training.Kind(kind.fit, kind.rebuild, tried))
    monkeypatch.setattr(training, "on_grid", on_grid)
    yield
    registry.load.cache_clear()


def on_grid(notes):
    if notes.pitch[0] % 7 == 0:
        return None  # some have no beat that can be followed
    ticks = np.round(np.stack([notes.start, notes.duration], axis=1) * 20).astype(int)
    return np.concatenate([ticks, notes.pitch[:, np.newaxis], notes.velocity[:, np.newaxis]], axis=1), 100.0


@pytest.mark.usefixtures("small")
def test_each_learns_from_half_of_the_songs_and_is_measured_on_the_other(data, tmp_path):
    lines = []
    card = training.train(data, checkpoints=tmp_path / "kept", report=lines.append)
    assert any("damaged.mid" in line for line in lines)
    assert [field for field in registry.CARD_FIELDS if field not in card] == []
    assert card["metrics"]["accuracy"] > 0.9, "these moods are easily told"
    assert card["metrics"]["chooser"]["accuracy"] > 0.9
    assert not set(training.UNSTEADY) & set(card["measures"])
    assert card["data"]["sources"][0]["count"] == len(MOODS) * SONGS + 1
    teller = registry.load("score_mood")
    known = dict.fromkeys(card["measures"], 0.0)
    assert teller.judge(known).keys() == teller.probabilities(known).keys() == set(MOODS)
    again = []
    assert training.train(data, checkpoints=tmp_path / "kept", report=again.append)["metrics"] == card["metrics"]
    assert not any("measured" in line for line in again), "measures were kept"


@pytest.mark.usefixtures("small")
def test_the_halves_share_no_song(data):
    pieces, measures = training.load(data, None, lambda line: None)
    halves = training.halved(pieces, 0)
    assert not set(pieces.songs[halves[0]]) & set(pieces.songs[halves[1]])
    assert sorted(np.concatenate(halves)) == list(range(len(MOODS) * SONGS + 1))
    assert pieces.songs[0] == pieces.songs[-1], "two pieces of a song"
    learnt = training.songs_learnt(data, None, lambda line: None)
    assert learnt["chooser"] | learnt["judge"] == set(pieces.songs)
    assert not learnt["chooser"] & learnt["judge"]
    assert 0 < pieces.on_grid.sum() < len(pieces.moods)
    rows, owners = pieces.both
    assert rows.shape == (len(pieces.moods) + pieces.on_grid.sum(), len(measures))
    assert np.isfinite(rows).all()
    assert (owners[len(pieces.moods) :] == np.flatnonzero(pieces.on_grid)).all()


@pytest.mark.usefixtures("small")
def test_too_few_songs_of_a_mood_are_refused(data, tmp_path):
    (tmp_path / "midi").mkdir()
    table = pd.read_csv(data / "midi" / "midi.csv").query("mood == 'happy'").iloc[:3]
    table["file"] = [str(data / "midi" / name) for name in table["file"]]
    table.to_csv(tmp_path / "midi" / "midi.csv", index=False)
    with pytest.raises(DataError, match="3 songs are happy, at least 10 are needed"):
        training.train(tmp_path, report=lambda line: None)


def test_the_sharpness_makes_probabilities_as_sure_as_they_are_right():
    rng = np.random.default_rng(0)
    moods = rng.integers(0, 4, 4000)
    decided = np.eye(4)[np.where(rng.random(4000) < 0.7, moods, rng.integers(0, 4, 4000))]
    _, sharpness = training.sharpened(decided, moods)
    assert np.exp(sharpness) / (np.exp(sharpness) + 3) == pytest.approx(0.775, abs=0.02)
