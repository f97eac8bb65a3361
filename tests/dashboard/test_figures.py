from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from analysis.aggregation import segment_columns
from analysis.library import Library
from dashboard.figures.axes import clock_axis, time_axis
from dashboard.figures.sound import attribute_shares, ring, sunburst
from dashboard.figures.timeline import class_bands, timeline
from dashboard.figures.validation import attribute_counts, disagreements, over_time
from models.labels import GENRES, ORDERED_ATTRIBUTES, SOUND_CLASSES
from tests.dashboard.fake_library import SILENT

FILM = ("Ada Vorn", "The Quiet Engine")
NO_SEGMENTS = pd.DataFrame({c: [] for c in segment_columns()})


def test_sunburst_has_the_classes_inside_and_the_genres_in_the_music(pristine: Library) -> None:
    profile = pristine.profile(*FILM)
    trace = sunburst(profile, FILM[1]).data[0]
    parents = dict(zip(trace.ids, trace.parents, strict=True))
    assert {name for name, parent in parents.items() if parent == "film"} == {"music", "speech", "other"}
    assert {name for name, parent in parents.items() if parent == "music"} == {f"genre-{g}" for g in GENRES if profile[g] > 0}
    values = dict(zip(trace.ids, trace.values, strict=True))
    assert sum(values.values()) == pytest.approx(100)
    assert sum(v for name, v in values.items() if parents[name] == "music") == pytest.approx(profile["music_duration"])


def test_sunburst_keeps_music_that_is_too_short_for_a_segment(pristine: Library) -> None:
    profile = pristine.profile("Łukasz Øster", SILENT) | {"music_duration": 3.0}
    trace = sunburst(profile, SILENT).data[0]
    assert dict(zip(trace.ids, trace.values, strict=True))["music"] == 3.0


def test_sunburst_of_a_film_without_music_has_no_music(pristine: Library) -> None:
    assert "music" not in sunburst(pristine.profile("Łukasz Øster", SILENT), SILENT).data[0].ids


def test_a_film_named_like_html_stays_a_name(pristine: Library) -> None:
    assert "<i>" not in sunburst(pristine.profile(*FILM), "<i>x</i>").data[0].hovertemplate


@pytest.mark.parametrize("attribute", ORDERED_ATTRIBUTES)
def test_ring_shows_the_shares_in_order_and_the_result_in_the_middle(pristine: Library, attribute: str) -> None:
    profile = pristine.profile(*FILM)
    figure = ring(profile, attribute, FILM[1])
    shares = {name: share for name, share in attribute_shares(profile, attribute).items() if share > 0}
    assert dict(zip(figure.data[0].labels, figure.data[0].values, strict=True)) == shares
    assert profile[attribute] in figure.layout.annotations[0].text


def test_class_bands_cover_the_film_without_overlap(pristine: Library) -> None:
    bands = class_bands(pristine.table(*FILM, "seconds"))
    assert bands["start"].iloc[0] == 0 and bands["end"].iloc[-1] == 154
    assert (bands["start"].to_numpy()[1:] == bands["end"].to_numpy()[:-1]).all()
    assert (bands["label"].to_numpy()[1:] != bands["label"].to_numpy()[:-1]).all()


def test_timeline_draws_every_segment_once_per_attribute(pristine: Library) -> None:
    segments = pristine.table(*FILM, "segments")
    figure = timeline(pristine.table(*FILM, "seconds"), segments, FILM[1])
    assert [bar.y[0] for bar in figure.data] == ["sound", "danceability", "valence", "energy", "genre"]
    for bar in figure.data[1:]:
        assert [seconds_of(base) for base in bar.base] == segments["start"].tolist()
        assert list(bar.x) == (1000 * segments["duration"]).tolist()


def seconds_of(moment: str) -> float:
    return (datetime.fromisoformat(moment) - datetime(1970, 1, 1)).total_seconds()


def test_probabilities_share_the_time_axis_and_fill_the_film(pristine: Library) -> None:
    seconds, segments = (pristine.table(*FILM, name) for name in ("seconds", "segments"))
    plain, figure = (timeline(seconds, segments, FILM[1], probabilities=shown) for shown in (False, True))
    *areas, cells = figure.data[len(plain.data) :]
    assert [area.name for area in areas] == ["music", "speech", "other"]
    for area in areas:
        assert np.array_equal(area.y[:-1], seconds[f"p_{area.name}"]) and area.y[-1] == area.y[-2]
        assert area.xaxis in (None, "x") and area.yaxis == "y2" and area.dx == 1000 and seconds_of(area.x0) == 0
    assert np.array_equal(cells.customdata[0], seconds[["p_music", "p_speech", "p_other"]])
    assert cells.z.shape == (1, 154) and seconds_of(cells.x0) == 0.5
    assert figure.layout.height > plain.layout.height and "xaxis2" not in figure.layout
    assert figure.layout.yaxis.domain[1] < figure.layout.yaxis2.domain[0]


