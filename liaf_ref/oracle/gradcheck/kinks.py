"""Kinks within a finite difference's reach, where it is the slope of neither side.

The spike's are watched: the arguments of the unmoved network are kept, and a move that
takes one of them over a kink is named, with the distance it was at.  Others, such as an
activation's, are looked for where a derivative came out wrong.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from liaf_ref._core.errors import LiafError
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair


class Kink(NamedTuple):
    """An argument that a finite difference took over a kink.

    Parameters
    ----------
    call : int
        The how-manieth call of the spike in a forward pass, counted from 0.
    place : tuple of int
        The argument's place among those of the call.
    x : float
        The argument, ``U - v_th``, before the move.
    at : float
        Where the kink is.
    """

    call: int
    position: tuple[int, ...]
    argument: float
    location: float

    def __str__(self) -> str:
        return (
            f"the spike's argument {list(self.position)} of call {self.call} is {self.argument:.9g}, "
            f"{abs(self.argument - self.location):.3g} from the kink at {self.location:g}"
        )


class KinkError(LiafError):
    """A finite difference reaches over a kink, where there is no one slope to compare with.

    Parameters
    ----------
    entry : str
        The number that was moved.
    reach : float
        By how much at most.
    kink : str
        What it moved over, and how far that was.
    """

    def __init__(self, entry: str, reach: float, kink: str) -> None:
        self.entry, self.reach, self.kink = entry, reach, kink
        super().__init__(
            f"{entry}: moved by up to {reach:.2g} it meets a kink: {kink}; take another sample, "
            "or the mode complex or dual, which move nothing"
        )


class RecordedSpike:
    """A pair whose arguments are remembered.

    Parameters
    ----------
    pair : Pair
        The spike as it is.
    kinks : sequence of float
        Where its function has a kink or a step.
    """

    def __init__(self, pair: Pair, kinks: Sequence[float]) -> None:
        self.wrapped, self.kinks = pair, np.sort(np.asarray(kinks, float))
        self.arguments: list[Array] = []
        self.pair = Pair(self._value, pair.slope)

    def _value(self, x: Array) -> Array:
        self.arguments.append(np.array(x))
        return self.wrapped.value(x)

    def take_arguments(self) -> list[Array]:
        """The arguments since the last time."""
        seen, self.arguments = self.arguments, []
        return seen

    def first_crossing(
        self, before: Sequence[Array], after: Sequence[Array], call_offset: int = 0
    ) -> Kink | None:
        """The first argument that lies on another side of a kink than it did.

        ``earlier`` calls came before those of the two sequences.
        """
        for call, (x, moved) in enumerate(zip(before, after, strict=True), call_offset):
            sides = np.searchsorted(self.kinks, x, "right")
            other = np.searchsorted(self.kinks, moved, "right")
            where = np.argwhere(sides != other)
            if len(where):
                index = tuple(int(i) for i in where[0])
                between = self.kinks[min(sides[index], other[index])]
                return Kink(call, index, float(x[index]), float(between))
        return None


def find_kink(f: Callable[[float], float], reach: float) -> float | None:
    """Look for a kink of a function of one variable within ``reach`` of 0.

    Parameters
    ----------
    f : callable
        Smooth, except for one kink or step if there is one.
    reach : float
        How far to look on either side.

    Returns
    -------
    float or None
        Where the slope changes at once, within a 64th of ``reach``; None if it does not.
    """
    steps = np.linspace(-reach, reach, 65)
    values = np.array([f(step) for step in steps])
    turns = abs(np.diff(values, 2))  # as good as equal where f is smooth
    maximum = int(turns.argmax())
    rounding = 1e-13 * abs(values).max()
    return float(steps[maximum + 1]) if turns[maximum] > 16 * np.median(turns) + rounding else None
