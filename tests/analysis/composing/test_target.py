"""Every source becomes one profile, and probabilities stay probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.composing import target
from errors import InputError
from models.labels import MOODS

GENRES = tuple(target._genres())
MOVIE = {
    "movie": "Film", "valence_negative": 10, "valence_neutral": 20, "valence_positive": 70, "energy_low": 5, "energy_med": 15,
    "energy_high": 80, "valence_mean": 0.7, "energy_mean": 0.8, "danceability_mean": 0.6, "tempo": 120.0, "movie_genres": "Comedy, War",
}  # fmt: skip


def check(profile):
    assert set(profile.moods) == set(MOODS)
    assert sum(profile.moods.values()) == pytest.approx(1)
    assert all(0 <= value <= 1 for value in (*profile.moods.values(), profile.valence, profile.energy, profile.danceability))
    assert 30 <= profile.tempo[0] < profile.tempo[1] <= 240
    assert not profile.genres or sum(profile.genres.values()) == pytest.approx(1)


@pytest.mark.parametrize("mood", MOODS)
def test_a_mood(mood):
    profile = target.of_mood(mood)
    check(profile)
    assert profile.moods[mood] == 1
    assert (profile.valence > 0.5) == (mood in ("happy", "calm"))
    assert (profile.energy > 0.5) == (mood in ("happy", "tense"))


@pytest.mark.parametrize("genre", GENRES)
def test_a_film_genre_agrees_with_its_own_moods(genre):
    profile = target.of_genres({genre.upper(): 3})
    check(profile)
    assert profile.genres == {genre: 1}
    positive, lively = (sum(profile.moods[mood] for mood in moods) for moods in (("happy", "calm"), ("happy", "tense")))
    assert profile.valence == pytest.approx(positive, abs=0.25)
    assert profile.energy == pytest.approx(lively, abs=0.3)


@given(weights=st.dictionaries(st.sampled_from(GENRES), st.floats(0.01, 1), min_size=1))
def test_several_genres_are_mixed_as_they_weigh(weights):
    profile = target.of_genres(weights)
    check(profile)
    total = sum(weights.values())
    expected = sum(weight / total * target.of_genres({genre: 1}).energy for genre, weight in weights.items())
    assert profile.energy == pytest.approx(expected)


def test_a_poster():
    profile = target.of_poster({"genres": {"horror": 0.7, "action": 0.3, "comedy": 0.0}})
    check(profile)
    assert profile.genres == pytest.approx({"Horror": 0.7, "Action": 0.3})
    assert max(profile.moods, key=lambda mood: profile.moods[mood]) == "tense"


@pytest.mark.parametrize(("valence", "arousal", "mood"), [(6.5, 6, "happy"), (1.5, 6, "tense"), (1.5, 2, "sad"), (6.5, 2, "calm")])
def test_a_neutral_scene_is_read_from_valence_and_arousal(valence, arousal, mood):
    emotions = {"happy": 0.8, "sad": 0.1, "angry": 0.1}
    profile = target.of_scene({"emotions": emotions, "neutral": 1.0, "valence": valence, "arousal": arousal})
    check(profile)
    assert max(profile.moods, key=lambda name: profile.moods[name]) == mood


def test_an_angry_scene_is_tense():
    emotions = {"happy": 0.1, "sad": 0.2, "angry": 0.7}
    assert target.of_scene({"emotions": emotions, "neutral": 0.1, "valence": 2, "arousal": 5}).moods["tense"] >= 0.6


def test_a_movie():
    profile = target.of_movie(MOVIE)
    check(profile)
    assert (profile.valence, profile.energy, profile.danceability) == (0.7, 0.8, 0.6)
    assert max(profile.moods, key=lambda mood: profile.moods[mood]) == "happy"
    assert profile.tempo == pytest.approx((102, 138))
    assert profile.genres == {"Comedy": 1}, "genres without colours of their own are left out"


def test_a_movie_of_unknown_genres_and_tempo():
    profile = target.of_movie(MOVIE | {"movie_genres": None, "tempo": np.nan})
    check(profile)
    assert profile.genres == {}


def test_a_movie_without_music_is_refused():
    with pytest.raises(InputError, match="Film: no music was found in it"):
        target.of_movie(MOVIE | {"valence_mean": np.nan})


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: target.of_mood("angry"), "mood 'angry' does not exist: choose happy, tense, sad, calm"),
        (lambda: target.of_genres({"Polka": 1}), "film genre 'Polka' does not exist: choose Action"),
        (lambda: target.of_genres({"Drama": 0.0}), "weights of film genres"),
        (lambda: target.of_genres({"Drama": 1.0, "Horror": -1.0}), "weights of film genres"),
    ],
)
def test_what_cannot_be_asked_for(ask, said):
    with pytest.raises(InputError, match=said):
        ask()
