"""Whether makers are told if, and only if, there is something to tell them by."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import dataset, makers
from errors import InputError
from tests.analysis.test_similarity import film, table

NAMES = ("Ada", "Bo", "Cy", "Di")
EACH = 6


def films(signal: float, seed: int = 0, **given: Any) -> pd.DataFrame:
    """Films of four directors; energy and tempo follow the director as strongly as asked, all else is noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, name in enumerate(NAMES):
        for n in range(EACH):
            noise = rng.normal(size=6)
            rows.append(
                film(
                    f"{name} {n}", name, genre=tuple(rng.integers(0, 9, 10).tolist()), segments=3, year=2000 + int(8 * noise[4]),
                    rating=6 + noise[5], composer=NAMES[(number + n) % 4], movie_genres=("Drama", "War", "")[n % 3], countries="",
                    energy_mean=0.5 + 0.1 * (signal * number + noise[0]), valence_mean=0.5 + 0.1 * noise[1],
                    danceability_mean=0.5 + 0.1 * noise[2], tempo=110 + 10 * (signal * (number % 2) + noise[3]), beat=0.3, loudness=-20.0,
                    **given,
                )
            )  # fmt: skip
    return table(*rows)


def test_the_closed_form_is_what_refitting_without_the_film_says() -> None:
    rng = np.random.default_rng(1)
    values, codes = rng.normal(size=(12, 5)), np.repeat([0, 1, 2], 4)
    columns, likeness = np.eye(3)[codes], values @ values.T / 5
    fast = makers.left_out(makers.smoother(likeness), columns)
    for out in range(len(codes)):
        kept = np.arange(len(codes)) != out
        inner = likeness[np.ix_(kept, kept)] + makers.RIDGE * np.eye(kept.sum())
        ones = np.ones(kept.sum())
        intercept = (ones @ np.linalg.solve(inner, columns[kept])) / (ones @ np.linalg.solve(inner, ones))
        slow = intercept + likeness[out, kept] @ np.linalg.solve(inner, columns[kept] - intercept)
        np.testing.assert_allclose(fast[out], slow, atol=1e-10)


def test_makers_with_a_manner_of_their_own_are_told_and_by_what_is_said() -> None:
    report = makers.tell(films(4.0), permutations=200)
    music, metadata, both = report.answers
    assert report.makers == dict.fromkeys(NAMES, EACH)
    assert (report.films, report.baseline, report.left_out) == (24, 0.25, 0)
    assert music.accuracy > 0.6 and music.p == pytest.approx(1 / 201)
    assert music.interval[0] < music.accuracy < music.interval[1]
    assert metadata.p > 0.05, "there is nothing in it"
    assert metadata.accuracy < both.accuracy < music.accuracy
    assert {one.feature for one in music.importances[:2]} == {"energy", "tempo"}
    assert music.importances[0].drop > 0.1 > abs(music.importances[-1].drop)


def test_noise_tells_nobody() -> None:
    found = [makers.tell(films(0.0, seed), permutations=99).answers[0] for seed in range(12)]
    assert np.mean([answer.accuracy for answer in found]) < 0.4
    assert sum(answer.p <= 0.05 for answer in found) <= 3, "p is not what it says"
    assert all(answer.shuffled == pytest.approx(0.2, abs=0.1) for answer in found)


def test_whose_films_are_taken_for_whose_is_told() -> None:
    report = makers.tell(films(4.0), permutations=9)
    said = makers.mistaken(report, report.answers[0])
    assert list(said["maker"]) == list(NAMES)
    assert said["right"].sum() == round(report.answers[0].accuracy * report.films)
    assert all((row["taken_for"] == "") == (row["right"] == row["films"]) for row in said.to_dict("records"))
    assert all(
        (row["times"] > 0) == (row["taken_for"] != "") and row["times"] <= row["films"] - row["right"] for row in said.to_dict("records")
    )


def test_the_other_maker_gives_nobody_away() -> None:
    for by in makers.MAKERS:
        rows = films(0.0)
        columns = [column for block in makers.features(rows).values() for column in block.columns]
        assert not any(name in column for column in columns for name in (*NAMES, *makers.MAKERS)), by


