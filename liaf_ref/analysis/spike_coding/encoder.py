"""Spike encoder: a spike code and a scaler that map real values to spikes and back."""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import as_array, check_float_array, check_instance
from liaf_ref.analysis.spike_coding.scalers import Scaler
from liaf_ref.analysis.spike_coding.spike_code import (
    Array,
    SpikeCode,
    Spikes,
    check_real_dtype,
    check_spikes,
)

WHERE = "a spike encoder"


class SpikeEncoder(NamedTuple):
    """Encode real values as spikes, and decode them.

    Parameters
    ----------
    code : SpikeCode
        Spike code of values in [0, 1], such as ``RateCode()``.
    scaler : Scaler
        Maps real values into [0, 1], such as ``SignedScaler(1.0)``.
    k : int
        Sub-intervals of a time step.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.analysis import RateCode, SpikeEncoder
    >>> from liaf_ref.analysis.spike_coding import SignedScaler
    >>> encoder = SpikeEncoder(RateCode(), SignedScaler(2.0), k=8)
    >>> values = np.array([-1.0, 0.3])
    >>> encoder.decode(encoder.encode(values), np.float64).tolist(), encoder.max_error
    ([-1.0, 0.25], 0.125)
    """

    code: SpikeCode
    scaler: Scaler
    k: int

    @property
    def max_error(self) -> float:
        """Largest error of a decoded value within the range of the scaler."""
        return self.scaler.span * self.code.max_error(self.k)

    def encode(self, x: Array) -> Spikes:
        """Encode values as spikes ``(lines, k, *x.shape)``; values outside the range saturate."""
        code, scaler = self._check_parts()
        x = as_array("x", x, WHERE)
        check_float_array("x", x, x.shape, WHERE)
        return np.stack([code.encode(u, self.k) for u in scaler.transform(x)])

    def decode(self, spikes: Spikes, dtype: Any) -> Array:
        """Decode spikes ``(lines, k, ...)`` to values ``(...)``."""
        code, scaler = self._check_parts()
        sent = check_spikes(spikes, WHERE)
        dtype = check_real_dtype(dtype, WHERE)
        count = len(scaler.transform(np.zeros(1)))
        if sent.ndim < 2 or sent.shape[:2] != (count, self.k):
            reason = f"expected shape ({count}, {self.k}, ...), got {sent.shape}"
            raise InputError.for_argument("spikes", WHERE, reason)
        u = np.stack([code.decode(line, dtype) for line in sent])
        return np.asarray(scaler.inverse_transform(u), dtype)

    def _check_parts(self) -> tuple[SpikeCode, Scaler]:
        """Return the code and the scaler, checked."""
        expected = "a spike code, such as RateCode()"
        code = check_instance("code", self.code, SpikeCode, WHERE, expected)  # type: ignore[type-abstract]
        expected = "a scaler, such as SignedScaler(1.0)"
        scaler = check_instance("scaler", self.scaler, Scaler, WHERE, expected)  # type: ignore[type-abstract]
        return code, scaler
