"""Pieces kept in a library: beside their film or under their source's name, whole, and gone when they are removed."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.composing import keeping
from analysis.library import Library
from errors import LibraryError

FILM = ("Ada Vorn", "The Quiet Engine")


def about(film: tuple[str, str] | None = FILM, name: str = "The Quiet Engine", seed: int = 3) -> dict[str, Any]:
    return {
        "source": {"kind": "movie" if film else "mood", "name": name}, "asked": {"valence": 0.2}, "got": {"valence": 0.3}, "match": 81.5,
        "seed": seed, "length": 60.2, "film": {"director": film[0], "movie": film[1]} if film else None,
    }  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "films")


def keep(library: Library, midi: bytes = b"MThd", **of: Any) -> keeping.Kept:
    return keeping.keep(library, midi=midi, sound=b"OggS", about=about(**of))


def test_a_piece_lies_beside_its_film_with_all_that_is_known_of_it(library: Library) -> None:
    piece = keeping.keep(library, midi=b"MThd", sound=b"OggS", about=about(), cover=b"PNG")
    assert piece.folder.parent == library.root / "scores" / "Ada Vorn" / "The Quiet Engine"
    assert {path.name: path.read_bytes()[:4] for path in piece.folder.iterdir() if path.suffix != ".json"} == {
        "piece.mid": b"MThd", "piece.ogg": b"OggS", "cover.png": b"PNG",
    }  # fmt: skip
    assert keeping.kept(library) == keeping.kept(library, FILM) == [piece]
    assert piece.film == FILM and piece.cover == piece.folder / "cover.png"
    written = json.loads((piece.folder / "piece.json").read_text())
    assert written == piece.about and {key: written[key] for key in about()} == about()
    assert set(written) - set(about()) == {"date", "files", "seal"} and set(written["files"]) == {"piece.mid", "piece.ogg", "cover.png"}


def test_without_a_film_it_lies_under_the_name_of_its_source(library: Library) -> None:
    piece = keep(library, film=None, name="../my: poster.png")
    assert piece.folder.parent.parent == library.root / "scores" / "-" and piece.folder.parent.name == "_my_ poster.png"
    assert piece.film is None and piece.cover is None
    assert keeping.kept(library) == [piece] and keeping.kept(library, FILM) == []


@pytest.mark.parametrize("name", ["", "..", "...", "/", "\0", "x" * 500, "é" * 300, "🎬" * 200])
def test_any_name_of_a_source_is_a_folder_of_its_own(library: Library, name: str) -> None:
    piece = keep(library, film=None, name=name)
    assert piece.folder.resolve().is_relative_to((library.root / "scores" / "-").resolve()) and keeping.kept(library) == [piece]


@pytest.mark.parametrize("film", [("..", "x"), ("a/b", "x"), ("Ada", ".."), ("", "x")])
def test_a_films_name_that_leads_elsewhere_is_refused(library: Library, film: tuple[str, str]) -> None:
    with pytest.raises(LibraryError, match="cannot be the name"):
        keep(library, film=film)


def test_the_newest_comes_first_and_the_same_piece_is_kept_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    older, newer = keep(library, b"a"), keep(library, b"b", film=None)
    for piece, date in ((older, "2026-01-02T10:00:00+00:00"), (newer, "2026-01-02T12:30:00+02:00")):
        record = piece.folder / "piece.json"
        record.write_text(json.dumps({**piece.about, "date": date}))
    assert [piece.id for piece in keeping.kept(library)] == [newer.id, older.id]
    assert keep(library, b"a").id == older.id and len(keeping.kept(library)) == 2


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("piece.json", "{", "cannot be read"),
        ("piece.json", "[]", "no piece's record"),
        ("piece.json", "{}", "source, asked"),
        ("piece.json", json.dumps({**about(), "date": "yesterday"}), "date cannot be read"),
        ("piece.json", json.dumps({**about(), "date": "2026-01-02", "film": {"director": 1}}), "film cannot be read"),
        ("piece.json", json.dumps({**about(), "date": "2026-01-02", "match": "much"}), "match cannot be read"),
        ("piece.json", json.dumps({**about(), "date": "2026-01-02", "length": float("nan")}), "length cannot be read"),
        ("piece.json", json.dumps({**about(), "date": "2026-01-02", "source": {}}), "source cannot be read"),
        ("piece.ogg", None, "lacks piece.ogg"),
    ],
)
def test_what_is_damaged_is_named_and_hides_nothing_else(library: Library, file: str, content: str | None, words: str) -> None:
    piece, other = keep(library, b"a"), keep(library, b"b")
    if content is None:
        (piece.folder / file).unlink()
    else:
        (piece.folder / file).write_text(content)
    said: list[str] = []
    assert keeping.kept(library, FILM, said.append) == [other]
    assert len(said) == 1 and str(piece.folder) in said[0] and words in said[0]


def test_what_is_removed_leaves_no_empty_folders(library: Library) -> None:
    first, second = keep(library, b"a"), keep(library, b"b")
    keeping.remove(first)
    assert keeping.kept(library) == [second] and not first.folder.exists()
    keeping.remove(second)
    assert not (library.root / "scores").exists() and library.root.is_dir()
    with pytest.raises(LibraryError, match="cannot be removed"):
        keeping.remove(second)


def test_what_cannot_be_written_leaves_nothing_behind(library: Library) -> None:
    library.root.mkdir()
    (library.root / "scores").write_text("a file in the way")
    with pytest.raises(LibraryError, match="cannot be written"):
        keep(library)
    assert keeping.kept(library) == []
