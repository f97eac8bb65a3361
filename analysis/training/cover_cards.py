"""The card of the generator of covers: its figures and those of the ancestor's design beside what real covers give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from analysis.training import cover_enlarger, cover_projected, cover_published, imagenet
from analysis.training import cover_measures as measures
from analysis.training.cover_material import COPY, HELD_OUT, NEAR, TWO_COLOURED, Material
from analysis.training.cover_measures import Seen
from analysis.training.intervals import bootstrap, ends, in_words, rounded
from models import cover

ANCESTOR = "Album cover generation from audio with a conditional GAN (2018)"
NAMES = {
    "best": "the generator that ships", "thesis": "the ancestor's generator", "real": "real covers it learnt from",
    "blurred": "real covers, 8 x 8 spots of colour", "noise": "noise",
}  # fmt: skip
DESIGNS = {
    "best": (
        "layouts weighted as the principal components of covers of the genre, refined by four transposed convolutions to 50 x 50 "
        "(conditional batch normalisation); projected discriminators on frozen EfficientNet-Lite0; a learned doubling to 100 x 100, and "
        "on to 800 x 800"
    ),
    "thesis": "conditional GAN: two transposed 5 x 5 convolutions against two, batch normalisation, Wasserstein loss with gradient penalty",
}
CLOSE = 0.99  # quantile of held-out covers above which a cover counts as close to one that was learnt from


@dataclass(frozen=True)
class Candidate:
    """A trained generator: its arrays, the curves of its training and how many steps that had."""

    arrays: Mapping[str, np.ndarray]
    curves: Mapping[str, list[float]]
    steps: int

    def generator(self) -> cover.Generator:
        """As it will be loaded."""
        return cover.from_arrays(self.arrays, {"name": "cover"})


@dataclass(frozen=True)
class Measured:
    """Covers as measured.

    looker : in whose features; learnt, held_out : the real ones; seen : equally many of each genre, by what made them (NAMES)
    doubling : mean error of a colour by the doubling network, and by bicubic interpolation
    """

    looker: str
    learnt: Seen
    held_out: Seen
    seen: Mapping[str, Seen]
    doubling: tuple[float, float]
    seed: int


def build_card(design: str, candidates: Mapping[str, Candidate], material: Material, found: Measured) -> dict[str, Any]:
    """Every field of registry.CARD_FIELDS but name, version, sha256 and size, which the registry fills in, and `tables`."""
    judge, space = measures.Judge(found.learnt), measures.Space(found.learnt.features)
    told = {name: judge(seen) for name, seen in found.seen.items()}
    distances = {name: measures.distances(seen, found.held_out, space, found.seed) for name, seen in found.seen.items()}
    judged = measures.right(found.held_out, judge(found.held_out))
    metrics = _metrics(found.seen[design], told[design], distances, design, judged)
    tables = [_distance_table(distances), _genre_table(found, told, judged), _copies_table(found)]
    return {
        "date": date.today().isoformat(),
        "task": "a new album cover for a genre of music, or for a mixture of genres",
        "design": DESIGNS[design],
        "classes": list(cover.GENRES),
        "input": "weights of the six genres [shape=(n, 6)] and a seed each",
        "output": "RGB pictures [shape=(n, 100, 100, 3)]; enlarged, 800 x 800",
        "data": {
            "sources": [{"name": "album covers, Discogs thumbnails of 100 x 100", "count": _count(material), "licence": "research use"}],
            "train": len(material.learnt),
            "test": len(found.seen[design].genres),
            "held_out": len(material.held_out),
            "two_coloured": material.two_coloured,
        },
        "split": {
            "by": "cover",
            "description": f"one cover in {HELD_OUT} of each genre is held out from all generators and from the judge, near copies "
            f"(correlation of 10 x 10 thumbnails above {COPY}) on one side",
        },
        "metrics": metrics,
        "tables": tables,
        "confusion": {"labels": list(cover.GENRES), "matrix": measures.confusion(found.seen[design], told[design]).tolist()},
        "curves": {name: [rounded(value) for value in values] for name, values in candidates[design].curves.items()},
        "ancestor": {"work": ANCESTOR, "figures": {}},
        "notes": _notes(candidates, material, found),
        "licence": "Apache-2.0 for the code; the weights were trained on covers for research only",
    }


def _metrics(
    made: Seen, told: np.ndarray, distances: Mapping[str, Mapping[str, Any]], design: str, judged: tuple[float, tuple[float, float]]
) -> dict[str, Any]:
    from sklearn.metrics import f1_score, precision_recall_fscore_support

    accuracy, interval = measures.right(made, told)
    rows = np.arange(len(told))
    macro = bootstrap(rows, lambda a, b: f1_score(a, b, average="macro", zero_division=0), made.genres, told)
    parts = precision_recall_fscore_support(made.genres, told, labels=range(len(cover.GENRES)), zero_division=0)
    mine = distances[design]
    return {
        "accuracy": rounded(accuracy),
        "macro_f1": rounded(f1_score(made.genres, told, average="macro", zero_division=0)),
        "chance": rounded(1 / len(cover.GENRES)),
        "judge_accuracy": rounded(judged[0]),
        "distance": rounded(mine["same"]),
        "distance_to_other_genres": rounded(mine["other"]),
        "distance_of_real": rounded(distances["real"]["same"]),
        "intervals": {
            "accuracy": ends(interval), "macro_f1": ends(macro), "judge_accuracy": ends(judged[1]), "distance": ends(mine["interval"]),
        },
        "classes": {
            genre: {"precision": rounded(p), "recall": rounded(r), "f1": rounded(f), "support": int(n)}
            for genre, p, r, f, n in zip(cover.GENRES, *parts, strict=True)
        },
    }  # fmt: skip


def _distance_table(distances: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    rows = []
    for name, found in distances.items():
        nearest = f"{round(found['nearest_is_own'] * len(cover.GENRES))} of {len(cover.GENRES)}"
        rows.append([NAMES[name], rounded(found["same"], 2), in_words(found["interval"]), rounded(found["other"], 2), nearest])
    columns = ["Covers", "Distance, same genre", "95 % interval", "Distance, other genres", "Nearest is the same genre"]
    return {"title": "Fréchet distance from real covers that no generator saw, mean over the genres", "columns": columns, "rows": rows}


def _genre_table(found: Measured, told: Mapping[str, np.ndarray], judged: tuple[float, tuple[float, float]]) -> dict[str, Any]:
    shares = {NAMES[name]: measures.right(seen, told[name]) for name, seen in found.seen.items() if name != "real"}
    rows = [[name, f"{share:.2f}", in_words(interval)] for name, (share, interval) in ({"real covers, held out": judged} | shares).items()]
    columns = ["Covers", "Taken for the genre", "95 % interval"]
    return {"title": "Share in which a classifier of real covers sees the genre that was meant", "columns": columns, "rows": rows}


def _copies_table(found: Measured) -> dict[str, Any]:
    """How close covers come to one that was learnt from, against held-out covers, which cannot be copies."""
    usual = measures.nearest(found.held_out, found.learnt)
    limits = [np.quantile(values, CLOSE) for values in usual]
    compared = {"real covers, held out": usual}
    compared |= {NAMES[name]: measures.nearest(found.seen[name], found.learnt) for name in ("best", "thesis") if name in found.seen}
    rows = []
    for name, values in compared.items():
        figures = [(np.median(v), np.max(v), (v > limit).mean()) for v, limit in zip(values, limits, strict=True)]
        rows.append([name, *(f"{value:.2f}" for look in figures for value in look[:2]), *(f"{look[2]:.1%}" for look in figures)])
    columns = [
        "Covers", "Cosine of the features, median", "highest", "Correlation of the thumbnails, median", "highest",
        "Closer in features than 99 % of held-out covers", "in thumbnails",
    ]  # fmt: skip
    return {"title": "Nearest of the covers that were learnt from: are there copies?", "columns": columns, "rows": rows}


def _count(material: Material) -> int:
    return len(material.learnt) + len(material.held_out) + sum(material.two_coloured.values())


def _notes(candidates: Mapping[str, Candidate], material: Material, found: Measured) -> list[str]:
    removed = ", ".join(f"{genre} {count}" for genre, count in material.two_coloured.items())
    each = len(found.seen["real"].genres) // len(cover.GENRES)
    notes = [
        f"accuracy: share of generated covers ({each} of each genre) that a classifier takes for the genre that was meant; the classifier, "
        "logistic regression, learnt from the real covers the generators learnt from, and judge_accuracy is its own on real covers held "
        "out. Intervals are 95 %, by the bootstrap over covers",
        f"distances and judge look at covers through {found.looker}. Distance: the Fréchet distance, as in FID, of {measures.COMPONENTS} "
        "principal components of its features, in units of the real covers' whole variance; with so few covers real ones are not at 0, "
        "so compare with their row. No generator was trained against this network, but it began from the same published weights as the "
        "one that judged covers in training",
        f"{sum(material.two_coloured.values())} near two-colour covers were removed first ({removed}): those in which more than "
        f"{TWO_COLOURED:.0%} of the pixels are nearer than {NEAR:.0f} (of 255, in RGB) to one of their two main colours",
        f"doubling: mean error of a colour {found.doubling[0]:.2f} of 255 on held-out covers, {found.doubling[1]:.2f} with bicubic "
        f"interpolation; {cover_enlarger.STEPS} steps on patches of real covers. The enlarged rendering cannot show detail that 100 x 100 "
        "pixels lack",
        "a genre is hard to tell from a cover, for the judge too: what is generated keeps to the broad habits of a genre's covers, "
        "palette and composition. Letters and figures are suggested, not legible",
    ]
    if "best" in candidates:
        notes.append(
            f"the generator that ships had {candidates['best'].steps} steps of {cover_projected.BATCH} covers on one processor core, and "
            f"begins from principal components of real covers; weights are an average over about {1 / (1 - cover_projected.AVERAGING):.0f} "
            f"steps. The first {cover_projected.FREE} steps are without conditions on composition, genre, likeness and variety. The "
            f"discriminators' frozen network {imagenet.NOTE}"
        )
    if "thesis" in candidates:
        notes.append(
            f"the ancestor's generator had {candidates['thesis'].steps} steps of {cover_published.BATCH} covers, the critic "
            f"{cover_published.CRITIC_STEPS} times as many; it gives no figure for the quality of its covers"
        )
    else:
        notes.append("the ancestor's generator was not trained on this data: `leitmotif train cover --design thesis` does it")
    return notes
