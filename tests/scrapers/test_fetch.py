import gzip
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from errors import InputError
from scrapers.fetch import CONTACT, IMDB, Fetcher, LivePages, Manners, user_agent
from scrapers.page_cache import Kept, PageCache
from scrapers.sources import Query
from tests.scrapers.pages import CONSENT_PAGE, json_ld_page, visible_page
from tests.scrapers.server import Server, answer, chunked, drip, hang_up, serving, silence, zipped

QUICK = Manners(timeout=0.3, deadline=0.3, max_bytes=100_000)


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def fetcher(tmp_path: Path, time: Time) -> Fetcher:
    return Fetcher(tmp_path / "cache", manners=QUICK, clock=lambda: time.now, sleep=time.sleep)


@pytest.fixture
def again(tmp_path: Path, time: Time) -> Callable[..., Fetcher]:
    """The fetcher of the next run, with the same cache."""
    return lambda **options: Fetcher(tmp_path / "cache", **({"manners": QUICK, "clock": lambda: time.now, "sleep": time.sleep} | options))


# -- answers ------------------------------------------------------------------------------------------------------------------


def test_a_page(server: Server, fetcher: Fetcher):
    reply = fetcher.get(server.on("/page", answer(200, "été")))
    assert (reply.status, reply.body.decode(), reply.code, reply.reason) == ("ok", "été", 200, "")
    assert server.headers[0]["User-Agent"] == user_agent()


def test_who_asks_is_said_with_the_contact_its_user_gives() -> None:
    assert re.fullmatch(r"Leitmotif/\d+\.\d+\.\d+ \(film-music analysis, one request a second\)", user_agent({}))
    assert user_agent({CONTACT: "+https://archive.example/films\r\nX: 1"}).endswith(" (+https://archive.example/films X: 1)")


def test_a_packed_page(server: Server, fetcher: Fetcher):
    assert fetcher.get(server.on("/chunked", chunked(b"pa", b"ge"))).body == b"page"
    assert fetcher.get(server.on("/page", zipped("page" * 1000))).body == b"page" * 1000


@pytest.mark.parametrize("code", [404, 410])
def test_not_found(server: Server, fetcher: Fetcher, code: int):
    assert fetcher.get(server.on("/page", answer(code, "gone"))).status == "not_found"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("refusal", "sign"),
    [
        (answer(202), "202"),
        (answer(202, " \n"), "202"),
        (answer(202, "<script>", x_amzn_waf_action="challenge"), "challenge"),
        (answer(405, "", x_amzn_waf_action="captcha"), "captcha"),
        (answer(200, json_ld_page(), x_amzn_waf_action="challenge"), "challenge"),
        (answer(503, "", x_amzn_waf_action="captcha"), "captcha"),
        (answer(403, "Forbidden"), "403"),
        (answer(200, CONSENT_PAGE), "consent"),
    ],
)
def test_a_refusal_is_taken_for_an_answer(server: Server, fetcher: Fetcher, again: Callable[..., Fetcher], refusal, sign: str):
    first = fetcher.get(server.on("/one", refusal))
    assert first.status == "blocked"
    assert sign in first.reason
    assert "--pages" in first.reason
    assert fetcher.get(server.on("/two", answer(200, "page"))).status == "blocked"
    assert again().get(server.base + "/two").status == "blocked", "the next run remembers"
    assert "not asked again for a day" in again().get(server.base + "/two").reason
    assert server.asked == ["/one"]


