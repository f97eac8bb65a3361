"""The mood of a piece by its notes: both classifiers answer for a piece and are scikit-learn's; arrays that do not fit are refused."""

import numpy as np
import pytest

from analysis.training.score_moods import fit_forest, fit_kernel
from errors import ModelError
from models import score_mood
from models.labels import MOODS

RNG = np.random.default_rng(0)
NAMES = ("mode", "note_rate", "dissonance")
MEASURES, LABELS = RNG.normal(size=(60, 3)), np.arange(60) % 4
CARD = {"name": "score_mood", "measures": NAMES}


def arrays(measures=MEASURES, labels=LABELS):
    chooser = fit_kernel(measures, labels, seed=0, width=1, ridge=0.1)
    judge = fit_forest(measures, labels, seed=0, leaf=2, offered=0.5)
    parts = {"chooser": chooser, "judge": judge}
    return {f"{part}.{name}": array for part, its in parts.items() for name, array in (its | {"sharpness": np.array(2.0)}).items()}


def test_the_trees_are_those_of_scikit_learn():
    from sklearn.ensemble import ExtraTreesClassifier

    from analysis.training.score_moods import TREES

    forest = score_mood.Forest(fit_forest(MEASURES, LABELS, seed=0, leaf=2, offered=0.5) | {"sharpness": np.array(1.0)})
    theirs = ExtraTreesClassifier(TREES, min_samples_leaf=2, max_features=0.5, random_state=0).fit(MEASURES, LABELS)
    inputs = RNG.normal(size=(50, 3))
    assert np.exp(forest.decide(inputs)) - score_mood.LEAST == pytest.approx(theirs.predict_proba(inputs), abs=2e-3)


def test_a_piece_gets_a_probability_of_each_mood_from_both():
    teller = score_mood.from_arrays(arrays(), CARD)
    piece = {"dissonance": 0.1, "note_rate": -1.0, "mode": 0.4, "not asked for": 7.0}
    for said, rows in ((teller.probabilities(piece), teller.predict_proba), (teller.judge(piece), teller.judge_proba)):
        assert list(said) == list(MOODS)
        assert sum(said.values()) == pytest.approx(1, abs=1e-5)
        assert list(said.values()) == pytest.approx(rows(np.array([[0.4, -1.0, 0.1]]))[0].tolist())


def test_each_learns_what_can_be_learnt():
    measures = 3 * np.eye(4)[LABELS][:, :3] + 0.1 * MEASURES
    teller = score_mood.from_arrays(arrays(measures), CARD)
    assert (teller.predict_proba(measures).argmax(axis=1) == LABELS).all()
    assert (teller.judge_proba(measures).argmax(axis=1) == LABELS).all()


@pytest.mark.parametrize("missing", ["judge.roots", "chooser.support", "judge.sharpness"])
def test_missing_arrays_are_refused(missing):
    with pytest.raises(ModelError, match="score_mood: weights are missing"):
        score_mood.from_arrays({name: array for name, array in arrays().items() if name != missing}, CARD)
