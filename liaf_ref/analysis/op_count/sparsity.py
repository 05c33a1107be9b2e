"""What a network does on data: how sparse its activations are, and what that could save.

Section V leaves the event-driven saving out of its counts, since it depends on data.
Here it is measured: of the products and sums of a synapse those are counted whose
input is not zero, as hardware would that is woken by activations and sleeps otherwise.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from liaf_ref._core.validation import check_instance
from liaf_ref.analysis.op_count.counts import OpCount
from liaf_ref.analysis.op_count.per_layer import count_exact
from liaf_ref.kernels.array import Array
from liaf_ref.layers import REFERENCE, Conv2D, Dense, KernelSet, Sequential
from liaf_ref.layers.sequential import check_sequential_input


class LayerSparsity(NamedTuple):
    """Sparsity of a layer on data, per sample on average."""

    prefix: str  # of its parameters
    label: str
    input_density: float  # fraction that is not zero
    output_density: float
    dense: OpCount  # exact count
    effective: OpCount  # without operations on zeros


def measure_sparsity(
    sequential: Sequential, params: Mapping[str, Array], X: Array, kernel_set: KernelSet
) -> list[LayerSparsity]:
    """Run a network on data and count what is not zero, synapses and neurons apart."""
    params, X = check_sequential_input(sequential, params, X, "the sparsity measurement")
    check_instance(
        "kernel_set",
        kernel_set,
        KernelSet,
        "the sparsity measurement",
        "a KernelSet such as REFERENCE or FAST",
    )
    rows, steps = (
        [],
        sequential._iter_forward(params, X, sequential._initial_state(len(X), X.dtype), kernel_set),
    )
    for (part, _), (layer, actual, went, *_) in zip(sequential.flat_layers, steps, strict=True):
        full = count_exact(layer, actual.shape[1], spikes=_is_binary(actual))
        left = _effective_ops(layer, actual, full) if isinstance(layer, Conv2D | Dense) else full
        shares = float((actual != 0).mean()), float((went != 0).mean())
        rows.append(LayerSparsity(part, layer.label, *shares, full, left))
    return rows


def _is_binary(X: Array) -> bool:
    return bool(((X == 0) | (X == 1)).all())


def _effective_ops(layer: Conv2D | Dense, X: Array, dense: OpCount) -> OpCount:
    """Products of what is not zero; the bias is added to every sum that has any."""
    single = replace(layer, L=1, bias=False)
    ones = {name: np.ones(shape) for name, shape in single.param_shapes().items()}
    terms, *_ = single._forward(ones, (X != 0).astype(float), (), REFERENCE)  # of every sum
    sums = terms if layer.bias else np.maximum(terms - 1, 0)
    products, adds = (round(layer.L * float(n.sum()) / len(X)) for n in (terms, sums))
    return OpCount(products if dense.muls else 0, adds, dense.weights)
