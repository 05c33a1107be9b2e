"""Rate code: a value is the fraction of sub-intervals with a spike."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref.analysis.spike_coding.spike_code import (
    Array,
    Operations,
    Spikes,
    check_real_dtype,
    check_spikes,
    check_sub_intervals,
    check_values,
)

WHERE = "the rate code"


@dataclass(frozen=True)
class RateCode:
    """Rate code: a value u becomes ``n = round(k u)`` spikes, spread evenly.

    Parameters
    ----------
    name : str
        Name in tables.

    Notes
    -----
    As an integrate-and-fire neuron does: each of the k sub-intervals adds n to a phase, which
    fires at k and is then reduced by k.  k sub-intervals tell k + 1 values apart.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.analysis import RateCode
    >>> spikes = RateCode().encode(np.array([0.5, 1.0]), k=4)
    >>> spikes.astype(int).tolist()
    [[0, 1], [1, 1], [0, 1], [1, 1]]
    >>> RateCode().decode(spikes, np.float64).tolist()
    [0.5, 1.0]
    """

    name: str = "rate"

    def encode(self, u: Array, k: int) -> Spikes:
        """Encode values in [0, 1] as spikes ``(k, *u.shape)``."""
        u, k = check_values(u, k, WHERE)
        n = np.floor(k * u + 0.5).astype(np.int32)
        phase = np.zeros_like(n)
        spikes = np.empty((k, *u.shape), np.bool_)
        for slot in range(k):
            phase += n
            np.greater_equal(phase, k, out=spikes[slot])
            phase -= np.multiply(spikes[slot], k, dtype=np.int32)
        return spikes

    def decode(self, spikes: Spikes, dtype: Any) -> Array:
        """Decode spikes ``(k, ...)`` to values ``(...)``."""
        spikes, dtype = check_spikes(spikes, WHERE), check_real_dtype(dtype, WHERE)
        value: Array = spikes.sum(axis=0, dtype=np.int32).astype(dtype)
        return np.asarray(value / len(spikes), dtype)

    def max_error(self, k: int) -> float:
        """Largest error of a decoded value."""
        return 1 / (2 * check_sub_intervals(k, WHERE))

    def op_count(self, synaptic_events: int) -> Operations:
        """One addition per event; the factors 1/k and the range are part of the weights."""
        return Operations(0, synaptic_events)
