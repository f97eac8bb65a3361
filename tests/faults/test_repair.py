"""What `leitmotif check` names, the command it tells of repairs, and the library is as before."""

import os
import shutil
from pathlib import Path

import pytest

from analysis.library import MOVIE_TABLES, PROFILE, PROVENANCE, Library
from tests.faults.killing import Commands, assert_whole, content

FILM = "movies/Ada Vorn/=Chords"


@pytest.fixture(scope="module")
def done(commands: Commands, films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with everything."""
    library = tmp_path_factory.mktemp("done") / "library"
    for command in ("metadata", "analyse", "analyse"):  # the second time, all is skipped
        assert commands.run(command, films, "--library", library, "--json", root=library).status == 0
    return library


def flip(path: Path) -> None:
    """Change one bit, as a disk that forgets: size and time of change stay."""
    stat, whole = path.stat(), bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("damage", [flip, cut])
@pytest.mark.parametrize(
    ("repair", "files"),
    [
        ("analyse", [*(f"{FILM}/{name}" for name in (*MOVIE_TABLES, PROFILE, PROVENANCE)), "enhanced.csv", "manifest.json"]),
        ("metadata", ["metadata.csv", "metadata.json"]),
    ],
)
def test_what_is_named_is_repaired(
    commands: Commands, films: Path, done: Path, tmp_path: Path, repair: str, files: list[str], damage
) -> None:
    library = tmp_path / "library"
    for file in files:
        shutil.rmtree(library, ignore_errors=True)
        shutil.copytree(done, library)
        damage(library / file)
        named = commands.run("check", "--library", library, root=library)
        assert named.status == 1, file
        assert commands.run(repair, films, "--library", library, "--json", root=library).status == 0
        (library / "metadata.damaged.json").unlink(missing_ok=True)
        assert_whole(Library(library))
        assert content(library) == content(done), file
