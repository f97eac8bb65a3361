import numpy as np
import pandas as pd
import pytest

from analysis.library import Library
from dashboard.figures.axes import time_axis
from dashboard.figures.sound import attribute_shares, ring, sunburst
from dashboard.figures.timeline import class_bands, timeline
from dashboard.figures.validation import disagreements, steps
from models.labels import GENRES, ORDERED_ATTRIBUTES
from tests.dashboard.fake_library import SILENT

FILM = ("Ada Vorn", "The Quiet Engine")


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
        assert list(bar.base) == segments["start"].tolist() and list(bar.x) == segments["duration"].tolist()


def test_timeline_of_a_film_without_music_or_without_a_second() -> None:
    none = pd.DataFrame(
        {
            c: []
            for c in ("start", "end", "genre", "genre_p", "danceability", "danceability_p", "valence", "valence_p", "energy", "energy_p")
        }
    )
    assert len(timeline(pd.DataFrame({"second": [0], "label": ["other"]}), none, "x").data) == 1
    assert len(timeline(pd.DataFrame({"second": [], "label": []}), none, "x").data) == 0


def test_steps_last_until_the_end_of_the_last_second() -> None:
    seconds = pd.DataFrame({"second": [0, 1, 2], "true": ["music", "music", "other"], "predicted": ["music", "speech", "other"]})
    shade, true, predicted, _ = steps(seconds).data
    assert (true.name, predicted.name, shade.name) == ("true", "predicted", "disagreement")
    assert list(true.x) == [0, 1, 2, 3]
    assert np.allclose(np.array(true.y) - np.array(predicted.y), [0.1, 1.1, 0.1, 0.1])


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
