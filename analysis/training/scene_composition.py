"""Colour, texture and composition of a picture, as the literature describes what moves people in them.

After Machajdik & Hanbury, "Affective image classification using features inspired by psychology and art theory" (2010), who gathered
most of these. Their faces, segments and lines need detectors of their own: skin, patches of one colour and directions of edges stand in.
"""

import numpy as np
from PIL import Image
from scipy import ndimage

# Prototypes of the eleven basic colours (Berlin & Kay 1969); a pixel has the name of the nearest.
COLOURS = {
    "black": (0, 0, 0), "blue": (40, 70, 190), "brown": (110, 70, 40), "green": (50, 140, 60), "grey": (128, 128, 128),
    "orange": (235, 130, 30), "pink": (240, 160, 190), "purple": (120, 50, 150), "red": (200, 30, 40), "white": (250, 250, 250),
    "yellow": (235, 220, 60),
}  # fmt: skip
HUES = 12  # bins of the circle, the first about red
COLOURED = 0.15  # saturation and brightness from which a pixel has a hue
GREYS = 8  # levels of the co-occurrence matrices
SCALES = (1, 2, 3, 4)  # of coarseness, as powers of two
LEVELS = 3  # of the wavelet transform
EDGE = 0.1  # gradient from which a pixel is on an edge, of the range of brightness
STEPS = 6  # of each colour channel, to find patches of one colour


def describe(picture: np.ndarray) -> dict[str, float]:
    """Descriptors of a picture by name.

    picture : np.ndarray [shape=(h, w, 3), uint8] RGB, 48 pixels or more on either side
    """
    hsv = np.asarray(Image.fromarray(picture).convert("HSV")) / (256.0, 255.0, 255.0)  # the hue is a circle: 256 would be 0
    return _tone(hsv) | _hues(hsv) | _names(picture) | _texture(hsv) | _detail(picture, hsv[..., 2]) | _placement(hsv) | _skin(picture)


def of_pictures(pictures: np.ndarray) -> np.ndarray:
    """The descriptors of each picture [shape=(n, descriptors)]."""
    return np.array([list(describe(picture).values()) for picture in pictures])


def _tone(hsv: np.ndarray) -> dict[str, float]:
    """Brightness and saturation, their contrast, and pleasure, arousal and dominance of colours (Valdez & Mehrabian 1994)."""
    saturation, brightness = hsv[..., 1], hsv[..., 2]
    s, b = saturation.mean(), brightness.mean()
    return {
        "saturation": s, "brightness": b, "contrast of saturation": saturation.std(), "contrast of brightness": brightness.std(),
        "dark": (brightness < 0.25).mean(), "light": (brightness > 0.75).mean(),
        "pleasure": 0.69 * b + 0.22 * s, "arousal": -0.31 * b + 0.60 * s, "dominance": -0.76 * b + 0.32 * s,
    }  # fmt: skip


