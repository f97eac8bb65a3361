"""Which engine computes the attributes' network: NumPy, as shipped, TensorFlow's graph, ONNX Runtime or LiteRT."""

import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial, reduce
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Result
from benchmarks.process import measure
from models import registry
from models.attributes import CLIP
from models.quiet import quiet_import

WINDOWS = 2000
BATCH = 64  # windows that lie together are described, and predicted, together
REPEATS = 5
TOLERANCE = 1e-4
Engine = Callable[[np.ndarray], np.ndarray]  # descriptors [shape=(n, inputs)] -> outputs of the genre's head [shape=(n, 10)]
Layers = list[tuple[np.ndarray, np.ndarray]]


def inference(data: Path | None) -> Result:
    """Seconds from a cold start to the first answer, and for 2,000 windows in batches; how far the answers are from NumPy's.

    The network is a trunk of the model that ships, up to its genre head. One that is not installed (onnx, onnxruntime) is left out.
    """
    figures: dict[str, float] = {"windows": WINDOWS, "batch": BATCH}
    reference = None
    for name, build in ENGINES.items():
        if not all(map(find_spec, NEEDED.get(name, ()))):
            continue
        begun, took, answers = measure(run, build).value
        reference = answers if reference is None else reference
        figures |= {f"{name}_start_seconds": begun, f"{name}_seconds": took, f"{name}_difference": float(np.abs(answers - reference).max())}
        if figures[f"{name}_difference"] > TOLERANCE:
            raise RuntimeError(f"{name}: its answers are {figures[f'{name}_difference']:.2g} from those of NumPy")
    return Result(name="inference", figures=figures, baseline="NumPy, as shipped")


def run(build: Callable[[Mapping[str, np.ndarray], Layers], Engine]) -> tuple[float, float, np.ndarray]:
    """Seconds until the first answer, seconds for all windows (median of several), and the answers."""
    table = np.random.default_rng(0).normal(size=(WINDOWS, len(_arrays()["mean"]))).astype(np.float32)
    begun = time.perf_counter()
    arrays = _arrays()
    engine = build(arrays, [_layer(arrays, name) for name in ("dense0", "dense1", "genre")])
    engine(table[:BATCH])
    started, times = time.perf_counter() - begun, []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        answers = np.concatenate([engine(table[first : first + BATCH]) for first in range(0, WINDOWS, BATCH)])
        times.append(time.perf_counter() - begun)
    return started, statistics.median(times), answers


def with_numpy(arrays: Mapping[str, np.ndarray], layers: Layers) -> Engine:
    """As models.attributes.Trunk computes it."""

    def engine(table: np.ndarray) -> np.ndarray:
        standard = np.clip((table - arrays["mean"]) / arrays["scale"], -CLIP, CLIP)
        *hidden, (kernel, bias) = layers
        return reduce(lambda values, layer: np.maximum(values @ layer[0] + layer[1], 0), hidden, standard) @ kernel + bias

    return engine


def with_tensorflow(arrays: Mapping[str, np.ndarray], layers: Layers) -> Engine:
    """A traced function of TensorFlow."""
    graph = _graph(arrays, layers)
    return lambda table: graph(table).numpy()


def with_litert(arrays: Mapping[str, np.ndarray], layers: Layers) -> Engine:
    """The same function converted to TensorFlow Lite, now LiteRT."""
    tf = quiet_import("tensorflow")
    function = _graph(arrays, layers).get_concrete_function()
    logging.getLogger("absl").setLevel(logging.ERROR)
    with warnings.catch_warnings(action="ignore"):  # that it has a package of its own now
        interpreter = tf.lite.Interpreter(model_content=tf.lite.TFLiteConverter.from_concrete_functions([function]).convert())
    place, answer = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def engine(table: np.ndarray) -> np.ndarray:
        interpreter.resize_tensor_input(place, table.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(place, table)
        interpreter.invoke()
        return interpreter.get_tensor(answer)

    return engine


def with_onnx(arrays: Mapping[str, np.ndarray], layers: Layers) -> Engine:
    """The same layers as an ONNX graph."""
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper

    limits = {"low": np.full((), -CLIP, np.float32), "high": np.full((), CLIP, np.float32)}
    constants = {"mean": arrays["mean"], "scale": arrays["scale"], **limits}
    nodes = [
        helper.make_node("Sub", ["table", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "scale"], ["divided"]),
        helper.make_node("Clip", ["divided", "low", "high"], ["relu"]),
    ]
    for number, (kernel, bias) in enumerate(layers):
        constants |= {f"kernel{number}": kernel, f"bias{number}": bias}
        before = "relu" if number == 0 else f"relu{number - 1}"
        nodes.append(helper.make_node("Gemm", [before, f"kernel{number}", f"bias{number}"], [f"sum{number}"]))
        nodes.append(helper.make_node("Relu", [f"sum{number}"], [f"relu{number}"]))
    nodes.pop()  # the head has none
    ends = [
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, size])]
        for name, size in (("table", len(arrays["mean"])), (f"sum{len(layers) - 1}", len(layers[-1][1])))
    ]
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    model = helper.make_model(
        helper.make_graph(nodes, "trunk", *ends, initializers), opset_imports=[helper.make_opsetid("", 17)], ir_version=10
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trunk.onnx")
        onnx.save(model, str(path))
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda table: session.run(None, {"table": table})[0]


ENGINES = {"numpy": with_numpy, "tensorflow": with_tensorflow, "litert": with_litert, "onnxruntime": with_onnx}
NEEDED = {"onnxruntime": ("onnx", "onnxruntime")}


def _arrays() -> dict[str, np.ndarray]:
    return {name.removeprefix("trunk0."): array for name, array in registry.arrays("attributes").items()}


def _layer(arrays: Mapping[str, np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    return arrays[f"{name}.kernel"].astype(np.float32), arrays[f"{name}.bias"]


def _graph(arrays: Mapping[str, np.ndarray], layers: Layers) -> Any:
    tf = quiet_import("tensorflow")
    *hidden, (kernel, bias) = layers

    @partial(tf.function, input_signature=[tf.TensorSpec((None, len(arrays["mean"])), tf.float32)])
    def graph(table: Any) -> Any:
        values = tf.clip_by_value((table - arrays["mean"]) / arrays["scale"], -CLIP, CLIP)
        for weights, offset in hidden:
            values = tf.nn.relu(values @ weights + offset)
        return values @ kernel + bias

    return graph
