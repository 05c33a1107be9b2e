"""Measure the sparsity of activations on data, and the operations it could save.

Section V does not count the saving of event-driven hardware, because it depends on data.  Here
it is measured: products and sums of a synapse are counted only for inputs that are not zero.
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
    """Sparsity of a layer on data, per sample on average.

    Attributes
    ----------
    prefix : str
        Prefix of the layer's parameters.
    label : str
        Name of the layer.
    input_density, output_density : float
        Fraction of the numbers that is not zero.
    dense : OpCount
        Exact count of operations.
    effective : OpCount
        The count without operations on zeros.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.layers import REFERENCE
    >>> net = lr.Sequential([("fc", lr.Dense(4, 2))])
    >>> X = np.array([[[1.0, 0, 0, 0]]])  # (B, T, L)
    >>> row, = lr.analysis.measure_sparsity(net, net.init(0, dtype="float64"), X, REFERENCE)
    >>> row.input_density, row.dense.adds, row.effective.adds
    (0.25, 8, 2)
    """

    prefix: str
    label: str
    input_density: float
    output_density: float
    dense: OpCount
    effective: OpCount


def measure_sparsity(
    sequential: Sequential, params: Mapping[str, Array], X: Array, kernel_set: KernelSet
) -> list[LayerSparsity]:
    """Run a network on data and measure the share of non-zero inputs and outputs of each layer.

    Parameters
    ----------
    sequential : Sequential
        The network.
    params : mapping of str to ndarray
        Its parameters.
    X : ndarray, shape (B, T, ...)
        Input, of the parameters' dtype.
    kernel_set : KernelSet
        Kernels to run, ``REFERENCE`` or ``FAST`` of :mod:`liaf_ref.layers`.

    Returns
    -------
    list of LayerSparsity
        One for each layer.

    Raises
    ------
    InputError
        If an argument has another type, or ``params`` or ``X`` do not fit the network.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.layers import FAST
    >>> net = lr.Sequential([("fc", lr.Dense(4, 2)), ("act", lr.Activation((2,), "relu"))])
    >>> X = np.ones((1, 3, 4))
    >>> rows = lr.analysis.measure_sparsity(net, net.init(0), X, FAST)
    >>> [row.input_density for row in rows]
    [1.0, 1.0]
    """
    params, X = check_sequential_input(sequential, params, X, "the sparsity measurement")
    check_instance(
        "kernel_set",
        kernel_set,
        KernelSet,
        "the sparsity measurement",
        "a KernelSet such as REFERENCE or FAST",
    )
    rows = []
    for name, layer, given, sent, *_ in sequential.iter_stages(params, X, kernel_set):
        full = count_exact(layer, given.shape[1], spikes=_is_binary(given))
        left = _effective_ops(layer, given, full) if isinstance(layer, Conv2D | Dense) else full
        shares = float((given != 0).mean()), float((sent != 0).mean())
        rows.append(LayerSparsity(name, layer.label, *shares, full, left))
    return rows


def _is_binary(X: Array) -> bool:
    return bool(((X == 0) | (X == 1)).all())


def _effective_ops(layer: Conv2D | Dense, X: Array, dense: OpCount) -> OpCount:
    """Count operations on non-zero inputs; the bias is added to every sum with such an input."""
    single = replace(layer, L=1, bias=False)
    ones = {name: np.ones(shape) for name, shape in single.param_shapes().items()}
    terms, *_ = single.run(ones, (X != 0).astype(float), (), REFERENCE)  # of every sum
    sums = terms if layer.bias else np.maximum(terms - 1, 0)
    products, adds = (round(layer.L * float(n.sum()) / len(X)) for n in (terms, sums))
    return OpCount(products if dense.muls else 0, adds, dense.weights)
