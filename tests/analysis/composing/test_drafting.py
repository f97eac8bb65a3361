"""Drafts: the form holds, the motif returns, the key is kept, and a draft depends on its own seed alone."""

import numpy as np
import pytest

from analysis.composing import drafting, form, harmony, target
from analysis.composing.writing import RANGE, TOGETHER
from errors import Cancelled
from models import score
from models.score import PER_BAR

UNITS = 8


@pytest.fixture(scope="module")
def writer():
    """A network of random weights: what is promised of a draft does not depend on what was learnt."""
    rng = np.random.default_rng(0)
    known = sum(score.EMBEDDED.values()) + score.CONDITIONS
    shapes = {f"know_{name}.0": ((score.CHOICES | {"tick": PER_BAR})[name], size) for name, size in score.EMBEDDED.items()}
    for number in range(score.LAYERS):
        shapes |= {
            f"memory{number}.0": (known if number == 0 else UNITS, 4 * UNITS), f"memory{number}.1": (UNITS, 4 * UNITS),
            f"memory{number}.2": (4 * UNITS,),
        }  # fmt: skip
    seen = UNITS
    for choice, size in score.CHOICES.items():
        shapes |= {
            f"weigh_{choice}.0": (seen, 16),
            f"weigh_{choice}.1": (16,),
            f"choose_{choice}.0": (16, size),
            f"choose_{choice}.1": (size,),
        }
        seen += sum(score.EMBEDDED[name] for name in score._shown(choice))
    arrays = {name: rng.normal(0, 0.3, shape) for name, shape in shapes.items()}
    arrays["choose_advance.1"][[0, 3, 6, 12]] += 4  # as in music
    return score.Writer(arrays)


@pytest.fixture(scope="module")
def drafts(writer):
    return {seconds: drafting.write(writer, target.of_mood("tense"), seconds, range(3)) for seconds in (10, 45)}


def bars(draft, first, count):
    notes = draft.notes
    chosen = notes[(notes[:, 0] >= first * PER_BAR) & (notes[:, 0] < (first + count) * PER_BAR)].copy()
    chosen[:, 0] -= first * PER_BAR
    chosen[:, 1] = np.minimum(chosen[:, 1], count * PER_BAR - chosen[:, 0])
    return chosen


def test_a_draft_fills_its_form(drafts):
    for seconds, made in drafts.items():
        for draft in made:
            assert draft.seconds == pytest.approx(seconds)
            ends = draft.notes[:, :2].sum(axis=1)
            assert draft.notes[0, 0] == 0 and ends.max() == draft.bars * PER_BAR
            assert (draft.notes[:, 1] > 0).all()
            assert draft.notes[:, 3].min() > 0 and draft.notes[:, 3].max() <= 127
            starts = np.unique(draft.notes[:, 0])
            assert np.diff(starts).max() <= 2 * PER_BAR
            order = np.lexsort((draft.notes[:, 2], draft.notes[:, 0]))
            assert np.array_equal(order, np.arange(len(order)))


def test_the_theme_returns_as_it_was(drafts):
    for draft in drafts[45]:
        returning = [section for section in draft.sections if section.name == "return"]
        assert returning
        for section in returning:
            assert np.array_equal(bars(draft, section.first, 2), bars(draft, 0, 2))


def test_developments_begin_with_the_motif_moved(drafts):
    for draft in drafts[45]:
        (section,) = [each for each in draft.sections if each.name == "development"]
        motif, moved = bars(draft, 0, 2), bars(draft, section.first, 2)
        assert np.array_equal(motif[:, [0, 1, 3]], moved[np.lexsort((moved[:, 2], moved[:, 0]))][:, [0, 1, 3]])
        assert not np.array_equal(motif[:, 2], moved[:, 2])


def test_the_last_bar_is_the_tonic(drafts):
    for draft in [*drafts[10], *drafts[45]]:
        last = bars(draft, draft.bars - 1, 1)
        third = 3 if draft.minor else 4
        assert {int(pitch) % 12 for pitch in last[:, 2]} == {(draft.tonic + step) % 12 for step in (0, third, 7)}
        assert last[0, 2] % 12 == draft.tonic


def test_pitches_are_in_range_and_most_in_key(drafts):
    for draft in drafts[45]:
        assert draft.notes[:, 2].min() >= RANGE[0] - 8 and draft.notes[:, 2].max() <= RANGE[1] + 8  # a motif may be moved beyond
        assert harmony.share_in_key(draft.notes, draft.tonic, draft.minor) > 0.9
        assert np.unique(draft.notes[:, 0], return_counts=True)[1].max() <= TOGETHER


def test_a_draft_depends_on_its_own_seed_alone(writer, drafts):
    (alone,) = drafting.write(writer, target.of_mood("tense"), 45, [2])
    assert np.array_equal(alone.notes, drafts[45][2].notes) and alone.tempo == drafts[45][2].tempo
    assert not np.array_equal(drafts[45][0].notes, drafts[45][1].notes)


def test_writing_can_be_stopped(writer):
    with pytest.raises(Cancelled, match="stopped"):
        drafting.write(writer, target.of_mood("sad"), 60, [0], lambda: True)


def test_loops_are_left(writer):
    """A network that knows one pitch only is made to take others."""
    arrays = {name: array.copy() for name, array in writer._arrays.items()}
    arrays["choose_pitch.1"][60 - score.LOWEST] += 12
    (draft,) = drafting.write(score.Writer(arrays), target.of_mood("happy"), 45, [0])
    written = draft.notes[draft.notes[:, 0] < (draft.bars - 2) * PER_BAR]
    assert (written[:, 2] == 60).mean() < 0.8
    assert form.plan(target.of_mood("happy"), 45, np.random.default_rng([0, 1])).tempo == draft.tempo
