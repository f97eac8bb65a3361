"""A run over many movies: who does them, which of them, and what manifest.json tells of it."""

from collections import Counter
from pathlib import Path

import pytest

from analysis import many, pipeline, shards
from analysis.files import write_json
from analysis.library import Library
from analysis.locks import held
from analysis.pipeline import Outcome
from analysis.shards import Shard
from errors import InputError, LibraryError
from scrapers.folder import MovieFile

MOVIES = [MovieFile(Path(f"films/D{n % 7}/Film {n}.mkv"), f"D{n % 7}", f"Film {n}") for n in range(60)]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def pretend(movies, root, options):  # type: ignore[no-untyped-def]
    """A way that says that all is done, in the opposite order."""
    for movie in reversed(movies):
        yield pipeline.outcome(movie, "ok")


def told(library: Library) -> list[str]:
    return [entry["movie"] for entry in library.manifest()["movies"]]


def test_shards_part_the_movies_whatever_others_there_are() -> None:
    parts = [Shard(number, 4).members(MOVIES) for number in (1, 2, 3, 4)]
    assert Counter(movie for part in parts for movie in part) == Counter(MOVIES)
    assert all(6 <= len(part) <= 24 for part in parts), "far from a quarter each"
    assert Shard(2, 4).members(MOVIES[::3]) == [movie for movie in parts[1] if movie in MOVIES[::3]]
    films = [
        MovieFile(Path(), "Agnès Varda", name) for name in ("Cléo", "Vagabond", "Jacquot", "Le Bonheur", "Kung-Fu Master!", "Lions Love")
    ]
    assert [film.movie for film in Shard(1, 2).members(films)] == ["Cléo", "Kung-Fu Master!"], (
        "another machine, or version, would part them otherwise"
    )


@pytest.mark.parametrize("text", ["", "2", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1.5/2", "¹/₂", "1/99999999"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"--shard: .* is not I/N"):
        shards.parse(text)


def test_a_shard_is_read() -> None:
    assert shards.parse(" 2/4 ") == Shard(2, 4)


def test_the_shards_share_one_manifest(library: Library) -> None:
    names = [movie.movie for movie in MOVIES]
    for number in (1, 2, 3):
        assert library.manifest().get("complete", False) is False
        list(many.run(MOVIES, library, way=pretend, shard=Shard(number, 3)))
    manifest = library.manifest()
    assert (told(library), manifest["complete"], manifest["counts"]) == (names, True, {"ok": 60, "skipped": 0, "failed": 0})
    list(many.run(MOVIES[1:], library, way=pretend, shard=Shard(1, 3)))
    assert told(library) == names[1:], "a film that is gone is told of"


def test_a_shard_repairs_a_damaged_manifest(library: Library) -> None:
    for damage in ("{", '{"movies": 3}', "[1]", '{"movies": [{"movie": "x"}]}'):
        library.prepare()
        (library.root / "manifest.json").write_text(damage)
        list(many.run(MOVIES, library, way=pretend, shard=Shard(1, 2)))
        assert told(library) == [movie.movie for movie in Shard(1, 2).members(MOVIES)]
        assert library.manifest()["complete"] is False


def test_a_plain_run_tells_of_its_movies_only(library: Library) -> None:
    library.prepare()
    write_json(library.root / "manifest.json", {"movies": [{"director": "D", "movie": "gone", "status": "ok"}]})
    run = many.run(MOVIES[:5], library, way=pretend)
    assert next(run).movie == "Film 4"
    run.close()
    assert (told(library), library.manifest()["complete"]) == (["Film 4"], False)
    list(many.run(MOVIES[:5], library, way=pretend))
    assert (told(library), library.manifest()["complete"]) == ([f"Film {n}" for n in range(5)], True)


def test_only_what_would_do_the_same_work_is_refused(library: Library) -> None:
    with held(library.root, "analyse", shared=True), held(library.root, "analyse-1-of-2"):
        assert list(many.run(MOVIES[:4], library, way=pretend, shard=Shard(2, 2)))
        for shard in (None, Shard(1, 2)):
            with pytest.raises(LibraryError, match="under way here in another process"):
                list(many.run(MOVIES, library, way=pretend, shard=shard))


def test_who_listens_is_chosen_once(library: Library) -> None:
    assert many.way_of() is many.here
    with pytest.raises(InputError, match="--workers and --scheduler: give one of them"):
        many.way_of(2, "tcp://here:1")
    for address in ("here", "here:1", "tcp://here", "tcp://:1x"):
        with pytest.raises(InputError, match=r"--scheduler: .* is no address; give tcp://HOST:PORT"):
            many.way_of(scheduler=address)


def test_a_fault_of_ours_costs_one_movie(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Outcome:
        raise ValueError("shapes (3,) and (4,)\ndo not fit")

    monkeypatch.setattr(pipeline, "_analyse", broken)
    [outcome] = many.run(MOVIES[:1], library)
    assert outcome.reason == f"{MOVIES[0].path}: ValueError: shapes (3,) and (4,) do not fit (a fault of this program: please report it)"
