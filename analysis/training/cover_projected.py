"""Train the generator of covers that ships: from compositions to covers, against a projected discriminator.

A generator from nothing needs more steps than a processor can give. This one is given compositions in broad strokes, drawn from the
principal components of the covers of a genre, and learns to make covers of them: against discriminators that look at the maps of a
frozen network, which tell structure from noise from the first step on, and under the condition that the composition stays.

Sauer et al., "Projected GANs converge faster" (2021); Zhao et al., "Differentiable augmentation for data-efficient GAN training"
(2020); Miyato & Koyama, "cGANs with projection discriminator" (2018); Karras et al., "Progressive growing of GANs" (2018).
"""

from functools import cached_property
from typing import Any

import numpy as np

from analysis.training import imagenet
from models import cover
from models.quiet import quiet_import

BATCH = 16
RATE, BETAS = 2e-4, (0.0, 0.99)  # of Adam
FREE = 900  # first steps, in which it finds what covers are made of, whatever the composition and the genre
COMPOSITION = 4.0  # weight of the generator's loss for colours that are not the composition's
CELLS = 5  # a side of the grid in which colours are compared with the composition's
REPAINTED, LIKENESS = 8, 2.0  # covers of a batch that are made from a real one's composition, and the weight of what is unlike it
VARIETY = 4.0  # weight of its loss for a batch whose covers show less different things than real ones
GENRE = 0.3  # weight of its loss for covers that are not taken for the genre they are meant for
TELLER_STRENGTH, TELLER_LOOKS = 0.01, 1  # C of what takes them for a genre, and how often it sees each cover, always otherwise
AVERAGING = 0.998  # of the averaged weights, a step
SEEN = 2 * cover.NATIVE  # pixels a side that the frozen network is shown
BLOCKS = (2, 4, 10, 15)  # whose outputs are judged
SHOWN = 8  # samples of each genre
WIDTH = 64  # channels of a discriminator


