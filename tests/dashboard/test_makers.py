"""The page that asks who made it."""

import pytest

from analysis import makers
from analysis.library import Library
from dashboard.figures import makers as figures
from dashboard.text import percent
from data import REFERENCE
from tests.analysis.test_makers import films
from tests.dashboard.conftest import page_of
from tests.dashboard.walk import text


@pytest.fixture(scope="module")
def report() -> makers.Report:
    return makers.tell(films(4.0), permutations=99)


def test_the_chart_has_a_bar_and_a_shuffle_for_each_set_of_features(report: makers.Report) -> None:
    figure = figures.accuracies(report)
    assert [bar.x[0] for bar in figure.data[:3]] == [answer.accuracy for answer in report.answers]
    assert list(figure.data[3].x) == [answer.shuffled_high for answer in report.answers]
    assert list(figure.layout.yaxis.ticktext) == ["music", "metadata", "both"]
    low, high = report.answers[0].interval
    error = figure.data[0].error_x
    assert error.array[0] == pytest.approx(high - report.answers[0].accuracy)
    assert error.arrayminus[0] == pytest.approx(report.answers[0].accuracy - low)


def test_what_the_answer_rests_on_is_drawn_the_most_first(report: makers.Report) -> None:
    found = report.answers[0].importances
    figure = figures.importances(found)
    assert list(figure.layout.yaxis.ticktext) == [one.feature for one in found][: figures.MOST_FEATURES]
    assert list(figure.data[0].x) == [one.drop for one in found][: figures.MOST_FEATURES]


def test_titles_carry_the_finding(library: Library, report: makers.Report) -> None:
    by_chance = makers.tell(films(0.0, 3), permutations=99)
    with page_of("makers", library) as page:
        assert page._finding(report).startswith(
            f"Directors: told best from music, {percent(100 * report.answers[0].accuracy)} of the films"
        )
        assert max(by_chance.answers, key=lambda answer: answer.accuracy).p >= page.LEVEL
        assert page._finding(by_chance).startswith("Directors: not told better than by chance (")


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="data/reference is not there")
def test_the_page_of_the_reference_library() -> None:
    with page_of("makers", Library(REFERENCE)) as page:
        for query in ({}, {"by": "composer"}, {"by": "composer", "features": "both"}, {"by": "nobody", "features": ["x"]}):
            said = text(page.layout(**query))
            assert "Who made it?" in said and "Told right" in said
        assert "Hans Zimmer" in text(page.layout(by="composer"))
        assert page.navigate("composer", "music", "?library=reference") == "/makers?library=reference&by=composer"
        assert page.navigate("director", "music", "?by=composer&library=reference") == "/makers?library=reference"


def test_a_library_with_nobody_to_tell_says_what_is_missing(library: Library, empty_library: Library) -> None:
    with page_of("makers", empty_library) as page:
        assert "has no films yet" in text(page.layout())
    with page_of("makers", library) as page:
        assert "no film's composer is known" in text(page.layout(by="composer"))
