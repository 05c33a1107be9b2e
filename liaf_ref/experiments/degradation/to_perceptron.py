"""Section II-C (2): LIAF with alpha = beta = 0 is a perceptron or Conv2D at every time step."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from liaf_ref.experiments.degradation.equivalence import Arrays, Equivalence, max_ulp_errors
from liaf_ref.experiments.degradation.examples import (
    MU,
    SHAPE,
    Example,
    K,
    L,
    draw_example,
    run_liaf,
)
from liaf_ref.kernels import conv
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import REFERENCE, Conv2D, Dense, DirectLIAF, KernelSet

BIAS_ROUNDING = "X W + b - V_th is rounded once more than X W + (b - V_th)"
PRODUCT_SUM_ORDER = "different summation order of a window's products"
BIAS_SUM_ORDER = "different summation order of the gradient in b"
LOOP_KERNELS = REFERENCE._replace(conv=conv)
DENSE, CONV = Dense(K, L), Conv2D(SHAPE, L)
TITLES = {DENSE: "DenseLIAF", CONV: "ConvLIAF"}


class Case(NamedTuple):
    """A comparison: synapse, Act and mode, dtype, and the kernels of the baseline."""

    synapse: Dense | Conv2D
    act: str
    mode: str
    dtype: type
    kernel_set: KernelSet
    baseline: str
    explanation: str = ""


CASES = (
    Case(DENSE, "identity", "NTR", np.float64, REFERENCE, "perceptron"),
    Case(DENSE, "relu", "NTR", np.float64, REFERENCE, "perceptron"),
    Case(DENSE, "relu", "NTR", np.float32, REFERENCE, "perceptron", BIAS_SUM_ORDER),
    Case(DENSE, "relu", "TR", np.float64, REFERENCE, "perceptron of bias b - V_th", BIAS_ROUNDING),
    Case(CONV, "identity", "NTR", np.float64, REFERENCE, "Conv2D by im2col"),
    Case(CONV, "relu", "NTR", np.float64, REFERENCE, "Conv2D by im2col"),
    Case(CONV, "relu", "NTR", np.float64, LOOP_KERNELS, "Conv2D by loops", PRODUCT_SUM_ORDER),
    Case(CONV, "relu", "NTR", np.float32, REFERENCE, "Conv2D by im2col", BIAS_SUM_ORDER),
)


def measure_equivalences() -> Iterator[Equivalence]:
    """Compare LIAF without memory with the synapse and the activation alone."""
    for case in CASES:
        example = draw_example(case.synapse, 2, case.dtype).without_memory()
        neurons = _neurons(case)
        ours = run_liaf(case.synapse, neurons, example)
        title = f"{TITLES[case.synapse]}, {case.mode}, {case.act}, alpha = beta = 0"
        ulps = max_ulp_errors(ours, _run_stateless(case, example))
        yield Equivalence(2, title, case.baseline, case.dtype.__name__, ulps, case.explanation)


def remaining_effects() -> dict[str, float]:
    """Measure the effects that remain with alpha = beta = 0."""
    case = CASES[0]
    example = draw_example(case.synapse, 2, np.float64).without_memory()
    layer = _neurons(case)
    drive, neurons = example.dY, {name: example.params[name] for name in layer.param_shapes()}
    zero, _, tape = layer.forward(neurons, drive)
    shifted, *_ = layer.forward(neurons, drive, (np.full_like(drive[:, 0], 0.25),))
    _, _, grads = layer.backward(np.ones_like(drive), tape)
    return {
        "steps": drive.shape[1],
        "changed_steps": int((zero != shifted).any(axis=(0, 2)).sum()),
        "alpha": float(abs(grads["alpha"]).max()),
        "beta": float(abs(grads["beta"]).max()),
    }


def _neurons(case: Case) -> DirectLIAF:
    shape = case.synapse.out_shape
    return DirectLIAF(shape, act=case.act, mode=case.mode, spike=paper(MU))


def _run_stateless(case: Case, example: Example) -> Arrays:
    """Act of the synapse's output, and the gradients."""
    act, weights = ACTIVATIONS[case.act], _weights(case, example)
    I, _, tape = case.synapse._forward(weights, example.X, (), case.kernel_set)
    dI = example.dY * act.slope(I)
    dX, _, grads = case.synapse._backward(dI, (), tape)
    return {"Y": act.value(I), "X": dX, **grads}


def _weights(case: Case, example: Example) -> dict[str, Array]:
    weights = {name: example.params[name] for name in case.synapse.param_shapes()}
    if case.mode == "TR":
        weights["b"] = weights["b"] - example.params["v_th"]
    return weights
