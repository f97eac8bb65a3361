import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import percentileofscore

from analysis.standing import MEASURES, OF_MUSIC, Place, measured, place, standings
from errors import InputError
from tests.analysis.test_similarity import SILENT, film, table


def test_place_counts_less_same_and_more() -> None:
    values = np.array([10.0, 20, 20, 30, np.nan])
    assert place(values, 20.0) == Place(less=1, same=1, more=1)
    assert (place(values, 20.0).rank, place(values, 30.0).rank) == (2, 1)
    assert place(values, 30.0).percentile == 100
    assert place(values, 10.0).percentile == 0


def test_one_film_has_no_percentile() -> None:
    alone = place(np.array([10.0]), 10.0)
    assert (alone.others, alone.rank, alone.percentile) == (0, 1, None)
    assert place(np.array([10.0, np.nan]), np.nan) == Place(0, 0, 0)


@given(st.lists(st.integers(0, 6), min_size=2, max_size=30))
def test_percentile_agrees_with_scipy(numbers: list[int]) -> None:
    values = np.array(numbers, float)
    for i, value in enumerate(values):
        found = place(values, float(value))
        assert found.percentile == pytest.approx(percentileofscore(np.delete(values, i), value, "strict"))
        assert found.others == len(values) - 1
        assert found.rank == 1 + sum(other > value for other in values)


def test_standings_among_the_library_and_the_directors_films() -> None:
    films = table(
        film("a", "Ada", sound=(60, 30, 10), energy="high"),
        film("b", "Ada", sound=(40, 30, 30), energy="low"),
        film("c", "Bo", sound=(50, 50, 0), energy=(1, 0, 1)),
        film("s", "Bo", **SILENT),
    )
    found = {standing.measure: standing for standing in standings(films, "Ada", "a")}
    assert tuple(found) == MEASURES
    music, speech, energy = (found[name] for name in ("music_duration", "speech_duration", "energy_high"))
    assert (music.value, music.library, music.director) == (60, Place(3, 0, 0), Place(1, 0, 0))
    assert (speech.library, speech.director) == (Place(0, 1, 2), Place(0, 1, 0))
    assert (energy.value, energy.library) == (100, Place(2, 0, 0))  # the film without music does not count


def test_what_is_a_share_of_the_music_is_not_known_without_music() -> None:
    films = table(film("heard"), film("silent", **SILENT))
    assert measured(films).loc[1, list(OF_MUSIC)].isna().all()
    assert measured(films).loc[0].notna().all()
    by_measure = {standing.measure: standing for standing in standings(films, "Ada", "silent")}
    assert all(by_measure[name].value is None and by_measure[name].library.others == 0 for name in OF_MUSIC)
    assert by_measure["speech_duration"].library == Place(1, 0, 0)


def test_a_film_that_is_not_in_the_dataset_is_named() -> None:
    with pytest.raises(InputError, match="'x' by 'Ada' is not in the enhanced dataset"):
        standings(table(film("a")), "Ada", "x")
