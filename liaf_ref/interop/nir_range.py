"""Check that neurons can be exported to NIR, and that nodes can be imported."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.interop.nir_euler import DiscreteNeurons
from liaf_ref.kernels.array import Array

LINEAR_FIELDS = {"Linear": ("weight",), "Affine": ("weight", "bias")}
# Nodes with neurons, by the fields we read.
NEURON_FIELDS = {
    "LIF": ("tau", "r", "v_leak", "v_threshold", "v_reset"),
    "IF": ("r", "v_threshold", "v_reset"),
    "LI": ("tau", "r", "v_leak"),
    "I": ("r",),
}
UNSUPPORTED_REASONS = {
    "CubaLIF": "its synaptic current is a second state, which Eqs. (3)-(8) do not have",
    "CubaLI": "its synaptic current is a second state, which Eqs. (3)-(8) do not have",
    "NIRGraph": "nested graphs are not supported",
    "Threshold": "it fires without resetting a potential",
    "Delay": "Eqs. (2)-(8) have no delay",
}


def unreachable_threshold(dtype: Any) -> Array:
    """A threshold that no potential reaches: the largest finite number."""
    return np.asarray(np.finfo(dtype).max, dtype)


def check_range(p: DiscreteNeurons, source: str) -> None:
    """Refuse neurons that NIR cannot represent."""
    if bool((p.alpha == 1).all()):
        _raise_if_any(
            "beta", p.beta, p.beta != 0, "0 where alpha is 1 (NIR's IF adds no constant)", source
        )
        return
    wrong = (p.alpha < 0) | (p.alpha >= 1)
    expected = "0 <= alpha < 1 (tau = dt / (1 - alpha), not below dt), or 1 for all neurons"
    _raise_if_any("alpha", p.alpha, wrong, expected, source)
    lost = (p.alpha == 0) & (p.beta != p.V0)
    expected = "V0 = beta where alpha is 0 (NIR's first potential has no effect there)"
    _raise_if_any("V0", p.V0, lost, expected, source)


def check_tau(tau: Array, dt: float, source: str) -> None:
    """Refuse a time constant below the time step, as alpha would be negative."""
    _raise_if_any("tau", tau, tau < dt, f"tau >= dt = {dt:g} (alpha = 1 - dt / tau)", source)


def check_nodes(nodes: Mapping[str, Any]) -> None:
    """Refuse nodes of kinds that have no counterpart here."""
    known = (*LINEAR_FIELDS, *NEURON_FIELDS)
    for name, node in nodes.items():
        kind = type(node).__name__
        if kind not in known:
            reason = UNSUPPORTED_REASONS.get(kind, "liaf_ref has no such layer")
            raise InputError(
                f"node {name!r} of the NIR graph: expected one of {', '.join(known)}, "
                f"got {kind}; {reason}"
            )


def _raise_if_any(name: str, value: Array, invalid: Array, expected: str, source: str) -> None:
    if invalid.any():
        index = tuple(int(i) for i in np.argwhere(invalid)[0])
        reason = f"expected {expected}, got {value[index]} at index {index}"
        raise InputError.for_argument(name, source, reason)
