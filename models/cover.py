"""Album covers for a genre, or for a mixture of genres: generators of pictures, and the network that enlarges them.

Two designs of generators. `Projected`, which ships: transposed convolutions from a latent and the weights of the genres to 50 x 50
pixels, doubled by the enlarging network. `Published`, the ancestor's (album cover generation, 2018): two transposed 5 x 5
convolutions to 100 x 100. The `build` functions make them in Keras, for training; what ships runs in plain numpy.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from errors import ModelError
from models.convolution import convolve, convolve_transposed, leaky
from models.quiet import quiet_import

GENRES = ("country", "electronic", "hiphop", "metal", "pop", "rock")
SIZE, ENLARGED = 100, 800  # pixels a side: of a cover, and of its enlarged rendering
SLOPE = 0.2  # of leaky ReLU below zero
EPSILON = 1e-3  # of batch normalisation

LATENT, STYLE = 128, 64  # numbers drawn for a cover, and numbers that stand for its genres
LAYOUTS = 64  # of the first, those that weigh pictures
NATIVE = 50  # pixels a side that `Projected` makes itself
SIDES, WIDTHS = (4, 7, 13, 25, NATIVE), (256, 256, 128, 80, 40)  # its maps and their channels

PUBLISHED_LATENT, PUBLISHED_WIDTHS = 100, (64, 32)  # of the ancestor's generator; of its critic, in reverse
FILTER = (-1 / 16, 1 / 4, 5 / 8, 1 / 4, -1 / 16)  # 1 for what does not change, 0 for what changes with every pixel
DETAILS = 16  # channels of the enlarging network
STRIP = 20  # rows it works on at once: what they need stays in the processor's cache


def build() -> Any:
    """An untrained generator: normal noise and weights of the genres -> pictures of 50 x 50, -1..1.

    The latent is the noise stretched and moved by the genres. Part of it weighs LAYOUTS pictures (principal components of real
    covers), whose sum is the composition in broad strokes. From it and the latent transposed convolutions make what it
    lacks of a cover; genres and latent style each of their maps (conditional batch normalisation). Layers are named as the arrays
    of `Projected`, with `.norm` for their normalisation.
    """
    keras = quiet_import("keras")
    layers = keras.layers

    def styled(width: int, name: str, **options: Any) -> Any:
        return layers.Reshape((1, 1, width))(layers.Dense(width, kernel_initializer=small, name=name, **options)(style))

    small = keras.initializers.RandomNormal(stddev=0.02)
    noise, weights = layers.Input((LATENT,)), layers.Input((len(GENRES),))
    mean = layers.Dense(LATENT, use_bias=False, kernel_initializer="zeros", name="prior_mean")(weights)
    spread = layers.Dense(LATENT, use_bias=False, kernel_initializer="zeros", name="prior_spread")(weights)
    latent = layers.Add()([mean, layers.Multiply()([layers.Activation("exponential")(spread), noise])])
    layout = layers.Dense(NATIVE**2 * 3, kernel_initializer=small, name="layout")(latent[:, :LAYOUTS])
    layout = layers.Reshape((NATIVE, NATIVE, 3), name="composition")(layout)
    style = layers.Concatenate()([latent, layers.Dense(STYLE, use_bias=False, name="genre")(weights)])
    tensor = layers.Reshape((SIDES[0], SIDES[0], WIDTHS[0]))(layers.Dense(SIDES[0] ** 2 * WIDTHS[0], use_bias=False, name="first")(style))
    for name, side, width in _steps():
        tensor = layers.Concatenate()([tensor, _coarse(layout, tensor.shape[1])])
        tensor = layers.Conv2DTranspose(width, 4, 2, "same", use_bias=False, name=name)(tensor)
        tensor = tensor[:, :side, :side]
        tensor = layers.BatchNormalization(center=False, scale=False, momentum=0.98, epsilon=EPSILON, name=f"{name}.norm")(tensor)
        gain, shift = styled(width, f"{name}.gain", bias_initializer="ones"), styled(width, f"{name}.shift")
        tensor = layers.LeakyReLU(SLOPE)(layers.Add()([layers.Multiply()([tensor, gain]), shift]))
    details = layers.Conv2D(3, 3, padding="same", kernel_initializer=small, name="colours")(tensor)
    return keras.Model([noise, weights], layers.Activation("tanh")(layers.Add()([details, layout])))


def _steps() -> list[tuple[str, int, int]]:
    """Name, side and channels of each map after the first."""
    return [(f"to{side}", side, width) for side, width in zip(SIDES[1:], WIDTHS[1:], strict=True)]


def _coarse(layout: Any, side: int) -> Any:
    """Every so many pixels of a layout, as many a side as a map has."""
    apart = -(-NATIVE // side)
    return layout[:, ::apart, ::apart]


def build_published() -> Any:
    """The ancestor's generator, untrained: normal noise and weights of the genres -> pictures of 100 x 100, -1..1."""
    keras = quiet_import("keras")
    layers = keras.layers
    noise, weights = layers.Input((PUBLISHED_LATENT,)), layers.Input((len(GENRES),))
    side, (first, second) = SIZE // 4, PUBLISHED_WIDTHS
    tensor = layers.Dense(side**2 * first, name="first")(layers.Concatenate()([noise, weights]))
    tensor = layers.Reshape((side, side, first))(tensor)
    tensor = layers.LeakyReLU(SLOPE)(layers.BatchNormalization(epsilon=EPSILON, name="first.norm")(tensor))
    tensor = layers.Conv2DTranspose(second, 5, 2, "same", name="inner")(tensor)
    tensor = layers.LeakyReLU(SLOPE)(layers.BatchNormalization(epsilon=EPSILON, name="inner.norm")(tensor))
    return keras.Model([noise, weights], layers.Conv2DTranspose(3, 5, 2, "same", activation="tanh", name="colours")(tensor))


