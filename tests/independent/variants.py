"""The neurons of other papers, forward alone; a tape differentiates them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from liaf_ref.oracle.table.functions import sigmoid
from liaf_ref.oracle.table.tape import T, stack

Function = Callable[[T], T]
D = 3  # of the integer spike


class Parts(NamedTuple):
    """The potential, and the parameters of a neuron."""

    U: T
    v_th: T
    v_reset: T


def hard(z: Parts, S: Function) -> tuple[T, T]:
    """The paper's, Eqs. (4) and (5): spike, and what it leaves."""
    F = S(z.U - z.v_th)
    return F, F * z.v_reset + (1 - F) * z.U


def soft(z: Parts, S: Function) -> tuple[T, T]:
    """Rueckauer et al. 2017: the threshold is subtracted."""
    F = S(z.U - z.v_th)
    return F, z.U - F * z.v_th


def soft_to_rest(z: Parts, S: Function) -> tuple[T, T]:
    """The same above the reset potential."""
    F = S(z.U - z.v_th)
    return F, z.U - F * (z.v_th - z.v_reset)


def to_threshold(z: Parts, S: Function) -> tuple[T, T]:
    """MA-SNN: the potential falls back to the threshold."""
    F = S(z.U - z.v_th)
    return F, F * z.v_th + (1 - F) * z.U


def no_reset(z: Parts, S: Function) -> tuple[T, T]:
    """A spike changes nothing."""
    return S(z.U - z.v_th), z.U


def ternary(z: Parts, S: Function) -> tuple[T, T]:
    """Guo et al. 2024: the potential is reset where the spike is 1 or -1."""
    up, down = S(z.U - z.v_th), S(-z.U - z.v_th)
    fired = up + down
    return up - down, fired * z.v_reset + (1 - fired) * z.U


def integer(z: Parts, S: Function) -> tuple[T, T]:
    """I-LIF, Luo et al. 2024: as many thresholds go as spikes leave."""
    F = sum((S(z.U - (2 * k - 1) * z.v_th / 2) for k in range(1, D + 1)), start=0 * z.U)
    return F, z.U - F * z.v_th


def integer_to_rest(z: Parts, S: Function) -> tuple[T, T]:
    """The same with a hard reset where it fires at all."""
    F, _ = integer(z, S)
    fired = S(z.U - z.v_th / 2)
    return F, fired * z.v_reset + (1 - fired) * z.U


def run(
    I: T,
    V: T,
    p: dict[str, T],
    spike: tuple[Any, Function],
    output: Callable[[T, T, T], T],
) -> tuple[T, T]:
    """All steps: the outputs, and the last potential."""
    law, S = spike
    alpha = sigmoid(p["alpha_logit"]) if "alpha_logit" in p else p["alpha"]
    Y = []
    for t in range(I.shape[1]):
        U = I[:, t] + V
        F, R = law(Parts(U, p["v_th"], p["v_reset"]), S)
        V = alpha * R + p["beta"]
        Y.append(output(F, U, p["v_th"]))
    return stack(Y), V
