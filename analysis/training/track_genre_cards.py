"""The genre of a recording: settings of its training, and the card of what was measured on artists it never heard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from analysis import tiles
from analysis.training import networks as published
from analysis.training import own_clips
from analysis.training.crossvalidation import FOLDS
from analysis.training.intervals import bootstrap, ends, in_words, rounded
from models import track_genre
from models.track_genre import DROPOUT

Variant = tuple[int, str, float]  # convolutions, regulariser of the second dense layer, dropout

FEWEST_TRACKS, FEWEST_ARTISTS = 15, 15  # of a genre
FEWEST_OWN = FOLDS  # of a genre of own clips, artists too: one a fold; the card warns of genres with less than the above
RIDGE, GAMMA = 1.0, 0.7  # strength of the regression; width of the kernel, times the number of descriptors
RATE, EPOCHS, PATIENCE, FEWEST_EPOCHS = 0.01, 100, 15, 30  # of the ancestor's networks; some begin to learn late
NETWORK_FOLDS = (0, 1)  # held out from the networks; each takes one to five minutes to train for one
# The ancestor's experiments: convolutions, regulariser of the second dense layer, dropout. The first is its final network.
PUBLISHED = (4, "l2", DROPOUT)
VARIANTS = (PUBLISHED, (3, "l2", DROPOUT), (4, "l1", DROPOUT), (4, "l2", 0.3))

ANCESTOR = "Album cover generation from genre tags of music, University of Oslo, 2018"
ANCESTOR_ACCURACY, ANCESTOR_CLASSES = 0.43, 19
ANCESTOR_L1 = 0.31
DATA_NAME = "4Q audio emotion dataset (Panda et al. 2018) with AllMusic genres, 30 s clips"


@dataclass(frozen=True)
class Networks:
    """What the ancestor's networks said of the recordings of NETWORK_FOLDS, whose artists they never heard, by variant.

    votes : np.ndarray [shape=(n, classes)] share of a recording's slices that got each genre, the mean probability deciding ties
    curves : of the training for each fold
    """

    votes: Mapping[Variant, np.ndarray]
    curves: Mapping[Variant, Sequence[published.Curves]]


@dataclass(frozen=True)
class Recordings:
    """Labelled recordings and what is heard of them.

    labels : np.ndarray [shape=(n,)] class of each; artists : np.ndarray [shape=(n,)]; folds : np.ndarray [shape=(n,)]
    named : np.ndarray [shape=(n, classes), bool] all classes its genres name
    descriptors : np.ndarray [shape=(tiles, d)], owners : np.ndarray [shape=(tiles,)] the recording of each tile
    slices : np.ndarray [shape=(slices, 128, 258, 1), float16], slice_owners : np.ndarray [shape=(slices,)]
    """

    labels: np.ndarray
    artists: np.ndarray
    folds: np.ndarray
    named: np.ndarray
    descriptors: np.ndarray
    owners: np.ndarray
    slices: np.ndarray
    slice_owners: np.ndarray


def ranks(labels: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Place of the true class among the predictions, 1 for the first [shape=(n,)]; a tie goes to the earlier class."""
    order = np.argsort(-predicted, axis=1, kind="stable")
    return (order == labels[:, np.newaxis]).argmax(axis=1) + 1


@dataclass(frozen=True)
class HeldOut:
    """Recordings that are held out, and the baseline: the share of each genre among those to train on [shape=(n, classes)]."""

    labels: np.ndarray
    artists: np.ndarray
    named: np.ndarray
    frequencies: np.ndarray

    @classmethod
    def of(cls, recordings: Recordings, folds: Sequence[int] = range(FOLDS)) -> "HeldOut":
        """The recordings of these folds, each held out from the training on the others."""
        classes = recordings.named.shape[1]
        frequencies = np.empty((len(recordings.labels), classes))
        for fold in range(FOLDS):
            known = recordings.folds != fold
            frequencies[~known] = np.bincount(recordings.labels[known], minlength=classes) / known.sum()
        here = np.isin(recordings.folds, folds)
        return cls(recordings.labels[here], recordings.artists[here], recordings.named[here], frequencies[here])


