"""The ancestor's Wasserstein GAN: its published layers, and a training of seconds."""

import numpy as np
import pytest

from analysis.training import scene_gan


def test_the_published_generator():
    generator = scene_gan.build_generator()
    assert generator.output_shape == (None, 128, 128, 3)
    transposed = [layer for layer in generator.layers if type(layer).__name__ == "Conv2DTranspose"]
    assert [layer.filters for layer in transposed] == [256, 128, 64, 32, 3]
    assert {(layer.kernel_size, layer.strides) for layer in transposed} == {((5, 5), (2, 2))}
    assert next(layer for layer in generator.layers if type(layer).__name__ == "Reshape").output.shape == (None, 4, 4, 512)
    assert sum(type(layer).__name__ == "BatchNormalization" for layer in generator.layers) == 5


def test_the_published_critic():
    critic = scene_gan.build_critic()
    convolutions = [layer for layer in critic.layers if type(layer).__name__ == "Conv2D"]
    assert [layer.filters for layer in convolutions] == [64, 128, 256, 512]
    assert {(layer.kernel_size, layer.strides) for layer in convolutions} == {((5, 5), (2, 2))}
    assert critic.output_shape == (None, 1)


def test_a_short_training_learns_the_colour_and_clips_the_critic(monkeypatch):
    critics = []

    def remembered(*size, build=scene_gan.build_critic):
        critics.append(build(*size))
        return critics[-1]

    monkeypatch.setattr(scene_gan, "build_critic", remembered)
    pictures = np.full((8, 32, 32, 3), (230, 120, 20), np.uint8)
    generator, curves = scene_gan.train(pictures, divisor=32, steps=15, batch=4, rate=2e-2, seed=0)
    made = scene_gan.pictures_of(generator, 5, seed=1)
    assert made.shape == (5, 32, 32, 3)
    assert made.dtype == np.uint8
    red, green, blue = made.mean(axis=(0, 1, 2))
    assert red > green > blue
    assert curves["step"] == list(range(1, 16))
    assert np.isfinite(curves["distance"]).all()
    assert max(np.abs(weight.numpy()).max() for weight in critics[0].trainable_variables) <= scene_gan.CLIP


def test_the_same_seed_makes_the_same_pictures():
    generator = scene_gan.build_generator(32, 32)
    first, again, other = (scene_gan.pictures_of(generator, 3, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_about_half_are_mirrored():
    pictures = np.zeros((1000, 1, 2, 1))
    pictures[:, :, 1] = 1
    found = scene_gan.mirrored(pictures, np.random.default_rng(0))
    assert found[:, 0, 0, 0].mean() == pytest.approx(0.5, abs=0.06)
    assert (found.sum(axis=(1, 2, 3)) == 1).all()
