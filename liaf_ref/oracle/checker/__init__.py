"""Run a backend on cases with known answers, compare the arrays, and diagnose errors."""

import inspect
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.signatures import checked_call
from liaf_ref._core.validation import check_callable, check_float_dtype, check_instance, check_items
from liaf_ref._core.validation.containers import check_takes_one_argument
from liaf_ref.oracle.case import DTYPES, check_levels
from liaf_ref.oracle.checker.diagnose import diagnose
from liaf_ref.oracle.checker.explanation import Diagnosis
from liaf_ref.oracle.checker.finding import Finding
from liaf_ref.oracle.checker.repeat import ask_again
from liaf_ref.oracle.checker.report import Report
from liaf_ref.oracle.checker.verdict import Backend, Verdict, judge
from liaf_ref.oracle.checker.waivers import Waiver, apply_waivers, read_waivers, unused_waivers
from liaf_ref.oracle.error_bounds import tolerances
from liaf_ref.oracle.golden import GoldenCase, golden_cases
from liaf_ref.oracle.golden.published import no_match
from liaf_ref.oracle.random_cases import RandomCases

__all__ = [
    "Backend",
    "Diagnosis",
    "Finding",
    "Report",
    "Verdict",
    "Waiver",
    "check_backend",
]
EXPECTED_BACKEND = "a function that takes a Case and returns a dict of arrays"
KEYWORD_HINTS = dict.fromkeys(
    ("tol", "tolerance", "rtol", "atol"), "every golden case has tolerances of its own"
) | dict.fromkeys(("case", "name", "names"), "did you mean 'pattern'?")


@checked_call(**KEYWORD_HINTS)
def check_backend(
    backend: Backend,
    *,
    dtype: Any = "float32",
    levels: str | Iterable[str] | None = None,
    pattern: str = "*",
    waivers: Path | str | Iterable[Waiver] | None = None,
    cases: Iterable[GoldenCase] | None = None,
) -> Report:
    """Check an implementation against the golden cases, and diagnose its errors.

    Parameters
    ----------
    backend : callable
        ``backend(case)`` takes a :class:`liaf_ref.oracle.Case` and returns a dict of arrays by
        name. It raises :class:`liaf_ref.oracle.Declined` for a case that it does not support.
    dtype : dtype
        Precision of the check, float32 or float64.
    levels : str or iterable of str, optional
        Levels to run, such as ``"L0"`` or ``"L0,L2..L4"``; all by default. :func:`golden_cases`
        describes the levels.
    pattern : str
        Pattern of the case names to run, with ``*`` and ``?``.
    waivers : path or iterable of Waiver, optional
        Known deviations: a TOML file, or a list.
    cases : iterable of GoldenCase, optional
        Cases to run instead of the golden cases of this package, such as
        :func:`liaf_ref.oracle.random_cases`.

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
    check_instance("pattern", pattern, str, "check_backend", "a pattern of names")
    dtype = check_float_dtype("dtype", dtype, "check_backend", DTYPES).name
    chosen_levels = check_levels(levels, "check_backend")
    known, available = _resolve_arguments(waivers, cases)
    names = _names(available)
    selected = _select(available, names, chosen_levels, pattern)
    answered = [judge(backend, golden, dtype) for golden in selected]
    if not answered:
        raise no_match(pattern, names, chosen_levels, "check_backend")
    repeated = ask_again(backend, answered, dtype)
    verdicts = tuple(apply_waivers(verdict, known) for verdict in repeated)
    problems = unused_waivers(known, verdicts, names)
    if all(verdict.status == "declined" for verdict in verdicts):
        problems.append("the backend declined every selected case")
    diagnosis, coverage = diagnose(verdicts, dtype, tolerances), None
    if isinstance(available, RandomCases):
        coverage = available.coverage((v.golden, v.status == "declined") for v in verdicts)
    return Report(backend_name(backend), dtype, verdicts, tuple(problems), diagnosis, coverage)


def _names(cases: Sequence[GoldenCase]) -> Sequence[str]:
    """The names; of random cases without drawing them."""
    return cases.names if isinstance(cases, RandomCases) else [golden.name for golden in cases]


def _select(
    cases: Sequence[GoldenCase], names: Sequence[str], levels: Sequence[str], pattern: str
) -> Iterator[GoldenCase]:
    """The cases of some levels that match a pattern, one by one as they are needed."""
    for k, name in enumerate(names):
        if fnmatchcase(name, pattern) and (golden := cases[k]).case.level in levels:
            yield golden


def _resolve_arguments(
    waivers: Path | str | Iterable[Waiver] | None, cases: Iterable[GoldenCase] | None
) -> tuple[tuple[Waiver, ...], Sequence[GoldenCase]]:
    if isinstance(waivers, Path | str):
        waivers = read_waivers(Path(waivers))
    known = check_items(
        "waivers",
        () if waivers is None else waivers,
        Waiver,
        "check_backend",
        "a TOML file or a list of waivers",
    )
    if isinstance(cases, RandomCases):
        return known, cases
    given = golden_cases() if cases is None else cases
    available = check_items("cases", given, GoldenCase, "check_backend", "a list of golden cases")
    if not available:
        raise InputError.for_argument("cases", "check_backend", "expected at least one, got none")
    return known, available


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
