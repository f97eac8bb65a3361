"""What the server sends with every answer, and that nothing the browser sends leads to another file or to a traceback."""

import json
import shutil
import socket
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.library import Library
from dashboard import security, server
from dashboard.app import create_app
from tests.dashboard.client import page, request_of
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_library import LONG, RUNS
from tests.dashboard.walk import text

SECRET = "a-secret-outside-the-library"
CALLBACKS = security.CALLBACKS


@pytest.fixture(scope="module")
def browser(pristine: Library) -> FlaskClient:
    """A client of a dashboard over the fake library, beside which a secret lies."""
    (pristine.root.parent / "secret.json").write_text(json.dumps({"secret": SECRET}), encoding="utf-8")
    return create_app([pristine.root]).server.test_client()


# --- headers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/library", "/", "/nothing", "/assets/style.css", "/assets/none.css", "/_dash-layout", CALLBACKS])
def test_every_answer_has_the_headers(browser: FlaskClient, path: str) -> None:
    headers = browser.get(path).headers
    for name, value in security.HEADERS.items():
        assert headers[name] == value
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'" and policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in policy["script-src"] and "http" not in headers["Content-Security-Policy"]
    assert "Server" not in headers and "Access-Control-Allow-Origin" not in headers


def test_the_pages_own_scripts_are_allowed_and_no_others(browser: FlaskClient) -> None:
    page = browser.get("/library")
    inline = [part.partition("</script>")[0] for part in page.text.split("<script>")[1:]]
    inline += [part.partition(">")[2].partition("</script>")[0] for part in page.text.split('<script id="_dash-renderer"')[1:]]
    assert len(inline) >= 2
    allowed = page.headers["Content-Security-Policy"].partition("script-src ")[2].partition(";")[0].split()
    assert {security._hash(script) for script in inline} == set(allowed) - {"'self'"}


def test_the_page_is_asked_for_anew_each_time(browser: FlaskClient) -> None:
    assert browser.get("/movies").headers["Cache-Control"] == "no-cache"


# --- who may ask, and how much ----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "localhost:8050", "127.0.0.1:8050", "[::1]:8050", "LOCALHOST"])
def test_this_machine_may_ask(browser: FlaskClient, host: str) -> None:
    assert browser.get("/library", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8050", "localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0", "a b", "[::2]"]
)
def test_another_name_that_leads_here_is_refused(browser: FlaskClient, host: str) -> None:
    answer = browser.get("/library", headers={"Host": host})
    assert answer.status_code == 421 and "http://localhost" in answer.text and "<" not in answer.text
    assert browser.post(CALLBACKS, json={}, headers={"Host": host}).status_code == 421


def test_a_server_for_others_may_be_asked_by_any_name(pristine: Library) -> None:
    assert (
        create_app([pristine.root], hosts=None).server.test_client().get("/library", headers={"Host": "films.example"}).status_code == 200
    )


@pytest.mark.parametrize(
    ("bound", "local"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.0.0.2", True),
        ("0.0.0.0", False),
        ("::", False),
        ("films.example", False),
    ],
)
def test_which_addresses_are_this_machines_own(bound: str, local: bool) -> None:
    hosts = security.hosts_of(bound)
    assert (hosts is not None and bound in hosts) if local else hosts is None


class Listening:
    """A server that does not answer, so that a test goes on."""

    effective_port = 8050

    def run(self) -> None: ...


