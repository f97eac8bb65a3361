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
