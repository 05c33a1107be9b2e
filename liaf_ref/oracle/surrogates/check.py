"""Compare a slope, a spike function or a smooth step with a shape, and report."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import count, describe_value, did_you_mean
from liaf_ref._core.validation import (
    check_callable,
    check_choice,
    check_float_dtype,
    check_number,
    check_rng,
)
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import DTYPES
from liaf_ref.oracle.surrogates.identify import (
    Identification,
    Measured,
    Subject,
    diagnose_threshold,
    identify,
)
from liaf_ref.oracle.surrogates.measure import (
    Question,
    SlopeFunction,
    SmoothStepFunction,
    SpikeFunction,
    points_to_test,
)
from liaf_ref.oracle.surrogates.table import SHAPES, Shape, format_values

MAX_LISTED = 8  # lines of findings in a printed report


@dataclass(frozen=True)
class SurrogateFinding:
    """One thing that is wrong, with the point of the largest error relative to its tolerance."""

    points: str
    parameters: Mapping[str, float]
    threshold: float | None = None
    quantity: str = "slope"
    x: float | None = None  # U - v_th; without numbers, the message has the reason
    expected: float | None = None
    actual: float | None = None
    tolerance: float | None = None
    wrong: int = 0
    total: int = 0
    message: str = ""

    def __str__(self) -> str:
        where = format_values(self.parameters)
        if self.threshold is not None:
            where += f"{', ' if where else ''}threshold {self.threshold:g}"
        if self.message:
            what = self.message
        else:
            what = (
                f"{self.quantity}: expected {self.expected:.9g}, got {self.actual:.9g} "
                f"(tolerance {self.tolerance:.2g}); {self.wrong} of {count(self.total, 'point')}"
            )
        at = f"x = {self.x:.9g}: " if self.x is not None else ""
        return f"{self.points:<8}  {at}{what}" + (f"; {where}" if where else "")


@dataclass(frozen=True)
class SurrogateReport:
    """The result of a check of a surrogate slope.

    A report is true if the slope is right. It prints as text.

    Parameters
    ----------
    backend : str
        Name of the function.
    shape : str
        The shape that was asked for.
    parameters : dict
        Its parameters, with ``scale``.
    dtype : str
        Precision of the check.
    points : int
        Number of points compared.
    findings : tuple of SurrogateFinding
        What is wrong.
    diagnosis : tuple of str
        What the function computes instead.
    identified : Identification or None
        The shape of the table that the slope is, if the check failed.
    untested : tuple of str
        Parameters that the function does not take, so that only one value was tested.

    See Also
    --------
    liaf_ref.oracle.check_surrogate : Check a slope and return a report.

    Examples
    --------
    >>> from liaf_ref.oracle import check_surrogate
    >>> report = check_surrogate(lambda x, beta: 1 / (1 + beta * abs(x)), "superspike", beta=2)
    >>> report.ok
    False
    >>> report.identified
    nonzero_sign_log with alpha = 2, scale = 0.5
    """

    backend: str
    shape: str
    parameters: Mapping[str, float]
    dtype: str
    points: int
    findings: tuple[SurrogateFinding, ...]
    diagnosis: tuple[str, ...] = ()
    identified: Identification | None = None
    untested: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        values = format_values(self.parameters)
        asked = f"{self.shape}, {values}" if values else self.shape
        verdict = "passed" if self.ok else "FAILED"
        lines = [f"{self.backend}: {verdict}: {asked}; {self.dtype}, {count(self.points, 'point')}"]
        lines += [f"failed    {finding}" for finding in self.findings[:MAX_LISTED]]
        if len(self.findings) > MAX_LISTED:
            more = count(len(self.findings) - MAX_LISTED, "more finding")
            lines.append(f"{'':<10}and {more}; report.findings or --json has all")
        if self.untested:
            names = ", ".join(self.untested)
            lines.append(f"not varied: {names}; the function has no argument of this name")
        lines += [f"diagnosis: {text}" for text in self.diagnosis]
        return "\n".join(lines)

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Convert the report to a dict for ``json.dumps``.

        Returns
        -------
        dict
            The fields of the report, and ``ok``. ``findings`` and ``identified`` are dicts.

        Examples
        --------
        >>> from liaf_ref.oracle import check_surrogate
        >>> check_surrogate(lambda x: 1.0 * (abs(x) < 0.5), "window", mu=0.5).to_dict()["ok"]
        True
        """
        return asdict(self) | {"ok": self.ok}


