"""Candidates are reproducible one by one, come best first, and can be stopped at any step."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.composing import arranging, compose, drafting, sounding, target
from analysis.composing.compose import STAGES
from analysis.composing.piece import Part, Piece
from errors import Cancelled, InputError
from models.registry import WEIGHTS

PROFILE = target.of_mood("happy")


@pytest.fixture
def quick(monkeypatch, draft):
    """Drafts without the network, a fifth higher and slower from seed to seed, and sounds without the sound font."""

    def drafts(profile, *, seconds, seeds, cancelled):
        moved = [draft.notes + np.array([0, 0, 7 * seed % 12, 0]) for seed in seeds]
        return [replace(draft, notes=notes, tempo=140.0 - 10 * seed) for notes, seed in zip(moved, seeds, strict=True)]

    def render(piece):
        rng = np.random.default_rng(int(piece.draft.tempo))
        return rng.normal(0, 0.1, (2, 10 * sounding.RATE)).astype(np.float32)

    monkeypatch.setattr(drafting, "drafts", drafts)
    monkeypatch.setattr(arranging, "arrange", lambda draft, profile, seed: Piece(draft, (Part("piano", seed, draft.notes),)))
    monkeypatch.setattr(sounding, "render", render)


def told(candidates):
    return {found.seed: (found.piece.draft.tempo, found.piece.parts[0].program, found.measured, found.match) for found in candidates}


def test_the_best_match_comes_first(quick):
    found = compose.compose(PROFILE, seed=3, count=4)
    scores = [candidate.match.score for candidate in found]
    assert scores == sorted(scores, reverse=True)
    assert {candidate.seed for candidate in found} == {3, 4, 5, 6}
    assert found[0].sound.shape == (2, 10 * sounding.RATE)


def test_a_candidate_does_not_depend_on_the_others(quick):
    four, two, alone = (told(compose.compose(PROFILE, seed=seed, count=count)) for seed, count in ((3, 4), (3, 2), (5, 1)))
    assert {seed: four[seed] for seed in (3, 4)} == two
    assert {5: four[5]} == alone


def test_every_step_is_told(quick):
    steps = []
    compose.compose(PROFILE, count=2, progress=lambda *step: steps.append(step))
    assert [done for done, _, _ in steps] == list(range(8))
    assert {total for _, total, _ in steps} == {7}
    assert [stage for _, _, stage in steps] == [*STAGES, *STAGES[1:], ""]


@pytest.mark.parametrize("step", range(8))
def test_it_stops_at_any_step(quick, step):
    asked = iter(range(8))
    with pytest.raises(Cancelled):
        compose.compose(PROFILE, count=2, cancelled=lambda: next(asked) == step)
    assert next(asked, 8) == step + 1, "it went on"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"seconds": 9.9}, "a length of 9.9 s cannot be composed: ask for 10 to 300"),
        ({"seconds": 301.0}, "a length of 301 s"),
        ({"seconds": float("nan")}, "a length of nan s"),
        ({"seed": -1}, "seed -1 is negative"),
        ({"count": 0}, "0 candidates cannot be composed: ask for 1 to 32"),
        ({"count": 33}, "33 candidates"),
    ],
)
def test_what_cannot_be_composed_is_said(wrong, said):
    with pytest.raises(InputError, match=said):
        compose.compose(PROFILE, **wrong)


@pytest.mark.skipif(not (WEIGHTS / "score").is_dir(), reason="the network that writes music has no weights here: leitmotif train score")
def test_a_piece_is_composed_from_beginning_to_end():
    profile = replace(PROFILE, genres={"Comedy": 1.0})
    [found] = compose.compose(profile, seconds=10, seed=5, count=1)
    sound = found.sound
    assert sound.shape[1] / sounding.RATE == pytest.approx(10, abs=1.5)
    assert 0.05 < np.abs(sound).max() < 0.89
    assert len(found.piece.parts) > 1
    assert 0 <= found.match.score <= 100
    assert found.measured.music > 0.5
