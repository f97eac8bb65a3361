"""The card of the film genre of a poster: figures on held-out films, beside the ancestor's tables."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from analysis.files import read_json
from analysis.training import imagenet
from analysis.training.calibration import calibration_error
from analysis.training.film_genre_cards import ranking
from analysis.training.intervals import bootstrap, ends, in_words, rounded
from analysis.training.poster_data import MOST_OF_A_CLASS, NO_CLASS, PRIORITY, TEST, TRAIN, VALIDATION, Posters
from models import registry
from models.poster_genre import CLASSES

THESIS_FIGURES = "thesis.json"  # beside the versions of the model: what the ancestor's networks reached here
ANCESTOR = "Yılmaz, Güngör, Sen, Sivuk, Sevinç: poster to soundtrack (2019)"
# Accuracy; macro precision, recall and F1 of the ancestor's networks on 1483 posters.
ANCESTOR_FIGURES = {
    "LeNet": (0.36, 0.36, 0.40, 0.35),
    "ResNet20": (0.35, 0.35, 0.40, 0.35),
    "custom": (0.42, 0.42, 0.46, 0.41),
    "custom on 50 components": (0.20, 0.22, 0.24, 0.16),
}
# Precision, recall, F1 and support of its classes, which it numbers 0 to 4 in the order in which it names them.
ANCESTOR_CLASSES = {
    "LeNet": (
        (0.28, 0.28, 0.28, 325), (0.29, 0.62, 0.39, 116), (0.32, 0.40, 0.35, 214), (0.60, 0.32, 0.42, 546), (0.29, 0.36, 0.32, 282),
    ),
    "ResNet20": (
        (0.37, 0.30, 0.33, 388), (0.25, 0.67, 0.37, 94), (0.37, 0.33, 0.35, 301), (0.38, 0.33, 0.35, 338), (0.37, 0.36, 0.37, 362),
    ),
    "custom": (
        (0.34, 0.35, 0.35, 303), (0.48, 0.62, 0.54, 194), (0.21, 0.53, 0.30, 105), (0.70, 0.35, 0.47, 585), (0.38, 0.44, 0.41, 296),
    ),
    "custom on 50 components": (
        (0.03, 0.22, 0.06, 46), (0.57, 0.21, 0.31, 681), (0.36, 0.19, 0.25, 510), (0.03, 0.38, 0.05, 21), (0.12, 0.19, 0.15, 225),
    ),
}  # fmt: skip

GENRE_DRAWS = 300  # of the bootstrap of all genres, whose figures take longer

Predicted = tuple[np.ndarray, np.ndarray]  # main genre and all genres of posters


def class_figures(truth: np.ndarray, found: np.ndarray) -> dict[str, Any]:
    """Accuracy, macro precision, recall and F1, each class, and the confusion matrix, of classes as indices."""
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    labels = range(len(CLASSES))
    precision, recall, f1, support = precision_recall_fscore_support(truth, found, labels=labels, zero_division=0)
    return {
        "accuracy": rounded((truth == found).mean()),
        "macro_precision": rounded(precision.mean()),
        "macro_recall": rounded(recall.mean()),
        "macro_f1": rounded(f1.mean()),
        "classes": {
            name: {"precision": rounded(p), "recall": rounded(r), "f1": rounded(f), "support": int(n)}
            for name, p, r, f, n in zip(CLASSES, precision, recall, f1, support, strict=True)
        },
        "confusion": confusion_matrix(truth, found, labels=labels).tolist(),
    }


def mean_average_precision(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Mean over the genres of the average precision of the posters ranked by the genre's probability."""
    from sklearn.metrics import average_precision_score

    present = truth.any(axis=0)
    return float(average_precision_score(truth[:, present], predicted[:, present], average="macro"))


def macro_f1(truth: np.ndarray, found: np.ndarray) -> float:
    """Mean of the classes' F1; a class that is neither there nor said has none."""
    counts = np.bincount(len(CLASSES) * truth + found, minlength=len(CLASSES) ** 2).reshape(len(CLASSES), -1)
    both = counts.sum(axis=0) + counts.sum(axis=1)
    return float((2 * np.diag(counts) / np.maximum(both, 1)).mean())