@pytest.mark.parametrize(("arguments", "expected"), [({}, "127.0.0.1"), ({"host": "0.0.0.0"}, "0.0.0.0")])
def test_others_can_reach_it_only_when_told_so_and_one_is_warned(
    pristine: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: dict[str, str], expected: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(server, "create_server", lambda _libraries, host, _port: asked.append(host) or Listening())
    server.serve([pristine.root], **arguments)
    warning = capsys.readouterr().err
    assert asked == [expected]
    assert ("no passwords" in warning and len(warning.splitlines()) == 1) if arguments else warning == ""


def test_it_really_listens_on_this_machine_only_and_does_not_say_what_serves(pristine: Library) -> None:
    served = server.create_server([pristine.root], "127.0.0.1", 0)
    assert served.adj.ident is None and served.adj.max_request_body_size == security.MAX_REQUEST_BYTES
    assert [s.getsockname()[0] for s in served.adj.sockets] == ["127.0.0.1"]
    served.close()


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_it_can_listen_on_ipv6(pristine: Library) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 address")
    served = server.create_server([pristine.root], "::1", 0)
    assert int(served.effective_port) > 0
    served.close()


def test_nothing_is_debugged(pristine: Library) -> None:
    app = create_app([pristine.root])
    assert not app.server.debug and not app._dev_tools.get("ui") and not app._dev_tools.get("hot_reload")
    page = app.server.test_client().get("/library").text
    assert '"ui":false' in page.replace(" ", "") and "dev.js" not in page


def test_a_request_too_long_is_refused(browser: FlaskClient) -> None:
    assert browser.post(CALLBACKS, data=b" " * (security.MAX_REQUEST_BYTES + 1), content_type="application/json").status_code == 413
    assert browser.get("/library?q=" + "x" * 9_000).status_code == 414


def test_what_goes_wrong_unexpectedly_is_one_line_without_a_traceback(pristine: Library, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app([pristine.root])
    app.server.add_url_rule("/broken", view_func=lambda: 1 / 0)
    answer = app.server.test_client().get("/broken")
    assert answer.status_code == 500 and len(answer.text.splitlines()) == 1 and "ZeroDivisionError" not in answer.text
    assert "ZeroDivisionError" in caplog.text


# --- paths ------------------------------------------------------------------------------------------------------

UP = "../" * 8
WAYS_OUT = [
    f"{UP}etc/passwd", "/etc/passwd", "//etc/passwd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%252e%252e%252fetc%252fpasswd",
    "..%2f..%2fetc%2fpasswd", "..%5c..%5csecret.json", "..\\..\\secret.json", "..;/secret.json", "....//....//secret.json",
    "secret.json%00.css", "../secret.json", "../../secret.json", "..%c0%af..%c0%afsecret.json", "a" * 5_000, ".", "..", "~", "file:///etc/passwd",
    "C:\\Windows\\win.ini", "%ff%fe", "\u202e..\u2215secret.json", "CON", "x" * 300 + "/../../secret.json",
]  # fmt: skip


def harmless(answer: Any) -> None:
    """Neither a server's error, nor a traceback, nor the content of another file."""
    body = answer.get_data().decode("utf-8", "replace")
    assert answer.status_code < 500, body[:300]
    assert SECRET not in body and "root:x:0" not in body and "Traceback" not in body


@pytest.mark.parametrize(
    "base",
    [
        "/",
        "/assets/",
        "/static/",
        "/_dash-component-suites/",
        "/_dash-component-suites/dash/",
        "/_dash-component-suites/dash_ag_grid/",
        "/sound/",
        "/cover/",
        "/tag/files/",
        "/compose/jobs/",
        "/compose/kept/",
    ],
)
def test_no_address_leads_to_another_file(browser: FlaskClient, base: str) -> None:
    for way in WAYS_OUT:
        harmless(browser.get(base + way))


@pytest.mark.parametrize("package", ["os", "sys", "dashboard", "analysis", "dash.dash", "..", "dash%2f.."])
def test_no_package_gives_its_source(browser: FlaskClient, package: str) -> None:
    for file in ("dash.py", "app.py", "__init__.py", "security.py", "labels.json"):
        answer = browser.get(f"/_dash-component-suites/{package}/{file}")
        harmless(answer)
        assert answer.status_code == 404 or answer.mimetype == "text/html"


# What each page reads from its address.
PARAMETERS = {
    "/library": ["library", "q"],
    "/movies": ["library", "director", "movie", "layer", "segment", "cover"],
    "/validation": ["library", "run"],
    "/tag": ["library", "result", "cover"],
    "/compose": [
        "library",
        "source",
        "director",
        "movie",
        "segments",
        "picture",
        "genres",
        "moods",
        "colours",
        "length",
        "seed",
        "happy",
        "result",
        "piece",
    ],
    "/mining": ["library", "view", "encoding", "columns", "directors", "pair", "c", "by"],
    "/makers": ["library", "by", "features"],
}


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, names in PARAMETERS.items() for name in names])
def test_no_parameter_of_a_page_leads_to_another_file(browser: FlaskClient, path: str, name: str) -> None:
    for way in WAYS_OUT:
        answer = page(browser, path, "?" + urllib.parse.urlencode({name: way}))
        harmless(answer)
        assert answer.status_code == 200 and answer.json["response"]["_pages_content"]["children"]


# --- forged requests --------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["?library=films", "?director=Zed", "?view=projection", "?view=surface&directors=Zed", "..", "/etc/passwd", ".csv", "/movies"]
)
KEYS = st.sampled_from(["points", "customdata", "x", "films", "format"]) | st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def callbacks(browser: FlaskClient) -> list[dict[str, Any]]:
    """The callbacks that run on the server."""
    return [c for c in browser.get("/_dash-dependencies").json if not c["clientside_function"]]


@BOUNDED
@given(data=st.data())
def test_values_of_any_kind_in_a_callback_do_no_harm(browser: FlaskClient, callbacks: list[dict[str, Any]], data: st.DataObject) -> None:
    callback = data.draw(st.sampled_from(callbacks))
    n = len(callback["inputs"]) + len(callback["state"])
    answer = browser.post(CALLBACKS, json=request_of(callback, data.draw(st.lists(JSON, min_size=n, max_size=n))))
    harmless(answer)
    assert answer.status_code in (200, 204)