def test_a_refusal_holds_for_a_day(server: Server, again: Callable[..., Fetcher], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    host = server.base.removeprefix("http://")
    PageCache(tmp_path / "cache").refuse(host, "no")
    assert again().get(server.on("/one", answer(200, "page"))).status == "blocked"
    monkeypatch.setattr("scrapers.page_cache.REFUSAL_HOLDS", timedelta(0))
    assert again().get(server.base + "/one").status == "ok"


def test_a_redirect_to_a_consent_page_is_a_refusal(server: Server, fetcher: Fetcher):
    server.on("/consent/form", answer(200, "<html>"))
    assert fetcher.get(server.on("/page", answer(302, Location="/consent/form"))).status == "blocked"


def test_a_film_named_after_cookies_is_no_consent_page(server: Server, fetcher: Fetcher):
    page = visible_page().replace("<title>", "<title>Cookies and Consent: ")
    assert fetcher.get(server.on("/page", answer(200, page))).status == "ok"


def test_a_refusal_by_one_host_is_none_by_another(server: Server, fetcher: Fetcher):
    fetcher.get(server.on("/one", answer(403)))
    with serving() as other:
        assert fetcher.get(other.on("/page", answer(200, "page"))).status == "ok"


@pytest.mark.parametrize(("code", "status"), [(204, "failed"), (400, "failed"), (401, "failed"), (418, "failed")])
def test_other_answers_fail(server: Server, fetcher: Fetcher, code: int, status: str):
    reply = fetcher.get(server.on("/page", answer(code)))
    assert (reply.status, reply.code) == (status, code)
    assert str(code) in reply.reason


# -- attempts -----------------------------------------------------------------------------------------------------------------


def test_a_busy_server_is_asked_again_when_it_says(server: Server, fetcher: Fetcher, time: Time):
    assert fetcher.get(server.on("/page", answer(429, Retry_After="7"), answer(200, "page"))).body == b"page"
    assert 7 in time.slept


def test_a_busy_server_may_name_a_date(server: Server, fetcher: Fetcher, time: Time):
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert fetcher.get(server.on("/page", answer(503, Retry_After=soon), answer(200, "page"))).status == "ok"
    assert 20 < max(time.slept) <= 30


@pytest.mark.parametrize("said", ["soon", "-5", "1e9", "Mon, 32 Foo 2024", "²"])
def test_a_pause_nobody_can_read_is_left_to_our_manners(server: Server, fetcher: Fetcher, time: Time, said: str):
    assert fetcher.get(server.on("/page", answer(429, Retry_After=said.encode().decode("latin-1")), answer(200, "page"))).status == "ok"
    assert QUICK.backoff in time.slept


def test_a_server_that_wants_a_long_pause_gets_it(server: Server, fetcher: Fetcher, again: Callable[..., Fetcher], time: Time):
    assert fetcher.get(server.on("/page", answer(429, Retry_After="3600"), answer(200, "page"))).status == "blocked"
    assert fetcher.get(server.base + "/page").status == "blocked"
    assert server.asked == ["/page"]
    assert time.slept == []
    assert again().get(server.base + "/page").status == "ok", "another run may ask"


def test_attempts_grow_rarer_and_end(server: Server, fetcher: Fetcher, time: Time):
    reply = fetcher.get(server.on("/page", answer(500)))
    assert (reply.status, reply.code, len(server.asked)) == ("failed", 500, 4)
    assert [pause for pause in time.slept if pause >= QUICK.backoff] == [2, 4, 8]


def test_a_server_that_is_out_of_order_is_left_alone(server: Server, fetcher: Fetcher):
    server.on("/broken", answer(500))
    replies = [fetcher.get(f"{server.base}/broken?n={page}") for page in range(5)]
    assert {reply.status for reply in replies} == {"failed"}
    assert len(server.asked) == 3 * QUICK.attempts
    assert replies[3].reason == replies[4].reason


def test_one_broken_page_is_no_broken_server(server: Server, fetcher: Fetcher):
    server.on("/broken", answer(500))
    for page in range(4):
        assert fetcher.get(f"{server.base}/broken?n={page}").status == "failed"
        assert fetcher.get(server.on(f"/{page}", answer(404))).status == "not_found"


def test_a_server_that_recovers(server: Server, fetcher: Fetcher):
    assert fetcher.get(server.on("/page", answer(500), answer(502), hang_up, answer(200, "page"))).body == b"page"


@pytest.mark.parametrize(
    ("play", "reason"),
    [
        (answer(200, "half a page", Content_Length="1000"), "cut"),
        (chunked(b"half", whole=False), "cut"),
        (zipped("page" * 1000, keep=0.5), "cut short"),
        (zipped("".join(map(str, range(5000))), damage=True), "gzip"),
        (answer(200, "not packed at all", Content_Encoding="gzip"), "gzip"),
        (hang_up, "cut"),
    ],
)
def test_a_damaged_page_is_asked_again_and_never_kept(server: Server, fetcher: Fetcher, play, reason: str):
    failed = fetcher.get(server.on("/page", play))
    assert (failed.status, failed.body, len(server.asked)) == ("failed", b"", 4)
    assert reason in failed.reason
    server.on("/page", answer(200, "page"))
    assert fetcher.get(server.base + "/page").body == b"page"


def test_a_silent_server(server: Server, again: Callable[..., Fetcher], stop: threading.Event):
    fetcher = again(manners=replace(QUICK, timeout=0.05))
    reply = fetcher.get(server.on("/page", silence(stop)))
    assert (reply.status, len(server.asked)) == ("failed", 4)
    assert "no answer" in reply.reason


def test_a_server_that_never_ends(server: Server, stop: threading.Event, tmp_path: Path):
    fetcher = Fetcher(tmp_path, manners=replace(QUICK, attempts=2, deadline=0.1, pause=0, jitter=0, backoff=0))
    reply = fetcher.get(server.on("/page", drip(stop, every=0.02)))
    assert (reply.status, len(server.asked)) == ("failed", 2)
    assert "too slowly" in reply.reason


@pytest.mark.parametrize("play", [answer(200, b" " * 100_001), zipped(" " * 5_000_000)])
def test_a_huge_page_is_given_up(server: Server, fetcher: Fetcher, play):
    reply = fetcher.get(server.on("/page", play))
    assert (reply.status, len(server.asked)) == ("failed", 1)
    assert "larger than" in reply.reason


def test_a_page_packed_in_another_way(server: Server, fetcher: Fetcher):
    assert fetcher.get(server.on("/page", answer(200, b"x", Content_Encoding="br"))).status == "failed"


def test_redirects_are_followed(server: Server, fetcher: Fetcher):
    server.on("/there", answer(200, "page"))
    assert fetcher.get(server.on("/page", answer(301, Location="/there"))).body == b"page"


@pytest.mark.parametrize("location", ["/page", "/page?n=1", "//[", "ftp://127.0.0.1/", "file:///etc/passwd", "http://"])
def test_redirects_that_lead_nowhere(server: Server, fetcher: Fetcher, location: str):
    reply = fetcher.get(server.on("/page", answer(302, Location=location)))
    assert reply.status == "failed"
    assert "\n" not in reply.reason


def test_a_chain_of_redirects_ends(server: Server, fetcher: Fetcher):
    for step in range(50):
        server.on(f"/{step}", answer(302, Location=f"/{step + 1}"))
    assert fetcher.get(server.base + "/0").status == "failed"
    assert len(server.asked) < 10


def test_headers_are_not_carried_to_another_host(server: Server, fetcher: Fetcher):
    with serving() as other:
        there = other.on("/page", answer(200, "page"))
        fetcher.get(server.on("/page", answer(302, Location=there)), headers={"Authorization": "Bearer s3cret"}, secrets={"key": "k3y"})
        assert server.headers[0]["Authorization"] == "Bearer s3cret"
        assert "Authorization" not in other.headers[0]
        assert other.asked == ["/page"]


def test_one_request_a_second(server: Server, fetcher: Fetcher, time: Time):
    for page in range(4):
        fetcher.get(server.on(f"/{page}", answer(200, "page")))
    assert len(time.slept) == 3
    assert all(1 <= pause <= 1.5 for pause in time.slept)
    assert len(set(time.slept)) > 1, "not to the beat"


# -- cache --------------------------------------------------------------------------------------------------------------------


def test_what_is_kept_is_not_asked_again(server: Server, fetcher: Fetcher, again: Callable[..., Fetcher]):
    first = fetcher.get(server.on("/page", answer(200, "page")))
    second = again().get(server.base + "/page")
    assert (second.body, second.when) == (b"page", first.when)
    assert server.asked == ["/page"]


def test_an_old_page_is_asked_for_on_condition(server: Server, fetcher: Fetcher, again: Callable[..., Fetcher]):
    day = "Wed, 21 Oct 2015 07:28:00 GMT"
    fetcher.get(server.on("/page", answer(200, "page", ETag='"v1"', Last_Modified=day), answer(304), answer(200, "new page")))
    old = again(manners=replace(QUICK, keep=timedelta(0)))
    assert old.get(server.base + "/page").body == b"page"
    assert (server.headers[1]["If-None-Match"], server.headers[1]["If-Modified-Since"]) == ('"v1"', day)
    assert old.get(server.base + "/page").body == b"new page"
    assert server.headers[2]["If-None-Match"] == '"v1"', "a confirmed page keeps its mark"


@pytest.mark.parametrize("play", [answer(403), answer(500), answer(404), hang_up])
def test_an_old_page_is_better_than_none(server: Server, fetcher: Fetcher, again: Callable[..., Fetcher], play):
    fetcher.get(server.on("/page", answer(200, "page"), play))
    reply = again(manners=replace(QUICK, keep=timedelta(0))).get(server.base + "/page")
    assert (reply.status, reply.body) == ("ok", b"page")
    assert "not renewed" in reply.reason


def test_damaged_files_of_the_cache_are_asked_again(server: Server, fetcher: Fetcher, again: Callable[..., Fetcher], tmp_path: Path):
    url = server.on("/page", answer(200, "page"))
    fetcher.get(url)
    (file,) = (tmp_path / "cache").glob("*.gz")
    whole = file.read_bytes()
    damages = [
        b"",
        b"x",
        whole[:-9],
        whole[:20] + b"\x00\xff" + whole[22:],
        gzip.compress(b"{}\n"),
        gzip.compress(b"[]\npage"),
        gzip.compress(b"\xff"),
    ]
    for damaged in damages:
        file.write_bytes(damaged)
        assert again().get(url).body == b"page"
        assert again(offline=True).get(url).body == b"page"
    (tmp_path / "cache" / "refused.json").write_text('{"host": 3}')
    assert again().get(url).status == "ok"
    assert len(server.asked) == 1 + len(damages)


def test_nothing_unfinished_is_left(server: Server, fetcher: Fetcher, tmp_path: Path):
    fetcher.get(server.on("/page", answer(200, "page")))
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".gz"]