def measure(posters: Posters, rows: np.ndarray, predicted: Predicted) -> dict[str, Any]:
    """Figures on held-out posters, with 95 % intervals by the bootstrap over films.

    The main genre is judged on the posters that have a class, all genres on every one.
    """
    has = posters.main[rows] != NO_CLASS
    truth, main, films = posters.main[rows][has], predicted[0][has], posters.films[rows]
    found, every, said = main.argmax(axis=1), posters.genres[rows], predicted[1]
    figures = class_figures(truth, found)
    del figures["confusion"]
    constant = np.broadcast_to(posters.genres[posters.rows(TRAIN)].mean(axis=0), every.shape)
    commonest = np.bincount(posters.main[posters.rows(TRAIN, with_class=True)]).argmax()
    of_classes: dict[str, Any] = {
        "accuracy": lambda a, b: float((a == b).mean()),
        "macro_f1": macro_f1,
    }
    return figures | {
        "chance": rounded((truth == commonest).mean()),
        "calibration_error": rounded(calibration_error(truth, main)),
        "first_is_one_of_its_genres": rounded(every[np.arange(len(said)), said.argmax(axis=1)].mean()),
        "mean_average_precision": rounded(mean_average_precision(every, said)),
        "mean_average_precision_of_frequency": rounded(mean_average_precision(every, constant)),
        "lrap": rounded(ranking(every, said)[0].mean()),
        "lrap_of_frequency": rounded(ranking(every, constant)[0].mean()),
        "intervals": {name: ends(bootstrap(films[has], metric, truth, found)) for name, metric in of_classes.items()}
        | {
            "mean_average_precision": ends(bootstrap(films, mean_average_precision, every, said, n=GENRE_DRAWS)),
            "lrap": ends(bootstrap(films, np.mean, ranking(every, said)[0])),
        },
    }


