import errno
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.files import read_parquet, whole_file, whole_folder
from analysis.library import Library, MovieResult
from errors import LibraryError

TABLE = pd.DataFrame({"second": [0, 1], "label": ["music", "speech"]})


def result(**profile: Any) -> MovieResult:
    return MovieResult(TABLE, TABLE, TABLE, profile, {"input": {}})


def test_a_movie_comes_back_as_it_was_written(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write_movie("Agnès Varda", "Cléo «5→7» 🎬", result(duration=2))
    assert library.movies() == [("Agnès Varda", "Cléo «5→7» 🎬")]
    assert library.profile(*library.movies()[0]) == {"duration": 2}
    pd.testing.assert_frame_equal(library.table(*library.movies()[0], "seconds"), TABLE)


def test_a_second_result_replaces_the_first_whole(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write_movie("A", "B", result(duration=1))
    (library.movie_folder("A", "B") / "stray").touch()
    library.write_movie("A", "B", result(duration=2))
    assert library.profile("A", "B") == {"duration": 2}
    assert sorted(p.name for p in (tmp_path / "movies/A").rglob("*")) == [
        "B", "profile.json", "provenance.json", "seconds.parquet", "segments.parquet", "windows.parquet",
    ]  # fmt: skip


def test_a_full_disk_leaves_the_old_result_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(tmp_path)
    library.write_movie("A", "B", result(duration=1))

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(LibraryError, match=r"B: cannot be written \(No space left on device\); free space"):
        library.write_movie("A", "B", result(duration=2))
    assert library.profile("A", "B") == {"duration": 1}
    assert [p.name for p in (tmp_path / "movies/A").iterdir()] == ["B"]


def test_an_interrupt_leaves_no_half_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "film") as partial:
        (partial / "half").touch()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("old")
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "x.json") as partial:
        partial.write_text("ne")
        raise KeyboardInterrupt
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\0b"])
def test_names_that_lead_out_of_the_library_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LibraryError, match="cannot be the name"):
        Library(tmp_path).movie_folder("Director", name)
    with pytest.raises(LibraryError, match="cannot be the name"):
        Library(tmp_path).validation_folder(name)


def test_a_cut_parquet_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "seconds.parquet"
    TABLE.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(LibraryError, match=r"seconds\.parquet: cannot be read"):
        read_parquet(path)


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_place_that_cannot_be_a_library_is_refused_at_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError, match=f"{name}: cannot be used as a library .*; choose another --library"):
        Library(tmp_path / name).prepare()
    with pytest.raises(LibraryError, match="cannot be written"), whole_file(tmp_path / name / "x.json"):
        pass


def test_reading_makes_nothing(tmp_path: Path) -> None:
    library = Library(tmp_path / "none")
    assert (library.movies(), library.metadata(), library.validations(), library.manifest()) == ([], {}, [], {"movies": []})
    assert not library.root.exists()