@BOUNDED
@given(data=st.data())
def test_a_forged_request_is_refused_in_one_line(browser: FlaskClient, callbacks: list[dict[str, Any]], data: st.DataObject) -> None:
    callback = data.draw(st.sampled_from(callbacks))
    body = request_of(callback, ["/movies"] * (len(callback["inputs"]) + len(callback["state"])))
    for key in data.draw(st.sets(st.sampled_from(sorted(body)), min_size=1)):
        if data.draw(st.booleans()):
            del body[key]
        else:
            body[key] = data.draw(JSON)
    answer = browser.post(CALLBACKS, json=body)
    harmless(answer)
    assert answer.status_code in (200, 204) or len(answer.text.splitlines()) == 1


@BOUNDED
@given(content=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_request_that_is_no_callback_is_refused(browser: FlaskClient, content: bytes) -> None:
    for kind in ("application/json", "text/plain"):
        answer = browser.post(CALLBACKS, data=content, content_type=kind)
        harmless(answer)
        assert 400 <= answer.status_code < 500 and len(answer.text.splitlines()) == 1


@pytest.mark.parametrize(
    "value", [10**400, "x" * 10**6, [0] * 10**5, {"points": [{"customdata": 2**70}] * 1000}, {"format": ".csv", "films": [["a"]] * 1000}]
)
def test_huge_values_do_no_harm(browser: FlaskClient, callbacks: list[dict[str, Any]], value: Any) -> None:
    for callback in callbacks:
        harmless(browser.post(CALLBACKS, json=request_of(callback, [value] * (len(callback["inputs"]) + len(callback["state"])))))


# --- links out of the library -----------------------------------------------------------------------------------


@pytest.fixture
def outside(pristine: Library, tmp_path: Path) -> Path:
    """A whole library beside the one that is served."""
    return shutil.copytree(pristine.root, tmp_path / "outside")


def put_link(library: Library, outside: Path, part: str) -> None:
    """In the place of a part of the library, a link to the same part of another."""
    path = library.root / part
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    path.symlink_to(outside / part)


FILM = f"movies/Ada Vorn/{LONG}"
RUN = f"validation/{RUNS[0]}"


@pytest.mark.parametrize(
    ("part", "name", "query"),
    [
        (FILM, "movies", {"layer": "movie"}),
        (FILM, "movies", {"layer": "segment"}),
        ("movies/Ada Vorn", "movies", {}),
        (f"{FILM}/profile.json", "movies", {}),
        (f"{FILM}/segments.parquet", "movies", {"layer": "segment"}),
        (f"{FILM}/seconds.parquet", "movies", {"layer": "segment"}),
        ("metadata.json", "movies", {}),
        ("enhanced.csv", "library", {}),
        ("enhanced.csv", "mining", {}),
        (RUN, "validation", {}),
        (f"{RUN}/summary.json", "validation", {}),
        (f"{RUN}/truth.json", "validation", {}),
        (f"{RUN}/seconds.parquet", "validation", {}),
    ],
)
def test_a_link_out_of_the_library_is_refused_with_its_place(
    library: Library, outside: Path, part: str, name: str, query: dict[str, str]
) -> None:
    given = {"movies": {"director": "Ada Vorn", "movie": LONG}, "validation": {"run": RUNS[0]}}.get(name, {}) | query
    with page_of(name, library) as module:
        assert "leads out of the library" not in text(module.layout(**given))
    put_link(library, outside, part)
    with page_of(name, library) as module:
        words = text(module.layout(**given))
    assert "leads out of the library" in words and str(library.root) in words and str(outside) not in words


def test_a_link_to_itself_is_refused(library: Library) -> None:
    path = library.movie_folder("Zed", "=1+1") / "segments.parquet"
    path.unlink()
    path.symlink_to(path)
    with page_of("movies", library) as movies:
        assert "leads out of the library" in text(movies.layout(director="Zed", movie="=1+1", layer="segment"))


def test_a_library_that_is_itself_a_link_is_shown(pristine: Library, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(pristine.root)
    with page_of("movies", Library(tmp_path / "link")) as movies:
        assert "The Quiet Engine" in text(movies.layout(director="Ada Vorn", movie="The Quiet Engine"))


# --- the route that serves sound --------------------------------------------------------------------------------


@BOUNDED
@given(
    query=st.dictionaries(
        st.sampled_from(["library", "director", "movie", "start", "end", "other"]),
        st.sampled_from([*WAYS_OUT, "films", "Zed", "=1+1", "0", "1.5", "-1", "1e308", "nan", "inf", "9" * 400]) | st.text(max_size=30),
    ),
    ranges=st.none()
    | st.sampled_from(["bytes=0-", "bytes=-1", "bytes=5-2", "bytes=0-1,3-4", "bytes=99999999999999999999-", "x=1", "bytes="]),
)
def test_no_request_for_sound_leads_to_another_file(browser: FlaskClient, query: dict[str, str], ranges: str | None) -> None:
    answer = browser.get("/sound", query_string=query, headers={"Range": ranges} if ranges else {})
    harmless(answer)
    assert answer.status_code >= 400  # none of the fake library's films is there to be heard
