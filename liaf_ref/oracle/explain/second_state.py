"""A second state beside the potential, seen in a trace that no convention explains."""

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.trace import Trace

MIN_STEPS = 12  # that show five numbers
RELATIVE = 1e-5  # of the largest potential
DRIVEN_BY = {
    "input": "the input, as a synaptic current",
    "spikes": "the spikes, as an adaptation after each spike",
    "potential": "the potential, as a subthreshold adaptation",
}


def second_state(trace: Trace) -> str:
    """What drives it, and the factors by which both states decay; empty if one explains nothing."""
    # U = a R + b x + k w, and w decays by q. Without w, of two steps without a spike:
    # v[t] = (a + q) v[t-1] - a q v[t-2] + b x[t] + d x[t-1] + c.
    if trace.potential is None:
        return ""
    v, x = trace.recorded_potential, trace.input
    quiet = np.ones(len(v), bool) if trace.spikes is None else trace.spikes == 0
    steps = np.flatnonzero(quiet[2:] & quiet[1:-1]) + 2
    if len(steps) < MIN_STEPS:
        return ""
    columns = [v[steps - 1], v[steps - 2], x[steps], x[steps - 1], np.ones(len(steps))]
    found = _exact_fit(np.stack(columns, axis=1), v[steps], trace)
    if found is None or found[1] == 0 or found[2] == 0:
        return ""
    first, second, b, d, _ = found
    poles = np.roots([1.0, -first, -second])
    # A state that only decays between spikes cancels: the zero of the input is one of the poles.
    zero = -d / b
    if abs(zero) < np.sqrt(RELATIVE):
        driven = "input"
    else:
        driven = "spikes" if np.isclose(poles, zero, atol=1e-3).any() else "potential"
    decays = " and ".join(f"{size:.4g}" for size in sorted(abs(poles), reverse=True))
    turns = "oscillate and " if np.iscomplex(poles).any() else ""
    return f"driven by {DRIVEN_BY[driven]}; the states {turns}decay by {decays} a step"


def _exact_fit(A: Array, y: Array, trace: Trace) -> Array | None:
    """Least squares, if all steps follow it."""
    scale = np.maximum(abs(A).max(axis=0), 1e-300)
    found: Array = np.linalg.lstsq(A / scale, y, rcond=1e-12)[0] / scale
    limit = RELATIVE * abs(y).max() + 8 * trace.rounding.max()
    found[np.abs(found) * scale <= 4 * limit] = 0.0
    return found if (abs(A @ found - y) <= 4 * limit).all() else None
