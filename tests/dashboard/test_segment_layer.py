"""The segment layer: what can be heard, what is chosen, probabilities."""

from pathlib import Path
from typing import Any

import pytest
from dash import no_update

from analysis.library import Library
from dashboard.urls import href
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_library import AUDIBLE, SILENT
from tests.dashboard.walk import by_id, components, text


def test_a_film_whose_file_is_there_can_be_heard(pristine: Library) -> None:
    with page_of("movies", pristine) as movies:
        page = movies.layout(director=AUDIBLE[0], movie=AUDIBLE[1], layer="segment", segment="2", library="films")
    assert by_id(page, "movies-audio").controls and "Nothing can be played" not in text(page)
    heard = by_id(page, "movies-segments-heard").data
    assert heard["sound"] == href("/sound", library="films", director=AUDIBLE[0], movie=AUDIBLE[1])
    segments = pristine.table(*AUDIBLE, "segments")
    assert [(s["number"], s["start"], s["end"]) for s in heard["segments"]] == [
        (i + 1, start, end) for i, (start, end) in enumerate(zip(segments["start"], segments["end"], strict=True))
    ]
    assert heard["chosen"] == 2 and heard["segments"][1]["words"].startswith("Segment 2 of 3 · ")
    buttons = [c for c in components(page) if "play" in str(getattr(c, "className", "")).split()]
    assert [getattr(button, "data-play") for button in buttons] == [1, 2, 3]
    assert by_id(page, "movies-segments").columnDefs[1]["headerName"] == "Play"


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [(None, 1), ("3", 3), ("0", 1), ("4", 1), ("-1", 1), ("two", 1), ("²", 1), ("9" * 5000, 1), ("0" * 5000 + "2", 1), (["2", "3"], 2)],
)
def test_the_chosen_segment_is_one_of_the_film(pristine: Library, asked: Any, chosen: int) -> None:
    with page_of("movies", pristine) as movies:
        page = movies.layout(director=AUDIBLE[0], movie=AUDIBLE[1], layer="segment", segment=asked)
    assert by_id(page, "movies-segments-heard").data["chosen"] == chosen


def test_a_film_whose_file_is_gone_says_where_it_belongs_and_has_no_dead_buttons(pristine: Library) -> None:
    with page_of("movies", pristine) as movies:
        page = movies.layout(director="Zed", movie="=1+1", layer="segment", segment="1")
        silent = movies.layout(director="Łukasz Øster", movie=SILENT, layer="segment")
    place = Path(pristine.provenance("Zed", "=1+1")["input"]["path"])
    words = text(page)
    assert " ".join(f"Nothing can be played: {place.name} is no longer there.".split()) in " ".join(words.split())
    assert str(place.parent) in words
    assert not [
        c for c in components(page) if "play" in str(getattr(c, "className", "")).split() or getattr(c, "id", None) == "movies-audio"
    ]
    assert by_id(page, "movies-segments-heard").data["chosen"] == 1
    assert "Nothing can be played" not in text(silent)


def test_a_film_without_a_record_of_its_file_can_still_be_seen(library: Library) -> None:
    path = library.movie_folder(*AUDIBLE) / "provenance.json"
    path.write_bytes(path.read_bytes()[:40])
    with page_of("movies", library) as movies:
        page = movies.layout(director=AUDIBLE[0], movie=AUDIBLE[1], layer="segment")
    assert f"Nothing can be played: {path}" in text(page) and by_id(page, "movies-segments").rowData


def test_probabilities_are_shown_on_demand(pristine: Library) -> None:
    with page_of("movies", pristine) as movies:
        pages = [movies.layout(director=AUDIBLE[0], movie=AUDIBLE[1], layer="segment", probabilities=shown) for shown in (None, "yes")]
        charts = [by_id(page, {"type": "chart-figure", "index": "movies-timeline"}).data for page in pages]
        assert [by_id(page, "movies-probabilities").checked for page in pages] == [False, True]
        assert len(charts[1].data) == len(charts[0].data) + 4
        for shown, expected in ((True, charts[1]), (False, charts[0])):
            drawn = movies.show_probabilities(shown, *AUDIBLE, "?layer=segment")
            assert by_id(drawn, {"type": "chart-figure", "index": "movies-timeline"}).data == expected
        assert movies.show_probabilities(True, "..", "../..", "") is no_update
        assert "no library is called" in text(movies.show_probabilities(True, *AUDIBLE, "?library=elsewhere"))
