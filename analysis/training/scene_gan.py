"""The ancestor's Wasserstein GAN, which makes more pictures of an emotion: one is trained for each class.

Arjovsky, Chintala & Bottou, "Wasserstein GAN" (2017), algorithm 1: a critic with clipped weights is trained several steps for each
step of the generator, both with RMSProp. The layers are those the ancestor lists in its appendix A.3.
"""

from typing import Any

import numpy as np

from models.quiet import quiet_import

SIDE = 128  # pixels, as published
LATENT = 100
GENERATOR, CRITIC = (512, 256, 128, 64, 32), (64, 128, 256, 512)  # channels, as published
KERNEL, STRIDE = 5, 2
EPSILON, MOMENTUM = 1e-5, 0.9  # of batch normalisation
DEVIATION, LEAK = 0.02, 0.2  # of first weights; of the critic's ReLU
CLIP, CRITIC_STEPS = 0.01, 5
MADE = 32  # pictures at once


def build_generator(side: int = SIDE, divisor: int = 1) -> Any:
    """An untrained generator: normal noise [shape=(n, LATENT)] -> pictures [shape=(n, side, side, 3), -1..1].

    side : pixels, a multiple of 32
    divisor : by which the published numbers of channels are divided
    """
    keras = quiet_import("keras")
    layers = keras.layers
    start, first = side // STRIDE ** len(GENERATOR), GENERATOR[0] // divisor
    model = keras.Sequential([keras.Input((LATENT,)), layers.Dense(start * start * first, kernel_initializer=_initial())])
    model.add(layers.Reshape((start, start, first)))
    for channels in (*GENERATOR[1:], None):
        for layer in (layers.BatchNormalization(epsilon=EPSILON, momentum=MOMENTUM), layers.ReLU()):
            model.add(layer)
        filters = 3 if channels is None else channels // divisor
        model.add(layers.Conv2DTranspose(filters, KERNEL, STRIDE, "same", kernel_initializer=_initial()))
    model.add(layers.Activation("tanh"))
    return model


def build_critic(side: int = SIDE, divisor: int = 1) -> Any:
    """An untrained critic: pictures [shape=(n, side, side, 3), -1..1] -> a number each, larger for real ones."""
    keras = quiet_import("keras")
    layers = keras.layers
    model = keras.Sequential([keras.Input((side, side, 3))])
    for number, channels in enumerate(CRITIC):
        model.add(layers.Conv2D(channels // divisor, KERNEL, STRIDE, "same", kernel_initializer=_initial()))
        if number:
            model.add(layers.BatchNormalization(epsilon=EPSILON, momentum=MOMENTUM))
        model.add(layers.LeakyReLU(LEAK))
    model.add(layers.Flatten())
    model.add(layers.Dense(1, kernel_initializer=_initial()))
    return model


def train(pictures: np.ndarray, *, divisor: int, steps: int, batch: int, rate: float, seed: int) -> tuple[Any, dict[str, list[float]]]:
    """A generator trained on the pictures of one class.

    Parameters
    ----------
    pictures : np.ndarray [shape=(n, side, side, 3), uint8]
    divisor : by which the published numbers of channels are divided
    steps : of the generator; the critic gets CRITIC_STEPS for each
    batch : pictures in a step
    rate : of learning, of both
    seed : of first weights, noise and the order of pictures

    Returns
    -------
    the generator, and its curves: the critic's estimate of the Wasserstein distance at each step
    """
    keras, tf = quiet_import("keras"), quiet_import("tensorflow")
    keras.utils.set_random_seed(seed)
    side = pictures.shape[1]
    generator, critic = build_generator(side, divisor), build_critic(side, divisor)
    real = (pictures.astype(np.float32) - 127.5) / 127.5
    optimisers = [keras.optimizers.RMSprop(rate) for _ in range(2)]

    @tf.function
    def critic_step(some: Any) -> Any:
        made = generator(tf.random.normal((batch, LATENT)), training=True)
        with tf.GradientTape() as tape:
            distance = tf.reduce_mean(critic(some, training=True)) - tf.reduce_mean(critic(made, training=True))
            loss = -distance
        optimisers[0].apply(tape.gradient(loss, critic.trainable_variables), critic.trainable_variables)
        for variable in critic.trainable_variables:
            variable.assign(tf.clip_by_value(variable, -CLIP, CLIP))
        return distance

    @tf.function
    def generator_step() -> None:
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(critic(generator(tf.random.normal((batch, LATENT)), training=True), training=True))
        optimisers[1].apply(tape.gradient(loss, generator.trainable_variables), generator.trainable_variables)

    rng = np.random.default_rng(seed)
    distances = []
    for _ in range(steps):
        for _ in range(CRITIC_STEPS):
            distance = critic_step(mirrored(real[rng.integers(len(real), size=batch)], rng))
        generator_step()
        distances.append(float(distance))
    return generator, {"step": list(range(1, steps + 1)), "distance": distances}


def mirrored(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The pictures, half of them mirrored left to right."""
    return np.where(rng.random(len(pictures))[:, np.newaxis, np.newaxis, np.newaxis] < 0.5, pictures, pictures[:, :, ::-1])


def pictures_of(generator: Any, count: int, seed: int) -> np.ndarray:
    """Pictures a generator makes [shape=(count, side, side, 3), uint8]."""
    noise = np.random.default_rng(seed).standard_normal((count, LATENT)).astype(np.float32)
    made = [np.asarray(generator(noise[start : start + MADE], training=False)) for start in range(0, count, MADE)]
    return np.clip(np.concatenate(made) * 127.5 + 127.5, 0, 255).round().astype(np.uint8)


def _initial() -> Any:
    return quiet_import("keras").initializers.TruncatedNormal(stddev=DEVIATION)
