"""Found stretches of music against the true ones, on small cases worked out by hand."""

import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement import agreement, counterparts, hits, median_error


def table(true: list[tuple[int, int]], predicted: list[tuple[int, int]], length: int = 120) -> pd.DataFrame:
    """Seconds that are music within these spans and speech elsewhere."""

    def labels(spans: list[tuple[int, int]]) -> list[str]:
        return ["music" if any(start <= t < end for start, end in spans) else "speech" for t in range(length)]

    return pd.DataFrame({"second": range(length), "true": labels(true), "predicted": labels(predicted)})


def test_a_perfect_run() -> None:
    spans = [(5, 25), (40, 60)]
    found = agreement(table(spans, spans))
    assert (found["true"], found["found"]) == (2, 2)
    assert found["median_error"] == {"onset": 0.0, "offset": 0.0}
    for within in found["within"].values():
        assert all(one == {"hits": 2, "precision": 1.0, "recall": 1.0, "f1": 1.0} for one in within.values())


def test_onset_offset_and_both_are_told_apart() -> None:
    # The first begins 1 s late and ends 3 s late, the second is right, the third is missed, and one is made up.
    found = agreement(table([(5, 25), (40, 60), (80, 95)], [(6, 28), (40, 60), (105, 118)]))
    assert (found["true"], found["found"]) == (3, 3)
    one, three = found["within"]["1"], found["within"]["3"]
    assert [one[which]["hits"] for which in ("onset", "offset", "both")] == [2, 1, 1]
    assert [three[which]["hits"] for which in ("onset", "offset", "both")] == [2, 2, 2]
    assert one["both"]["precision"] == one["both"]["recall"] == one["both"]["f1"] == pytest.approx(1 / 3)
    assert found["median_error"] == {"onset": 1.0, "offset": 3.0}


def test_what_is_too_short_to_be_analysed_is_not_found_and_pieces_that_touch_are_one() -> None:
    found = agreement(table([(5, 25), (25, 45), (60, 66)], [(5, 45), (60, 66)]))
    assert (found["true"], found["found"]) == (2, 1)
    assert found["within"]["1"]["both"] == {"hits": 1, "precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3)}


@pytest.mark.parametrize(("true", "predicted"), [([], [(5, 25)]), ([(5, 25)], []), ([], [])])
def test_nothing_true_or_nothing_found(true: list[tuple[int, int]], predicted: list[tuple[int, int]]) -> None:
    found = agreement(table(true, predicted))
    assert found["within"]["3"]["both"] == {"hits": 0, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert found["median_error"] == {"onset": None, "offset": None}
    assert counterparts(true, predicted) == [None] * len(true)


def test_as_many_as_possible_are_paired_and_each_once() -> None:
    # Greedy pairing by the nearest would give (10, 20) to (11, 21) and leave nothing for (12, 22).
    assert hits([(10, 20), (12, 22)], [(11, 21), (9, 19)], 1)["hits"] == 2
    assert hits([(10, 20)], [(10, 20), (11, 21)], 1) == {"hits": 1, "precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3)}


def test_the_nearest_boundary_counts_for_the_median() -> None:
    assert median_error([(10, 20), (30, 40), (70, 90)], [(12, 41)], "onset") == 18
    assert median_error([(10, 20), (30, 40), (70, 90)], [(12, 41)], "offset") == 21


def test_a_found_stretch_over_two_true_ones_is_the_counterpart_of_both() -> None:
    assert counterparts([(10, 20), (25, 40), (60, 70)], [(9, 41), (70, 90)]) == [(9, 41), (9, 41), None]


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 20)).map(lambda pair: (pair[0], sum(pair))), max_size=4, unique=True)


@settings(max_examples=150, deadline=None)
@given(true=SPANS, found=SPANS, tolerance=st.integers(0, 4), which=st.sampled_from(["onset", "offset", "both"]))
def test_the_pairs_are_as_many_as_any_order_gives(
    true: list[tuple[int, int]], found: list[tuple[int, int]], tolerance: int, which: str
) -> None:
    def fits(one: tuple[int, int], other: tuple[int, int]) -> bool:
        near = [abs(a - b) <= tolerance for a, b in zip(one, other, strict=True)]
        return {"onset": near[0], "offset": near[1], "both": all(near)}[which]

    few, many = sorted((true, found), key=len)
    best = max(sum(itertools.starmap(fits, zip(few, order, strict=False))) for order in itertools.permutations(many))
    assert hits(true, found, tolerance, which)["hits"] == best
