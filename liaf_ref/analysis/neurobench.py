"""The five numbers of NeuroBench for a network on data, by the rules of its harness.

Yik et al. 2025, "The neurobench framework", Nature Communications 16, 1545; checked against version
2.3.0 of the package ``neurobench``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref import layers
from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import real
from liaf_ref._core.validation import check_instance
from liaf_ref.analysis.op_count import count_terms
from liaf_ref.kernels import readout
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Sequential
from liaf_ref.layers.cells import Cell
from liaf_ref.layers.kernel_set import kernel_set_for
from liaf_ref.layers.sequential import check_sequential_input, group_by_prefix
from liaf_ref.layers.synapses import Synapses

WHERE = "NeuroBench's numbers"
ACTIVATIONS = layers.Neurons | layers.Activation


class NeuroBench(NamedTuple):
    """What :func:`measure_neurobench` returns.

    Attributes
    ----------
    footprint : int
        Bytes of parameters and running statistics.
    connection_sparsity : float
        Share of zeros among the weights of convolutions and dense layers.
    activation_sparsity : float
        Share of zeros among the outputs of neurons and activations.
    dense : float
        Synaptic operations of a sample: one for each pair of an input and a weight, without biases
        and padding.
    effective_macs, effective_acs : float
        Those without a zero as input or weight.  In a step whose inputs are -1, 0 and 1 they are
        accumulations (ACs), else multiplications with accumulation (MACs).
    logits : ndarray, shape (B, classes)
        The answers.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> X = np.array([[[1.0, 0, 1, 0]]])  # (B, T, L)
    >>> net = lr.Sequential([("fc", lr.Dense(4, 2))])
    >>> found = lr.analysis.measure_neurobench(net, net.init(0), X)
    >>> found.dense, found.effective_macs, found.effective_acs
    (8.0, 0.0, 4.0)
    """

    footprint: int
    connection_sparsity: float
    activation_sparsity: float
    dense: float
    effective_macs: float
    effective_acs: float
    logits: Array

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain values."""
        return {name: value for name, value in self._asdict().items() if name != "logits"}


def measure_neurobench(
    sequential: Sequential, params: Mapping[str, Array], X: Array, *, below: float = 0.0
) -> NeuroBench:
    """Run a network on data and count as NeuroBench does.

    Parameters
    ----------
    sequential : Sequential
        The network.
    params : mapping of str to ndarray
        Its parameters and running statistics.
    X : ndarray, shape (B, T, ...)
        Samples, of the parameters' dtype.
    below : float
        Outputs of neurons and activations whose absolute value is smaller are set to zero.

    Returns
    -------
    NeuroBench
        The numbers, of a sample in the mean, and the logits.

    Raises
    ------
    InputError
        If an argument is invalid, or a layer is a recurrent cell, for which the harness has no
        rule over time.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> net = lr.Sequential([("a", lr.DenseLIAF(4, 3)), ("fc", lr.Dense(3, 2))])
    >>> found = lr.analysis.measure_neurobench(net, net.init(0), np.ones((1, 5, 4)), below=9)
    >>> found.activation_sparsity, found.effective_macs + found.effective_acs, found.dense
    (1.0, 60.0, 90.0)
    """
    chain = check_instance("sequential", sequential, Sequential, WHERE, "a Sequential")
    given, X = check_sequential_input(chain, params, X, WHERE)
    below = real(0).check("below", below, WHERE)
    weights, activations, synapses = [0, 0], [0, 0], np.zeros(3)
    by_layer, kernels = group_by_prefix(given), kernel_set_for(X.dtype)
    samples, zeros = len(X), chain.zeros(len(X), X.dtype)
    for number, (name, layer) in enumerate(chain.stages):
        Y, *_ = layer.run(by_layer[name], X, zeros[chain.places[number]], kernels)
        if isinstance(layer, Cell):
            expected = "expected convolutions, dense layers and neurons, which the harness counts"
            raise InputError.for_argument("sequential", WHERE, f"{expected}, got {layer.label}")
        if isinstance(layer, Synapses):
            W = by_layer[name]["W"]
            weights = [weights[0] + int((W == 0).sum()), weights[1] + W.size]
            synapses += np.sum([*_operations(layer, W, X)], axis=0)
        if isinstance(layer, ACTIVATIONS):
            Y = np.where(abs(Y) < below, 0, Y)
            activations = [activations[0] + int((Y == 0).sum()), activations[1] + Y.size]
        X = Y
    size, (dense, macs, acs) = sum(a.nbytes for a in given.values()), (synapses / samples).tolist()
    connections, active = (zeros / max(n, 1) for zeros, n in (weights, activations))
    return NeuroBench(size, connections, active, dense, macs, acs, readout.last_forward(X))


def _operations(layer: Any, W: Array, X: Array) -> Iterator[tuple[float, float, float]]:
    """All operations, MACs and ACs, of each step; of all steps where a kernel spans time."""
    spans_time = len(getattr(layer, "kernel", ())) == 3
    for x in [X] if spans_time else np.split(X, X.shape[1], axis=1):
        every, left = (
            _products(layer, np.ones(W.shape), np.ones(x.shape)),
            _products(layer, W, x != 0),
        )
        is_spiking = bool(np.isin(x, (-1, 0, 1)).all())
        yield every, left * (not is_spiking), left * is_spiking


def _products(layer: Any, W: Array, X: Array) -> float:
    """How many inputs that are marked meet a weight that is not zero, over all pairs."""
    if W.all():  # each output has the same number
        return float(layer.L * count_terms(layer, X).sum())
    Y, *_ = replace(layer, bias=False).run({"W": (W != 0) * 1.0}, X * 1.0, (), layers.REFERENCE)
    return float(Y.sum())
