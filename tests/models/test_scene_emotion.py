"""The emotion of a scene: thresholds, emotions read from ratings, and both designs rebuilt from their arrays."""

import numpy as np
import pytest

from errors import ModelError
from models import efficientnet, layers, scene_emotion
from models.scene_emotion import BLOCK, EMOTIONS, NEUTRAL, Network, emotions_of, from_arrays, read_emotions

CARD = {"name": "scene_emotion", "classes": list(EMOTIONS)}
ERRORS = np.array([1.0, 0.65])


def arrays(support=5, gamma=0.7):
    """A regression of random weights."""
    rng = np.random.default_rng(0)
    found = {"gamma": np.array(gamma), "errors": ERRORS, "intercepts": np.array([4.4, 3.6])}
    for name, shape in {"mean": 192, "scale": 192, "support": (support, 192), "coefficients": (support, 2)}.items():
        found[name] = rng.uniform(0.5, 1.5, shape)
    found |= {"emotion_coefficients": rng.normal(0, 0.01, (192, 3)), "emotion_intercepts": rng.standard_normal(3)}
    inputs = 3
    for name in efficientnet.layer_names(BLOCK):
        shape, inputs = kernel_shape(name, inputs)
        found[f"features.{name}.kernel"] = rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape).astype(np.float16)
        found[f"features.{name}.bias"] = np.zeros(shape[-1], np.float16)
    return found


def kernel_shape(name, inputs):
    if name == "stem":
        return (3, 3, 3, efficientnet.STEM), efficientnet.STEM
    block = next(block for block in efficientnet.blocks() if block.name == name.split(".")[0])
    if name.endswith("depthwise"):
        return (block.kernel, block.kernel, inputs), inputs
    outputs = inputs * block.expansion if name.endswith("expand") else block.channels
    return (1, 1, inputs, outputs), outputs


@pytest.fixture(scope="module")
def model():
    return from_arrays(arrays(), CARD)


@pytest.fixture
def pictures():
    return np.random.default_rng(1).integers(0, 256, (2, 120, 150, 3), np.uint8)


@pytest.mark.parametrize(
    ("valence", "arousal", "emotion"),
    [(5.4, 1, "happy"), (6, 7, "happy"), (3.29, 3.99, "sad"), (1, 1, "sad"), (3.29, 4, "angry"), (1, 7, "angry")],
)
def test_thresholds(valence, arousal, emotion):
    assert EMOTIONS[emotions_of(np.array([[valence, arousal]]))[0]] == emotion


@pytest.mark.parametrize("valence", [3.3, 4.35, 5.39])
def test_what_lies_between_is_neutral(valence):
    assert emotions_of(np.array([[valence, 6.0]])) == NEUTRAL


def test_emotions_are_as_likely_as_ratings_with_such_errors_fall_among_them():
    predicted = np.array([[3.4, 4.3]])
    drawn = predicted + ERRORS * np.random.default_rng(0).standard_normal((200_000, 2))
    shares = np.bincount(emotions_of(drawn), minlength=4) / len(drawn)
    emotions, neutral = read_emotions(predicted, ERRORS)
    assert neutral[0] == pytest.approx(shares[NEUTRAL], abs=0.01)
    assert emotions[0] == pytest.approx(shares[:3] / shares[:3].sum(), abs=0.01)


def test_extreme_ratings_give_probabilities_too():
    emotions, neutral = read_emotions(np.array([[-30.0, 40.0], [60.0, 0.0], [4.35, 4.0]]), ERRORS / 20)
    assert np.isfinite(emotions).all()
    assert emotions.sum(axis=1) == pytest.approx(1)
    assert [EMOTIONS[k] for k in emotions[:2].argmax(axis=1)] == ["angry", "happy"]
    assert neutral[2] == pytest.approx(1)


def test_ratings_and_emotions_of_pictures(model, pictures):
    said = model.predict(pictures)
    assert said.emotions.shape == (2, 3)
    assert said.emotions.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert ((said.ratings >= 1) & (said.ratings <= 7)).all()
    assert ((said.neutral > 0) & (said.neutral < 1)).all()
    assert np.array_equal(model.predict_proba(pictures), said.emotions)
    assert np.array_equal(model.predict_ratings(pictures), said.ratings)


def test_a_mirror_image_has_the_same_emotion(model, pictures):
    assert model.predict_ratings(pictures[:, :, ::-1]) == pytest.approx(model.predict_ratings(pictures), abs=1e-3)


def test_no_pictures(model):
    assert model.predict_proba(np.empty((0, 120, 150, 3), np.uint8)).shape == (0, 3)


@pytest.mark.parametrize("missing", ["emotion_intercepts", "features.block14.project.kernel", "errors"])
def test_missing_arrays_are_named(missing):
    found = arrays()
    del found[missing]
    with pytest.raises(ModelError, match=f"scene_emotion: weights are missing or do not fit .*{missing}"):
        from_arrays(found, CARD)


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ModelError, match="support of shape"):
        from_arrays(arrays() | {"coefficients": np.zeros((4, 2))}, CARD)


# --- the ancestor's network ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["softmax", "relu"])
def test_the_ancestors_network_has_its_layers(activation):
    network = scene_emotion.build(activation)
    assert network.input_shape == (None, 150, 150, 3)
    kinds = [type(layer).__name__ for layer in network.layers if layer.weights]
    assert kinds == ["Conv2D"] * 5 + ["Dense"] * 2
    assert [layer.kernel.shape[-1] for layer in network.layers if layer.weights] == [32, 32, 32, 32, 64, 64, 3]
    between = [layer.activation.__name__ for layer in network.layers if type(layer).__name__ == "Activation"]
    assert between == [activation] * 6
    assert network.layers[-1].activation.__name__ == "softmax"


def test_the_ancestors_network_is_rebuilt_from_its_arrays(pictures):
    network = scene_emotion.build("relu")
    ratings = np.array([[6, 4], [2, 3], [2, 5]])
    again = from_arrays(layers.to_arrays(network) | {"activation": np.array("relu"), "ratings": ratings}, CARD)
    expected = Network(network, ratings).predict(pictures)
    found = again.predict(pictures)
    assert found.emotions == pytest.approx(expected.emotions, abs=1e-2)
    assert found.emotions.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert found.ratings == pytest.approx(found.emotions @ ratings, abs=1e-5)
    assert not found.neutral.any()
