"""Check a hand-written backward pass against a reference gradient that does not use it."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError, LiafError, unexpected
from liaf_ref._core.kinds import real
from liaf_ref._core.text import count
from liaf_ref._core.validation import check_choice, check_keys
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.gradcheck import modes
from liaf_ref.oracle.gradcheck.target import GradcheckTarget, check_target, function_target


@dataclass(frozen=True)
class WorstEntry:
    """The entry of an array with the largest error."""

    name: str
    index: tuple[int, ...]
    actual: float
    expected: float
    error: float
    size: int


@dataclass(frozen=True)
class GradcheckReport:
    """The result of a gradient check.

    A report is true if the check passed. It prints as a table.

    Parameters
    ----------
    mode : str
        Mode of the reference gradient.
    tolerance : float
        Largest error allowed, relative to the largest entry of an array.
    entries : tuple of WorstEntry
        The entry with the largest error of each array, worst first: ``name`` and ``index`` of the
        entry, its ``actual`` and ``expected`` derivative, the relative ``error``, and the
        ``size`` of the array.

    See Also
    --------
    liaf_ref.gradcheck : Check a gradient and return a report.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> report = lr.gradcheck(lambda x: (x**2).sum(), np.array([1.0, 2.0]), lambda x: 3 * x)
    >>> report
    FAILED: 2 derivatives checked by differences, tolerance 5e-08
      FAIL x[1]   actual  6.0...e+00  expected  ...e+00  relative error 5.0e-01
    >>> bool(report), report.worst.index
    (False, (1,))
    """

    mode: str
    tolerance: float
    entries: tuple[WorstEntry, ...]

    @property
    def worst(self) -> WorstEntry:
        """The entry with the largest error of all arrays."""
        return self.entries[0]

    @property
    def passed(self) -> bool:
        """Whether every error is within the tolerance."""
        return all(entry.error <= self.tolerance for entry in self.entries)

    def __bool__(self) -> bool:
        return self.passed

    def assert_passed(self) -> None:
        """Raise an error if the check failed.

        Raises
        ------
        LiafError
            If the check failed; the message is the report.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> lr.gradcheck(lambda x: (x**2).sum(), np.ones(2), lambda x: x).assert_passed()
        Traceback (most recent call last):
            ...
        liaf_ref._core.errors.LiafError: FAILED: 2 derivatives ...
        """
        if not self.passed:
            raise LiafError(str(self))

    def to_dict(self) -> dict[str, Any]:
        """Convert the report to a dict for ``json.dumps``.

        Returns
        -------
        dict
            ``mode``, ``tolerance``, ``passed``, the ``worst`` entry of all arrays, and
            ``arrays``, the worst entry of each array.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> report = lr.gradcheck(lambda x: (x**2).sum(), np.ones(2), lambda x: 2 * x)
        >>> report.to_dict()["worst"]["actual"]
        2.0
        """
        fields = asdict(self)
        arrays = fields.pop("entries")
        return {**fields, "passed": self.passed, "worst": arrays[0], "arrays": [*arrays]}

    def __str__(self) -> str:
        verdict = "PASSED" if self.passed else "FAILED"
        checked = count(sum(entry.size for entry in self.entries), "derivative")
        head = f"{verdict}: {checked} checked by {self.mode}, tolerance {self.tolerance:.0e}"
        lines = (
            f"  {'ok  ' if e.error <= self.tolerance else 'FAIL'} {e.name + str(list(e.index)):<24}"
            f" actual {e.actual: .12e}  expected {e.expected: .12e}  relative error {e.error:.1e}"
            for e in self.entries
        )
        return "\n".join((head, *lines))

    __repr__ = __str__


# An array whose gradients are below this part of the largest of all holds nothing but rounding.
SCALE_FLOOR = 1e-6
MAX_DRAWS = 50  # samples until one has no kink within reach
# Of a function without spikes the step's window does not matter: "hard" is plain differences.
FUNCTION_MODES = {"differences": modes.MODES["hard"], "complex": modes.MODES["complex"]}


def gradcheck(
    f: Callable[..., Any] | GradcheckTarget,
    x: Any = None,
    grad: Callable[..., Any] | None = None,
    *,
    mode: str | None = None,
    tolerance: float | None = None,
    mu: float | None = None,
) -> GradcheckReport:
    """Compare a gradient that you derived by hand with a reference gradient.

    Parameters
    ----------
    f : callable or GradcheckTarget
        ``f(x)`` returns a scalar. Without ``grad`` it returns ``(value, gradient)``. If your
        function returns an array, check a weighted sum of it: ``lambda x: (w * f(x)).sum()`` with
        fixed random weights ``w``.
    x : array, tuple of arrays, or dict of str to array
        The point of the check, of floats; the check uses float64. A list is refused, because it
        may mean one array or several.
    grad : callable, optional
        ``grad(x)`` returns the gradient, in the same form as ``x``.
    mode : str, optional
        The reference for a function: ``"differences"``, the default, uses sixth-order central
        differences with a relative tolerance of 5e-8. ``"complex"`` uses a complex step with a
        tolerance of 1e-12; the function must accept complex numbers (no ``abs``, no ``float``).
        The reference for a :class:`GradcheckTarget`: ``"complex"``, the default,
        ``"relaxed"`` or ``"hard"``.
    tolerance : float, optional
        Largest error allowed, relative to the largest entry of an array.
    mu : float, optional
        Half-width of the surrogate window, Eq. (13); 0.5 by default. Only for a
        :class:`GradcheckTarget`.

    Returns
    -------
    GradcheckReport
        True if the check passed, so a test can use ``assert gradcheck(...)``. It prints as a
        table.

    Raises
    ------
    InputError
        If ``f`` raises an exception, returns anything but a finite scalar, or modifies ``x``, or
        if the shapes of the gradient differ from those of ``x``.
    KinkError
        If a finite difference crosses a kink, where the derivative does not exist.

    Notes
    -----
    A spiking layer fails as a plain function. Its backward pass uses the surrogate gradient of
    Eq. (13), which is not the derivative of the step function. Make a :class:`GradcheckTarget` of
    the layer with :func:`liaf_ref.oracle.layer_target`; the check then uses a differentiable
    spike.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> x = np.array([1.0, 2.0])
    >>> lr.gradcheck(lambda x: (x**3).sum(), x, lambda x: 3 * x**2).passed
    True
    >>> wrong = lr.gradcheck(lambda x: (x**3).sum(), x, lambda x: 2 * x**2)
    >>> wrong.passed, wrong.worst.index
    (False, (1,))

    Several arrays, value and gradient from one function:

    >>> def product(p):
    ...     return (p["a"] * p["b"]).sum(), {"a": p["b"], "b": p["a"]}
    >>> lr.gradcheck(product, {"a": x, "b": x + 1}, mode="complex").passed
    True

    A layer of this package:

    >>> from liaf_ref.oracle import layer_target
    >>> target = layer_target(lambda spike: lr.DenseLIAF(3, 4, spike=spike), 0)
    >>> lr.gradcheck(target, mode="relaxed").passed
    True
    """
    if isinstance(f, GradcheckTarget):
        owner, unused = "a GradcheckTarget, which has point and gradient", {"x": x, "grad": grad}
        target, known, names = check_target(f), modes.MODES, ("target.value", "target.gradient")
    else:
        owner, unused = "a function, which has no spike", {"mu": mu}
        target, known, names = function_target(f, x, grad), FUNCTION_MODES, ("f", "grad")
    for name, value in unused.items():
        if value is not None:
            raise unexpected(name, value, "gradcheck", f"no value with {owner}")
    chosen = next(iter(known)) if mode is None else check_choice("mode", mode, known, "gradcheck")
    selected = known[chosen]
    width = 0.5 if mu is None else mu
    limit = selected.tolerance if tolerance is None else tolerance
    for name, number in (("mu", width), ("tolerance", limit)):
        real(0, closed="()").check(name, number, "gradcheck")
    spike = selected.spike(width)
    size, actual = _checked_gradient(target, spike, *names)
    expected = modes.reference_gradient(target, selected, spike, chosen, names[0])
    top = max(abs(array).max(initial=0.0) for array in expected.values())
    # The approximate size of the terms of the value; the value itself, if nothing cancels.
    size += sum(float(abs(expected[name] * a).sum()) for name, a in target.point.items())
    floor = max(SCALE_FLOOR * top, selected.perturbs_inputs * modes.ROUNDING * size / limit)
    entries = [_worst_entry(name, actual[name], expected[name], floor) for name in expected]
    for entry in entries:
        if selected.perturbs_inputs and entry.error > limit:
            modes.raise_if_kink(target, spike, entry.name, entry.index)
    return GradcheckReport(chosen, limit, tuple(sorted(entries, key=lambda entry: -entry.error)))


def check_away_from_kinks(
    make: Callable[[np.random.Generator], GradcheckTarget], mode: str, mu: float, seed: int
) -> tuple[GradcheckReport, int]:
    """Check the first sample, from ``seed`` upwards, with no kink within reach."""
    for used in range(seed, seed + MAX_DRAWS):
        try:
            return gradcheck(make(np.random.default_rng(used)), mode=mode, mu=mu), used
        except modes.KinkError as error:
            kink = error
    raise kink


def _checked_gradient(
    target: GradcheckTarget, spike: Pair, name: str, gradient_name: str
) -> tuple[float, dict[str, Array]]:
    """The size of the value and the gradient under check."""
    value = _call_user_code(name, target.value, target, spike)
    if isinstance(value, np.ndarray) and value.ndim:
        hint = "return a weighted sum of it, (w * y).sum() with fixed random w, and its gradient"
        raise unexpected(name, value, "gradcheck", "a scalar", f"; {hint}")
    try:
        finite = math.isfinite(value)
    except (TypeError, ValueError, OverflowError):
        finite = False
    if not finite:
        raise unexpected(name, value, "gradcheck", "a finite number")
    result = _call_user_code(gradient_name, target.gradient, target, spike)
    given = check_keys(result, target.point, "gradcheck", f"result of {gradient_name}")
    grads = {key: np.asarray(given[key]) for key in target.point}
    for key, grad in grads.items():
        shape = target.point[key].shape
        if grad.dtype.kind not in "fiub" or grad.shape != shape:
            expected = f"real numbers of shape {shape} for {key}"
            raise unexpected(gradient_name, grad, "gradcheck", expected)
    return abs(float(value)), grads


def _call_user_code(name: str, call: Any, target: GradcheckTarget, spike: Pair) -> Any:
    """Call the code under check, which must not write to its arrays."""
    lent = {key: array.copy() for key, array in target.point.items()}
    try:
        result = call(lent, spike)
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        reason = f"expected a result, got {type(error).__name__}: {error}"
        raise InputError.for_argument(name, "gradcheck", reason) from error
    for key, array in target.point.items():
        if lent[key].tobytes() != array.tobytes():
            reason = f"expected code that does not write to its arrays, got a modified {key!r}"
            raise InputError.for_argument(name, "gradcheck", reason)
    return result


def _worst_entry(name: str, actual: Array, expected: Array, min_scale: float) -> WorstEntry:
    off = abs(actual - expected)
    off[np.isnan(off)] = np.inf
    index = tuple(int(i) for i in np.unravel_index(int(off.argmax()), off.shape))
    scale = max(float(abs(expected).max()), min_scale)
    error = float(off[index] / scale) if scale else float(off[index] and np.inf)
    return WorstEntry(name, index, float(actual[index]), float(expected[index]), error, off.size)
