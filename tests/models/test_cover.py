"""Generators of covers: the plain numpy equals the trained networks, and a seed and a genre decide what is drawn."""

import numpy as np
import pytest

from errors import ModelError
from models import cover

RNG = np.random.default_rng(0)
DESIGNS = {"best": (cover.build, cover.Projected), "thesis": (cover.build_published, cover.Published)}


def arbitrary(network):
    """The network with arbitrary statistics and numbers, so that no part of it can be left out unnoticed."""
    for variable in network.variables:
        if "variance" in variable.path:
            variable.assign(RNG.uniform(0.5, 2, variable.shape))
        elif any(name in variable.path for name in ("moving_mean", "beta", "gamma", "bias", "prior", "layout")):
            variable.assign(variable + RNG.normal(0, 0.1, variable.shape))
    return network


@pytest.fixture(scope="module", params=list(DESIGNS))
def networks(request):
    build, _ = DESIGNS[request.param]
    return request.param, arbitrary(build()), arbitrary(cover.build_enlarger())


@pytest.fixture
def generator(networks):
    return cover.from_arrays(cover.to_arrays(*networks[1:]), {"name": "cover"})


def of_genre(k, count=1):
    return np.repeat(np.eye(6, dtype=np.float32)[[k]], count, axis=0)


def test_numpy_paints_what_the_network_paints(networks, generator):
    design, network, _ = networks
    assert isinstance(generator, DESIGNS[design][1])
    noise = np.random.default_rng(7).standard_normal((1, generator.latent)).astype(np.float32)
    painted = np.asarray(network([noise, of_genre(2)], training=False))
    if design == "best":
        painted = generator.enlarger.double(cover.colours(cover._without_pattern(painted))[0])
    else:
        painted = cover.colours(painted)[0]
    found = generator.generate(of_genre(2), [7])[0]
    assert found.shape == (100, 100, 3)
    assert np.abs(found.astype(int) - painted).max() <= 3  # weights are kept in half precision


def test_the_enlarging_network_adds_detail_to_bicubic_interpolation(networks, generator):
    picture = RNG.integers(0, 256, (10, 12, 3)).astype(np.uint8)
    detail = np.asarray(networks[2](picture[np.newaxis].astype(np.float32) / 127.5 - 1))[0].reshape(10, 12, 2, 2, 3)
    expected = np.asarray(cover.doubled(picture), float)
    for row in range(2):
        for column in range(2):
            expected[row::2, column::2] += 127.5 * detail[:, :, row, column]
    assert np.abs(generator.enlarger.double(picture) - expected.clip(0, 255)).max() <= 1.5


def test_a_seed_gives_the_same_cover_alone_or_among_others(generator):
    weights = np.repeat(of_genre(1), 3, axis=0)
    covers = generator.generate(weights, [4, 5, 4])
    assert covers.dtype == np.uint8
    assert np.array_equal(covers[0], covers[2])
    assert np.array_equal(generator.generate(of_genre(1), [5])[0], covers[1])
    assert not np.array_equal(covers[0], covers[1])


def test_genres_differ_and_mix(generator):
    rock, mixed, pop = generator.generate(np.concatenate([of_genre(5), 0.5 * (of_genre(5) + of_genre(4)), of_genre(4)]), [3, 3, 3])
    assert not np.array_equal(rock, pop)
    assert not np.array_equal(mixed, pop)


def test_sizes(generator):
    (picture,) = generator.generate(of_genre(0), [0])
    assert generator.enlarge(picture).shape == (800, 800, 3)
    assert generator.generate(np.empty((0, 6)), []).shape == (0, 100, 100, 3)
    assert generator.classes == ("country", "electronic", "hiphop", "metal", "pop", "rock")


@pytest.mark.parametrize(("weights", "seeds"), [(np.ones((1, 5)), [0]), (np.ones(6), [0]), (np.ones((2, 6)), [0])])
def test_weights_of_another_shape_are_refused(generator, weights, seeds):
    with pytest.raises(ValueError, match=r"weights must have shape \(n, 6\)"):
        generator.generate(weights, seeds)


def test_missing_weights_are_named():
    with pytest.raises(ModelError, match=r"cover: weights are missing \('enlarge1.kernel'\)"):
        cover.from_arrays({}, {"name": "cover"})


def test_the_pattern_of_single_pixels_goes_and_the_rest_stays():
    columns = np.arange(50)
    pattern = np.broadcast_to(np.where(columns % 2 == 0, 1.0, -1.0)[:, np.newaxis], (1, 50, 50, 3))
    assert np.abs(cover._without_pattern(pattern)).max() < 1e-9
    broad = np.broadcast_to(np.sin(2 * np.pi * columns / 20)[:, np.newaxis], (1, 50, 50, 3))
    assert np.abs(cover._without_pattern(broad) - broad).max() < 0.1
