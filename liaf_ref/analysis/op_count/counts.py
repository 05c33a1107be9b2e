"""What is counted, and one layer's or network's two counts beside each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from liaf_ref._core.validation import check_instance, check_items, check_positive_int
from liaf_ref.layers import Layer


@dataclass(frozen=True)
class OpCount:
    """Operations of one sample, and parameters; look-ups and comparisons are free, Section V.

    Parameters
    ----------
    muls, adds : int
        Multiplications, and additions and subtractions.
    weights : int
        Parameters.
    """

    muls: int = 0
    adds: int = 0
    weights: int = 0

    def __add__(self, other: "OpCount") -> "OpCount":
        return OpCount(self.muls + other.muls, self.adds + other.adds, self.weights + other.weights)

    def repeated(self, n: int) -> "OpCount":
        """The operations n times, with the same parameters."""
        return OpCount(n * self.muls, n * self.adds, self.weights)


class LayerOpCount(NamedTuple):
    """A layer, its output without batch, and its counts; ``paper`` None where no table has it.

    ``prefix`` is the prefix of its parameters in a network, ``label`` what it is.
    """

    prefix: str
    label: str
    out_shape: tuple[int, ...]
    paper: OpCount | None
    exact: OpCount


def check_layer(layer: object, T: object) -> tuple[Layer, int]:
    """Refuse anything but a layer and a number of steps."""
    source = "the cost of a layer"
    kind: type[Layer] = Layer  # type: ignore[type-abstract]
    return check_instance("layer", layer, kind, source, "a layer"), check_positive_int(
        "T", T, source
    )


def total(counts: Iterable[OpCount | None]) -> OpCount:
    """Add up what there is.

    Parameters
    ----------
    counts : iterable of OpCount or None
        None, a layer that the tables do not have, counts as nothing.

    Returns
    -------
    OpCount
        The sum.

    Raises
    ------
    InputError
        If something else is among them.
    """
    found = check_items("counts", counts, OpCount | None, "a sum", "counts or None")  # type: ignore[arg-type]
    return sum((count for count in found if count is not None), OpCount())
