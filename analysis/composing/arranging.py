"""Orchestrate a draft for the film genres of a profile: who plays when, how loud, and how it ends."""

import dataclasses

import numpy as np

from analysis.composing import percussion, textures
from analysis.composing.orchestras import Player, seated
from analysis.composing.piece import SECTIONS, Draft, Part, Piece
from analysis.composing.target import Profile
from analysis.composing.textures import USUAL, Setting
from analysis.composing.voices import Voices
from models.score import PER_BAR

SOFT, HARD = 44, 104  # velocity of a usual note where energy is 0 and 1; softly as the drafts are
DYNAMICS = {"opening": -10, "development": -2, "return": 8, "cadence": 2}  # of velocity
MOST = 40  # notes at once
LEADS = "melody"


def arrange(draft: Draft, profile: Profile, seed: int) -> Piece:
    """The draft for instruments.

    The orchestras of the genres share the seats as the genres weigh; energy decides who plays, how busily and how loud, danceability how
    steady the percussion is. One instrument leads in the opening, another in the development, all that lead in the return of the motif;
    everybody holds the last chord. Every note of the melody is played by someone, in another octave where an instrument needs it.

    Parameters
    ----------
    profile : without genres the piece stays as it is, for piano alone
    seed : the same one makes the same piece, others vary players and patterns a little
    """
    if not profile.genres:
        return Piece(draft, (Part("piano", 0, draft.notes),))
    rng = np.random.default_rng(seed)
    setting = Setting(Voices(draft), profile.energy, rng)
    players = _cast(seated(profile.genres, profile.energy, rng), rng)
    parts = [_part(player, setting, profile.danceability) for player in players]
    return Piece(draft, tuple(_thinned([part for part in parts if len(part.notes)], draft.bars)))


def _cast(players: list[Player], rng: np.random.Generator) -> list[Player]:
    """The players, first those with the melody, in the sections that are theirs: one in each, all of them in the return."""
    leads, others = ([player for player in players if (player.role == LEADS) == leading] for leading in (True, False))
    sections: dict[str, str] = {player.name: "" for player in leads}
    last = ""
    for section in SECTIONS:
        able = [player.name for player in leads if section[0] in player.sections] or [leads[0].name]
        fresh = [name for name in able if name != last] or able
        last = fresh[rng.integers(len(fresh))]
        for name in able if section == "return" else [last]:
            sections[name] += section[0]
    return [*(dataclasses.replace(player, sections=sections[player.name]) for player in leads), *others]


def _part(player: Player, setting: Setting, danceability: float) -> Part:
    if player.instrument is None:
        style = percussion.STYLES[player.pattern]
        notes = _in_sections(percussion.play(style, setting, danceability), player, setting)
        return Part(player.name, style.kit, _dynamic(notes, setting), True, player.volume)
    notes = _in_sections(textures.write(player, setting), player, setting)
    if player.role not in (LEADS, "accompaniment", "accents"):
        notes = np.concatenate([notes[notes[:, 0] < (setting.draft.bars - 1) * PER_BAR], _final(player, setting)])
    return Part(player.name, player.instrument.program, _dynamic(notes, setting), volume=player.volume, pan=player.instrument.pan)


def _final(player: Player, setting: Setting) -> np.ndarray:
    assert player.instrument is not None
    return textures.fitted(np.array(list(textures.final(player, setting))), player.instrument)


def _in_sections(notes: np.ndarray, player: Player, setting: Setting) -> np.ndarray:
    """The notes that begin in sections in which the player plays, cut where the piece ends."""
    letters = np.concatenate([[section.name[0]] * section.bars for section in setting.draft.sections])
    chosen = notes[[letter in player.sections for letter in letters[notes[:, 0] // PER_BAR]]]
    return np.column_stack([chosen[:, 0], np.minimum(chosen[:, 1], setting.draft.bars * PER_BAR - chosen[:, 0]), chosen[:, 2:]])


def _dynamic(notes: np.ndarray, setting: Setting) -> np.ndarray:
    """Velocities as the energy and the section have them, swelling over the bar before the next section."""
    ticks = setting.draft.bars * PER_BAR
    level = np.full(ticks, SOFT + (HARD - SOFT) * setting.energy - USUAL)
    for section, after in zip(setting.draft.sections, [*setting.draft.sections[1:], None], strict=True):
        first, end = section.first * PER_BAR, (section.first + section.bars) * PER_BAR
        level[first:end] += DYNAMICS[section.name]
        if after is not None:
            swell = np.linspace(0, DYNAMICS[after.name] - DYNAMICS[section.name], PER_BAR)
            level[end - PER_BAR : end] += np.maximum(swell, 0)
    velocity = np.clip(np.round(notes[:, 3] + level[notes[:, 0]]), 1, 127).astype(int)
    return np.column_stack([notes[:, :3], velocity])[np.lexsort((notes[:, 2], notes[:, 0]))]


def _thinned(parts: list[Part], bars: int) -> list[Part]:
    """The parts with no more than MOST notes at once: those who accompany leave notes out, the last in the order first."""
    sounding = np.zeros(bars * PER_BAR, int)
    for part in parts:
        for tick, duration, _, _ in part.notes.tolist():
            sounding[tick : tick + duration] += 1
    kept = list(parts)
    for number in range(len(parts) - 1, 0, -1):
        if sounding.max(initial=0) <= MOST:
            break
        stays = np.ones(len(parts[number].notes), bool)
        for row, (tick, duration, _, _) in enumerate(parts[number].notes.tolist()):
            if sounding[tick : tick + duration].max() > MOST:
                sounding[tick : tick + duration] -= 1
                stays[row] = False
        kept[number] = dataclasses.replace(parts[number], notes=parts[number].notes[stays])
    return kept
