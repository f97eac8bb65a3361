from pathlib import Path

import numpy as np
import pandas as pd

from analysis import aggregation, dataset
from analysis.library import Library
from benchmarks import big_library
from dashboard import data
from models.labels import ATTRIBUTES, SOUND_CLASSES


def test_a_made_library_has_as_many_films_as_asked_for(made: Library) -> None:
    table = dataset.read(made)
    assert len(made.movies()) == len(table) == len(made.manifest()["movies"]) == len(made.metadata()) == 3
    assert made.movies() == sorted(zip(table["director"], table["movie"], strict=True))


def test_its_segments_are_what_its_windows_agree_on(made: Library) -> None:
    for film in made.movies():
        segments, windows = made.table(*film, "segments"), made.table(*film, "windows")
        voted = aggregation.segments(windows, list(zip(segments["start"], segments["end"], strict=True)), made.table(*film, "seconds"))
        pd.testing.assert_frame_equal(segments, voted, rtol=1e-4)


def test_its_tables_are_of_one_film(made: Library) -> None:
    for film in made.movies():
        seconds, windows, segments = (made.table(*film, name) for name in ("seconds", "windows", "segments"))
        music = np.zeros(len(seconds), bool)
        for start, end in zip(segments["start"], segments["end"], strict=True):
            music[start:end] = True
        assert ((seconds["label"] == "music") == music).all()
        assert len(windows) == segments["windows"].sum() and (windows["start"].diff().dropna() >= 1).all()
        for attribute, classes in {**ATTRIBUTES, "p": SOUND_CLASSES}.items():
            table, prefix = (seconds, "p") if attribute == "p" else (windows, attribute)
            np.testing.assert_allclose(table[[f"{prefix}_{name}" for name in classes]].sum(axis=1), 1, atol=0.01)
        profile = made.profile(*film)
        assert {**profile, **aggregation.profile(seconds, segments)} == profile


def test_it_is_the_same_each_time_and_goes_on_where_it_stopped(made: Library, tmp_path: Path) -> None:
    again = big_library.make(tmp_path / "again", films=3, windows_per_film=120)
    first = again.movies()[0]
    (again.movie_folder(*first) / "profile.json").unlink()
    kept = again.movie_folder(*again.movies()[0]) / "windows.parquet"
    before = kept.stat().st_mtime_ns
    big_library.make(again.root, films=3, windows_per_film=120)
    assert kept.stat().st_mtime_ns == before
    for film in made.movies():
        pd.testing.assert_frame_equal(again.table(*film, "windows"), made.table(*film, "windows"))
    pd.testing.assert_frame_equal(dataset.read(again), dataset.read(made))


def test_directors_have_many_films_and_few() -> None:
    plans = big_library._plans(1000)
    counts = pd.Series([plan.director for plan in plans]).value_counts()
    assert len(plans) == len({(plan.director, plan.movie) for plan in plans}) == 1000
    assert len(counts) == 120 and counts.min() < 4 and counts.max() > 20


def test_the_dashboard_reads_every_film(made: Library) -> None:
    for film in made.movies():
        assert data.film(made, *film).metadata["director_folder"] == film[0]
        assert len(data.segments(made, *film)) == data.film(made, *film).profile["segments"]
        assert len(data.seconds(made, *film)) == data.film(made, *film).profile["duration"]
