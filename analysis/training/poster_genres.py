"""Train and measure the film genre of a poster: the ancestor's four networks, and what tells more."""

from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from analysis.files import write_json
from analysis.training import poster_genre_cards as cards
from analysis.training import poster_networks, poster_tuning
from analysis.training.calibration import fit_temperature
from analysis.training.crossvalidation import Heard, Kept, Report
from analysis.training.poster_data import MOST_OF_A_CLASS, NO_CLASS, TEST, VALIDATION, Posters, load
from errors import InputError
from models import registry
from models.convolution import softmax

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
    looked = {"linear": poster_tuning.untuned(posters, kept, report), "tuned": poster_tuning.tune(posters, seed, kept, report)}
    heads = {name: calibrated(network, posters) for name, network in looked.items()}
    predicted = {name: _probabilities(network.seen[TEST], heads[name]) for name, network in looked.items()}
    card = cards.build_card(posters, predicted, looked["tuned"].curves)
    registry.save("poster_genre", looked["tuned"].trunk | heads["tuned"], card)
    report(cards.summary(card))
    return registry.card("poster_genre")


def calibrated(network: poster_tuning.Looked, posters: Posters) -> Heard:
    """Heads whose probabilities are right as often as they say on the validation part, as float16."""
    rows = posters.rows(VALIDATION)
    main, every = poster_tuning.scores(network.seen[VALIDATION], network.heads)
    has, truth = posters.main[rows] != NO_CLASS, posters.genres[rows]
    temperatures = {
        "main": fit_temperature(main[has], posters.main[rows][has], np.ones(has.sum())),
        "all": fit_temperature(_no_and_yes(every), truth.ravel().astype(int), np.ones(truth.size)),
    }
    return {name: (array / temperatures[name.split(".")[0]]).astype(np.float16) for name, array in network.heads.items()}


def _no_and_yes(scores: np.ndarray) -> np.ndarray:
    """Scores before a logistic function, as a softmax of two takes them [shape=(all, 2)]."""
    return np.stack([np.zeros(scores.size), scores.ravel()], axis=1)


def _probabilities(seen: np.ndarray, heads: Heard) -> cards.Predicted:
    """Of the main genre and of all genres."""
    main, every = poster_tuning.scores(seen, heads)
    return softmax(main), expit(every)
