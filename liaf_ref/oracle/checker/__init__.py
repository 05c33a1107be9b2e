"""Run a backend on cases with known answers, compare the arrays, and diagnose errors."""

import inspect
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_callable, check_takes_one_argument
from liaf_ref.oracle.checker.report import Report as Report
from liaf_ref.oracle.checker.run import Judge, run_check
from liaf_ref.oracle.checker.selection import Waiver as Waiver
from liaf_ref.oracle.checker.selection import select_cases
from liaf_ref.oracle.checker.verdict import Backend as Backend
from liaf_ref.oracle.checker.verdict import Verdict as Verdict
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.golden import GoldenCase

EXPECTED_BACKEND = "a function that takes a Case and returns a dict of arrays"


def check_backend(
    backend: Backend,
    *,
    dtype: Any = "float32",
    levels: str | Iterable[str] | None = None,
    pattern: str = "*",
    waivers: Path | str | Iterable[Waiver] | None = None,
    cases: Iterable[GoldenCase] | None = None,
    declaration: Declaration | Path | str | Mapping[str, Any] | None = None,
) -> Report:
    """Check an implementation against cases with known answers, and diagnose its errors.

    Parameters
    ----------
    backend : callable
        ``backend(case)`` takes a :class:`liaf_ref.oracle.Case` and returns a dict of arrays by
        name. It raises :class:`liaf_ref.oracle.Declined` for a case that it does not support.
    dtype : dtype
        Precision of the check, float32 or float64. ``"float16"``, ``"bfloat16"``, ``"tf32"`` and
        fixed point such as ``"q4.12"`` are checked with random cases, whose numbers have as few
        bits; by default with ``RandomCases(100, dtype=dtype)``.
    levels : str or iterable of str, optional
        Levels to run, such as ``"L0"`` or ``"L0,L2"``; all by default. :func:`golden_cases`
        describes the levels.
    pattern : str
        Pattern of the case names to run, with ``*`` and ``?``.
    waivers : path or iterable of Waiver, optional
        Known deviations: a TOML file, or a list.
    cases : iterable of GoldenCase, optional
        Cases to run instead of those of this package, which are the golden cases and 500 random
        ones: such as :func:`golden_cases` alone, or other :class:`liaf_ref.oracle.RandomCases`.
    declaration : Declaration, path or mapping, optional
        The backend's own conventions, by which it is checked: from :func:`liaf_ref.oracle.declare`,
        or a TOML file or dict for it. The paper's conventions by default. Other answers are known
        for the golden cases only; with `cases`, also for random ones.

    Returns
    -------
    Report
        The verdict on each case, and a diagnosis. The report is true if the backend is correct,
        and prints as text.

    Raises
    ------
    InputError
        If an argument is invalid, or ``backend`` cannot be called with one argument.
    FormatError
        If the waiver file is invalid.

    Examples
    --------
    The reference as a backend:

    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import run
    >>> report = lr.check_backend(run, levels="L0", pattern="l0_lif_*")
    >>> report.ok
    True

    A backend with a wrong sign:

    >>> def wrong(case):
    ...     return {name: -array for name, array in run(case).items()}
    >>> lr.check_backend(wrong, pattern="l0_lif_all_mu0300").failed
    (failed    l0_lif_all_mu0300  ...,)
    """
    check_is_backend(backend)
    selection = select_cases(dtype, levels, pattern, waivers, cases, declaration)
    return run_check(backend_name(backend), selection, partial(map, Judge(backend, selection)))


def check_is_backend(backend: object, source: str = "check_backend") -> None:
    """Refuse what would fail every case before one is run."""
    if inspect.isclass(backend):
        reason = f"expected {EXPECTED_BACKEND}, got the class {backend.__qualname__}"
        raise InputError.for_argument("backend", source, reason)
    call = check_callable("backend", backend, source, EXPECTED_BACKEND)
    hint = "; case is a liaf_ref.oracle.Case, the answer a dict of arrays"
    check_takes_one_argument("backend", call, source, "backend(case)", hint)


def backend_name(backend: Backend) -> str:
    """Module and qualified name of a function or class, or what an object calls itself."""
    is_default = str(backend) == object.__repr__(backend)  # <module.Class object at 0x...>
    named: Any = type(backend) if is_default else backend
    name = getattr(named, "__qualname__", None)
    module = getattr(named, "__module__", None)
    return ":".join(part for part in (module, name) if part) if name else str(backend)
