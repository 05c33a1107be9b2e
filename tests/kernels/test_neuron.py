"""Eqs. (3)-(13) of the neuron, and what Section II-C says it degrades to."""

import numpy as np
import pytest
from independent import sampling
from independent.comparison import Array, assert_same

from liaf_ref.kernels import neuron, spike
from liaf_ref.kernels.activation import identity, relu, selu, tanh
from liaf_ref.kernels.neuron import NTR, TR, Params
from liaf_ref.kernels.pair import Pair

PAPER = spike.paper(0.5)
modes = pytest.mark.parametrize("s", [TR, NTR], ids=["TR", "NTR"])
sharings = pytest.mark.parametrize("sharing", sampling.SHARING)


def _params(at: dict[str, Array]) -> Params:
    return Params(at["v_th"], at["v_reset"], at["alpha"], at["beta"])


def _scalars(*numbers: float) -> Params:
    return Params(*(np.array([number]) for number in numbers))


def _dyadic(seed: int, B: int = 3, T: int = 7) -> tuple[Array, Array, Params]:
    """Inputs, V0 and parameters in quarters and halves: every sum and product is exact."""
    rng = np.random.default_rng(seed)
    I, V = rng.integers(-3, 6, (B, T, 5)) / 4, rng.integers(-2, 3, (B, 5)) / 4
    quarters = [rng.integers(low, high, 5) / 4 for low, high in ((1, 4), (-2, 3), (-1, 2))]
    return I, V, Params(quarters[0], quarters[1], np.array([0.5]), quarters[2])


def test_a_step_worked_out_by_hand() -> None:
    I = np.array([[[1.0], [0.5], [0.25]]])
    p = _scalars(0.75, -0.25, 0.5, 0.125)
    Y, V, tape = neuron.forward(I, np.array([[0.5]]), p, PAPER, identity, TR)
    # U = 1.5 fires and rests at -0.25; U = 0.5 and U = 0.625 stay silent.
    assert_same("U", tape.U.ravel(), np.array([1.5, 0.5, 0.625]))
    assert_same("F", tape.F.ravel(), np.array([1.0, 0.0, 0.0]))
    assert_same("R", tape.R.ravel(), np.array([-0.25, 0.5, 0.625]))
    assert_same("V", V.ravel(), np.array([0.4375]))
    assert_same("Y", Y.ravel(), np.array([0.75, -0.25, -0.125]))


def test_a_backward_step_worked_out_by_hand() -> None:
    I, p = np.array([[[1.0], [0.5]]]), _scalars(0.75, -0.25, 0.5, 0.125)
    *_, tape = neuron.forward(I, np.array([[0.0]]), p, PAPER, identity, TR)
    # U = 1 fires inside the window; U = 0.5 is silent inside it.
    assert_same("U", tape.U.ravel(), np.array([1.0, 0.5]))
    dY, dV = np.array([[[3.0], [5.0]]]), np.array([[8.0]])
    dI, dV0, dp = neuron.backward(dY, dV, tape, PAPER, identity, TR)
    # t=2: dR = 4, dx = 4 (-0.25 - 0.5) = -3, dU = 4 - 3 + 5 = 6
    # t=1: dR = 3, dx = 3 (-0.25 - 1) = -3.75, dU = 0 - 3.75 + 3 = -0.75
    assert_same("dI", dI.ravel(), np.array([-0.75, 6.0]))
    assert_same("dV0", dV0.ravel(), np.array([-0.75]))
    assert_same("dv_th", dp.v_th, np.array([3.75 - 3.0 + 3.0 - 5.0]))
    assert_same("dv_reset", dp.v_reset, np.array([3.0]))
    assert_same("dalpha", dp.alpha, np.array([6.0 * -0.25 + 8.0 * 0.5]))
    assert_same("dbeta", dp.beta, np.array([14.0]))


def test_a_tie_with_the_threshold_fires() -> None:
    I = np.array([[[0.5, np.nextafter(0.5, 0)]]])
    _, V, tape = neuron.forward(I, np.zeros((1, 2)), _scalars(0.5, -1, 1, 0), PAPER, identity, NTR)
    assert_same("F", tape.F, np.array([[[1.0, 0.0]]]))
    assert_same("V", V, np.array([[-1.0, np.nextafter(0.5, 0)]]))


def test_at_the_edges_of_the_window_the_slope_is_zero() -> None:
    x = np.array([-0.5, np.nextafter(-0.5, 0), 0.0, np.nextafter(0.5, 0), 0.5])
    p = _scalars(0.0, 2.0, 1.0, 0.0)
    *_, tape = neuron.forward(x[None, None], np.zeros((1, 5)), p, PAPER, identity, NTR)
    dI, *_ = neuron.backward(np.zeros((1, 1, 5)), np.ones((1, 5)), tape, PAPER, identity, NTR)
    carried = np.array([1.0, 1.0, 0.0, 0.0, 0.0])  # 1 - S
    inside = np.array([0.0, 1.0, 1.0, 1.0, 0.0])
    assert_same("dV/dU", dI[0, 0], inside * (2.0 - x) + carried)


