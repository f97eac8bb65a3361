"""The ancestor's four networks for posters ("Poster to soundtrack", 2019), to measure them beside what ships.

It names LeNet, ResNet20 and a custom network of LeNet's kind, and shows the plan of the first only. LeNet is LeCun et al. 1998 with
ReLU and max-pooling, ResNet20 is He et al. 2016 for small pictures, and the custom network is ours of its description: more and smaller
convolutions than LeNet's, max-pooling, dropout.
"""

from typing import Any

from models.quiet import quiet_import

CUSTOM_FILTERS = (16, 32, 64, 128)
RESNET_STAGES, RESNET_BLOCKS = (16, 32, 64), 3


def lenet(size: int, classes: int) -> Any:
    """LeNet-5 for square pictures of `size` pixels, RGB -1..1; softmax outputs."""
    keras = quiet_import("keras")
    layers = keras.layers
    return keras.Sequential([
        keras.Input((size, size, 3)),
        layers.Conv2D(6, 5, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(16, 5, activation="relu"), layers.MaxPooling2D(2),
        layers.Flatten(), layers.Dense(120, activation="relu"), layers.Dense(84, activation="relu"),
        layers.Dense(classes, activation="softmax"),
    ])  # fmt: skip


def custom(size: int, classes: int) -> Any:
    """The custom network, of as much input and output as `lenet`."""
    keras = quiet_import("keras")
    layers = keras.layers
    model = keras.Sequential([keras.Input((size, size, 3))])
    for filters in CUSTOM_FILTERS:
        for layer in (layers.Conv2D(filters, 3, padding="same", activation="relu"), layers.MaxPooling2D(2), layers.Dropout(0.1)):
            model.add(layer)
    for layer in (
        layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(0.4), layers.Dense(classes, activation="softmax"),
    ):  # fmt: skip
        model.add(layer)
    return model


def resnet20(size: int, classes: int) -> Any:
    """Three stages of three residual blocks of two convolutions, of as much input and output as `lenet`."""
    keras = quiet_import("keras")
    layers = keras.layers

    def convolve(tensor: Any, filters: int, kernel: int, stride: int, active: bool = True) -> Any:
        tensor = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, kernel_regularizer=keras.regularizers.L2(1e-4))(
            tensor
        )
        tensor = layers.BatchNormalization()(tensor)
        return layers.ReLU()(tensor) if active else tensor

    given = keras.Input((size, size, 3))
    tensor = convolve(given, RESNET_STAGES[0], 3, 1)
    for stage, filters in enumerate(RESNET_STAGES):
        for block in range(RESNET_BLOCKS):
            stride = 2 if stage and not block else 1
            before = convolve(tensor, filters, 1, stride, active=False) if stride == 2 else tensor
            tensor = convolve(convolve(tensor, filters, 3, stride), filters, 3, 1, active=False)
            tensor = layers.ReLU()(layers.Add()([tensor, before]))
    pooled = layers.GlobalAveragePooling2D()(tensor)
    return keras.Model(given, layers.Dense(classes, activation="softmax")(pooled))


NETWORKS = {"LeNet": lenet, "ResNet20": resnet20, "custom": custom, "custom on 50 components": custom}
