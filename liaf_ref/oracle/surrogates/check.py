"""Compare a slope, a spike function or a smooth step with a shape, and report."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np

from liaf_ref._core import validation
from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import real
from liaf_ref._core.text import count
from liaf_ref.oracle.case import DTYPES
from liaf_ref.oracle.checker import backend_name
from liaf_ref.oracle.surrogates.identify import Identification, diagnose, identify
from liaf_ref.oracle.surrogates.measure import SlopeCheck, SpikeCheck, StepCheck, SurrogateFinding
from liaf_ref.oracle.surrogates.table import SHAPES, format_values

Function: TypeAlias = Callable[..., Any]  # under test
Seed: TypeAlias = np.random.Generator | int
MAX_LISTED = 8  # lines of findings in a printed report


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
        asked = ", ".join(filter(None, [self.shape, format_values(self.parameters)]))
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


FIRES = {">=": np.greater_equal, ">": np.greater}
THRESHOLDS = (1.0, 0.5, 2.0, -0.25)


def check_surrogate(
    slope: Function, shape: str, *, dtype: Any = "float32", rng: Seed = 0, **parameters: float
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
    return _report(SlopeCheck, slope, shape, dtype, rng, parameters)


def check_spike(
    spike: Function,
    shape: str,
    *,
    thresholds: Iterable[float] = THRESHOLDS,
    fires: str = ">=",
    dtype: Any = "float32",
    rng: Seed = 0,
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
    where = SpikeCheck.caller
    validation.check_choice("fires", fires, FIRES, where)
    given = validation.check_items("thresholds", thresholds, object, where, "numbers")
    tested = tuple(real().check("thresholds", value, where) for value in given)
    if not tested:
        raise InputError.for_argument("thresholds", where, "expected at least one, got none")
    more = {"thresholds": tested, "fires": FIRES[fires]}
    return _report(SpikeCheck, spike, shape, dtype, rng, parameters, **more)


def check_smooth_step(
    step: Function, shape: str, *, dtype: Any = "float32", rng: Seed = 0, **parameters: float
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
    return _report(StepCheck, step, shape, dtype, rng, parameters)


def identify_surrogate(slope: Function, *, dtype: Any = "float64") -> Identification | None:
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
    where = "identify_surrogate"
    validation.check_callable("slope", slope, where, "a function of x")
    chosen = validation.check_float_dtype("dtype", dtype, where, DTYPES)
    return identify(lambda x: np.asarray(slope(x), float), chosen)


def _report(
    kind: type[SlopeCheck], function: Any, name: Any, dtype: Any, rng: Any, given: Any, **more: Any
) -> SurrogateReport:
    """Check a function of a kind, and say what it computes instead if it is wrong."""
    where = kind.caller
    validation.check_callable(kind.argument, function, where, kind.expected)
    shape = SHAPES[validation.check_choice("shape", name, SHAPES, where)]
    for parameter in given.keys() - shape.parameters.keys():
        reason = f"{name} has no such parameter; it has {', '.join(shape.parameters)}"
        raise InputError.for_argument(parameter, where, reason)
    values = {n: shape.parameters[n].kind.check(n, value, where) for n, value in given.items()}
    chosen = validation.check_float_dtype("dtype", dtype, where, DTYPES)
    check = kind(function, shape.at(values), chosen, **more)
    points, findings = check.run(validation.check_rng("rng", rng, where))
    diagnosis, found = diagnose(check, findings)
    untested = tuple(n for n in shape.own if n not in check.arguments)
    about = backend_name(function), name, check.shape.values, chosen.name
    return SurrogateReport(*about, points, tuple(findings), diagnosis, found, untested)
