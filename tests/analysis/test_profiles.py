import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import groups, mining, profiles
from analysis.dataset import MEANS
from errors import InputError
from tests.analysis.test_mining import films


def table(count: int = 40) -> pd.DataFrame:
    """Films of three directors, half of them by two composers, the rest by nobody known; the last film has no music."""
    rng = np.random.default_rng(1)
    found = films(count).assign(duration=3600.0, composer=["Legrand", "Burwell", "", ""] * (count // 4))
    for names in profiles.SHARE_NAMES.values():
        found[list(names)] = (rng.dirichlet(np.ones(len(names)), count) * 100).round(2)
    found[list(MEANS)] = rng.random((count, len(MEANS)))
    found.loc[count - 1, list(profiles.OF_MUSIC)] = 0.0
    found.loc[count - 1, list(MEANS)] = np.nan
    return found


def test_a_profile_is_the_mean_of_the_films_with_students_interval() -> None:
    films_of_all = table()
    found = profiles.profiles(films_of_all, "director")
    assert found.groups == ["Ada", "Bo", "Cy"] and found.sizes["films"].tolist() == [14, 13, 13]
    jazz = films_of_all.loc[films_of_all["director"] == "Bo", "jazz"]
    assert (found.mean.loc["Bo", "jazz"], found.n.loc["Bo", "jazz"]) == (pytest.approx(jazz.mean()), 13)
    expected = stats.t.interval(0.95, 12, jazz.mean(), stats.sem(jazz))
    assert (found.low.loc["Bo", "jazz"], found.high.loc["Bo", "jazz"]) == pytest.approx(expected)
    hours = films_of_all["music_duration"][films_of_all["director"] == "Ada"].sum() / 100
    assert found.sizes.loc["Ada", "hours"] == pytest.approx(hours)


def test_films_without_music_have_shares_of_the_film_only() -> None:
    found = profiles.profiles(table(), "director")  # the last film is Ada's
    assert (found.n.loc["Ada", "speech_duration"], found.n.loc["Ada", "jazz"], found.n.loc["Ada", "tempo"]) == (14, 13, 13)
    silent = profiles.profiles(table().tail(1), "director")
    assert np.isnan(silent.mean.loc["Ada", "jazz"]) and silent.n.loc["Ada", "jazz"] == 0


def test_chosen_groups_come_in_their_order_without_films_of_others_or_of_nobody() -> None:
    found = profiles.profiles(table(), "composer", ["Legrand", "nobody", "Burwell", "", "Legrand"])
    assert found.groups == ["Legrand", "Burwell"] and found.sizes["films"].tolist() == [10, 10]
    assert profiles.profiles(table(), "composer").groups == ["Burwell", "Legrand"]
    with pytest.raises(InputError, match="none of these composers has a film here"):
        profiles.profiles(table(), "composer", ["nobody"])
    with pytest.raises(InputError, match="cannot be grouped by 'colour'"):
        profiles.profiles(table(), "colour")


def test_an_interval_needs_two_films_and_stays_where_a_mean_can_lie() -> None:
    few = table(40).iloc[:5].assign(jazz=[0.0, 99.0, 100.0, 1.0, 98.0])
    found = profiles.profiles(few, "director")  # Ada and Bo have two, Cy has one
    assert found.low.loc["Cy"].isna().all() and found.mean.loc["Cy", "jazz"] == 100
    assert (found.low.loc["Ada", "jazz"], found.high.loc["Bo", "jazz"]) == (0, 100)


@pytest.mark.parametrize("decimals", [0, 1, 6])
def test_the_difference_of_groups_is_scipys_kruskal_wallis(decimals: int) -> None:
    rng = np.random.default_rng(decimals)
    of, values = np.repeat([0, 1, 2, 3], [9, 5, 20, 2]), pd.DataFrame({"jazz": rng.random(36).round(decimals), "rock": rng.random(36)})
    values.loc[::7, "jazz"] = np.nan
    found = profiles.differences(values, of, ["A", "B", "C", "D"]).set_index("feature")
    sides = [values["jazz"][(of == i) & values["jazz"].notna()] for i in range(3)]  # D has too few films
    expected = stats.kruskal(*sides)
    row = found.loc["jazz"]
    assert (row["h"], row["p"]) == (pytest.approx(expected.statistic), pytest.approx(expected.pvalue))
    assert (row["n"], row["groups"]) == (sum(map(len, sides)), 3)
    assert row["explained"] == pytest.approx(row["h"] / (row["n"] - 1))
    means = [side.mean() for side in sides]
    assert (row["most"], row["least"]) == ("ABC"[np.argmax(means)], "ABC"[np.argmin(means)])
    np.testing.assert_allclose(found["q"], stats.false_discovery_control(found["p"]))


def test_what_differs_comes_first_and_what_cannot_be_tested_says_nothing() -> None:
    of, rng = np.repeat([0, 1], 12), np.random.default_rng(0)
    values = pd.DataFrame({"flat": 1.0, "same": rng.random(24), "apart": of + rng.random(24), "rare": [1.0, 2.0] + [np.nan] * 22})
    found = profiles.differences(values, of, ["A", "B"])
    assert found["feature"].tolist()[:2] == ["apart", "same"] and found.loc[0, "q"] < 0.01 < 0.05 < found.loc[1, "q"]
    assert found.loc[2:, ["h", "p", "q"]].isna().all(axis=None)
    assert found.loc[0, ["most", "least"]].tolist() == ["B", "A"]


def test_a_feature_of_a_few_films_is_not_tested() -> None:
    """All blues is in two films of the smallest group: with so many ties p would be too small by far."""
    of, blues = np.repeat([0, 1, 2], [67, 49, 12]), np.zeros(128)
    blues[[120, 125]] = 40.0, 60.0
    assert stats.kruskal(*(blues[of == i] for i in range(3))).pvalue < 0.001
    found = profiles.differences(pd.DataFrame({"blues": blues, "jazz": np.arange(128.0)}), of, ["A", "B", "C"]).set_index("feature")
    assert np.isnan(found.loc["blues", "p"]) and found.loc["jazz", "p"] < 0.001


def test_every_grouping_has_profiles() -> None:
    for by in groups.GROUPINGS:
        found = profiles.profiles(table(), by)
        assert list(found.mean) == list(profiles.FEATURES) and len(found.differences) == len(profiles.FEATURES)
        assert found.mean.index.tolist() == found.groups == found.n.index.tolist()


def test_groups_that_do_not_differ_are_hardly_ever_found_to() -> None:
    rng = np.random.default_rng(3)
    of = np.repeat(np.arange(6), 10)
    held = [(profiles.differences(pd.DataFrame(rng.random((60, 20))), of, list("ABCDEF"))["q"] < 0.05).any() for _ in range(40)]
    assert np.mean(held) < 0.15


def test_students_interval_holds_the_mean_as_often_as_it_says() -> None:
    rng, films_each = np.random.default_rng(0), 5
    values = pd.DataFrame({"energy_mean": rng.beta(5, 5, 4000 * films_each)})
    _, low, high, n = profiles.intervals(values, np.repeat(np.arange(4000), films_each), 4000)
    assert (n == films_each).all() and np.mean((low < 0.5) & (high > 0.5)) == pytest.approx(0.95, abs=0.02)


def test_the_corrected_p_values_are_those_of_mining() -> None:
    found = profiles.profiles(table(), "director").differences
    np.testing.assert_allclose(found["q"], mining.corrected(found["p"]))