def build_enlarger() -> Any:
    """The untrained enlarging network: pictures of any size, -1..1 -> what is added to each of the four pixels that one becomes."""
    keras = quiet_import("keras")
    layers = keras.layers
    given = layers.Input((None, None, 3))
    tensor = layers.Conv2D(DETAILS, 3, padding="same", name="enlarge1")(given)
    tensor = layers.Conv2D(DETAILS, 3, padding="same", name="enlarge2")(layers.LeakyReLU(SLOPE)(tensor))
    tensor = layers.Conv2D(12, 3, padding="same", kernel_initializer="zeros", name="enlarge3")(layers.LeakyReLU(SLOPE)(tensor))
    return keras.Model(given, tensor)


class Enlarger:
    """Doubles pictures: bicubic interpolation, and the detail that the network expects to be missing."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._layers = [_layer(arrays, f"enlarge{k}") for k in (1, 2, 3)]

    def double(self, picture: np.ndarray) -> np.ndarray:
        """A picture of twice the size.

        picture : np.ndarray [shape=(h, w, 3), uint8] -> [shape=(2 h, 2 w, 3), uint8]
        """
        height, width = picture.shape[:2]
        given = picture.astype(np.float32) / 127.5 - 1
        detail = np.concatenate([self._detail(given, top) for top in range(0, height, STRIP)])
        detail = detail.reshape(height, width, 2, 2, 3).transpose(0, 2, 1, 3, 4).reshape(2 * height, 2 * width, 3)
        return colours(np.asarray(doubled(picture), np.float32) / 127.5 - 1 + detail)

    def _detail(self, given: np.ndarray, top: int) -> np.ndarray:
        """What is added to a strip of the picture [shape=(STRIP or fewer, w, 12)]."""
        above = max(top - len(self._layers), 0)
        tensor = given[np.newaxis, above : top + STRIP + len(self._layers)]
        for kernel, bias in self._layers[:-1]:
            tensor = leaky(convolve(tensor, kernel, bias), SLOPE)
        return convolve(tensor, *self._layers[-1])[0, top - above : top - above + STRIP]


def doubled(picture: np.ndarray) -> Image.Image:
    """A picture of twice the size by bicubic interpolation."""
    return Image.fromarray(picture).resize((2 * picture.shape[1], 2 * picture.shape[0]), Image.Resampling.BICUBIC)


class Generator(ABC):
    """What both designs share: covers by seed, and their enlarged rendering."""

    classes = GENRES
    latent: int  # numbers drawn for a cover

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self.enlarger = Enlarger(arrays)

    def generate(self, weights: np.ndarray, seeds: Sequence[int] | np.ndarray) -> np.ndarray:
        """Covers; the same weights and seed give the same picture.

        Parameters
        ----------
        weights : np.ndarray [shape=(n, 6)] of the genres in `classes`, each row summing to 1
        seeds : [shape=(n,)], none negative

        Returns
        -------
        np.ndarray [shape=(n, 100, 100, 3), uint8]

        Raises
        ------
        ValueError : the weights have another shape, or there are more or fewer seeds
        """
        weights = np.asarray(weights, np.float32)
        if weights.ndim != 2 or weights.shape[1] != len(GENRES) or len(seeds) != len(weights):
            raise ValueError(f"weights must have shape (n, {len(GENRES)}), one row for each seed, got {weights.shape}, {len(seeds)} seeds")
        noise = np.array([np.random.default_rng(int(seed)).standard_normal(self.latent) for seed in seeds], np.float32)
        made = [self._paint(noise[k : k + 1], weights[k : k + 1])[0] for k in range(len(weights))]
        return np.array(made, np.uint8).reshape(-1, SIZE, SIZE, 3)

    def enlarge(self, picture: np.ndarray, side: int = ENLARGED) -> np.ndarray:
        """A cover of 100 x 100 pixels [shape=(100, 100, 3), uint8] doubled until it has `side` pixels a side: 200, 400 or 800."""
        while len(picture) < side:
            picture = self.enlarger.double(picture)
        return picture

    @abstractmethod
    def _paint(self, noise: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Pictures [shape=(n, 100, 100, 3), uint8] for noise [shape=(n, latent)] and weights."""


