"""Weights and cards on disk: `weights/<name>/<version>/{weights.npz, card.json}`.

Weights are plain arrays in an .npz read without pickle, and are refused when their sha256 differs from the card's.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from errors import ModelError
from models.labels import ATTRIBUTES

WEIGHTS = Path(__file__).parent / "weights"

# Model name -> "module:function" that rebuilds it from (arrays, card). Modules are imported only when asked for.
BUILDERS = {
    "detector": "models.detector:from_arrays",
    "detector_context": "models.context_detector:from_arrays",
    "attributes": "models.attributes:from_arrays",
    "film_genre": "models.film_genre:from_arrays",
    "track_genre": "models.track_genre:from_arrays",
    "scene_emotion": "models.scene_emotion:from_arrays",
    "poster_genre": "models.poster_genre:from_arrays",
    "cover": "models.cover:from_arrays",
    "score_mood": "models.score_mood:from_arrays",
    "score": "models.score:from_arrays",
}

# A model that says several things has a card for each of them: name of the card -> name of the model.
PARTS = dict.fromkeys(ATTRIBUTES, "attributes")
CARDS = tuple(card for model in BUILDERS for card in ([part for part, whole in PARTS.items() if whole == model] or [model]))

# What every card must say (tests/models/test_cards.py checks each shipped card against it).
CARD_FIELDS = (
    "name", "version", "date", "task", "design", "classes", "input", "output", "data", "split",
    "metrics", "confusion", "curves", "ancestor", "notes", "licence", "sha256", "size_bytes",
)  # fmt: skip


@cache
def load(name: str) -> Any:
    """The newest version of model `name`, ready to predict. Loaded once per process.

    Raises ModelError for an unknown name, missing files, or weights whose sha256 is not the card's.
    """
    if name not in BUILDERS:
        raise ModelError(f"unknown model {name!r}: choose one of {', '.join(BUILDERS)}")
    module, function = BUILDERS[name].split(":")
    return getattr(import_module(module), function)(arrays(name), card(name))


def folder(name: str) -> Path:
    """Folder of the newest version of a model, or of the model that says `name` (versions are whole numbers)."""
    name = PARTS.get(name, name)
    versions = [p for p in (WEIGHTS / name).glob("*") if p.name.isdigit()]
    if not versions:
        raise ModelError(f"model {name!r} has no weights in {WEIGHTS / name}: run `leitmotif train`")
    return max(versions, key=lambda p: int(p.name))


def card(name: str) -> dict[str, Any]:
    """The card of a model, or of one of the things a model says (PARTS), as a dictionary (fields: CARD_FIELDS)."""
    path = folder(name) / "card.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if name not in PARTS:
            return content
        common = {field: value for field, value in content.items() if field != "parts"}
        return common | content["parts"][name] | {"name": name}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: the model's card cannot be read ({error}); restore it or retrain") from error


def cards() -> list[dict[str, Any]]:
    """Every card of the models that have weights, in the order of CARDS."""
    return [card(name) for name in CARDS if (WEIGHTS / PARTS.get(name, name)).is_dir()]


def verify(name: str) -> Path:
    """The file of a model's weights. Raises ModelError when it cannot be read, or its sha256 is not the card's."""
    path = folder(name) / "weights.npz"
    try:
        found = sha256(path)
    except OSError as error:
        raise ModelError(f"{path}: the model's weights cannot be read ({error}); restore them or retrain") from error
    if found != card(name)["sha256"]:
        raise ModelError(f"{path}: sha256 differs from card.json, the file was altered; restore it or retrain")
    return path


def arrays(name: str) -> dict[str, np.ndarray]:
    """The model's weights by array name; raises as `verify` does."""
    with np.load(verify(name), allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def save(name: str, weights: Mapping[str, np.ndarray], card: Mapping[str, Any], *, version: int = 1) -> Path:
    """Write weights and card (sha256 and size filled in) to `weights/<name>/<version>/`; return the folder."""
    target = WEIGHTS / name / str(version)
    target.mkdir(parents=True, exist_ok=True)
    partial = target / "weights.partial.npz"
    np.savez_compressed(partial, **dict(weights))  # type: ignore[arg-type]
    full = {"name": name, "version": version, **card}
    full |= {"sha256": sha256(partial), "size_bytes": partial.stat().st_size}
    os.replace(partial, target / "weights.npz")
    (target / "card.json").write_text(json.dumps(full, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    load.cache_clear()
    return target


def sha256(path: Path) -> str:
    """Hex digest of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
