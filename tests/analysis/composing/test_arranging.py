"""An arrangement keeps the melody, stays within instruments, follows energy and form, and sounds of its genres."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.composing import arranging, orchestras, percussion, target, textures
from analysis.composing.arranging import arrange
from analysis.composing.piece import SECTIONS, Draft, Section
from analysis.composing.voices import Voices
from models.labels import MOODS
from models.score import PER_BAR
from tests.analysis.composing.conftest import write

GENRES = tuple(target._genres())
PROGRAMS = {player.name: player.instrument for players in orchestras._orchestras().values() for player in players}


@st.composite
def any_draft(draw):
    """Notes anywhere on the piano, of two to twelve bars."""
    bars = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    firsts = np.cumsum([0, *bars[:-1]])
    names = SECTIONS[-len(bars) :]
    sections = tuple(Section(*each) for each in zip(names, firsts.tolist(), bars, strict=True))
    ticks = PER_BAR * sum(bars)
    note = st.tuples(st.integers(0, ticks - 1), st.integers(1, 96), st.integers(21, 108), st.integers(1, 127))
    notes = np.array(draw(st.lists(note, min_size=1, max_size=60)))
    notes[:, 1] = np.minimum(notes[:, 1], ticks - notes[:, 0])
    ordered = notes[np.lexsort((notes[:, 2], notes[:, 0]))]
    return Draft(ordered, draw(st.floats(40, 200)), draw(st.integers(0, 11)), draw(st.booleans()), sections)


@given(
    draft=any_draft(),
    weights=st.dictionaries(st.sampled_from(GENRES), st.floats(0.05, 1), min_size=1, max_size=4),
    energy=st.floats(0, 1),
    danceability=st.floats(0, 1),
    seed=st.integers(0, 100),
)
@settings(max_examples=60)
def test_whatever_is_asked_for_can_be_played(draft, weights, energy, danceability, seed):
    total = sum(weights.values())
    genres = {name: weight / total for name, weight in weights.items()}
    profile = target.Profile(dict.fromkeys(MOODS, 0.25), 0.5, energy, danceability, (90, 120), genres)
    piece = arrange(draft, profile, seed)
    sounding = np.zeros(draft.bars * PER_BAR, int)
    for part in piece.parts:
        tick, duration, pitch, velocity = part.notes.T
        assert tick.min() >= 0 and duration.min() >= 1 and (tick + duration).max() <= draft.bars * PER_BAR
        assert velocity.min() >= 1 and velocity.max() <= 127
        assert (np.diff(tick) >= 0).all()
        if not part.is_drum:
            assert PROGRAMS[part.name].lowest <= pitch.min() and pitch.max() <= PROGRAMS[part.name].highest
        np.add.at(sounding, tick, 1)
        np.add.at(sounding, (tick + duration)[tick + duration < len(sounding)], -1)
    assert np.cumsum(sounding).max() <= arranging.MOST
    played = {(tick, pitch % 12) for part in piece.parts if not part.is_drum for tick, _, pitch, _ in part.notes.tolist()}
    assert {(tick, pitch % 12) for tick, _, pitch, _ in Voices(draft).melody.tolist()} <= played


def named(piece):
    return {part.name for part in piece.parts}


def test_without_genres_it_is_the_piano(draft):
    piece = arrange(draft, target.of_mood("sad"), 0)
    assert [part.name for part in piece.parts] == ["piano"]
    np.testing.assert_array_equal(piece.parts[0].notes, draft.notes)


def test_a_seed_repeats_itself_and_another_differs(draft):
    profile = target.of_genres({"Adventure": 1})

    def rows(seed):
        return [(part.name, part.notes.tolist()) for part in arrange(draft, profile, seed).parts]

    assert rows(1) == rows(1)
    assert len({str(rows(seed)) for seed in range(4)}) == 4


@pytest.mark.parametrize(
    ("genre", "sounds"),
    [
        ("Action", {"horns", "low strings", "low brass", "percussion"}),
        ("Horror", {"tremolo violins", "celesta", "tremolo low strings", "violins"}),
        ("Comedy", {"clarinet", "pizzicato strings", "pizzicato basses", "xylophone"}),
        ("Drama", {"cello", "slow strings", "piano", "contrabass"}),
        ("Animation", {"flute", "pizzicato strings", "bassoon", "glockenspiel"}),
        ("Sci-Fi", {"halo pad", "square lead", "synth bass", "poly synth"}),
    ],
)
def test_a_genre_has_its_colours(draft, genre, sounds):
    for seed in range(3):
        assert sounds <= named(arrange(draft, target.of_genres({genre: 1}), seed))


def test_several_genres_share_the_seats():
    def players(weights, genre):
        rng = np.random.default_rng(0)
        own = {(player.name, player.role) for player in orchestras._orchestras()[genre] if player.instrument}
        return sum((player.name, player.role) in own for player in orchestras.seated(weights, 0.6, rng))

    counts = [players({"Drama": 1 - weight, "Sci-Fi": weight} if weight else {"Drama": 1}, "Sci-Fi") for weight in (0, 0.25, 0.5, 0.75)]
    assert counts == sorted(counts) and len(set(counts)) == 4 and counts[0] == 0


def test_energy_brings_percussion_and_force(draft):
    def piece(energy):
        return arrange(draft, target.Profile(dict.fromkeys(MOODS, 0.25), 0.5, energy, 0.5, (90, 120), {"Adventure": 1}), 0)

    pieces = [piece(energy) for energy in (0.1, 0.5, 0.95)]
    assert "percussion" not in named(pieces[0])
    forces = [sum(part.notes[:, 3].sum() for part in each.parts) for each in pieces]
    assert forces == sorted(forces) and forces[2] > 2 * forces[0]


def test_danceability_steadies_the_percussion(draft):
    def missing(danceability):
        setting = textures.Setting(Voices(draft), 0.5, np.random.default_rng(0))
        rows = percussion.play(percussion.STYLES["show"], setting, danceability)
        bars = [{(tick % PER_BAR, pitch) for tick, _, pitch, _ in rows.tolist() if tick // PER_BAR == bar} for bar in (2, 3)]
        return len(bars[0] ^ bars[1] - {(0, 49)})

    assert missing(1.0) <= 1 < missing(0.0)


def test_form_is_audible(draft):
    piece = arrange(draft, target.of_genres({"Adventure": 1}), 0)

    def force(section):
        first, end = section.first * PER_BAR, (section.first + section.bars) * PER_BAR
        rows = np.concatenate([part.notes for part in piece.parts])
        return (rows[(rows[:, 0] >= first) & (rows[:, 0] < end)][:, 3]).sum() / section.bars

    opening, development, returned, _ = (force(section) for section in draft.sections)
    assert opening < development < returned
    last = (draft.bars - 1) * PER_BAR
    holding = [part for part in piece.parts if not part.is_drum and (part.notes[part.notes[:, 0] == last][:, 1] == PER_BAR).any()]
    assert len(holding) >= len(piece.parts) / 2, "the last chord is a tutti"


def test_chords_are_those_that_were_written():
    roots = {"major": (0, 5, 9, 7, 0, 5, 7, 0), "minor": (9, 2, 5, 4, 9, 2, 4, 9)}
    for draft, expected in ((write(0, False, 120.0), roots["major"]), (write(9, True, 80.0), roots["minor"])):
        assert [chord.root for chord in Voices(draft).chords[::2]] == list(expected)


def test_the_melody_is_what_was_written_on_top(draft):
    assert (Voices(draft).melody[:, 3] == 84).all()
    assert len(Voices(draft).melody) == (draft.notes[:, 3] == 84).sum()


def test_a_part_that_is_asked_for_exists_in_the_tables():
    for genre, players in orchestras._orchestras().items():
        assert genre in GENRES
        assert players[0].role == "melody" or any(player.role == "melody" for player in players[:4])
        for player in players:
            assert player.pattern in percussion.STYLES if player.instrument is None else player.role in textures.ROLES
            assert set(player.sections) <= {name[0] for name in SECTIONS}
    assert set(orchestras._orchestras()) == set(GENRES)
