"""Section II-C (3): LIAF is a recurrence in U, Eq. (9); without firing, a linear diagonal RNN."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.experiments.degradation.examples import MU, B, L, T, dyadic
from liaf_ref.experiments.degradation.identity import Arrays, Identity, compare
from liaf_ref.experiments.degradation.plain import Neurons, potentials, potentials_gradient
from liaf_ref.kernels import neuron, rnn
from liaf_ref.kernels.activation import identity
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import paper

SPIKE = paper(MU)
ORDER = "(9) adds its three terms one by one, (5) and (6) after they are multiplied"
SUMS = "the gradient in alpha is summed in another order"


def identities() -> Iterator[Identity]:
    """LIAF beside Eq. (9), and beside the kernel of the RNN (14) with a diagonal matrix.

    Yields
    ------
    Identity
        Outputs, and gradients in the input; of the RNN, in the decay too.
    """
    rng = np.random.default_rng(3)
    I, dY = (rng.normal(size=(B, T, L)) for _ in range(2))
    parts = (rng.uniform(0.3, 0.7, L), rng.normal(size=L) / 5, rng.uniform(0.3, 0.9, L))
    drawn = Neurons(*parts, rng.normal(size=L) / 10)
    for numbers, (X, d, p), why in (
        ("drawn", (I, dY, drawn), ORDER),
        ("few binary places", dyadic(3), ""),
    ):
        ulps = compare(_liaf(X, d, p), _recurrence(X, d, p))
        yield Identity(3, f"LIAF, {numbers}", "Eq. (9)", "float64", ulps, why)
    quiet = drawn._replace(v_th=np.full(L, 1e6), beta=np.zeros(L))
    ulps = compare(_liaf(I, dY, quiet), _rnn(I, dY, quiet))
    title = "LIAF that never fires, beta = 0"
    yield Identity(3, title, "RNN (14), U = diag(alpha), sigma_c = x", "float64", ulps, SUMS)


def _liaf(I: Array, dY: Array, p: Neurons) -> Arrays:
    params = neuron.Params(*p)
    V = np.zeros_like(I[:, 0])
    Y, V, tape = neuron.forward(I, V, params, SPIKE, identity, neuron.NTR)
    dI, _, dp = neuron.backward(dY, np.zeros_like(V), tape, SPIKE, identity, neuron.NTR)
    return {"Y": Y, "I": dI, "alpha": dp.alpha}


def _recurrence(I: Array, dY: Array, p: Neurons) -> Arrays:
    U = potentials(I, p)
    return {"Y": U, "I": potentials_gradient(dY, U, p, MU)}


def _rnn(I: Array, dY: Array, p: Neurons) -> Arrays:
    c = np.zeros_like(I[:, 0])
    Y, c, tape = rnn.forward(I, c, np.diag(p.alpha), identity)
    dI, _, dU = rnn.backward(dY, np.zeros_like(c), tape, identity)
    return {"Y": Y, "I": dI, "alpha": np.diag(dU)}
