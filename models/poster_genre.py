"""The film genre of a poster: action, animation, comedy, drama or horror, and a probability for every genre posters are labelled with.

EfficientNet-Lite0 looks at the poster and at its mirror image; two linear layers on the mean of what it sees give both answers.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import expit

from errors import ModelError
from models.convolution import softmax
from models.efficientnet import HEAD, Features

CLASSES = ("action", "animation", "comedy", "drama", "horror")


class PosterGenre:
    """`classes` exclude each other and name the columns of `predict_proba`, `genres` do not and name those of `predict_genres`.

    Pictures are expected at `size` (width, height) in pixels.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], classes: tuple[str, ...], genres: tuple[str, ...], size: tuple[int, int]) -> None:
        """Raises KeyError or ValueError when an array is missing or does not fit."""
        self.classes, self.genres, self.size = classes, genres, size
        self._features = Features(arrays)
        self._heads = {name: tuple(arrays[f"{name}.{part}"].astype(np.float32) for part in ("kernel", "bias")) for name in ("main", "all")}
        for (kernel, bias), names in zip(self._heads.values(), (classes, genres), strict=True):
            if kernel.shape != (HEAD, len(names)) or bias.shape != (len(names),):
                raise ValueError(f"a head of shape {kernel.shape} for {len(names)} names")

    def predict_proba(self, pictures: np.ndarray) -> np.ndarray:
        """Probability of each class as the main genre of each poster.

        Parameters
        ----------
        pictures : np.ndarray [shape=(n, height, width, 3), uint8], RGB

        Returns
        -------
        np.ndarray [shape=(n, len(classes)), float32], rows sum to 1

        Raises
        ------
        ValueError : the pictures have another size
        """
        return self.predict(pictures)[0]

    def predict_genres(self, pictures: np.ndarray) -> np.ndarray:
        """Probability that each poster's film has each genre [shape=(n, len(genres)), float32], each 0..1 by itself."""
        return self.predict(pictures)[1]

    def predict(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both of the above for one look at the pictures."""
        width, height = self.size
        if pictures.shape[1:] != (height, width, 3):
            raise ValueError(f"pictures must have shape (n, {height}, {width}, 3), got {pictures.shape}")
        seen = (self._features(pictures) + self._features(pictures[:, :, ::-1])) / 2
        main, every = (seen @ kernel + bias for kernel, bias in self._heads.values())
        return softmax(main), expit(every)


def from_arrays(arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> PosterGenre:
    """Rebuild the model from its arrays and its card.

    Raises ModelError if an array is missing or does not fit the card's classes and genres.
    """
    try:
        return PosterGenre(arrays, tuple(card["classes"]), tuple(card["genres"]), (card["size"][0], card["size"][1]))
    except (KeyError, ValueError) as error:
        raise ModelError(f"{card['name']}: weights are missing or do not fit ({error}); restore or retrain") from error