class ProjectedGan:
    """Networks and optimisers; `step` trains them once, `variables` is all that a continued training needs."""

    def __init__(self, pictures: np.ndarray, genres: np.ndarray, seed: int) -> None:
        """pictures : [shape=(n, 50, 50, 3), uint8]; genres : index of each one's genre [shape=(n,)]."""
        keras = quiet_import("keras")
        tf = quiet_import("tensorflow")

        keras.utils.set_random_seed(seed)
        self._pictures, self._genres, self._seed = pictures, genres, seed
        self._frozen = _frozen_network()
        self._scales = [1.0] * len(BLOCKS)
        sample = tf.constant(pictures[:64].astype(np.float32) / 127.5 - 1)
        self._scales = [float(tf.math.reduce_std(seen)) for seen in self._look(sample)]
        self.generator, self.averaged = cover.build(), cover.build()
        self._codes = _compose(self.generator, pictures, genres)
        self.averaged.set_weights(self.generator.get_weights())
        self._painter = keras.Model(self.generator.input, [self.generator.output, self.generator.get_layer("composition").output])
        self._critics = [_critic(output.shape[1:]) for output in self._frozen.outputs]
        judging = [variable for critic in self._critics for variable in critic.trainable_variables]
        self._trained = (self.generator.trainable_variables, judging)
        self._optimisers = [keras.optimizers.Adam(RATE, *BETAS) for _ in self._trained]
        for optimiser, trained in zip(self._optimisers, self._trained, strict=True):
            optimiser.build(trained)
        self._train = tf.function(self._adversarial_step)

    @property
    def variables(self) -> list[Any]:
        networks = [self.generator, self.averaged, *self._critics]
        return [variable for part in (*networks, *self._optimisers) for variable in part.variables]

    @property
    def shipped(self) -> Any:
        return self.averaged

    def samples(self) -> np.ndarray:
        """Covers of the averaged weights, a genre a row, always of the same noise [shape=(6, SHOWN, 50, 50, 3), uint8]."""
        noise = np.random.default_rng(self._seed).standard_normal((len(cover.GENRES), SHOWN, cover.LATENT)).astype(np.float32)
        rows = [
            self.averaged([drawn, np.repeat(weights[np.newaxis], SHOWN, axis=0)], training=False)
            for drawn, weights in zip(noise, np.eye(len(cover.GENRES), dtype=np.float32), strict=True)
        ]
        return cover.colours(np.stack(rows))

    def step(self, number: int) -> dict[str, float]:
        """The losses of one step; what it draws depends on the seed and the number alone."""
        tf = quiet_import("tensorflow")
        rng = np.random.default_rng([self._seed, number])
        rows = rng.integers(len(self._pictures), size=BATCH)
        real = self._pictures[rows].astype(np.float32) / 127.5 - 1
        mirrored = (rng.random(BATCH) < 0.5) & (np.arange(BATCH) >= REPAINTED)
        real = np.where(mirrored[:, np.newaxis, np.newaxis, np.newaxis], real[:, :, ::-1], real)
        noise = rng.standard_normal((BATCH, cover.LATENT)).astype(np.float32)
        wanted = rng.integers(len(cover.GENRES), size=BATCH)
        noise[:REPAINTED, : cover.LAYOUTS], wanted[:REPAINTED] = self._codes[rows[:REPAINTED]], self._genres[rows[:REPAINTED]]
        _ = self._teller  # made outside of the graph
        found = self._train(
            tf.constant(real, tf.float32), tf.constant(self._genres[rows]), tf.constant(noise),
            tf.constant(wanted), tf.constant([self._seed, number], tf.int32),
            tf.constant(float(number >= FREE)),
        )  # fmt: skip
        self._average(min(AVERAGING, (number + 1) / (number + 10)))
        return {name: float(value) for name, value in found.items()}

    def _average(self, share: float) -> None:
        for kept, new in zip(self.averaged.variables, self.generator.variables, strict=True):
            kept.assign(share * kept + (1 - share) * new)

    def _adversarial_step(self, real: Any, genres: Any, noise: Any, wanted: Any, seed: Any, bound: Any) -> dict[str, Any]:
        tf = quiet_import("tensorflow")
        weights, truth = (tf.one_hot(labels, len(cover.GENRES)) for labels in (wanted, genres))
        seen_real = self._look(augment(real, seed))
        with tf.GradientTape() as tape:
            made, layouts = self._painter([noise, weights], training=True)
            seen_made = self._look(augment(made, seed))
            verdicts = [critic([seen, weights], training=True) for critic, seen in zip(self._critics, seen_made, strict=True)]
            fooling = -tf.add_n([tf.reduce_mean(realness) for realness in verdicts])
            genre = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(weights, self._tell(seen_made)))
            composition = tf.reduce_mean(tf.abs(_cells(made) - _cells(tf.clip_by_value(layouts, -1.0, 1.0))))
            unlike = tf.add_n([
                tf.reduce_mean(tf.abs(made[:REPAINTED] - true[:REPAINTED])) for made, true in zip(seen_made, seen_real, strict=True)
            ])  # fmt: skip
            alike = _alike(seen_made[-2:], seen_real[-2:])
            loss = fooling + bound * (GENRE * genre + COMPOSITION * composition + LIKENESS * unlike + VARIETY * alike)
        self._apply(0, tape, loss)
        seen_made = [tf.stop_gradient(seen) for seen in seen_made]
        with tf.GradientTape() as tape:
            judged = [critic([seen, truth], training=True) for critic, seen in zip(self._critics, seen_real, strict=True)]
            mocked = [critic([seen, weights], training=True) for critic, seen in zip(self._critics, seen_made, strict=True)]
            hinge = tf.add_n([
                tf.reduce_mean(tf.nn.relu(1 - yes)) + tf.reduce_mean(tf.nn.relu(1 + no))
                for yes, no in zip(judged, mocked, strict=True)
            ])  # fmt: skip
        self._apply(1, tape, hinge)
        return {"generator": fooling, "critic": hinge, "genre": genre, "composition": composition, "unlike": unlike, "alike": alike}

    @cached_property
    def _teller(self) -> tuple[Any, Any]:
        """Kernel and bias of a logistic regression from means of the maps to the genre, learnt from covers changed as in training."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        tf = quiet_import("tensorflow")
        look_at = tf.function(lambda pictures, seed: _means(self._look(augment(pictures, seed))))
        means = []
        for look in range(TELLER_LOOKS):
            for first in range(0, len(self._pictures), BATCH):
                real = tf.constant(self._pictures[first : first + BATCH].astype(np.float32) / 127.5 - 1)
                means.append(look_at(real, tf.constant([self._seed + look, first])).numpy())
        features, genres = np.concatenate(means), np.tile(self._genres, TELLER_LOOKS)
        scaler = StandardScaler().fit(features)
        model = LogisticRegression(C=TELLER_STRENGTH, max_iter=300, class_weight="balanced").fit(scaler.transform(features), genres)
        kernel, bias = np.zeros((features.shape[1], len(cover.GENRES))), np.full(len(cover.GENRES), -9.0)
        kernel[:, model.classes_] = model.coef_.T / scaler.scale_[:, np.newaxis]
        bias[model.classes_] = model.intercept_ - scaler.mean_ @ kernel[:, model.classes_]
        return tf.constant(kernel, tf.float32), tf.constant(bias, tf.float32)

    def _tell(self, seen: list[Any]) -> Any:
        """Scores of the genres for what was seen of covers [shape=(n, 6)]."""
        return _means(seen) @ self._teller[0] + self._teller[1]

    def _apply(self, which: int, tape: Any, loss: Any) -> None:
        self._optimisers[which].apply(tape.gradient(loss, self._trained[which]), self._trained[which])

    def _look(self, pictures: Any) -> list[Any]:
        tf = quiet_import("tensorflow")
        maps = self._frozen(tf.image.resize(pictures, (SEEN, SEEN)), training=False)
        return [seen / scale for seen, scale in zip(maps, self._scales, strict=True)]


def augment(pictures: Any, seed: Any) -> Any:
    """Other brightness, contrast and saturation, a shift by up to an eighth and a grey square, so that few pictures do for many.

    pictures : tensor [shape=(n, h, w, 3), -1..1]; seed : tensor of two numbers that decides what is drawn
    """
    tf = quiet_import("tensorflow")
    count, size = pictures.shape[0], pictures.shape[1]
    drawn = [tf.random.stateless_uniform((count, 1, 1, 1), seed + tf.constant([0, 1000 * (k + 1)])) for k in range(7)]
    pictures = pictures + 0.6 * (drawn[0] - 0.5)
    grey = tf.reduce_mean(pictures, axis=3, keepdims=True)
    pictures = grey + (pictures - grey) * 2 * drawn[1]
    mean = tf.reduce_mean(pictures, axis=(1, 2, 3), keepdims=True)
    pictures = mean + (pictures - mean) * (0.5 + drawn[2])
    reach = size // 8
    padded = tf.pad(pictures, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    corners = [tf.cast(tf.floor(drawn[k][:, :, 0, 0] * (2 * reach + 1)), tf.int32) for k in (3, 4)]
    rows, columns = (corner + tf.range(size)[tf.newaxis] for corner in corners)
    pictures = tf.gather(tf.gather(padded, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)
    place = tf.range(size, dtype=tf.float32)
    inside = [tf.abs(place[tf.newaxis] - drawn[k][:, :, 0, 0] * size) < size / 5 for k in (5, 6)]
    hidden = tf.logical_and(inside[0][:, :, tf.newaxis], inside[1][:, tf.newaxis, :])
    return tf.where(hidden[..., tf.newaxis], 0.0, pictures)


def _means(seen: list[Any]) -> Any:
    """Means of the two coarsest maps [shape=(n, channels)]."""
    ops = quiet_import("keras").ops
    return ops.concatenate([ops.mean(maps, axis=(1, 2)) for maps in seen[-2:]], axis=1)


def _alike(made: list[Any], real: list[Any]) -> Any:
    """How much less the covers of a batch differ than real ones, place by place and channel by channel [0..1].

    The critics judge a cover at a time, so that one good subject would do for all. The variance term of Bardes et al., "VICReg" (2022),
    on the maps that tell subjects apart.
    """
    tf = quiet_import("tensorflow")
    short = [tf.nn.relu(1 - _spread(ours) / (_spread(theirs) + 1e-3)) for ours, theirs in zip(made, real, strict=True)]
    return tf.add_n([tf.reduce_mean(each) for each in short]) / len(short)


def _spread(maps: Any) -> Any:
    tf = quiet_import("tensorflow")
    return tf.sqrt(tf.math.reduce_variance(maps, axis=0) + 1e-6)


def _cells(pictures: Any) -> Any:
    """Mean colours in a grid of CELLS x CELLS."""
    return quiet_import("keras").ops.average_pool(pictures, cover.NATIVE // CELLS)


def _frozen_network() -> Any:
    """Pictures of -1..1 -> maps of four scales, each mixed over its channels by a random rotation that stays as it is."""
    keras = quiet_import("keras")
    network = imagenet.network(SEEN, SEEN)
    frozen = keras.Model(network.input, [network.get_layer(f"block{number}.out").output for number in BLOCKS])
    frozen.trainable = False
    return frozen


def _critic(shape: tuple[int, ...]) -> Any:
    """A map and the weights of the genres -> how real each place of it looks for them."""
    layers = quiet_import("keras").layers
    seen, weights = layers.Input(shape), layers.Input((len(cover.GENRES),))
    mixed = layers.Conv2D(WIDTH, 1, kernel_initializer="he_normal", trainable=False)(seen)
    size = shape[0]
    while size > 4:
        mixed = layers.SpectralNormalization(layers.Conv2D(WIDTH, 4, 2, "same"))(mixed)
        mixed, size = layers.LeakyReLU(0.2)(mixed), -(-size // 2)
    mixed = layers.Concatenate()([mixed, _variety(mixed)])
    mixed = layers.LeakyReLU(0.2)(layers.SpectralNormalization(layers.Conv2D(WIDTH, 3, padding="same"))(mixed))
    pooled = layers.GlobalAveragePooling2D()(mixed)
    fits = layers.Dot(1)([pooled, layers.SpectralNormalization(layers.Dense(WIDTH, use_bias=False))(weights)])
    realness = layers.Add()([layers.SpectralNormalization(layers.Conv2D(1, 1))(mixed), layers.Reshape((1, 1, 1))(fits)])
    return quiet_import("keras").Model([seen, weights], realness)


def _compose(generator: Any, pictures: np.ndarray, genres: np.ndarray) -> np.ndarray:
    """Give compositions: the layouts are the principal components of the covers, weighted as in the covers of each genre.

    Returns the noise from which each cover's own composition is drawn [shape=(n, cover.LAYOUTS)].
    """
    from sklearn.decomposition import PCA

    pixels = pictures.reshape(len(pictures), -1).astype(np.float32) / 127.5 - 1
    components = PCA(cover.LAYOUTS, svd_solver="randomized", random_state=0).fit(pixels)
    scale = np.sqrt(components.explained_variance_)
    found = components.transform(pixels) / scale
    generator.get_layer("layout").set_weights([components.components_ * scale[:, np.newaxis], components.mean_])
    for name, figures in (("prior_mean", np.mean), ("prior_spread", lambda values, axis: np.log(values.std(axis) + 1e-3))):
        kernel = np.zeros((len(cover.GENRES), cover.LATENT), np.float32)
        for genre in range(len(cover.GENRES)):
            kernel[genre, : cover.LAYOUTS] = figures(found[genres == genre], axis=0)
        generator.get_layer(name).set_weights([kernel])
    for name in ("layout", "prior_mean", "prior_spread"):
        generator.get_layer(name).trainable = False
    mean, spread = (generator.get_layer(name).get_weights()[0][genres, : cover.LAYOUTS] for name in ("prior_mean", "prior_spread"))
    return (found - mean) / np.exp(spread)


def _variety(maps: Any) -> Any:
    """How much the maps of a batch differ, as one more channel: a generator that makes the same cover over and over is found out.

    Karras et al., "Progressive growing of GANs" (2018), section 3.
    """
    ops = quiet_import("keras").ops
    differ = ops.mean(ops.std(maps, axis=0))
    return ops.zeros_like(maps[..., :1]) + differ
