"""Counts of operations and parameters."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from liaf_ref._core.validation import check_items


@dataclass(frozen=True)
class OpCount:
    """Operations of one sample, and parameters; look-ups and comparisons are free, Section V.

    Parameters
    ----------
    muls, adds : int
        Multiplications, and additions and subtractions.
    weights : int
        Parameters.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> (row,) = lr.count_ops([lr.DenseLIAF(50, 100)])
    >>> row.exact
    OpCount(muls=5300, adds=5500, weights=5500)
    >>> row.exact + row.exact
    OpCount(muls=10600, adds=11000, weights=11000)
    """

    muls: int = 0
    adds: int = 0
    weights: int = 0

    def __add__(self, other: "OpCount") -> "OpCount":
        return OpCount(self.muls + other.muls, self.adds + other.adds, self.weights + other.weights)

    def repeated(self, n: int) -> "OpCount":
        """Count the operations of n runs with the same parameters.

        Parameters
        ----------
        n : int
            Number of runs, such as time steps.

        Returns
        -------
        OpCount
            ``n`` times the operations, and the same weights.

        Examples
        --------
        >>> from liaf_ref.analysis import OpCount
        >>> OpCount(2, 3, weights=5).repeated(10)
        OpCount(muls=20, adds=30, weights=5)
        """
        return OpCount(n * self.muls, n * self.adds, self.weights)


class LayerOpCount(NamedTuple):
    """A row of :func:`liaf_ref.count_ops`: one layer.

    Attributes
    ----------
    prefix : str
        Prefix of the layer's parameters in a network.
    label : str
        The layer with its sizes and equations.
    out_shape : tuple of int
        Shape of the output of one sample at one time step.
    paper : OpCount or None
        Count of Tables I and II; None if they have no such layer.
    exact : OpCount
        Count of what is computed.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> (row,) = lr.count_ops([lr.DenseLIAF(50, 100)])
    >>> row.out_shape, row.paper.muls, row.exact.muls
    ((100,), 5100, 5300)
    """

    prefix: str
    label: str
    out_shape: tuple[int, ...]
    paper: OpCount | None
    exact: OpCount


def total(counts: Iterable[OpCount | None]) -> OpCount:
    """The sum of counts; None, the count of a layer that the tables do not have, is skipped."""
    found = check_items("counts", counts, OpCount | None, "a sum", "OpCounts or None")  # type: ignore[arg-type]
    return sum((count for count in found if count is not None), OpCount())
