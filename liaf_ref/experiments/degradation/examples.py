"""Inputs, parameters and gradients to compare on: random, or exact in binary."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import Conv2D, Dense, Driven, KernelSet, Neurons

MU = 0.5
B, T, K, L = 4, 8, 6, 5
SHAPE = (6, 6, 2)
NEURON_PARAMS = ("v_th", "v_reset", "alpha", "beta")
Params = dict[str, Array]


Arrays = Mapping[str, Array]


class Equivalence(NamedTuple):
    """A statement of Section II-C about LIAF, measured."""

    item: int  # 1 LIF, 2 perceptron and convolution, 3 RNN
    liaf: str
    baseline: str
    dtype: str
    # Largest difference for each array, outputs first, in units in the last place of its
    # largest entry; 0 is bit for bit but for the sign of a zero.
    ulps: dict[str, float]
    explanation: str  # of a difference, where there is one


def max_ulp_errors(actual: Arrays, desired: Arrays) -> dict[str, float]:
    """Return the largest difference of each array, in ulps."""
    return {name: _max_ulp_error(actual[name], array) for name, array in desired.items()}


def _max_ulp_error(a: Array, b: Array) -> float:
    largest = max(abs(a).max(), abs(b).max())
    return float(abs(a - b).max() / np.spacing(largest))


class NeuronParams(NamedTuple):
    """Threshold, reset potential and decays, for all neurons or one value per neuron."""

    v_th: Array
    v_reset: Array
    alpha: Array
    beta: Array


def lif_forward(I: Array, p: NeuronParams) -> tuple[Array, Array]:
    """Run LIF from V^0 = 0, with reset by selection; the output is the spike."""
    F, U = np.empty_like(I), np.empty_like(I)
    V = np.zeros_like(I[:, 0])
    for t in range(I.shape[1]):
        U[:, t] = I[:, t] + V
        F[:, t] = U[:, t] - p.v_th >= 0
        V = p.alpha * np.where(F[:, t], p.v_reset, U[:, t]) + p.beta
    return F, U


def lif_backward(dF: Array, F: Array, U: Array, p: NeuronParams, mu: float) -> dict[str, Array]:
    """Differentiate :func:`lif_forward`, with the window (13) as surrogate gradient."""
    dI, dV = np.empty_like(dF), np.zeros_like(dF[:, 0])
    sums = {name: np.zeros_like(dV) for name in p._fields}
    for t in reversed(range(dF.shape[1])):
        fired, u = F[:, t] == 1, U[:, t]
        window = (abs(u - p.v_th) < mu).astype(u.dtype)
        sums["alpha"] += dV * np.where(fired, p.v_reset, u)
        sums["beta"] += dV
        dR = dV * p.alpha
        sums["v_reset"] += np.where(fired, dR, 0)
        jump = dR * (p.v_reset - u) * window
        out = dF[:, t] * window
        sums["v_th"] -= jump + out
        dV = dI[:, t] = np.where(fired, 0, dR) + jump + out
    axes = tuple(range(dV.ndim - 1))
    return {"I": dI} | {name: total.sum(axis=axes) for name, total in sums.items()}


def potential_forward(I: Array, p: NeuronParams) -> Array:
    """Run Eq. (9): each potential follows from the previous one; the first has none."""
    U = I.copy()
    for t in range(1, I.shape[1]):
        before = U[:, t - 1]
        S = (before - p.v_th >= 0).astype(I.dtype)
        U[:, t] = I[:, t] + p.alpha * S * p.v_reset + p.alpha * (1 - S) * before + p.beta  # (9)
    return U


def potential_backward(dU: Array, U: Array, p: NeuronParams, mu: float) -> Array:
    """Differentiate :func:`potential_forward` in I by Eq. (12), from the last step back."""
    dI = dU.copy()
    for t in reversed(range(U.shape[1] - 1)):
        x = U[:, t] - p.v_th
        window, S = (abs(x) < mu).astype(x.dtype), (x >= 0).astype(x.dtype)
        slope = p.alpha * window * (p.v_reset - U[:, t]) + p.alpha * (1 - S)  # (12)
        dI[:, t] += dI[:, t + 1] * slope
    return dI


class Example(NamedTuple):
    """An input, the gradient in the output, and parameters; a spike for every other neuron."""

    X: Array
    dY: Array
    params: Params

    @property
    def neurons(self) -> NeuronParams:
        """Parameters of the neurons."""
        return NeuronParams(*(self.params[name] for name in NEURON_PARAMS))

    def without_memory(self) -> "Example":
        """The same example with alpha = beta = 0."""
        zeros = {name: np.zeros_like(self.params[name]) for name in ("alpha", "beta")}
        return self._replace(params=self.params | zeros)


def draw_example(synapse: Dense | Conv2D, seed: int, dtype: type) -> Example:
    """Draw an example for a synapse with channel-shared neurons."""
    rng = np.random.default_rng(seed)
    units = synapse.L
    params = {name: rng.normal(size=shape) for name, shape in synapse.param_shapes().items()}
    params |= {
        "v_th": rng.uniform(0.3, 0.7, units),
        "v_reset": rng.uniform(-0.2, 0.2, units),
        "alpha": rng.uniform(0.3, 0.9, units),
        "beta": rng.uniform(-0.1, 0.1, units),
    }
    X = rng.normal(size=(B, T, *synapse.in_shape))
    dY = rng.normal(size=(B, T, *synapse.out_shape))
    cast: Params = {name: value.astype(dtype) for name, value in params.items()}
    return Example(X.astype(dtype), dY.astype(dtype), cast)


def draw_dyadic_example(seed: int) -> tuple[Array, Array, NeuronParams]:
    """Draw an input, a gradient and neurons with few binary digits: all operations are exact."""
    rng = np.random.default_rng(seed)
    I, dY = (rng.integers(-8, 9, (B, T, L)) / 4 for _ in range(2))
    p = (np.full(L, value) for value in (0.5, 0.25, 0.5, 0.125))
    return I, dY, NeuronParams(*p)


def run_liaf(
    synapse: Dense | Conv2D,
    neurons: Neurons,
    example: Example,
    kernel_set: KernelSet | None = None,
) -> Arrays:
    """Outputs and gradients of a LIAF layer, by name."""
    layer = Driven(synapse, neurons)
    Y, _, tape = layer.forward(example.params, example.X, kernel_set=kernel_set)
    dX, _, grads = layer.backward(example.dY, tape)
    return {"Y": Y, "X": dX, **grads}
