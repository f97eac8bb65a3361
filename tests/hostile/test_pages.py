"""Titles and pages from outside are read, or refused in one line; nothing hangs and nothing swells."""

import gzip
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers import saved_pages, titles
from scrapers.saved_pages import SavedPages
from scrapers.sources import Query
from scrapers.title_page import UNKNOWN, NotAMovie, parse
from tests.hostile.damage import PATIENCE, damaged, one_line, within
from tests.scrapers.pages import OLD_VISIBLE_PAGE, json_ld_page, next_page, visible_page

LARGE = 400_000  # characters
seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=60, deadline=None)


# --- titles -------------------------------------------------------------------------------------------------------

PIECES = (
    "( [ { () [REC] (1984 1984 1999-a part one twenty two i x aka or: a.k.a. director's uncut cd1 3d the a , - . _ ' & ½ ß İ é 夜 "
    "\0 \udc80 tt1234567 [tmdb-1] www.a.com 1080p x264 5.1"
).split(" ")


@pytest.mark.parametrize("piece", [*PIECES, " ", "\u0301"])
def test_a_name_of_any_length_is_read_at_once(piece: str) -> None:
    name = (piece + " ") * (100_000 // (len(piece) + 1))
    with within(PATIENCE):
        for text in (name, name.replace(" ", ""), f"a{name}é!"):
            found = titles.clean(text)
            assert len(found.title) <= titles.LONGEST
            titles.main_title(text)
            titles.key(text)


@quick
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=300).map(" ".join))
def test_any_name_can_be_read_and_folded(name: str) -> None:
    with within(PATIENCE):
        titles.clean(name)
        assert titles.fold(titles.fold(name)) == titles.fold(name)
        titles.numbers(titles.fold(titles.main_title(name)))


# --- pages --------------------------------------------------------------------------------------------------------

# Each of these kept Python's parser, or the search in its tree, busy for minutes to hours, or filled gigabytes.
ENDLESS = (
    "<a ", "<a b=c ", "<a b='", '<a href="', "<!--", "<script", "<p>", "</p>", "<!---->", "&amp;", "<a></a>", "<br>", "<ul><li>x</li></ul>",
    "<h1 data-testid=hero>x</h1>", "<div class=title_wrapper><h1>", "<div class='txt-block'>",
    "<script type='application/ld+json'>{}</script>" + " " * 50,
)  # fmt: skip


def _endless(piece: str, length: int = LARGE) -> str:
    return visible_page().replace("</body>", piece * (length // len(piece)) + "</body>")


@pytest.mark.parametrize("piece", ENDLESS)
def test_a_page_that_never_ends_is_refused_or_read_at_once(piece: str) -> None:
    for page in (piece * (LARGE // len(piece)), _endless(piece), f"<a {'b ' * 9_000}>{_endless(piece, 50_000)}"):
        with within(PATIENCE):
            try:
                assert parse(page)["title"]
            except NotAMovie as refused:
                assert refused.kind == UNKNOWN


@pytest.mark.parametrize(
    "page",
    [
        visible_page().replace("</body>", f"&#{'1' * 5000};</body>"),
        visible_page().replace("<body>", f"<body id='&#{'1' * 5000};'>"),
        visible_page().replace("<body>", "<body>" + "<div>" * 1000),
        visible_page().replace("<body>", f"<body {'a ' * 20_000}>"),
        visible_page() + "x" * (8 << 20),
    ],
    ids=["number in text", "number in attribute", "depth", "attributes", "length"],
)
def test_a_page_like_no_page_is_refused(page: str) -> None:
    with pytest.raises(NotAMovie) as refused, within(PATIENCE):
        parse(page)
    assert refused.value.kind == UNKNOWN


def test_a_large_page_of_the_usual_kind_is_read() -> None:
    pictures = f'<img src="data:image/png;base64,{"QUJD" * 2_000_000}">' * 2
    assert parse(visible_page().replace("</body>", "<p>text</p>" * 10_000 + pictures + "</body>"))["title"] == "The Keeper's Waltz"


def test_a_number_of_thousands_of_digits_is_no_name() -> None:
    known = parse(json_ld_page(alternateName=f"&#{'1' * 5000};", actor=["Eva Rey", f"&#x{'1' * 5000};", f"&#{'9' * 9000};"]))
    assert (known["title"], known["cast"][0]) == ("The Keeper's Waltz", "Eva Rey")


PAGES = [page.encode() for page in (json_ld_page(), next_page(), visible_page(), OLD_VISIBLE_PAGE)]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PAGES), seeds)
def test_a_damaged_page_is_read_or_refused(page: bytes, seed: int) -> None:
    with within(PATIENCE):
        try:
            assert parse(damaged(page, seed))["title"]
        except NotAMovie as refused:
            assert one_line(refused)


MEMORY = """
    import resource, sys
    from scrapers.title_page import NotAMovie, parse
    from tests.hostile.test_pages import ENDLESS, LARGE, _endless
    parse(_endless("<br>", 40))
    factor = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * factor
    for piece in ("<a b=c ", "<br>"):
        for page in (piece * (10 * LARGE // len(piece)), _endless(piece, 10 * LARGE)):
            try:
                parse(page)
            except NotAMovie:
                pass
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * factor - before) >> 20)
"""


def test_no_page_fills_the_memory() -> None:
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(MEMORY)], capture_output=True, text=True, check=True, timeout=300)
    assert int(done.stdout) < 250  # MiB


