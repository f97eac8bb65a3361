import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import aggregation
from analysis.attributes import window_starts
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES


def windows(segment: list[int], probability: float = 0.6, **predicted: list[str]) -> pd.DataFrame:
    """A windows table whose predicted class has `probability` and whose others share the rest."""
    table = pd.DataFrame({"segment": segment, "start": range(len(segment))})
    for attribute, classes in ATTRIBUTES.items():
        labels = predicted.get(attribute, [classes[0]] * len(segment))
        table[attribute] = labels
        for name in classes:
            table[f"{attribute}_{name}"] = [probability if label == name else (1 - probability) / (len(classes) - 1) for label in labels]
    values = {aggregation.value_column(attribute): np.linspace(0.2, 0.4, len(segment)) for attribute in ORDERED_ATTRIBUTES}
    return table.assign(**values, tempo=100.0 + np.arange(len(segment)), beat=0.5)


def seconds(*labels: str) -> pd.DataFrame:
    """A seconds table of these labels, all of one level."""
    return pd.DataFrame({"label": labels, "level_db": np.full(len(labels), -20.0, np.float32)})


def test_the_ancestors_worked_example() -> None:
    """Tables 14 and 15: a run of 12 seconds has three windows and aggregates to one weighted segment."""
    assert [(s + 1, s + 10) for s in window_starts(0, 12)] == [(1, 10), (2, 11), (3, 12)]
    table = windows(
        [0, 0, 0],
        danceability=["low", "medium", "low"],
        valence=["neutral", "neutral", "positive"],
        energy=["medium", "high", "medium"],
        genre=["blues", "classical", "blues"],
    )
    [segment] = aggregation.segments(table, [(0, 12)], seconds(*["music"] * 12)).to_dict("records")
    assert segment["windows"] == 3
    assert segment["duration"] == 12
    assert [segment[a] for a in ("danceability", "valence", "energy", "genre")] == ["low", "neutral", "medium", "blues"]
    assert segment["energy_p"] == pytest.approx((0.6 + 0.2 + 0.6) / 3)


def test_a_tie_goes_to_the_more_probable_class() -> None:
    table = windows([0, 0], energy=["low", "high"])
    table["energy_high"] += [0.0, 0.1]
    assert aggregation.vote(table, "energy") == ("high", pytest.approx(0.45))


def test_a_full_tie_goes_to_the_first_class() -> None:
    assert aggregation.vote(windows([0, 0], genre=["pop", "rock"]), "genre")[0] == "rock"


def test_no_windows_have_no_class() -> None:
    assert aggregation.vote(windows([]), "genre") == ("", 0.0)


def test_shares_are_weighted_with_duration() -> None:
    table = windows([0, 0, 0, 1], energy=["low", "low", "low", "high"], probability=0.9)
    heard = seconds(*["music"] * 42, *["speech"] * 10, *["other"] * 8)
    profile = aggregation.profile(heard, aggregation.segments(table, [(0, 12), (20, 50)], heard))
    assert (profile["energy_low"], profile["energy_med"], profile["energy_high"]) == (28.57, 0.0, 71.43)
    assert profile["energy"] == "high"
    assert (profile["music_duration"], profile["speech_duration"], profile["other_duration"]) == (70.0, 16.67, 13.33)
    assert profile["duration"] == 60


def test_a_film_without_music_has_zeros_and_empty_levels() -> None:
    heard = seconds(*["speech"] * 5)
    profile = aggregation.profile(heard, aggregation.segments(windows([]), [], heard))
    assert [profile[name] for name in (*aggregation.MUSIC_FIGURES, "energy_mean")] == [None] * 4
    assert {profile[name] for names in aggregation.SHARE_NAMES.values() for name in names} == {0.0}
    assert [profile[attribute] for attribute in ATTRIBUTES] == [""] * 4
    assert profile["speech_duration"] == 100.0
    assert profile["segments"] == 0


def test_a_segments_figures_are_those_of_its_windows_and_seconds() -> None:
    table = windows([0, 0, 0]).assign(tempo=[60.0, 120.0, 121.0], beat=[0.1, 0.8, 0.7], energy_value=[0.1, 0.2, 0.6])
    heard = seconds(*["music"] * 12).assign(level_db=np.array([-10.0] * 6 + [-100.0] * 6, np.float32))
    [segment] = aggregation.segments(table, [(0, 12)], heard).to_dict("records")
    assert segment["energy_value"] == pytest.approx(0.3)
    assert segment["tempo"] == 120, "a window with a steady beat counts more"
    assert segment["beat"] == pytest.approx(1.6 / 3)
    assert segment["loudness"] == pytest.approx(-13.0, abs=0.02), "half of the time, half of the power"


def test_a_films_figures_are_weighted_with_duration() -> None:
    table = windows([0, 0, 0, 1]).assign(energy_value=[0.2, 0.2, 0.2, 0.8], tempo=[80.0, 80.0, 80.0, 140.0])
    heard = seconds(*["music"] * 60)
    profile = aggregation.profile(heard, aggregation.segments(table, [(0, 10), (20, 50)], heard))
    assert profile["energy_mean"] == pytest.approx(0.65)
    assert profile["tempo"] == 140
    assert profile["loudness"] == pytest.approx(-20)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=12))
def test_percentages_sum_to_100_and_stay_close(weights: list[float]) -> None:
    shares = aggregation.percentages(weights)
    if sum(weights) <= 0:
        assert set(shares) == {0.0}
        return
    assert sum(round(share * 100) for share in shares) == 10_000
    np.testing.assert_allclose(shares, np.array(weights) / sum(weights) * 100, atol=0.011)