def measure(held: HeldOut, predicted: np.ndarray, classes: Sequence[str]) -> dict[str, Any]:
    """Figures on held-out artists by recording, with their 95 % intervals."""
    from sklearn.metrics import f1_score, precision_recall_fscore_support, recall_score

    labels, artists = held.labels, held.artists
    place, first = ranks(labels, predicted), predicted.argmax(axis=1)
    any_named = held.named[np.arange(len(labels)), first]
    values = {"accuracy": place == 1, "top3": place <= 3, "mrr": 1 / place, "any_genre_named": any_named}
    parts = precision_recall_fscore_support(labels, first, labels=range(len(classes)), zero_division=0)
    scored = {
        "macro_f1": lambda a, b: f1_score(a, b, labels=range(len(classes)), average="macro", zero_division=0),
        "balanced_accuracy": lambda a, b: recall_score(a, b, labels=np.unique(a), average="macro", zero_division=0),
    }
    usual = ranks(labels, held.frequencies)
    intervals = {name: ends(bootstrap(artists, np.mean, value)) for name, value in values.items()}
    intervals |= {name: ends(bootstrap(artists, metric, labels, first)) for name, metric in scored.items()}
    gain = values["accuracy"] - (usual == 1).astype(float)
    return {
        **{name: rounded(value.mean()) for name, value in values.items()},
        **{name: rounded(metric(labels, first)) for name, metric in scored.items()},
        "chance": rounded(1 / len(classes)),
        "majority": {
            "accuracy": rounded((usual == 1).mean()),
            "top3": rounded((usual <= 3).mean()),
            "mrr": rounded((1 / usual).mean()),
        },
        "gain_over_majority": rounded(gain.mean()),
        "intervals": intervals | {"gain_over_majority": ends(bootstrap(artists, np.mean, gain))},
        "classes": {
            genre: {"precision": rounded(p), "recall": rounded(r), "f1": rounded(f), "support": int(n)}
            for genre, p, r, f, n in zip(classes, *parts, strict=True)
        },
    }


def _comparison_table(held: HeldOut, ours: np.ndarray) -> dict[str, Any]:
    rows: list[list[Any]] = [[f"ancestor, as published ({ANCESTOR_CLASSES} other genres)", ANCESTOR_ACCURACY, "", "", "", ""]]
    for words, predicted in (("kernel regression on descriptors", ours), ("always ranked by frequency", held.frequencies)):
        rows.append([words, *_figures(held, predicted)])
    return {"title": "Genre of a recording, beside the ancestor's", "columns": ["Held-out recordings", *COLUMNS], "rows": rows}


def _variants_table(held: HeldOut, ours: np.ndarray, networks: Networks) -> dict[str, Any]:
    """The ancestor's variants and the model that ships, all on the same folds."""
    said = {PUBLISHED: ANCESTOR_ACCURACY, VARIANTS[2]: ANCESTOR_L1}
    rows: list[list[Any]] = []
    for variant, votes in networks.votes.items():
        rows.append([_in_words(variant), said.get(variant, ""), *_figures(held, votes)])
    rows.append(["kernel regression on descriptors", "", *_figures(held, ours)])
    rows.append(["always ranked by frequency", "", *_figures(held, held.frequencies)])
    return {
        "title": f"The ancestor's variants, on {published.on_folds(NETWORK_FOLDS)}",
        "columns": ["Network", "Published", *COLUMNS],
        "rows": rows,
    }


def _in_words(variant: Variant) -> str:
    """A variant as the tables name it."""
    convolutions, regulariser, dropout = variant
    return f"{convolutions} convolutions, {regulariser.upper()}, dropout {dropout}"


COLUMNS = ("Right at first", "95 % interval", "Among three", "Mean reciprocal rank", "Mean recall of genres")


def _figures(held: HeldOut, predicted: np.ndarray) -> list[Any]:
    place = ranks(held.labels, predicted)
    recall = np.mean([(place[held.labels == k] == 1).mean() for k in np.unique(held.labels)])
    interval = in_words(bootstrap(held.artists, np.mean, place == 1))
    return [rounded((place == 1).mean(), 2), interval, *(rounded(value, 2) for value in ((place <= 3).mean(), (1 / place).mean(), recall))]


