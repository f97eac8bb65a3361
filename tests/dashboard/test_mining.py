import io
import json
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
from dash import no_update
from dash._utils import to_json

from analysis import dataset, groups, mining, profiles, spreadsheets
from analysis.library import Library
from dashboard.figures import mining as figures
from dashboard.figures import profiles as profile_figures
from dashboard.theme import director_marks
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_library import FILMS, SILENT, write_film, write_metadata
from tests.dashboard.walk import by_id, components, text

VIEWS = ("correlation", "projection", "surface", "profiles")
TEAM = "Wendy & <b>Lisa</b>, Björk"


def table(films: int, directors: int) -> pd.DataFrame:
    """An enhanced dataset of invented films."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({column: ([""] if column in dataset.TEXT_COLUMNS else [0.0]) * films for column in dataset.COLUMNS})
    frame["movie"], frame["director"] = [f"F{i}" for i in range(films)], [f"D{i % directors:03}" for i in range(films)]
    for column in (*mining.GENRES, *mining.SOUNDS, "rating", "metascore"):
        frame[column] = rng.uniform(1, 9, films)
    frame["year"] = rng.integers(1950, 2020, films)
    frame[["danceability", "energy"]], frame["valence"] = rng.choice(["low", "medium", "high"], (films, 2)), "neutral"
    frame["countries"], frame["movie_genres"] = rng.choice(["Peru", "Mali"], films), rng.choice(["Drama", "Comedy, Crime"], films)
    return frame


def with_composers(library: Library) -> Library:
    """The library with a composer and a team, whose films alternate; those of the first film and of the last are not known."""
    path = library.root / "metadata.json"
    records = json.loads(path.read_text(encoding="utf-8"))
    for number, record in enumerate(records):
        record["composer"] = [["Nino Rota"], TEAM.split(", ")][number % 2] if number else []
    path.write_text(json.dumps(records), encoding="utf-8")
    dataset.write(library)
    return library


def choice_of(page: Any, name: str) -> Any:
    return by_id(page, {"type": "mining-choice", "name": name})


# --- figures ----------------------------------------------------------------------------------------------------


def test_the_heatmap_hovers_with_coefficient_p_and_n() -> None:
    encoded = mining.encode(table(30, 3))
    found = mining.spearman(encoded, ["rating", "metascore", "valence"])
    trace = figures.heatmap(found).data[0]
    assert trace.hovertext[0][1].startswith("<b>rating, metascore</b><br>rho = ") and trace.hovertext[0][1].endswith("n = 30")
    assert "p " in trace.hovertext[0][1] and "constant" in trace.hovertext[2][0]
    assert (figures.p_value(0.0004), figures.p_value(0.0314), figures.signed(-0.5)) == ("< 0.001", "= 0.031", "\u22120.50")


def test_a_pair_says_the_films_and_the_words_of_integers() -> None:
    frame = table(30, 3)
    frame.loc[0, "movie"], frame.loc[1, "rating"] = "<b>Bold & Sons", np.nan
    figure = figures.pair(mining.encode(frame), "rating", "countries", director_marks(frame["director"]))
    assert sum(len(trace.x) for trace in figure.data) == 29
    assert list(figure.layout.yaxis.ticktext) == ["Mali", "Peru"]
    assert figure.data[0].text[0] == "&lt;b&gt;Bold &amp; Sons" and figure.data[0].hovertext[0].startswith("D000<br>countries: ")
    assert figure.data[0].hovertemplate == "<b>%{text}</b><br>%{hovertext}<br>rating: %{x:.6~g}<extra></extra>"


def test_a_director_keeps_the_mark_with_and_without_a_legend() -> None:
    for directors in (3, 40):
        frame = table(120, directors)
        marks = director_marks(frame["director"])
        figure = figures.projection(mining.project(mining.encode(frame), "music"), marks)
        assert {trace.showlegend for trace in figure.data} == {directors == 3}
        assert sum(len(trace.x) for trace in figure.data) == 120
        for trace in figure.data:
            # Beyond the legend a trace has all films of a shape, their colours as numbers on a scale.
            drawn = (
                [trace.marker.color] * len(trace.x) if directors == 3 else [trace.marker.colorscale[2 * i][1] for i in trace.marker.color]
            )
            assert [marks[frame["director"][row]] for row in trace.customdata] == [(colour, trace.marker.symbol) for colour in drawn]


def test_loadings_share_features_or_stand_above_each_other() -> None:
    encoded = mining.encode(table(30, 3))
    together, apart = (figures.loadings(mining.project(encoded, features)) for features in ("music", "both"))
    assert together.data[0].y == together.data[1].y and len(together.data[0].y) == figures.MOST_LOADINGS - 1
    assert set(apart.data[0].customdata) == {"rating", "metascore", "countries", "year", "movie genres"}


def test_the_ground_of_a_surface_has_the_directors_colours_in_a_lighter_tone() -> None:
    frame = table(60, 4)
    marks = director_marks(frame["director"])
    projected = mining.project(mining.encode(frame))
    found = mining.surface(projected.points, ["D001", "D003"], steps=20)
    ground, *points = figures.surface(found, projected, marks).data
    assert {colour for _, colour in ground.colorscale} == {marks["D001"].colour, marks["D003"].colour} and ground.opacity < 0.5
    assert [trace.name for trace in points] == ["D001", "D003"]


def test_a_map_of_other_groups_has_their_marks_and_neutral_ones_below() -> None:
    frame = table(60, 3).assign(composer=["Rota", "Morricone", ""] * 20)
    marks = figures.group_marks(frame["composer"])
    assert {name: mark for name, mark in marks.items() if name} == director_marks(["Rota", "Morricone"])
    below, *above = figures.projection(mining.project(mining.encode(frame), "music"), marks, "composer").data
    assert (below.name, below.marker.symbol, len(below.x)) == ("composer not known", "circle-open", 20)
    assert [(trace.name, trace.marker.color) for trace in above] == [(name, marks[name].colour) for name in ("Morricone", "Rota")]
    assert above[1].hovertext[0] == "D000<br>composer: Rota" and below.hovertext[0] == "D002<br>composer: not known"


def test_films_of_nobody_stay_neutral_beyond_the_legend() -> None:
    frame = table(90, 3).assign(composer=[f"C{i % 30:02}" if i % 10 else "" for i in range(90)])
    marks = figures.group_marks(frame["composer"])
    below, *above = figures.projection(mining.project(mining.encode(frame), "music"), marks, "composer").data
    assert (len(below.x), below.showlegend, below.marker.color) == (9, True, marks[""].colour)
    assert not any(trace.showlegend for trace in above) and sum(len(trace.x) for trace in above) == 81


def test_long_names_are_cut_in_a_legend() -> None:
    frame = table(30, 3).assign(composer="An Orchestra of Many Composers, and of Some More")
    found = mining.project(mining.encode(frame), "music")
    assert figures.projection(found, figures.group_marks(frame["composer"]), "composer").data[0].name == "An Orchestra of Many Composers,…"


def test_shades_are_mean_shares_and_dots_have_intervals() -> None:
    found = profiles.profiles(table(30, 4).assign(duration=7200.0), "director", ["D002", "D000"])
    blocks = profile_figures.shades(found).data
    assert [len(block.x) for block in blocks] == [3, 10, 3, 3, 3]
    assert blocks[1].text[0][4] == f"{found.mean.loc['D002', 'jazz']:.0f}"
    assert blocks[1].hovertext[0][4].startswith("<b>D002</b><br>genre: jazz") and blocks[1].hovertext[0][4].endswith("n = 7")
    figure = profile_figures.dots(found, figures.group_marks(["D000", "D001", "D002"]))
    assert [trace.marker.symbol for trace in figure.data] == [figures.group_marks(["D000", "D001", "D002"])[g].shape for g in found.groups]
    assert list(figure.layout.yaxis.ticktext) == ["D002 (7)", "D000 (8)"] * 3 and list(figure.data[1].y) == [1, 4, 7]
    bars = figure.data[0].error_x
    mean, low, high = (table.loc["D002", list(profile_figures.VALUES)].to_numpy() for table in (found.mean, found.low, found.high))
    np.testing.assert_allclose([figure.data[0].x, mean - bars.arrayminus, mean + bars.array], [mean, low, high])


def test_features_and_their_amounts_have_words() -> None:
    said = [profile_figures.feature_words(name) for name in ("jazz", "energy_low", "speech_duration", "valence_mean", "tempo")]
    assert said == ["jazz music", "low energy", "speech", "valence", "tempo"]
    assert len({profile_figures.feature_words(name) for name in profiles.FEATURES}) == len(profiles.FEATURES)
    amounts = [profile_figures.amount(*pair) for pair in (("jazz", 12.3), ("valence_mean", 0.456), ("tempo", 101.6), ("loudness", -9.44))]
    assert [amount.replace("\u00a0", " ") for amount in amounts] == ["12 %", "0.46", "102 bpm", "\u22129.4 dB"]
    assert [profile_figures.music(hours).replace("\u00a0", " ") for hours in (0.2, 31.68)] == ["12 min of music", "31.7 h of music"]


# --- page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("encoding", mining.ENCODINGS)
def test_every_view_has_words_for_its_charts(pristine: Library, view: str, encoding: str) -> None:
    with page_of("mining", pristine) as page:
        seen = page.layout(view=view, encoding=encoding, order="clustered")
    json.loads(to_json(seen))
    assert "cannot be shown" not in text(seen) and choice_of(seen, "view").value == view
    charts = [c for c in components(seen) if "chart" in str(getattr(c, "className", "")).split()]
    assert charts and all(len(getattr(c, "aria-label")) > 20 for c in charts)
    assert all(c.style["minHeight"] == c.children[0].style["height"] > 0 for c in charts)


def test_the_correlation_says_its_encoding_n_and_what_chance_would_do(pristine: Library) -> None:
    with page_of("mining", pristine) as page:
        words = text(page.layout())
        assert "rating (times ten) and metascore on one scale" in words and "By chance alone about" in words and "n = " in words
        assert "The same in all films, so without a correlation: rating, metascore, countries" in words
        assert "rank-biserial" in text(page.layout(encoding="sound"))


def test_a_projection_says_what_it_keeps_and_leaves_out(pristine: Library) -> None:
    with page_of("mining", pristine) as page:
        seen = page.layout(view="projection", features="music")
    words = text(seen).replace("\u00a0", " ")
    assert "Map: two axes keep" in words and f"1 film left out for want of a value (films without music have no levels): {SILENT}" in words
    assert "n = 7" in words and "Loadings: music 1 goes with" in words
    assert len(by_id(seen, "mining-films").rowData) == 7


def test_the_metadata_of_films_that_hardly_differ_is_said(pristine: Library) -> None:
    with page_of("mining", pristine) as page:
        assert "metadata: 1 features differ between the films" in text(page.layout(view="projection", features="metadata"))


def test_a_surface_says_why_there_is_no_accuracy(pristine: Library) -> None:
    with page_of("mining", pristine) as page:
        words = text(page.layout(view="surface", features="music", directors=["Ada Vorn", "Łukasz Øster"]))
        assert "Accuracy: cannot be told" in words and "Only one film here by Łukasz Øster" in words
        words = text(page.layout(view="surface", features="music", directors=["Ada Vorn", "Zed"])).replace("\u00a0", " ")
        assert "by chance" in words and "Cross-validated in 2 stratified folds" in words and "chance (60 %)" in words
        assert "A surface" not in words and "needs at least two" in text(page.layout(view="surface", directors="Zed"))


def test_unknown_words_in_the_address_are_taken_as_not_given(pristine: Library) -> None:
    query = {"view": "..", "encoding": "x", "columns": ["<script>"], "pair": ["year", "nothing"], "c": "1e99", "kernel": "tanh"}
    with page_of("mining", pristine) as page:
        seen = page.layout(**query, directors="nobody")
        assert choice_of(seen, "view").value == "correlation" and "<script>" not in to_json(seen)
        assert choice_of(page.layout(view="surface", features="music", c="1e99"), "c").value == "1"
        assert "no library is called" in text(page.layout(library="elsewhere"))


def test_an_empty_library_and_too_few_films_say_what_to_do(empty_library: Library) -> None:
    with page_of("mining", empty_library) as page:
        assert "leitmotif analyse MOVIES --library" in text(page.layout())
        write_film(empty_library, "Zed", FILMS["Zed"][1])
        dataset.write(empty_library)
        for view in VIEWS:
            assert "at least 3 films; this library has 1 film" in text(page.layout(view=view))


def test_films_without_metadata_have_correlations_of_their_music(empty_library: Library) -> None:
    for number in range(4):
        write_film(empty_library, "Zed", f"Part {number}", number)
    dataset.write(empty_library)
    with page_of("mining", empty_library) as page:
        assert "Correlation: strongest between" in text(page.layout())
        assert "0 of 4 films have all these features" in text(page.layout(view="projection"))


@pytest.mark.parametrize("content", [b"", b"movie,director\nA,B\n", b"\xff\xfe\x00"])
def test_a_damaged_dataset_is_named(library: Library, content: bytes) -> None:
    (library.root / "enhanced.csv").write_bytes(content)
    with page_of("mining", library) as page:
        assert "enhanced.csv" in text(page.layout()) and "again" in text(page.layout())


def test_a_changed_dataset_is_seen(library: Library) -> None:
    with page_of("mining", library) as page:
        before = text(page.layout(view="projection", features="music"))
        write_film(library, "Zed", "Another", 5)
        write_metadata(library)
        dataset.write(library)
        assert "n = 8" in text(page.layout(view="projection", features="music")) and "n = 8" not in before


@pytest.mark.parametrize("by", list(groups.GROUPINGS))
@pytest.mark.parametrize("view", ["projection", "surface", "profiles"])
def test_every_grouping_has_its_views(library: Library, view: str, by: str) -> None:
    with page_of("mining", with_composers(library)) as page:
        seen = page.layout(view=view, by=by, features="music")
        words = text(seen)
        assert choice_of(seen, "by").value == by and "cannot be" not in words.replace("cannot be told", "").replace("cannot be tested", "")
        if view != "projection":
            name = {"genre": "genres"}.get(by, groups.PLURALS[by])
            assert choice_of(seen, name).label == groups.PLURALS[by].capitalize() and choice_of(seen, name).value
        json.loads(to_json(seen))


def test_a_surface_of_composers_speaks_of_them(library: Library) -> None:
    with page_of("mining", with_composers(library)) as page:
        seen = page.layout(view="surface", by="composer", features="music", composers=["Nino Rota", TEAM, "nobody"])
        words = text(seen)
        assert choice_of(seen, "composers").value == ["Nino Rota", TEAM]
    assert "Surface: 5 films of 2 composers" in words
    assert "the colour of the composer whose film would lie there" in words and "though without their composers" in words
    assert "composer is not known; their marks are grey and open" in words


def test_the_map_of_a_grouping_says_what_it_does_not_know(pristine: Library) -> None:
    with page_of("mining", pristine) as page:
        said = {by: page._metadata_words(page.Choice.of({"by": by})) for by in groups.GROUPINGS}
    assert said["director"] == said["composer"] == "Countries and film genres enter as integers in alphabetical order, as in the thesis."
    assert said["genre"].startswith("Countries enter as") and said["genre"].endswith(
        "Film genres do not enter: they are what is told apart."
    )
    assert said["decade"].endswith("Years do not enter: they are what is told apart.")


def test_where_nobody_is_known_the_command_is_said(pristine: Library) -> None:
    with page_of("mining", pristine) as page:
        for view in ("surface", "profiles"):
            words = text(page.layout(view=view, by="composer", features="music"))
            assert "No film’s composer is known in this library" in words and "leitmotif metadata MOVIES --library" in words
        assert "Of 7 of these films the composer is not known" in text(page.layout(view="projection", by="composer", features="music"))


def test_profiles_carry_their_finding_and_n(pristine: Library) -> None:
    with page_of("mining", pristine) as page:
        seen = page.layout(view="profiles")
        words = text(seen).replace("\u00a0", " ")
        assert "Profiles: 4 directors, too few films to tell whether they differ" in words and "n = 8 films" in words
        assert "What differs: cannot be tested" in words and "at least two directors with 3 films each" in words
        one = page.layout(view="profiles", directors=["Zed", "<script>"])
        assert choice_of(one, "directors").value == ["Zed"] and "Profiles: 1 director, too few" in text(one)
        decades = page.layout(view="profiles", by="decade")
        assert "1 film left out, its decade is not known" in text(decades)


def test_profiles_say_what_differs(empty_library: Library) -> None:
    for director, seed in (("Ada Vorn", 0), ("Zed", 7)):  # of different genres
        for number in range(12):
            write_film(empty_library, director, f"Film {number}", seed % 3 + number % 3)
    dataset.write(empty_library)
    with page_of("mining", empty_library) as page:
        seen = page.layout(view="profiles")
        words = text(seen).replace("\u00a0", " ")
    assert (
        "music from 0 % (" in words and "(q under 0.05)" in words and "Kruskal-Wallis test of each feature among the 2 directors" in words
    )
    held = [row for row in components(seen) if getattr(row, "className", "") == "held"]
    assert held and all(len(row.children) == 8 for row in held)


def test_the_strongest_pairs_have_q_beside_p(pristine: Library) -> None:
    with page_of("mining", pristine) as page:
        words = text(page.layout())
    assert "after correction for many tests (q under 0.05)" in words and "Benjamini and Hochberg" in words


# --- callbacks --------------------------------------------------------------------------------------------------


def test_a_choice_keeps_the_rest_of_the_address(pristine: Library) -> None:
    with page_of("mining", pristine) as page:
        there = page.address("?library=films&view=surface&directors=A&directors=B+%26+C", kernel="linear")
        assert parse_qs(there.partition("?")[2]) == {
            "library": ["films"], "view": ["surface"], "directors": ["A", "B & C"], "kernel": ["linear"],
        }  # fmt: skip
        assert page.address("?view=surface&c=10", view="correlation", c="1") == "/mining"
        assert page.address("?columns=year&pair=year&pair=energy", encoding="sound") == "/mining?encoding=sound"
        chosen = page.address("?view=profiles&directors=A&by=composer&composers=B", by="director")
        assert parse_qs(chosen.partition("?")[2]) == {"view": ["profiles"], "directors": ["A"], "composers": ["B"]}
        assert page.click({"points": [{"x": "year", "y": "energy"}]}, "?order=clustered").endswith("pair=year&pair=energy")
        assert page.click(None, "") is no_update


def test_a_lasso_lists_and_exports_its_films(pristine: Library) -> None:
    search = "?view=projection&features=music"
    with page_of("mining", pristine) as page:
        everything, said = page.list_selected(None, search)
        assert (len(everything), said) == (7, "All 7 films")
        chosen = next(i for i, name in enumerate(dataset.read(pristine)["movie"]) if name == "=1+1")
        lasso = {"points": [{"customdata": chosen}, {"customdata": 999}, {"customdata": "../etc"}, {}]}
        held, said = page.list_selected(lasso, search)
        assert [film["movie"] for film in held] == ["=1+1"] and said == "1 of 7 films"
        download = page.export(1, lasso, search)
        assert page.export(None, lasso, search) is no_update
        assert set(held[0]) == {"movie", "director", "x", "y"}
        assert set(page.list_selected(lasso, f"{search}&by=country")[0][0]) == {"movie", "director", "country", "x", "y"}
    exported = pd.read_csv(io.StringIO(download["content"]), keep_default_na=False)
    assert exported["movie"].map(spreadsheets.restore).tolist() == ["=1+1"] and not exported["movie"].str.startswith("=").any()
    assert {"music_1", "music_2", "jazz", "imdb_id"} <= set(exported)
    assert exported.loc[0, "music_1"] == pytest.approx(held[0]["x"])


def test_the_thesis_sets_are_offered_where_the_library_has_them(empty_library: Library) -> None:
    for director in ("Christopher Nolan", "Clint Eastwood", "Pedro Almodóvar"):
        for number in range(3):
            write_film(empty_library, director, f"Film {number}", number + len(director))
    dataset.write(empty_library)
    with page_of("mining", empty_library) as page:
        seen = page.layout(view="surface", features="music", kernel="linear")
        link = next(c for c in components(seen) if "Nolan" in text(c) and hasattr(c, "href"))
        assert parse_qs(link.href.partition("?")[2]) == {
            "view": ["surface"], "features": ["music"], "kernel": ["linear"],
            "directors": ["Christopher Nolan", "Clint Eastwood", "Pedro Almodóvar"],
        }  # fmt: skip


def test_a_large_map_draws_some_films_spread_over_it_and_those_apart_always() -> None:
    rng = np.random.default_rng(0)
    points = pd.DataFrame({"x": rng.normal(size=9000), "y": rng.normal(size=9000)})
    points.loc[17] = [40.0, -40.0]
    drawn = figures.thinned(points)
    assert len(drawn) == figures.MOST_DRAWN and 17 in drawn.index and drawn.index.is_monotonic_increasing
    pd.testing.assert_frame_equal(drawn, points.loc[drawn.index])
    assert figures.thinned(points.head(100)) is not None and len(figures.thinned(points.head(100))) == 100
    same = pd.DataFrame({"x": np.ones(3000), "y": np.ones(3000)})
    assert len(figures.thinned(same)) == figures.MOST_DRAWN


@pytest.mark.parametrize(
    ("selection", "held"),
    [
        ({"lassoPoints": {"x": [-0.5, 1.5, 1.5, -0.5], "y": [-0.5, -0.5, 0.5, 0.5]}, "points": [{"customdata": 0}]}, [0, 1]),
        ({"range": {"x": [1.5, -0.5], "y": [-0.5, 0.5]}, "points": [{"customdata": 0}]}, [0, 1]),
        ({"points": [{"customdata": 2}]}, [2]),
        ({"lassoPoints": "none", "points": [{"customdata": 2}]}, [2]),
        ({"lassoPoints": {"x": [1], "y": [2, 3]}, "points": [{"customdata": 1}]}, [1]),
        ({"points": []}, [0, 1, 2, 3]),
    ],
)
def test_an_outline_holds_films_that_are_not_drawn(pristine: Library, selection: dict[str, object], held: list[int]) -> None:
    points = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": [0.0, 0.0, 0.0, 0.0]})
    with page_of("mining", pristine) as page:
        assert page.selected(points, selection).index.tolist() == held
