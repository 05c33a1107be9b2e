"""One neuron, one time step: Eqs. (3)-(8) on single numbers."""

from typing import NamedTuple

from liaf_ref.oracle.exact.dual import Dual
from liaf_ref.oracle.exact.functions import Function


class Step(NamedTuple):
    """What one step computes, in the paper's names."""

    U: Dual
    F: Dual
    R: Dual
    V: Dual
    Y: Dual


def tr(f: Function, U: Dual, v_th: Dual) -> Dual:
    """Threshold related output, first case of Eq. (8)."""
    return f(U - v_th)  # (8)


def ntr(f: Function, U: Dual, v_th: Dual) -> Dual:
    """Output that is not threshold related, second case of Eq. (8)."""
    return f(U)  # (8)


MODES = {"TR": tr, "NTR": ntr}


class NeuronOptions(NamedTuple):
    """What a neuron may choose: how S answers in the reset, and the output of Eq. (7)."""

    S: Function
    f: Function
    mode: str


def step(
    neuron_options: NeuronOptions,
    I: Dual,
    V: Dual,
    v_th: Dual,
    v_reset: Dual,
    alpha: Dual,
    beta: Dual,
) -> Step:
    """Take one neuron through one step."""
    U = I + V  # (3)
    F = neuron_options.S(U - v_th)  # (4)
    R = F * v_reset + (1 - F) * U  # (5)
    V = alpha * R + beta  # (6)
    Y = MODES[neuron_options.mode](neuron_options.f, U, v_th)  # (7), (8)
    return Step(U, F, R, V, Y)
