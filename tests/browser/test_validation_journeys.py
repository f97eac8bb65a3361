"""Validation in a real browser."""

import json
import re
from typing import Any

import pytest

from tests.browser.test_journeys import PHONE, choose
from tests.dashboard.fake_library import RUNS


def accuracy(page: Any) -> str:
    """The accuracy a page says, as it stands there."""
    page.wait_for_selector(".figure-value")
    return page.locator(".figure-value").first.inner_text()


def label_of(page: Any, run: str) -> str:
    """The words by which a run is offered."""
    page.get_by_role("combobox", name="Run").or_(page.get_by_label("Run", exact=True)).first.click()
    label = page.get_by_role("option").filter(has_text=run).first.inner_text()
    page.keyboard.press("Escape")
    return label


def test_another_run_has_another_accuracy_and_back_leads_back(open_page: Any) -> None:
    page = open_page("/validation")
    shown = next(run for run in RUNS if page.get_by_label("Run", exact=True).first.input_value().startswith(run))
    other = next(run for run in RUNS if run != shown)
    before = accuracy(page)
    label = label_of(page, other)
    choose(page, "Run", label)
    page.wait_for_url(f"**/validation?run={other}")
    page.wait_for_function("old => document.querySelector('.figure-value').innerText !== old", arg=before)
    assert accuracy(page) in label and accuracy(page) != before
    page.wait_for_selector(".graded tbody tr")
    page.go_back()
    page.wait_for_function("run => document.querySelector('#validation-run')?.value.startsWith(run)", arg=shown)
    assert accuracy(page) == before


def test_the_table_of_runs_leads_to_another_run(open_page: Any) -> None:
    page = open_page(f"/validation?run={RUNS[0]}")
    page.get_by_role("link", name=RUNS[1], exact=True).click()
    page.wait_for_url(f"**/validation?run={RUNS[1]}")
    page.wait_for_function("run => document.querySelector('#validation-run')?.value.startsWith(run)", arg=RUNS[1])


def ranges(page: Any) -> list[Any]:
    """Where the time axis begins and ends, and the axes each trace is drawn on."""
    return json.loads(
        page.evaluate(
            """() => { const { _fullLayout: all, _fullData: traces } = document.querySelector('.chart.wide .js-plotly-plot');
                       return JSON.stringify([all.xaxis.range, [...new Set(traces.map(t => t.xaxis + t.yaxis))]]); }"""
        )
    )


def test_a_zoom_in_the_lines_is_a_zoom_in_the_probabilities(open_page: Any) -> None:
    page = open_page(f"/validation?run={RUNS[0]}", viewport={"width": 1440, "height": 1400})
    page.wait_for_selector(".chart.wide .draglayer .nsewdrag")
    page.wait_for_timeout(500)
    (start, end), axes = ranges(page)
    assert (start, end) == (0, 260) and sorted(axes) == ["xy", "xy2"]
    box = page.locator(".chart.wide .draglayer .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 40, steps=5)
    page.mouse.up()
    page.wait_for_function("() => document.querySelector('.chart.wide .js-plotly-plot')._fullLayout.xaxis.range[1] < 200")
    (start, end), _ = ranges(page)
    assert 55 < start < 75 and 120 < end < 140
    page.locator(".chart.wide .legend .traces").filter(has_text="before smoothing").locator(".legendtoggle").click()
    page.wait_for_function(
        "() => document.querySelector('.chart.wide .js-plotly-plot')._fullData.find(t => t.name === 'before smoothing').visible === true"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_a_run_in_one_column(open_page: Any, scheme: str) -> None:
    page = open_page(f"/validation?run={RUNS[0]}", **PHONE, color_scheme=scheme)
    page.get_by_role("heading", name=re.compile("Stretches of music")).wait_for()
    page.wait_for_selector(".main-svg")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
