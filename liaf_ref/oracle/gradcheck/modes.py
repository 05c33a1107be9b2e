"""Reference gradients that do not use the backward pass under check, and kinks in their way."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError, LiafError
from liaf_ref.kernels import spike
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.gradcheck.target import GradcheckTarget

# Kinks of the spike are detected from its arguments: a perturbation that takes an argument across
# a kink is an error that names the distance. Other kinks, such as those of an activation, are
# searched for where a derivative is wrong.


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


# Complex checks every term of a surrogate's backward pass at the states of the hard
# network, but uses the slope of the given spike. Relaxed checks the slope as well. Hard ignores
# the surrogate and checks the forward pass as it runs. docs/verify/gradcheck.md compares the three.


COMPLEX_STEP = 1e-40  # along the imaginary axis: nothing is subtracted, so nothing is lost
DIFFERENCE_STEP = 2.0**-13
STENCIL = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
REACH = DIFFERENCE_STEP * STENCIL[-1][0]
# A value is off by an ulp of what it is added up from, at each of the stencil's six places.
ROUNDING = (
    2 * sum(abs(weight) for _, weight in STENCIL) * float(np.finfo(float).eps) / DIFFERENCE_STEP
)

ReferenceGradient = Callable[[GradcheckTarget, float], dict[str, Array]]
EntryDerivative = Callable[[tuple[int, ...]], float]


class ModeNotApplicableError(InputError):
    """The value does not support a mode's numbers, or has no finite derivative."""


class Mode(NamedTuple):
    """A reference gradient, and its accuracy."""

    spike: Callable[[float], Pair]  # that of the backward pass under check, by the window's mu
    reference_gradient: ReferenceGradient
    tolerance: float  # relative to the largest entry of an array
    perturbs_inputs: bool  # by a finite amount, so that kinks matter
    rounding_error: float  # of a derivative, relative to the size of the terms of the value


def complex_step(target: GradcheckTarget, mu: float) -> dict[str, Array]:
    """``Im value(x + ih) / h`` through the spike's tangent, entry by entry."""
    frozen = spike.frozen(spike.paper(mu))
    point = {name: array.astype(complex) for name, array in target.point.items()}

    def slopes(name: str, array: Array) -> EntryDerivative:
        moving = _call_with_mode_numbers(
            "complex", target, target.value_closure, name, point, frozen
        )

        def slope(index: tuple[int, ...]) -> float:
            centre = array[index]
            array[index] = centre + 1j * COMPLEX_STEP
            value = np.asarray(_call_with_mode_numbers("complex", target, moving))
            array[index] = centre
            if not np.iscomplexobj(value):
                raise ModeNotApplicableError(
                    f"{target._labels.value}: expected a complex result for complex arrays, got "
                    f"{value.dtype}: the imaginary part was dropped (by float(), abs() or a real "
                    "buffer); use another mode than complex"
                )
            return float(value.imag) / COMPLEX_STEP

        return slope

    return _differentiate_entries(point, slopes)


def relaxed_differences(target: GradcheckTarget, mu: float) -> dict[str, Array]:
    """Differences of the network whose spike is the window's integral."""
    return _differences(target, RecordedSpike(spike.relaxed(mu), (-mu, mu)))


def hard_differences(target: GradcheckTarget, mu: float) -> dict[str, Array]:
    """Differences of the network as it runs, between its steps."""
    return _differences(target, RecordedSpike(spike.detached(), (0.0,)))


MODES = {
    # Sums of a few hundred products in double: thousands of ulp.
    "complex": Mode(spike.paper, complex_step, 1e-12, perturbs_inputs=False, rounding_error=0.0),
    # Rounding over the step is 1e-11 for values of order 10; an error of formula is 1e-2.
    "relaxed": Mode(
        spike.relaxed, relaxed_differences, 5e-8, perturbs_inputs=True, rounding_error=ROUNDING
    ),
    "hard": Mode(
        lambda _: spike.detached(),
        hard_differences,
        5e-8,
        perturbs_inputs=True,
        rounding_error=ROUNDING,
    ),
}


def raise_if_kink(target: GradcheckTarget, pair: Pair, name: str, index: tuple[int, ...]) -> None:
    """Raise KinkError if the value has a kink within reach of one entry."""
    point = {key: array.copy() for key, array in target.point.items()}
    centre, moving = float(point[name][index]), target.value_closure(name, point, pair)

    def moved(step: float) -> float:
        point[name][index] = centre + step
        return float(moving())

    at = find_kink(moved, REACH)
    if at is not None:
        kink = f"the value has a kink at {centre + at:.9g}, {abs(at):.2g} away from {centre:.9g}"
        if not at:
            kink = (
                f"the value has a kink at exactly this point, {centre:.9g}, and no derivative there"
            )
        raise KinkError(f"{name}{list(index)}", REACH, kink, target._labels.kink_hint)


def _differences(target: GradcheckTarget, recorded_spike: RecordedSpike) -> dict[str, Array]:
    point = {name: array.copy() for name, array in target.point.items()}

    def slopes(name: str, array: Array) -> EntryDerivative:
        moving = target.value_closure(name, point, recorded_spike.pair)
        earlier = len(recorded_spike.take_arguments())
        moving()
        before = recorded_spike.take_arguments()

        def moved(index: tuple[int, ...], to: float) -> float:
            array[index] = to
            value = float(moving())
            kink = recorded_spike.first_crossing(before, recorded_spike.take_arguments(), earlier)
            if kink:
                raise KinkError(f"{name}{list(index)}", REACH, str(kink), target._labels.kink_hint)
            return value

        def slope(index: tuple[int, ...]) -> float:
            centre, total = array[index], 0.0
            for steps, weight in STENCIL:
                above = moved(index, centre + steps * DIFFERENCE_STEP)
                total += weight * (above - moved(index, centre - steps * DIFFERENCE_STEP))
            array[index] = centre
            return total / DIFFERENCE_STEP

        return slope

    return _differentiate_entries(point, slopes)


def _call_with_mode_numbers(
    mode: str, target: GradcheckTarget, call: Callable[..., Any], *args: Any
) -> Any:
    """Call the value with the numbers of a mode; it has already been called with floats."""
    try:
        return call(*args)
    except (Exception, SystemExit) as error:
        raise ModeNotApplicableError(
            f"{target._labels.value} does not support mode {mode}: it raised "
            f"{type(error).__name__}: {error}; use another mode"
        ) from error


def _differentiate_entries(
    point: Mapping[str, Array], make_derivative: Callable[[str, Array], EntryDerivative]
) -> dict[str, Array]:
    result: dict[str, Array] = {}
    for name, array in point.items():
        result[name], slope = np.empty(array.shape), make_derivative(name, array)
        for index in np.ndindex(array.shape):
            result[name][index] = slope(index)
    return result
