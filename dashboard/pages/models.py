"""Models: the card of each model, from what it was trained on to where it errs."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import dash
import numpy as np
from dash import html

from dashboard import data
from dashboard.components import cards, covers, tables
from dashboard.components.attributes import labelled
from dashboard.components.charts import chart
from dashboard.components.plain_table import plain_table
from dashboard.figures.models import Measure, comparison, confusion, curves, row_shares
from dashboard.ready import ready
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
    "mean_average_precision": ("mean average precision", (("mean_average_precision",),)),
    "lrap": ("LRAP", (("lrap",),)),
    "smoothed_accuracy": ("accuracy, smoothed", (("smoothed", "accuracy"),)),
    "film_accuracy": ("accuracy, as in films", (("film_conditions", "accuracy"),)),
    "clip_accuracy": ("accuracy, whole clips", (("clip_accuracy",), ("clip", "accuracy"))),
    "clip_macro_f1": ("macro-F1, whole clips", (("clip", "macro_f1"),)),
    "clip_music_f1": ("F1 of music, whole clips", (("clip", "classes", "music", "f1"),)),
    "sign_accuracy": ("sign, high or low", (("sign_accuracy",),)),
    "rating_accuracy": ("accuracy, rated clips", (("rating_accuracy",),)),
    "spearman": ("rank correlation", (("spearman",),)),
    "valence_correlation": ("correlation, valence", (("valence_correlation",),)),
    "arousal_correlation": ("correlation, arousal", (("arousal_correlation",),)),
    "judge_accuracy": ("the judge, on real covers", (("judge_accuracy",),)),
}
# What each group of models is about, and what it learns from; those that are in no other group come first.
GROUPS = {"Sound": "recordings", "Pictures": "pictures", "Music": "pieces"}
MEMBERS = {"Pictures": ("poster_genre", "scene_emotion", "cover"), "Music": ("score_mood", "score")}
# Models that make things: what they make, and what of it a judge, another model, is to tell.
GENERATORS = {"cover": ("covers", "genre"), "score": ("pieces", "mood")}
_BAD_CARD = (KeyError, TypeError, ValueError, AttributeError, IndexError)

dash.register_page(__name__, path=PATH, name="Models", title="Models · Leitmotif", order=9, icon="models")


def layout(**_: Any) -> html.Div:
    """One card a model; a card that is missing or damaged gives a line and leaves the others alone."""
    found: dict[str, list[tuple[dict[str, Any], html.Div]]] = {group: [] for group in GROUPS}
    failed = []
    for name in data.model_names():
        try:
            found[group_of(name)].append(_model(name))
        except LeitmotifError as error:
            failed.append(cards.failure(error))
    shown = {group: models for group, models in found.items() if models}
    parts: list[Any] = [_overview({group: [card for card, _ in models] for group, models in shown.items()})] if shown else []
    for group, models in shown.items():
        parts += [html.H2(group, className="group span-12"), *(section for _, section in models)]
    return html.Div([_title(), cards.grid(*parts[:1], *failed, *parts[1:])])


def group_of(name: str) -> str:
    """The group a model belongs to."""
    return next((group for group, members in MEMBERS.items() if name in members), "Sound")


def _title() -> html.Header:
    words = "What listens to films, looks at pictures and writes music: how each model was made, and how well it does on what it never met."
    line = html.P(words, className="muted")
    return html.Header([html.H1("Models"), line], className="page-title")


def _model(name: str) -> tuple[dict[str, Any], html.Div]:
    return _drawn(name, data.card_version(name))


@lru_cache(maxsize=32)
def _drawn(name: str, _version: data.Version) -> tuple[dict[str, Any], html.Div]:
    """A card and its section of the page; drawing and sending it takes a while, so it is kept until the card changes."""
    try:
        card = data.model_card(name)
        return card, ready(model(card))
    except _BAD_CARD as error:
        detail = f"{type(error).__name__}: {error}"
        raise ModelError(f"the card of the model {name} is not as it should be ({detail}); restore it or retrain") from error


def _overview(found: Mapping[str, list[dict[str, Any]]]) -> html.Section:
    """All models in a table, group by group, each name a link to its card."""
    words = ("Model", "Accuracy", "95 % interval", "Chance", "Ancestor", "n held out", "Size", "Date")
    body = []
    for group, models in found.items():
        head = html.Tr(html.Th(group, colSpan=len(words), scope="rowgroup"), className="group")
        body.append(html.Tbody([head, *map(_row, models)]))
    table = html.Table([html.Thead(html.Tr([html.Th(word, scope="col") for word in words])), *body], className="scores")
    every = [card for models in found.values() for card in models]
    better = sum(accuracy_of(card).value > chance(card) for card in every)
    title = f"{counted(len(every), 'model')}: {'all' if better == len(every) else better or 'none'} better than chance"
    note = (
        "Share of held-out predictions (of seconds, windows, recordings, pictures or pieces) that were right; of generated covers and "
        "pieces, those that are taken for the genre or mood they were made for. The ancestor's figures are those it printed."
    )
    scrolling = html.Div(table, className="scrolling", tabIndex=0, role="region", **labelled("All models"))
    return cards.card(title, scrolling, note=note)


def _row(card: Mapping[str, Any]) -> html.Tr:
    name, accuracy = card["name"], accuracy_of(card)
    printed = "–" if accuracy.ancestor is None else percent(100 * accuracy.ancestor)
    cells = (
        percent(100 * accuracy.value), _percents(accuracy.interval), percent(100 * chance(card)), printed, f"{held_out(card):,}",
        size(card["size_bytes"]), card["date"],
    )  # fmt: skip
    return html.Tr([html.Th(html.A(words_of(name), href=f"#models-{name}"), scope="row"), *map(html.Td, cells)])


def model(card: Mapping[str, Any]) -> html.Div:
    """The card of one model."""
    name = card["name"]
    parts = [
        html.Div([_facts(card), *_classes(card)], className="span-5"),
        html.Div([*_figures(card), *_confusion(card)], className="span-7"),
        *_gallery(card),
        *_tables(card),
        *_curves(card),
        *_grid_search(card),
        html.Div([_sources(card), _notes(card)], className="span-12"),
    ]
    of = f"generated {GENERATORS[name][0]}, judged" if name in GENERATORS else "predictions, held out"
    note = f"{card['task'][:1].upper()}{card['task'][1:]}. n = {held_out(card):,} {of}."
    # The anchor that the overview's link leads to.
    return html.Div(cards.card(finding(card), cards.grid(*parts), note=note), id=f"models-{name}", className="model span-12")


def finding(card: Mapping[str, Any]) -> str:
    """ "Genre: right in 39 %, chance 10 %, the ancestor 60 %", "Cover: 45 % taken for the genre meant, chance 17 %"."""
    accuracy = accuracy_of(card)
    share = percent(100 * accuracy.value)
    made = GENERATORS.get(card["name"])
    right = f"{share} taken for the {made[1]} meant" if made else f"right in {share}"
    text = f"{words_of(card['name']).capitalize()}: {right}, chance {percent(100 * chance(card))}"
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
            (GROUPS[group_of(card["name"])].capitalize(), ", ".join(counts)),
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


def _gallery(card: Mapping[str, Any]) -> list[html.Div]:
    """What a generator makes."""
    if card["name"] != "cover":
        return []
    title = f"The first {covers.OF_A_GENRE} of each genre, none of them chosen"
    return [html.Div([html.H3(title), covers.gallery(card["classes"])], className="span-12")]


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
    """Accuracy and loss over the epochs, for models that are trained in epochs; all losses over the steps of one trained in steps."""
    kept = card["curves"]
    parts = [_loss(card["name"], name, kept["step"], values) for name, values in kept.items() if "step" in kept and name != "step"]
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


def _loss(model: str, name: str, steps: list[int], values: list[float]) -> html.Div:
    """One of the losses of networks that are trained against each other, in which none is best where it is least."""
    known = [value for value in values if value is not None and np.isfinite(value)]
    over = counted(int(steps[-1]), "step")
    title = f"{words_of(name).capitalize()} loss over {over}: {known[0]:.2f} at first, {known[-1]:.2f} at the end"
    graph = chart(curves(steps, values, [], unit="step"), f"models-{model}-{name}", title)
    return html.Div([html.H3(title), graph], className="span-6")


def _grid_search(card: Mapping[str, Any]) -> list[html.Div]:
    tried = card["metrics"].get("cross_validation")
    return [html.Div(tables.settings_tried(tried), className="span-12")] if tried else []


def _sources(card: Mapping[str, Any]) -> html.Details:
    sources = card["data"]["sources"]
    n = sum(source["count"] for source in sources)
    what = GROUPS[group_of(card["name"])]
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in ("Source", what.capitalize(), "Licence")]))
    body = [
        html.Tr([html.Th(source["name"], scope="row"), html.Td(f"{source['count']:,}", className="number"), html.Td(source["licence"])])
        for source in sources
    ]
    title = f"Data: {counted(n, what.removesuffix('s'))} from {counted(len(sources), 'source')}"
    return html.Details([html.Summary(title), html.Table([head, html.Tbody(body)])])


def _notes(card: Mapping[str, Any]) -> html.Details:
    notes = card["notes"]
    return html.Details(
        [html.Summary(f"Notes: {counted(len(notes), 'remark')} on how to read these figures"), html.Ul(list(map(html.Li, notes)))]
    )