FIRES: dict[str, Callable[[Array], Array]] = {">=": lambda x: x >= 0, ">": lambda x: x > 0}
THRESHOLDS = (1.0, 0.5, 2.0, -0.25)


def check_surrogate(
    slope: Callable[..., Any],
    shape: str,
    *,
    dtype: Any = "float32",
    rng: np.random.Generator | int = 0,
    **parameters: float,
) -> SurrogateReport:
    """Check a surrogate slope against its formula.

    The points are 0, the floats next to each edge, a grid, random points, and tails as far as
    1e4. The tolerance is what rounding can do to a right program.

    Parameters
    ----------
    slope : callable
        ``slope(x)`` takes a 1-d array of ``U - v_th`` and returns the slope at each point. If it
        has arguments named like parameters of the shape, such as ``slope(x, alpha)``, the check
        passes them by name, and tests other values too.
    shape : str
        Name of a shape, as ``liaf-ref oracle surrogates`` lists them.
    dtype : dtype
        Precision of ``x``, and of the tolerance: float32 or float64.
    rng : numpy.random.Generator or int
        Random generator or seed, for the random points.
    **parameters : float
        Parameters of the shape; the others have their defaults. Every shape has ``scale``, a
        factor of the whole slope.

    Returns
    -------
    SurrogateReport
        What is wrong, and which shape the slope is instead. It is true if the slope is right.

    Raises
    ------
    InputError
        If the shape or a parameter is unknown or invalid.

    See Also
    --------
    liaf_ref.oracle.check_spike : Check spikes and their gradient together.
    liaf_ref.oracle.identify_surrogate : Find the shape of a slope.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.oracle import check_surrogate
    >>> def arctan(x, alpha):
    ...     return alpha / 2 / (1 + (np.pi / 2 * alpha * x) ** 2)
    >>> check_surrogate(arctan, "arctan", alpha=2).ok
    True

    A slope without the factor of 1/2 at ``alpha``:

    >>> report = check_surrogate(lambda x, alpha: arctan(x, 2 * alpha) / 2, "arctan", alpha=2)
    >>> report.diagnosis
    ('the slope is arctan with alpha = 4, scale = 0.5',)
    """
    check_callable("slope", slope, "check_surrogate", "a function of x")
    return _check(SlopeFunction(slope), shape, dtype, rng, parameters, "check_surrogate")


def check_spike(
    spike: Callable[..., Any],
    shape: str,
    *,
    thresholds: Iterable[float] = THRESHOLDS,
    fires: str = ">=",
    dtype: Any = "float32",
    rng: np.random.Generator | int = 0,
    **parameters: float,
) -> SurrogateReport:
    """Check spikes and their gradient at several thresholds.

    Parameters
    ----------
    spike : callable
        ``spike(U, threshold)`` takes a 1-d array and a number, and returns two arrays: the spikes,
        and the gradient of their sum in ``U``. Parameters of the shape are passed as by
        :func:`check_surrogate`.
    shape : str
        Name of a shape.
    thresholds : iterable of float
        Thresholds to test.
    fires : str
        ``">="`` or ``">"``: whether a neuron at its threshold fires.
    dtype : dtype
        Precision of ``U``, and of the tolerance: float32 or float64.
    rng : numpy.random.Generator or int
        Random generator or seed, for the random points.
    **parameters : float
        Parameters of the shape.

    Returns
    -------
    SurrogateReport
        What is wrong, and what the function computes instead.

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    A spike whose slope forgets the threshold:

    >>> from liaf_ref.oracle import check_spike
    >>> def spike(U, threshold):
    ...     return U >= threshold, 1.0 * (abs(U) < 0.5)
    >>> check_spike(spike, "window", mu=0.5).diagnosis
    ('the slope is taken at U instead of U - v_th',)
    """
    where = "check_spike"
    check_callable("spike", spike, where, "a function of U and the threshold")
    check_choice("fires", fires, FIRES, where)
    tested = tuple(check_number("thresholds", value, where) for value in thresholds)
    if not tested:
        raise InputError.for_argument("thresholds", where, "expected at least one, got none")
    under_test = SpikeFunction(spike, tested)
    under_test.fires = FIRES[fires]
    return _check(under_test, shape, dtype, rng, parameters, where)


