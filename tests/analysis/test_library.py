import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis import fingerprints
from analysis.exchange import exchange
from analysis.files import PARTIAL, read_parquet, sweep, whole_file, whole_folder
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


def test_content_reaches_the_disk_before_it_takes_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    replace = os.replace

    def rename(source: Path, target: Path) -> None:
        steps.append(f"-> {target.name}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", lambda handle: steps.append(Path(f"/dev/fd/{handle}").resolve().name))
    monkeypatch.setattr(os, "replace", rename)
    Library(tmp_path).write_movie("A", "B", result(duration=1))
    assert steps.pop() == "-> B"
    assert {"seconds.parquet", "windows.parquet", "segments.parquet", "profile.json", "provenance.json", "B"} <= set(steps)


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


def test_two_folders_change_places(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"of {name}").touch()
    if not exchange(tmp_path / "a", tmp_path / "b"):
        pytest.skip("this file system cannot do it; folders step aside for each other here")
    assert [p.name for p in tmp_path.glob("*/*")] and (tmp_path / "a/of b").exists() and (tmp_path / "b/of a").exists()
    assert not exchange(tmp_path / "a", tmp_path / "none")
    assert (tmp_path / "a/of b").exists()


def test_where_folders_cannot_change_places_the_old_one_steps_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.exchange._rename", None)
    library = Library(tmp_path)
    for duration in (1, 2):
        library.write_movie("A", "B", result(duration=duration))
        assert library.profile("A", "B") == {"duration": duration}
    assert [p.name for p in (tmp_path / "movies/A").iterdir()] == ["B"]


def test_an_old_result_that_stepped_aside_comes_back_when_the_new_one_cannot_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(tmp_path)
    library.write_movie("A", "B", result(duration=1))
    monkeypatch.setattr("analysis.exchange._rename", None)
    replace = os.replace

    def fail_once(source: Path, target: Path) -> None:
        if "new" in source.parts and target.name == "B":
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_once)
    with pytest.raises(LibraryError, match="Input/output error"):
        library.write_movie("A", "B", result(duration=2))
    assert library.profile("A", "B") == {"duration": 1}
    assert [p.name for p in (tmp_path / "movies/A").iterdir()] == ["B"]


def test_what_killed_jobs_left_is_swept_when_nobody_writes(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write_movie("A", "B", result(duration=1))
    movies = tmp_path / "movies/A"
    for litter in (tmp_path / f"{PARTIAL}12-enhanced.csv", movies / f"{PARTIAL}12-provenance.json", movies / f"{PARTIAL}x/new/B/half"):
        litter.parent.mkdir(parents=True, exist_ok=True)
        litter.touch()
    with library.writing():
        library.prepare()
        assert len(list(tmp_path.rglob(f"{PARTIAL}*"))) == 3, "somebody writes, and it might be theirs"
    library.prepare()
    assert list(tmp_path.rglob(f"{PARTIAL}*")) == []
    assert library.profile("A", "B") == {"duration": 1}


def test_a_result_that_had_stepped_aside_is_put_back(tmp_path: Path) -> None:
    for name in ("gone", "there"):
        (tmp_path / f"{PARTIAL}{name}/old/{name}").mkdir(parents=True)
        (tmp_path / f"{PARTIAL}{name}/old/{name}/old result").touch()
    (tmp_path / "there").mkdir()
    sweep(tmp_path)
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")) == ["gone", "gone/old result", "there"]


def test_a_movies_files_are_known_again(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    library.write_movie("A", "B", result(duration=1))
    assert library.intact("A", "B", library.provenance("A", "B"))
    copied = Library(shutil.copytree(library.root, tmp_path / "copy", copy_function=shutil.copyfile))
    before = copied.provenance("A", "B")
    assert copied.intact("A", "B", before)
    assert copied.provenance("A", "B") != before, "the new times were not kept: every look would read all files again"
    assert not fingerprints.broken(copied.provenance("A", "B"))
    seconds = copied.movie_folder("A", "B") / "seconds.parquet"
    for damage in (lambda: seconds.write_bytes(b"x" + seconds.read_bytes()[1:]), lambda: seconds.write_bytes(b""), seconds.unlink):
        damage()
        assert not copied.intact("A", "B", copied.provenance("A", "B"))


def test_a_library_of_an_early_version_is_taken_as_it_is(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write_movie("A", "B", result(duration=1))
    early = {"input": {}}
    assert library.intact("A", "B", early)
    (library.movie_folder("A", "B") / "windows.parquet").unlink()
    assert not library.intact("A", "B", early)
    assert not library.intact("A", "B", early | {"files": ["nonsense"]})


def test_a_seal_shows_a_changed_letter() -> None:
    content = fingerprints.sealed({"b": [1, {"c": 0.1}], "a": "é"})
    assert not fingerprints.broken(content) and fingerprints.sealed(content) == content
    assert fingerprints.broken(content | {"a": "e"})
    assert not fingerprints.broken({"a": "of an early version"})


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


def test_a_library_says_what_it_is(tmp_path: Path) -> None:
    library = Library(tmp_path)
    assert library.about() == {}
    library.write_about("Demo", "Made films.")
    assert library.about() == {"title": "Demo", "text": "Made films."}
    (tmp_path / "about.json").write_text('{"title": "T", "text": "x", "films": 3}', encoding="utf-8")
    assert library.about() == {"title": "T", "text": "x"}


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"{", b"[]", b"7", b'{"title": "T"}', b'{"title": "T", "text": 3}', b'{"title": " ", "text": "x"}']
)
def test_what_is_no_such_note_is_named_in_a_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "about.json").write_bytes(content)
    with pytest.raises(LibraryError) as caught:
        Library(tmp_path).about()
    assert str(caught.value).startswith(f"{tmp_path / 'about.json'}: ") and str(caught.value).endswith("; put it back, or remove it")
    assert "\n" not in str(caught.value)
