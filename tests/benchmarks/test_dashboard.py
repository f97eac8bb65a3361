import json

import pytest

from analysis.library import Library
from benchmarks import BENCHMARKS, dashboard
from benchmarks.browser import Browser, InProcess
from dashboard.app import create_app

PAGES = {"library", "movie layer", "segment layer", "validation", "correlation", "projection", "surface", "models"}


@pytest.fixture(scope="module")
def figures(made: Library) -> dict[str, float]:
    return dashboard.answers(made.root, runs=2)


def test_it_is_among_the_benchmarks() -> None:
    assert BENCHMARKS["dashboard"] == "benchmarks.dashboard:dashboard"


def test_every_page_and_callback_is_measured(made: Library, figures: dict[str, float]) -> None:
    kinds = {name.removesuffix(", median ms") for name in figures if name.endswith(", median ms")}
    assert kinds >= PAGES
    assert {"shell-search.searchValue to shell-search", "mining-export.n_clicks to mining-download", "export of all films"} <= kinds
    assert figures["pages and callbacks"] == len(kinds) > len(PAGES)
    for kind in kinds:
        for figure in ("first ms", "median ms", "95 % ms", "kB", "kB sent"):
            assert figures[f"{kind}, {figure}"] >= 0
        assert figures[f"{kind}, kB"] >= figures[f"{kind}, kB sent"]
    assert figures["slowest median ms"] == max(figures[f"{kind}, median ms"] for kind in kinds)
    json.dumps(figures, allow_nan=False)


def test_a_request_that_fails_is_named(made: Library) -> None:
    browser = Browser(InProcess(create_app([made.root])))
    spec = {"output": "nothing.there", "inputs": [{"id": "shell-url", "property": "search"}], "state": []}
    with pytest.raises(RuntimeError, match=r"nothing\.there: .* answered 4"):
        browser.call(spec, browser.shell, 0)


def test_the_baseline_is_scaled_up_from_the_films_it_reads(made: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "BASELINE_FILMS", 1)
    assert dashboard.pandas_reads_all(made.root) > 0


def test_without_a_browser_its_figures_are_left_out(
    made: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dashboard.screenshots.find_chromium", lambda: None)
    assert dashboard.drawn(made.root) == {}
    assert "Chromium" in capsys.readouterr().err
