from pathlib import Path

import pytest

from analysis.library import Library
from dashboard import data, mined, warm
from dashboard.app import create_app


def test_what_was_warmed_up_is_at_hand(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    warm.warm(create_app([library.root]))
    for module, name in ((data, "enhanced"), (data, "Library"), (mined, "mining")):
        monkeypatch.setattr(module, name, None)  # nothing is read or computed again
    assert len(data.dataset(library)) == len(data.movies(library)) == len(data.metadata(library)) + 1
    assert len(mined.projection(library, "thesis", "both").points)


def test_a_damaged_or_empty_library_does_not_stop_the_others(library: Library, empty_library: Library) -> None:
    (empty_library.root / "enhanced.csv").write_text("[]")
    warm.warm(create_app([empty_library.root, library.root]))
    assert mined._projection.cache_info().currsize


def test_it_does_not_keep_the_program_from_ending(pristine: Library) -> None:
    thread = warm.begin(create_app([pristine.root]))
    assert thread.daemon
    thread.join(60)
    assert not thread.is_alive()


def test_files_come_compressed_and_are_kept(pristine: Library) -> None:
    client = create_app([pristine.root]).server.test_client()
    address = next(part for part in client.get("/library").text.split('"') if part.startswith("/assets/style.css?m="))
    plain, zipped = client.get(address), client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in zipped.headers["Cache-Control"] and zipped.headers["Content-Encoding"] == "gzip"
    assert len(zipped.data) < len(plain.data) and "Content-Encoding" not in plain.headers
    assert "immutable" not in client.get("/assets/style.css").headers.get("Cache-Control", "")


@pytest.mark.parametrize("address", warm._LATER)
def test_the_scripts_of_grids_and_charts_are_where_a_browser_asks_for_them(pristine: Library, address: str) -> None:
    answer = create_app([pristine.root]).server.test_client().get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200 and answer.headers["Content-Encoding"] == "gzip"


def test_rows_that_do_not_come_with_the_page_have_an_address(
    library: Library, monkeypatch: pytest.MonkeyPatch, empty_library: Library, tmp_path: Path
) -> None:
    monkeypatch.setattr("dashboard.films_route.WITH_PAGE", 3)
    client = create_app([library.root, empty_library.root]).server.test_client()
    from dashboard import films_route

    address = films_route.address(library, None)
    answer = client.get(address)
    assert answer.json["movie"] == data.dataset(library)["movie"].tolist()[3:] and "immutable" in answer.headers["Cache-Control"]
    assert client.get(films_route.PATH).headers["Cache-Control"] == "no-store"
    for query in ("?library=elsewhere", "?library=empty"):
        refused = client.get(films_route.PATH + query)
        assert refused.status_code == 404 and refused.mimetype == "text/plain" and len(refused.text.splitlines()) == 1
