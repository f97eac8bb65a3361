"""The networks' plain NumPy inference equals Keras's, and hears a long film as it hears a part of it."""

import numpy as np
import pytest

from errors import ModelError
from models import context_detector as network
from models import detector, registry
from models.labels import SOUND_CLASSES

CARD = {"classes": list(SOUND_CLASSES)}
SECONDS = 24


@pytest.fixture(scope="module")
def model():
    """An untrained Keras model with normalisation layers that do something."""
    built = network.build(SECONDS)
    rng = np.random.default_rng(0)
    for layer in built.layers:
        if layer.name.endswith(".norm"):
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])
    return built


@pytest.fixture(scope="module")
def one(model) -> dict[str, np.ndarray]:
    """The arrays of that network."""
    return network.to_arrays(model, np.full(network.N_FEATURES, 0.4), np.full(network.N_FEATURES, 0.3))


@pytest.fixture(scope="module")
def arrays(one) -> dict[str, np.ndarray]:
    """The arrays of a whole detector: two networks and a machine."""
    rng = np.random.default_rng(2)
    machine = detector.fit_machine(rng.random((60, 68), np.float32), np.arange(60) % 3, C=1.0, kernel="rbf")
    count = detector.terms(np.zeros((0, 6))).shape[1]
    calibration = {"calibration": rng.normal(0, 0.1, (count, 3)), "calibration_offset": np.zeros(3)}
    return network.bundle([one, one | {"classes.bias": one["classes.bias"] + 1}], machine, calibration)


def make_features(seconds: int) -> np.ndarray:
    return np.random.default_rng(1).random((seconds, network.FRAMES, network.N_FEATURES), np.float32)


def test_logits_equal_keras_where_no_edge_is_heard(model, one) -> None:
    features = make_features(SECONDS)
    inputs = network.normalise(network.compress(features), one["mean"], one["scale"]).reshape(1, -1, network.N_FEATURES)
    expected = model.predict(inputs, verbose=0)[0]
    inside = slice(network.REACH, SECONDS - network.REACH)
    np.testing.assert_allclose(network.Network(one).logits(features)[inside], expected[inside], rtol=1e-3, atol=1e-3)


def test_blocks_leave_no_trace(arrays, monkeypatch) -> None:
    whole_detector, features = network.from_arrays(arrays, CARD), make_features(50)
    whole = whole_detector.predict_proba(features)
    monkeypatch.setattr(network, "_BLOCK", 13)
    np.testing.assert_allclose(whole_detector.predict_proba(features), whole, atol=1e-4)
    assert whole.dtype == np.float32
    assert whole.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_a_second_is_heard_with_those_within_reach_only(one) -> None:
    single, features = network.Network(one), make_features(40)
    changed = features.copy()
    changed[20] = 0
    moved = np.flatnonzero(np.abs(single.logits(changed) - single.logits(features)).max(axis=1) > 1e-6)
    assert 20 in moved
    assert moved.min() >= 20 - network.REACH
    assert moved.max() <= 20 + network.REACH


def test_what_lies_beyond_the_ends_is_their_mirror_image() -> None:
    features = np.arange(3 * network.FRAMES * network.N_FEATURES, dtype=np.float32).reshape(3, network.FRAMES, network.N_FEATURES)
    found = network.mirrored(features, np.arange(-4, 7)).reshape(-1, network.N_FEATURES)
    expected = np.pad(features.reshape(-1, network.N_FEATURES), ((4 * network.FRAMES, 4 * network.FRAMES), (0, 0)), mode="symmetric")
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("seconds", [0, 1, 2])
def test_shortest_recordings(arrays, seconds: int) -> None:
    assert network.from_arrays(arrays, CARD).predict_proba(make_features(seconds)).shape == (seconds, 3)


def test_scores_are_the_mean_of_the_networks_and_the_decisions_of_the_machine(one, arrays) -> None:
    features, machine = make_features(5), detector.Machine(network.part(arrays, "machine."))
    found = network.scores(features, [network.Network(network.part(arrays, f"network{k}.")) for k in range(2)], machine)
    np.testing.assert_allclose(found[:, :3], network.Network(one).logits(features) + 0.5, atol=1e-4)
    short_term = features[..., :34].astype(np.float64)
    decisions = machine.decision(np.concatenate([short_term.mean(axis=1), short_term.std(axis=1)], axis=1))
    np.testing.assert_allclose(found[:, 3:], decisions, atol=1e-4)


def test_refuses_wrong_shapes_arrays_and_classes(arrays) -> None:
    with pytest.raises(ModelError, match=r"analysis\.context\.frames"):
        network.from_arrays(arrays, CARD).predict_proba(np.zeros((5, 68), np.float32))
    for name, missing in (("network1.second1.kernel", r"second1\.kernel"), ("machine.support", "support"), ("calibration", "calibration")):
        with pytest.raises(ModelError, match=f"lack '{missing}'"):
            network.from_arrays({key: value for key, value in arrays.items() if key != name}, CARD)
    with pytest.raises(ModelError, match="classes"):
        network.from_arrays(arrays, {"classes": ["music", "noise"]})


def test_the_shipped_one_beats_the_support_vector_machine_on_mixed_material_it_had_not_heard() -> None:
    card = registry.card("detector_context")
    assert card["split"]["held_out"] == registry.card("detector")["split"]["held_out"]
    assert card["metrics"]["gain_over_svm"]["mixed_macro_f1"]["interval"][0] > 0
    assert card["metrics"]["times_real_time"] >= 500