def test_probabilities_of_three_hours_are_sent_in_less_than_half_a_megabyte() -> None:
    rng = np.random.default_rng(0)
    seconds = pd.DataFrame({"label": "music", **{f"p_{name}": rng.random(10_800, "float32") for name in ("music", "speech", "other")}})
    assert len(timeline(seconds, NO_SEGMENTS, "x", probabilities=True).to_json()) < 5e5


@pytest.mark.parametrize(("duration", "unit", "shown"), [(0, "m:ss", "%-M:%S"), (3599, "m:ss", "%-M:%S"), (10_800, "h:mm:ss", "%-H:%M:%S")])
def test_clock_axis_covers_the_film(duration: int, unit: str, shown: str) -> None:
    axis = clock_axis(duration)
    assert [seconds_of(end) for end in axis["range"]] == [0, max(duration, 1)]
    assert unit in axis["title"]["text"] and axis["tickformat"] == shown


def test_timeline_of_a_film_without_music_or_without_a_second() -> None:
    assert len(timeline(pd.DataFrame({"second": [0], "label": ["other"]}), NO_SEGMENTS, "x").data) == 1
    for probabilities in (False, True):
        assert len(timeline(pd.DataFrame({"second": [], "label": []}), NO_SEGMENTS, "x", probabilities=probabilities).data) == 0


def compared(true: str, predicted: str, raw: str = "") -> pd.DataFrame:
    """A validation run's seconds from the first letters of the classes."""
    names = {name[0]: name for name in SOUND_CLASSES}
    table = {c: [names[x] for x in text] for c, text in (("true", true), ("predicted", predicted), ("raw", raw or predicted))}
    return pd.DataFrame({"second": range(len(true)), **table, "p_music": 0.5, "p_speech": 0.3, "p_other": 0.2})


def test_steps_last_until_the_end_of_the_last_second() -> None:
    traces = {trace.name: trace for trace in over_time(compared("mmo", "mso")).data if trace.name}
    assert list(traces["true"].x) == [0, 1, 2, 3]
    assert np.allclose(np.array(traces["true"].y) - np.array(traces["predicted"].y), [0.1, 1.1, 0.1, 0.1])
    assert list(traces["p(music)"].x) == [0, 1, 2, 3] and list(traces["p(speech)"].y) == [0.3] * 4


def test_steps_and_probabilities_share_one_time_axis_and_so_one_zoom() -> None:
    figure = over_time(compared("mmo", "mso", "oso"))
    assert {trace.yaxis or "y" for trace in figure.data} == {"y", "y2"} and {trace.xaxis or "x" for trace in figure.data} == {"x"}
    assert figure.layout.xaxis.anchor == "y2" and figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    assert {trace.name for trace in figure.data if trace.yaxis == "y2" and trace.name} == {"p(music)", "p(speech)", "p(other)"}


def test_the_hover_card_says_what_smoothing_changed() -> None:
    figure = over_time(compared("mm", "mm", "sm"))
    cards = [trace.hovertext for trace in figure.data if trace.hovertext]
    assert len(cards) == 2 and cards[0] == cards[1]
    assert "predicted: music (before smoothing: speech)" in cards[0][0] and "before smoothing" not in cards[0][1]
    assert "music 0.50, speech 0.30, other 0.20" in cards[0][1]
    assert next(trace for trace in figure.data if trace.name == "before smoothing").visible == "legendonly"


def test_a_run_without_a_second_is_an_empty_figure() -> None:
    assert [list(trace.x) for trace in over_time(compared("", "")).data] == [[None], *[[]] * 8]


def test_attribute_counts_leave_out_what_has_no_truth_and_keep_the_order_of_levels() -> None:
    segments = pd.DataFrame(
        {"energy_true": ["low", "high", "high", ""], "energy": ["low", "medium", "", "low"],
         "genre_true": ["pop", "jazz", "", ""], "genre": ["rock", "jazz", "metal", ""]}
    )  # fmt: skip
    true, predicted, counts = attribute_counts(segments, "energy")
    assert (true, predicted) == (["low", "medium", "high"], ["low", "medium", "high", "missed"])
    assert counts.tolist() == [[1, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 1]]
    true, predicted, counts = attribute_counts(segments, "genre")
    assert true == predicted == ["rock", "pop", "jazz"] and counts.tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("predicted", "expected"), [("mmm", []), ("smm", [(0, 1)]), ("mss", [(1, 3)]), ("sms", [(0, 1), (2, 3)]), ("sss", [(0, 3)])]
)
def test_disagreements_are_stretches(predicted: str, expected: list[tuple[int, int]]) -> None:
    assert disagreements(pd.DataFrame({"true": list("mmm"), "predicted": list(predicted)})) == expected


@pytest.mark.parametrize("duration", [0, 1, 59, 154, 260, 3600, 7200, 20_000])
def test_time_axis_has_few_ticks_that_one_can_read(duration: int) -> None:
    axis = time_axis(duration)
    assert 1 <= len(axis["tickvals"]) <= 12
    assert axis["ticktext"][0] == "0:00"
