"""Training the published networks: what they learn from and what stops them, with networks small enough to train at once."""

import numpy as np
import pytest

from analysis.training import networks
from models.quiet import quiet_import

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(64, 2)).astype(np.float32)
RIGHT = (POINTS[:, :1] > 0).astype(np.float32)


def network(outputs: int = 1):
    keras = quiet_import("keras")
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(outputs, activation="softmax" if outputs > 1 else "sigmoid")])


def fit(model, watched, **settings):
    asked = {"rate": 0.5, "epochs": 12, "patience": 3, "seed": 0} | settings
    return networks.fit(model, lambda rng: (POINTS.astype(np.float16), watched_right(model)), watched, **asked)


def watched_right(model) -> np.ndarray:
    return RIGHT if model.output_shape[1] == 1 else np.hstack([1 - RIGHT, RIGHT])


def watching(targets: np.ndarray) -> networks.Examples:
    return networks.Examples(POINTS, targets, np.ones(len(targets)))


def test_a_fold_is_held_out_another_stops_the_training_and_the_rest_is_learnt_from():
    folds = np.array([0, 1, 2, 3, 4, 0, 1])
    assert [rows.tolist() for rows in networks.learnt_and_watched(folds, 0)] == [[2, 3, 4], [1, 6]]
    assert [rows.tolist() for rows in networks.learnt_and_watched(folds, 4)] == [[1, 2, 3, 6], [0, 5]]
    assert [rows.tolist() for rows in networks.learnt_and_watched(folds, -1)] == [[1, 2, 3, 4, 6], [0, 5]]


@pytest.mark.parametrize("outputs", [1, 2])
def test_what_goes_on_helping_is_trained_to_the_last_epoch(outputs):
    model = network(outputs)
    watched = watching(watched_right(model))
    curves = fit(model, watched)
    assert curves["epoch"] == list(range(1, 13))
    assert curves["val_loss"][-1] < curves["val_loss"][0] < np.log(2)
    assert curves["accuracy"][-1] > 0.9
    assert networks.cross_entropy(watched, networks.predict(model, POINTS)) == pytest.approx(min(curves["val_loss"]), rel=1e-5)


def test_what_no_longer_helps_ends_and_the_best_weights_stay():
    """The watched examples say the opposite: every epoch is worse than the one before it."""
    model, watched = network(), watching(1 - RIGHT)
    curves = fit(model, watched)
    assert networks.best_epoch(curves) == 1
    assert curves["epoch"] == [1, 2, 3, 4]
    assert networks.cross_entropy(watched, networks.predict(model, POINTS)) == pytest.approx(curves["val_loss"][0], rel=1e-5)
    assert curves["val_loss"][-1] > curves["val_loss"][0]
    assert fit(network(), watched, fewest=6)["epoch"][-1] == 6, "some begin to learn late"


def test_the_same_seed_gives_the_same_training():
    first, second = (fit(network(), watching(RIGHT)) for _ in range(2))
    assert first == second


def test_watched_examples_weigh_what_they_are_given():
    predicted = np.array([[0.25], [0.75]], np.float32)
    watched = networks.Examples(np.zeros((2, 2)), np.array([[1.0], [0.0]]), np.array([1.0, 3.0]))
    assert networks.cross_entropy(watched, predicted) == pytest.approx(-np.log(0.25))
    softmax = networks.Examples(np.zeros((2, 2)), np.eye(2), np.array([1.0, 0.0]))
    assert networks.cross_entropy(softmax, np.array([[0.5, 0.5], [0.1, 0.9]])) == pytest.approx(np.log(2))


def test_the_card_says_when_trainings_ended():
    short = {"epoch": [1, 2], "loss": [0.7, 0.6], "accuracy": [0.5, 0.75], "val_loss": [0.5, 0.7]}
    long = {"epoch": [1, 2, 3], "loss": [0.7, 0.6, 0.4], "accuracy": [0.5, 0.6, 0.85], "val_loss": [0.7, 0.5, 0.3]}
    assert networks.unpacked(networks.packed(short) | {"predicted": np.zeros(2)}) == short
    table = networks.training_table({"Drama": (2, [short, long]), "Crime": (10, [short])}, (0, 1))
    assert table["title"].endswith("trained, 2 of the 5 folds")
    assert table["rows"] == [
        ["Drama", "1 to 3", "2 to 3", 0.69, 0.4, 0.5, 0.5, 0.8],
        ["Crime", "1", "2", 2.3, 0.5, 0.7, 0.6, 0.75],
    ]
    assert all(len(row) == len(table["columns"]) for row in table["rows"])
