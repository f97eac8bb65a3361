"""Each descriptor tells what its name says, and what should not matter to it does not."""

import numpy as np
import pytest

from analysis.training.scene_composition import COLOURS, describe, of_pictures

HEIGHT, WIDTH = 120, 144


def plain(colour):
    return np.full((HEIGHT, WIDTH, 3), colour, np.uint8)


@pytest.fixture(scope="module")
def noise():
    """Smooth blobs of colour."""
    from scipy.ndimage import gaussian_filter

    values = gaussian_filter(np.random.default_rng(0).standard_normal((HEIGHT, WIDTH, 3)), (4, 4, 0))
    return np.clip(128 + 600 * values, 0, 255).astype(np.uint8)


def stripes(period, across=False):
    rows = np.indices((HEIGHT, WIDTH))[1 if across else 0] // period % 2
    return np.repeat((rows * 255).astype(np.uint8)[..., np.newaxis], 3, axis=2)


@pytest.mark.parametrize(("name", "colour"), COLOURS.items())
def test_colours_have_their_names(name, colour):
    assert describe(plain(colour))[name] == 1


def test_grey_has_no_hue_and_red_is_warm():
    grey, red, blue = (describe(plain(colour)) for colour in ((128, 128, 128), (230, 30, 30), (30, 60, 230)))
    assert grey["saturation"] == grey["warm"] == grey["cold"] == grey["colourfulness"] == 0
    assert grey["brightness"] == pytest.approx(0.5, abs=0.01)
    assert (red["warm"], red["cold"]) == (1, 0)
    assert (blue["warm"], blue["cold"]) == (0, 1)
    assert red["agreement of hues"] > 0.99


def test_complements_and_warm_against_cold_need_both():
    both = plain((230, 30, 30))
    both[:, : WIDTH // 2] = (30, 230, 230)
    for name in ("complementary", "warm against cold"):
        assert describe(both)[name] > describe(plain((230, 30, 30)))[name] == 0


def test_a_plain_picture_has_nothing_to_see():
    found = describe(plain((90, 120, 40)))
    names = ("edges", "gradient", "entropy", "contrast of brightness", "brightness, wavelets 1", "brightness, contrast", "asymmetry")
    assert [found[name] for name in names] == pytest.approx([0] * len(names), abs=1e-9)
    assert found["brightness, homogeneity"] == found["brightness, energy"] == pytest.approx(1)


def test_texture_is_as_fine_as_it_is():
    fine, coarse = describe(stripes(1)), describe(stripes(16))
    assert fine["brightness, wavelets 1"] > 5 * coarse["brightness, wavelets 1"]
    assert fine["coarseness"] < coarse["coarseness"]
    assert describe(stripes(4))["brightness, wavelets 3"] > describe(stripes(1))["brightness, wavelets 3"]


def test_directions_of_lines():
    level, slanted = stripes(10), plain((0, 0, 0))
    slanted[(np.indices((HEIGHT, WIDTH)).sum(axis=0) // 10) % 2 == 0] = 255
    assert describe(level)["slanted lines"] < 0.05 < 0.9 < describe(slanted)["slanted lines"]
    assert describe(level)["directionality"] > 0.95


def test_a_mirror_image_differs_in_nothing_and_light_from_above_in_its_sign(noise):
    found, mirrored, upside_down = (describe(picture) for picture in (noise, noise[:, ::-1], noise[::-1]))
    shifted = {"coarseness", "sharp middle"}  # windows of even size have no middle
    assert {k: v for k, v in mirrored.items() if k not in shifted} == pytest.approx({k: v for k, v in found.items() if k not in shifted})
    assert mirrored["coarseness"] == pytest.approx(found["coarseness"], rel=0.05)
    assert upside_down["light from above"] == pytest.approx(-found["light from above"])


def test_colours_do_not_depend_on_the_size(noise):
    large = np.repeat(np.repeat(noise, 2, axis=0), 2, axis=1)
    found, again = describe(noise), describe(large)
    for name in (*COLOURS, "saturation", "brightness", "warm", "colourfulness", "entropy", "asymmetry"):
        assert again[name] == pytest.approx(found[name], abs=1e-9), name


def test_symmetry_and_the_middle():
    framed = plain((20, 20, 20))
    framed[40:80, 48:96] = 250
    found = describe(framed)
    assert found["asymmetry"] == pytest.approx(0)
    assert found["brightness of the middle"] > 0.7
    framed[:, :48] = 200
    assert describe(framed)["asymmetry"] > 0.5


def test_skin():
    assert describe(plain((224, 172, 140)))["skin"] == 1
    assert describe(plain((40, 120, 220)))["skin"] == 0


def test_every_picture_has_the_same_finite_descriptors(noise):
    found = of_pictures(np.stack([noise, plain((0, 0, 0)), plain((255, 255, 255))]))
    assert found.shape == (3, len(describe(noise)))
    assert np.isfinite(found).all()
