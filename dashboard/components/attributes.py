"""HTML attributes whose names are no Python names."""

from typing import Any

# Decoration that a screen reader skips: the word beside it says the same.
HIDDEN: dict[str, Any] = {"aria-hidden": "true"}


def labelled(label: str) -> dict[str, Any]:
    """What a screen reader says of an element."""
    return {"aria-label": label}


def headed(column: str) -> dict[str, Any]:
    """The column a cell belongs to; style.css shows it where a row has become a card."""
    return {"data-label": column}


def told(**data: Any) -> dict[str, Any]:
    """What a script of assets reads from an element: `told(candidate=1)` is data-candidate="1"."""
    return {f"data-{name.replace('_', '-')}": str(value) for name, value in data.items()}


def pressed(is_pressed: bool) -> dict[str, Any]:
    """Whether a button that stays pressed is."""
    return {"aria-pressed": str(is_pressed).lower()}
