"""Train and measure the emotion of a scene: what ships, what the literature proposes, and the ancestor's network with its GAN.

Themes of photographs are held out, never single ones: Acorns 1 and Acorns 2 are on the same side. Every photograph is held out once in
each of several repeats. What is saved is then trained on all photographs.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from analysis.training import imagenet, scene_composition, scene_networks, scene_regression
from analysis.training.crossvalidation import Heard, Kept, Report, group_folds, timed
from analysis.training.scene_data import Photographs, load
from analysis.training.scene_emotion_cards import BLOCKS, REPEATS, build_card
from analysis.training.scene_regression import GAMMAS, RIDGES, STRENGTHS, HeldOut
from errors import InputError, ModelError
from models import efficientnet, layers, registry
from models.efficientnet import Features
from models.quiet import quiet_import
from models.scene_emotion import BLOCK, EMOTIONS, ENLARGED, enlarged, resized, standardised

DESIGNS = ("best", "thesis")
POSTERS, POSTER_SIZE = "poster_genre", (192, 152)  # the model whose features are compared, and the size at which it looks
LOOKED = 16  # pictures at once


def train(data: Path, *, design: str = "best", seed: int = 0, checkpoints: Path | None = None, report: Report = print) -> dict[str, Any]:
    """Train the emotion of a scene, measure it on themes it never saw, and save weights and card.

    Parameters
    ----------
    data : folder with scenes/scenes.csv (file, theme, valence_mean, arousal_mean) and scenes/images
    design : "best", regressions on what a published network sees; or "thesis", the ancestor's network with ReLU, which learns from
        pictures its GAN made as well. The card of the best tells the networks' figures too when they were trained on the same data with
        the same checkpoints
    seed : of folds, first weights and noise
    checkpoints : folder in which each network's results are kept; a second call goes on where the first was ended
    report : receives one line of progress at a time

    Returns
    -------
    the card

    Raises
    ------
    InputError : the design does not exist, or its networks cannot be kept
    DataError : the table is missing or damaged, or has too few photographs of an emotion
    """
    if design not in DESIGNS:
        raise InputError(f"design {design!r} does not exist: choose {' or '.join(DESIGNS)}")
    if design == "thesis" and checkpoints is None:
        raise InputError("design thesis: a folder for checkpoints is needed")
    photographs = load(data, report)
    folds = np.array([group_folds(photographs.emotions, photographs.themes, seed + repeat) for repeat in range(REPEATS)])
    report(f"{len(folds[0])} photographs of {len(set(photographs.themes))} themes, {photographs.strong.sum()} happy, sad or angry")
    strong = photographs.some(photographs.strong)
    kept = scene_networks.kept(checkpoints, strong, folds[0, photographs.strong])
    if design == "thesis":
        scene_networks.compare(strong, folds[0, photographs.strong], kept, report)
    networks = scene_networks.finished(kept)
    if design == "thesis":
        weights, curves = _final_network(strong, kept, report)
        card = build_card(design, photographs, folds, {}, networks, curves)
    else:
        weights, found = _regression(photographs, folds, seed, checkpoints, report)
        card = build_card(design, photographs, folds, found, networks, {})
    registry.save("scene_emotion", weights, card)
    low, high = card["metrics"]["intervals"]["accuracy"]
    report(f"scene_emotion: {card['metrics']['accuracy']:.3f} ({low:.3f} to {high:.3f}) of three emotions right, on themes it never saw")
    return registry.card("scene_emotion")


def _regression(
    photographs: Photographs, folds: np.ndarray, seed: int, checkpoints: Path | None, report: Report
) -> tuple[dict[str, np.ndarray], dict[str, HeldOut]]:
    """Weights of the regression on all photographs, and what each method of the comparison said."""
    settings = (seed, ENLARGED, BLOCKS, GAMMAS, RIDGES, STRENGTHS, POSTER_SIZE)
    kept = Kept(checkpoints, "scene_emotion, best", settings, photographs.pictures, photographs.ratings, folds)
    network = imagenet.network()
    features = kept.compute("features", lambda: see(network, photographs.pictures, report))
    found = compare(features, photographs, folds, seed, kept, report)
    return _final(network, features[BLOCK], photographs, seed, report), found


def _final(network: Any, features: np.ndarray, photographs: Photographs, seed: int, report: Report) -> dict[str, np.ndarray]:
    """Arrays of a `models.scene_emotion.Regression` that learnt from all photographs."""
    fitted = scene_regression.fit({BLOCK: features}, photographs.ratings, photographs.themes, seed)
    standard, strong = standardised(features, fitted.mean, fitted.scale), photographs.strong
    classes = scene_regression.fit_classes(
        "logistic regression", standard[strong], photographs.emotions[strong], photographs.themes[strong], seed
    )
    report(f"{BLOCK}: width {fitted.settings[1]}, ridge {fitted.settings[2]}, C {classes.C}")
    looks = {f"features.{name}": array for name, array in efficientnet.to_arrays(network, BLOCK).items()}
    weights = {"emotion_coefficients": classes.coef_.T, "emotion_intercepts": classes.intercept_}
    return looks | fitted.arrays() | {name: array.astype(np.float32) for name, array in weights.items()}


def compare(
    features: Mapping[str, np.ndarray], photographs: Photographs, folds: np.ndarray, seed: int, kept: Kept, report: Report
) -> dict[str, HeldOut]:
    """What each method says of photographs held out from it, by its name in the card's table."""
    described = kept.compute("descriptors", lambda: {"": scene_composition.of_pictures(photographs.pictures)})
    inputs = {"descriptors": described, "head": {"": features["head"]}, "block": {"": features[BLOCK]}, "any block": features}
    posters = poster_version()
    if posters:
        inputs["posters"] = kept.compute(f"features-{posters}", lambda: {"": see_as_posters(photographs.pictures)})
    found = {}
    for name in timed(list(inputs), "regressions compared", report):
        stored = f"{name}-{posters}" if name == "posters" else name

        def regressed(name: str = name) -> Heard:
            return vars(scene_regression.cross_validate(inputs[name], photographs, folds, seed))

        found[name] = HeldOut(**kept.compute(f"regression of {stored}", regressed))
    classifiers = [(name, method) for name in ("descriptors", "block") for method in STRENGTHS]
    for name, method in timed(classifiers, "classifiers compared", report):

        def classified(name: str = name, method: str = method) -> Heard:
            held_out = scene_regression.cross_validate_classes(method, inputs[name][""], photographs, folds, seed)
            return {"emotions": held_out.emotions}

        found[f"{name}, {method}"] = HeldOut(**kept.compute(f"{method} of {name}", classified))
    return found | {"both": scene_regression.blended(found["block"], found["block, logistic regression"])}


