"""Section II-C (1): LIAF with the step function as Act is LIF."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.experiments.degradation.baselines import lif_backward, lif_forward
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
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import Conv2D, Dense, DirectLIAF
from liaf_ref.layers.kernel_set import kernel_set_for

SPIKE = paper(MU)
SUM_ORDER = "different summation order of gradients"
NO_THRESHOLD_GRADIENT = "an Act that contains the threshold gives the threshold no gradient"


def spike_at(v_th: Array) -> Pair:
    """An Act that contains the threshold itself, for NTR neurons."""
    return Pair(lambda x: SPIKE.value(x - v_th), lambda x: SPIKE.slope(x - v_th))


def measure_equivalences() -> Iterator[Equivalence]:
    """Compare LIAF, with the step as Act, with LIF, whose reset uses np.where."""
    for synapse, name in ((Dense(K, L), "Dense"), (Conv2D(SHAPE, L), "Conv")):
        for dtype in (np.float64, np.float32):
            example = draw_example(synapse, 1, dtype)
            neurons = DirectLIAF(synapse.out_shape, act=SPIKE, mode="TR", spike=SPIKE)
            ulps = max_ulp_errors(run_liaf(synapse, neurons, example), _run_lif(synapse, example))
            title = f"{name}LIAF, TR, Act = S"
            why = SUM_ORDER if any(ulps.values()) else ""
            yield Equivalence(1, title, f"{name}LIF with np.where reset", dtype.__name__, ulps, why)
    synapse = Dense(K, L)
    example = draw_example(synapse, 1, np.float64)
    act = spike_at(example.params["v_th"])
    neurons = DirectLIAF(synapse.out_shape, act=act, mode="NTR", spike=SPIKE)
    ulps = max_ulp_errors(run_liaf(synapse, neurons, example), _run_lif(synapse, example))
    title = "DenseLIAF, NTR, Act = S(x - V_th)"
    yield Equivalence(
        1, title, "DenseLIF with np.where reset", "float64", ulps, NO_THRESHOLD_GRADIENT
    )


def _run_lif(synapse: Dense | Conv2D, example: Example) -> Arrays:
    """Outputs and gradients of LIF behind the same synapse."""
    weights = {name: example.params[name] for name in synapse.param_shapes()}
    I, _, tape = synapse._forward(weights, example.X, (), kernel_set_for(example.X.dtype))
    F, U = lif_forward(I, example.neurons)
    grads = lif_backward(example.dY, F, U, example.neurons, MU)
    dX, _, synaptic = synapse._backward(grads.pop("I"), (), tape)
    return {"Y": F, "X": dX, **synaptic, **grads}
