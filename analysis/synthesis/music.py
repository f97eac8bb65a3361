"""An arranger: writes multi-track General MIDI pieces in a style, for a mood and a length, from a seed.

The mood's levels are what the demo's ground truth says of the music; they act on what is played as follows.

=============  ==========================================================================================================
danceability   low: loose timing, a tempo that breathes, no drums unless the energy is high; medium: steady, human timing;
               high: tight timing, a tempo drawn half-way to 118 a minute, a kick or stick on every beat
valence        negative, neutral, positive choose the style's minor, modal or major progressions and scale, and the register
energy         low, medium, high choose which parts play and which patterns, the place in the style's range of tempos,
               the velocities, and the loudness at which `render` sets the piece (-26, -21, -17 dBFS)
=============  ==========================================================================================================
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.synthesis import theory
from analysis.synthesis.theory import Chord

if TYPE_CHECKING:
    from symusic.core import ScoreTick

TICKS = 480  # a quarter note
BEATS = 4  # a bar: every style is in 4/4
PHRASE = 4  # bars after which melodies breathe and drums fill
ENDING = 2.2  # s left for the last chord to ring
DANCE_TEMPO = 118  # beats a minute that invite most to dance

DRUMS = {
    "kick": 36, "stick": 37, "snare": 38, "clap": 39, "hat": 42, "pedal": 44, "open": 46, "tom_low": 45, "tom": 47, "tom_high": 50,
    "crash": 49, "ride": 51, "bell": 53, "tambourine": 54, "cowbell": 56, "conga": 63, "conga_low": 64, "shaker": 70, "claves": 75,
}  # fmt: skip

JITTER = {"low": 0.022, "medium": 0.009, "high": 0.003}  # s, standard deviation of a note's timing
VELOCITY = {"low": 0.72, "medium": 0.88, "high": 1.0}
REGISTER = {"negative": -2, "neutral": 0, "positive": 2}  # semitones


@dataclass(frozen=True)
class Mood:
    """The intended levels of a piece (models.labels.LEVELS and VALENCE_LEVELS)."""

    danceability: str = "medium"
    valence: str = "neutral"
    energy: str = "medium"


@dataclass(frozen=True)
class Part:
    """One instrument and what it plays.

    role : "chords", "power" (fifths), "pad", "figure" (bass lines and broken chords), "walk" (walking bass) or "lead"
    program : General MIDI program, 0..127
    patterns : one bar each, of as many equal steps as it has characters; `-` holds, `.` rests. Chords and leads: `x` strikes, `X` with an
        accent. Figures: a digit names the chord tone (theory.Chord.degree). Used in turn; a lead draws its motifs from them
    centre : MIDI pitch around which it plays
    velocity : 1..127
    gain : dB in the mix;  pan : -1 left .. 1 right;  drive : 0 clean .. 1 heavily distorted
    energy : levels at which it plays;  sections : sections in which it plays (I intro, A, B, E ending)
    """

    role: str
    program: int
    patterns: tuple[str, ...] = ("X---------------",)
    centre: int = 60
    velocity: int = 80
    gain: float = 0.0
    pan: float = 0.0
    drive: float = 0.0
    energy: tuple[str, ...] = ("low", "medium", "high")
    sections: str = "IABE"


@dataclass(frozen=True)
class Kit:
    """A drum kit: program of the kit, and for each energy level the bars of each drum (`X` accent, `x`, `o` soft)."""

    program: int
    patterns: dict[str, dict[str, tuple[str, ...]]]
    gain: float = 0.0


@dataclass(frozen=True)
class Style:
    """What the arranger knows of a genre.

    tempo : range in beats a minute, from low to high energy
    progressions : for each valence level, the chords of the A and the B section, one roman numeral a bar (two joined by `_` share it)
    scales : for each valence level, the lead's scale
    swing : where the off-beat falls within a beat (0.5 straight, 0.67 triplets);  swing_unit : the swung span in beats
    compression : how far the mix's loudness is evened out, 0 not at all .. 1 wholly, as records of the genre are
    reverb : share of the room in the mix;  room : its decay time in seconds
    """

    tempo: tuple[float, float]
    progressions: dict[str, tuple[str, str]]
    scales: dict[str, str]
    parts: tuple[Part, ...]
    kit: Kit | None = None
    swing: float = 0.5
    swing_unit: float = 1.0
    compression: float = 0.15
    reverb: float = 0.12
    room: float = 0.9


@dataclass(frozen=True)
class Track:
    """A written part: its notes as (start beat, length in beats, pitch, velocity)."""

    part: Part
    is_drum: bool = False
    notes: list[tuple[float, float, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Piece:
    """A written piece: tracks, the tempo of each bar (beats a minute), and its style and mood for the renderer."""

    tracks: tuple[Track, ...]
    tempos: tuple[float, ...]
    style: Style
    mood: Mood
    seed: int


@dataclass(frozen=True)
class Bar:
    """One bar of the form: its section, place in the section, and the chord of each half."""

    index: int
    section: str
    place: int
    chords: tuple[Chord, Chord]
    next_root: int

    def chord_at(self, beat: float) -> Chord:
        """The chord that sounds at a beat of the bar."""
        return self.chords[0 if beat < BEATS / 2 else 1]


def arrange(style: Style, seconds: float, mood: Mood, seed: int) -> Piece:
    """Write a piece that lasts `seconds`, its last chord falling ENDING before the end.

    Parameters
    ----------
    style : see analysis.synthesis.styles
    seconds : length, at least 8
    mood : intended levels
    seed : the same seed writes the same piece
    """
    if seconds < 8:
        raise ValueError(f"a piece lasts at least 8 s, not {seconds:g}")
    rng = np.random.default_rng(seed)
    key = int(rng.integers(12))
    tempo, count = _tempo_and_bars(style, seconds, mood, rng)
    bars = _form(style, count, mood, key)
    writer = _Writer(style, mood, key, tempo, rng)
    tracks = [writer.write(part, bars) for part in style.parts if mood.energy in part.energy]
    if style.kit and (mood.danceability != "low" or mood.energy == "high"):
        tracks.append(writer.write_drums(style.kit, bars))
    return Piece(tuple(tracks), _breathing(tempo, count, mood), style, mood, seed)


def to_score(piece: Piece, tracks: tuple[Track, ...] | None = None) -> "ScoreTick":
    """A piece, or some of its tracks, as a symusic score (to be rendered or saved as MIDI)."""
    from symusic.core import NoteTick, ScoreTick, TempoTick, TrackTick

    score = ScoreTick(TICKS)
    for bar, tempo in enumerate(piece.tempos):
        score.tempos.append(TempoTick(bar * BEATS * TICKS, tempo))
    for track in piece.tracks if tracks is None else tracks:
        midi = TrackTick(track.part.role, track.part.program, track.is_drum)
        for start, length, pitch, velocity in _apart(track.notes):
            midi.notes.append(NoteTick(round(start * TICKS), max(round(length * TICKS), 1), pitch, velocity))
        score.tracks.append(midi)
    return score


def _apart(notes: list[tuple[float, float, int, int]]) -> Iterator[tuple[float, float, int, int]]:
    """Notes cut where the same pitch is struck again: the end of the first would silence the second."""
    ordered = sorted(notes, key=lambda note: (note[2], note[0]))
    for note, following in zip(ordered, [*ordered[1:], None], strict=True):
        start, length, pitch, velocity = note
        if following and following[2] == pitch:
            length = min(length, following[0] - start - 1 / TICKS)
        yield start, length, pitch, velocity


def _tempo_and_bars(style: Style, seconds: float, mood: Mood, rng: np.random.Generator) -> tuple[float, int]:
    """A tempo of the style and mood, nudged so that a whole number of bars fits."""
    slow, fast = style.tempo
    wanted = slow + (fast - slow) * {"low": 0.1, "medium": 0.5, "high": 0.9}[mood.energy] + rng.uniform(-3, 3)
    if mood.danceability == "high":
        wanted = (wanted + DANCE_TEMPO) / 2
    count = max(round((seconds - ENDING) * wanted / 60 / BEATS), 3)
    return count * BEATS * 60 / (seconds - ENDING), count


def _breathing(tempo: float, count: int, mood: Mood) -> tuple[float, ...]:
    """The tempo of each bar and of the ending: slowing into phrase ends where the music is not for dancing; the mean stays."""
    depth = 0.05 if mood.danceability == "low" else 0.0
    lengths = np.array([1 + depth * math.cos(2 * math.pi * (bar + 0.5) / PHRASE) for bar in range(count)])
    lengths *= count / lengths.sum()
    return (*(tempo / lengths).tolist(), tempo)


def _form(style: Style, count: int, mood: Mood, key: int) -> list[Bar]:
    """Intro of two bars (if there is room), then A and B in turn, and one bar for the last chord."""
    intro = 2 if count >= 8 else 0
    texts = {name: text.split() for name, text in zip("AB", style.progressions[mood.valence], strict=True)}
    plan: list[tuple[str, int, str]] = [("I", place, texts["A"][place % len(texts["A"])]) for place in range(intro)]
    section = "A"
    while len(plan) < count:
        plan += [(section, place, text) for place, text in enumerate(texts[section])]
        section = "B" if section == "A" else "A"
    plan = [*plan[:count], ("E", 0, texts["A"][0].split("_")[0])]
    halves = [tuple(theory.chord(part, key) for part in _two(text)) for _, _, text in plan]
    following = [*halves[1:], halves[-1]]
    return [
        Bar(index, section, place, (chords[0], chords[1]), after[0].root)
        for index, ((section, place, _), chords, after) in enumerate(zip(plan, halves, following, strict=True))
    ]


def _two(text: str) -> tuple[str, str]:
    first, _, second = text.partition("_")
    return first, second or first


class _Writer:
    """Writes parts bar by bar, with the timing and touch of the mood."""

    def __init__(self, style: Style, mood: Mood, key: int, tempo: float, rng: np.random.Generator) -> None:
        self.style, self.mood, self.rng = style, mood, rng
        self.jitter = JITTER[mood.danceability] * tempo / 60  # beats
        self.scale = tuple((key + step) % 12 for step in theory.SCALES[style.scales[mood.valence]])

    def write(self, part: Part, bars: list[Bar]) -> Track:
        """The track of a pitched part."""
        track = Track(part)
        write_bar: Callable[[Track, Bar], None] = {
            "chords": self._chords, "power": self._chords, "pad": self._chords,
            "figure": self._figure, "walk": self._walk, "lead": self._lead(part),
        }[part.role]  # fmt: skip
        for bar in bars:
            if bar.section not in part.sections:
                continue
            if bar.section == "E":
                self._last_chord(track, bar)
            else:
                write_bar(track, bar)
        return track

    def write_drums(self, kit: Kit, bars: list[Bar]) -> Track:
        """The drum track: the kit's bars, a crash where a section begins, a fill where a phrase ends."""
        track = Track(Part("drums", kit.program, gain=kit.gain), is_drum=True)
        patterns = kit.patterns[self.mood.energy]
        for bar in bars:
            first = bar.index * BEATS
            if bar.section == "E":
                for drum in ("kick", "crash"):
                    self._note(track, first, 1, DRUMS[drum], 100)
                continue
            fill = bar.section != "I" and bar.index % (2 * PHRASE) == 2 * PHRASE - 1
            for drum, variants in patterns.items():
                for step, length, mark in _steps(variants[bar.index % len(variants)]):
                    if not (fill and step >= 3 and drum in ("snare", "hat", "ride")):
                        self._note(track, first + step, length, DRUMS[drum], {"X": 112, "x": 88, "o": 52}[mark])
            if fill:
                self._fill(track, first + 3)
            if bar.section in "AB" and bar.place == 0 and self.mood.energy != "low":
                self._note(track, first, 1, DRUMS["crash"], 92)
            if self.mood.danceability == "high":
                self._every_beat(track, first, "stick" if self.mood.energy == "low" else "kick", patterns)
        return track

    def _every_beat(self, track: Track, first: float, drum: str, patterns: dict[str, tuple[str, ...]]) -> None:
        """Mark the beats that the drum's own pattern leaves out."""
        played = {start for start, _, pitch, _ in track.notes if pitch == DRUMS[drum]}
        for beat in range(BEATS):
            if not any(abs(start - first - beat) < 0.1 for start in played):
                self._note(track, first + beat, 0.25, DRUMS[drum], 84)

    def _fill(self, track: Track, first: float) -> None:
        for step, drum in enumerate(("snare", "tom_high", "tom", "tom_low")):
            self._note(track, first + step / 4, 0.25, DRUMS[drum], 84 + 6 * step)

    def _chords(self, track: Track, bar: Bar) -> None:
        part = track.part
        for step, length, mark in _steps(part.patterns[bar.index % len(part.patterns)]):
            harmony = bar.chord_at(step)
            if part.role == "power":
                root = theory.nearest(harmony.root, part.centre)
                pitches = [root, root + 7, root + 12]
            else:
                pitches = theory.voicing(harmony, part.centre + REGISTER[self.mood.valence])
            strum = 0.012 if part.role == "chords" else 0.0
            for order, pitch in enumerate(pitches):
                self._note(track, bar.index * BEATS + step + order * strum, length, pitch, part.velocity + (12 if mark == "X" else 0))

    def _figure(self, track: Track, bar: Bar) -> None:
        part = track.part
        for step, length, mark in _steps(part.patterns[bar.index % len(part.patterns)]):
            harmony = bar.chord_at(step)
            pitch = theory.nearest(harmony.root, part.centre) + harmony.degree(mark)
            self._note(track, bar.index * BEATS + step, length, pitch, part.velocity + (8 if step % 2 == 0 else 0))

    def _walk(self, track: Track, bar: Bar) -> None:
        """Walking bass: root, two steps through the chord, and a half-step into the next bar's root."""
        part = track.part
        root = theory.nearest(bar.chords[0].root, part.centre)
        goal = theory.nearest(bar.next_root, part.centre)
        inner = [theory.snap(root + int(self.rng.choice([3, 4, 5])), bar.chords[0].pitch_classes)]
        inner.append(theory.snap(inner[0] + int(self.rng.choice([-4, 3])), bar.chords[1].pitch_classes))
        for beat, pitch in enumerate((root, *inner, goal + int(self.rng.choice([-1, 1])))):
            self._note(track, bar.index * BEATS + beat, 0.92, pitch, part.velocity + (6 if beat in (1, 3) else 0))

    def _lead(self, part: Part) -> Callable[[Track, Bar], None]:
        """A tune of motifs: each rhythm has one contour for the whole piece; phrases go a b a cadence."""
        motifs = self.rng.permutation(len(part.patterns))[:3].tolist()
        contours = {motif: self._contour(part.patterns[motif]) for motif in motifs}
        anchor = part.centre + REGISTER[self.mood.valence]

        def write_bar(track: Track, bar: Bar) -> None:
            place = bar.place % PHRASE
            shift = 0 if bar.section == "A" else 3
            motif = motifs[(0, 1, 0, 2)[place] % len(motifs)]
            pitch = theory.snap(anchor + shift + (0, 2, 0, -2)[place], bar.chords[0].pitch_classes)
            steps = _steps(part.patterns[motif])
            for order, (step, length, mark) in enumerate(steps):
                pitch = theory.scale_step(pitch, contours[motif][order], self.scale) if order else pitch
                strong = step in (0, 2) or length >= 1
                sounding = theory.snap(pitch, bar.chord_at(step).pitch_classes) if strong else pitch
                sounding += -12 * round((sounding - anchor) / 16)  # stay within the instrument's register
                self._note(track, bar.index * BEATS + step, length * 0.95, sounding, part.velocity + (10 if mark == "X" else 0))

        return write_bar

    def _contour(self, pattern: str) -> list[int]:
        """Scale steps from each note to the next: mostly by step, turning back after a leap."""
        contour: list[int] = []
        for _ in _steps(pattern):
            after_leap = bool(contour) and abs(contour[-1]) > 1
            contour.append(-int(np.sign(contour[-1])) if after_leap else int(self.rng.choice([-2, -1, -1, 0, 1, 1, 2, 3])))
        return contour

    def _last_chord(self, track: Track, bar: Bar) -> None:
        part, harmony, first = track.part, bar.chords[0], bar.index * BEATS
        if part.role in ("figure", "walk", "power"):
            pitches = [theory.nearest(harmony.root, part.centre)]
        elif part.role == "lead":
            pitches = [theory.snap(part.centre, harmony.pitch_classes)]
        else:
            pitches = theory.voicing(harmony, part.centre)
        for pitch in pitches:
            self._note(track, first, 3.0, pitch, part.velocity + 6)

    def _note(self, track: Track, start: float, length: float, pitch: int, velocity: float) -> None:
        """Add a note, swung and humanised; times in beats."""
        start, end = self._swung(start), self._swung(start + length)
        late = float(self.rng.normal(0, self.jitter))
        touch = velocity * VELOCITY[self.mood.energy] + float(self.rng.normal(0, 4))
        track.notes.append((max(start + late, 0.0), max(end - start, 0.05), int(np.clip(pitch, 0, 127)), int(np.clip(touch, 8, 127))))

    def _swung(self, beat: float) -> float:
        unit, swing = self.style.swing_unit, self.style.swing
        whole, part = divmod(beat / unit, 1)
        part = part * 2 * swing if part < 0.5 else swing + (part - 0.5) * 2 * (1 - swing)
        return (whole + part) * unit


@cache
def _steps(pattern: str) -> list[tuple[float, float, str]]:
    """(start, length, mark) in beats of each strike in a bar's pattern."""
    unit = BEATS / len(pattern)
    found = []
    for place, mark in enumerate(pattern):
        if mark in "-.":
            continue
        held = len(pattern[place + 1 :]) - len(pattern[place + 1 :].lstrip("-"))
        found.append((place * unit, (held + 1) * unit, mark))
    return found
