"""Whether what belongs together is found."""

import numpy as np
import pandas as pd
import pytest

from analysis import reference, retrieval
from errors import InputError
from tests.analysis.test_similarity import film, table

FILMS, EACH = 12, 4
FILM = np.repeat(np.arange(FILMS), EACH)
RECORDING = np.repeat(np.arange(FILMS * 2), 2)


def test_what_is_most_alike_is_found_at_once() -> None:
    found = retrieval.retrieve((FILM[:, None] == FILM).astype(float), FILM, RECORDING, apart=False)
    assert (found.reciprocal_rank, found.recall, found.asked, found.interval) == (1, 1, FILMS * EACH, (1, 1))


def test_excerpts_of_one_recording_can_be_left_out() -> None:
    same_recording = (RECORDING[:, None] == RECORDING).astype(float)
    assert retrieval.retrieve(same_recording, FILM, RECORDING, apart=False).reciprocal_rank == 1
    apart = retrieval.retrieve(same_recording, FILM, RECORDING, apart=True)
    assert apart.reciprocal_rank < 0.3, "the recording gave it away"
    assert apart.asked == FILMS * EACH


def test_who_has_nothing_to_find_does_not_ask() -> None:
    films = np.array([0, 0, 1])
    assert retrieval.retrieve(np.eye(3), films, np.arange(3), apart=False).asked == 2


def test_ranks_and_recall_are_counted_by_hand() -> None:
    films = np.array([0, 0, 0, 1, 2, 3, 4, 5, 6])
    likeness = np.zeros((9, 9))
    likeness[0] = [9, 1, 6, 8, 7, 5, 4, 3, 2]  # its own film stands third and last
    likeness[1] = likeness[2] = [9, 8, 7, 0, 0, 0, 0, 0, 0]
    found = retrieval.retrieve(likeness, films, np.arange(9), apart=False)
    assert found.reciprocal_rank == pytest.approx((1 / 3 + 1 + 1) / 3)
    assert found.recall == pytest.approx((1 / 2 + 1 + 1) / 3)


def test_chance_is_what_likeness_without_meaning_finds() -> None:
    rng = np.random.default_rng(5)
    by_chance = retrieval.chance(FILM, RECORDING, apart=True)
    low, high = by_chance.interval
    assert low <= by_chance.reciprocal_rank <= high < 0.25
    meaningless = retrieval.retrieve(rng.random((48, 48)), FILM, RECORDING, apart=True)
    assert meaningless.reciprocal_rank == pytest.approx(by_chance.reciprocal_rank, abs=0.08)


@pytest.mark.parametrize(("effect", "found"), [(0.0, False), (1.0, True)])
def test_films_of_one_composer_are_closer_only_if_they_are(effect: float, found: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "PERMUTATIONS", 500)
    composer = FILM // 3  # four composers of three films each
    place = np.random.default_rng(2).normal(size=len(FILM)) * 0.3 + effect * composer
    said = retrieval.of_composers(-np.abs(place[:, None] - place), FILM, composer)
    assert (said.p < 0.02) is found
    assert (said.together > said.apart) or not found
    assert (said.composers, said.films) == (4, FILMS)
    with pytest.raises(InputError, match="no composer has two films"):
        retrieval.of_composers(np.eye(48), FILM, FILM)


def excerpts() -> pd.DataFrame:
    rows = table(*(film(f"film {n // 2}", energy="low" if n < 2 else "high") for n in range(4))).assign(
        segments=1, dialogue=[False] * 3 + [True], original=[True, True, False, True], composer=["A", "A", "B", "B"]
    )
    timbre = pd.DataFrame(np.random.default_rng(0).normal(size=(4, len(reference.MFCC))), columns=list(reference.MFCC))
    return pd.concat([rows, timbre], axis=1)


def test_excerpts_are_compared_by_music_and_by_timbre() -> None:
    rows = excerpts()
    found = retrieval.likenesses(rows)
    assert {likeness.shape for likeness in found.values()} == {(4, 4)}
    music, timbre = found.values()
    assert music[0, 1] == 1 > music[0, 2]
    standard = rows[list(reference.MFCC)].to_numpy()
    standard = (standard - standard.mean(axis=0)) / standard.std(axis=0)
    assert timbre[0, 3] == pytest.approx(-np.linalg.norm(standard[0] - standard[3]))
    with pytest.raises(InputError, match="an excerpt without music"):
        retrieval.likenesses(rows.assign(segments=0))


def test_scenes_and_songs_of_others_are_not_asked() -> None:
    rows = excerpts()
    assert len(retrieval.scores(rows)) == 3
    assert list(retrieval.originals(rows)["composer"]) == ["A", "A", "B"]
