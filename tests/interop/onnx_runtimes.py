"""Two programs that run ONNX models: onnxruntime, and the standard's own reference in NumPy."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array

Feeds = Mapping[str, Array]


def run_onnxruntime(model: Any, feeds: Feeds) -> dict[str, Array]:
    """In float32: it has no convolution, LSTM or GRU of float64."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return _by_name(model, session.run(None, dict(feeds)))


def run_reference(model: Any, feeds: Feeds) -> dict[str, Array]:
    """In any dtype, node by node."""
    from onnx.reference import ReferenceEvaluator

    return _by_name(model, ReferenceEvaluator(model).run(None, dict(feeds)))


def run_model(model: Any, feeds: Feeds) -> dict[str, Array]:
    """In the runtime for the dtype of the model."""
    dtypes = {array.dtype for array in feeds.values() if array.dtype.kind == "f"}
    return (run_reference if np.dtype(np.float64) in dtypes else run_onnxruntime)(model, feeds)


def _by_name(model: Any, outputs: list[Array]) -> dict[str, Array]:
    return dict(zip((value.name for value in model.graph.output), outputs, strict=True))