def see(network: Any, pictures: np.ndarray, report: Report) -> dict[str, np.ndarray]:
    """What EfficientNet-Lite0 sees after each of BLOCKS: the mean over the map, of picture and mirror image, by the block's name."""
    keras = quiet_import("keras")
    outputs = {name: network.output if name == "head" else network.get_layer(f"{name}.out").output for name in BLOCKS}
    until = keras.Model(network.input, outputs)
    found: dict[str, list[np.ndarray]] = {name: [] for name in BLOCKS}
    for start in timed(range(0, len(pictures), LOOKED), "batches of photographs looked at", report, every=20):
        large = efficientnet.scaled(np.stack([enlarged(picture) for picture in pictures[start : start + LOOKED]]))
        maps = [until.predict_on_batch(batch) for batch in (large, large[:, :, ::-1])]
        for name in BLOCKS:
            found[name].append(np.mean([both[name].mean(axis=(1, 2)) for both in maps], axis=0))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def poster_version() -> str | None:
    """Which network is tuned to the genres of posters; None where there is none."""
    try:
        return registry.card(POSTERS)["sha256"][:16]
    except ModelError:
        return None


def see_as_posters(pictures: np.ndarray) -> np.ndarray:
    """What the network tuned to the genres of posters sees [shape=(n, HEAD)]."""
    features = Features(registry.arrays(POSTERS))
    squeezed = (resized(picture, *POSTER_SIZE) for picture in pictures)
    return np.concatenate([features(np.stack([picture, picture[:, ::-1]])).mean(axis=0, keepdims=True) for picture in squeezed])


def _final_network(strong: Photographs, kept: Kept, report: Report) -> tuple[dict[str, np.ndarray], dict[str, list[float]]]:
    """Weights of the corrected network that learns from all photographs and from pictures made of all, and its curves."""
    everything = np.ones(len(strong.themes), bool)
    made = scene_networks.generated(strong, everything, "gan-all", kept, report)
    network, curves = scene_networks.train(strong, everything, made, "relu", 0)
    ratings = np.array([strong.ratings[strong.emotions == number].mean(axis=0) for number in range(len(EMOTIONS))])
    arrays = layers.to_arrays(network) | {"activation": np.array("relu"), "ratings": ratings.astype(np.float32)}
    return arrays, {name: values for name, values in curves.items() if name != "val_accuracy"}  # none is held out
