"""Posters moved, turned and stretched a little at random, so that a network sees each of them in many ways."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

BORDER = 0.25  # of a side that is repeated around a picture, so that nothing empty is moved in


@dataclass(frozen=True)
class Changes:
    """How much pictures are changed: limits of uniform draws, to either side."""

    shift: float = 0.1  # share of the side
    zoom: float = 0.2  # of 1, each side by itself
    shear: float = 0.1  # degrees
    rotation: float = 10.0  # degrees
    flip: bool = False  # left and right, every other time
    light: float = 0.0  # brightness, contrast and saturation, of 1


PUBLISHED = Changes()  # the ancestor's, as Keras' ImageDataGenerator understands them
OURS = Changes(shift=0.08, zoom=0.15, shear=3.0, rotation=4.0, flip=True, light=0.2)


def augmented(pictures: np.ndarray, changes: Changes, rng: np.random.Generator) -> np.ndarray:
    """Each picture changed by itself [shape=(n, height, width, 3), uint8, as given]."""
    return np.stack([_augmented(picture, changes, rng) for picture in pictures])


def _augmented(picture: np.ndarray, changes: Changes, rng: np.random.Generator) -> np.ndarray:
    height, width = picture.shape[:2]
    border = int(BORDER * max(height, width))
    padded = Image.fromarray(np.pad(picture, ((border, border), (border, border), (0, 0)), "edge"))
    centre = np.array([width / 2, height / 2])
    matrix = _matrix(changes, rng)
    moved = rng.uniform(-changes.shift, changes.shift, 2) * (width, height)
    offset = centre + border + moved - matrix @ centre
    coefficients = (*matrix[0], offset[0], *matrix[1], offset[1])
    found = np.asarray(padded.transform((width, height), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR))
    if changes.flip and rng.random() < 0.5:
        found = found[:, ::-1]
    return _lit(found, changes.light, rng) if changes.light else found


def _matrix(changes: Changes, rng: np.random.Generator) -> np.ndarray:
    """From places in the result to places in the original, both from the centre [shape=(2, 2)]."""
    angle, shear = np.radians(rng.uniform(-1, 1, 2) * (changes.rotation, changes.shear))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    sheared = np.array([[1, -np.sin(shear)], [0, np.cos(shear)]])
    return rotation @ sheared @ np.diag(rng.uniform(1 - changes.zoom, 1 + changes.zoom, 2))


def _lit(picture: np.ndarray, most: float, rng: np.random.Generator) -> np.ndarray:
    """Brightness, contrast and saturation changed."""
    brightness, contrast, saturation = 1 + rng.uniform(-most, most, 3)
    pixels = picture.astype(np.float32)
    grey = pixels.mean(axis=2, keepdims=True)
    pixels = grey + saturation * (pixels - grey)
    mean = pixels.mean()
    return np.clip(brightness * (mean + contrast * (pixels - mean)), 0, 255).astype(np.uint8)
