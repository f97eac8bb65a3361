"""Models: the card of each model, from what it was trained on to where it errs."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import dash
import numpy as np
from dash import html

from dashboard import data
from dashboard.components import cards, tables
from dashboard.components.attributes import labelled
from dashboard.components.charts import chart
from dashboard.components.plain_table import plain_table
from dashboard.figures.models import Measure, comparison, confusion, curves, row_shares
from dashboard.text import counted, percent, probability
from errors import LeitmotifError, ModelError

PATH = "/models"
# Name of a figure in a card's ancestor -> its name here, and where the card keeps the model's own. The first that is there is taken.
MEASURES: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "accuracy": ("accuracy", (("accuracy",),)),
    "macro_f1": ("macro-F1", (("macro_f1",),)),
    "balanced_accuracy": ("balanced accuracy", (("balanced_accuracy",),)),
    "top3": ("among the first three", (("top3",),)),
    "mrr": ("mean reciprocal rank", (("mrr",),)),
    "lrap": ("LRAP", (("lrap",),)),
    "smoothed_accuracy": ("accuracy, smoothed", (("smoothed", "accuracy"),)),
    "film_accuracy": ("accuracy, as in films", (("film_conditions", "accuracy"),)),
    "clip_accuracy": ("accuracy, whole clips", (("clip_accuracy",), ("clip", "accuracy"))),
    "clip_macro_f1": ("macro-F1, whole clips", (("clip", "macro_f1"),)),
    "clip_music_f1": ("F1 of music, whole clips", (("clip", "classes", "music", "f1"),)),
    "sign_accuracy": ("sign, high or low", (("sign_accuracy",),)),
    "rating_accuracy": ("accuracy, rated clips", (("rating_accuracy",),)),
    "spearman": ("rank correlation", (("spearman",),)),
}
_BAD_CARD = (KeyError, TypeError, ValueError, AttributeError, IndexError)

dash.register_page(__name__, path=PATH, name="Models", title="Models · Leitmotif", order=9, icon="models")


def layout(**_: Any) -> html.Div:
    """One card a model; a card that is missing or damaged gives a line and leaves the others alone."""
    found, failed = [], []
    for name in data.model_names():
        try:
            found.append((name, *_model(name)))
        except LeitmotifError as error:
            failed.append(cards.failure(error))
    parts = [_overview([(name, card) for name, card, _ in found])] if found else []
    return html.Div([_title(), cards.grid(*parts, *failed, *(section for _, _, section in found))])


def _title() -> html.Header:
    line = html.P("What listens to the films: how each model was made, and how well it does on recordings it never saw.", className="muted")
    return html.Header([html.H1("Models"), line], className="page-title")


def _model(name: str) -> tuple[dict[str, Any], html.Div]:
    return _drawn(name, data.card_version(name))


@lru_cache(maxsize=32)
def _drawn(name: str, _version: data.Version) -> tuple[dict[str, Any], html.Div]:
    """A card and its section of the page; drawing takes a while, so it is kept until the card changes."""
    try:
        card = data.model_card(name)
        return card, model(card)
    except _BAD_CARD as error:
        detail = f"{type(error).__name__}: {error}"
        raise ModelError(f"the card of the model {name} is not as it should be ({detail}); restore it or retrain") from error


def _overview(found: list[tuple[str, dict[str, Any]]]) -> html.Section:
    """All models in a table, each name a link to its card."""
    words = ("Model", "Accuracy", "95 % interval", "Chance", "Ancestor", "n held out", "Size", "Date")
    body = []
    for name, card in found:
        accuracy = accuracy_of(card)
        printed = "–" if accuracy.ancestor is None else percent(100 * accuracy.ancestor)
        cells = (
            percent(100 * accuracy.value), _percents(accuracy.interval), percent(100 * chance(card)), printed, f"{held_out(card):,}",
            size(card["size_bytes"]), card["date"],
        )  # fmt: skip
        link = html.A(words_of(name), href=f"#models-{name}")
        body.append(html.Tr([html.Th(link, scope="row"), *map(html.Td, cells)]))
    table = html.Table([html.Thead(html.Tr([html.Th(word, scope="col") for word in words])), html.Tbody(body)], className="scores")
    better = sum(accuracy_of(card).value > chance(card) for _, card in found)
    title = f"{counted(len(found), 'model')}: {'all' if better == len(found) else better or 'none'} better than chance"
    note = "Share of held-out predictions (of seconds, windows or recordings) that were right. The ancestor's figures are those it printed."
    scrolling = html.Div(table, className="scrolling", tabIndex=0, role="region", **labelled("All models"))
    return cards.card(title, scrolling, note=note)


def model(card: Mapping[str, Any]) -> html.Div:
    """The card of one model."""
    name = card["name"]
    parts = [
        html.Div([_facts(card), *_classes(card)], className="span-5"),
        html.Div([*_figures(card), *_confusion(card)], className="span-7"),
        *_tables(card),
        *_curves(card),
        *_grid_search(card),
        html.Div([_sources(card), _notes(card)], className="span-12"),
    ]
    note = f"{card['task'][:1].upper()}{card['task'][1:]}. n = {held_out(card):,} predictions, held out."
    # The anchor that the overview's link leads to.
    return html.Div(cards.card(finding(card), cards.grid(*parts), note=note), id=f"models-{name}", className="model span-12")


def finding(card: Mapping[str, Any]) -> str:
    """ "Genre: right in 39 %, chance 10 %, the ancestor 60 %"."""
    accuracy = accuracy_of(card)
    text = f"{words_of(card['name']).capitalize()}: right in {percent(100 * accuracy.value)}, chance {percent(100 * chance(card))}"
    return text if accuracy.ancestor is None else f"{text}, the ancestor {percent(100 * accuracy.ancestor)}"


def accuracy_of(card: Mapping[str, Any]) -> Measure:
    """The figure every card must have."""
    return _measure(card, "accuracy", "accuracy", float(card["metrics"]["accuracy"]))


def measures(card: Mapping[str, Any]) -> list[Measure]:
    """The held-out figures a card has, each with the ancestor's if it gave the same."""
    found = []
    for key, (words, places) in MEASURES.items():
        value = next((v for v in (_inside(card["metrics"], place) for place in places) if v is not None), None)
        if value is not None:
            found.append(_measure(card, key, words, float(value)))
    return found


