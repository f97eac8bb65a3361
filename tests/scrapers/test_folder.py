import os
import sys
from pathlib import Path

import pytest

from errors import InputError
from scrapers.folder import normal, scan


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_a_folder_per_director_and_a_file_or_folder_per_movie(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "Wong/Days.mkv",
        "Wong/Chungking/film.MP4",
        "Wong/notes.txt",
        "Akerman/Box/Part 1.avi",
        "Akerman/Box/Part 2.avi",
        "Akerman/.x.mp4",
    )
    found = [(m.director, m.movie) for m in scan(tmp_path)]
    assert found == [("Akerman", "Part 1"), ("Akerman", "Part 2"), ("Wong", "Chungking"), ("Wong", "Days")]
    assert not any(m.problem for m in scan(tmp_path))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"films: no such folder"):
        scan(tmp_path / "films")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    touch(tmp_path, "film.mp4")
    with pytest.raises(InputError, match=r"film\.mp4: is a file"):
        scan(tmp_path / "film.mp4")


def test_an_empty_folder_says_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "Director").mkdir()
    with pytest.raises(InputError, match=r"holds no movies; expected .*<Director>/<Movie>\.mp4"):
        scan(tmp_path)


def test_a_movie_outside_a_director_folder_is_a_problem_of_its_own(tmp_path: Path) -> None:
    touch(tmp_path, "Loose.mp4", "Director/Film.mp4")
    problems = {m.movie: m.problem for m in scan(tmp_path)}
    assert "move it into a folder named after its director" in problems["Loose"]
    assert problems["Film"] == ""


def test_one_title_by_two_directors_is_two_movies(tmp_path: Path) -> None:
    touch(tmp_path, "Lang/M.mp4", "Losey/M.mp4")
    assert [(m.director, m.movie, m.problem) for m in scan(tmp_path)] == [("Lang", "M", ""), ("Losey", "M", "")]


def test_two_files_of_one_movie_are_not_mixed_up(tmp_path: Path) -> None:
    touch(tmp_path, "Lang/M.mkv", "Lang/m.mp4")
    first, second = scan(tmp_path)
    assert first.problem == ""
    assert "same director and title as" in second.problem


@pytest.mark.parametrize("name", ['He said "no"', "AC∕DC", "Ghost 👻", "Ран 乱", "Don't", "100% = <b>", "سينما"])
def test_unusual_names_are_kept(tmp_path: Path, name: str) -> None:
    touch(tmp_path, f"{name}/{name}.mkv")
    assert [(m.director, m.movie, m.problem) for m in scan(tmp_path)] == [(name, name, "")]


def test_accents_stored_apart_are_the_same_name(tmp_path: Path) -> None:
    assert normal("Ame\u0301lie") == normal("Am\u00e9lie")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux file systems take names that are no text")
def test_a_name_that_is_no_text_is_a_problem_of_its_own(tmp_path: Path) -> None:
    touch(tmp_path, os.fsdecode(b"Director/Caf\xe9.mp4"))
    [movie] = scan(tmp_path)
    assert "not valid UTF-8" in movie.problem
    movie.movie.encode("utf-8")


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[31mred", "bell\x07", "para\u2029graph"])
def test_a_name_that_would_steer_a_terminal_is_a_problem_of_its_own(tmp_path: Path, name: str) -> None:
    touch(tmp_path, f"Director/{name}.mp4", f"{name}/Film.mp4", f"{name}.mp4")
    for movie in scan(tmp_path):
        assert "rename it" in movie.problem or "move it" in movie.problem
        shown = movie.problem + movie.director + movie.movie
        assert all(char.isprintable() for char in shown)


def test_the_library_is_not_taken_for_a_director(tmp_path: Path) -> None:
    touch(tmp_path, "Director/Film.mp4", "library/validation/run/audio.flac")
    assert [m.movie for m in scan(tmp_path, leave_out=tmp_path / "library")] == ["Film"]
