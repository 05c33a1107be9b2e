"""Inputs, parameters and gradients to compare on: random, or exact in binary."""

from typing import NamedTuple

import numpy as np

from liaf_ref.experiments.degradation.baselines import NeuronParams
from liaf_ref.experiments.degradation.equivalence import Arrays
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Conv2D, Dense, DirectLIAF, KernelSet, NeuronLayer

MU = 0.5
B, T, K, L = 4, 8, 6, 5
SHAPE = (6, 6, 2)
NEURON_PARAMS = ("v_th", "v_reset", "alpha", "beta")
Params = dict[str, Array]


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
    neurons: DirectLIAF,
    example: Example,
    kernel_set: KernelSet | None = None,
) -> Arrays:
    """Outputs and gradients of a LIAF layer, by name."""
    layer = NeuronLayer(synapse, neurons)
    Y, _, tape = layer.forward(example.params, example.X, kernel_set=kernel_set)
    dX, _, grads = layer.backward(example.dY, tape)
    return {"Y": Y, "X": dX, **grads}
