"""The report of a check: text, JSON and JUnit XML."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from liaf_ref import __version__
from liaf_ref._core.text import count, replace_invalid_xml_chars
from liaf_ref.oracle import draw
from liaf_ref.oracle.checker.diagnose import Diagnosis
from liaf_ref.oracle.checker.verdict import STATUSES, Verdict, fields
from liaf_ref.oracle.declaration import PAPER, Declaration
from liaf_ref.oracle.golden import manifest
from liaf_ref.oracle.specification import ProfileResult

MAX_LISTED = 10  # lines of failed cases in a printed report


@dataclass(frozen=True)
class Report:
    """The result of :func:`check_backend`.

    A report is true if the backend is correct. It prints as text.

    Parameters
    ----------
    backend : str
        Name of the backend.
    dtype : str
        Precision of the check.
    verdicts : tuple of Verdict
        One verdict for each case.
    problems : tuple of str
        Other problems: unused waivers, or a backend that declined every case.
    diagnosis : Diagnosis
        The known conventions that explain the failed cases.
    coverage : Coverage, optional
        For random cases: what they covered, and how to draw them again.
    profiles : tuple of ProfileResult
        The profiles of the specification, each with the number of its cases that passed, failed
        and were declined. Empty unless all published cases were checked.
    not_run : int
        Number of cases that were not run, because the check stopped at the first failed case.
    declaration : Declaration
        The conventions by which the backend was judged; the paper's by default.

    Attributes
    ----------
    ok : bool
        True if no case failed, every waiver is used, and at least one case was not declined.
    passed, failed, waived, declined : tuple of Verdict
        The verdicts by status. ``failed[0].findings`` lists all wrong arrays of the first failed
        case, and ``failed[0].traceback`` is the traceback if the backend raised an exception.
    worst_passed : Verdict or None
        The passed case with the largest error relative to its tolerance.

    See Also
    --------
    liaf_ref.check_backend : Check a backend and return a report.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import run
    >>> def backend(case):
    ...     answer = run(case)
    ...     return answer | {"grad/in/X": 2 * answer["grad/in/X"]}
    >>> report = lr.check_backend(backend, pattern="l0_dense")
    >>> report.ok, len(report.passed), len(report.failed)
    (False, 0, 1)
    >>> report.failed[0].first_finding.tensor
    'grad/in/X'
    """

    backend: str
    dtype: str
    verdicts: tuple[Verdict, ...]
    problems: tuple[str, ...]
    diagnosis: Diagnosis
    coverage: draw.Coverage | None = None
    profiles: tuple[ProfileResult, ...] = ()
    not_run: int = 0
    declaration: Declaration = PAPER

    def with_status(self, status: str) -> tuple[Verdict, ...]:
        """Return the verdicts with one status.

        Parameters
        ----------
        status : str
            ``passed``, ``failed``, ``waived`` or ``declined``.

        Returns
        -------
        tuple of Verdict
            The verdicts in the order of the cases.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> from liaf_ref.oracle import run
        >>> lr.check_backend(run, pattern="l0_dense").with_status("passed")
        (passed    l0_dense  largest error ... times the tolerance (...),)
        """
        return tuple(verdict for verdict in self.verdicts if verdict.status == status)

    @property
    def passed(self) -> tuple[Verdict, ...]:
        """Cases in which all arrays are within their tolerances."""
        return self.with_status("passed")

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """Cases with a wrong or missing array, or an exception."""
        return self.with_status("failed")

    @property
    def waived(self) -> tuple[Verdict, ...]:
        """Failed cases in which a waiver matches every deviation."""
        return self.with_status("waived")

    @property
    def declined(self) -> tuple[Verdict, ...]:
        """Cases that the backend does not support."""
        return self.with_status("declined")

    @property
    def ok(self) -> bool:
        """True if no case failed, every waiver is used, and at least one case was not declined."""
        return not self.failed and not self.problems

    def __bool__(self) -> bool:
        return self.ok

    @property
    def worst_passed(self) -> Verdict | None:
        """The passed case with the largest error relative to its tolerance."""
        return max(self.passed, key=lambda verdict: verdict.worst_ratio, default=None)

    def __str__(self) -> str:
        counts = ", ".join(f"{len(self.with_status(status))} {status}" for status in STATUSES)
        lines = [f"{self.backend}, {self.dtype}: {count(len(self.verdicts), 'case')}: {counts}"]
        departs = bool(self.declaration.departures)
        if self.declaration != PAPER:
            judged = " (not the paper's convention)" if departs else ""
            drawn = "" if self.coverage else "; stored cases only: --random N draws others"
            lines.append(f"declared: {self.declaration}{judged}{drawn}")
        if self.coverage is not None:
            lines += str(self.coverage).splitlines()
        if worst := self.worst_passed:
            at = f" ({worst.name}, {worst.worst_tensor})" if worst.worst_ratio else ""
            ratio = f"{worst.worst_ratio:.2g} times the tolerance{at}"
            lines.append(f"largest error among passed cases: {ratio}")
        for passed, start in ((True, "profiles passed"), (False, "profiles not passed")):
            if named := [str(result) for result in self.profiles if result.ok == passed]:
                lines.append(f"{start}: {', '.join(named)}")
        if self.not_run:
            number = count(self.not_run, "case was", "cases were")
            lines.append(f"stopped at the first failed case: {number} not run")
        lines += [line for status in STATUSES[1:] for line in self._listed(status)]
        lines += [f"failed    {problem}" for problem in self.problems]
        if text := str(self.diagnosis):
            title = "departs from the declaration" if departs else "diagnosis"
            lines += ["", title, *(f"  {line}" for line in text.splitlines())]
        return "\n".join(lines)

    __repr__ = __str__

    def _listed(self, status: str) -> list[str]:
        """The cases of a status; those with the same text, or error, on one line."""
        verdicts = self.with_status(status)
        groups = _by_cause(verdicts)
        lines = list[str]()
        for first, *more in groups[:MAX_LISTED]:
            several = f"{status:<10}{1 + len(more)} x {first.summary()} (first: {first.name})"
            lines.append(several if more else str(first))
        if rest := sum(map(len, groups[MAX_LISTED:])):
            others = count(rest, "more case")
            lines.append(f"{'':<10}and {others}; report.{status} or --json has all")
        traced = [k for k, verdict in enumerate(verdicts) if verdict.traceback]
        if status == "failed" and traced:
            where = f"report.failed[{traced[0]}].traceback, --traceback or --json"
            lines.append(f"{'':<10}traceback: {where}")
        return lines

    def tracebacks(self) -> str:
        """Return the tracebacks of the exceptions that the backend raised.

        Returns
        -------
        str
            One traceback for each place in the backend's code, after the number of cases and the
            name of the first; empty if the backend raised none.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> print(lr.check_backend(lambda case: case["W"], pattern="l0_last").tracebacks())
        1 case raised (first: l0_last):
        Traceback (most recent call last):
        ...
        """
        return "\n".join(
            f"{count(len(same), 'case')} raised (first: {same[0].name}):\n{same[0].traceback}"
            for same in _by_cause(v for v in self.failed if v.traceback)
        )

    def to_dict(self) -> dict[str, Any]:
        """Convert the report to a dict for ``json.dumps``.

        Returns
        -------
        dict
            ``versions`` of the package, of the golden format and of the draw;
            ``backend``, ``dtype``, ``ok``; the number of cases for each status; ``worst_ratio``
            of the passed cases; ``profiles``, empty unless all published cases were checked;
            ``not_run``; ``declaration``, what departs from the paper, as lines of TOML;
            ``problems``; ``cases``, from :meth:`Verdict.to_dict`; ``diagnosis``; and of drawn
            cases ``coverage``.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> from liaf_ref.oracle import run
        >>> lr.check_backend(run, pattern="l0_dense").to_dict()["passed"]
        1
        """
        worst = self.worst_passed
        versions = {"package": __version__, "format": manifest.VERSION, "draw": draw.VERSION}
        return {
            "versions": versions,
            **fields(self, "backend dtype ok"),
            **{status: len(self.with_status(status)) for status in STATUSES},
            "worst_ratio": worst.worst_ratio if worst else None,
            "profiles": [result.to_dict() for result in self.profiles],
            "not_run": self.not_run,
            "declaration": [*self.declaration.departures, *self.declaration.restricted],
            "problems": list(self.problems),
            "cases": [verdict.to_dict() for verdict in self.verdicts],
            "diagnosis": self.diagnosis.to_dict(),
            **({} if self.coverage is None else {"coverage": self.coverage.to_dict()}),
        }


def _by_cause(verdicts: Iterable[Verdict]) -> list[list[Verdict]]:
    """Cases that share the place of an error, as texts may name arrays; or the text."""
    groups: dict[object, list[Verdict]] = {}
    for verdict in verdicts:
        frames = tuple(re.findall("^  File .*", verdict.traceback, re.MULTILINE))
        groups.setdefault(frames or verdict.summary(), []).append(verdict)
    return list(groups.values())


def junit_xml(report: Report) -> bytes:
    """Write a report."""
    counts = {
        "tests": len(report.verdicts) + len(report.problems),
        "failures": len(report.failed) + len(report.problems),
        "skipped": len(report.waived) + len(report.declined),
    }
    name = f"liaf-ref oracle check {report.backend} {report.dtype}"
    suite = Element("testsuite", {"name": name, **{k: str(n) for k, n in counts.items()}})
    for verdict in report.verdicts:
        group = f"liaf_ref.oracle.{verdict.golden.case.level}"
        case = SubElement(suite, "testcase", classname=group, name=verdict.name)
        if verdict.status == "failed":
            SubElement(case, "failure", message=verdict.summary()).text = verdict.details
        elif verdict.status != "passed":
            SubElement(case, "skipped", message=f"{verdict.status}: {verdict.reason}")
    for problem in report.problems:
        case = SubElement(suite, "testcase", classname="liaf_ref.oracle", name=problem)
        SubElement(case, "failure", message=problem)
    if text := str(report.diagnosis):
        SubElement(suite, "system-out").text = text
    document = replace_invalid_xml_chars(tostring(suite, encoding="unicode"))
    return f"<?xml version='1.0' encoding='utf-8'?>\n{document}".encode()
