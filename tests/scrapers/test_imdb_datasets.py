import csv
import gzip
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from benchmarks.imdb import generate
from errors import DataError, InputError
from scrapers import imdb_datasets, titles
from scrapers.imdb_datasets import COLUMNS, ImdbDatasets
from scrapers.sources import Answer, Query

HEADERS = {
    "title.basics": "tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres",
    "title.ratings": "tconst averageRating numVotes",
    "title.crew": "tconst directors writers",
    "title.principals": "tconst ordering nconst category job characters",
    "name.basics": "nconst primaryName birthYear deathYear primaryProfession knownForTitles",
    "title.akas": "titleId ordering title region language types attributes isOriginalTitle",
}
ROWS = {
    "title.basics": [
        r"tt0060268 movie Cul-de-sac Cul-de-sac 0 1966 \N 113 Comedy,Drama",
        r'tt0000009 movie "Quoted" "Quoted" 0 1999 \N \N \N',
        r'tt0000010 movie Open_"quote,_and_comma Open_"quote,_and_comma 0 \N \N 90 Drama',
        r"tt0185125 movie All_About_My_Mother Todo_sobre_mi_madre 0 1999 \N 101 Drama",
        r"tt0944947 tvSeries Game_of_Thrones Game_of_Thrones 0 2011 2019 57 Action",
        r"tt0000011 short Rope Rope 0 1912 \N 3 \N",
        r"tt0040746 movie Rope Rope 0 1948 \N 80 Crime,Drama",
        r"tt10370000 tvMovie Duel Duel 0 1971 \N 90 Action",
    ],
    "title.ratings": ["tt0040746 7.9 150000", "tt0060268 7.0 14000", "tt0944947 9.2 2000000"],
    "title.crew": [r"tt0060268 nm0000591 nm0000591", r"tt0040746 nm0000033 \N", r"tt0185125 nm0000264,nm0000009 \N", r"tt0000009 \N \N"],
    "title.principals": [
        r'tt0040746 2 nm0000002 actor \N ["Brandon"]',
        r'tt0040746 1 nm0000071 actor \N ["Rupert"]',
        r"tt0040746 3 nm0000033 director \N \N",
        r"tt0944947 1 nm0000002 actor \N \N",
    ],
    "name.basics": [
        r"nm0000591 Roman_Polanski 1933 \N \N \N",
        r"nm0000033 Alfred_Hitchcock 1899 1980 \N \N",
        r"nm0000264 Pedro_Almodóvar 1949 \N \N \N",
        r"nm0000009 Somebody_Else \N \N \N \N",
        r"nm0000002 John_Dall \N \N \N \N",
        r"nm0000071 James_Stewart \N \N \N \N",
    ],
    "title.akas": [r"tt0040746 1 Cocktail_für_eine_Leiche DE \N \N \N 0", r"tt0944947 1 Rope XX \N \N \N 0"],
}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes dataset files (all of them, or those named) and returns their folder."""

    def write(*names: str, compress: bool = False, **lines: list[str]) -> Path:
        folder = tmp_path / "imdb"
        folder.mkdir(exist_ok=True)
        for name in names or ROWS:
            rows = [HEADERS[name], *lines.get(name.replace(".", "_"), ROWS[name])]
            text = "".join(row.replace(" ", "\t").replace("_", " ") + "\n" for row in rows).encode()
            (folder / f"{name}.tsv{'.gz' if compress else ''}").write_bytes(gzip.compress(text) if compress else text)
        return folder

    return write


def lookup(folder: Path, query: Query) -> Answer:
    return ImdbDatasets(folder, folder.parent / "cache").lookup(query)


@pytest.mark.parametrize("compress", [False, True])
def test_all_files_together_fill_the_record(write: Write, compress: bool) -> None:
    answer = lookup(write(compress=compress), Query("Rope", director="Hitchcock"))
    assert answer.status == "ok"
    assert answer.known == {
        "imdb_id": "tt0040746", "imdb_link": "https://www.imdb.com/title/tt0040746/", "year": 1948, "runtime": 80,
        "rating": 7.9, "genres": ["Crime", "Drama"], "director": ["Alfred Hitchcock"], "cast": ["James Stewart", "John Dall"],
    }  # fmt: skip
    assert answer.candidates[0].score == 1


def test_absent_files_leave_their_fields_empty(write: Write) -> None:
    answer = lookup(write("title.basics"), Query("Rope", 1948, "Hitchcock"))
    assert answer.status == "ok"
    assert answer.candidates[0].score < 1  # the director is not confirmed
    assert set(answer.known) == {"imdb_id", "imdb_link", "year", "runtime", "genres"}


def test_directors_come_from_the_principals_where_there_is_no_crew(write: Write) -> None:
    folder = write("title.basics", "title.principals", "name.basics")
    assert lookup(folder, Query("Rope")).known["director"] == ["Alfred Hitchcock"]


def test_an_id_decides_whatever_the_title(write: Write) -> None:
    known = lookup(write(), Query("Rope", 1948, "Hitchcock", imdb_id="tt0185125")).known
    assert (known["imdb_id"], known["other_title"], known["director"]) == (
        "tt0185125", "Todo sobre mi madre", ["Pedro Almodóvar", "Somebody Else"],
    )  # fmt: skip
    assert lookup(write(), Query("Duel", imdb_id="tt10370000")).status == "ok"


def test_an_id_of_a_series_is_not_found(write: Write) -> None:
    answer = lookup(write(), Query("Rope", imdb_id="tt0944947"))
    assert answer.status == "not_found"
    assert "tt0944947 is not among the movies" in answer.reason


@pytest.mark.parametrize(
    ("query", "imdb_id"),
    [
        (Query("Todo sobre mi madre"), "tt0185125"),
        (Query("todo SOBRE mi madré", director="Almodovar"), "tt0185125"),
        (Query("x", director="Almodovar", other_titles=("All About My Mother",)), "tt0185125"),
        (Query("Cul de Sac", director="Polanski"), "tt0060268"),
        (Query("Cul de Sak", director="Polanski"), "tt0060268"),
        (Query("Cocktail für eine Leiche", director="Hitchcock"), "tt0040746"),
        (Query('"Quoted"'), "tt0000009"),
        (Query('Open "quote, and comma'), "tt0000010"),
    ],
)
def test_titles_are_found(write: Write, query: Query, imdb_id: str) -> None:
    assert lookup(write(), query).known.get("imdb_id") == imdb_id


def test_quotes_are_quotes_and_unknown_years_are_unknown(write: Write) -> None:
    index = ImdbDatasets(write(), write().parent / "cache").index
    assert [index.candidate(row).title for row in range(2)] == ['"Quoted"', 'Open "quote, and comma']
    assert index.candidate(1).year is None
    assert len(index) == 6


@pytest.mark.parametrize("query", [Query("Game of Thrones"), Query("Zzyzx"), Query("")])
def test_what_is_no_movie_is_not_found(write: Write, query: Query) -> None:
    assert lookup(write(), query).status == "not_found"


def test_a_close_call_is_ambiguous(write: Write) -> None:
    rows = [*ROWS["title.basics"], r"tt0000012 movie Rope Rope 0 1930 \N 60 \N"]
    answer = lookup(write("title.basics", title_basics=rows), Query("Rope", director="Hitchcock"))
    assert (answer.status, answer.known) == ("ambiguous", {})
    assert [candidate.imdb_id for candidate in answer.candidates[:2]] == ["tt0000012", "tt0040746"]


# --- the index ----------------------------------------------------------------------------------------------------


def test_the_index_is_built_once_and_again_when_a_file_changes(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    build = imdb_datasets._write_index
    monkeypatch.setattr(imdb_datasets, "_write_index", lambda files, folder: (built.append(1), build(files, folder)))
    folder = write()
    for _ in range(3):
        lookup(folder, Query("Rope"))
    assert len(built) == 1
    os.utime(folder / "title.ratings.tsv", (1, 1))
    lookup(folder, Query("Rope"))
    assert len(built) == 2
    (folder / "title.akas.tsv").unlink()
    lookup(folder, Query("Rope"))
    assert len(built) == 3


def test_a_build_that_fails_leaves_the_old_index_and_no_rests(write: Write) -> None:
    folder = write()
    lookup(folder, Query("Rope"))
    (folder / "title.ratings.tsv").write_text("tconst\tnumVotes\n")
    with pytest.raises(DataError):
        lookup(folder, Query("Rope"))
    assert [path.name for path in (folder.parent / "cache").iterdir()] == ["imdb-index"]


def test_a_damaged_index_is_named(write: Write) -> None:
    folder = write()
    lookup(folder, Query("Rope"))
    (folder.parent / "cache/imdb-index/keys.parquet").write_bytes(b"x")
    with pytest.raises(DataError, match=r"keys\.parquet: cannot be read.*remove the folder"):
        lookup(folder, Query("Rope"))


# --- damaged files ------------------------------------------------------------------------------------------------


def test_a_missing_folder_or_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: no such folder"):
        ImdbDatasets(tmp_path / "nowhere", tmp_path)
    with pytest.raises(InputError, match=r"holds no title\.basics\.tsv\.gz"):
        ImdbDatasets(tmp_path, tmp_path)


def test_two_files_that_could_be_meant_are_named(write: Write) -> None:
    folder = write("title.basics")
    (folder / "title.basics.tsv").rename(folder / "title.basics.old.tsv")
    (folder / "title.basics.new.tsv").write_text("")
    with pytest.raises(InputError, match=r"several files could be title\.basics"):
        lookup(folder, Query("Rope"))


@pytest.mark.parametrize("name", list(COLUMNS))
def test_a_missing_column_is_named(write: Write, name: str) -> None:
    folder = write()
    path = folder / f"{name}.tsv"
    column = COLUMNS[name][-1]
    path.write_text(path.read_text().replace(column, "other", 1))
    with pytest.raises(DataError, match=rf"{name}\.tsv: line 1: has no column {column}"):
        lookup(folder, Query("Rope"))


def test_columns_are_found_by_name_in_any_order(write: Write) -> None:
    folder = write("title.basics", "title.ratings")
    (folder / "title.ratings.tsv").write_text("numVotes\tnew\ttconst\taverageRating\n5\tx\ttt0040746\t7.9\n")
    assert lookup(folder, Query("Rope")).known["rating"] == 7.9


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"tt0000012\tmovie\tShort\n", "line 10: has 3 fields, expected 9"),
        (b"tt0000012\tmovie\tBad \xff\xfe\tBad\t0\t1999\t\\N\t90\tDrama\n", "line 10: is not UTF-8"),
        (b"tt0000012\tmovie\ta\ta\t0\t1999\t\\N\t90\tDrama\tmore\n", "line 10: has 10 fields, expected 9"),
        (b"tt0000012\tmovie\ta\ta\t0\tMCMXC\t\\N\t90\tDrama\n", "startYear"),
        (b"0000012x\tmovie\ta\ta\t0\t1990\t\\N\t90\tDrama\n", "INT64"),
    ],
)
def test_a_damaged_line_is_named(write: Write, compress: bool, line: bytes, message: str) -> None:
    folder = write("title.basics")
    path = folder / "title.basics.tsv"
    content = path.read_bytes() + line + ROWS["title.basics"][0].replace(" ", "\t").encode() + b"\n"
    if compress:
        path.unlink()
        path = path.with_suffix(".tsv.gz")
        content = gzip.compress(content)
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as raised:
        lookup(folder, Query("Rope"))
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[: len(content) // 2], "ends too early, as when a download stopped"),
        (lambda content: content[:-4], "ends too early"),
        (lambda content: content[:-8] + b"\0\0\0\0" + content[-4:], "is damaged"),
        (lambda content: b"<html>Access denied</html>", "cannot be read"),
        (lambda content: b"", "has no column"),
    ],
    ids=["half", "tail", "checksum", "no gzip", "empty"],
)
def test_a_damaged_download_is_named(write: Write, damage: Callable[[bytes], bytes], message: str) -> None:
    folder = write("title.basics", compress=True)
    path = folder / "title.basics.tsv.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=rf"title\.basics\.tsv\.gz: .*{message}"):
        lookup(folder, Query("Rope"))


def test_a_title_listed_twice_is_named(write: Write) -> None:
    with pytest.raises(DataError, match=r"title\.basics\.tsv: lists tt0040746 more than once"):
        lookup(write(title_basics=[*ROWS["title.basics"], ROWS["title.basics"][6]]), Query("Rope"))


def test_a_file_without_movies_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match="holds no movies"):
        lookup(write("title.basics", title_basics=[]), Query("Rope"))


# --- the benchmark's file, and real material ------------------------------------------------------------------------


def test_the_benchmark_writes_imdb_s_format(tmp_path: Path) -> None:
    path = tmp_path / "title.basics.tsv.gz"
    generate(path, 20_000)
    lines = gzip.decompress(path.read_bytes()).decode().split("\n")
    assert lines.pop() == ""
    assert lines[0] == HEADERS["title.basics"].replace(" ", "\t")
    assert len(lines) == 20_001
    cells = [line.split("\t") for line in lines[1:]]
    assert {len(row) for row in cells} == {9}
    names = [row[2] for row in cells]
    assert any(title.startswith('"') and title.count('"') == 1 for title in names)
    assert any("," in title for title in names)
    assert any(row[5] == r"\N" for row in cells)
    movies = sum(row[1] in imdb_datasets.MOVIE_TYPES for row in cells)
    assert len(ImdbDatasets(tmp_path, tmp_path / "cache").index) == movies


def test_a_real_excerpt_is_read(shared_data: Path, tmp_path: Path) -> None:
    if not (shared_data / "metadata/title.basics.sample.tsv").is_file():
        pytest.skip("needs ../shared/data/metadata/title.basics.sample.tsv")
    source = ImdbDatasets(shared_data / "metadata", tmp_path)
    rows = duckdb.sql(
        f"SELECT tconst FROM read_csv('{shared_data}/metadata/title.basics.sample.tsv', delim='\t', quote='') WHERE titleType = 'movie'"
    ).fetchall()
    assert len(source.index) == len(rows)
    for (imdb_id,) in rows:
        assert source.lookup(Query("", imdb_id=imdb_id)).status == "ok"


def test_real_films_are_found_under_their_other_titles_and_none_is_mistaken(shared_data: Path, tmp_path: Path) -> None:
    """Lists of great films call them by other titles than IMDb does; some names are damaged, so that not all can be found."""
    path = shared_data / "metadata/greatest_films.csv"
    if not path.is_file():
        pytest.skip("needs ../shared/data/metadata/greatest_films.csv")
    with path.open(encoding="latin-1", newline="") as stream:
        films = {row["imdb_id"]: row for row in csv.DictReader(stream) if row["imdb_id"].startswith("tt") and row["title"]}
    numbers = {director: f"nm{number:07d}" for number, director in enumerate({row["director"] for row in films.values()})}
    tables = {
        "title.basics": [
            (imdb_id, "movie", row["title"], row["title"], "0", row["year"][:4] or r"\N", r"\N", r"\N", r"\N")
            for imdb_id, row in films.items()
        ],
        "title.crew": [(imdb_id, numbers[row["director"]], r"\N") for imdb_id, row in films.items()],
        "name.basics": [(number, director or r"\N", r"\N", r"\N", r"\N", r"\N") for director, number in numbers.items()],
    }
    folder = tmp_path / "imdb"
    folder.mkdir()
    for name, rows in tables.items():
        lines = [HEADERS[name].split(), *rows]
        (folder / f"{name}.tsv").write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")
    source = ImdbDatasets(folder, tmp_path / "cache")
    taken = {}
    asked = {imdb_id: row for imdb_id, row in films.items() if row["alternate_title"]}
    for imdb_id, row in asked.items():
        name = titles.clean(row["alternate_title"])
        answer = source.lookup(Query(name.title, name.year, row["director"].split(",")[0].split(" ")[-1], other_titles=name.others))
        if answer.status == "ok":
            taken[imdb_id] = answer.known["imdb_id"]
    assert [imdb_id for imdb_id, found in taken.items() if found != imdb_id] == []
    assert len(taken) > 0.97 * len(asked)
