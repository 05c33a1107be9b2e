"""Section II-C (2): LIAF with alpha = beta = 0 is a perceptron or Conv2D at every time step."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from liaf_ref.experiments.degradation.examples import MU, SHAPE, Example, K, L, draw, liaf
from liaf_ref.experiments.degradation.identity import Arrays, Identity, compare
from liaf_ref.kernels import conv
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import DEFINITION, Conv, Dense, DirectLIAF, Forms

BIAS = "X W + b - V_th is rounded once more than X W + (b - V_th)"
ORDER = "a window's products are summed in another order"
SUMS = "the gradient in b is summed in another order"
LOOPS = DEFINITION._replace(conv=conv)
DENSE, CONV = Dense(K, L), Conv(SHAPE, L)
TITLE = {DENSE: "DenseLIAF", CONV: "ConvLIAF"}


class Case(NamedTuple):
    """What is compared: the synapse, Act and its mode, precision, and the rival's forms."""

    synapse: Dense | Conv
    act: str
    mode: str
    dtype: type
    forms: Forms
    other: str
    why: str = ""


CASES = (
    Case(DENSE, "identity", "NTR", np.float64, DEFINITION, "perceptron"),
    Case(DENSE, "relu", "NTR", np.float64, DEFINITION, "perceptron"),
    Case(DENSE, "relu", "NTR", np.float32, DEFINITION, "perceptron", SUMS),
    Case(DENSE, "relu", "TR", np.float64, DEFINITION, "perceptron of bias b - V_th", BIAS),
    Case(CONV, "identity", "NTR", np.float64, DEFINITION, "Conv2D by im2col"),
    Case(CONV, "relu", "NTR", np.float64, DEFINITION, "Conv2D by im2col"),
    Case(CONV, "relu", "NTR", np.float64, LOOPS, "Conv2D by loops", ORDER),
    Case(CONV, "relu", "NTR", np.float32, DEFINITION, "Conv2D by im2col", SUMS),
)


def identities() -> Iterator[Identity]:
    """LIAF without memory beside synapse and activation alone.

    Yields
    ------
    Identity
        Outputs, and gradients in inputs, weights and bias.
    """
    for case in CASES:
        example = draw(case.synapse, 2, case.dtype).without_memory()
        neurons = _neurons(case)
        ours = liaf(case.synapse, neurons, example)
        title = f"{TITLE[case.synapse]}, {case.mode}, {case.act}, alpha = beta = 0"
        ulps = compare(ours, _stateless(case, example))
        yield Identity(2, title, case.other, case.dtype.__name__, ulps, case.why)


def left_behind() -> dict[str, float]:
    """Measure what alpha = beta = 0 does not switch off.

    Returns
    -------
    dict of str to float
        ``steps``, of how many; ``touched``, those whose output another V^0 than 0 changes;
        ``alpha`` and ``beta``, the largest gradients in the two that were switched off.
    """
    case = CASES[0]
    example = draw(case.synapse, 2, np.float64).without_memory()
    layer = _neurons(case)
    drive, neurons = example.dY, {name: example.params[name] for name in layer.shapes()}
    zero, _, tape = layer.forward(neurons, drive)
    shifted, *_ = layer.forward(neurons, drive, (np.full_like(drive[:, 0], 0.25),))
    _, _, grads = layer.backward(np.ones_like(drive), tape)
    return {
        "steps": drive.shape[1],
        "touched": int((zero != shifted).any(axis=(0, 2)).sum()),
        "alpha": float(abs(grads["alpha"]).max()),
        "beta": float(abs(grads["beta"]).max()),
    }


def _neurons(case: Case) -> DirectLIAF:
    shape = case.synapse.out_shape
    return DirectLIAF(shape, act=case.act, mode=case.mode, spike=paper(MU))


def _stateless(case: Case, example: Example) -> Arrays:
    """Act of the synapse's output, and the gradients."""
    act, weights = ACTIVATIONS[case.act], _weights(case, example)
    I, _, tape = case.synapse.apply(weights, example.X, (), case.forms)
    dI = example.dY * act.slope(I)
    dX, _, grads = case.synapse.adjoint(dI, (), tape)
    return {"Y": act.value(I), "X": dX, **grads}


def _weights(case: Case, example: Example) -> dict[str, Array]:
    weights = {name: example.params[name] for name in case.synapse.shapes()}
    if case.mode == "TR":
        weights["b"] = weights["b"] - example.params["v_th"]
    return weights
