"""Notes become choices and come back; the network in numpy is the network in Keras; what is drawn is likely."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import ModelError
from models import score
from models.score import CHOICES, CONDITIONS, DURATIONS, PER_BAR, Choices, Writer

NOTES = st.lists(
    st.tuples(st.integers(0, PER_BAR), st.sampled_from(list(DURATIONS)), st.integers(21, 108), st.integers(0, 7)), min_size=1, max_size=40
)


@given(drawn=NOTES)
def test_notes_come_back_from_their_choices(drawn):
    advance, duration, pitch, velocity = np.array(drawn).T
    notes = np.stack([np.cumsum(advance), duration, pitch, 16 * velocity + 8], axis=1)
    choices = score.encode(notes)
    assert all(0 <= values.min() <= values.max() < size for values, size in zip(choices, CHOICES.values(), strict=True))
    assert np.array_equal(score.decode(choices), notes)


def test_what_no_choice_says_goes_to_the_nearest():
    [_, later] = score.decode(score.encode(np.array([[0, 20, 60, 80], [100, 5, 120, 127]])))
    assert list(later) == [PER_BAR, 6, 108, 120]


def test_the_network_in_numpy_is_that_of_keras():
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    network = score.build(units=32)
    rng = np.random.default_rng(0)
    steps, pieces = 6, 3
    drawn = {name: rng.integers(0, size, (pieces, steps + 1)) for name, size in (CHOICES | {"tick": PER_BAR}).items()}
    for values in drawn.values():
        values[:, 0] = 0
    told = rng.standard_normal((pieces, steps, CONDITIONS)).astype(np.float32)
    given_last = {f"last_{name}": values[:, :-1] for name, values in drawn.items()}
    given_next = {f"next_{name}": drawn[name][:, 1:] for name in ("advance", "tick", "pitch", "duration")}
    expected = network.predict(given_last | given_next | {"told": told}, verbose=0)
    writer = Writer(score.to_arrays(network))
    state = writer.begin(pieces)
    for step in range(steps):
        following = writer.listen(state, told[:, step])
        for choice in CHOICES:
            assert following.scores(choice) == pytest.approx(expected[choice][:, step], abs=2e-3)
            chosen = {choice: drawn[choice][:, step + 1]}
            if choice != "velocity":
                following.tell(**chosen, **({"tick": drawn["tick"][:, step + 1]} if choice == "advance" else {}))
        state.last = Choices(*(drawn[choice][:, step + 1] for choice in CHOICES))
        state.tick = drawn["tick"][:, step + 1]


def test_only_the_likeliest_are_left():
    found = score.chances(np.log(np.array([[0.5, 0.3, 0.15, 0.05]])), nucleus=0.7)
    assert found[0] == pytest.approx([0.625, 0.375, 0, 0])
    cold = score.chances(np.log(np.array([[0.5, 0.3, 0.2]])), temperature=0.01)
    assert cold[0] == pytest.approx([1, 0, 0])


def test_what_a_piece_is_told():
    told = score.conditions({"sad": 0.75}, tempo=100, notes_per_beat=3, velocity=72, mode=-0.5)
    assert told == pytest.approx([0, 0, 0.75, 0, 0.25, 0, 0, 0, -1])
    assert len(told) == CONDITIONS - 1
    assert score.bars_left(np.array([0, 4 * PER_BAR, 100 * PER_BAR])) == pytest.approx([0, 0.5, 1])


def test_missing_weights_are_named():
    with pytest.raises(ModelError, match=r"score: weights are missing \('know_advance\.0'\)"):
        score.from_arrays({}, {"name": "score"})
