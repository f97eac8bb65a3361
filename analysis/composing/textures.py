"""What each role plays: rows of notes for the whole piece, written from the draft's voices and chords.

Velocities are about USUAL; dynamics come later (analysis.composing.arranging).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from analysis.composing.orchestras import Instrument, Player
from analysis.composing.piece import Draft, Section
from analysis.composing.voices import HALF, Voices
from analysis.synthesis import theory
from analysis.synthesis.theory import Chord
from models.score import PER_BAR, PER_BEAT

USUAL = 80
ACCENT = 12  # of velocity
TOUCHED = 0.7  # share of the draft's own accents that is kept
LONGEST_PAD = 4  # half bars after which a held chord is struck again
FASTEST = 11.0  # notes a second of an instrument that accompanies
LIVELIER = {"opening": -0.25, "development": 0.0, "return": 0.1, "cadence": -0.1}  # than the energy of the piece, 0..1
Row = tuple[int, int, int, int]


@dataclass(frozen=True)
class Setting:
    """What a texture is written from."""

    voices: Voices
    energy: float
    rng: np.random.Generator

    @property
    def draft(self) -> Draft:
        """The draft that is orchestrated."""
        return self.voices.draft

    def halves(self, section: Section) -> range:
        """Numbers of the half bars of a section."""
        return range(2 * section.first, 2 * (section.first + section.bars))


def write(player: Player, setting: Setting) -> np.ndarray:
    """The notes of a pitched player within the range of the instrument, as rows of a Draft, in every section alike."""
    assert player.instrument is not None
    return fitted(np.array(list(ROLES[player.role](player, setting)), int).reshape(-1, 4), player.instrument)


def fitted(rows: np.ndarray, instrument: Instrument) -> np.ndarray:
    """The notes an octave or more higher or lower where they are outside the range of the instrument."""
    pitch = rows[:, 2]
    below, above = np.maximum(instrument.lowest - pitch, 0), np.maximum(pitch - instrument.highest, 0)
    return np.column_stack([rows[:, :2], pitch + 12 * (-(-below // 12)) - 12 * (-(-above // 12)), rows[:, 3]])


def _melody(player: Player, setting: Setting) -> np.ndarray:
    return _placed(setting.voices.sung(), player)


def _accents(player: Player, setting: Setting) -> np.ndarray:
    """The notes of the melody that fall on a beat, short."""
    notes = setting.voices.melody
    notes = notes[notes[:, 0] % PER_BEAT == 0]
    return _placed(np.column_stack([notes[:, 0], np.minimum(notes[:, 1], PER_BEAT // 2), notes[:, 2:]]), player)


def _accompaniment(player: Player, setting: Setting) -> np.ndarray:
    return _touched(setting.voices.accompaniment)


def _bass(player: Player, setting: Setting) -> np.ndarray | Iterator[Row]:
    notes = setting.voices.bass
    return _placed(notes, player) if len(notes) >= setting.draft.bars else _root(player, setting)


def _root(player: Player, setting: Setting) -> Iterator[Row]:
    """The roots of the chords, held."""
    for start, duration, chord in _held(setting):
        yield start, duration, theory.nearest(chord.root, _centre(player)), USUAL


def _pad(player: Player, setting: Setting) -> Iterator[Row]:
    """The chords, held."""
    for start, duration, chord in _held(setting):
        for pitch in _voicing(chord, player):
            yield start, duration, pitch, USUAL - 6


def _counter(player: Player, setting: Setting) -> Iterator[Row]:
    """A slow voice of chord tones that moves by the smallest step there is."""
    pitch = _centre(player)
    for start, duration, chord in _held(setting):
        tones = [theory.nearest(tone, pitch) for tone in chord.pitch_classes]
        steps = [tone for tone in tones if tone != pitch] or tones
        pitch = min(steps, key=lambda tone: (abs(tone - pitch) + abs(tone - _centre(player)) / 3, tone))
        yield start, duration, pitch, USUAL - 2


def _chords(player: Player, setting: Setting) -> Iterator[Row]:
    for start, duration, chord, mark in _patterned(player, setting):
        for pitch in _voicing(chord, player):
            yield start, duration, pitch, USUAL + ACCENT * (mark == "X")


def _power(player: Player, setting: Setting) -> Iterator[Row]:
    """Roots, fifths and octaves."""
    for start, duration, chord, mark in _patterned(player, setting):
        for interval in (0, 7, 12):
            yield start, duration, theory.nearest(chord.root, _centre(player)) + interval, USUAL + ACCENT * (mark == "X")


def _figure(player: Player, setting: Setting) -> Iterator[Row]:
    """Chord tones one after the other: the digits of the pattern are those of Chord.degree."""
    for start, duration, chord, digit in _patterned(player, setting):
        pitch = theory.nearest(chord.root, _centre(player)) + chord.degree(digit)
        on_beat = start % PER_BEAT == 0
        yield start, duration, pitch, USUAL + ACCENT * on_beat - ACCENT // 2


def _cluster(player: Player, setting: Setting) -> Iterator[Row]:
    """Neighbours of the scale a semitone apart, held for two bars, then others."""
    pairs = _semitones(setting)
    for number, (start, duration) in enumerate(_two_bars(setting)):
        low = theory.nearest(pairs[number % len(pairs)], _centre(player))
        for pitch in (low, low + 1, low + 7)[: max(_instrument(player).voices, 2)]:
            yield start, duration, pitch, USUAL


def _shriek(player: Player, setting: Setting) -> Iterator[Row]:
    """Now and then two bars of a semitone at the top of the instrument."""
    pairs = _semitones(setting)
    for number, (start, duration) in enumerate(_two_bars(setting)):
        if number % 2 or setting.rng.random() < 0.3:
            low = theory.nearest(pairs[(number // 2) % len(pairs)], _instrument(player).highest - 9)
            yield from ((start, duration, pitch, USUAL) for pitch in (low, low + 1))


def _timpani(player: Player, setting: Setting) -> Iterator[Row]:
    """A stroke where a section begins, on the beats of lively pieces, and a roll into the next section."""
    for section in setting.draft.sections:
        for half in setting.halves(section):
            pitch = theory.nearest(setting.voices.chords[half].root, _centre(player))
            begins = half == 2 * section.first
            if begins or setting.energy > (0.7 if half % 2 else 0.5):
                yield half * HALF, PER_BEAT, pitch, USUAL + ACCENT * begins
        first = (section.first + section.bars) * PER_BAR - 2 * PER_BEAT
        for step in range(8 if setting.energy > 0.35 and section.bars > 1 else 0):
            yield first + 3 * step, 3, pitch, USUAL - 32 + 5 * step


ROLES: dict[str, Callable[[Player, Setting], np.ndarray | Iterator[Row]]] = {
    "melody": _melody, "accents": _accents, "accompaniment": _accompaniment, "bass": _bass, "root": _root, "pad": _pad, "counter": _counter,
    "chords": _chords, "power": _power, "figure": _figure, "cluster": _cluster, "shriek": _shriek, "timpani": _timpani,
}  # fmt: skip


def final(player: Player, setting: Setting) -> Iterator[Row]:
    """The last chord, held by an accompanying player to the end of the piece."""
    first, chord = (setting.draft.bars - 1) * PER_BAR, setting.voices.chords[-1]
    low = player.role in ("bass", "root", "figure", "timpani", "power") and _centre(player) < theory.nearest(0, 54)
    pitches = [theory.nearest(chord.root, _centre(player))] if low or _instrument(player).voices == 1 else _voicing(chord, player)
    yield from ((first, PER_BAR, pitch, USUAL) for pitch in pitches)


def steps(pattern: str) -> Iterator[tuple[int, int, str]]:
    """Tick, duration and mark of each strike in a bar's pattern: `-` holds, `.` rests, all else strikes."""
    unit = PER_BAR // len(pattern)
    for place, mark in enumerate(pattern):
        if mark not in "-.":
            held = len(pattern[place + 1 :]) - len(pattern[place + 1 :].lstrip("-"))
            yield place * unit, (held + 1) * unit, mark


