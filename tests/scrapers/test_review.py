from pathlib import Path

import pytest

from analysis.spreadsheets import restore, write_csv
from errors import DataError, InputError
from scrapers import review
from scrapers.folder import MovieFile
from scrapers.metadata import Outcome
from scrapers.sources import Candidate

FILE = MovieFile(Path("x.mkv"), "Alfred Hitchcock", "=The Man, Who")
TWO = (Candidate("tt0025452", "=The Man", 1934, "Alfred Hitchcock", 75, 0.95), Candidate("tt0049470", "The Man", None, score=0.94))
OUTCOMES = [
    Outcome(FILE, "ambiguous", reason="2 candidates fit", candidates=TWO),
    Outcome(MovieFile(Path("y.mkv"), "Nobody", "Nothing"), "not_found", reason="no title"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_csv(review.table(OUTCOMES), tmp_path / "review.csv")
    return tmp_path / "review.csv"


def choose(path: Path, line: int, mark: str) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[line - 1] = mark + lines[line - 1]
    path.write_text("\n".join(lines), encoding="utf-8")


def test_a_row_for_each_candidate_and_for_each_film_not_found() -> None:
    table = review.table(OUTCOMES)
    assert list(table["imdb_id"]) == ["tt0025452", "tt0049470", ""]
    assert list(table["year"]) == ["1934", "", ""]
    assert table["link"].iloc[0] == "https://www.imdb.com/title/tt0025452/"
    assert list(table["why"]) == ["2 candidates fit", "2 candidates fit", "no title"]
    assert len(review.table([])) == 0


def test_text_from_outside_is_inert(path: Path) -> None:
    assert "'=The Man" in path.read_text()
    assert ",=The" not in path.read_text()


def test_nothing_chosen(path: Path) -> None:
    assert review.read(path, restore) == {}


@pytest.mark.parametrize(
    ("line", "mark", "chosen"),
    [
        (2, "x", {("Alfred Hitchcock", "=The Man, Who"): "tt0025452"}),
        (3, "X", {("Alfred Hitchcock", "=The Man, Who"): "tt0049470"}),
        (3, "none", {("Alfred Hitchcock", "=The Man, Who"): ""}),
        (2, "tt0000007", {("Alfred Hitchcock", "=The Man, Who"): "tt0000007"}),
        (4, "https://www.imdb.com/title/tt0000008/", {("Nobody", "Nothing"): "tt0000008"}),
    ],
)
def test_what_a_person_chose(path: Path, line: int, mark: str, chosen: dict[tuple[str, str], str]) -> None:
    choose(path, line, mark)
    assert review.read(path, restore) == chosen


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "cp1252"), ("\t", "utf-8-sig"), (";", "utf-8-sig")])
def test_as_spreadsheets_save_it(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "review.csv"
    rows = [["choose", "director_folder", "movie", "imdb_id"], ["x", "Almodóvar", "Átame, (1989)", "tt0101026"], ["", "b", "c", ""]]
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    assert review.read(path) == {("Almodóvar", "Átame, (1989)"): "tt0101026"}


@pytest.mark.parametrize(
    ("line", "mark", "message"),
    [(4, "x", "line 4: column choose: cannot be 'x'"), (2, "maybe", "line 2: column choose: cannot be 'maybe'; put an x")],
)
def test_a_choice_that_cannot_be_read_is_named(path: Path, line: int, mark: str, message: str) -> None:
    choose(path, line, mark)
    with pytest.raises(DataError, match=message):
        review.read(path, restore)


def test_two_choices_for_one_film_are_named(path: Path) -> None:
    choose(path, 2, "x")
    choose(path, 3, "x")
    with pytest.raises(DataError, match="line 3: column choose: Alfred Hitchcock / =The Man, Who has a second choice"):
        review.read(path, restore)


def test_a_file_that_is_no_review_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        review.read(tmp_path / "review.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="line 1: has no column choose, director_folder"):
        review.read(tmp_path / "other.csv")


def test_choices_of_earlier_runs_are_known_from_their_records() -> None:
    records = {
        ("a", "b"): {"imdb_id": "tt0000001", "sources": {"imdb_id": {"source": "review", "when": ""}}},
        ("a", "c"): {"imdb_id": "", "sources": {"imdb_id": {"source": "review", "when": ""}}},
        ("a", "d"): {"imdb_id": "tt0000002", "sources": {"imdb_id": {"source": "IMDb", "when": ""}}},
        ("a", "e"): {"imdb_id": "tt0000002", "sources": {"imdb_id": "sidecar"}},
    }
    assert review.decided(records) == {("a", "b"): "tt0000001", ("a", "c"): ""}
