"""The recommender of docs/recommenders.md does what the page says."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from analysis import dataset, forms, items
from analysis.library import Library
from data import REFERENCE
from tests.dashboard import fake_library
from tests.dashboard.fake_library import SILENT

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/recommend.py"


@pytest.fixture(scope="module")
def recommend() -> ModuleType:
    spec = spec_from_file_location("recommend", EXAMPLE)
    assert spec and spec.loader
    spec.loader.exec_module(module := module_from_spec(spec))
    return module


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return dataset.read(fake_library.build(tmp_path_factory.mktemp("recommend") / "films"))


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    if not REFERENCE.is_dir():
        pytest.skip("needs the reference library")
    return dataset.read(Library(REFERENCE))


def run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(EXAMPLE), str(path), *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_five_other_films_are_named_with_what_is_shared(table: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    forms.write(table, tmp_path / f"items.{ending}", "items")
    done = run(tmp_path / f"items.{ending}", "The Quiet Engine")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and len(lines) == 5 and not any("The Quiet Engine" in line for line in lines)
    assert sorted(lines, key=lambda line: -float(line.split()[0])) == lines
    assert all(any(f"{sign}{block}:" in line for sign in "+-" for block in ("music", "metadata")) for line in lines[:2])


def test_it_runs_on_real_films(real: pd.DataFrame, tmp_path: Path) -> None:
    forms.write(real, tmp_path / "items.parquet", "items")
    assert len(run(tmp_path / "items.parquet", "WALL·E", "0.7").stdout.splitlines()) == 5
    assert "has no film called 'Nowhere'" in run(tmp_path / "items.parquet", "Nowhere").stderr


def test_makers_and_popularity_have_no_say(recommend: ModuleType, table: pd.DataFrame) -> None:
    matrix = items.matrix(table)
    assert matrix.columns.str.startswith(recommend.LEFT_OUT).any()
    assert not recommend.scaled(matrix).columns.str.startswith(recommend.LEFT_OUT).any()


def test_music_and_metadata_weigh_what_they_are_told(recommend: ModuleType, real: pd.DataFrame) -> None:
    features = recommend.scaled(items.matrix(real), 0.7)
    spread = (features**2).mean().groupby(features.columns.str.partition(":").get_level_values(0)).sum()
    assert abs(spread["music"] - 0.7) < 0.02 and abs(spread["metadata"] - 0.3) < 0.02


def test_a_film_without_music_is_compared_by_what_is_known(recommend: ModuleType, table: pd.DataFrame) -> None:
    features = recommend.scaled(items.matrix(table))
    silent = int(np.flatnonzero(table["movie"] == SILENT)[0])
    assert np.isfinite(features).all(axis=None) and features.iloc[silent].filter(like="music:genre:").eq(0).all()
    assert len(recommend.nearest(features, silent)) == 5


def test_music_alone_finds_more_of_the_genre_than_chance(recommend: ModuleType, real: pd.DataFrame) -> None:
    """The table of docs/recommenders.md, its row of music only."""
    kinds = [set(text.split(", ")) for text in real["movie_genres"]]
    common = np.array([[len(one & other) / len(one | other) for other in kinds] for one in kinds])
    features = recommend.scaled(items.matrix(real), 1.0)
    found = np.mean([common[film, other] for film in range(len(real)) for other, _ in recommend.nearest(features, film)])
    chance = (common.sum() - len(real)) / (len(real) * (len(real) - 1))
    assert found > chance + 0.01
