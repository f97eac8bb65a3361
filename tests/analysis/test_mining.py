from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from analysis import groups, mining
from analysis.dataset import COLUMNS, TEXT_COLUMNS
from errors import InputError
from models.labels import GENRES


def films(count: int = 24, seed: int = 0) -> pd.DataFrame:
    """An enhanced dataset of invented films; the last has no music, the first no metascore."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({column: ([""] if column in TEXT_COLUMNS else [0.0]) * count for column in COLUMNS})
    table["movie"] = [f"Film {i}" for i in range(count)]
    table["director"] = [("Ada", "Bo", "Cy")[i % 3] for i in range(count)]
    table["year"] = pd.array(1960 + rng.integers(0, 50, count), dtype="Int64")
    table["rating"] = rng.integers(40, 95, count) / 10
    table["metascore"] = table["rating"] * 9 + rng.normal(0, 3, count)
    table["countries"] = [("France", "France, Italy", "Japan")[rng.integers(3)] for _ in range(count)]
    table["movie_genres"] = [("Crime, Drama", "Comedy", "Drama")[rng.integers(3)] for _ in range(count)]
    table[list(GENRES)] = rng.dirichlet(np.ones(len(GENRES)), count) * 100
    table[list(mining.SOUNDS)] = rng.dirichlet(np.ones(3), count) * 100
    for attribute, levels in (("danceability", 3), ("energy", 3), ("valence", 3)):
        classes = mining.ATTRIBUTES[attribute]
        table[attribute] = [classes[i] for i in rng.integers(0, levels, count)]
    table.loc[0, "metascore"] = np.nan
    table.loc[count - 1, list(GENRES)] = 0.0
    table.loc[count - 1, ["danceability", "valence", "energy"]] = ""
    return table


# --- encoding ---------------------------------------------------------------------------------------------------


def test_the_thesis_encoding_puts_scores_on_one_scale_and_levels_and_combinations_to_integers() -> None:
    table = films()
    table.loc[1, ["danceability", "valence", "energy"]] = ["low", "neutral", "high"]
    encoded = mining.encode(table, "thesis")
    assert encoded.numbers.loc[0, "metascore"] == encoded.numbers.loc[0, "rating"] == table.loc[0, "rating"] * 10
    assert encoded.filled == 1
    assert encoded.numbers.loc[2, "metascore"] == table.loc[2, "metascore"]
    assert encoded.numbers.loc[1, ["danceability", "valence", "energy"]].tolist() == [0, 1, 2]
    assert encoded.words["director"] == ("Ada", "Bo", "Cy") and encoded.numbers["director"].tolist() == [0, 1, 2] * 8
    assert encoded.words["countries"] == ("France", "France Italy", "Japan")
    codes = encoded.numbers["movie_genres"].astype(int)
    assert [encoded.words["movie_genres"][code] for code in codes] == table["movie_genres"].str.replace(", ", " ").tolist()


def test_only_music_genres_over_twenty_percent_are_kept() -> None:
    table = films(4)
    table[list(GENRES)] = 0.0
    table.loc[0, ["rock", "jazz", "pop"]] = [45.0, 35.0, 20.0]
    table.loc[1, list(GENRES)] = 10.0
    table.loc[2, "jazz"] = 100.0
    kept = mining.main_genres(table)
    assert kept[:3].tolist() == ["rock jazz", "none", "jazz"] and pd.isna(kept[3])


def test_what_is_not_known_stays_unknown_but_the_metascore() -> None:
    table = films()
    table.loc[3, ["countries", "movie_genres"]] = ""
    table.loc[3, ["rating", "metascore", "year"]] = [np.nan, np.nan, pd.NA]
    for method in mining.ENCODINGS:
        numbers = mining.encode(table, method).numbers
        assert numbers.loc[3, ["rating", "metascore", "year"]].isna().all()
        assert numbers.loc[23, ["danceability", "valence", "energy"]].isna().all()
        unknown = ["countries", "movie_genres"] if method == "thesis" else ["country: France", "film genre: Drama"]
        assert numbers.loc[3, unknown].isna().all() and numbers.loc[4, unknown].notna().all()
    assert np.isnan(mining.encode(table, "sound").numbers.loc[0, "metascore"])


def test_the_sounder_encoding_has_a_column_for_each_frequent_director_genre_and_country() -> None:
    table = films()
    table.loc[5, "director"] = "Once"
    encoded = mining.encode(table, "sound")
    assert {"director: Ada", "film genre: Drama", "film genre: Crime", "country: Italy"} <= encoded.yes_no
    assert "director: Once" not in encoded.columns and "director" not in encoded.columns
    assert encoded.numbers["film genre: Drama"].tolist() == table["movie_genres"].str.contains("Drama").astype(float).tolist()


def test_frequent_composers_are_columns_of_the_sounder_encoding_and_those_unknown_stay_so() -> None:
    table = films().assign(composer=["Legrand", "Burwell, Coen", ""] * 8)
    encoded = mining.encode(table, "sound")
    assert {"composer: Legrand", "composer: Burwell, Coen"} <= encoded.yes_no
    assert encoded.numbers.loc[:2, "composer: Legrand"].fillna(-1).tolist() == [1, 0, -1]
    without = mining.encode(table.assign(composer=""), "sound")
    assert not any(column.startswith("composer") for column in [*without.columns, *mining.encode(table, "thesis").columns])
    maps = [mining.project(numbers, "metadata").points[["x", "y"]].to_numpy() for numbers in (encoded, without)]
    np.testing.assert_array_equal(*maps)


def test_an_unknown_encoding_or_column_is_named() -> None:
    with pytest.raises(InputError, match="'other' is not known"):
        mining.encode(films(), "other")
    with pytest.raises(InputError, match="'colour' is not in this encoding"):
        mining.spearman(mining.encode(films()), ["year", "colour"])


# --- correlation ------------------------------------------------------------------------------------------------


def test_spearman_is_scipys_over_the_films_that_have_both() -> None:
    encoded = mining.encode(films(40))
    columns = ["director", "year", "rating", "metascore", "energy", "jazz", "music_genres"]
    found = mining.spearman(encoded, columns)
    for one in columns:
        for other in columns:
            both = encoded.numbers[[one, other]].T.drop_duplicates().T.dropna() if one == other else encoded.numbers[[one, other]].dropna()
            assert found.n.loc[one, other] == len(both)
            if one != other:
                expected = stats.spearmanr(both[one], both[other])
                assert found.rho.loc[one, other] == pytest.approx(expected.statistic)
                assert found.p.loc[one, other] == pytest.approx(expected.pvalue)


def test_a_perfect_and_a_constant_column() -> None:
    encoded = mining.encode(films(6))
    numbers = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 6], "up": [1.0, 4, 9, 16, 25, 36], "flat": [1.0] * 6, "rare": [1.0, 2] + [np.nan] * 4})
    found = mining.spearman(replace(encoded, numbers=numbers), list(numbers))
    assert (found.rho.loc["a", "up"], found.p.loc["a", "up"]) == (1, 0)
    assert found.rho["flat"].isna().all()
    assert np.isnan(found.rho.loc["a", "rare"]) and found.n.loc["a", "rare"] == 2


def test_yes_and_no_against_numbers_is_rank_biserial_with_mann_whitney() -> None:
    encoded = mining.encode(films(40), "sound")
    found = mining.spearman(encoded, ["director: Ada", "rating", "film genre: Drama"])
    is_ada = encoded.numbers["director: Ada"] == 1
    inside, outside = encoded.numbers.loc[is_ada, "rating"], encoded.numbers.loc[~is_ada, "rating"]
    wins = np.sign(inside.to_numpy()[:, None] - outside.to_numpy()[None, :]).mean()
    assert found.rho.loc["rating", "director: Ada"] == found.rho.loc["director: Ada", "rating"] == pytest.approx(wins)
    assert found.p.loc["rating", "director: Ada"] == pytest.approx(stats.mannwhitneyu(inside, outside).pvalue)
    phi = np.corrcoef(encoded.numbers["director: Ada"], encoded.numbers["film genre: Drama"])[0, 1]
    assert found.rho.loc["film genre: Drama", "director: Ada"] == pytest.approx(phi)
    assert [found.name("rating", c) for c in ("rating", "director: Ada")] == ["rho", "rank-biserial r"]


def test_rank_biserial_says_nothing_without_two_sides() -> None:
    numbers = pd.Series([1.0, 2.0, 3.0])
    for group, values in (([1, 1, 1], numbers), ([1, 0, 0], numbers * 0), ([1, np.nan, np.nan], numbers)):
        assert np.isnan(mining.rank_biserial(pd.Series(group, dtype=float), values)).all()
    assert mining.rank_biserial(pd.Series([0.0, 0.0, 1.0]), numbers)[0] == 1


def test_the_clustered_order_puts_related_columns_beside_each_other() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 50))
    numbers = pd.DataFrame({"a1": a, "b1": b, "a2": -a + rng.normal(0, 0.1, 50), "flat": 1.0, "b2": b + rng.normal(0, 0.1, 50)})
    rho = mining.spearman(mining.Encoded(numbers, numbers), list(numbers)).rho
    order = mining.clustered(rho)
    assert sorted(order) == sorted(numbers) and list(rho) == list(numbers)
    assert abs(order.index("a1") - order.index("a2")) == abs(order.index("b1") - order.index("b2")) == 1
    assert mining.clustered(rho.loc[["a1", "b1"], ["a1", "b1"]]) == ["a1", "b1"]


def test_the_strongest_pairs_come_first_and_once() -> None:
    found = mining.spearman(mining.encode(films(30)), ["rating", "metascore", "year", "jazz"])
    pairs = mining.strongest(found)
    assert len(pairs) == 6 and {pairs.loc[0, "one"], pairs.loc[0, "other"]} == {"rating", "metascore"}
    assert pairs["rho"].abs().is_monotonic_decreasing and len(mining.strongest(found, 2)) == 2


def test_p_values_are_corrected_for_their_number() -> None:
    p = [0.01, np.nan, 0.04, 0.03, 0.9]  # of four tests: the smallest times 4/1, the next times 4/2, and none above a larger one's
    np.testing.assert_allclose(mining.corrected(p), [0.04, np.nan, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.9])
    assert np.isnan(mining.corrected([np.nan])).all() and mining.corrected([]).size == 0
    found = mining.spearman(mining.encode(films(30), "sound"), ["rating", "metascore", "year", "jazz", "director: Ada"])
    pairs = mining.strongest(found)
    np.testing.assert_allclose(pairs["q"], stats.false_discovery_control(pairs["p"]))
    assert (pairs["q"] >= pairs["p"]).all() and list(pairs) == ["one", "other", "name", "rho", "p", "q", "n"]


def test_of_unrelated_columns_hardly_any_pair_holds() -> None:
    numbers = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 20))).rename(columns=str)
    pairs = mining.strongest(mining.spearman(mining.Encoded(numbers, numbers), list(numbers)))
    assert (pairs["p"] < 0.05).sum() > 3 and (pairs["q"] < 0.05).sum() == 0


# --- projection -------------------------------------------------------------------------------------------------


def test_a_projection_is_scikit_learns_and_loadings_are_correlations() -> None:
    encoded = mining.encode(films(30))
    found = mining.project(encoded, "music")
    whole = encoded.numbers[list(mining.MUSIC)].dropna()
    pca = PCA(2)
    expected = pca.fit_transform(StandardScaler().fit_transform(whole))
    assert np.abs(found.points[["x", "y"]].to_numpy()) == pytest.approx(np.abs(expected))
    assert found.explained == pytest.approx(pca.explained_variance_ratio_)
    assert found.points.index.tolist() == whole.index.tolist()
    for row in found.loadings.itertuples():
        axis = found.points["x" if row.axis == "music 1" else "y"]
        assert row.loading == pytest.approx(np.corrcoef(whole[row.feature], axis)[0, 1])


def test_both_is_metadata_across_and_music_up() -> None:
    encoded = mining.encode(films(30))
    both, music, metadata = (mining.project(encoded, features) for features in ("both", "music", "metadata"))
    assert both.axes == ("metadata 1", "music 1")
    assert np.abs(both.points["y"].to_numpy()) == pytest.approx(np.abs(music.points["x"].to_numpy()))
    assert both.explained[1] == pytest.approx(music.explained[0])
    assert set(metadata.loadings["feature"]) == set(mining.METADATA)
    assert both.left_out["movie"].tolist() == ["Film 29"]
    sound = mining.project(mining.encode(films(30), "sound"), "metadata")
    assert "film genre: Drama" in set(sound.loadings["feature"]) and not any("director" in f for f in sound.loadings["feature"])


@pytest.mark.parametrize(("by", "never"), [("genre", "film genre: "), ("genre", "movie_genres"), ("decade", "year"), ("country", "countr")])
def test_a_map_does_not_know_the_groups_it_is_to_tell_apart(by: str, never: str) -> None:
    for method in mining.ENCODINGS:
        features = set(mining.project(mining.encode(films(30), method), "metadata", by).loadings["feature"])
        assert not any(feature.startswith(never) for feature in features) and "rating" in features
    known = {feature for m in mining.ENCODINGS for feature in mining.project(mining.encode(films(30), m), "both").loadings["feature"]}
    assert any(feature.startswith(never) for feature in known)


def test_the_films_of_a_map_know_their_groups() -> None:
    points = mining.project(mining.encode(films(30).assign(composer="Legrand")), "music").points
    assert list(points) == ["movie", *groups.GROUPINGS, "x", "y"]
    assert points.loc[0, "composer"] == "Legrand" and points.loc[0, "decade"].endswith("0s")


def test_constant_features_are_left_out_and_named() -> None:
    table = films(12).assign(metal=0.0, rating=7.0, metascore=70.0)
    found = mining.project(mining.encode(table), "both")
    assert set(found.constant) == {"metal", "rating", "metascore"} and np.isfinite(found.points[["x", "y"]]).all(axis=None)


def test_what_cannot_be_projected_is_said() -> None:
    with pytest.raises(InputError, match="2 of 3 films have all these features"):
        mining.project(mining.encode(films(3)), "music")
    same = films(6).assign(rating=7.0, metascore=70.0, countries="Peru", movie_genres="Drama")
    with pytest.raises(InputError, match="metadata: 1 features differ"):
        mining.project(mining.encode(same), "metadata")
    with pytest.raises(InputError, match="'all' are not known"):
        mining.project(mining.encode(films()), "all")


# --- decision surface -------------------------------------------------------------------------------------------


def iris() -> pd.DataFrame:
    data = load_iris()
    names = np.array(data.target_names)[data.target]
    return pd.DataFrame({"movie": "m", "director": names, "x": data.data[:, 2], "y": data.data[:, 3]})


@pytest.mark.parametrize("kernel", mining.KERNELS)
def test_a_surface_tells_what_can_be_told(kernel: str) -> None:
    found = mining.surface(iris(), ["setosa", "versicolor", "virginica"], kernel, steps=40)
    assert found.accuracy is not None and found.accuracy > 0.85 and found.chance == pytest.approx(1 / 3)
    assert found.interval is not None and found.interval[0] < found.accuracy < found.interval[1]
    assert sum(found.right) == round(found.accuracy * 150) and found.folds == 5
    assert found.regions.shape == (40, 40) and set(np.unique(found.regions)) == {0, 1, 2}
    corner = found.regions[0, 0]
    assert found.groups[corner] == "setosa"


def test_chance_stays_chance() -> None:
    points = iris()
    points["director"] = np.random.default_rng(0).permutation(points["director"])
    found = mining.surface(points, ["setosa", "versicolor", "virginica"])
    assert found.interval is not None and found.interval[0] < found.chance


def test_small_classes_get_fewer_folds_or_no_accuracy() -> None:
    points = iris().iloc[[0, 1, 2, 50, 51, 52, 53, 100]]
    few = mining.surface(points, ["setosa", "versicolor"])
    assert few.folds == 3 and few.accuracy is not None and few.chance == pytest.approx(4 / 7)
    one = mining.surface(points, ["setosa", "virginica"])
    assert one.accuracy is None and one.interval is None and one.too_few == ("virginica",)


def test_a_surface_tells_any_groups_and_leaves_out_films_of_none() -> None:
    points = iris().rename(columns={"director": "composer"})
    points.loc[:9, "composer"] = groups.OF_NOBODY
    found = mining.surface(points, ["setosa", "versicolor", ""], by="composer", steps=20)
    assert (found.by, found.groups, len(found.points)) == ("composer", ("setosa", "versicolor"), 90)
    with pytest.raises(InputError, match="0 of 1 chosen composers have films"):
        mining.surface(points, ["nobody", ""], by="composer")


def test_of_many_films_a_surface_learns_from_some_of_each_group() -> None:
    rng = np.random.default_rng(0)
    points = pd.DataFrame({"decade": ["1990s"] * 4000 + ["2000s"] * 1000 + ["2010s"] * 8, "x": rng.normal(size=5008)})
    points["y"] = (points["decade"] == "2000s") * 3 + rng.normal(size=5008)
    found = mining.surface(points, ["1990s", "2000s", "2010s"], "poly", 100, by="decade")
    assert found.films == 5008 and found.points["decade"].value_counts().to_dict() == {"1990s": 240, "2000s": 60, "2010s": 5}
    assert found.accuracy is not None and found.accuracy > found.chance and found.points.index.is_monotonic_increasing
    pd.testing.assert_frame_equal(found.points, mining.surface(points, ["1990s", "2000s", "2010s"], by="decade").points)
    few = mining.surface(points.head(80).assign(decade=["a", "b"] * 40), ["a", "b"], by="decade")
    assert few.films == len(few.points) == 80 and few.regions.shape == (120, 120)


def test_a_surface_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="1 of 2 chosen directors have films"):
        mining.surface(iris(), ["setosa", "nobody"])
    with pytest.raises(InputError, match="kernel 'tanh'"):
        mining.surface(iris(), ["setosa", "virginica"], "tanh")
    with pytest.raises(InputError, match="C above 0"):
        mining.surface(iris(), ["setosa", "virginica"], c=0)


def test_wilsons_interval_is_scipys() -> None:
    expected = stats.binomtest(7, 9).proportion_ci(method="wilson")
    assert mining.wilson(7 / 9, 9) == pytest.approx((expected.low, expected.high))


def test_the_thesis_sets_are_found_by_the_librarys_own_names() -> None:
    names = ["Christopher Nolan", "Clint Eastwood", "Pedro Almodóvar", "Roman Polanski", "Joel Coen", "Alfred Hitchcock"]
    assert mining.thesis_sets(names) == [["Christopher Nolan", "Clint Eastwood", "Pedro Almodóvar"]]
    assert ["Alfred Hitchcock", "Joel Coen", "Peter Jackson", "Roman Polanski"] in mining.thesis_sets([*names, "Peter Jackson"])
    assert mining.thesis_sets([]) == []


@pytest.mark.parametrize(("films", "steps"), [(12, 1000), (40, 4), (200, 1000), (200, 6), (30, 1)])
def test_many_groups_at_once_are_tested_as_each_by_itself(films: int, steps: int) -> None:
    rng = np.random.default_rng(films)
    values = pd.Series(rng.integers(steps, size=films) if steps < 1000 else rng.permutation(films)).astype(float)
    values[rng.random(films) < 0.1] = np.nan
    groups = pd.DataFrame({f"g{i}": (rng.random(films) < share).astype(float) for i, share in enumerate((0.0, 0.05, 0.3, 0.5, 1.0))})
    groups.loc[rng.random(films) < 0.2, ["g2", "g3"]] = np.nan
    r, p = mining._rank_biserials(groups, values)
    alone = np.array([mining.rank_biserial(groups[name], values) for name in groups])
    np.testing.assert_allclose(r, alone[:, 0], atol=1e-12)
    np.testing.assert_allclose(p, alone[:, 1], atol=1e-12)
