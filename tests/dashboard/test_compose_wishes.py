"""What an address of the Compose page asks for: read without harm, completed, and the same when it is written again."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from analysis.composing import target
from analysis.library import Library
from dashboard import uploads, wishes
from dashboard.app import create_app
from dashboard.reception import Desk, UnknownError
from dashboard.urls import parameters
from errors import InputError, LibraryError
from models.labels import MOODS
from tests.dashboard import fake_picture, fake_recording
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_library import FILMS, SILENT
from tests.dashboard.test_tag import give, until

FILM = {"director": "Ada Vorn", "movie": FILMS["Ada Vorn"][0]}


@pytest.fixture
def request_of(pristine: Library) -> Iterator[Any]:
    """A request to an app over the fake library."""
    app = create_app([pristine.root])
    with app.server.test_request_context():
        yield app


def read(**query: Any) -> wishes.View:
    return wishes.read(query)


# --- read -------------------------------------------------------------------------------------------------------


def test_an_address_that_says_nothing_asks_for_what_is_usual() -> None:
    view = read()
    assert (view.kind, view.seconds, view.count, view.seed, view.changed, view.colours) == ("movie", 60, 4, 0, {}, None)


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ({"source": "opera"}, "kind", "movie"),
        ({"length": "9999"}, "seconds", 300),
        ({"length": "1"}, "seconds", 10),
        ({"length": "-20"}, "seconds", 60),
        ({"candidates": "0"}, "count", 1),
        ({"candidates": "99"}, "count", 12),
        ({"seed": "7"}, "seed", 7),
        ({"seed": "9" * 30}, "seed", 0),
        ({"segments": ["3", "1", "x", "0", "1"]}, "segments", (1, 3)),
        ({"genres": ["Horror:60", "Drama", "Polka:3", "Crime:0"]}, "genres", {"Horror": 60, "Drama": 50}),
        ({"moods": ["sad", "happy", "angry"]}, "moods", ("happy", "sad")),
        ({"colours": "none"}, "colours", {}),
        ({"colours": "Horror:20"}, "colours", {"Horror": 20}),
        ({"energy": "120", "valence": "x"}, "changed", {"energy": 100}),
        ({"happy": "50", "sad": "50"}, "changed", {}),
        (dict.fromkeys(MOODS, "0"), "changed", {}),
        ({"slowest": "90"}, "changed", {}),
        ({"slowest": "10", "fastest": "400"}, "changed", {"slowest": 40, "fastest": 220}),
    ],
)
def test_what_cannot_be_read_is_as_usual(query: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(wishes.read(query), field) == value


@settings(max_examples=60, deadline=None)
@drawn(
    st.dictionaries(
        st.sampled_from(["source", "length", "seed", "genres", "moods", "colours", "segments", "energy", "slowest", "fastest", *MOODS]),
        st.one_of(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=3), st.none(), st.integers()),
    )
)
def test_no_address_does_harm(query: dict[str, Any]) -> None:
    view = wishes.read(query)
    assert view.kind in wishes.KINDS and wishes.SHORTEST <= view.seconds <= wishes.LONGEST


def test_a_view_is_the_same_when_its_address_is_read_again(pristine: Library) -> None:
    views = [
        read(),
        read(source="genre", genres=["Horror:60", "Sci-Fi:40"], colours=["Drama:10"], energy="30", length="90", seed="12", candidates="2"),
        read(source="mood", moods=["sad", "calm"], colours="none", **dict.fromkeys(MOODS, "25"), slowest="60", fastest="80"),
        read(source="movie", **FILM, segments=["1", "2"], library="films"),
        read(source="poster", picture="a-picture"),
    ]
    with page_of("compose", pristine) as compose:
        assert [wishes.read(parameters(compose.search_of(view))) for view in views] == views


# --- what a source gives ----------------------------------------------------------------------------------------


def test_a_film_gives_its_measured_profile_and_segments_theirs(request_of: Any, pristine: Library) -> None:
    whole, part = wishes.given(read(**FILM)), wishes.given(read(**FILM, segments=["2"]))
    assert whole and part
    assert whole.profile.valence == pristine.profile(*FILM.values())["valence_mean"] and whole.profile.genres == {
        "Drama": 0.5,
        "Mystery": 0.5,
    }
    assert part.profile.energy == pytest.approx(pristine.table(*FILM.values(), "segments")["energy_value"][1], abs=1e-4)
    assert part.name == "The Quiet Engine, segment 2" and part.source == {**FILM, "segments": [2]}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"director": "Łukasz Øster", "movie": SILENT}, "no music was found in it"),
        ({"director": "Ada Vorn", "movie": "Nothing"}, "no such film"),
        ({**FILM, "segments": ["1", "9"]}, "has 3 segments of music"),
    ],
)
def test_a_film_that_cannot_be_matched_is_said_in_a_line(request_of: Any, query: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        wishes.given(wishes.read(query))


def test_a_profile_from_before_there_were_means_is_named(library: Library) -> None:
    path = library.movie_folder(*FILM.values()) / "profile.json"
    path.write_text(path.read_text().replace('"valence_mean"', '"valence_then"'))
    with create_app([library.root]).server.test_request_context(), pytest.raises(LibraryError, match="lacks valence_mean"):
        wishes.given(read(**FILM))


def test_genres_and_moods_give_theirs(request_of: Any) -> None:
    genres, moods = wishes.given(read(source="genre", genres=["Horror:30", "Comedy:10"])), wishes.given(read(source="mood", moods=["sad"]))
    assert genres and genres.profile == target.of_genres({"Horror": 3, "Comedy": 1}) and genres.name == "Horror, Comedy"
    assert moods and moods.profile == target.of_mood("sad")
    assert all(wishes.given(read(source=kind)) is None for kind in ("genre", "mood", "poster", "scene", "movie"))


def test_a_picture_gives_what_it_was_taken_for(pristine: Library) -> None:
    desk = Desk(lambda path, name, progress: (fake_picture.look if name.endswith("png") else fake_recording.listen)(path, name, progress))
    app = create_app([pristine.root])
    app.server.config[uploads._DESK] = desk
    picture, recording = give(desk, "a.png", fake_picture.drawn()), give(desk, "a.wav")
    until(lambda: desk.find(picture).found and desk.find(recording).found)
    with app.server.test_request_context():
        poster, scene = (wishes.given(read(source=kind, picture=picture)) for kind in ("poster", "scene"))
        assert poster and scene and poster.name == scene.name == "a.png"
        assert poster.profile.genres and not scene.profile.genres and poster.profile != scene.profile
        with pytest.raises(InputError, match=r"a.wav: is no picture"):
            wishes.given(read(source="poster", picture=recording))
        with pytest.raises(UnknownError):
            wishes.given(read(source="poster", picture="unknown"))


# --- what is wanted ---------------------------------------------------------------------------------------------


def test_what_was_changed_by_hand_takes_the_place_of_what_was_given() -> None:
    profile = target.of_genres({"Drama": 1})
    view = read(happy="60", tense="20", sad="20", calm="0", energy="90", slowest="150", fastest="100", colours=["Horror:30", "Crime:10"])
    found = wishes.wanted(view, profile)
    assert found.moods == {"happy": 0.6, "tense": 0.2, "sad": 0.2, "calm": 0.0} and found.energy == 0.9 and found.tempo == (100, 150)
    assert found.genres == {"Horror": 0.75, "Crime": 0.25} and found.valence == profile.valence
    assert wishes.wanted(read(), profile) == profile
    assert wishes.wanted(read(colours="none"), profile) == replace(profile, genres={})


def test_a_wish_says_for_what_it_is(request_of: Any) -> None:
    wish = wishes.wish(read(**FILM, segments=["1"], length="30", candidates="2", seed="5", energy="10"))
    assert (wish.seconds, wish.count, wish.seed, wish.film, wish.library) == (30, 2, 5, tuple(FILM.values()), None)
    assert wish.source == {"kind": "movie", "name": "The Quiet Engine, segment 1", **FILM, "segments": [1]} and wish.profile.energy == 0.1
    assert wishes.wish(read(source="mood", moods="sad")).film is None
    with pytest.raises(InputError, match="nothing is chosen"):
        wishes.wish(read(source="mood"))


@drawn(st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(lambda shares: sum(shares) > 0.01))
def test_whole_numbers_of_shares_sum_to_all(shares: list[float]) -> None:
    named = {str(i): share / sum(shares) for i, share in enumerate(shares)}
    found = wishes.whole(named)
    assert sum(found.values()) == 100 and all(abs(found[name] - 100 * share) < 1 + 1e-6 for name, share in named.items())


def test_an_address_of_the_page_is_short_enough_for_the_server() -> None:
    longest = {"genres": [f"{name}:100" for name in target.genres()], "colours": [f"{name}:100" for name in target.genres()]}
    assert len(urlencode(longest, doseq=True)) < 2_000
