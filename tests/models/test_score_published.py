"""The ancestors' tokens, networks and way of writing."""

import numpy as np
import pytest

from analysis import symbolic
from models import score_published
from models.score_published import SEQUENCE, Published, in_seconds, normal_order, notes, tokens


def struck(*groups):
    """Notes of groups of pitches, one group each beat."""
    return np.array([(12 * place, 6, pitch, 80) for place, group in enumerate(groups) for pitch in sorted(group)])


def test_notes_and_chords_have_the_names_music21_gives_them():
    assert tokens(struck((60,), (63,), (66,), (70, 82), (48, 64, 67), (62, 62), (10,))) == ["C4", "E-4", "F#4", "10", "0.4.7", "D4", "A0"]


@pytest.mark.parametrize(
    ("classes", "found"),
    [({0, 4, 7}, (0, 4, 7)), ({2, 5, 7, 11}, (11, 2, 5, 7)), ({9, 0, 4}, (9, 0, 4)), ({0, 3, 6, 9}, (0, 3, 6, 9)), ({4, 0, 8}, (0, 4, 8))],
)
def test_pitch_classes_stand_in_normal_order(classes, found):
    assert normal_order(classes) == found


def test_tokens_become_notes_half_a_beat_apart_and_chords_stand_above_the_middle_c():
    found = notes(["E-4", "11.2.5.7", "A0"])
    assert found.tolist() == [[0, 12, 63, 90], *([6, 12, pitch, 90] for pitch in (62, 65, 67, 71)), [12, 12, 21, 90]]
    assert in_seconds(found)[-1].tolist() == [0.5, 0.5, 21, 90]
    assert tokens(notes(["C4", "0.4.7"])) == ["C4", "0.4.7"]


def test_what_is_written_can_be_measured():
    piece = symbolic.notes(in_seconds(notes(["C4", "0.4.7", "G4", "B-4"] * 8)))
    assert piece.length == 31 * 0.25 + 0.5
    assert len(symbolic.measure(piece)) > 50


@pytest.mark.parametrize(
    ("design", "layers"),
    [
        ("a", "LSTM LSTM LSTM BatchNormalization Dropout Dense BatchNormalization Dropout Dense"),
        ("b", "Bidirectional Dropout Bidirectional Dense"),
        ("c", "Bidirectional Bidirectional Bidirectional BatchNormalization Dropout Dense BatchNormalization Dropout Dense"),
    ],
)
def test_the_networks_are_as_published(design, layers):
    pytest.importorskip("keras")
    network = score_published.build(design, 7, 4)
    assert " ".join(type(layer).__name__ for layer in network.layers) == layers
    assert network.input_shape == (None, SEQUENCE, 1)
    assert network.output_shape == (None, 7)
    memories = [getattr(layer, "forward_layer", layer) for layer in network.layers if hasattr(layer, "return_sequences")]
    assert [layer.recurrent_dropout for layer in memories] == ([0, 0] if design == "b" else [0.3, 0.3, 0])
    assert {layer.units for layer in memories} == {4}


class Counting:
    """In place of a network: after a token comes the one after it."""

    def __init__(self, vocabulary):
        self.vocabulary, self.seen = vocabulary, []

    def predict_on_batch(self, inputs):
        self.seen.append(inputs.shape)
        last = np.round(inputs[:, -1, 0] * self.vocabulary).astype(int)
        return np.eye(self.vocabulary)[(last + 1) % self.vocabulary]


def test_each_token_is_written_in_the_knowledge_of_those_before():
    network = Counting(3)
    seeds = np.zeros((2, SEQUENCE), int)
    seeds[1, -1] = 1
    assert score_published.generate(network, ["C4", "D4", "0.4.7"], seeds, 4) == [
        ["D4", "0.4.7", "C4", "D4"],
        ["0.4.7", "C4", "D4", "0.4.7"],
    ]
    assert network.seen == [(2, SEQUENCE, 1)] * 4


def test_pieces_begin_from_places_of_the_mood_that_is_asked_for():
    learnt = np.repeat([0, 1], [150, 150])
    published = Published(Counting(2), ("C4", "D4"), learnt, learnt)
    [found] = {tuple(piece[:, 2]) for piece in published.write(5, 2, mood=1)}
    assert found == (60, 62)
    assert len(published.write(3, 2)) == 3
    with pytest.raises(ValueError):
        published.write(1, 1, mood=2)


def test_a_network_can_be_kept():
    pytest.importorskip("keras")
    network = score_published.build("b", 2, 3)
    published = Published(network, ("C4", "D4"), np.array([0, 1]), np.array([2, 2]))
    again = score_published.from_arrays(score_published.to_arrays(published, "b"))
    assert all(np.array_equal(one, other) for one, other in zip(network.get_weights(), again.network.get_weights(), strict=True))
    assert again.vocabulary == published.vocabulary