def check_smooth_step(
    step: Callable[..., Any],
    shape: str,
    *,
    dtype: Any = "float32",
    rng: np.random.Generator | int = 0,
    **parameters: float,
) -> SurrogateReport:
    """Check the smooth step whose derivative is the slope.

    Frameworks use it as the forward pass without spikes. A step of a slope of area 1 must rise
    from 0 to 1; of any other, only the rise is compared.

    Parameters
    ----------
    step : callable
        ``step(x)`` takes a 1-d array of ``U - v_th`` and returns an array. Parameters of the
        shape are passed as by :func:`check_surrogate`.
    shape : str
        Name of a shape.
    dtype : dtype
        Precision of ``x``, and of the tolerance: float32 or float64.
    rng : numpy.random.Generator or int
        Random generator or seed, for the random points.
    **parameters : float
        Parameters of the shape.

    Returns
    -------
    SurrogateReport
        What is wrong, and of which shape the derivative is.

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.oracle import check_smooth_step
    >>> check_smooth_step(lambda x: 0.5 + np.arctan(np.pi * x) / np.pi, "arctan", alpha=2).ok
    True
    """
    check_callable("step", step, "check_smooth_step", "a function of x")
    return _check(SmoothStepFunction(step), shape, dtype, rng, parameters, "check_smooth_step")


def identify_surrogate(
    slope: Callable[[Array], Any], *, dtype: Any = "float64"
) -> Identification | None:
    """Find the shape that a slope is, or that is nearest to it.

    Parameters
    ----------
    slope : callable
        ``slope(x)`` takes a 1-d array of ``U - v_th`` and returns the slope at each point.
    dtype : dtype
        Precision of ``x``: float32 or float64.

    Returns
    -------
    Identification or None
        ``shape``, its name; ``parameters``, fitted; ``misfit``, the relative difference in the
        least-squares norm; and ``exact``, whether that is rounding. None if the slope is 0
        everywhere or not finite somewhere.

    Raises
    ------
    InputError
        If an argument is invalid.

    See Also
    --------
    liaf_ref.oracle.check_surrogate : Check a slope against one shape.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.oracle import identify_surrogate
    >>> identify_surrogate(lambda x: np.maximum(0, 1 - 2 * abs(x)))
    triangle with width = 0.5
    """
    check_callable("slope", slope, "identify_surrogate", "a function of x")
    chosen = check_float_dtype("dtype", dtype, "identify_surrogate", DTYPES)
    return identify(lambda x: np.asarray(slope(x), float), chosen)


def shape_and_parameters(
    name: str, parameters: dict[str, Any], where: str
) -> tuple[Shape, dict[str, float]]:
    """Validate a shape's name and parameters, and fill in defaults."""
    if not isinstance(name, str) or name not in SHAPES:
        hint = did_you_mean(name, SHAPES) if isinstance(name, str) else ""
        reason = f"expected one of {', '.join(SHAPES)}; got {describe_value(name)}{hint}"
        raise InputError.for_argument("shape", where, reason)
    shape = SHAPES[name]
    for given, value in parameters.items():
        if given not in shape.known:
            reason = f"{name} has no such parameter; it has {', '.join(shape.known)}"
            raise InputError.for_argument(given, where, reason)
        domain = shape.known[given]
        check_number(given, value, where, domain.allows, domain.describe_domain())
    return shape, shape.complete({k: float(v) for k, v in parameters.items()})


def _check(
    under_test: SlopeFunction,
    name: str,
    dtype: Any,
    rng: Any,
    parameters: dict[str, Any],
    where: str,
) -> SurrogateReport:
    # Only here: the checker needs the shapes, because a backend may declare one.
    from liaf_ref.oracle.checker import backend_name  # noqa: PLC0415

    shape, values = shape_and_parameters(name, parameters, where)
    chosen = check_float_dtype("dtype", dtype, where, DTYPES)
    run = _Run(under_test, shape, values, chosen, under_test.accepted(shape.known))
    points, findings = run.compare_all(check_rng("rng", rng, where))
    diagnosis, found = run.diagnose(findings)
    untested = tuple(n for n in shape.parameters if n not in run.arguments)
    return SurrogateReport(
        backend_name(under_test.function), name, values, chosen.name, points, tuple(findings),
        diagnosis, found, untested,
    )  # fmt: skip