def _measure(card: Mapping[str, Any], key: str, words: str, value: float) -> Measure:
    """A figure with what the card has to compare it with, under the same key."""
    ends = card["metrics"].get("intervals", {}).get(key)
    interval = None if ends is None else (float(ends[0]), float(ends[1]))
    design = _inside(card["metrics"], ("thesis_design", key))
    return Measure(words, value, card["ancestor"]["figures"].get(key), interval, None if design is None else float(design))


def _percents(interval: tuple[float, float] | None) -> str:
    return "–" if interval is None else f"{percent(100 * interval[0])} to {percent(100 * interval[1])}"


def _inside(metrics: Any, place: tuple[str, ...]) -> Any:
    for key in place:
        metrics = metrics.get(key) if isinstance(metrics, Mapping) else None
    return metrics


def chance(card: Mapping[str, Any]) -> float:
    """What guessing among the classes would give."""
    return card["metrics"].get("chance", 1 / len(card["classes"]))


def held_out(card: Mapping[str, Any]) -> int:
    """Number of predictions in the confusion matrix; without one, as where a recording has several classes, of held-out recordings."""
    return int(np.sum(card["confusion"]["matrix"])) if card["confusion"] else int(card["data"]["test"])


def words_of(name: str) -> str:
    """A model's name as words: "film genre"."""
    return name.replace("_", " ")


def size(n: int) -> str:
    """A number of bytes in megabytes."""
    return f"{n / 1e6:.1f}\u00a0MB"


def _facts(card: Mapping[str, Any]) -> html.Dl:
    parts = {"train": "to train", "validation": "to steer training", "test": "held out"}
    counts = [f"{card['data'][part]:,} {words}" for part, words in parts.items() if part in card["data"]]
    return cards.facts(
        [
            ("Design", card["design"]),
            ("Classes", ", ".join(card["classes"])),
            ("Input", card["input"]),
            ("Output", card["output"]),
            ("Recordings", ", ".join(counts)),
            ("Split", f"By {card['split']['by']}. {card['split']['description']}."),
            ("Licence", card["licence"]),
            ("Ancestor", card["ancestor"]["work"]),
            ("Version", f"{card['version']}, {card['date']}, {size(card['size_bytes'])}"),
            ("sha256", html.Code(card["sha256"], className="hash")),
        ]
    )


def _figures(card: Mapping[str, Any]) -> list[Any]:
    found = measures(card)
    figure = comparison(found, chance(card))
    words = "; ".join(map(_in_words, found))
    return [html.H3("Held-out figures, 0 to 1"), chart(figure, f"models-{card['name']}-figures", f"Held-out figures: {words}.")]