def build_card(
    design: str,
    recordings: Recordings,
    classes: Sequence[str],
    left_out: Sequence[str],
    ours: np.ndarray,
    networks: Networks | None,
    curves: Mapping[str, list],
    *,
    own: bool = False,
) -> dict[str, Any]:
    """Every field of registry.CARD_FIELDS but name, version, sha256 and size, which the registry fills in, and `tables`.

    own : the recordings are one's own clips
    """
    from sklearn.metrics import confusion_matrix

    held, tables = HeldOut.of(recordings), []
    tables.append(_comparison_table(held, ours))
    compared = HeldOut.of(recordings, NETWORK_FOLDS)
    if networks:
        tables.append(_variants_table(compared, ours[np.isin(recordings.folds, NETWORK_FOLDS)], networks))
        trained = {_in_words(variant): (len(classes), curves_of_folds) for variant, curves_of_folds in networks.curves.items()}
        tables.append(published.training_table(trained, NETWORK_FOLDS))
    thesis = design == "thesis"
    predicted = ours
    if networks and thesis:
        held, predicted = compared, networks.votes[PUBLISHED]
    d = recordings.descriptors.shape[1]
    kernel = f"ridge regression (strength {RIDGE:g}) with a Gaussian kernel on {d} descriptors of a 10 s tile, a softmax after it"
    convolutions = "4 convolutions with max-pooling, dense 64 with dropout 0.8, dense 64 with L2; the majority of slices decides"
    step = tiles.SLICE_STEP / tiles.FRAMES_PER_SECOND if thesis else tiles.TILE_STEP
    given = "(slices, 128, 258, 1) of analysis.tiles.slices" if thesis else f"(tiles, {d}) of analysis.descriptors"
    count = len(recordings.labels)
    return {
        "date": date.today().isoformat(),
        "task": "genre of a recording, among those of your own clips" if own else "genre of a recording, among AllMusic's",
        "design": convolutions if thesis else kernel,
        "classes": list(classes),
        "input": f"{given}, 8 kHz mono; one every {step:g} s",
        "output": f"({'slices' if thesis else 'tiles'}, {len(classes)}) probabilities; a recording's are the mean",
        "data": {
            "sources": [
                {"name": f"{own_clips.SOURCE}: music", "count": count, "licence": own_clips.LICENCE}
                if own
                else {"name": DATA_NAME, "count": count, "licence": "research use"}
            ],
            "train": count,
            "test": len(held.labels),
            "artists": len(np.unique(recordings.artists)),
        },
        "split": {
            "by": own_clips.SPLIT_BY if own else "artist",
            "description": _split(thesis),
        },
        "metrics": measure(held, predicted, classes),
        "tables": tables,
        "confusion": {
            "labels": list(classes),
            "matrix": confusion_matrix(held.labels, predicted.argmax(axis=1), labels=range(len(classes))).tolist(),
        },
        "curves": dict(curves),
        "ancestor": {"work": ANCESTOR, "figures": {"accuracy": ANCESTOR_ACCURACY}},
        "notes": [*(_notes_of_own(recordings, classes, left_out) if own else _notes_of_shipped(left_out)), *_notes(networks is not None)],
        "licence": own_clips.WEIGHTS_LICENCE
        if own
        else "Apache-2.0 for the code; the weights were trained on recordings licensed for research only",
    }


def _split(thesis: bool) -> str:
    if thesis:
        return f"the artists of {published.on_folds(NETWORK_FOLDS)} are held out once each, for the figures; what is saved learnt from four"
    return (
        f"{FOLDS} folds over artists: the artists of each fold are once held out, which gives the figures; "
        "what is saved is trained on all artists with the same settings"
    )


def _notes_of_own(recordings: Recordings, classes: Sequence[str], left_out: Sequence[str]) -> list[str]:
    """What is true of own clips alone; a genre with few of them is warned of."""
    few = []
    for k, genre in enumerate(classes):
        here = recordings.labels == k
        size, artists = int(here.sum()), len(np.unique(recordings.artists[here]))
        if size < FEWEST_TRACKS or artists < FEWEST_ARTISTS:
            few.append(f"{genre} ({size} of {artists})")
    warning = f"few recordings, of few artists: trust the figures of these genres little: {', '.join(few)}"
    return [
        *([warning] if few else []),
        f"genres with fewer than {FEWEST_OWN} recordings or artists are left out: {'; '.join(left_out) or 'none'}",
        "a clip outside of an artist's folder counts as an artist of its own: where several are by one artist, the figures are too good",
        "kernel and strength of the regression are those of the model that came with leitmotif; the sharpness of the softmax was chosen "
        "on these folds",
    ]


def _notes_of_shipped(left_out: Sequence[str]) -> list[str]:
    return [
        "AllMusic names several genres for most recordings: the rarest of them in the data is the class, for nearly everything is "
        "Pop/Rock as well; any_genre_named counts an answer as right when it is any of them",
        f"genres with fewer than {FEWEST_TRACKS} recordings or {FEWEST_ARTISTS} artists are left out: {'; '.join(left_out) or 'none'}",
        "some classes are no sound but a use (Holiday, Stage & Screen, Religious) or an origin (International): they are told least",
        "kernel, strength of the regression and sharpness of the softmax were chosen on these folds, among values that measure "
        "nearly the same",
    ]


def _notes(networks: bool) -> list[str]:
    notes = [
        "figures are of whole recordings of held-out artists; intervals are 95 %, by the bootstrap over artists",
        f"the ancestor's {ANCESTOR_ACCURACY:.0%} are of {ANCESTOR_CLASSES} genres of the Free Music Archive, 2,000 tracks, the best "
        "validation accuracy and not a held-out one; its tracks were not split by artist as far as it says",
        "chance: a guess among genres equally likely; majority: always ranking by frequency among the training recordings",
        "a slice is 128 tenths of a second; its 258 rows are 129 bins of the spectrum and 129 lags (0 to 2.56 s) of the tempogram",
    ]
    patience = f"{PATIENCE} (of at least {FEWEST_EPOCHS} in all)"
    trained = (
        f"{published.note(RATE, EPOCHS, patience)}; an epoch draws one slice of each recording. Filters "
        f"{'/'.join(map(str, track_genre.FILTERS))} (the ancestor names none); it had 16,000 slices to learn from. A network begins by "
        "learning only how frequent the genres are; one that was stopped there, its watched loss hardly below that of knowing nothing, "
        "might have gone further with more patience"
    )
    missing = "the ancestor's networks were not trained on this data: `leitmotif train track_genre --design thesis` does it"
    return [*notes, trained if networks else missing]
