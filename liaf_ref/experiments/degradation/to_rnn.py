"""Section II-C (3): LIAF is a recurrence in U, Eq. (9); without firing, a linear diagonal RNN."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.experiments.degradation.baselines import (
    NeuronParams,
    potential_backward,
    potential_forward,
)
from liaf_ref.experiments.degradation.equivalence import Arrays, Equivalence, max_ulp_errors
from liaf_ref.experiments.degradation.examples import MU, B, L, T, draw_dyadic_example
from liaf_ref.kernels import neuron, rnn
from liaf_ref.kernels.activation import identity
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import paper

SPIKE = paper(MU)
TERM_ORDER = "(9) adds its three terms one by one, (5) and (6) after they are multiplied"
SUM_ORDER = "different summation order of the gradient in alpha"


def measure_equivalences() -> Iterator[Equivalence]:
    """Compare LIAF with Eq. (9), and with the RNN (14) whose matrix is diagonal."""
    rng = np.random.default_rng(3)
    I, dY = (rng.normal(size=(B, T, L)) for _ in range(2))
    parts = (rng.uniform(0.3, 0.7, L), rng.normal(size=L) / 5, rng.uniform(0.3, 0.9, L))
    drawn = NeuronParams(*parts, rng.normal(size=L) / 10)
    for numbers, (X, d, p), why in (
        ("drawn", (I, dY, drawn), TERM_ORDER),
        ("dyadic numbers (exact arithmetic)", draw_dyadic_example(3), ""),
    ):
        ulps = max_ulp_errors(_run_liaf(X, d, p), _run_recurrence(X, d, p))
        yield Equivalence(3, f"LIAF, {numbers}", "Eq. (9)", "float64", ulps, why)
    quiet = drawn._replace(v_th=np.full(L, 1e6), beta=np.zeros(L))
    ulps = max_ulp_errors(_run_liaf(I, dY, quiet), _run_rnn(I, dY, quiet))
    title = "LIAF that never fires, beta = 0"
    yield Equivalence(
        3, title, "RNN (14), U = diag(alpha), sigma_c = x", "float64", ulps, SUM_ORDER
    )


def _run_liaf(I: Array, dY: Array, p: NeuronParams) -> Arrays:
    params = neuron.Params(*p)
    V = np.zeros_like(I[:, 0])
    Y, V, tape = neuron.forward(I, V, params, SPIKE, identity, neuron.NTR)
    dI, _, dp = neuron.backward(dY, np.zeros_like(V), tape, SPIKE, identity, neuron.NTR)
    return {"Y": Y, "I": dI, "alpha": dp.alpha}


def _run_recurrence(I: Array, dY: Array, p: NeuronParams) -> Arrays:
    U = potential_forward(I, p)
    return {"Y": U, "I": potential_backward(dY, U, p, MU)}


def _run_rnn(I: Array, dY: Array, p: NeuronParams) -> Arrays:
    c = np.zeros_like(I[:, 0])
    Y, c, tape = rnn.forward(I, c, np.diag(p.alpha), identity)
    dI, _, dU = rnn.backward(dY, np.zeros_like(c), tape, identity)
    return {"Y": Y, "I": dI, "alpha": np.diag(dU)}
