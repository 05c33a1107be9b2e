"""A code on the lines of a range: real values to spikes and back."""

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

WHERE = "a channel"


class SpikeEncoder(NamedTuple):
    """What a layer's outputs go through.

    Parameters
    ----------
    code : Code
        Such as ``Rate()``.
    lines : Lines
        Such as ``Signed(2.0)``.
    k : int
        Sub-intervals.
    """

    code: SpikeCode
    scaler: Scaler
    k: int

    @property
    def max_error(self) -> float:
        """Most that a received value differs from one sent within the range."""
        return self.scaler.span * self.code.max_error(self.k)

    def encode(self, x: Array) -> Spikes:
        """Encode.

        Parameters
        ----------
        x : ndarray of float, any shape
            Values; beyond the range of the lines they saturate.

        Returns
        -------
        ndarray of bool, shape ``(lines, k, *x.shape)``
            Spikes.

        Raises
        ------
        InputError
            If a value is not finite, ``k`` is below 1, or the channel has no code or no lines.
        """
        code, lines = self._check_parts()
        x = as_array("x", x, WHERE)
        check_float_array("x", x, x.shape, WHERE)
        return np.stack([code.encode(u, self.k) for u in lines.transform(x)])

    def decode(self, spikes: Spikes, dtype: Any) -> Array:
        """Decode.

        Parameters
        ----------
        spikes : ndarray of bool, shape (lines, k, ...)
            From :meth:`send`.
        dtype : dtype
            Of the result.

        Returns
        -------
        ndarray, shape (...)
            Values.

        Raises
        ------
        InputError
            If they are no spikes of this channel, or ``dtype`` is none of real numbers.
        """
        code, lines = self._check_parts()
        sent = check_spikes(spikes, WHERE)
        dtype = check_real_dtype(dtype, WHERE)
        count = len(lines.transform(np.zeros(1)))
        if sent.ndim < 2 or sent.shape[:2] != (count, self.k):
            reason = f"expected shape ({count}, {self.k}, ...), got {sent.shape}"
            raise InputError.for_argument("spikes", WHERE, reason)
        u = np.stack([code.decode(line, dtype) for line in sent])
        return np.asarray(lines.inverse_transform(u), dtype)

    def _check_parts(self) -> tuple[SpikeCode, Scaler]:
        """Code and lines, if they are any."""
        expected = "a code, Rate() for instance"
        code = check_instance("code", self.code, SpikeCode, WHERE, expected)  # type: ignore[type-abstract]
        expected = "lines, Signed(1.0) for instance"
        lines = check_instance("scaler", self.scaler, Scaler, WHERE, expected)  # type: ignore[type-abstract]
        return code, lines
