import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dash._utils import to_json

from analysis.library import Library
from dashboard.components.plain_table import plain_table
from dashboard.figures.models import Measure, comparison, confusion, curves, row_shares
from models import registry
from tests.dashboard.conftest import page_of
from tests.dashboard.walk import by_id, components, text


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped cards, free to be damaged."""
    for name in registry.BUILDERS:
        folder = tmp_path / name / "1"
        folder.mkdir(parents=True)
        (folder / "card.json").write_text(json.dumps(registry.card(name)), encoding="utf-8")
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path)
    return tmp_path


def test_every_model_has_a_card_with_all_that_is_known(pristine: Library) -> None:
    with page_of("models", pristine) as models:
        page = models.layout()
    words = text(page).replace("\u00a0", " ")
    assert "cannot be shown" not in words and f"{len(registry.cards())} models: all better than chance" in words
    for card in registry.cards():
        assert card["sha256"] in words and card["licence"] in words and card["split"]["description"] in words
        assert f"{round(100 * card['metrics']['accuracy'])} %" in words
        assert all(source["name"] in words for source in card["data"]["sources"])
        assert all(note in words for note in card["notes"])
        assert by_id(page, f"models-{card['name']}")
    json.loads(to_json(page))


def test_the_link_of_each_model_leads_to_its_card(pristine: Library) -> None:
    with page_of("models", pristine) as models:
        page = models.layout()
    ids = {getattr(c, "id", None) for c in components(page) if isinstance(getattr(c, "id", None), str)}
    links = [c.href for c in components(page) if str(getattr(c, "href", "")).startswith("#")]
    assert len(links) == len(registry.cards()) and {link[1:] for link in links} <= ids


def test_the_ancestors_figures_stand_beside_the_same_figures(pristine: Library) -> None:
    card = registry.card("detector")
    with page_of("models", pristine) as models:
        found = {measure.name: measure for measure in models.measures(card)}
        finding = models.finding(registry.card("genre")).replace("\u00a0", " ")
    clip = found["accuracy, whole clips"]
    assert clip == Measure("accuracy, whole clips", card["metrics"]["clip"]["accuracy"], card["ancestor"]["figures"]["clip_accuracy"])
    assert found["accuracy"].ancestor is None
    assert finding.startswith("Genre: right in ") and finding.endswith("chance 10 %, the ancestor 60 %")


def test_curves_are_shown_where_the_card_has_them(pristine: Library) -> None:
    card = registry.card("energy")
    with page_of("models", pristine) as models:
        words = text(models.model(card))
        without = text(models.model(card | {"curves": {}}))
        short = text(models.model(card | {"curves": {"loss": [2.0, 1.5]}}))
    n = len(card["curves"]["epoch"])
    assert f"Accuracy over {n} epochs" in words and f"Loss over {n} epochs" in words
    assert "Accuracy over" not in without and "Loss over" not in without and "Loss over 2 epochs" in short


def test_what_is_trained_in_steps_shows_each_of_its_losses(pristine: Library) -> None:
    kept = {"step": [25.0, 50.0, 75.0], "critic": [2.0, 1.5, 1.25], "generator": [float("nan"), 0.5, 0.75]}
    with page_of("models", pristine) as models:
        section = models.model(registry.card("energy") | {"curves": kept})
    words = text(section)
    assert "Critic loss over 75 steps: 2.00 at first, 1.25 at the end" in words
    assert "Generator loss over 75 steps: 0.50 at first, 0.75 at the end" in words
    figures = [c.data for c in components(section) if getattr(c, "id", None) == {"type": "chart-figure", "index": "models-energy-critic"}]
    assert figures[0].layout.xaxis.title.text == "step" and json.loads(to_json(section))


def test_models_of_sound_and_of_pictures_stand_apart(pristine: Library) -> None:
    with page_of("models", pristine) as models:
        page = models.layout()
        assert [models.group_of(name) for name in ("genre", "poster_genre", "cover", "score")] == ["Sound", "Pictures", "Pictures", "Music"]
    heads = [c.children for c in components(page) if c._type == "H2" and "group" in str(getattr(c, "className", ""))]
    assert heads == ["Sound", "Pictures", "Music"]
    ids = [str(getattr(c, "id", "")) for c in components(page)]
    assert ids.index("models-track_genre") < ids.index("models-poster_genre") < ids.index("models-cover")


def test_a_generator_is_told_as_what_its_judge_takes_its_pictures_for(pristine: Library) -> None:
    card = registry.card("cover")
    with page_of("models", pristine) as models:
        finding, words = models.finding(card).replace("\u00a0", " "), text(models.model(card))
    assert finding.startswith("Cover: ") and " taken for the genre meant, chance 17 %" in finding
    assert "generated covers, judged" in words and "none of them chosen" in words


def test_the_settings_of_the_detector_are_in_a_table(pristine: Library) -> None:
    card = registry.card("detector")
    with page_of("models", pristine) as models:
        words = text(models.model(card))
    best = next(one for one in card["metrics"]["cross_validation"] if one["best"])
    assert f"taken {best['kernel']} with C = {best['C']:g}" in words and "rbf, macro-F1" in words


def spoil(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def apply(path: Path) -> None:
        card = json.loads(path.read_text(encoding="utf-8"))
        change(card)
        path.write_text(json.dumps(card), encoding="utf-8")

    return apply


@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        lambda path: path.write_text(""),
        lambda path: path.write_text(path.read_text()[:400]),
        lambda path: path.write_text("[]"),
        lambda path: path.write_text("7"),
        spoil(lambda card: card.pop("metrics")),
        spoil(lambda card: card["metrics"].pop("accuracy")),
        spoil(lambda card: card.update(metrics=[])),
        spoil(lambda card: card["confusion"].update(matrix=[[1, 2], [3, 4]])),
        spoil(lambda card: card["confusion"].pop("labels")),
        spoil(lambda card: card.update(curves={"accuracy": "high"})),
        spoil(lambda card: card.update(data={"sources": [{}]})),
        spoil(lambda card: card.update(ancestor=None)),
    ],
)
def test_a_damaged_card_is_one_line_and_the_others_stay(pristine: Library, weights: Path, damage: Callable[[Path], Any]) -> None:
    damage(weights / "track_genre" / "1" / "card.json")
    with page_of("models", pristine) as models:
        page = models.layout()
    failures = [c for c in components(page) if "failure" in str(getattr(c, "className", ""))]
    assert len(failures) == 1 and "track_genre" in text(failures[0]) and "retrain" in text(failures[0])
    assert by_id(page, "models-detector") and "models-track_genre" not in [getattr(c, "id", None) for c in components(page)]
    json.loads(to_json(page))


def test_without_any_model_the_command_that_makes_them_is_named(pristine: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path)
    with page_of("models", pristine) as models:
        assert text(models.layout()).count("leitmotif train") == len(registry.CARDS)


def with_all(card: dict[str, Any]) -> dict[str, Any]:
    """A card with all that a training may add."""
    more = copy.deepcopy(card)
    f1 = {name: {"precision": 0.5, "recall": 0.4, "f1": 0.9 - i / 10, "support": 1000 + i} for i, name in enumerate(more["classes"])}
    intervals = {"accuracy": [0.31, 0.44], "lrap": [0.6, 0.7]}
    more["metrics"] |= {"intervals": intervals, "classes": f1, "lrap": 0.65, "thesis_design": {"accuracy": 0.35}}
    more["ancestor"]["figures"]["lrap"] = 0.61
    more["tables"] = [{"title": "Of old", "columns": ["Track", "AUC", "Films"], "rows": [["A: <b>b", 0.7, 1200], ["B", None, ""]]}]
    return more


def test_a_card_shows_its_intervals_its_classes_and_its_own_tables(pristine: Library) -> None:
    card = with_all(registry.card("genre"))
    with page_of("models", pristine) as models:
        page = models.model(card)
        found = {measure.name: measure for measure in models.measures(card)}
    words = text(page)
    assert found["accuracy"].interval == (0.31, 0.44) and found["accuracy"].design == 0.35 and found["macro-F1"].interval is None
    assert found["LRAP"] == Measure("LRAP", 0.65, 0.61, (0.6, 0.7))
    assert f"Classes: {card['classes'][0]} is told best, {card['classes'][-1]} least well" in words and "1,009" in words
    assert "Of old" in words and "A: <b>b 0.7 1,200" in words
    spoken = [getattr(c, "aria-label") for c in components(page) if hasattr(c, "aria-label")]
    assert any("95 % interval 0.31 to 0.44" in label and "trained here 0.35" in label for label in spoken)
    json.loads(to_json(page))


def test_the_overview_has_the_interval_of_the_accuracy(pristine: Library, weights: Path) -> None:
    spoil(lambda card: card["metrics"].update(intervals={"accuracy": [0.31, 0.44]}))(weights / "track_genre" / "1" / "card.json")
    with page_of("models", pristine) as models:
        assert "31 % to 44 %" in text(models.layout()).replace("\u00a0", " ")


def test_a_card_without_a_confusion_matrix_is_a_whole_card(pristine: Library) -> None:
    card = registry.card("energy") | {"confusion": None, "name": "film_genre"}
    with page_of("models", pristine) as models:
        words = text(models.model(card)).replace("\u00a0", " ")
    assert "Confusion" not in words and f"n = {card['data']['test']:,} predictions" in words and words.startswith("Film genre: right in")


@pytest.mark.parametrize(
    "change",
    [
        lambda card: card["metrics"].update(intervals={"accuracy": [0.3]}),
        lambda card: card["metrics"].update(intervals=[1]),
        lambda card: card["metrics"].update(classes={"rock": {"precision": 1}}),
        lambda card: card.update(tables=[{"title": "x", "columns": ["a"], "rows": [[1, 2]]}]),
        lambda card: card.update(tables=["x"]),
        lambda card: card.update(confusion=None, data={"sources": []}),
    ],
)
def test_additions_of_another_shape_are_one_line(pristine: Library, weights: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    spoil(change)(weights / "track_genre" / "1" / "card.json")
    with page_of("models", pristine) as models:
        page = models.layout()
    (failure,) = (c for c in components(page) if "failure" in str(getattr(c, "className", "")))
    assert "track_genre" in text(failure) and by_id(page, "models-detector")


def test_a_plain_table_lines_its_numbers_up_and_keeps_text() -> None:
    table = plain_table("t", ["name", "share", "n", "mixed"], [["a", 0.5, 1200, 1], ["b", 0.25, 7, "1 to 2"], [None, "", 0, ""]])
    rows = [[text(cell) for cell in row.children] for row in components(table) if type(row).__name__ == "Tr"][1:]
    assert rows == [["a", "0.50", "1,200", "1"], ["b", "0.25", "7", "1 to 2"], ["", "", "0", ""]]
    heads = [cell.className for cell in components(table) if type(cell).__name__ == "Th"]
    assert heads == ["", "number", "number", ""]
    assert len([row for row in components(plain_table("t", ["a"], [])) if type(row).__name__ == "Tr"]) == 1
    with pytest.raises(ValueError, match="a row of 1 cells for 2 columns"):
        plain_table("t", ["a", "b"], [[1]])


def test_intervals_are_drawn_under_the_markers_and_numbers_keep_out_of_the_way() -> None:
    figure = comparison([Measure("accuracy", 0.6, 0.65, (0.5, 0.7), 0.3), Measure("rank correlation", -0.2)])
    traces = {trace.name: trace for trace in figure.data if trace.name}
    assert list(traces["95 % interval"].x) == [0.5, 0.7, None] and list(traces["95 % interval"].y) == [0, 0, None]
    assert list(traces["ancestor's design, trained here"].x) == [0.3]
    assert traces["this model"].textposition == ("top left", "top center") and traces["ancestor"].textposition == ("top right",)
    assert figure.layout.xaxis.range == (-0.2, 1)
    assert "95 % interval 0.50 to 0.70" in traces["this model"].customdata[0]


def test_a_card_is_not_changed_by_being_shown(pristine: Library) -> None:
    card = registry.card("valence")
    before = copy.deepcopy(card)
    with page_of("models", pristine) as models:
        models.model(card)
    assert card == before


def test_shares_of_rows_also_of_an_empty_one() -> None:
    assert row_shares(np.array([[1, 3], [0, 0]])).tolist() == [[25, 75], [0, 0]]


def test_confusion_says_counts_on_hover_and_percent_in_the_cell() -> None:
    figure = confusion(["a", "b"], [[3, 1], [0, 0]])
    assert figure.data[0].hovertext[0][1] == "true a, predicted b<br>1 of 4 (25\u00a0%)"
    assert [annotation.text for annotation in figure.layout.annotations] == ["75", "25", "0", "0"]
    assert figure.layout.yaxis.autorange == "reversed"


def test_comparison_draws_what_is_known() -> None:
    figure = comparison([Measure("accuracy", 0.6, 0.7), Measure("macro-F1", 0.95)], chance=0.1)
    traces = {trace.name: trace for trace in figure.data if trace.name}
    assert list(traces["this model"].x) == [0.6, 0.95] and list(traces["ancestor"].x) == [0.7]
    assert list(traces["this model"].textposition) == ["middle left", "middle left"]
    assert "chance (0.10)" in traces
    assert [trace.name for trace in comparison([Measure("accuracy", 0.5)]).data] == ["this model"]


def test_curves_without_a_validation_part() -> None:
    assert [trace.name for trace in curves([1, 2], [0.1, 0.2], []).data] == ["training"]
    figure = curves([1, 2], [0.1, 0.2], [0.1, 0.3], best=2)
    assert [trace.name for trace in figure.data] == ["training", "validation"] and figure.layout.shapes[0].x0 == 2