@pytest.mark.parametrize("seed", range(3))
def test_9_says_the_same_as_3_to_6(seed: int) -> None:
    I, V0, p = _dyadic(seed)
    *_, tape = neuron.forward(I, V0, p, PAPER, identity, NTR)
    U = I[:, 0] + V0
    assert_same("U^1", tape.U[:, 0], U)
    for t in range(1, I.shape[1]):
        S = np.where(U - p.v_th >= 0, 1.0, 0.0)
        U = I[:, t] + p.alpha * S * p.v_reset + p.alpha * (1 - S) * U + p.beta
        assert_same(f"U^{t + 1}", tape.U[:, t], U)


@pytest.mark.parametrize("seed", range(3))
def test_v_is_tau_of_u_as_in_11(seed: int) -> None:
    I, V0, p = _dyadic(seed)
    for T in range(1, I.shape[1] + 1):
        _, V, tape = neuron.forward(I[:, :T], V0, p, PAPER, identity, NTR)
        U = tape.U[:, -1]
        S = np.where(U - p.v_th >= 0, 1.0, 0.0)
        assert_same("V", V, p.alpha * S * p.v_reset + p.alpha * (1 - S) * U + p.beta)


@pytest.mark.parametrize("mu", [0.5, 0.25])
@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_carried_by_one_step_is_12(seed: int, mu: float) -> None:
    I, V0, p = _dyadic(seed, B=8, T=1)
    fires = spike.paper(mu)
    *_, tape = neuron.forward(I, V0, p, fires, relu, TR)
    dV = np.arange(1.0, 41.0).reshape(8, 5)
    dI, dV0, _ = neuron.backward(np.zeros_like(I), dV, tape, fires, relu, TR)
    factor = np.empty_like(dV)
    for b, j in np.ndindex(dV.shape):
        u, v_th, v_reset = float(I[b, 0, j] + V0[b, j]), float(p.v_th[j]), float(p.v_reset[j])
        delta = 1.0 if abs(u - v_th) < mu else 0.0
        fired = 1.0 if u >= v_th else 0.0
        factor[b, j] = 0.5 * delta * (v_reset - u) + 0.5 * (1 - fired)
    assert len(np.unique(factor)) > 4
    assert_same("dI", dI[:, 0], dV * factor)
    assert_same("dV0", dV0, dV * factor)


# Section II-C


@sharings
def test_with_the_spike_as_activation_it_is_lif(sharing: str) -> None:
    at = sampling.draw_sample(32, sharing, 0.5, threshold_related=True).arrays
    p = _params(at)
    lif, V_lif, tape = neuron.forward(at["I"], at["V"], p, PAPER, PAPER, TR)
    assert_same("Y under TR", lif, tape.F)
    compare = Pair(lambda U: spike.step(U - p.v_th), PAPER.slope)
    ntr, V_ntr, tape = neuron.forward(at["I"], at["V"], p, PAPER, compare, NTR)
    assert_same("Y under NTR", ntr, tape.F)
    assert_same("the two modes", lif, ntr)
    assert_same("V^T", V_lif, V_ntr)


@modes
def test_without_decay_it_is_a_perceptron(s: int) -> None:
    I, V0, p = _dyadic(6)
    p = p._replace(alpha=np.zeros(1), beta=np.zeros(1))
    expected = selu.value(I - s * p.v_th)
    Y, V, _ = neuron.forward(I, np.zeros_like(V0), p, PAPER, selu, s)
    assert_same("Y", Y, expected)
    assert_same("V", V, np.zeros_like(V0))
    Y, *_ = neuron.forward(I, V0, p, PAPER, selu, s)
    assert_same("Y from the second step", Y[:, 1:], expected[:, 1:])
    assert_same("Y of the first step", Y[:, 0], selu.value(I[:, 0] + V0 - s * p.v_th))
    assert (Y[:, 0] != expected[:, 0]).any()


# The carried state


def test_the_first_step_reads_v0_and_dv0_is_the_gradient_of_u1() -> None:
    I, V0, p = _dyadic(8)
    *_, tape = neuron.forward(I, V0, p, PAPER, tanh, TR)
    assert_same("U^1", tape.U[:, 0], I[:, 0] + V0)
    dY, dV = np.cos(np.arange(I.size)).reshape(I.shape), np.ones_like(V0)
    dI, dV0, _ = neuron.backward(dY, dV, tape, PAPER, tanh, TR)
    assert_same("dV0", dV0, dI[:, 0])