class Projected(Generator):
    """The design that ships."""

    latent = LATENT

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().__init__(arrays)
        self._layout, self._colours = _layer(arrays, "layout"), _layer(arrays, "colours")
        self._prior = [_single(arrays, f"{name}.kernel") for name in ("prior_mean", "prior_spread")]
        self._genre, self._first = _single(arrays, "genre.kernel"), _single(arrays, "first.kernel")
        self._maps = [(side, [_layer(arrays, f"{name}{part}") for part in ("", ".gain", ".shift")]) for name, side, _ in _steps()]

    def _paint(self, noise: np.ndarray, weights: np.ndarray) -> np.ndarray:
        mean, spread = (weights @ kernel for kernel in self._prior)
        latent = mean + np.exp(spread) * noise
        layout = _dense(latent[:, :LAYOUTS], self._layout).reshape(-1, NATIVE, NATIVE, 3)
        style = np.concatenate([latent, weights @ self._genre], axis=1)
        tensor = (style @ self._first).reshape(-1, SIDES[0], SIDES[0], WIDTHS[0])
        for side, (kernel, gain, shift) in self._maps:
            tensor = np.concatenate([tensor, _coarse(layout, tensor.shape[1])], axis=3)
            tensor = convolve_transposed(tensor, *kernel)[:, :side, :side]
            tensor = leaky(tensor * _dense(style, gain)[:, None, None] + _dense(style, shift)[:, None, None], SLOPE)
        small = colours(_without_pattern(np.tanh(convolve(tensor, *self._colours) + layout)))
        return np.array([self.enlarger.double(picture) for picture in small])


def _without_pattern(pictures: np.ndarray) -> np.ndarray:
    """What alternates from pixel to pixel is taken out of pictures, as transposed convolutions leave it there; broader strokes stay."""
    for axis in (1, 2):
        size = pictures.shape[axis]
        beyond = [(2, 2) if each == axis else (0, 0) for each in range(4)]
        padded = np.pad(pictures, beyond, mode="reflect")
        pictures = sum(weight * padded.take(range(k, k + size), axis) for k, weight in enumerate(FILTER))  # type: ignore[assignment]
    return pictures


class Published(Generator):
    """The ancestor's design."""

    latent = PUBLISHED_LATENT

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().__init__(arrays)
        self._first, self._inner, self._colours = (_layer(arrays, name) for name in ("first", "inner", "colours"))

    def _paint(self, noise: np.ndarray, weights: np.ndarray) -> np.ndarray:
        side = SIZE // 4
        tensor = leaky(_dense(np.concatenate([noise, weights], axis=1), self._first), SLOPE).reshape(len(noise), side, side, -1)
        tensor = leaky(convolve_transposed(tensor, *self._inner), SLOPE)
        return colours(np.tanh(convolve_transposed(tensor, *self._colours)))


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> Generator:
    """Rebuild the generator of either design from its arrays.

    Raises ModelError when an array is missing.
    """
    try:
        return (Published if "inner.kernel" in arrays else Projected)(arrays)
    except KeyError as error:
        raise ModelError(f"{card['name']}: weights are missing ({error}); restore or retrain") from error


def to_arrays(generator: Any, enlarger: Any) -> dict[str, np.ndarray]:
    """Arrays of a `Generator` from trained Keras networks: batch normalisation folded into kernel and bias, float16."""
    layers = {layer.name: layer for network in (generator, enlarger) for layer in network.layers if layer.weights}
    arrays: dict[str, np.ndarray] = {}
    for name, layer in layers.items():
        if name.endswith(".norm"):
            continue
        kernel, *bias = layer.get_weights()
        if f"{name}.norm" in layers:
            kernel, bias = _folded(layers[f"{name}.norm"], kernel, bias, transposed=kernel.ndim == 4)
        arrays |= {f"{name}.{part}": array.astype(np.float16) for part, array in zip(("kernel", "bias"), (kernel, *bias), strict=False)}
    return arrays


def _folded(norm: Any, kernel: np.ndarray, bias: list[np.ndarray], *, transposed: bool) -> tuple[np.ndarray, list[np.ndarray]]:
    """Kernel and bias of a layer with the batch normalisation after it; a dense layer's outputs are channels over and over."""
    *affine, mean, variance = norm.get_weights()
    gamma, beta = affine or (np.ones_like(mean), np.zeros_like(mean))
    gain = gamma / np.sqrt(variance + EPSILON)
    shift = beta + gain * ((bias[0] if transposed and bias else 0) - mean)
    if transposed:  # kernels are (k, k, out, in)
        return kernel * gain[:, np.newaxis], [shift]
    over = kernel.shape[-1] // len(gain)
    return kernel * np.tile(gain, over), [np.tile(shift, over) + np.tile(gain, over) * bias[0]]


def _layer(arrays: Mapping[str, np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    return _single(arrays, f"{name}.kernel"), _single(arrays, f"{name}.bias")


def _single(arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    return arrays[name].astype(np.float32)


def _dense(values: np.ndarray, layer: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return values @ layer[0] + layer[1]


def colours(values: np.ndarray) -> np.ndarray:
    """Numbers of -1..1 as colours of 0..255."""
    return ((values + 1) * 127.5 + 0.5).clip(0, 255).astype(np.uint8)
