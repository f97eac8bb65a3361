"""Metadata a person keeps beside the film: `<Movie>.json` next to `<Movie>.<ext>`."""

import json
from typing import Any

from errors import DataError
from scrapers.folder import MovieFile


def read(movie: MovieFile) -> dict[str, Any] | None:
    """What the sidecar says, or None when there is none. Raises DataError for a damaged one."""
    path = movie.path.with_suffix(".json")
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: is not readable JSON ({error}); correct or remove it") from error
    if not isinstance(content, dict):
        raise DataError(f"{path}: must hold one JSON object with fields such as title, year, rating; correct or remove it")
    return content
