from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import dataset
from analysis.aggregation import SHARE_NAMES, percentages
from analysis.similarity import BY, TRAITS, Nearest, find, nearest, similarity
from errors import InputError
from models.labels import ATTRIBUTES, SOUND_CLASSES

SOUNDS = [f"{name}_duration" for name in SOUND_CLASSES]


def film(movie: str, director: str = "Ada", sound: tuple[int, ...] = (50, 30, 20), **given: Any) -> dict[str, Any]:
    """A row of the enhanced dataset; each attribute is given as the weights of its classes, or as one class."""
    row: dict[str, Any] = dict.fromkeys(dataset.COLUMNS, "") | {"movie": movie, "director": director}
    row |= dict(zip(SOUNDS, sound, strict=True)) | {"year": None, "rating": None, "metascore": None, "runtime": None}
    classes = {"genre": "jazz", "danceability": "low", "valence": "neutral", "energy": "low"} | given
    for attribute, names in SHARE_NAMES.items():
        value = classes[attribute]
        weights = [float(name == value) for name in ATTRIBUTES[attribute]] if isinstance(value, str) else value
        row |= dict(zip(names, percentages(weights), strict=True))
        row[attribute] = ATTRIBUTES[attribute][int(np.argmax(weights))] if sum(weights) else ""
    return row | {key: value for key, value in given.items() if key not in ATTRIBUTES}


SILENT = {"sound": (0, 60, 40), "genre": "", "danceability": "", "valence": "", "energy": ""}
KNOWN = {"year": 1995, "rating": 7.0, "countries": "France, Spain", "movie_genres": "Drama, War"}


