"""Kinks within the reach of a finite difference, which then is the slope of neither side."""

# Kinks of the spike are detected from its arguments: a perturbation that takes an argument across
# a kink is an error that names the distance. Other kinks, such as those of an activation, are
# searched for where a derivative is wrong.

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from liaf_ref._core.errors import LiafError
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair


class Kink(NamedTuple):
    """An argument of the spike that a finite difference takes across a kink."""

    call: int
    position: tuple[int, ...]
    argument: float
    location: float

    def __str__(self) -> str:
        return (
            f"argument {list(self.position)} of spike call {self.call} is {self.argument:.9g}, "
            f"{abs(self.argument - self.location):.3g} from the kink at {self.location:g}"
        )


class KinkError(LiafError):
    """A finite difference crosses a kink, so it does not approximate a derivative.

    Parameters
    ----------
    entry : str
        The perturbed entry.
    reach : float
        The largest perturbation.
    kink : str
        The kink and its distance.
    hint : str
        How to avoid it.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import KinkError
    >>> x = np.array([1e-4, 1.0])
    >>> try:
    ...     lr.gradcheck(lambda x: np.maximum(x, 0).sum(), x, lambda x: 1.0 * (x > 0))
    ... except KinkError as error:
    ...     print(error.entry)
    x[0]
    >>> lr.gradcheck(lambda x: np.maximum(x, 0).sum(), x, lambda x: 1.0 * (x > 0), mode="complex")
    PASSED: 2 derivatives ...
    """

    def __init__(self, entry: str, reach: float, kink: str, hint: str) -> None:
        self.entry, self.reach, self.kink, self.hint = entry, reach, kink, hint
        super().__init__(
            f"{entry}: a finite difference of +-{reach:.2g} crosses a kink: {kink}; {hint}"
        )


class RecordedSpike:
    """A pair that records its arguments."""

    def __init__(self, pair: Pair, kinks: Sequence[float]) -> None:
        self.wrapped, self.kinks = pair, np.sort(np.asarray(kinks, float))
        self.arguments: list[Array] = []
        self.pair = Pair(self._value, pair.slope)

    def _value(self, x: Array) -> Array:
        self.arguments.append(np.array(x))
        return self.wrapped.value(x)

    def take_arguments(self) -> list[Array]:
        """Return the arguments since the last call, and forget them."""
        seen, self.arguments = self.arguments, []
        return seen

    def first_crossing(
        self, before: Sequence[Array], after: Sequence[Array], call_offset: int = 0
    ) -> Kink | None:
        """The first argument on another side of a kink; earlier calls count in ``call_offset``."""
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
    """Look for a kink of a function of one variable within ``reach`` of 0."""
    steps = np.linspace(-reach, reach, 65)
    values = np.array([f(step) for step in steps])
    turns = abs(np.diff(values, 2))  # as good as equal where f is smooth
    maximum = int(turns.argmax())
    rounding = 1e-13 * abs(values).max()
    if turns[maximum] <= 16 * np.median(turns) + rounding:
        return None
    near = slice(max(maximum - 1, 0), maximum + 2)  # a kink between two steps turns at both
    return round(float((turns[near] * steps[1:-1][near]).sum() / turns[near].sum()), 9)
