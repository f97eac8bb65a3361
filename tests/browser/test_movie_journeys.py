"""Hearing a film's segments, in a real browser."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.browser.test_journeys import PHONE, query
from tests.dashboard.fake_library import AUDIBLE

SEGMENTS = "/movies?" + urlencode({"director": AUDIBLE[0], "movie": AUDIBLE[1], "layer": "segment"})
SIZES = pytest.mark.parametrize("settings", [{}, PHONE], ids=["wide", "phone"])


def open_segments(open_page: Any, more: str = "", **settings: Any) -> Any:
    page = open_page(SEGMENTS + more, **settings)
    page.wait_for_selector("#movies-timeline-chart .chosen-segment:not([hidden])", state="attached")
    return page


def wait_until_heard(page: Any, seconds: float = 0.3) -> None:
    page.wait_for_function("s => { const a = document.getElementById('movies-audio'); return !a.paused && a.currentTime > s }", arg=seconds)


def rows_chosen(page: Any) -> list[str]:
    return [row.inner_text().split()[0] for row in page.locator(".ag-center-cols-container .ag-row-selected").all()]


def timeline_at(page: Any, seconds: float, row: int) -> tuple[float, float]:
    """Where a second of a row of the timeline is on the screen."""
    return page.evaluate(
        """([seconds, row]) => {
            const chart = document.querySelector("#movies-timeline-chart .js-plotly-plot"), { xaxis, yaxis } = chart._fullLayout;
            const { left, top } = chart.getBoundingClientRect();
            return [left + xaxis._offset + xaxis.l2p(seconds * 1000), top + yaxis._offset + (yaxis._length * (row + 0.5)) / 5];
        }""",
        [seconds, row],
    )


@SIZES
def test_play_a_segment(open_page: Any, settings: dict[str, Any]) -> None:
    page = open_segments(open_page, **settings)
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer) if "/sound?" in answer.url else None)
    button = page.get_by_role("button", name="Play or pause segment 2").filter(visible=True)
    button.click()
    wait_until_heard(page)
    assert query(page)["segment"] == "2"
    assert page.locator("#movies-heard").inner_text().startswith("Segment 2 of 3")
    assert answers and {answer.status for answer in answers} <= {200, 206}
    line = "document.querySelector('.playhead').getBoundingClientRect().left"
    before = page.evaluate(line)
    wait_until_heard(page, 1.0)
    assert page.evaluate(line) > before
    button.click()
    page.wait_for_function("() => document.getElementById('movies-audio').paused")
    if settings:
        assert page.locator(".row-card[data-chosen]").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    else:
        assert rows_chosen(page) == ["2"]


@SIZES
def test_a_click_in_the_timeline_plays_that_segment(open_page: Any, settings: dict[str, Any]) -> None:
    page = open_segments(open_page, **settings)
    if settings:
        page.locator("#movies-timeline-chart .chart.wide").evaluate("element => element.scrollLeft = 500")
    page.wait_for_timeout(300)
    page.mouse.click(*timeline_at(page, 120, row=1))
    wait_until_heard(page)
    assert query(page)["segment"] == "3"
    page.mouse.click(*timeline_at(page, 135, row=3))
    wait_until_heard(page, 33.0)
    assert page.evaluate("document.getElementById('movies-audio').currentTime") < 38


def test_a_link_shows_the_chosen_segment_and_does_not_play(open_page: Any) -> None:
    page = open_segments(open_page, "&segment=3")
    page.wait_for_function("() => document.getElementById('movies-audio').readyState > 0")
    page.wait_for_selector(".ag-row-selected")
    assert rows_chosen(page) == ["3"]
    assert page.evaluate("document.getElementById('movies-audio').paused")
    assert page.evaluate("document.getElementById('movies-audio').duration") == 39
    assert page.get_by_role("button", name="Next segment").is_disabled()
    page.get_by_role("button", name="Previous segment").click()
    page.wait_for_url("**segment=2**")
    page.wait_for_function("() => document.querySelector('#movies-heard').textContent.startsWith('Segment 2 of 3')")
    assert rows_chosen(page) == ["2"]


def test_the_keyboard_plays_a_segment_of_the_table(open_page: Any) -> None:
    page = open_segments(open_page)
    page.locator(".ag-row[row-index='2'] .ag-cell[col-id='genre']").focus()
    page.keyboard.press("Enter")
    wait_until_heard(page)
    assert query(page)["segment"] == "3"
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.getElementById('movies-audio').paused")


def test_probabilities_are_shown_while_a_segment_goes_on(open_page: Any) -> None:
    page = open_segments(open_page)
    page.get_by_role("button", name="Play or pause segment 1").filter(visible=True).click()
    wait_until_heard(page)
    page.get_by_role("switch", name="Probabilities").click()
    page.wait_for_selector("#movies-timeline-chart .heatmaplayer image", state="attached")
    assert query(page)["probabilities"] == "yes"
    wait_until_heard(page, 1.0)
    x, y = timeline_at(page, 80.5, row=-1)
    page.mouse.move(x, y - 20)
    page.wait_for_selector("#movies-timeline-chart .hoverlayer :text('speech 0.80')")
    page.reload()
    page.wait_for_selector("#movies-timeline-chart .heatmaplayer image", state="attached")
    assert page.get_by_role("switch", name="Probabilities").is_checked()


def test_a_stretch_of_the_timeline_is_seen_larger_with_its_times(open_page: Any) -> None:
    page = open_segments(open_page)
    page.wait_for_timeout(300)
    (left, y), (right, _) = timeline_at(page, 60, row=0), timeline_at(page, 78, row=0)
    page.mouse.move(left, y)
    page.mouse.down()
    page.mouse.move(right, y + 2, steps=8)
    page.mouse.up()
    page.wait_for_selector("#movies-timeline-chart .xtick text:text-is('1:10')")
    assert page.locator("#movies-timeline-chart .xtick").count() >= 4


def test_a_film_whose_file_is_gone_can_still_be_looked_at(open_page: Any) -> None:
    page = open_page("/movies?director=Zed&movie=%3D1%2B1&layer=segment")
    page.get_by_text("Nothing can be played").wait_for()
    page.wait_for_selector("#movies-timeline-chart .main-svg")
    page.wait_for_timeout(500)
    page.mouse.click(*timeline_at(page, 65, row=1))
    page.wait_for_url("**segment=2**")
    assert rows_chosen(page) == ["2"] and page.locator("audio").count() == 0
