"""A few analysts for a moment at a real server; what it amounts to is measured by the benchmark."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from analysis.library import Library
from benchmarks import analysts, load
from benchmarks.browser import Connected
from benchmarks.process import Measured
from dashboard.server import create_server


def in_this_process(function: Callable[..., Any], *arguments: Any) -> Measured:
    """As benchmarks.process.measure, without the seconds that a process takes to start."""
    begun, computing = time.perf_counter(), time.process_time()
    return Measured(function(*arguments), time.perf_counter() - begun, time.process_time() - computing, 0)


@pytest.fixture(scope="module")
def figures(made: Library) -> dict[str, float]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "measure", in_this_process)
        return load.under_load(made.root, analysts=3, seconds=0.5, thinking=(0.0, 0.2))


def test_several_browse_at_once_without_an_error(figures: dict[str, float]) -> None:
    for name in ("one", "3", "3 without a pause"):
        assert figures[f"{name}, errors"] == 0 and figures[f"{name}, requests/s"] > 0
        assert 0 < figures[f"{name}, answer median ms"] <= figures[f"{name}, answer 95 % ms"] <= figures[f"{name}, answer slowest ms"]
        assert figures[f"{name}, page median ms"] > 0
    json.dumps(figures, allow_nan=False)


def test_the_servers_memory_and_its_silence_are_measured(figures: dict[str, float]) -> None:
    assert figures["server, MB at the peak"] >= figures["server, MB before"] > 50
    assert figures["server, lines in its log"] == 0


def test_an_error_is_counted_and_the_analyst_goes_on() -> None:
    seen = analysts.Seen()
    connections = analysts._Connections("127.0.0.1", 1, seen)  # nobody listens there
    for _ in range(2 * analysts.CONNECTIONS):
        with pytest.raises(RuntimeError):
            connections.ask("/library")
    assert len(seen.errors) == 2 * analysts.CONNECTIONS and seen.errors[0].startswith("/library: Connection")


def test_what_a_page_offers_is_found_in_its_answer(made: Library) -> None:
    server = create_server([made.root], "127.0.0.1", 0)
    threading.Thread(target=server.run, daemon=True).start()
    analyst = analysts._Analyst("127.0.0.1", server.effective_port, 0, analysts.Seen())
    page = analyst.open("/movies", {"director": made.movies()[0][0], "movie": made.movies()[0][1]})
    assert page is not None and "/assets/style.css" in " ".join(analyst._kept)
    text = analysts._text(page.answer)
    assert len(analysts._COVERS.findall(text)) >= 5
    assert all(link.startswith("/movies?director=") for link in analysts._LINKS.findall(text))
    client = Connected("127.0.0.1", server.effective_port)
    with pytest.raises(RuntimeError, match=r"/assets/nowhere answered 404"):
        client.ask("/assets/nowhere")
