"""A code on the lines of a range: real values to spikes and back."""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref.coding.code import Array, Code, Spikes, check_spikes
from liaf_ref.coding.lines import Lines
from liaf_ref.errors import InputError


class Channel(NamedTuple):
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

    code: Code
    lines: Lines
    k: int

    @property
    def error(self) -> float:
        """Most that a received value differs from one sent within the range."""
        return self.lines.span * self.code.error(self.k)

    def send(self, x: Array) -> Spikes:
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
            If a value is not finite or ``k`` is below 1.
        """
        return np.stack([self.code.encode(u, self.k) for u in self.lines.split(x)])

    def receive(self, spikes: Spikes, dtype: Any) -> Array:
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
            If they are no spikes of this channel.
        """
        lines = check_spikes(spikes, "a channel")
        if lines.ndim < 2 or lines.shape[1] != self.k:
            reason = f"expected shape (lines, {self.k}, ...), got {lines.shape}"
            raise InputError.of("spikes", "a channel", reason)
        u = np.stack([self.code.decode(line, dtype) for line in lines])
        return np.asarray(self.lines.join(u), dtype)
