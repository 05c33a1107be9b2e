"""Run a backend over cases with known answers, and say what is wrong with it."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_callable, check_choice, check_instance, check_items
from liaf_ref.oracle.case import LEVELS
from liaf_ref.oracle.checker.diagnose import diagnose
from liaf_ref.oracle.checker.explanation import Diagnosis
from liaf_ref.oracle.checker.finding import Finding
from liaf_ref.oracle.checker.report import Report
from liaf_ref.oracle.checker.verdict import Backend, Verdict, judge
from liaf_ref.oracle.checker.waivers import Waiver, apply_waivers, read_waivers, unused_waivers
from liaf_ref.oracle.error_bounds import tolerances
from liaf_ref.oracle.golden import GoldenCase

DTYPES = ("float32", "float64")

__all__ = [
    "DTYPES",
    "Backend",
    "Diagnosis",
    "Finding",
    "Report",
    "Verdict",
    "Waiver",
    "check_backend",
]


def check_backend(
    backend: Backend,
    *,
    dtype: str = "float32",
    levels: Iterable[str] | None = None,
    case_pattern: str = "*",
    waivers: Path | str | Iterable[Waiver] | None = None,
    cases: Iterable[GoldenCase] | None = None,
) -> Report:
    """Check a backend.

    Parameters
    ----------
    backend : callable
        From a case to its answer, ``{name: array}``; it raises
        :class:`liaf_ref.oracle.Declined` for what it cannot express.
    dtype : str
        ``float32`` or ``float64``.
    levels : iterable of str, optional
        Of :data:`liaf_ref.oracle.case.LEVELS`; all by default.
    named : str
        A pattern of the names of cases to run, with ``*`` and ``?``.
    waivers : path or iterable of Waiver, optional
        Deviations that are known.
    cases : iterable of Golden, optional
        By default the published set.

    Returns
    -------
    Report
        Verdicts and diagnosis; print it.

    Raises
    ------
    InputError
        If an argument is not so.
    FormatError
        If the file of waivers is not what it should be.
    """
    check_callable("backend", backend, "check", "a function from a case to its answer")
    check_instance("named", case_pattern, str, "check", "a pattern of names")
    expected = f"levels out of {', '.join(LEVELS)}"
    levels = check_items("levels", LEVELS if levels is None else levels, str, "check", expected)
    known, goldens = _resolve_arguments(dtype, levels, waivers, cases)
    chosen = [
        golden
        for golden in goldens
        if golden.case.level in levels and fnmatchcase(golden.case.name, case_pattern)
    ]
    verdicts = tuple(apply_waivers(judge(backend, golden, dtype), known) for golden in chosen)
    problems = unused_waivers(known, verdicts, (golden.case.name for golden in goldens))
    if all(verdict.status == "declined" for verdict in verdicts):
        problems.append("no case was checked")
    diagnosis = diagnose(verdicts, dtype, tolerances)
    return Report(backend_name(backend), dtype, verdicts, tuple(problems), diagnosis)


def _resolve_arguments(
    dtype: str,
    levels: Iterable[str],
    waivers: Path | str | Iterable[Waiver] | None,
    cases: Iterable[GoldenCase] | None,
) -> tuple[tuple[Waiver, ...], tuple[GoldenCase, ...]]:
    check_choice("dtype", dtype, DTYPES, "check")
    for level in levels:
        if level not in LEVELS:
            raise InputError.for_argument(
                "levels", "check", f"expected of {', '.join(LEVELS)}, got {level!r}"
            )
    if isinstance(waivers, Path | str):
        waivers = read_waivers(Path(waivers))
    known = check_items("waivers", () if waivers is None else waivers, Waiver, "check", "waivers")
    given = load_golden_cases() if cases is None else cases
    return known, check_items("cases", given, GoldenCase, "check", "golden cases")


def load_golden_cases() -> tuple[GoldenCase, ...]:
    """The published set; read when it is first asked for."""
    from liaf_ref.oracle.golden.published import golden_cases as read_set  # noqa: PLC0415

    return read_set()


def backend_name(backend: Backend) -> str:
    """A backend's name: its own, or its module's and qualified name."""
    module = getattr(backend, "__module__", "")
    name = getattr(backend, "__qualname__", None)
    return f"{module}:{name}" if name else str(backend)
