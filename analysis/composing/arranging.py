"""Orchestrate a draft for the film genres of a profile."""

from analysis.composing.piece import Draft, Part, Piece
from analysis.composing.target import Profile


def arrange(draft: Draft, profile: Profile, seed: int) -> Piece:
    """The draft for instruments; the same seed makes the same piece."""
    piano = Part("piano", 0, draft.notes)
    if not profile.genres:
        return Piece(draft, (piano,))
    return Piece(draft, (piano, Part("strings", 48, draft.notes, volume=70, pan=40)))
