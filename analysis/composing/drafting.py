"""Drafts for piano: a form, and the notes that the network writes into it, told what the profile asks for.

The opening is the network's own. Its first bars, the motif, come back: moved along the scale where a development begins, and with what
followed them, as they were, where a return begins. Between them the network writes on in the knowledge of all that has been played.
A dominant and a final chord end the piece.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.composing import form, harmony
from analysis.composing.form import Plan
from analysis.composing.piece import Draft
from analysis.composing.target import Profile
from analysis.composing.writing import Play, Sheet, Write
from errors import Cancelled
from models import registry, score
from models.score import PER_BAR, Choices, Writer

MODEL = "score"
SLOWEST, LIVELIEST = 4.0, 10.0  # notes a second at energy 0 and 1, as among the pieces that were learnt from
SOFTEST, STRONGEST = 44.0, 92.0  # mean velocity there
MODE = 0.3  # of a piece that is clearly major, see models.score.conditions
MOVES = (-3, -2, 2, 3, 4)  # steps of the scale by which a motif is moved
CHECKED = 16  # steps after which it is asked whether to stop


def never() -> bool:
    """Nobody wants to stop."""
    return False


def drafts(profile: Profile, *, seconds: float, seeds: Sequence[int], cancelled: Callable[[], bool] = never) -> list[Draft]:
    """Write a draft for each seed, side by side; a draft depends on its own seed alone.

    Parameters
    ----------
    profile : what the piece is to be like
    seconds : length of each
    seeds : 0 or more each
    cancelled : is asked every few notes

    Raises
    ------
    Cancelled : `cancelled` said so
    ModelError : the network has no weights
    """
    return write(registry.load(MODEL), profile, seconds, seeds, cancelled)


def write(writer: Writer, profile: Profile, seconds: float, seeds: Sequence[int], cancelled: Callable[[], bool] = never) -> list[Draft]:
    """`drafts` by a network of one's own."""
    works = [_Work.begun(profile, seconds, np.random.default_rng([seed, 1])) for seed in seeds]
    state = writer.begin(len(works))
    step = 0
    while not all(work.done for work in works):
        if step % CHECKED == 0 and cancelled():
            raise Cancelled("composing was stopped")
        _one_note(writer, state, works)
        step += 1
    return [work.draft() for work in works]


def _one_note(writer: Writer, state: score.State, works: "Sequence[_Work]") -> None:
    """Choose the next note of every piece; one whose task ends with it waits for the next round."""
    memory = state.memory.copy()
    told = np.stack([work.told() for work in works])
    following = writer.listen(state, told)
    scores = following.scores("advance")
    advances = [None if work.done else work.sheet.advance(row) for work, row in zip(works, scores, strict=True)]
    waiting = [advance is None for advance in advances]
    advance = np.array([each or 0 for each in advances])
    following.tell(advance=advance, tick=(state.tick + advance) % PER_BAR)
    chosen = {"advance": advance}
    for name in ("pitch", "duration", "velocity"):
        scores = following.scores(name)
        chosen[name] = np.array([
            0 if wait else _choose(work.sheet, name, row, int(step))
            for work, wait, row, step in zip(works, waiting, scores, advance, strict=True)
        ])  # fmt: skip
        if name != "velocity":
            following.tell(**{name: chosen[name]})
    for number, work in enumerate(works):
        if not waiting[number]:
            work.sheet.put(*(int(chosen[name][number]) for name in score.CHOICES))
        work.go_on()
    stay = np.array(waiting)
    state.memory[:, :, stay] = memory[:, :, stay]  # nothing was played, so nothing is remembered twice
    kept = state.last
    state.last = Choices(*(np.where(stay, old, chosen[name]) for name, old in kept._asdict().items()))
    state.tick = np.array([work.sheet.tick for work in works])


def _choose(sheet: Sheet, name: str, scores: np.ndarray, advance: int) -> int:
    return sheet.pitch(scores, advance) if name == "pitch" else getattr(sheet, name)(scores)


@dataclass
class _Work:
    """A piece on the desk: its plan, the sheet it is written on, and what is still to do."""

    plan: Plan
    sheet: Sheet
    tasks: Iterator[Write | Play]
    common: np.ndarray
    velocity: float
    done: bool = False

    @classmethod
    def begun(cls, profile: Profile, seconds: float, rng: np.random.Generator) -> "_Work":
        plan = form.plan(profile, seconds, rng)
        sheet = Sheet(plan.tonic, plan.minor, rng)
        velocity = SOFTEST + (STRONGEST - SOFTEST) * profile.energy
        rate = SLOWEST * (LIVELIEST / SLOWEST) ** profile.energy
        common = score.conditions(
            profile.moods, tempo=plan.tempo, notes_per_beat=rate * 60 / plan.tempo, velocity=velocity, mode=-MODE if plan.minor else MODE
        )
        work = cls(plan, sheet, iter(()), common, velocity)
        work.tasks = _tasks(plan, sheet, rng)
        work.go_on()
        return work

    def go_on(self) -> None:
        """Take up tasks until one is there to be done."""
        while not self.done and self.sheet.finished:
            task = next(self.tasks, None)
            if task is None:
                self.done = True
            else:
                self.sheet.begin(task)

    def told(self) -> np.ndarray:
        left = score.bars_left(np.array([self.plan.bars * PER_BAR - self.sheet.tick]))
        return np.concatenate([self.common, left]).astype(np.float32)

    def draft(self) -> Draft:
        last = (self.plan.bars - 1) * PER_BAR
        dominant = PER_BAR // 2 if self.plan.sections[-1].bars > 1 else 0
        notes = [self.sheet.between(0, last - dominant)]
        notes.append(harmony.ending(last, self.plan.tonic, self.plan.minor, round(self.velocity), dominant=dominant))
        rows = np.concatenate(notes)
        rows = rows[np.lexsort((rows[:, 2], rows[:, 0]))]
        return Draft(rows, self.plan.tempo, self.plan.tonic, self.plan.minor, self.plan.sections)


def _tasks(plan: Plan, sheet: Sheet, rng: np.random.Generator) -> Iterator[Write | Play]:
    """What is to be done, section by section; what comes back is taken from the sheet when its turn comes."""
    for section in plan.sections:
        first, until = section.first * PER_BAR, (section.first + section.bars) * PER_BAR
        if section.name == "cadence":
            yield Write(first, max(until - PER_BAR - PER_BAR // 2, first))
            return
        begin = first
        if section.name == "development":
            motif = sheet.between(0, plan.motif * PER_BAR)
            yield Play(_shifted(harmony.moved(motif, int(rng.choice(MOVES)), plan.tonic, plan.minor), first))
            begin += plan.motif * PER_BAR
        elif section.name == "return":
            yield Play(_shifted(sheet.between(0, plan.theme * PER_BAR), first))
            begin += plan.theme * PER_BAR
        yield Write(begin, until)


def _shifted(notes: np.ndarray, ticks: int) -> np.ndarray:
    return notes + np.array([ticks, 0, 0, 0])
