"""The film genre of a poster: numpy says what Keras says, and what does not fit is refused."""

import numpy as np
import pytest

from errors import ModelError
from models import efficientnet
from models.convolution import softmax
from models.poster_genre import CLASSES, from_arrays

pytest.importorskip("keras")
GENRES = ("Action", "Drama", "Horror")
CARD = {"name": "poster_genre", "classes": CLASSES, "genres": GENRES, "size": [32, 48]}
RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (2, 48, 32, 3), np.uint8)


@pytest.fixture(scope="module")
def network():
    import keras

    keras.utils.set_random_seed(0)
    return efficientnet.build(48, 32)


@pytest.fixture
def arrays(network):
    heads = {"main": len(CLASSES), "all": len(GENRES)}
    found = efficientnet.to_arrays(network)
    for name, count in heads.items():
        found |= {f"{name}.kernel": RNG.normal(size=(efficientnet.HEAD, count)), f"{name}.bias": RNG.normal(size=count)}
    return found


def test_a_poster_and_its_mirror_image_are_judged_as_keras_judges_them(network, arrays):
    model = from_arrays(arrays, CARD)
    seen = sum(network.predict(efficientnet.scaled(way), verbose=0).mean(axis=(1, 2)) for way in (PICTURES, PICTURES[:, :, ::-1])) / 2
    main, every = (seen @ arrays[f"{name}.kernel"] + arrays[f"{name}.bias"] for name in ("main", "all"))
    assert model.predict_proba(PICTURES) == pytest.approx(softmax(main), abs=0.01)  # half precision
    assert model.predict_genres(PICTURES) == pytest.approx(1 / (1 + np.exp(-every)), abs=0.01)
    assert model.predict_proba(PICTURES).sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert model.predict_proba(PICTURES[:, :, ::-1]) == pytest.approx(model.predict_proba(PICTURES), abs=1e-5)


def test_it_names_what_it_tells(arrays):
    model = from_arrays(arrays, CARD)
    assert (model.classes, model.genres, model.size) == (CLASSES, GENRES, (32, 48))


def test_pictures_of_another_size_are_refused(arrays):
    with pytest.raises(ValueError, match=r"must have shape \(n, 48, 32, 3\)"):
        from_arrays(arrays, CARD).predict_proba(PICTURES[:, :40])


@pytest.mark.parametrize("change", [{"main.bias": None}, {"all.kernel": np.zeros((efficientnet.HEAD, 2))}, {"block3.expand.bias": None}])
def test_arrays_that_are_missing_or_do_not_fit_are_named(arrays, change):
    changed = {name: array for name, array in (arrays | change).items() if array is not None}
    with pytest.raises(ModelError, match="poster_genre: weights are missing or do not fit"):
        from_arrays(changed, CARD)
