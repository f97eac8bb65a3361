"""Several libraries that say what they are, and one that holds results only."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.library import Library
from dashboard import data
from dashboard.app import create_app
from dashboard.components import shell
from dashboard.urls import href
from tests.dashboard import fake_library
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_library import AUDIBLE, REFERENCE_SAYS, RUNS, WHOLE
from tests.dashboard.walk import by_id, components, text

TITLE, TEXT = REFERENCE_SAYS


@pytest.fixture
def reference(tmp_path: Path) -> Library:
    return fake_library.build_reference(tmp_path / "reference")


def film(page: Any, name: tuple[str, str], **view: str) -> Any:
    return page.layout(director=name[0], movie=name[1], library="reference", **view)


def change_profile(library: Library, **changed: Any) -> Path:
    path = library.movie_folder(*AUDIBLE) / "profile.json"
    path.write_text(json.dumps(library.profile(*AUDIBLE) | changed), encoding="utf-8")
    return path


# --- what a library is ------------------------------------------------------------------------------------------


def test_libraries_are_called_by_their_titles_and_known_by_their_names(pristine: Library, reference: Library, tmp_path: Path) -> None:
    twin = fake_library.build_reference(tmp_path / "twin")
    app = create_app([pristine.root, reference.root, twin.root])
    options = by_id(app.layout, "shell-library").data
    assert [option["value"] for option in options] == ["films", "reference", "twin"]
    assert [option["label"] for option in options] == ["films", f"{TITLE} (reference)", f"{TITLE} (twin)"]


def test_the_pages_of_a_library_say_what_it_is_and_the_others_do_not(pristine: Library, reference: Library) -> None:
    with page_of("movies", pristine, reference):
        for page in ("/library", "/movies", "/mining", "/makers", "/validation"):
            said = shell.follow(page, "?library=reference")[4]
            assert f"{TITLE} {TEXT}" in " ".join(text(said).split())
            assert shell.follow(page, "")[4] is None and shell.follow(page, "?library=other")[4] is None
        assert shell.follow("/tag", "?library=reference")[4] is None


def test_a_damaged_note_is_named_and_hides_nothing(pristine: Library, reference: Library) -> None:
    path = reference.root / "about.json"
    path.write_text("[]", encoding="utf-8")
    with page_of("movies", pristine, reference) as movies:
        assert data.titles() == {"films": "films", "reference": "reference"}
        assert str(path) in text(shell.follow("/movies", "?library=reference")[4])
        assert "This film is synthetic" in text(film(movies, AUDIBLE))


def test_a_note_that_is_a_link_out_of_the_library_is_refused(pristine: Library, reference: Library, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.json").write_text('{"title": "Secret", "text": "words"}', encoding="utf-8")
    (reference.root / "about.json").unlink()
    (reference.root / "about.json").symlink_to(tmp_path / "elsewhere.json")
    with page_of("movies", pristine, reference):
        said = text(shell.follow("/movies", "?library=reference")[4])
    assert "leads out of the library" in said and "Secret" not in said


def test_a_library_without_runs_leads_to_one_that_has_some(pristine: Library, reference: Library) -> None:
    with page_of("validation", pristine, reference) as validation:
        page = validation.layout(library="reference")
        alone = validation.layout(library="films")
    assert "is not known" in text(page) and f"leitmotif validate --library {reference.root}" in text(page)
    assert [c.href for c in components(page) if getattr(c, "href", None)] == [href("/validation", library="films")]
    assert RUNS[0] in text(alone) and "is not known" not in text(alone)


# --- a film of it -----------------------------------------------------------------------------------------------


def test_composer_and_film_genres_stand_beside_the_film(reference: Library) -> None:
    with page_of("movies", reference) as movies:
        words, whole = text(film(movies, AUDIBLE)).replace("\u00a0", " "), text(film(movies, WHOLE))
    assert "Composer Hedda Ruud, Ivo Blau" in " ".join(words.split())
    assert "Film genres heard: Drama first, 81 %" in words and "and 5 others, none above 10 %" in words
    assert "Film genres heard" not in whole and "Composer" not in whole


def test_that_films_are_synthetic_is_said_once(pristine: Library, reference: Library) -> None:
    with page_of("movies", pristine, reference) as movies:
        assert "This film is synthetic" not in text(film(movies, AUDIBLE))
        assert "This film is synthetic" in text(movies.layout(director=AUDIBLE[0], movie=AUDIBLE[1]))


def test_excerpts_divide_the_timeline_and_are_named(reference: Library) -> None:
    with page_of("movies", reference) as movies:
        page, whole = (film(movies, name, layer="segment", probabilities="yes") for name in (AUDIBLE, WHOLE))
    figure, plain = (by_id(one, {"type": "chart-figure", "index": "movies-timeline"}).data for one in (page, whole))
    assert [shape.x0 for shape in figure.layout.shapes] == [f"1970-01-01 00:{time}" for time in ("00:30", "01:00", "01:30")]
    (bars,) = (trace for trace in figure.data if trace.type == "bar" and trace.y[0] == "excerpt")
    assert bars.hovertext[1] == "0:30 to 1:00<br>score: quiet_engine_001"
    assert "4 excerpts of 30 to 64 s, put end to end." in text(page)
    assert figure.layout.height > plain.layout.height and not plain.layout.shapes and "put end to end" not in text(whole)


def test_where_there_are_results_only_the_page_says_so_calmly(reference: Library) -> None:
    with page_of("movies", reference) as movies:
        words = text(film(movies, AUDIBLE, layer="segment"))
        assert data.original(reference, *AUDIBLE).never_here
    assert "This library holds results only" in words and "Nothing can be played" not in words and "Click a segment" not in words


def test_no_file_is_opened_by_a_place_that_begins_nowhere(reference: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "film_scores").mkdir()
    (tmp_path / "film_scores" / "engine").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    answer = (
        create_app([reference.root])
        .server.test_client()
        .get(href("/sound", director=AUDIBLE[0], movie=AUDIBLE[1], start="1", end="2"), headers={"Host": "localhost"})
    )
    assert answer.status_code == 404 and "holds results only" in answer.text


@pytest.mark.parametrize(
    "changed",
    [
        {"film_genres": ["Drama"]},
        {"film_genres": {"Drama": "much"}},
        {"film_genres": {"Drama": 7}},
        {"excerpts": {"name": "a"}},
        {"excerpts": [3]},
        {"excerpts": [{"name": "a", "cue": "score", "start": 3, "end": 3}]},
        {"excerpts": [{"name": "a", "cue": None, "start": 0, "end": 3}]},
    ],
)
def test_what_is_no_genre_and_no_excerpt_is_named(reference: Library, changed: dict[str, Any]) -> None:
    path = change_profile(reference, **changed)
    with page_of("movies", reference) as movies:
        for layer in ("movie", "segment"):
            assert f"{path}: film_genres or excerpts" in text(film(movies, AUDIBLE, layer=layer))


def test_composers_are_among_what_is_searched_for(reference: Library) -> None:
    with page_of("library", reference) as library:
        grid = by_id(library.layout(), "library-films")
    assert [row["composer"] for row in grid.rowData] == ["Hedda Ruud, Ivo Blau", ""]
    assert [column["hide"] for column in grid.columnDefs if column["field"] == "composer"] == [True]