# --- saved pages --------------------------------------------------------------------------------------------------

HTML_PART = b"Content-Type: text/html\r\n\r\n"
ARCHIVES = {
    "nested": b"".join(b"Content-Type: multipart/related; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)),
    "letters in letters": b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    "parts": b"Content-Type: multipart/related; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 500_000,
    "headers": b"A: b\r\n" * 1_000_000,
    "lines": HTML_PART + b"a\n" * 2_000_000,
    "no end": b"--b\r\nContent-Type: text/html\r\n",
    "no base64": b"--b\r\nContent-Transfer-Encoding: base64\r\n" + HTML_PART + b"<html>A",
    "no page": b"--b\r\nContent-Type: image/png\r\n\r\n<html>",
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "page.mhtml").write_bytes(ARCHIVES[name])
    with within(PATIENCE):
        [problem] = SavedPages(tmp_path).problems
    assert "page.mhtml: " in problem and "\n" not in problem


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Transfer-Encoding: quoted-printable\r\n", visible_page().encode().replace(b"=", b"=3D")),
        (b"Content-Transfer-Encoding: 8bit\r\n", visible_page().encode().replace(b"\n", b"\r\n")),
        (b"", visible_page().encode()),
    ],
)
def test_an_archive_as_browsers_write_it_is_read(tmp_path: Path, head: bytes, body: bytes) -> None:
    top = (
        b'From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="x"\r\n\r\n'
    )
    page = b"--x\r\n" + head + b"Content-Type: text/html\r\nContent-Location: https://www.imdb.com/\r\n\r\n" + body
    rest = b"\r\n--x\r\nContent-Type: image/png\r\n\r\nPNG\r\n--x--\r\n"
    (tmp_path / "page.mhtml").write_bytes(top + b"\r\n" + page + rest)
    pages = SavedPages(tmp_path)
    assert pages.problems == []
    assert pages.lookup(Query("x", imdb_id="tt9900001")).known["cast"] == ["Ana Torres", "Ben Ode"]


def test_pages_of_hundreds_of_megabytes_are_not_taken_in(tmp_path: Path) -> None:
    with (tmp_path / "huge.html").open("wb") as file:
        file.truncate(500 << 20)  # nothing on the disk, zeros to who reads
    with gzip.open(tmp_path / "bomb.html.gz", "wb", compresslevel=1) as bomb:
        for _ in range(40):
            bomb.write(bytes(1 << 20))
    assert all(f"larger than {saved_pages.MAX_BYTES >> 20} MiB" in problem for problem in SavedPages(tmp_path).problems)
