"""What a piece is composed for becomes one profile, and what cannot is said in a line."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.composing import source, target
from analysis.library import Library
from errors import InputError, LeitmotifError, PictureError
from tests.dashboard import fake_library

FILM = "Rain on Platform 9"


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Library:
    return fake_library.build(tmp_path_factory.mktemp("library"))


@pytest.fixture
def picture(tmp_path) -> Path:
    path = tmp_path / "picture.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 60, 3), np.uint8)).save(path)
    return path


def test_a_film(library):
    profile = source.profile(movie=FILM.upper(), library=library)
    found = library.profile("Ada Vorn", FILM)
    assert profile.energy == pytest.approx(found["energy_mean"], abs=1e-4)
    assert profile.tempo[0] < found["tempo"] < profile.tempo[1]


def test_some_segments_of_a_film(library):
    table = library.table("Ada Vorn", FILM, "segments")
    profile = source.profile(movie=FILM, library=library, segments="1, 3")
    chosen = table.iloc[[0, 2]]
    assert profile.valence == pytest.approx(np.average(chosen["valence_value"], weights=chosen["duration"]), abs=1e-4)
    whole = source.profile(movie=FILM, library=library)
    assert profile.genres == whole.genres
    assert source.profile(movie=FILM, library=library, segments="1,2,3").energy == pytest.approx(whole.energy, abs=1e-4)


def test_a_poster_and_a_scene(picture):
    poster, scene = source.profile(poster=picture), source.profile(scene=picture)
    assert poster.genres.keys() <= {"Action", "Animation", "Comedy", "Drama", "Horror"}
    assert scene.genres == {}


def test_genres_and_moods():
    assert source.profile(genres=["horror=3", "Drama"]) == target.of_genres({"Horror": 3, "Drama": 1})
    assert source.profile(moods=["sad=1.5", "calm=.5"]) == target.of_moods({"sad": 3, "calm": 1})
    both = source.profile(genres=["Horror"], moods=["sad"])
    assert both.genres == {"Horror": 1}
    assert both.moods == target.of_mood("sad").moods


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "nothing is given to compose for: choose one of --movie, --poster, --scene, or --genre and --mood"),
        ({"movie": FILM, "moods": ["sad"]}, "--movie and --genre or --mood are given: choose one"),
        ({"movie": FILM, "library": None}, "--movie needs the library it is in"),
        ({"movie": "Rain"}, f"no film is called 'Rain' here; the closest: {FILM!r}"),
        ({"movie": fake_library.SILENT}, f"{fake_library.SILENT}: no music was found in it"),
        ({"movie": fake_library.SILENT, "segments": "1"}, f"{fake_library.SILENT}: no music was found in it"),
        ({"movie": FILM, "segments": "4"}, f"--segments: {FILM} has 3 segments of music; choose of 1 to 3"),
        ({"movie": FILM, "segments": "0"}, "choose of 1 to 3"),
        ({"movie": FILM, "segments": "1;2"}, "--segments: '1;2' are no numbers of segments; give them like 1,3"),
        ({"moods": ["sad"], "segments": "1"}, "--segments goes with --movie"),
        ({"moods": ["sad"], "director": "Zed"}, "--director goes with --movie"),
        ({"moods": ["angry"]}, "mood 'angry' does not exist: choose happy, tense, sad, calm"),
        ({"genres": ["Polka"]}, "film genre 'Polka' does not exist: choose Action"),
        ({"genres": ["Drama=much"]}, "--genre: 'Drama=much' has no weight behind the name; give it like Drama=2"),
        ({"moods": ["sad=nan"]}, "--mood: 'sad=nan' has no weight"),
        ({"moods": ["sad=0"]}, "the weights of moods must be 0 or more, and one of them above 0"),
        ({"poster": Path("nowhere.png")}, "nowhere.png: cannot be read"),
    ],
)
def test_what_cannot_be_composed_for_is_said(library, options, said):
    with pytest.raises(LeitmotifError) as raised:
        source.profile(**{"library": library} | options)
    assert said in str(raised.value)


def test_a_library_without_a_dataset(tmp_path):
    with pytest.raises(LeitmotifError, match="holds no enhanced dataset"):
        source.profile(movie=FILM, library=Library(tmp_path))


def test_a_file_that_is_no_picture(tmp_path):
    path = tmp_path / "poster.png"
    path.write_text("no picture")
    with pytest.raises(PictureError, match=r"poster\.png"):
        source.profile(scene=path)


def test_some_of_a_profile_asked_otherwise():
    calm = target.of_mood("calm")
    found = source.changed(calm, tempo=100, energy=0.9)
    assert (found.energy, found.valence, found.moods) == (0.9, calm.valence, calm.moods)
    assert found.tempo == pytest.approx((85, 115))
    assert source.changed(calm, tempo=None, valence=None) == calm


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"energy": 1.1}, "--energy: 1.1 is out of range; give 0 to 1"),
        ({"valence": float("nan")}, "--valence: nan is out of range"),
        ({"tempo": 20}, "--tempo: 20 beats a minute cannot be asked for; give 40 to 220"),
    ],
)
def test_what_is_out_of_range_is_said(options, said):
    with pytest.raises(InputError, match=said):
        source.changed(target.of_mood("calm"), **options)