def test_what_is_not_known_is_the_mean_and_what_does_not_vary_is_no_feature() -> None:
    rows = films(1.0)
    rows.loc[0, ["year", "rating"]] = None
    found = makers.features(rows)
    assert not any("beat" in column or "loudness" in column for column in found["music"])
    assert found["metadata"].loc[0, "year: year"] == 0
    np.testing.assert_allclose(found["music"].mean(), 0, atol=1e-9)
    # A third of the films say nothing of their genres: neither yes nor no.
    assert (found["metadata"].loc[rows["movie_genres"] == "", "film genres: drama"] == 0).all()


def test_films_without_music_and_makers_of_few_films_are_left_out() -> None:
    rows = films(2.0)
    rows.loc[:4, "segments"] = 0
    report = makers.tell(rows, permutations=9)
    assert report.makers == dict.fromkeys(NAMES[1:], EACH)
    assert report.left_out == 1
    assert set(report.films_of["director"]) == set(NAMES[1:])
    assert makers.left_aside(report) == "1 director with fewer films"


def test_where_nothing_is_known_of_the_films_nobody_is_told() -> None:
    rows = films(2.0).assign(year=None, rating=None, movie_genres="")
    metadata = makers.tell(rows.astype({"year": "Int64", "rating": float}), permutations=9).answers[1]
    assert metadata.importances == ()
    assert metadata.accuracy <= 0.25
    assert metadata.p == 1


def test_of_many_films_some_are_drawn() -> None:
    rows = pd.concat([films(2.0, seed) for seed in range(4)], ignore_index=True)
    report = makers.tell(rows, permutations=9)
    assert report.makers == dict.fromkeys(NAMES, makers.MOST_FILMS)
    assert report.films == 4 * makers.MOST_FILMS
    assert makers.left_aside(report) == f"{len(rows) - report.films} films of those who made more than {makers.MOST_FILMS}"


def test_of_many_makers_those_with_the_most_films_are_told_apart() -> None:
    rows = pd.concat([films(1.0, seed).assign(director=lambda table, seed=seed: table["director"] + str(seed)) for seed in range(6)])
    report = makers.tell(rows, permutations=9)
    assert (len(report.makers), report.too_many) == (makers.MOST_MAKERS, 4)
    assert makers.left_aside(report) == "4 directors beyond the 20 with the most films"


def test_p_is_spread_where_there_is_nothing_and_chance_is_what_shuffles_reach() -> None:
    """Of makers without a manner p is as often small as large: under 0.25 in about a quarter."""
    rng = np.random.default_rng(2)
    codes, columns = np.repeat(np.arange(4), 5), np.eye(4)
    values = []
    for _ in range(80):
        features = rng.normal(size=(20, 6))
        fit = makers.smoother(features @ features.T / 6)
        chance = np.array([makers._accuracy(fit, columns, rng.permutation(codes)) for _ in range(99)])
        values.append((1 + (chance >= makers._accuracy(fit, columns, codes) - 1e-12).sum()) / 100)
    assert np.mean(np.array(values) <= 0.05) < 0.15
    assert 0.1 < np.mean(np.array(values) <= 0.25) < 0.4
    assert np.mean(values) == pytest.approx(0.55, abs=0.12)


def test_only_what_nearly_every_shuffle_loses_is_sure() -> None:
    assert makers.Importance("tempo", 0.2, 0.05, 0.1).sure
    assert not makers.Importance("tempo", 0.09, 0.05, 0.1).sure
    assert not makers.Importance("tempo", 0.0, 0.0, 0.0).sure


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "star"}, "by 'star': choose director or composer"),
        ({"fewest": 1}, "ask for 2 or more"),
        ({"fewest": 7}, r"fewer than two directors have 7 films with music here, the most Ada \(6\), Bo \(6\), Cy \(6\)"),
    ],
)
def test_what_cannot_be_asked_is_said(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        makers.tell(films(1.0), **options)
    with pytest.raises(InputError, match="no composer of a film with music is known;"):
        makers.tell(films(1.0).assign(composer=""), "composer")


def test_it_reads_every_column_it_needs_from_a_dataset() -> None:
    assert set(films(1.0).columns) == set(dataset.COLUMNS)
