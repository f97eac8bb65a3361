import gzip
import os
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest

from errors import InputError
from scrapers import saved_pages
from scrapers.saved_pages import SavedPages
from scrapers.sources import Query
from tests.scrapers.pages import OLD_VISIBLE_PAGE, json_ld_page, next_page, visible_page


def test_every_kind_of_file(tmp_path: Path):
    archive = MIMEMultipart("related")
    archive.attach(MIMEText("body {}", "css"))
    archive.attach(MIMEText(visible_page("tt9900003"), "html", "utf-8"))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "a.html").write_text(json_ld_page("tt9900001"), encoding="utf-8")
    (tmp_path / "deep" / "B.HTM").write_text(json_ld_page("tt9900002"), encoding="utf-8")
    (tmp_path / "deep" / "c.mhtml").write_bytes(archive.as_bytes())
    (tmp_path / "deep" / "er" / "d.html.gz").write_bytes(gzip.compress(json_ld_page("tt9900004").encode()))
    pages = SavedPages(tmp_path)
    assert pages.problems == []
    for imdb_id, file in {"tt9900001": "a.html", "tt9900002": "B.HTM", "tt9900003": "c.mhtml", "tt9900004": "d.html.gz"}.items():
        found = pages.lookup(Query("whatever its name", imdb_id=imdb_id))
        assert (found.status, found.known["imdb_id"], found.source) == ("ok", imdb_id, f"saved page {file}")
        assert found.known["cast"] == ["Ana Torres", "Ben Ode"]


def test_an_id_decides(tmp_path: Path):
    (tmp_path / "a.html").write_text(json_ld_page("tt9900001"), encoding="utf-8")
    found = SavedPages(tmp_path).lookup(Query("The Keeper's Waltz", 1972, imdb_id="tt0000099"))
    assert (found.status, found.known) == ("not_found", {})


@pytest.mark.parametrize("title", ["The Keeper's Waltz", "keepers waltz", "La valse du gardien"])
def test_by_title(tmp_path: Path, title: str):
    (tmp_path / "a.html").write_text(next_page(), encoding="utf-8")
    (tmp_path / "b.html").write_text(OLD_VISIBLE_PAGE, encoding="utf-8")
    found = SavedPages(tmp_path).lookup(Query(title, 1971, "Marchand"))
    assert (found.status, found.known["imdb_id"]) == ("ok", "tt9900001")
    assert found.candidates[0].score > 0.9


def test_two_films_of_one_title_are_told_apart_or_left_to_a_person(tmp_path: Path):
    (tmp_path / "a.html").write_text(json_ld_page("tt9900001", datePublished="1972"), encoding="utf-8")
    (tmp_path / "b.html").write_text(json_ld_page("tt9900002", datePublished="1999"), encoding="utf-8")
    pages = SavedPages(tmp_path)
    assert pages.lookup(Query("The Keeper's Waltz", 1999)).known["imdb_id"] == "tt9900002"
    unclear = pages.lookup(Query("The Keeper's Waltz"))
    assert (unclear.status, unclear.known) == ("ambiguous", {})
    assert {candidate.imdb_id for candidate in unclear.candidates} == {"tt9900001", "tt9900002"}


@pytest.mark.parametrize("query", [Query("Quite Another Film", 1971, "Marchand"), Query("Valse", 1930)])
def test_a_faint_likeness_leaves_the_film_to_other_sources(tmp_path: Path, query: Query):
    (tmp_path / "a.html").write_text(next_page(), encoding="utf-8")
    assert SavedPages(tmp_path).lookup(query).status == "not_found"


def test_a_page_without_an_id_is_found_by_its_title(tmp_path: Path):
    page = json_ld_page(url=None).replace("/title/tt9900001/", "/")
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    found = SavedPages(tmp_path).lookup(Query("The Keeper's Waltz", 1972))
    assert found.status == "ok"
    assert "imdb_id" not in found.known


def test_the_newer_page_of_a_film_counts(tmp_path: Path):
    for name, rating, saved in (("a.html", 5, 1_700_000_000), ("b.html", 6, 1_600_000_000)):
        (tmp_path / name).write_text(json_ld_page(aggregateRating={"ratingValue": rating, "bestRating": 10}), encoding="utf-8")
        os.utime(tmp_path / name, (saved, saved))
    found = SavedPages(tmp_path).lookup(Query("x", imdb_id="tt9900001"))
    assert (found.known["rating"], found.when) == (5, "2023-11-14T22:13:20+00:00")


def test_pages_that_cannot_be_used_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = gzip.compress(json_ld_page().encode())
    damaged = {
        "cut.html.gz": whole[:-20],
        "bytes.html.gz": b"no gzip",
        "broken.html.gz": whole[:40] + bytes(20) + whole[60:],
        "empty.html": b"",
        "news.html": b"<title>News</title>",
        "other.mhtml": b"\xff\x00",
        "series.html": json_ld_page(**{"@type": "TVSeries"}).encode(),
        "seasons.html": visible_page(rest="episodes?season=1").encode(),
        "big.html": b" " * 5000,
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(saved_pages, "MAX_BYTES", 4999)
    pages = SavedPages(tmp_path)
    problems = "\n".join(pages.problems)
    assert len(pages.problems) == len(damaged)
    assert problems.count("damaged or half downloaded") == 3
    for name, reason in {
        "series.html": "a series",
        "seasons.html": "a season list",
        "news.html": "unknown shape",
        "big.html": "larger",
    }.items():
        assert any(name in problem and reason in problem for problem in pages.problems)
    assert pages.lookup(Query("x", imdb_id="tt9900001")).status == "not_found"


def test_what_a_browser_puts_beside_a_page_is_no_page(tmp_path: Path):
    (tmp_path / "Waltz.html").write_text(json_ld_page(), encoding="utf-8")
    for folder in ("Waltz_files", "Waltz-Dateien", "Waltz_files/deep"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "frame.html").write_text("<html>an advertisement", encoding="utf-8")
    (tmp_path / "._Waltz.html").write_bytes(b"\x00")
    (tmp_path / "Own_folder").mkdir()
    (tmp_path / "Own_folder" / "b.html").write_text(json_ld_page("tt9900002"), encoding="utf-8")
    pages = SavedPages(tmp_path)
    assert pages.problems == []
    assert pages.lookup(Query("x", imdb_id="tt9900002")).status == "ok"


def test_a_folder_that_is_none(tmp_path: Path):
    with pytest.raises(InputError, match="no such folder"):
        SavedPages(tmp_path / "missing")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="file"):
        SavedPages(tmp_path / "file")


def test_real_pages(shared_data: Path, no_network: None):
    folder = shared_data / "metadata" / "imdb_pages"
    if not folder.is_dir():
        pytest.skip("needs the saved pages in ../shared/data, which are not part of the repository")
    pages = SavedPages(folder)
    assert pages.lookup(Query("Star Wars", 1977, "Lucas")).known["imdb_id"] == "tt0076759"
    assert len(pages.problems) == 5
