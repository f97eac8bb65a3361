import numpy as np

from benchmarks import inference
from models import registry


def test_numpy_computes_what_the_shipped_trunk_does() -> None:
    model = registry.load("attributes")
    table = np.random.default_rng(0).normal(size=(inference.WINDOWS, len(model._trunks[0]._mean))).astype(np.float32)
    _, _, answers = inference.run(inference.with_numpy)
    np.testing.assert_allclose(answers, model._trunks[0].logits(table)["genre"], atol=1e-5)
