"""Two programs that run ONNX models: onnxruntime, and the standard's own reference in NumPy."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array

Feeds = Mapping[str, Array]
NO_FLOAT64 = {"Conv", "AveragePool", "RNN", "LSTM", "GRU"}


def run_onnxruntime(model: Any, feeds: Feeds) -> dict[str, Array]:
    """In float32, and in float64 without the operators of ``NO_FLOAT64``."""
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
    """In onnxruntime if it has the operators of the model."""
    wide = any(array.dtype == np.float64 for array in feeds.values())
    run = run_reference if wide and NO_FLOAT64 & operators(model.graph) else run_onnxruntime
    return run(model, feeds)


def operators(graph: Any) -> set[str]:
    """All, also in the bodies of loops."""
    inner = (operators(each.g) for node in graph.node for each in node.attribute)
    return {node.op_type for node in graph.node}.union(*inner)


def _by_name(model: Any, outputs: list[Array]) -> dict[str, Array]:
    return dict(zip((value.name for value in model.graph.output), outputs, strict=True))