def _in_words(measure: Measure) -> str:
    text = f"{measure.name} {probability(measure.value)}"
    if measure.interval:
        text += f" (95 % interval {probability(measure.interval[0])} to {probability(measure.interval[1])})"
    if measure.design is not None:
        text += f", the ancestor's design trained here {probability(measure.design)}"
    return text if measure.ancestor is None else f"{text}, the ancestor's {probability(measure.ancestor)}"


def _classes(card: Mapping[str, Any]) -> list[Any]:
    """Precision, recall and F1 of each class, if the card has them."""
    classes = card["metrics"].get("classes")
    if not classes:
        return []
    best, worst = (pick(classes, key=lambda name: classes[name]["f1"]) for pick in (max, min))
    return [html.H3(f"Classes: {best} is told best, {worst} least well"), tables.scores(classes, "n")]


def _tables(card: Mapping[str, Any]) -> list[html.Div]:
    """The tables a card brings along, such as the ancestor's."""
    return [
        html.Div([html.H3(table["title"]), plain_table(table["title"], table["columns"], table["rows"])], className="span-12")
        for table in card.get("tables", [])
    ]


def _confusion(card: Mapping[str, Any]) -> list[Any]:
    """The confusion matrix; nothing where a recording can have several classes."""
    if not card["confusion"]:
        return []
    labels, matrix = card["confusion"]["labels"], np.array(card["confusion"]["matrix"])
    if matrix.shape != (len(labels), len(labels)):
        raise ValueError(f"a confusion matrix of {matrix.shape} for {len(labels)} classes")
    shares = row_shares(matrix)
    recall = ", ".join(f"{label} {percent(shares[i, i])}" for i, label in enumerate(labels))
    title = confusion_finding(labels, shares)
    graph = chart(confusion(labels, matrix.tolist()), f"models-{card['name']}-confusion", f"{title}. Recognised: {recall}.")
    return [
        html.H3(title),
        html.P("Percent of each true class (row) by predicted class (column); counts on hover.", className="card-note"),
        graph,
    ]


def confusion_finding(labels: list[str], shares: np.ndarray) -> str:
    """ "Confusion: metal is most often taken for another, 40 % of it for rock"."""
    wrong = np.where(np.eye(len(labels), dtype=bool), -1, shares)
    true, predicted = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return f"Confusion: mostly {labels[true]} taken for {labels[predicted]}, {percent(shares[true, predicted])} of it"


def _curves(card: Mapping[str, Any]) -> list[html.Div]:
    """Accuracy and loss over the epochs, for models that are trained in epochs."""
    kept = card["curves"]
    parts = []
    for key in ("accuracy", "loss"):
        if not kept.get(key):
            continue
        training, steering = kept[key], kept.get(f"val_{key}", [])
        epochs = kept.get("epoch") or list(range(1, len(training) + 1))
        title = f"{key.capitalize()} over {counted(len(epochs), 'epoch')}"
        best = None
        if steering:
            pick = np.argmax if key == "accuracy" else np.argmin
            best = epochs[int(pick(steering))]
            title += f": best on validation in epoch {best}"
        words = f"{title}. At the end: training {training[-1]:.2f}" + (f", validation {steering[-1]:.2f}." if steering else ".")
        graph = chart(curves(epochs, training, steering, best), f"models-{card['name']}-{key}", words)
        parts.append(html.Div([html.H3(title), graph], className="span-6"))
    return parts


def _grid_search(card: Mapping[str, Any]) -> list[html.Div]:
    tried = card["metrics"].get("cross_validation")
    return [html.Div(tables.settings_tried(tried), className="span-12")] if tried else []


def _sources(card: Mapping[str, Any]) -> html.Details:
    sources = card["data"]["sources"]
    n = sum(source["count"] for source in sources)
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in ("Source", "Recordings", "Licence")]))
    body = [
        html.Tr([html.Th(source["name"], scope="row"), html.Td(f"{source['count']:,}", className="number"), html.Td(source["licence"])])
        for source in sources
    ]
    title = f"Data: {counted(n, 'recording')} from {counted(len(sources), 'source')}"
    return html.Details([html.Summary(title), html.Table([head, html.Tbody(body)])])


def _notes(card: Mapping[str, Any]) -> html.Details:
    notes = card["notes"]
    return html.Details(
        [html.Summary(f"Notes: {counted(len(notes), 'remark')} on how to read these figures"), html.Ul(list(map(html.Li, notes)))]
    )