def _patterned(player: Player, setting: Setting) -> Iterator[tuple[int, int, Chord, str]]:
    """Tick, duration, chord and mark of each strike: the pattern follows the energy of the piece and of the section."""
    choices = [variants.split("/") for variants in player.pattern.split("|")]
    drawn = [variants[setting.rng.integers(len(variants))] for variants in choices]
    a_bar = PER_BAR / PER_BEAT * 60 / setting.draft.tempo  # s
    playable = [pattern for pattern in drawn if len(list(steps(pattern))) <= FASTEST * a_bar] or drawn[:1]
    for section in setting.draft.sections:
        level = int(np.clip((setting.energy + LIVELIER[section.name]) * len(drawn), 0, len(playable) - 1))
        for bar in range(section.first, section.first + section.bars):
            for tick, duration, mark in steps(playable[level]):
                yield bar * PER_BAR + tick, duration, setting.voices.chords[2 * bar + tick // HALF], mark


def _held(setting: Setting) -> Iterator[tuple[int, int, Chord]]:
    """Tick, duration and chord: equal chords that follow each other are held, within a section and for LONGEST_PAD half bars at most."""
    for section in setting.draft.sections:
        halves = setting.halves(section)
        start = halves.start
        for half in halves:
            after = half + 1
            if after == halves.stop or after - start == LONGEST_PAD or setting.voices.chords[after] != setting.voices.chords[half]:
                yield start * HALF, (after - start) * HALF, setting.voices.chords[half]
                start = after


def _two_bars(setting: Setting) -> Iterator[tuple[int, int]]:
    """Tick and duration of every two bars of the sections."""
    for section in setting.draft.sections:
        for bar in range(section.first, section.first + section.bars, 2):
            yield bar * PER_BAR, min(2, section.first + section.bars - bar) * PER_BAR


def _semitones(setting: Setting) -> list[int]:
    """Pitch classes of the scale whose upper neighbour in the scale is a semitone away."""
    scale = setting.voices.scale
    return [pitch_class for pitch_class in scale if (pitch_class + 1) % 12 in scale]


def _voicing(chord: Chord, player: Player) -> list[int]:
    """The tones of a chord around the instrument's centre, as many as it plays at once."""
    return theory.voicing(Chord(chord.root, chord.tones[: _instrument(player).voices]), _centre(player))


def _placed(notes: np.ndarray, player: Player) -> np.ndarray:
    """Notes as a whole so many octaves higher or lower that they lie well on the instrument."""
    instrument = _instrument(player)

    def strain(octaves: int) -> float:
        pitch = notes[:, 2] + 12 * octaves
        outside = np.mean((pitch < instrument.lowest) | (pitch > instrument.highest))
        return float(outside * 100 + abs(pitch.mean() - instrument.centre))

    octaves = min(range(-4, 5), key=strain) if len(notes) else 0
    return _touched(notes + np.array([0, 0, 12 * octaves, 0]))


def _touched(notes: np.ndarray) -> np.ndarray:
    """Notes with USUAL for the mean of their velocities."""
    velocity = notes[:, 3]
    return np.column_stack([notes[:, :3], USUAL + np.round(TOUCHED * (velocity - velocity.mean())) if len(notes) else velocity]).astype(int)


def _centre(player: Player) -> int:
    return _instrument(player).centre


def _instrument(player: Player) -> Instrument:
    assert player.instrument is not None
    return player.instrument
