"""Train the ancestor's generator of covers: a conditional Wasserstein GAN with gradient penalty.

As published: two transposed 5 x 5 convolutions against two 5 x 5 convolutions, batch normalisation and leaky ReLU in both, the genre
given to both, the critic trained three times a step. Gulrajani et al., "Improved training of Wasserstein GANs" (2017).
"""

from typing import Any

import numpy as np

from models import cover
from models.quiet import quiet_import

BATCH = 16
CRITIC_STEPS = 3
PENALTY = 10.0  # weight of the gradient penalty
RATE, BETAS = 2e-4, (0.0, 0.9)  # of Adam
SHOWN = 8  # samples of each genre


class PublishedGan:
    """Networks and optimisers; `step` trains them once, `variables` is all that a continued training needs."""

    def __init__(self, pictures: np.ndarray, genres: np.ndarray, seed: int) -> None:
        """pictures : [shape=(n, 100, 100, 3), uint8]; genres : index of each one's genre [shape=(n,)]."""
        keras = quiet_import("keras")
        tf = quiet_import("tensorflow")

        keras.utils.set_random_seed(seed)
        self._pictures, self._genres, self._seed = pictures, genres, seed
        self.generator, self._critic = cover.build_published(), _critic()
        self._optimisers = [keras.optimizers.Adam(RATE, *BETAS) for _ in range(2)]
        for optimiser, network in zip(self._optimisers, (self.generator, self._critic), strict=True):
            optimiser.build(network.trainable_variables)
        self._judge, self._paint = tf.function(self._critic_step), tf.function(self._generator_step)

    @property
    def variables(self) -> list[Any]:
        return [variable for part in (self.generator, self._critic, *self._optimisers) for variable in part.variables]

    @property
    def shipped(self) -> Any:
        return self.generator

    def samples(self) -> np.ndarray:
        """Covers, a genre a row, always of the same noise [shape=(6, SHOWN, 100, 100, 3), uint8]."""
        shape = (len(cover.GENRES), SHOWN, cover.PUBLISHED_LATENT)
        noise = np.random.default_rng(self._seed).standard_normal(shape).astype(np.float32)
        rows = [
            self.generator([drawn, np.repeat(weights[np.newaxis], SHOWN, axis=0)], training=False)
            for drawn, weights in zip(noise, np.eye(len(cover.GENRES), dtype=np.float32), strict=True)
        ]
        return cover.colours(np.stack(rows))

    def step(self, number: int) -> dict[str, float]:
        """The losses of one step of the generator, after CRITIC_STEPS of the critic."""
        rng = np.random.default_rng([self._seed, number])
        for _ in range(CRITIC_STEPS):
            rows = rng.integers(len(self._pictures), size=BATCH)
            real = self._pictures[rows].astype(np.float32) / 127.5 - 1
            mixing = rng.random((BATCH, 1, 1, 1)).astype(np.float32)
            critic, penalty = self._judge(*map(_tensor, (real, _one_hot(self._genres[rows]), _noise(rng), mixing)))
        generator = self._paint(*map(_tensor, (_noise(rng), _one_hot(rng.integers(len(cover.GENRES), size=BATCH)))))
        return {"critic": float(critic), "penalty": float(penalty), "generator": float(generator)}

    def _critic_step(self, real: Any, weights: Any, noise: Any, mixing: Any) -> tuple[Any, Any]:
        tf = quiet_import("tensorflow")
        made = self.generator([noise, weights], training=True)
        with tf.GradientTape() as tape:
            between = mixing * real + (1 - mixing) * made
            with tf.GradientTape() as inner:
                inner.watch(between)
                verdict = self._critic([between, weights], training=True)
            slopes = tf.sqrt(tf.reduce_sum(inner.gradient(verdict, between) ** 2, axis=(1, 2, 3)) + 1e-12)
            penalty = tf.reduce_mean((slopes - 1) ** 2)
            verdicts = [tf.reduce_mean(self._critic([pictures, weights], training=True)) for pictures in (made, real)]
            loss = verdicts[0] - verdicts[1]
            whole = loss + PENALTY * penalty
        self._apply(1, tape, whole, self._critic)
        return loss, penalty

    def _generator_step(self, noise: Any, weights: Any) -> Any:
        tf = quiet_import("tensorflow")
        with tf.GradientTape() as tape:
            made = self.generator([noise, weights], training=True)
            loss = -tf.reduce_mean(self._critic([made, weights], training=True))
        self._apply(0, tape, loss, self.generator)
        return loss

    def _apply(self, which: int, tape: Any, loss: Any, network: Any) -> None:
        self._optimisers[which].apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)


def _critic() -> Any:
    """A picture and the weights of the genres, as planes beside its colours -> one number, higher for real covers."""
    keras = quiet_import("keras")
    layers = keras.layers
    picture, weights = layers.Input((cover.SIZE, cover.SIZE, 3)), layers.Input((len(cover.GENRES),))
    planes = layers.UpSampling2D(cover.SIZE)(layers.Reshape((1, 1, len(cover.GENRES)))(weights))
    tensor = layers.Concatenate()([picture, planes])
    for width in reversed(cover.PUBLISHED_WIDTHS):
        tensor = layers.Conv2D(width, 5, 2, "same")(tensor)
        tensor = layers.LeakyReLU(cover.SLOPE)(layers.BatchNormalization(epsilon=cover.EPSILON)(tensor))
    return keras.Model([picture, weights], layers.Dense(1)(layers.Flatten()(tensor)))


def _one_hot(genres: np.ndarray) -> np.ndarray:
    return np.eye(len(cover.GENRES), dtype=np.float32)[genres]


def _noise(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((BATCH, cover.PUBLISHED_LATENT)).astype(np.float32)


def _tensor(values: np.ndarray) -> Any:
    return quiet_import("tensorflow").constant(values)