def _hues(hsv: np.ndarray) -> dict[str, float]:
    """Which hues there are, how they agree, and Itten's contrasts: warm and cold, complementary, number of hues."""
    hue, saturation, brightness = hsv[..., 0].ravel(), hsv[..., 1].ravel(), hsv[..., 2].ravel()
    mean = (saturation * np.exp(2j * np.pi * hue)).sum() / max(saturation.sum(), 1e-9)
    coloured = (saturation > COLOURED) & (brightness > COLOURED)
    shares = np.bincount((hue[coloured] * HUES + 0.5).astype(int) % HUES, minlength=HUES) / len(hue)
    warm = shares[(np.arange(HUES) < HUES // 4) | (np.arange(HUES) >= HUES - 1)].sum()
    cold = shares.sum() - warm
    return {
        **{f"hue {number * 360 // HUES}": share for number, share in enumerate(shares)},
        "hue to red": mean.real, "hue to green": mean.imag, "agreement of hues": abs(mean),
        "warm": warm, "cold": cold, "warm against cold": 4 * warm * cold,
        "complementary": (shares * np.roll(shares, HUES // 2)).sum(), "hues": float((shares > 0.05).sum()),
    }  # fmt: skip


def _names(picture: np.ndarray) -> dict[str, float]:
    """Share of each basic colour, and colourfulness (Hasler & Suesstrunk 2003)."""
    pixels = picture.reshape(-1, 3).astype(np.float64)
    prototypes = np.array(list(COLOURS.values()), np.float64)
    nearest = ((pixels[:, np.newaxis] - prototypes) ** 2).sum(axis=2).argmin(axis=1)
    shares = np.bincount(nearest, minlength=len(COLOURS)) / len(pixels)
    opponent = np.stack([pixels[:, 0] - pixels[:, 1], (pixels[:, 0] + pixels[:, 1]) / 2 - pixels[:, 2]])
    colourful = np.hypot(*opponent.std(axis=1)) + 0.3 * np.hypot(*opponent.mean(axis=1))
    return dict(zip(COLOURS, shares, strict=True)) | {"colourfulness": colourful / 255}


def _texture(hsv: np.ndarray) -> dict[str, float]:
    """Tamura's coarseness and directionality, wavelet energies and co-occurrence of greys, of each channel."""
    found = {"coarseness": _coarseness(hsv[..., 2])}
    for name, channel in zip(("hue", "saturation", "brightness"), np.moveaxis(hsv, 2, 0), strict=True):
        found |= {f"{name}, wavelets {level}": energy for level, energy in enumerate(_wavelets(channel), start=1)}
        found |= {f"{name}, {key}": value for key, value in _co_occurrence(channel).items()}
    return found


def _coarseness(brightness: np.ndarray) -> float:
    """Mean size of what stands out from its surroundings, as a power of two (Tamura, Mori & Yamawaki 1978)."""
    differences = []
    for scale in SCALES:
        side = 2**scale
        mean = ndimage.uniform_filter(brightness, side, mode="nearest")
        across = [np.abs(np.roll(mean, -side // 2, axis) - np.roll(mean, side // 2, axis)) for axis in (0, 1)]
        differences.append(np.maximum(*across))
    return float(np.mean(np.array(SCALES)[np.argmax(differences, axis=0)]))


def _wavelets(channel: np.ndarray) -> list[float]:
    """Root mean square of the details at each level of the Haar transform, the finest first."""
    energies = []
    for _ in range(LEVELS):
        height, width = (side // 2 * 2 for side in channel.shape)
        a, b, c, d = (channel[row:height:2, column:width:2] for row in (0, 1) for column in (0, 1))
        details = (a + b - c - d, a - b + c - d, a - b - c + d)
        energies.append(float(np.sqrt(np.mean([(detail / 2) ** 2 for detail in details]))))
        channel = (a + b + c + d) / 4
    return energies


def _co_occurrence(channel: np.ndarray) -> dict[str, float]:
    """Contrast, homogeneity, energy and correlation of neighbours to the right and below (Haralick 1973)."""
    levels = np.minimum((channel * GREYS).astype(int), GREYS - 1)
    pairs = np.concatenate(
        [(levels[:, :-1] * GREYS + levels[:, 1:]).ravel(), (levels[:-1] * GREYS + levels[1:]).ravel()],
    )
    share = np.bincount(pairs, minlength=GREYS**2).reshape(GREYS, GREYS) / len(pairs)
    share = (share + share.T) / 2
    i, j = np.indices(share.shape)
    mean = (i * share).sum()
    variance = ((i - mean) ** 2 * share).sum()
    return {
        "contrast": ((i - j) ** 2 * share).sum(),
        "homogeneity": (share / (1 + np.abs(i - j))).sum(),
        "energy": (share**2).sum(),
        "correlation": ((i - mean) * (j - mean) * share).sum() / variance if variance > 1e-9 else 1.0,
    }


def _detail(picture: np.ndarray, brightness: np.ndarray) -> dict[str, float]:
    """How much there is to see: edges, their directions, patches of one colour, entropy; and whether only the middle is sharp."""
    down, right = (ndimage.sobel(brightness, axis) / 4 for axis in (0, 1))
    strength = np.hypot(down, right)
    angle = np.arctan2(down, right) % np.pi
    weights = strength.sum() + 1e-9
    upright = np.abs(np.cos(2 * angle)) > np.cos(np.pi / 6)  # within 15 degrees of level or upright
    histogram = np.bincount(np.minimum((brightness * 32).astype(int), 31).ravel(), minlength=32) / brightness.size
    patches = sum(ndimage.label(colour)[1] for colour in _masks(picture))
    return {
        "edges": (strength > EDGE).mean(),
        "gradient": strength.mean(),
        "slanted lines": (strength * ~upright).sum() / weights,
        "directionality": abs((strength * np.exp(2j * angle)).sum()) / weights,
        "patches": patches / brightness.size,
        "entropy": -(histogram * np.log2(np.maximum(histogram, 1e-12))).sum(),
        "sharp middle": strength[_inner(strength)].sum() / weights,
    }


def _masks(picture: np.ndarray) -> list[np.ndarray]:
    """Where each of the coarse colours that occur is."""
    coarse = (picture.astype(int) * STEPS // 256) @ (STEPS**2, STEPS, 1)
    return [coarse == colour for colour in np.unique(coarse)]


def _placement(hsv: np.ndarray) -> dict[str, float]:
    """The middle of nine parts (rule of thirds), the light of upper and lower half, and symmetry."""
    middle = hsv[_inner(hsv)]
    brightness = hsv[..., 2]
    half = len(brightness) // 2
    spread = brightness.std() + 1e-3
    return {
        "saturation of the middle": middle[..., 1].mean() - hsv[..., 1].mean(),
        "brightness of the middle": middle[..., 2].mean() - brightness.mean(),
        "light from above": brightness[:half].mean() - brightness[half:].mean(),
        "asymmetry": np.abs(brightness - brightness[:, ::-1]).mean() / spread,
        "asymmetry of above and below": np.abs(brightness - brightness[::-1]).mean() / spread,
    }


def _inner(array: np.ndarray) -> tuple[slice, slice]:
    """The middle one of nine parts."""
    height, width = array.shape[:2]
    return slice(height // 3, height - height // 3), slice(width // 3, width - width // 3)


def _skin(picture: np.ndarray) -> dict[str, float]:
    """Share of pixels of the colour of skin, in chrominance (Chai & Ngan 1999)."""
    chrominance = np.asarray(Image.fromarray(picture).convert("YCbCr"))[..., 1:]
    blue, red = chrominance[..., 0], chrominance[..., 1]
    return {"skin": ((blue >= 77) & (blue <= 127) & (red >= 133) & (red <= 173)).mean()}
