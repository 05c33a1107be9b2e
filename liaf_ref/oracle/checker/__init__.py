"""Run a backend on cases with known answers, compare, and diagnose what is wrong."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_callable, check_choice, check_instance, check_items
from liaf_ref.oracle.case import check_levels
from liaf_ref.oracle.checker.diagnose import diagnose
from liaf_ref.oracle.checker.explanation import Diagnosis
from liaf_ref.oracle.checker.finding import Finding
from liaf_ref.oracle.checker.report import Report
from liaf_ref.oracle.checker.verdict import DTYPES, Backend, Verdict, judge
from liaf_ref.oracle.checker.waivers import Waiver, apply_waivers, read_waivers, unused_waivers
from liaf_ref.oracle.error_bounds import tolerances
from liaf_ref.oracle.golden import GoldenCase

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
    levels: str | Iterable[str] | None = None,
    pattern: str = "*",
    waivers: Path | str | Iterable[Waiver] | None = None,
    cases: Iterable[GoldenCase] | None = None,
) -> Report:
    """Check an implementation against the golden set, and explain what is wrong with it.

    Parameters
    ----------
    backend : callable
        From a :class:`liaf_ref.oracle.Case` to its answer, ``{name: array}``; it raises
        :class:`liaf_ref.oracle.Declined` for what it cannot express.
    dtype : str
        ``float32`` or ``float64``.
    levels : str or iterable of str, optional
        Levels such as ``"L0"`` or ``"L0,L2..L4"``, see :func:`golden_cases`; all by default.
    pattern : str
        Pattern of the names of cases to run, with ``*`` and ``?``.
    waivers : path or iterable of Waiver, optional
        Known deviations.
    cases : iterable of GoldenCase, optional
        The cases; the published set by default.

    Returns
    -------
    Report
        ``ok``, ``passed``, ``failed``, ``waived``, ``declined`` and a diagnosis; it prints as
        text.

    Raises
    ------
    InputError
        If an argument is invalid.
    FormatError
        If the file of waivers is invalid.

    Examples
    --------
    The reference checks itself:

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
    check_callable(
        "backend",
        backend,
        "check_backend",
        "a callable that takes a Case and returns a dict of arrays",
    )
    check_instance("pattern", pattern, str, "check_backend", "a pattern of names")
    check_choice("dtype", dtype, DTYPES, "check_backend")
    chosen_levels = check_levels(levels, "check_backend")
    known, golden_cases = _resolve_arguments(waivers, cases)
    selected = [
        golden
        for golden in golden_cases
        if golden.case.level in chosen_levels and fnmatchcase(golden.case.name, pattern)
    ]
    if not selected:
        reason = f"expected one that a golden case of {', '.join(chosen_levels)} matches"
        raise InputError.for_argument("pattern", "check_backend", f"{reason}, got {pattern!r}")
    verdicts = tuple(apply_waivers(judge(backend, golden, dtype), known) for golden in selected)
    problems = unused_waivers(known, verdicts, (golden.case.name for golden in golden_cases))
    if all(verdict.status == "declined" for verdict in verdicts):
        problems.append("the backend declined every selected case")
    diagnosis = diagnose(verdicts, dtype, tolerances)
    return Report(backend_name(backend), dtype, verdicts, tuple(problems), diagnosis)


def _resolve_arguments(
    waivers: Path | str | Iterable[Waiver] | None, cases: Iterable[GoldenCase] | None
) -> tuple[tuple[Waiver, ...], tuple[GoldenCase, ...]]:
    if isinstance(waivers, Path | str):
        waivers = read_waivers(Path(waivers))
    known = check_items(
        "waivers", () if waivers is None else waivers, Waiver, "check_backend", "waivers"
    )
    given = load_golden_cases() if cases is None else cases
    return known, check_items("cases", given, GoldenCase, "check_backend", "golden cases")


def load_golden_cases() -> tuple[GoldenCase, ...]:
    """The published set; read at the first call."""
    from liaf_ref.oracle.golden.published import golden_cases as read_set  # noqa: PLC0415

    return read_set()


def backend_name(backend: Backend) -> str:
    """A backend's name: its own, or its module's and qualified name."""
    module = getattr(backend, "__module__", "")
    name = getattr(backend, "__qualname__", None)
    return f"{module}:{name}" if name else str(backend)
