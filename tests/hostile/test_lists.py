"""Notes beside films, reviews and IMDb's lists are read, or refused in one line; nothing hangs and nothing swells."""

import gzip
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import DataError, InputError, LeitmotifError
from scrapers import imdb_datasets, review, sidecar
from scrapers.folder import MovieFile
from scrapers.imdb_datasets import ImdbDatasets
from scrapers.sources import Query
from tests.hostile.damage import PATIENCE, damaged, one_line, within
from tests.scrapers.test_imdb_datasets import HEADERS, ROWS

seeds = st.integers(0, 2**32 - 1)
with_files = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


# --- notes beside a film ------------------------------------------------------------------------------------------

NOTES = {
    ".json": b'{"title": "Waltz", "year": 1971, "rating": 7.4, "cast": ["Ana Torres", "Ben Ode"], "imdb_id": "tt9900001", "runtime": 107}',
    ".nfo": b"<?xml version='1.0'?><movie><title>Waltz</title><year>1971</year><actor><name>Ana Torres</name></actor></movie> tt9900001",
}


def _beside(folder: Path, ending: str, content: bytes) -> None:
    path = folder / f"Film{ending}"
    path.write_bytes(content)
    try:
        with within(PATIENCE):
            sidecar.read(MovieFile(folder / "Film.mkv", "D", "Film"))
    except DataError as error:
        assert str(path) in one_line(error)
    finally:
        path.unlink()


@with_files
@given(st.sampled_from(sorted(NOTES)), seeds)
def test_damaged_notes_are_read_or_refused(tmp_path: Path, ending: str, seed: int) -> None:
    _beside(tmp_path, ending, damaged(NOTES[ending], seed))


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        *((".json", b'{"cast": ' + b"[" * depth + b"]" * depth + b"}") for depth in (400, 700, 900, 100_000)),
        (".json", b'{"year": ' + b"1" * 100_000 + b"}"),
        (".json", b'{"x": [' + b"[]," * 300_000 + b"1]}"),
        (".json", b'{"rating": 1e999, "runtime": -1e400}'),
        (".json", b'{"title": "\\ud800", "year": "\\u0000"}'),
        (".nfo", b"<movie " * 140_000),
        (".nfo", b"<movie>" + b"<a>" * 140_000 + b"</a>" * 140_000 + b"</movie>"),
        (".nfo", b"<movie>" + b"<a/>" * 250_000 + b"</movie>"),
        (".nfo", b"<movie><year>" + b"9" * 100_000 + b"</year><runtime>1e999</runtime></movie>"),
    ],
)
def test_notes_like_no_notes_are_read_or_refused(tmp_path: Path, ending: str, content: bytes) -> None:
    _beside(tmp_path, ending, content)


# --- review.csv ---------------------------------------------------------------------------------------------------

REVIEW = b'choose,director_folder,movie,imdb_id\nx,A,B,tt0000001\n,A,B,tt0000002\nnone,C,"D, E",\ntt0000003,F,G,\n'


def _review(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        with within(PATIENCE):
            review.read(path)
    except LeitmotifError as error:
        assert str(path) in one_line(error)


@with_files
@given(st.one_of(seeds.map(lambda seed: damaged(REVIEW, seed)), st.binary(max_size=60).map(lambda rows: REVIEW[:37] + rows)))
def test_a_damaged_review_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    _review(tmp_path / "review.csv", content)


@pytest.mark.parametrize(
    "rows",
    [
        b"x,A\n",
        b"\rx,A\r,",
        b'x,"' + b"a" * 200_000,
        b'x,"' + b"a\n" * 200_000,
        b'x,"A\nB","C\rD",tt0000001\nnone,"A\nB","C\rD",\n',
        b"y" * 100_000,
    ],
)
def test_a_review_like_no_review_is_read_or_refused(tmp_path: Path, rows: bytes) -> None:
    _review(tmp_path / "review.csv", REVIEW[:37] + rows)


def test_a_review_that_is_too_large_or_closed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DataError, match="larger than"):
        review.read(path)
    path.unlink()
    path.write_bytes(REVIEW)
    path.chmod(0)
    if not os.access(path, os.R_OK):  # root reads everything
        with pytest.raises(InputError, match="cannot be read"):
            review.read(path)


# --- IMDb's lists -------------------------------------------------------------------------------------------------


def _table(name: str) -> bytes:
    rows = [HEADERS[name], *ROWS[name]]
    return "".join(row.replace(" ", "\t").replace("_", " ") + "\n" for row in rows).encode()


def _index(folder: Path, **changed: bytes) -> ImdbDatasets:
    """All lists, some of them changed, as .tsv; a fresh index."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "imdb").mkdir(parents=True)
    for name in HEADERS:
        (folder / "imdb" / f"{name}.tsv").write_bytes(changed.get(name.replace(".", "_"), _table(name)))
    return ImdbDatasets(folder / "imdb", folder / "cache")


@with_files
@given(st.sampled_from(sorted(HEADERS)), seeds)
def test_a_damaged_list_is_read_or_refused(tmp_path: Path, name: str, seed: int) -> None:
    try:
        with within(PATIENCE):
            source = _index(tmp_path / "lists", **{name.replace(".", "_"): damaged(_table(name), seed)})
            for query in (Query("Rope", 1948, "Hitchcock"), Query("", imdb_id="tt0040746")):
                source.lookup(query)
    except LeitmotifError as error:
        assert str(tmp_path) in one_line(error)


def _movie(number: int, title: bytes = b"A", year: bytes = b"1999") -> bytes:
    return b"tt%07d\tmovie\t%s\t%s\t0\t%s\t\\N\t90\tDrama\n" % (number, title, title, year)


HEAD = _table("title.basics").split(b"\n")[0] + b"\n"


@pytest.mark.parametrize(
    "rows",
    [
        b"a" * 10_000_000, b"\t" * 1_000_000, b"\n" * 1_000_000, _movie(1, b"a\0b"), _movie(1, b"a\rb"), _movie(1, year=b"9" * 5000),
        _movie(1, b"a " * 400_000), b"".join(_movie(n, b"ab" * 20_000) for n in range(200)), _movie(10**18), _movie(10**30), _movie(-5),
    ],
    ids=["one line", "tabs", "lines", "nul", "return", "year", "title", "titles", "number", "large number", "negative number"],
)  # fmt: skip
def test_a_list_like_no_list_is_read_or_refused(tmp_path: Path, rows: bytes) -> None:
    try:
        with within(PATIENCE):
            found = _index(tmp_path / "lists", title_basics=HEAD + rows).index
    except DataError as error:
        assert "title.basics.tsv" in one_line(error)
    else:
        assert all(len(found.candidate(row).title) <= imdb_datasets.LONGEST for row in range(len(found)))


def test_a_list_that_swells_without_end_is_refused(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "title.basics.tsv.gz", "wb", compresslevel=1) as bomb:
        bomb.write(HEAD + _movie(1))
        for _ in range(100):
            bomb.write(bytes(1 << 20))
    with pytest.raises(DataError, match=r"title\.basics\.tsv\.gz: swells to more than 40 times its size"):
        ImdbDatasets(tmp_path, tmp_path / "cache")


def test_lists_too_large_for_the_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imdb_datasets, "MEMORY", "3MB")
    with pytest.raises(DataError) as refused:
        _index(tmp_path / "lists")
    assert "emory" in one_line(refused.value)
