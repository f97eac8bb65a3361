"""The shipped description of music: numpy computes what Keras trained, and probabilities are probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import descriptors
from errors import ModelError
from models import attributes
from models.labels import ATTRIBUTES, ORDERED_ATTRIBUTES

INPUTS = 20
HEADS = {"genre": 10, "moods": 3, **{head: 1 for heads in attributes.HEADS.values() for head in heads if head != "dynamics"}}
CALIBRATION = {
    **{
        f"{a}.blend": np.array([*([0.001] * (1 + attributes.DYNAMICS if a == "danceability" else len(heads))), 0.5])
        for a, heads in attributes.HEADS.items()
    },
    **{f"{a}.levels": np.array([0.33, 0.66, 0.1]) for a in ORDERED_ATTRIBUTES},
    "genre.temperature": np.array(1.5),
}
CARD: dict[str, str] = {}


@pytest.fixture(scope="module")
def model():
    """A network whose normalisation has seen something."""
    network = attributes.build(INPUTS, HEADS, hidden=(6, 5))
    for layer in network.layers:
        if layer.name.startswith("norm"):
            rng = np.random.default_rng(len(layer.name))
            layer.set_weights([rng.uniform(0.5, 2, weight.shape) for weight in layer.get_weights()])
    return network


@pytest.fixture(scope="module")
def arrays(model):
    rng = np.random.default_rng(0)
    return attributes.to_arrays(model, rng.normal(size=INPUTS), rng.uniform(0.5, 2, INPUTS))


def test_numpy_computes_what_keras_trained(model, arrays):
    table = np.random.default_rng(1).normal(0, 2, (20, INPUTS)).astype(np.float32)
    standard = np.clip((table - arrays["mean"]) / arrays["scale"], -attributes.CLIP, attributes.CLIP)
    expected = model.predict(standard, verbose=0)
    found = attributes.Trunk(arrays).logits(table)
    assert "moods" not in found, "heads that only teach the trunk are not shipped"
    np.testing.assert_allclose(attributes.softmax(found["genre"]), expected["genre"], atol=2e-3)
    np.testing.assert_allclose(1 / (1 + np.exp(-found["energy_sign"])), expected["energy_sign"], atol=2e-3)


def test_predictions_have_the_classes_and_values_of_each_attribute(arrays):
    network = attributes.from_arrays(attributes.bundle([arrays, arrays], CALIBRATION), CARD)
    predictions = network.predict(np.random.default_rng(2).normal(0, 100, (9, INPUTS)).astype(np.float32))
    for attribute, classes in ATTRIBUTES.items():
        probabilities, value = predictions[attribute]
        assert probabilities.shape == (9, len(classes))
        assert probabilities.min() >= 0
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
        if attribute in ORDERED_ATTRIBUTES:
            assert ((value >= 0) & (value <= 1)).all()
        else:
            assert value is None


def test_several_trunks_are_averaged(arrays):
    table = np.random.default_rng(3).normal(size=(4, INPUTS)).astype(np.float32)
    other = {name: -array if name.endswith(("kernel", "bias")) else array for name, array in arrays.items()}
    one, two, both = (
        attributes.from_arrays(attributes.bundle(trunks, CALIBRATION), CARD).predict(table)["energy"].value
        for trunks in ([arrays], [other], [arrays, other])
    )
    np.testing.assert_allclose(both, (one + two) / 2, atol=1e-4)


@given(st.floats(0, 1), st.floats(0.05, 0.95), st.floats(0.01, 0.5), st.floats(0.02, 1))
def test_levels_are_probabilities_that_rise_with_the_value(value, low, gap, width):
    found = attributes.level_probabilities(np.array([value, value + 0.1]), low, low + gap, width)
    assert (found >= -1e-6).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    assert found[1, 2] >= found[0, 2]
    assert found[1, 0] <= found[0, 0]


def test_missing_weights_are_named(arrays):
    whole = attributes.bundle([arrays], CALIBRATION)
    for missing in ("trunk0.genre.kernel", "calibration.energy.levels", "trunks"):
        with pytest.raises(ModelError, match="lack"):
            attributes.from_arrays({name: array for name, array in whole.items() if name != missing}, CARD)


def test_dynamics_are_the_last_descriptors():
    assert descriptors.NAMES[-attributes.DYNAMICS] == "loudness_variation"