def table(*films: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(films, columns=dataset.COLUMNS)
    for column in dataset.NUMBERS_MAYBE_MISSING:
        frame[column] = pd.to_numeric(frame[column])
    return frame.astype({"year": "Int64"})


def names(result: Nearest) -> list[str]:
    return [neighbour.movie for neighbour in result.neighbours]


def test_music_is_compared_trait_by_trait_on_fixed_scales() -> None:
    films = table(
        film("one", genre=(0, 1, 0, 0, 1, 0, 0, 0, 0, 0), energy="low"),
        film("two", genre=(0, 1, 1, 0, 0, 0, 0, 0, 0, 0), energy="high", danceability="medium", sound=(30, 30, 40)),
    )
    [two] = nearest(films, "Ada", "one").neighbours
    # Half of the genre's shares in common; low to high is twice as far as low to medium; 20 points of sound lie elsewhere.
    assert two.agreement == pytest.approx({"sound": 0.8, "genre": 0.5, "danceability": 0.5, "valence": 1, "energy": 0})
    assert two.similarity == pytest.approx(np.mean([0.8, 0.5, 0.5, 1, 0]))


def test_values_tempo_beat_and_loudness_count_where_they_are_known() -> None:
    heard = {"energy_mean": 0.3, "tempo": 90.0, "beat": 0.2, "loudness": -20.0}
    films = table(
        film("one", **heard),
        film("two", energy_mean=0.4, tempo=180.0, beat=0.3, loudness=-26.0),
        film("three"),
        film("no beat at all", **heard | {"tempo": 0.0}),
    )
    found = {neighbour.movie: neighbour for neighbour in nearest(films, "Ada", "one").neighbours}
    plain = {"sound": 1, "genre": 1, "danceability": 1, "valence": 1, "energy": 1}
    # Of a third of the scale three tenths lie between the values.
    assert found["two"].agreement == pytest.approx(plain | {"energy": 0.7, "tempo": 0, "beat": 0.8, "loudness": 0.6})
    assert found["three"].agreement == pytest.approx(plain), "what is not known of both was guessed"
    assert found["no beat at all"].agreement == pytest.approx(plain | {"beat": 1, "loudness": 1})
    assert found["three"].similarity == 1
    assert set(found["no beat at all"].reasons) & {"an equally steady beat", "equally loud", "both mostly jazz", "low energy"}


def test_metadata_is_compared_trait_by_trait_on_fixed_scales() -> None:
    films = table(
        film("one", **KNOWN),
        film("two", "Bo", year=2001, rating=8.0, countries="Spain", movie_genres="Drama, Crime, War"),
        film("three", "Bo", year=1925, rating=1.0, countries="Japan", movie_genres="Horror"),
    )
    two, three = nearest(films, "Ada", "one", "metadata").neighbours
    assert two.agreement == pytest.approx({"director": 0, "movie_genres": 2 / 3, "countries": 0.5, "year": 0.8, "rating": 0.75})
    assert two.similarity == pytest.approx(np.mean([0, 2 / 3, 0.5, 0.8, 0.75]))
    assert (three.similarity, three.reasons) == (0, ("nothing in common",))


def test_the_mix_weighs_music_against_metadata() -> None:
    films = table(film("one", **KNOWN), film("two", "Bo", energy="high", **KNOWN))
    both = [nearest(films, "Ada", "one", by).neighbours[0].similarity for by in ("music", "metadata")]
    for weight in (0.0, 0.3, 1.0):
        [mixed] = nearest(films, "Ada", "one", "mix", weight=weight).neighbours
        assert mixed.similarity == pytest.approx(weight * both[0] + (1 - weight) * both[1])


def test_reasons_say_what_agrees_more_than_usual() -> None:
    known = {"year": 1995, "rating": 7.0}
    films = table(
        film("asked", genre="rock", energy="low", **known, countries="France", movie_genres="War"),
        film("twin", genre="rock", energy="low", year=1999, rating=7.1, countries="Peru", movie_genres="War, Drama"),
        *(film(f"other {i}", "Bo", genre="jazz", energy="high", **known, countries="Japan", movie_genres="Comedy") for i in range(8)),
    )
    music, metadata = (nearest(films, "Ada", "asked", by).neighbours[0] for by in ("music", "metadata"))
    assert (music.movie, metadata.movie) == ("twin", "twin")
    # All films have the same danceability, valence and share of music, so these come last.
    assert music.reasons[:2] == ("both mostly rock", "low energy")
    assert metadata.reasons[:2] == ("same director", "both War")
    year = nearest(films, "Ada", "twin", "metadata", n=9).neighbours[0]
    assert year.movie == "asked" and not any("19" in reason for reason in year.reasons[:2])


def test_reasons_for_each_trait_in_words() -> None:
    films = table(
        film("a", "X, Y", sound=(38, 40, 22), genre=(0, 3, 0, 0, 2, 0, 0, 0, 0, 0), **KNOWN),
        film("b", "Y, Z", sound=(41, 40, 19), genre=(0, 2, 0, 0, 3, 0, 0, 0, 0, 0), **KNOWN | {"year": 1998, "rating": 7.2}),
    )
    said = {reason for by in BY for reason in nearest(films, "X, Y", "a", by).neighbours[0].reasons}
    said |= set(nearest(films, "X, Y", "a", "metadata").neighbours[0].reasons)
    assert {"both Drama and War", "both from France and Spain", "both of the 1990s"} <= said
    assert "low danceability" in said


def test_a_film_without_music_is_not_compared_by_music() -> None:
    films = table(film("heard", **KNOWN), film("also heard", **KNOWN), film("silent", **SILENT, **KNOWN))
    result = nearest(films, "Ada", "heard")
    assert (names(result), result.compared, result.left_out) == (["also heard"], 1, 1)
    for by in ("music", "mix"):
        with pytest.raises(InputError, match=r"silent \(Ada\) has no music of 10 seconds or more to compare; compare by metadata"):
            nearest(films, "Ada", "silent", by)
    assert len(names(nearest(films, "Ada", "silent", "metadata"))) == 2


def test_a_film_of_which_too_little_is_known_is_not_compared_by_metadata() -> None:
    films = table(film("known", **KNOWN), film("partly", year=1994, rating=7.0), film("hardly", year=1995), film("unknown"))
    result = nearest(films, "Ada", "known", "metadata")
    assert (names(result), result.compared, result.left_out) == (["partly"], 1, 2)
    assert result.neighbours[0].agreement.keys() == {"director", "year", "rating"}
    with pytest.raises(InputError, match=r"too little is known to compare it by metadata \(no film genres, countries, year, rating"):
        nearest(films, "Ada", "unknown", "mix")


def test_one_film_has_no_neighbours() -> None:
    assert nearest(table(film("alone", **KNOWN)), "Ada", "alone", "mix") == Nearest((), 0, 0)


def test_equally_similar_films_stand_by_name() -> None:
    films = table(*(film(name, director) for name, director in (("c", "A"), ("b", "B"), ("b", "A"), ("a", "Z"), ("asked", "A"))))
    found = nearest(films, "A", "asked", n=3).neighbours
    assert [(neighbour.movie, neighbour.director) for neighbour in found] == [("a", "Z"), ("b", "A"), ("b", "B")]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"by": "smell"}, "choose one of music, metadata, mix"),
        ({"n": 0}, "at least one"),
        ({"weight": 1.5}, "between 0 and 1"),
        ({"weight": float("nan")}, "between 0 and 1"),
        ({"movie": "other"}, "not in the enhanced dataset"),
    ],
)
def test_what_cannot_be_asked_is_said(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        nearest(table(film("one"), film("two")), **{"director": "Ada", "movie": "one"} | changed)


def test_find_a_film_by_what_a_user_types() -> None:
    films = table(film("Rope"), film("rope", "Bo"), film("Ночь", "Cy"), film("The Birds", "Bo"))
    assert find(films, "Rope") == ("Ada", "Rope")
    assert find(films, "ночь") == ("Cy", "Ночь")
    assert find(films, "ROPE", "bo") == ("Bo", "rope")
    for asked, message in (
        (("ROPE",), r"2 films are called 'ROPE'; name the director with --director: 'Ada', 'Bo'"),
        (("birds",), r"no film is called 'birds' here; the closest: 'The Birds'"),
        (("xyzzy",), r"no film is called 'xyzzy' here$"),
        (("Rope", "Adda"), r"no director is called 'Adda' here; the closest: 'Ada'"),
        (("Rope", "Cy"), r"no film is called 'Rope' by Cy here$"),
    ):
        with pytest.raises(InputError, match=message):
            find(films, *asked)


def weights(count: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, 9), min_size=count, max_size=count).filter(any)


