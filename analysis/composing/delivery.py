"""What a composition leaves behind: its files, and what is said of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis import covers
from analysis.composing import sounding
from analysis.composing.compose import Candidate
from errors import InputError

MIDI_ENDINGS = (".mid", ".midi")


def check(out: Path, *, wav: Path | None = None, ogg: Path | None = None, cover: Path | None = None) -> None:
    """Raises InputError when a file cannot have the name it is to have."""
    for option, path, endings in (("--out", out, MIDI_ENDINGS), ("--wav", wav, (".wav",)), ("--ogg", ogg, (".ogg",))):
        if path is not None and path.suffix.lower() not in endings:
            raise InputError(f"{option}: {path} has the wrong ending; name a file that ends in {' or '.join(endings)}")
    if cover is not None:
        covers.check(cover, None)


def save(candidate: Candidate, out: Path, *, wav: Path | None = None, ogg: Path | None = None, cover: Path | None = None) -> dict[str, str]:
    """Write the piece as MIDI, and its sound and an album cover where they are wanted, each file whole or not at all.

    Returns
    -------
    dict of what was written: `file` (the MIDI file), `wav`, `ogg`, `cover`, `large`

    Raises
    ------
    InputError, as `check` does; LibraryError when a file cannot be written
    """
    check(out, wav=wav, ogg=ogg, cover=cover)
    candidate.piece.save(out)
    written = {"file": str(out)}
    if wav or ogg:
        sound = candidate.sound
        for name, path, write in (("wav", wav, sounding.save_wav), ("ogg", ogg, sounding.save_ogg)):
            if path is not None:
                write(sound, path)
                written[name] = str(path)
    if cover is not None:
        small, large = covers.save(_cover(candidate), cover)
        written |= {"cover": str(small), "large": str(large)}
    return written


def summary(candidate: Candidate) -> dict[str, Any]:
    """What is said of a candidate, ready for JSON: its seed, its match (0..100), what was asked and got, and the part of each dimension."""
    match = candidate.match
    return {"seed": candidate.seed, "match": round(match.score, 1)} | {
        name: {dimension: _rounded(value) for dimension, value in getattr(match, name).items()} for name in ("asked", "got", "parts")
    }


def _cover(candidate: Candidate) -> covers.Cover:
    heard = candidate.measured
    answers = {"genre": heard.music_genres, "valence": {"value": heard.valence}, "energy": {"value": heard.energy}}
    return covers.for_recording(answers, candidate.seed)


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: round(weight, 4) for name, weight in value.items()}
    return [round(end, 4) for end in value] if isinstance(value, tuple) else round(value, 4)
