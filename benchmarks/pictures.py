"""What `leitmotif poster`, `scene` and `cover` cost from a cold start, beside the network of the posters in Keras.

The fresh processes import this module: it imports no more than they need, the rest where it is used.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import Result
from benchmarks.process import Measured, measure
from benchmarks.tag import CACHE, CLIP_SECONDS, REPEATS, write

WIDTH, HEIGHT = 2000, 3000  # pixels of the picture: a poster as it is published


def pictures(data: Path | None) -> Result:
    """Wall seconds and peak memory of each command in a fresh process, imports and weights included; the median of some starts."""
    CACHE.mkdir(exist_ok=True)
    picture, clip = CACHE / "poster.png", CACHE / f"tag-{'real' if data else 'synthetic'}-{CLIP_SECONDS}.flac"
    if not picture.exists():
        draw(picture)
    if not clip.exists():
        write(clip, CLIP_SECONDS, data)
    commands: dict[str, tuple[Callable[[Path], Any], Path]] = {
        "poster": (look_at_poster, picture),
        "scene": (look_at_scene, picture),
        "cover": (make_cover, clip),
        "baseline_poster": (ancestor, picture),
    }
    figures: dict[str, float] = {}
    for name, (function, path) in commands.items():
        middle = _median([measure(function, path) for _ in range(REPEATS)])
        figures |= {f"{name}_seconds": middle.seconds, f"{name}_peak_gigabytes": middle.peak_bytes / 1e9}
    figures["ratio"] = figures["baseline_poster_seconds"] / figures["poster_seconds"]
    return Result(name="pictures", figures=figures, baseline="the network of the posters in Keras, looking at the same poster")


def _median(starts: list[Measured]) -> Measured:
    return sorted(starts, key=lambda start: start.seconds)[len(starts) // 2]


def look_at_poster(path: Path) -> dict[str, Any]:
    """As `leitmotif poster` does."""
    from analysis import pictures, posters

    return posters.describe(pictures.read(path), path.name)


def look_at_scene(path: Path) -> dict[str, Any]:
    """As `leitmotif scene` does."""
    from analysis import pictures, scenes

    return scenes.describe(pictures.read(path), path.name)


def make_cover(path: Path) -> np.ndarray:
    """As `leitmotif cover` does, but for writing the files; returns the large cover."""
    from analysis import covers, tagging
    from models import registry

    made = covers.for_recording(tagging.tag(path).answers, seed=0)
    return registry.load(covers.MODEL).enlarge(made.picture)


def ancestor(path: Path) -> np.ndarray:
    """The posters' network in Keras: untrained, as it costs the same."""
    from analysis import pictures
    from models import efficientnet, registry

    width, height = registry.card("poster_genre")["size"]
    pixels = pictures.pixels(pictures.read(path), width, height)[np.newaxis]
    return efficientnet.build(height, width).predict(efficientnet.scaled(pixels), verbose=0)


def draw(path: Path) -> None:
    """A picture of the size of a poster, with colours, edges and noise."""
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (30, 20, 3), np.uint8)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    noise = rng.normal(0, 8, (HEIGHT, WIDTH, 3))
    Image.fromarray((np.asarray(coarse) + noise).clip(0, 255).astype(np.uint8)).save(path)
