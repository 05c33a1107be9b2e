"""What a spike does to a potential, before or after the leak, with the gradients that belong to it.

A reset acts on ``X``: on U if the leak comes after it, and on ``alpha U + beta`` if the leak
comes before.  ``d`` is the gradient in what the reset leaves.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions.convention import zero


def _nothing(z: Any, d: Array) -> Array:
    return zero(z)


class Reset(NamedTuple):
    """A reset: what it leaves of X, and its gradients."""

    apply: Callable[[Any, Array], Array]
    dX: Callable[[Any, Array], Array]
    dF: Callable[[Any, Array, Array], Array]
    dv_reset: Callable[[Any, Array], Array] = _nothing
    dv_th: Callable[[Any, Array], Array] = _nothing


def _kept_where_silent(z: Any, d: Array) -> Any:
    return d * (1 - z.F)


def _kept(z: Any, d: Array) -> Array:
    return d


def _where_fired(z: Any, d: Array) -> Any:
    return d * z.F


def _minus_where_fired(z: Any, d: Array) -> Any:
    return -(d * z.F)


TO_V_RESET = Reset(
    lambda z, X: z.F * z.p.v_reset + (1 - z.F) * X,
    _kept_where_silent,
    lambda z, X, d: d * (z.p.v_reset - X),
    dv_reset=_where_fired,
)
TO_ZERO = Reset(lambda z, X: (1 - z.F) * X, _kept_where_silent, lambda z, X, d: -(d * X))
TO_THRESHOLD = Reset(
    lambda z, X: z.F * z.p.v_th + (1 - z.F) * X,
    _kept_where_silent,
    lambda z, X, d: d * (z.p.v_th - X),
    dv_th=_where_fired,
)
BY_THRESHOLD = Reset(
    lambda z, X: X - z.F * z.p.v_th,
    _kept,
    lambda z, X, d: -(d * z.p.v_th),
    dv_th=_minus_where_fired,
)
BY_DIFFERENCE = Reset(
    lambda z, X: X - z.F * (z.p.v_th - z.p.v_reset),
    _kept,
    lambda z, X, d: d * (z.p.v_reset - z.p.v_th),
    dv_reset=_where_fired,
    dv_th=_minus_where_fired,
)
NO_RESET = Reset(lambda z, X: X, _kept, lambda z, X, d: zero(z))


def leak_after(reset: Reset) -> dict[str, Any]:
    """The lines of a neuron that resets U, and then leaks."""
    return _common(reset, "dR") | {
        "R": lambda z: reset.apply(z, z.U),
        "V": lambda z: z.p.alpha * z.R + z.p.beta,
        "dF": lambda z: reset.dF(z, z.U, z.dR),
        "dU": lambda z: reset.dX(z, z.dR) + z.dx + z.dA,
    }


def leak_before(reset: Reset) -> dict[str, Any]:
    """The lines of a neuron that leaks, and then resets; R is V."""
    return _common(reset, "dV") | {
        "R": lambda z: reset.apply(z, z.p.alpha * z.U + z.p.beta),
        "V": lambda z: z.R,
        "dalpha": lambda z: reset.dX(z, z.dV) * z.U,
        "dbeta": lambda z: reset.dX(z, z.dV),
        "dR": lambda z: reset.dX(z, z.dV) * z.p.alpha,
        "dF": lambda z: reset.dF(z, z.p.alpha * z.U + z.p.beta, z.dV),
        "dU": lambda z: z.dR + z.dx + z.dA,
    }


def no_leak(reset: Reset) -> dict[str, Any]:
    """The lines of a neuron that resets U and does not leak."""
    return leak_after(reset) | {"V": lambda z: z.R, "dalpha": zero, "dbeta": zero, "dR": _dV}


def _dV(z: Any) -> Array:
    return z.dV  # type: ignore[no-any-return]


def _common(reset: Reset, d: str) -> dict[str, Any]:
    """The gradients of the two potentials that a reset may use."""
    return {
        "dv_reset": lambda z: reset.dv_reset(z, getattr(z, d)),
        "dv_th": lambda z: -(z.dx + z.s * z.dA) + reset.dv_th(z, getattr(z, d)),
    }
