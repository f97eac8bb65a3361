"""The ancestor's comparison for the card: its networks without and with the pictures of its GAN."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.training import scene_gan
from analysis.training import scene_networks as published
from analysis.training.intervals import in_words, rounded
from analysis.training.scene_data import Photographs
from analysis.training.scene_measures import Judged
from analysis.training.scene_networks import ACTIVATIONS, Outcome, Run
from analysis.training.scene_regression import HeldOut
from models.scene_emotion import EMOTIONS

ANCESTOR = "Music generation for scene emotion using generative and CNN model, University of Moratuwa, 2019"
ANCESTOR_ACCURACY = {False: (0.78, 0.80), True: (0.80, 0.85)}  # in training and validation; without and with the GAN's pictures


def tables(outcomes: Mapping[Run, Outcome], photographs: Photographs, folds: np.ndarray, ours: HeldOut | None) -> list[dict[str, Any]]:
    """Every network beside the ancestor's figures, and what the GAN's pictures gained.

    folds : np.ndarray [shape=(n,)] fold of each photograph, of those the networks were trained with
    ours : what the model that ships said in the same folds
    """
    right = {run: float(_judged([run], outcomes, photographs, folds).right.mean()) for run in outcomes}
    rows = [_row(*kind, outcomes, right) for kind in ((name, generated) for name in ACTIVATIONS for generated in (False, True))]
    held_out = [photographs.strong & (folds == fold) for fold in published.FOLDS]
    always = [np.bincount(photographs.emotions[here]).max() / here.sum() for here in held_out]
    rows.append(["always the commonest emotion", "", *_spread(always), "", 1.0, ""])
    if ours is not None:
        said = [(ours.emotions[0, here].argmax(axis=1) == photographs.emotions[here]).mean() for here in held_out]
        rows.append(["what ships", "", *_spread(said), "", "", ""])
    columns = [
        "Network", "Pictures of the GAN", "Right of three, mean", "Standard deviation", "Least to most", "Right in training, at the end",
        "Share of the commonest answer", "Published: training and validation",
    ]  # fmt: skip
    title = f"The ancestor's comparison: {len(published.FOLDS)} of five folds held out, {len(published.SEEDS)} seeds"
    return [{"title": title, "columns": columns, "rows": rows}, _gain_table(right)]


def _row(activation: str, generated: bool, outcomes: Mapping[Run, Outcome], right: Mapping[Run, float]) -> list[Any]:
    runs = [run for run in outcomes if (run.activation, run.generated) == (activation, generated)]
    training = np.mean([outcomes[run].curves["accuracy"][-1] for run in runs])
    answers = [np.bincount(outcomes[run].predicted.argmax(axis=1), minlength=len(EMOTIONS)) for run in runs]
    commonest = np.mean([counts.max() / counts.sum() for counts in answers])
    theirs = " and ".join(f"{figure:.2f}" for figure in ANCESTOR_ACCURACY[generated])
    row = [_network(activation), "with" if generated else "without", *_spread([right[run] for run in runs])]
    return [*row, rounded(float(training), 3), rounded(float(commonest), 2), theirs]


def _gain_table(right: Mapping[Run, float]) -> dict[str, Any]:
    rows = []
    for activation in ACTIVATIONS:
        gains = [right[run] - right[run._replace(generated=False)] for run in right if run.activation == activation and run.generated]
        rows.append([_network(activation), *_spread(gains, "+.3f"), f"{sum(gain > 0 for gain in gains)} of {len(gains)}"])
    columns = ["Network", "Gained by the GAN's pictures, mean", "Standard deviation", "Least to most", "Better with them"]
    return {"title": "Does the GAN help? The same folds and seeds, with its pictures less without", "columns": columns, "rows": rows}


def corrected(outcomes: Mapping[Run, Outcome], photographs: Photographs, folds: np.ndarray) -> Judged:
    """What the corrected network said that learnt from the GAN's pictures too, with all seeds and folds."""
    runs = [run for run in outcomes if run.activation == "relu" and run.generated]
    return _judged(runs, outcomes, photographs, folds)


def _judged(runs: Sequence[Run], outcomes: Mapping[Run, Outcome], photographs: Photographs, folds: np.ndarray) -> Judged:
    rows = np.concatenate([np.flatnonzero(photographs.strong & (folds == run.fold)) for run in runs])
    emotions = np.concatenate([outcomes[run].predicted for run in runs])
    repeats = len({run.seed for run in runs})
    return Judged(photographs.emotions[rows], emotions.argmax(axis=1), emotions.max(axis=1), photographs.themes[rows], repeats)


def _network(activation: str) -> str:
    return f"network {ACTIVATIONS[activation]} ({activation})"


def _spread(values: Sequence[float], form: str = ".3f") -> list[Any]:
    return [rounded(float(np.mean(values)), 3), rounded(float(np.std(values)), 3), in_words((min(values), max(values)), form)]


def note() -> str:
    """How the networks were trained."""
    return (
        f"the ancestor's networks: {published.STEPS} steps (its own: 1500) of {published.BATCH} photographs, RMSProp 0.001, mirrored and "
        "zoomed by up to 0.2; the last step counts, none is chosen. The GAN, one for each emotion and fold, learnt from photographs that "
        f"are not held out: {published.GAN_SIDE} x {published.GAN_SIDE} pixels (its own: 128), an eighth of the published channels, "
        f"{published.GAN_STEPS} steps of {published.GAN_BATCH} with {scene_gan.CRITIC_STEPS} of the critic for each, RMSProp "
        f"{published.GAN_RATE}, weights clipped at {scene_gan.CLIP}; it makes as many pictures of each emotion as there are"
    )