class _Run(NamedTuple):
    """One check of a function."""

    under_test: SlopeFunction
    shape: Shape
    values: dict[str, float]
    dtype: Any
    arguments: tuple[str, ...]

    def question(self, x: Array, threshold: float | None, **changed: float) -> Question:
        """The points with the parameters that the function takes, some of them changed."""
        values = {**self.values, **changed}
        passed = {name: values[name] for name in self.arguments}
        return Question(self.shape, values, x, threshold, passed)

    def compare_all(self, rng: np.random.Generator) -> tuple[int, list[SurrogateFinding]]:
        """Compare every group of points: each parameter and the threshold is varied alone."""
        points, findings = 0, list[SurrogateFinding]()
        first, *more = self.under_test.thresholds
        settings: list[tuple[float | None, dict[str, float]]] = [
            (threshold, {}) for threshold in (first, *more)
        ]
        settings += [(first, {name: v}) for name in self.arguments for v in self.others(name)]
        for threshold, changed in settings:
            values = {**self.values, **changed}
            for group, x in points_to_test(self.shape, values, self.dtype, rng).items():
                q = self.question(x, threshold, **changed)
                q = q._replace(x=self.under_test.points(q))
                points += q.x.size
                findings += self.compare(group, q) if q.x.size else ()
        return points, findings

    def others(self, name: str) -> list[float]:
        """Two other values of a parameter."""
        return self.shape.known[name].other_values(self.values[name])

    def compare(self, group: str, q: Question) -> Iterator[SurrogateFinding]:
        """Compare one group; of each array that is wrong, the worst point."""
        answer = self.under_test.ask(q)
        about: Callable[..., SurrogateFinding] = partial(
            SurrogateFinding, group, q.values, q.threshold
        )
        if message := answer.problem or answer.warning:
            yield about(message=message)
        for c in () if answer.problem else self.under_test.compare(q, answer.arrays):
            error = abs(c.actual - c.expected)
            wrong = ~(error <= c.tolerance)
            if wrong.any():
                with np.errstate(divide="ignore", invalid="ignore"):
                    ratio = np.where(np.isnan(error), np.inf, error / c.tolerance)
                k = int(np.argmax(np.where(wrong, ratio, -1.0)))
                at = [float(each[k]) for each in (q.x, c.expected, c.actual, c.tolerance)]
                yield about(c.quantity, *at, int(wrong.sum()), int(q.x.size))

    def slope_at(self, threshold: float | None, **changed: float) -> Callable[[Array], Array]:
        """The function's slope over U - v_th."""
        return lambda x: self.under_test.slope(self.question(x, threshold, **changed))

    def diagnose(
        self, findings: Sequence[SurrogateFinding]
    ) -> tuple[tuple[str, ...], Identification | None]:
        """Name what the function computes instead."""
        if not any(finding.wrong for finding in findings):  # only exceptions and warnings
            return (), None
        texts = list(self._ignored_parameters())
        if mistakes := list(diagnose_threshold(list(self._measured()), self.shape, self.values)):
            return tuple(mistakes + texts), None
        if all(finding.quantity == "spike" for finding in findings):
            return ("the slope is right, the spikes are not", *texts), None
        base = self.slope_at(self.under_test.thresholds[0])
        subject = Subject(self.under_test.subject, base, self.shape, self.values, self.dtype)
        found, identified = subject.diagnose()
        return (*texts, *found), identified

    def _measured(self) -> Iterator[Measured]:
        x = np.linspace(-4, 4, 257).astype(self.dtype)
        for threshold in self.under_test.thresholds:
            y = self.slope_at(threshold)(x)
            if threshold is not None and y.shape == x.shape and y.any():
                yield Measured(x, y, threshold)

    def _ignored_parameters(self) -> Iterator[str]:
        x = np.linspace(-2, 2, 65).astype(self.dtype)
        threshold = self.under_test.thresholds[0]
        base = self.slope_at(threshold)(x)
        for name in self.arguments if base.any() else ():
            others = self.others(name)
            same = [self.slope_at(threshold, **{name: v})(x) for v in others]
            if same and all(np.array_equal(y, base, equal_nan=True) for y in same):
                shown = ", ".join(f"{v:g}" for v in (self.values[name], *others))
                yield f"{name} is ignored: the slope is the same for {name} = {shown}"
