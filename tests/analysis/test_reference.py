"""The reference library: how it is made, and that the one that is shipped is of the shipped models."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import checking, dataset, pipeline, reference
from analysis.library import Library
from data import REFERENCE
from errors import LibraryError
from models import registry
from scrapers import records
from scrapers.reference_films import Recording
from tests.conftest import WriteMedia

needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="data/reference is not there")


@dataclass(frozen=True)
class Film:
    movie: str
    recordings: tuple[Recording, ...]
    director: str = "Director"
    key: str = "film_scores/film"
    dialogue: bool = False
    record: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def built(tmp_path: Path, write_media: WriteMedia) -> Library:
    rng = np.random.default_rng(0)
    silence, noise = np.zeros(12 * 8000, np.float32), rng.normal(0, 0.2, 15 * 8000).astype(np.float32)
    tune = sum(0.1 * np.sin(2 * np.pi * f * np.arange(15 * 8000) / 8000) for f in (220.0, 277.2, 329.6, 440.0)).astype(np.float32)
    paths = [write_media(tmp_path / f"{n}.wav", sound, rate=8000) for n, sound in enumerate((tune, silence, tune, noise))]
    recordings = tuple(Recording(path.stem, path, "score", "Somebody", 1 + n // 2, True) for n, path in enumerate(paths))
    film = Film("Film", recordings, record=records.record("Film", "Director", {"year": 1999, "composer": ["Somebody"]}, {}))
    library = Library(tmp_path / "reference")
    reference.build([film], library, records.table)
    return library


def test_excerpts_stand_end_to_end_and_each_was_heard_by_itself(built: Library, tmp_path: Path) -> None:
    seconds, windows, segments = (built.table("Director", "Film", name) for name in ("seconds", "windows", "segments"))
    assert list(seconds["second"]) == list(range(15 + 12 + 15 + 15))
    alone = pipeline.analyse_signal(_sound(tmp_path / "2.wav"))
    pd.testing.assert_frame_equal(seconds.iloc[27:42].drop(columns="second").reset_index(drop=True), alone[0].drop(columns="second"))
    here = windows[windows["start"].between(27, 41)]
    assert len(here) == len(alone[1]) > 0
    assert list(here["start"] - 27) == list(alone[1]["start"])
    assert list(segments["segment"]) == list(range(len(segments)))
    assert set(windows["segment"]) == set(segments["segment"])
    inside = [(0, 15), (15, 27), (27, 42), (42, 57)]
    assert all(
        any(low <= start and end <= high for low, high in inside) for start, end in zip(segments["start"], segments["end"], strict=True)
    )


def test_it_is_a_library_like_any_other(built: Library) -> None:
    assert checking.check(built, records.table) == []
    row = dataset.read(built).iloc[0]
    assert (row["composer"], row["year"], row["duration"]) == ("Somebody", 1999, 57)
    profile = built.profile("Director", "Film")
    assert [(e["name"], e["start"], e["end"], e["cue"]) for e in profile["excerpts"]] == [
        ("0", 0, 15, "score"), ("1", 15, 27, "score"), ("2", 27, 42, "score"), ("3", 42, 57, "score")
    ]  # fmt: skip
    likely = list(profile["film_genres"].values())
    assert likely == sorted(likely, reverse=True)
    assert built.provenance("Director", "Film")["input"]["path"] == "film_scores/film", "a path of this machine"


def test_excerpts_have_rows_of_their_own(built: Library) -> None:
    table = reference.excerpts(built)
    assert list(table["track"]) == [1, 1, 2, 2]
    assert list(table["end"] - table["start"]) == [15, 12, 15, 15]
    assert table.loc[1, "segments"] == 0
    assert table[list(reference.MFCC)].notna().all(axis=None)
    assert np.allclose(table.loc[0, list(reference.MFCC)].astype(float), table.loc[2, list(reference.MFCC)].astype(float))
    assert reference.with_dialogue(built) == set()
    with pytest.raises(LibraryError, match=r"is no reference library"):
        reference.excerpts(Library(built.root / "nowhere"))


def _sound(path: Path) -> np.ndarray:
    from analysis.decoding import decode

    with decode(path)[0] as sound:
        return sound[:]


# --- the one that is shipped --------------------------------------------------------------------------------------


@needs_reference
def test_every_row_is_of_the_shipped_models() -> None:
    library, wanted = Library(REFERENCE), reference.stages()
    remedy = "make it anew: leitmotif reference --data DIR"
    assert reference.about(library)["models"] == {name: registry.card(name)["sha256"] for name in reference.MODELS}, remedy
    assert all(library.provenance(*movie)["stages"] == wanted for movie in library.movies()), remedy


@needs_reference
def test_it_is_whole_and_says_what_it_is() -> None:
    library = Library(REFERENCE)
    assert checking.check(library, records.table) == []
    about, table, excerpts = reference.about(library), dataset.read(library), reference.excerpts(library)
    assert {"title", "text", "made", "command", "from"} <= about.keys()
    assert len(table) == sum(part["films"] for part in about["from"])
    assert len(excerpts) == sum(part["excerpts"] for part in about["from"])
    assert (table["year"].notna() & (table["movie_genres"] != "") & (table["countries"] != "")).all()
    assert list(map(tuple, table[["director", "movie"]].to_numpy())) == library.movies()


@needs_reference
def test_it_holds_results_only_and_no_place_of_a_machine() -> None:
    endings = {path.suffix for path in REFERENCE.rglob("*") if path.is_file() and not path.name.startswith(".")}
    assert endings <= {".parquet", ".json", ".csv", ""}
    assert all(not Path(Library(REFERENCE).provenance(*movie)["input"]["path"]).is_absolute() for movie in Library(REFERENCE).movies())
