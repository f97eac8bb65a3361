"""Train and measure the film genre of a poster: the ancestor's four networks, and what tells more."""

from pathlib import Path
from typing import Any

import numpy as np

from analysis.files import write_json
from analysis.training import poster_genre_cards as cards
from analysis.training import poster_networks, poster_tuning
from analysis.training.calibration import fit_temperature
from analysis.training.crossvalidation import Heard, Kept, Report
from analysis.training.poster_data import MOST_OF_A_CLASS, TEST, VALIDATION, Posters, load
from errors import InputError
from models import registry
from models.poster_genre import CLASSES, from_arrays

DESIGNS = ("best", "thesis")
SIZE = (96, 144)  # width and height at which a poster is looked at


def train(data: Path, *, design: str = "best", seed: int = 0, checkpoints: Path | None = None, report: Report = print) -> dict[str, Any]:
    """Train on the posters below `data`, and measure on films that were held out.

    Parameters
    ----------
    data : folder with posters/posters.csv (file, imdb_id, genres) and posters/images
    design : "best", which ships; or "thesis", the ancestor's four networks: their figures go to weights/poster_genre/thesis.json, from
        where the card quotes them, the networks stay in `checkpoints`
    seed : of the split, of first weights and of what is drawn
    checkpoints : folder in which the state of the training is kept; a second call goes on where the first was ended
    report : receives one line of progress at a time

    Returns
    -------
    the card; of design "thesis", the figures of each network

    Raises
    ------
    InputError : the design does not exist
    DataError : the table is missing or damaged, or has too few films of a class
    """
    if design not in DESIGNS:
        raise InputError(f"design {design!r} does not exist: choose {' or '.join(DESIGNS)}")
    posters = load(data, SIZE, seed, report)
    counts = [int(np.sum(posters.part == part)) for part in range(3)]
    report(f"{sum(counts)} posters: {counts[0]} to learn from, {counts[1]} to choose by, {counts[2]} held out; {len(posters.names)} genres")
    if design == "thesis":
        figures = poster_networks.train(posters, seed, checkpoints, report)
        write_json(registry.WEIGHTS / "poster_genre" / cards.THESIS_FIGURES, figures)
        return figures
    settings = (seed, poster_tuning.SETTINGS, SIZE, MOST_OF_A_CLASS)
    kept = Kept(checkpoints, "poster_genre", settings, posters.pictures, posters.main, posters.genres, posters.part)
    linear = poster_tuning.linear_model(posters, kept, report)
    tuned, curves = poster_tuning.tune(posters, seed, kept, report)
    weights = calibrated(tuned, posters)
    report("looking at the held-out posters")
    rows = posters.rows(TEST)
    predicted = {name: _predict(arrays, posters, rows) for name, arrays in (("linear", linear), ("tuned", weights))}
    card = cards.build_card(posters, predicted, curves)
    registry.save("poster_genre", weights, card)
    report(cards.summary(card))
    return registry.card("poster_genre")


def calibrated(arrays: Heard, posters: Posters) -> Heard:
    """The arrays with heads whose probabilities are as often right as they say, on the validation part; half precision."""
    rows = posters.rows(VALIDATION)
    with_class = posters.main[rows] >= 0
    main, every = (np.log(np.clip(p, 1e-6, 1 - 1e-6)) for p in _predict(arrays, posters, rows))
    chances = np.exp(every)
    temperatures = {
        "main": fit_temperature(main[with_class], posters.main[rows][with_class], np.ones(with_class.sum())),
        "all": fit_temperature(_two_sided(every - np.log1p(-chances)), posters.genres[rows].ravel().astype(int), np.ones(every.size)),
    }
    heads = {
        f"{name}.{part}": (arrays[f"{name}.{part}"] / temperatures[name]).astype(np.float16)
        for name in poster_tuning.HEADS
        for part in ("kernel", "bias")
    }
    return arrays | heads


def _two_sided(logits: np.ndarray) -> np.ndarray:
    """Logits of yes as a softmax takes them: no, yes [shape=(all, 2)]."""
    return np.stack([np.zeros(logits.size), logits.ravel()], axis=1)


def _predict(arrays: Heard, posters: Posters, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Main genre and all genres, as the program itself will tell them."""
    card = {"name": "poster_genre", "classes": CLASSES, "genres": posters.names, "size": SIZE}
    return from_arrays(arrays, card).predict(posters.pictures[rows])
