"""The neurons of other papers for one number at a time, on dual numbers: no backward pass."""

from collections.abc import Callable
from typing import Any, NamedTuple

from liaf_ref.oracle.exact.dual import Dual
from liaf_ref.oracle.exact.functions import sigmoid

Function = Callable[[Dual], Dual]
D = 3  # of the integer spike


class Parts(NamedTuple):
    """The potential, and the parameters of a neuron."""

    U: Dual
    v_th: Dual
    v_reset: Dual


def hard(z: Parts, S: Function) -> tuple[Dual, Dual]:
    """The paper's, Eqs. (4) and (5): spike, and what it leaves."""
    F = S(z.U - z.v_th)
    return F, F * z.v_reset + (1 - F) * z.U


def soft(z: Parts, S: Function) -> tuple[Dual, Dual]:
    """Rueckauer et al. 2017: the threshold is subtracted."""
    F = S(z.U - z.v_th)
    return F, z.U - F * z.v_th


def soft_to_rest(z: Parts, S: Function) -> tuple[Dual, Dual]:
    """The same above the reset potential."""
    F = S(z.U - z.v_th)
    return F, z.U - F * (z.v_th - z.v_reset)


def to_threshold(z: Parts, S: Function) -> tuple[Dual, Dual]:
    """MA-SNN: the potential falls back to the threshold."""
    F = S(z.U - z.v_th)
    return F, F * z.v_th + (1 - F) * z.U


def no_reset(z: Parts, S: Function) -> tuple[Dual, Dual]:
    """A spike changes nothing."""
    return S(z.U - z.v_th), z.U


def ternary(z: Parts, S: Function) -> tuple[Dual, Dual]:
    """Guo et al. 2024: the potential is reset where the spike is 1 or -1."""
    up, down = S(z.U - z.v_th), S(-z.U - z.v_th)
    fired = up + down
    return up - down, fired * z.v_reset + (1 - fired) * z.U


def integer(z: Parts, S: Function) -> tuple[Dual, Dual]:
    """I-LIF, Luo et al. 2024: as many thresholds go as spikes leave."""
    F = sum((S(z.U - (2 * k - 1) * z.v_th / 2) for k in range(1, D + 1)), start=0 * z.U)
    return F, z.U - F * z.v_th


def integer_to_rest(z: Parts, S: Function) -> tuple[Dual, Dual]:
    """The same with a hard reset where it fires at all."""
    F, _ = integer(z, S)
    fired = S(z.U - z.v_th / 2)
    return F, fired * z.v_reset + (1 - fired) * z.U


def run(
    I: list[Dual],
    V: Dual,
    p: dict[str, Dual],
    spike: tuple[Any, Function],
    output: Callable[[Dual, Dual, Dual], Dual],
) -> tuple[list[Dual], Dual]:
    """All steps of one neuron: its outputs, and its last potential."""
    law, S = spike
    alpha = sigmoid(p["alpha_logit"]) if "alpha_logit" in p else p["alpha"]
    Y = []
    for I_t in I:
        U = I_t + V
        F, R = law(Parts(U, p["v_th"], p["v_reset"]), S)
        V = alpha * R + p["beta"]
        Y.append(output(F, U, p["v_th"]))
    return Y, V
