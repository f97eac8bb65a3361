"""The page that asks who made it."""

from dataclasses import replace

import pytest

from analysis import makers
from analysis.library import Library
from dashboard.figures import makers as figures
from dashboard.text import percent
from dashboard.theme import SCHEMES, templates
from data import REFERENCE
from tests.analysis.test_makers import films
from tests.dashboard.conftest import page_of
from tests.dashboard.walk import text


@pytest.fixture(scope="module")
def report() -> makers.Report:
    return makers.tell(films(4.0), permutations=99)


def test_the_chart_has_a_bar_and_a_shuffle_for_each_set_of_features(report: makers.Report) -> None:
    figure = figures.accuracies(report, "music")
    (bars,), (*across, commonest) = figure.data, figure.layout.shapes
    assert list(bars.x) == [answer.accuracy for answer in report.answers]
    assert [line.x0 for line in across] == [answer.shuffled_high for answer in report.answers]
    assert commonest.x0 == report.baseline
    assert [words.partition(",")[0] for words in figure.layout.yaxis.ticktext] == ["music", "metadata", "both"]
    assert bars.marker.opacity[0] == 1 > bars.marker.opacity[1], "what the page tells of stands out"
    low, high = report.answers[0].interval
    error = figure.data[0].error_x
    assert error.array[0] == pytest.approx(high - report.answers[0].accuracy)
    assert error.arrayminus[0] == pytest.approx(report.answers[0].accuracy - low)


def test_what_the_answer_rests_on_is_drawn_the_most_first(report: makers.Report) -> None:
    music, metadata, _ = report.answers
    found, figure = music.importances, figures.importances(music)
    assert list(figure.layout.yaxis.ticktext) == [one.feature for one in found][: figures.MOST_FEATURES]
    assert list(figure.data[0].x) == [one.drop for one in found][: figures.MOST_FEATURES]
    assert figure.data[0].marker.opacity[0] == 1, "what is sure stands out"
    assert max(figures.importances(metadata).data[0].marker.opacity) < 1, "of an answer no better than chance nothing is sure"


def test_lines_have_the_colour_of_the_scheme() -> None:
    for name, template in templates().items():
        text_colour = SCHEMES[name]["text"]
        assert template["layout"]["shapedefaults"]["line"]["color"] == text_colour
        assert template["data"]["bar"][0]["error_x"]["color"] == text_colour


def test_titles_carry_the_finding(library: Library, report: makers.Report) -> None:
    by_chance = makers.tell(films(0.0, 3), permutations=99)
    music, metadata, both = report.answers
    with page_of("makers", library) as page:
        share = percent(100 * music.accuracy)
        assert page._finding(report).startswith(f"Directors: told in {share} of the films from music (by chance ")
        only_metadata = replace(report, answers=(replace(metadata, features="music"), replace(music, features="metadata"), both))
        assert page._finding(only_metadata).endswith(", not surely from music")
        assert not any(answer.sure for answer in by_chance.answers)
        assert page._finding(by_chance).startswith("Directors: not surely told; from music in ")


def test_what_an_answer_no_better_than_chance_rests_on_is_not_said(library: Library, report: makers.Report) -> None:
    music, metadata, _ = report.answers
    with page_of("makers", library) as page:
        assert f"the answer rests most on {music.importances[0].feature}" in text(page._importance(music))
        assert "so it rests on nothing sure" in text(page._importance(metadata))
        blurred = replace(music, importances=tuple(replace(one, deviation=1.0) for one in music.importances))
        assert "the answer rests on no single feature" in text(page._importance(blurred))


def test_for_whom_films_are_taken_is_counted(library: Library, report: makers.Report) -> None:
    metadata = report.answers[1]
    most = makers.mistaken(report, metadata).iloc[0]
    with page_of("makers", library) as page:
        assert f"{most['taken_for']} ({most['times']})" in text(page._told(report, metadata)).replace("  ", " ")


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
        assert "no composer of a film with music is known; name them" in text(page.layout(by="composer"))
