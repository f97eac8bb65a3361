import socket
import threading
import urllib.request
from pathlib import Path

import dash
import pytest

from analysis.library import Library
from dashboard import screenshots
from dashboard.app import create_app
from dashboard.components import shell
from dashboard.server import create_server
from dashboard.urls import href
from errors import InputError, LibraryError


def test_the_start_page_leads_to_the_library(pristine: Library) -> None:
    answer = create_app([pristine.root]).server.test_client().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/library")


def test_the_page_asks_no_other_host_for_anything(pristine: Library) -> None:
    page = create_app([pristine.root]).server.test_client().get("/movies").text
    assert 'lang="en"' in page
    assert "http://" not in page and "https://" not in page and 'src="//' not in page


def test_an_app_is_complete_even_if_it_is_the_second_of_its_process(pristine: Library, empty_library: Library) -> None:
    first, second = (
        create_app([library.root]).server.test_client().get("/_dash-dependencies").json for library in (pristine, empty_library)
    )
    assert first == second
    assert {"movies-url.href", "validation-url.href", "shell-url.href"} <= {callback["output"] for callback in second}
    assert any("mining-download.data" in callback["output"] for callback in second)


def test_several_libraries_can_be_switched_and_stay_chosen(pristine: Library, empty_library: Library) -> None:
    app = create_app([pristine.root, empty_library.root])
    with app.server.test_request_context():
        links, _, opened, library, _ = shell.follow("/movies", "?library=empty")
        addresses = [link.href for link in links]
        assert addresses[0] == "/library?library=empty" and all(address.endswith("?library=empty") for address in addresses)
        assert (opened, library) == (False, "empty")
        assert shell.follow("/movies", "?library=other")[3] == "films"
        assert shell.switch_library("empty", "/validation", "") == "/validation?library=empty"
        assert shell.switch_library("films", "/validation", "") is dash.no_update


def test_search_finds_directors_and_films_and_leads_to_them(pristine: Library, empty_library: Library) -> None:
    app = create_app([pristine.root, empty_library.root])
    with app.server.test_request_context():
        directors, films = shell.search("vORN", "?library=films")
        assert [item["label"] for item in directors["items"]] == ["Ada Vorn"]
        assert len(films["items"]) == 3 and all(
            item["value"].startswith("/movies?library=films&director=Ada+Vorn") for item in films["items"]
        )
        (films,) = shell.search("ночь", "")
        assert films["items"][0]["value"] == href("/movies", director="Łukasz Øster", movie="Ночь 🎬 Night")
        assert shell.search("r", "")[1]["items"][0]["label"].startswith("Rain on Platform 9")
        for words, address in (("", ""), ("  ", ""), (None, ""), ("zzz", ""), ("a", "?library=empty"), ("a", "?library=nothing")):
            assert shell.search(words, address) == []


def test_search_leads_nowhere_but_to_the_movies() -> None:
    assert shell.go("/movies?director=Zed") == ("/movies?director=Zed", None)
    for address in (None, "", "https://example.org", "//example.org", "javascript:alert(1)", "/moviesx"):
        assert shell.go(address) == (dash.no_update, dash.no_update)


def test_two_libraries_of_one_name_both_stay(pristine: Library, tmp_path: Path) -> None:
    other = tmp_path / "films"
    other.mkdir()
    app = create_app([pristine.root, other])
    with app.server.app_context():
        assert shell.data.library_names() == ["films", str(other.resolve())]


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"nowhere: no such library; run `leitmotif analyse"):
        create_app([tmp_path / "nowhere"])
    with pytest.raises(LibraryError, match="--library"):
        create_app([])


def test_a_port_in_use_is_named(pristine: Library) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"port {port} on 127\.0\.0\.1 cannot be used .*--port"):
            create_server([pristine.root], "127.0.0.1", port)
    with pytest.raises(InputError, match="port 70000"):
        create_server([pristine.root], "127.0.0.1", 70_000)


def test_the_server_answers(pristine: Library) -> None:
    server = create_server([pristine.root], "127.0.0.1", 0)
    threading.Thread(target=server.run, daemon=True).start()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.effective_port}/movies", timeout=10) as answer:
        assert answer.status == 200


def test_pictures_need_a_browser(pristine: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screenshots, "find_chromium", lambda: None)
    with pytest.raises(InputError, match="CHROMIUM"):
        screenshots.take(pristine.root, tmp_path / "pictures")
    assert not (tmp_path / "pictures").exists()


def test_the_browser_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "browser"
    browser.touch()
    monkeypatch.setenv("CHROMIUM", str(browser))
    assert screenshots.find_chromium() == str(browser)