@st.composite
def libraries(draw: st.DrawFn) -> pd.DataFrame:
    films = []
    for number in range(draw(st.integers(2, 7))):
        heard: dict[str, Any] = {name: draw(weights(len(classes))) for name, classes in ATTRIBUTES.items()}
        known: dict[str, Any] = {
            "year": draw(st.none() | st.integers(1920, 2020)), "rating": draw(st.none() | st.floats(1, 10)),
            "countries": draw(st.sampled_from(["", "France", "France, Peru"])),
            "movie_genres": draw(st.sampled_from(["", "War", "War, Drama"])),
        }  # fmt: skip
        silent = draw(st.integers(0, 4)) == 0
        director = draw(st.sampled_from(["Ada", "Bo"]))
        sound = tuple(percentages(draw(weights(3))))
        films.append(film(f"film {number}", director, **(SILENT if silent else heard | {"sound": sound}), **known))
    return table(*films)


@settings(max_examples=60, deadline=None)
@given(libraries(), st.sampled_from(BY), st.floats(0, 1))
def test_similarity_is_symmetric_bounded_and_one_with_itself(films: pd.DataFrame, by: str, weight: float) -> None:
    square = np.array([similarity(films, row, by, weight) for row in range(len(films))])
    np.testing.assert_array_equal(square, square.T)
    known = square[~np.isnan(square)]
    assert ((known >= 0) & (known <= 1)).all()
    own = np.diag(square)
    assert (own[~np.isnan(own)] == 1).all()


@settings(max_examples=60, deadline=None)
@given(libraries(), st.sampled_from(BY), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_no_film_is_its_own_neighbour(films: pd.DataFrame, by: str, random: Any) -> None:
    order = list(range(len(films)))
    random.shuffle(order)
    shuffled = films.iloc[order].reset_index(drop=True)
    director, movie = shuffled.loc[0, ["director", "movie"]]  # any film
    try:
        result = nearest(films, director, movie, by, n=3)
    except InputError as error:
        with pytest.raises(InputError, match="compare"):
            nearest(shuffled, director, movie, by, n=3)
        assert movie in str(error)
        return
    again = nearest(shuffled, director, movie, by, n=3)
    assert [(n.movie, n.similarity) for n in again.neighbours] == [(n.movie, n.similarity) for n in result.neighbours]
    assert movie not in names(result)
    assert len(result.neighbours) == min(3, result.compared)
    assert result.compared + result.left_out == len(films) - 1
    assert all(1 <= len(n.reasons) <= 3 and all(n.reasons) for n in result.neighbours)
    allowed = set(TRAITS["music"] + TRAITS["metadata"]) if by == "mix" else set(TRAITS[by])
    assert all(n.agreement.keys() <= allowed for n in result.neighbours)
