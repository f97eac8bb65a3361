"""Train and measure the generator of album covers: the design that ships, and the ancestor's.

A part of the real covers is held out from every generator: what is generated is compared with it, and the classifier that judges the
genre of generated covers is judged on it.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from analysis.training import adversaries, cover_enlarger, cover_material, cover_projected, cover_published, imagenet
from analysis.training import cover_measures as measures
from analysis.training.cover_cards import Candidate, Measured, build_card
from analysis.training.cover_material import Material
from analysis.training.crossvalidation import Heard, Kept, Report
from errors import InputError, ModelError
from models import cover, efficientnet, registry

# Steps of each design. A training goes on from where it was: raise the number to train for longer.
STEPS = {"best": 4000, "thesis": 600}
OTHER = {"best": "thesis", "thesis": "best"}
SHOWN = 10  # covers of each genre in the picture that the training leaves
EACH = 100  # generated covers of each genre that are measured
POSTERS = "poster_genre"  # the model whose network looks at covers to measure them


def train(data: Path, *, design: str = "best", seed: int = 0, checkpoints: Path | None = None, report: Report = print) -> dict[str, Any]:
    """Train a generator of covers, measure it against real covers it never saw, and save weights and card.

    Parameters
    ----------
    data : folder with album_covers/covers.csv (file, genre), pictures of 100 x 100 beside it
    design : "best", the generator that ships; or "thesis", the ancestor's. The card of one tells the figures of the other as well
        when it was trained on the same data with the same checkpoints
    seed : of the split, first weights and everything that is drawn
    checkpoints : folder for the state, the losses, grids of samples and a picture of covers by what was saved (covers.png); a second
        call goes on where the first was ended
    report : receives one line of progress at a time

    Returns
    -------
    the card

    Raises
    ------
    InputError : the design does not exist
    DataError : the table is missing or damaged, or has too few covers
    """
    if design not in STEPS:
        raise InputError(f"design {design!r} does not exist: choose {' or '.join(STEPS)}")
    if checkpoints is None:
        with tempfile.TemporaryDirectory() as folder:
            return train(data, design=design, seed=seed, checkpoints=Path(folder), report=report)
    material = cover_material.load(data, seed, report)
    kept = Kept(checkpoints, "cover", seed, material.learnt.pictures, material.learnt.genres)
    assert kept.folder is not None
    report(f"{len(material.learnt)} covers to learn from, {len(material.held_out)} held out; states and samples: {kept.folder}")
    enlarger = kept.compute("enlarger", lambda: cover_enlarger.train(material.learnt, seed))
    candidates = {design: _trained(design, STEPS[design], material, enlarger, kept.folder, seed, report)}
    if adversaries.steps_made(kept.folder / OTHER[design]):
        candidates[OTHER[design]] = _trained(OTHER[design], 0, material, enlarger, kept.folder, seed, report)
    card = build_card(design, candidates, material, _measure(candidates, material, kept, seed, report))
    registry.save("cover", candidates[design].arrays, card)
    gallery(registry.load("cover"), kept.folder / "covers.png")
    low, high = card["metrics"]["intervals"]["accuracy"]
    report(
        f"cover: {card['metrics']['accuracy']:.3f} ({low:.3f} to {high:.3f}) of the generated covers taken for the intended genre, "
        f"distance to real covers {card['metrics']['distance']:.2f} (real ones among themselves {card['metrics']['distance_of_real']:.2f})"
    )
    return registry.card("cover")


def gallery(generator: cover.Generator, path: Path) -> None:
    """A picture of SHOWN covers of each genre, a genre a row, by the first seeds."""
    genres = measures.intended(SHOWN)
    made = generator.generate(np.eye(len(cover.GENRES))[genres], range(len(genres)))
    Image.fromarray(adversaries.grid(made.reshape(len(cover.GENRES), SHOWN, *made.shape[1:]))).save(path)


def _trained(
    design: str, steps: int, material: Material, enlarger: Mapping[str, np.ndarray], folder: Path, seed: int, report: Report
) -> Candidate:
    """A generator after as many steps, or after all that were made before if those are more."""
    networks = _networks(design, material, seed)
    curves = adversaries.train(networks, steps, folder / design, f"design {design}", report)
    arrays = cover.to_arrays(networks.shipped, cover_enlarger.network_of(enlarger))
    return Candidate(arrays, curves, adversaries.steps_made(folder / design))


def _networks(design: str, material: Material, seed: int) -> Any:
    if design == "thesis":
        return cover_published.PublishedGan(material.learnt.pictures, material.learnt.genres, seed)
    return cover_projected.ProjectedGan(material.learnt.native(), material.learnt.genres, seed)


def _measure(candidates: Mapping[str, Candidate], material: Material, kept: Kept, seed: int, report: Report) -> Measured:
    """Every generator, and real covers, noise and blurred covers to compare them with, against the covers held out."""
    arrays, looker = _looker()
    look = measures.looker(arrays)
    digest = hashlib.sha256(arrays["head.kernel"].tobytes()).hexdigest()[:16]
    report(f"covers are measured in the features of {looker}")
    parts = {"learnt": material.learnt, "held_out": material.held_out}

    def features() -> Heard:
        return {name: look(part.pictures) for name, part in parts.items()}

    found = kept.compute(f"features-{digest}", features)
    learnt, held_out = (measures.Seen(found[name], cover_material.thumbnails(part.pictures), part.genres) for name, part in parts.items())
    genres, rng = measures.intended(EACH), np.random.default_rng(seed)
    rows = np.concatenate([rng.choice(np.flatnonzero(learnt.genres == genre), EACH) for genre in range(len(cover.GENRES))])
    others = {"blurred": measures.blurred(material.learnt.part(rows)), "noise": measures.noise(genres, rng)}
    made = {name: measures.made_by(each.generator(), genres, seed) for name, each in candidates.items()}
    seen = {name: measures.seen(pictures, genres, look) for name, pictures in (made | others).items()}
    seen["real"] = learnt.part(rows)
    enlarger = next(iter(candidates.values())).generator().enlarger
    return Measured(looker, learnt, held_out, seen, cover_enlarger.error(material.held_out, enlarger), seed)


def _looker() -> tuple[Mapping[str, np.ndarray], str]:
    """The network in whose features covers are measured: that of the posters, or the published one where posters have none."""
    try:
        card = registry.card(POSTERS)
        return registry.arrays(POSTERS), f"the poster network (sha256 {card['sha256'][:12]})"
    except ModelError:
        return efficientnet.to_arrays(imagenet.network()), "EfficientNet-Lite0 as published"