def test_a_cache_that_cannot_be_written(server: Server, tmp_path: Path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        Fetcher(tmp_path / "cache").get(server.on("/page", answer(200, "page")))


# -- offline ------------------------------------------------------------------------------------------------------------------


def test_offline_touches_no_network(tmp_path: Path, no_network: None):
    cached = f"{IMDB}/title/tt9900001/"
    PageCache(tmp_path).write(cached, Kept(json_ld_page().encode(), "2020-01-01T00:00:00+00:00"))
    pages = LivePages(Fetcher(tmp_path, offline=True))
    known = pages.lookup(Query("x", imdb_id="tt9900001"))
    assert (known.status, known.known["title"], known.when) == ("ok", "The Keeper's Waltz", "2020-01-01T00:00:00+00:00")
    unknown = pages.lookup(Query("x", imdb_id="tt9900002"))
    assert (unknown.status, unknown.known) == ("offline", {})


def test_no_network(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, time: Time):
    def no_such_host(*_: object) -> None:
        asked.append(1)
        raise socket.gaierror(-2, "Name or service not known")

    asked: list[int] = []
    monkeypatch.setattr(socket, "getaddrinfo", no_such_host)
    assert fetcher.get("http://www.example.invalid/one").status == "offline"
    assert fetcher.get("http://www.example.invalid/two").status == "offline"
    assert (len(asked), time.slept) == (1, []), "a host that cannot be reached is tried once a run"


def test_nobody_listens(fetcher: Fetcher):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert fetcher.get(f"http://127.0.0.1:{unused.getsockname()[1]}/").status == "offline"


# -- title pages --------------------------------------------------------------------------------------------------------------


def test_a_live_title_page(server: Server, fetcher: Fetcher):
    url = server.on("/title/tt9900001/", zipped(json_ld_page()))
    found = LivePages(fetcher, server.base).lookup(Query("The Keeper's Waltz", imdb_id="tt9900001"))
    assert (found.status, found.known["director"], found.source) == ("ok", ["Inès Marchand"], f"IMDb page {url}")
    assert datetime.fromisoformat(found.when) <= datetime.now(UTC)


def test_a_page_is_asked_for_by_its_id_only(server: Server, fetcher: Fetcher):
    pages = LivePages(fetcher, server.base)
    for imdb_id in (None, "", "../../etc", "http://elsewhere.example/"):
        assert pages.lookup(Query("The Keeper's Waltz", imdb_id=imdb_id)).status == "not_found"
    assert server.asked == []


@pytest.mark.parametrize(
    ("play", "status"),
    [
        (answer(404), "not_found"),
        (answer(202), "blocked"),
        (answer(500), "failed"),
        (answer(200, "<html>quite another page"), "changed"),
        (answer(200, ""), "changed"),
        (answer(200, json_ld_page(**{"@type": "TVSeries"})), "failed"),
    ],
)
def test_every_outcome_has_its_name(server: Server, fetcher: Fetcher, play, status: str):
    server.on("/title/tt9900001/", play)
    found = LivePages(fetcher, server.base).lookup(Query("x", imdb_id="tt9900001"))
    assert (found.status, found.known) == (status, {})
    assert found.reason
    assert "\n" not in found.reason


def test_a_refusal_reads_the_same_for_every_film(server: Server, fetcher: Fetcher):
    pages = LivePages(fetcher, server.base)
    server.on("/title/tt9900001/", answer(202))
    first, second = (pages.lookup(Query("x", imdb_id=imdb_id)) for imdb_id in ("tt9900001", "tt9900002"))
    assert (first.source, first.reason) == (second.source, second.reason)


def test_a_series_is_refused_by_name(server: Server, fetcher: Fetcher):
    server.on("/title/tt9900001/", answer(200, json_ld_page(**{"@type": "TVSeries"})))
    assert "is a series" in LivePages(fetcher, server.base).lookup(Query("x", imdb_id="tt9900001")).reason


def test_a_changed_page_is_not_kept(server: Server, fetcher: Fetcher):
    pages = LivePages(fetcher, server.base)
    server.on("/title/tt9900001/", answer(200, "<html>quite another page"), answer(200, json_ld_page()))
    assert [pages.lookup(Query("x", imdb_id="tt9900001")).status for _ in range(2)] == ["changed", "ok"]


def test_keys_are_in_no_log_file_or_reason(server: Server, fetcher: Fetcher, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        for play in (answer(200, "page"), answer(500), hang_up, answer(302, Location="//[")):
            reply = fetcher.get(server.on("/page", play), secrets={"apikey": "k3y/sécret"})
            assert "k3y" not in repr(reply)
            fetcher.forget(server.base + "/page")
        fetcher.get(server.on("/kept", answer(200, "page")), secrets={"apikey": "k3y/sécret"})
    assert "k3y" in server.asked[0]
    assert "GET /page" in caplog.text
    assert "k3y" not in caplog.text
    for path in (tmp_path / "cache").iterdir():
        assert b"k3y" not in path.read_bytes() + path.name.encode() + gzip.decompress(path.read_bytes())
