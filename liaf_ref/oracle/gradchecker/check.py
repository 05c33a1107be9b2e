"""The comparison, and what it says."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from liaf_ref.door import check_choice, check_float, check_instance, check_number
from liaf_ref.door.values import brief
from liaf_ref.errors import InputError, LiafError
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.gradchecker.modes import MODES, UnfitError, refuse_bend
from liaf_ref.oracle.gradchecker.subject import Subject

FLOOR = 1e-6  # of the largest gradient of all: an array of nothing but rounding is not measured


@dataclass(frozen=True)
class Entry:
    """The entry of an array that is furthest off.

    Parameters
    ----------
    name : str
        The array's name.
    index : tuple of int
        The entry's place.
    given : float
        What the backward pass under check says.
    expected : float
        What the witness says.
    error : float
        Their distance, over the array's largest expected entry.
    entries : int
        How many the array has.
    """

    name: str
    index: tuple[int, ...]
    given: float
    expected: float
    error: float
    entries: int


@dataclass(frozen=True)
class Report:
    """The worst entry of every array.

    Parameters
    ----------
    mode : str
        How the gradient was obtained a second time.
    bound : float
        What an error may be.
    entries : tuple of Entry
        One for each array, worst first.
    """

    mode: str
    bound: float
    entries: tuple[Entry, ...]

    @property
    def worst(self) -> Entry:
        """The worst of all."""
        return self.entries[0]

    @property
    def passed(self) -> bool:
        """Whether every error is within the bound."""
        return all(entry.error <= self.bound for entry in self.entries)

    def assert_passed(self) -> None:
        """Raise LiafError with the report unless it has passed."""
        if not self.passed:
            raise LiafError(str(self))

    def as_json(self) -> dict[str, Any]:
        """The report as what ``json.dumps`` takes."""
        return {
            "mode": self.mode,
            "bound": self.bound,
            "passed": self.passed,
            "worst": asdict(self.worst),
            "arrays": [asdict(entry) for entry in self.entries],
        }

    def __str__(self) -> str:
        verdict = "right" if self.passed else "WRONG"
        count = sum(entry.entries for entry in self.entries)
        head = f"{verdict}: {count} derivatives by {self.mode}, bound {self.bound:.0e}"
        lines = (
            f"  {'ok ' if e.error <= self.bound else 'BAD'} {e.name + str(list(e.index)):<24}"
            f" given {e.given: .12e}  expected {e.expected: .12e}  error {e.error:.1e}"
            for e in self.entries
        )
        return "\n".join((head, *lines))


def gradcheck(
    subject: Subject, mode: str = "complex", mu: float = 0.5, bound: float | None = None
) -> Report:
    """Hold a backward pass against a way to the gradient that does not use it.

    Parameters
    ----------
    subject : Subject
        The code, and the point at which it is checked.
    mode : str
        ``complex``, ``dual``, ``relaxed`` or ``hard``; see :data:`MODES`.
    mu : float
        Half width of the window, Eq. (13).
    bound : float, optional
        Largest error allowed, relative to an array's largest entry; the mode's by
        default.

    Returns
    -------
    Report
        The worst entry of every array, with both numbers.

    Raises
    ------
    InputError
        If an array of the point is not float64, the value there is not finite, a gradient
        is missing or misshapen, or the code under check changes the arrays it is given.
    UnfitError
        If the value cannot take the mode's numbers, or has no finite derivative by them.
    KinkError
        In the modes relaxed and hard, if a difference would reach over a kink.
    """
    check_choice("mode", mode, MODES, "gradcheck")
    check_number("mu", mu, "Eq. (13)", lambda x: x > 0, "a finite number > 0")
    check_instance("subject", subject, Subject, "gradcheck", "a Subject")
    _check_point(subject.at)
    chosen = MODES[mode]
    limit = chosen.bound if bound is None else bound
    check_number("bound", limit, "gradcheck", lambda x: x > 0, "a finite number > 0")
    given = _undisturbed(subject, chosen.pair(mu))
    expected = chosen.witness(subject, mu)
    _check_slopes(expected, mode)
    top = max(abs(array).max(initial=0.0) for array in expected.values())
    floor = max(FLOOR * top, chosen.rounding * _size(subject, expected, chosen.pair(mu)) / limit)
    entries = [_worst(name, given[name], expected[name], floor) for name in expected]
    for entry in entries:
        if chosen.moves and entry.error > limit:
            refuse_bend(subject, chosen.pair(mu), entry.name, entry.index)
    return Report(mode, limit, tuple(sorted(entries, key=lambda entry: -entry.error)))


def _check_slopes(slopes: Mapping[str, Array], mode: str) -> None:
    """Refuse a sample beside which no other error would be one."""
    for name, array in slopes.items():
        for index in np.argwhere(~np.isfinite(array)).tolist()[:1]:
            raise UnfitError(
                f"{name}{index} of gradcheck: expected a finite derivative by {mode}, got "
                f"{array[tuple(index)]}; take another sample or mode"
            )


def _size(subject: Subject, slopes: Mapping[str, Array], spike: Pair) -> float:
    """About how large the numbers are that the value is added up from: itself, if none cancel."""
    terms = sum(float(abs(slopes[name] * array).sum()) for name, array in subject.at.items())
    point = {name: array.copy() for name, array in subject.at.items()}
    return abs(float(subject.value(point, spike))) + terms


def _check_point(at: Mapping[str, Array]) -> None:
    if not at:
        raise InputError("at of gradcheck: expected at least one array, got none")
    for name, array in at.items():
        if not isinstance(array, np.ndarray) or array.dtype != np.float64:
            came = getattr(array, "dtype", type(array).__name__)
            raise InputError(
                f"{name} of gradcheck: expected a float64 array, got {came}; in fewer digits a "
                "derivative cannot be told from rounding"
            )
        check_float(name, array, array.shape, "gradcheck")


def _undisturbed(subject: Subject, spike: Any) -> dict[str, Array]:
    """The gradient under check, of arrays that must come back as they were."""
    lent = {name: array.copy() for name, array in subject.at.items()}
    for what, call in (("value", subject.value), ("gradient", subject.gradient)):
        result = _called(what, call, lent, spike)
        for name, array in subject.at.items():
            if lent[name].tobytes() != array.tobytes():
                raise InputError(f"{name} of gradcheck: expected {what} to leave it as it was")
    grads = _by_name(result)
    for name in grads:
        if name not in subject.at:
            known = ", ".join(subject.at)
            raise InputError(f"gradient in {name} of gradcheck: expected only in {known}")
    for name, array in subject.at.items():
        shape = grads[name].shape if name in grads else "no gradient of that name"
        if shape != array.shape:
            raise InputError(
                f"gradient in {name} of gradcheck: expected shape {array.shape}, got {shape}"
            )
    return grads


def _called(what: str, call: Callable[..., Any], *given: Any) -> Any:
    """The result of code under check, whose own errors are not this package's."""
    try:
        result = call(*given)
    except (Exception, SystemExit) as error:
        raise InputError(
            f"{what} of gradcheck: it raised {type(error).__name__}: {error}"
        ) from error
    if what == "value" and np.ndim(result):
        reason = f"expected a scalar, got shape {np.shape(result)}"
        raise InputError(f"value of gradcheck: {reason}")
    if what == "value" and not _is_finite(result):
        reason = f"expected a finite number, got {brief(str(result))}"
        raise InputError(f"value of gradcheck: {reason}")
    return result


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except (TypeError, ValueError, OverflowError):
        return False


def _by_name(result: object) -> dict[str, Array]:
    if not isinstance(result, Mapping):
        reason = f"expected arrays by name, got {type(result).__name__}"
        raise InputError(f"gradient of gradcheck: {reason}")
    return {str(name): np.asarray(g) for name, g in result.items()}


def _worst(name: str, given: Array, expected: Array, floor: float) -> Entry:
    off = abs(given - expected)
    off[np.isnan(off)] = np.inf
    index = tuple(int(i) for i in np.unravel_index(int(off.argmax()), off.shape))
    scale = max(float(abs(expected).max()), floor)
    error = float(off[index] / scale) if scale else float(off[index] and np.inf)
    return Entry(name, index, float(given[index]), float(expected[index]), error, off.size)