def build_card(posters: Posters, predicted: Mapping[str, Predicted], curves: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Every field of registry.CARD_FIELDS but name, version, sha256 and size, which the registry fills in; `genres`, `size`, `tables`.

    Parameters
    ----------
    posters : all of them
    predicted : of the held-out ones, by "linear" (untuned) and "tuned", which ships
    curves : of the tuning
    """
    rows = posters.rows(TEST)
    metrics = measure(posters, rows, predicted["tuned"])
    with_class = posters.rows(TEST, with_class=True)
    shown = predicted["tuned"][0][posters.main[rows] != NO_CLASS].argmax(axis=1)
    height, width = posters.pictures.shape[1:3]
    networks = thesis_figures(len(with_class))
    return {
        "date": date.today().isoformat(),
        "task": "film genre of a poster: one of five as its main genre, and a probability for each of all genres",
        "design": "EfficientNet-Lite0 tuned to posters, on the picture and its mirror image; two linear heads on the mean of what it sees",
        "classes": list(CLASSES),
        "genres": list(posters.names),
        "size": [width, height],
        "input": f"(n, {height}, {width}, 3) RGB 0..255: the whole poster squeezed into {width} x {height} pixels",
        "output": f"(n, {len(CLASSES)}) probabilities of the main genre, and (n, {len(posters.names)}) of each genre by itself",
        "data": {
            "sources": [
                {"name": "film posters, IMDb's thumbnails", "count": len(posters.films), "licence": "of the films' owners; research use"}
            ],
            "train": len(posters.rows(TRAIN)),
            "validation": len(posters.rows(VALIDATION)),
            "test": len(rows),
            "films": len(np.unique(posters.films)),
            "unread": posters.unread,
            "classes": {name: int((posters.main == index).sum()) for index, name in enumerate(CLASSES)},
        },
        "split": {
            "by": "film",
            "description": "seven tenths of the films to learn from, one to choose and calibrate by, two held out and asked once",
        },
        "metrics": metrics,
        "tables": _tables(posters, rows, metrics, predicted, networks),
        "confusion": {"labels": list(CLASSES), "matrix": class_figures(posters.main[with_class], shown)["confusion"]},
        "curves": {name: list(map(int, values)) if name == "epoch" else list(values) for name, values in curves.items()},
        "ancestor": {"work": ANCESTOR, "figures": {"accuracy": 0.42, "macro_f1": 0.41}},
        "notes": _notes(bool(networks)),
        "licence": "Apache-2.0 for the code; the weights were trained on posters for research only",
    }


def thesis_figures(held_out: int) -> dict[str, Any]:
    """What the ancestor's networks reached here, by network; empty if they were not trained, or were asked other posters."""
    path = registry.WEIGHTS / "poster_genre" / THESIS_FIGURES
    figures = read_json(path) if path.is_file() else {}
    asked = {sum(row["support"] for row in each["classes"].values()) for each in figures.values()}
    return figures if asked == {held_out} else {}


def summary(card: Mapping[str, Any]) -> str:
    """The figures that count, in a line."""
    metrics = card["metrics"]
    return (
        f"poster_genre: right in {metrics['accuracy']:.3f} ({in_words(metrics['intervals']['accuracy'], '.3f')}) of "
        f"{len(card['classes'])} classes, all genres ranked with a mean average precision of {metrics['mean_average_precision']:.3f} "
        f"and an LRAP of {metrics['lrap']:.3f}, on films it never saw"
    )


def _tables(
    posters: Posters, rows: np.ndarray, metrics: Mapping[str, Any], predicted: Mapping[str, Predicted], networks: Mapping[str, Any]
) -> list[dict[str, Any]]:
    has = posters.main[rows] != NO_CLASS
    truth = posters.main[rows][has]
    linear = class_figures(truth, predicted["linear"][0][has].argmax(axis=1))
    return [
        _comparison(metrics, linear, networks, len(truth)),
        *_network_tables(networks),
        _ancestor_table(),
        *_ranking_tables(posters, rows, metrics, predicted),
    ]


def _comparison(metrics: Mapping[str, Any], linear: Mapping[str, Any], networks: Mapping[str, Any], count: int) -> dict[str, Any]:
    keys = ("accuracy", "macro_precision", "macro_recall", "macro_f1")

    def row(name: str, figures: Mapping[str, Any], pixels: str) -> list[Any]:
        return [name, pixels, *(rounded(figures[key], 2) for key in keys)]

    rows: list[list[Any]] = []
    for name, published in ANCESTOR_FIGURES.items():
        rows.append([f"{name}, as published", "96 x 96", *published])
        if name in networks:
            rows.append(row(f"{name}, trained here", networks[name], f"{networks[name]['pixels']} x {networks[name]['pixels']}"))
    rows.append(row("EfficientNet-Lite0, untuned, linear heads", linear, "96 x 144"))
    rows.append(row("EfficientNet-Lite0, tuned: this model", metrics, "96 x 144"))
    columns = ["Network", "Pixels", "Accuracy", "Precision", "Recall", "F1"]
    return {
        "title": f"The main genre of {count} held-out posters; precision, recall and F1 are means of the classes",
        "columns": columns,
        "rows": rows,
    }


def _network_tables(networks: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Classes and confusion of each of the ancestor's networks trained here."""
    classes = [
        [name, *row] for name, figures in networks.items() for row in ([c, *figures["classes"][c].values()] for c in figures["classes"])
    ]
    confusion = [[name, CLASSES[index], *counts] for name, figures in networks.items() for index, counts in enumerate(figures["confusion"])]
    if not networks:
        return []
    return [
        {
            "title": "The ancestor's networks, trained here: each class",
            "columns": ["Network", "Class", "Precision", "Recall", "F1", "Support"],
            "rows": classes,
        },
        {
            "title": "The ancestor's networks, trained here: which class (row) was taken for which",
            "columns": ["Network", "Class", *CLASSES],
            "rows": confusion,
        },
        {
            "title": "The ancestor's networks, trained here: the training",
            "columns": [
                "Network",
                "Epochs",
                "Best epoch",
                "Loss, last epoch",
                "Validation loss, best epoch",
                "Right in training, last epoch",
            ],
            "rows": [[name, *(figures["training"][key] for key in TRAINING)] for name, figures in networks.items()],
        },
    ]


TRAINING = ("epochs", "best_epoch", "loss", "val_loss", "accuracy")


def _ancestor_table() -> dict[str, Any]:
    rows = [[name, CLASSES[index], *figures] for name, classes in ANCESTOR_CLASSES.items() for index, figures in enumerate(classes)]
    return {
        "title": "The ancestor's networks, as published: each class",
        "columns": ["Network", "Class", "Precision", "Recall", "F1", "Support"],
        "rows": rows,
    }


def _ranking_tables(
    posters: Posters, rows: np.ndarray, metrics: Mapping[str, Any], predicted: Mapping[str, Predicted]
) -> list[dict[str, Any]]:
    from sklearn.metrics import average_precision_score

    truth = posters.genres[rows]
    linear = predicted["linear"][1]
    ranked = [
        ["always by frequency", rounded(metrics["mean_average_precision_of_frequency"], 3), rounded(metrics["lrap_of_frequency"], 3), ""],
        ["untuned, linear heads", rounded(mean_average_precision(truth, linear), 3), rounded(ranking(truth, linear)[0].mean(), 3), ""],
        [
            "tuned: this model", rounded(metrics["mean_average_precision"], 3), rounded(metrics["lrap"], 3),
            in_words(metrics["intervals"]["lrap"], ".3f"),
        ],
    ]  # fmt: skip
    share = truth.mean(axis=0)
    found = [
        [name, int(truth[:, k].sum()), rounded(share[k], 2), rounded(average_precision_score(truth[:, k], linear[:, k]), 2),
         rounded(average_precision_score(truth[:, k], predicted["tuned"][1][:, k]), 2)]
        for k, name in enumerate(posters.names) if truth[:, k].any()
    ]  # fmt: skip
    return [
        {
            "title": f"All genres of {len(rows)} held-out posters",
            "columns": ["Ranking", "Mean average precision", "LRAP", "95 % interval of LRAP"],
            "rows": ranked,
        },
        {
            "title": "Average precision of each genre",
            "columns": ["Genre", "Films that have it", "By chance", "Untuned, linear heads", "This model"],
            "rows": sorted(found, key=lambda row: -row[-1]),
        },
    ]


def _notes(networks: bool) -> list[str]:
    notes = [
        "figures are of held-out films, asked once, by the weights that ship; intervals are 95 %, by the bootstrap over films",
        f"main genre: of a film's genres, the first of {', '.join(PRIORITY)}; what leaves the clearest mark on a poster comes before "
        f"drama, which is often named besides. At most {MOST_OF_A_CLASS} posters of a class are drawn; the others, and films of none of "
        "the five, serve all genres only",
        imagenet.NOTE,
        "the network comes to know the posters it learns from (the curves); that costs its probabilities more than its choices, "
        "and they are calibrated afterwards",
        "probabilities are calibrated on the validation films by a temperature for each head; chance: always the commonest class",
        "many a film has two of the five genres, and only one counts as right here; first_is_one_of_its_genres: how often the genre "
        "ranked first among all is one that IMDb names for the film",
        "the ancestor's reports seem to have truth and prediction exchanged: its supports differ from network to network on the same 1483 "
        "posters, so its precision is probably recall and the reverse; accuracy and F1 are the same either way. Its confusion matrices are "
        "pictures, whose counts its text does not give. Its classes are numbered; they are taken to be in the order in which it names them",
    ]
    trained = (
        "the ancestor's networks had 2000 batches an epoch for ten epochs, about a hundred passes over its posters; here they had fewer "
        "(a table says how many epochs, each a pass), with Adam, its augmentation, and the weights of the best validation epoch. "
        "Its 0.20 on 50 components seems to come of rebuilding the training posters only: rebuilt alike, all posters lose little"
    )
    missing = "the ancestor's networks were not trained on this data: `leitmotif train poster_genre --design thesis` does it"
    return [*notes, trained if networks else missing]
