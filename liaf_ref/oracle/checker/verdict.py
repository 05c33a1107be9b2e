"""A backend on one case: passed, failed, waived or declined."""

import contextlib
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from liaf_ref._core.errors import RunError
from liaf_ref._core.imports import format_exception
from liaf_ref._core.text import count
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.checker.comparison import (
    STAGES,
    Finding,
    compare_values,
    errors_and_tolerances,
    shortened,
    validate_answer,
    worst_ratio,
)
from liaf_ref.oracle.declined import Declined
from liaf_ref.oracle.golden import GoldenCase

Backend = Callable[[Case], Mapping[str, Any]]
MAX_TRACEBACK_LINES = 200
STATUSES = ("passed", "failed", "waived", "declined")


@dataclass(frozen=True)
class Verdict:
    """The result of one case. It prints as one line.

    Parameters
    ----------
    golden : GoldenCase
        The case with the expected answer.
    status : str
        ``passed``, ``failed``, ``waived`` or ``declined``.
    findings : tuple of Finding
        The wrong arrays, sorted by stage of the check and then by place in the network. A finding
        has ``tensor``, ``stage`` and ``text``. For wrong numbers it also has ``node``, ``step``,
        ``error``, ``tolerance`` and ``ratio``.
    worst_ratio : float
        Largest error divided by tolerance, over all compared arrays.
    worst_tensor : str
        Name of the array with that error.
    unbounded : int
        Number of entries that were not compared, because their tolerance is infinite.
    reason : str
        The reason if the case was declined or waived.
    traceback : str
        The traceback if the backend raised an exception.
    arrays : mapping of str to ndarray
        The compared arrays.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import run
    >>> golden = lr.golden_case("l0_lif_all_mu0300")
    >>> answer = run(golden.case.astype("float32"))
    >>> golden.compare(answer)
    passed    l0_lif_all_mu0300  largest error ... times the tolerance (...)
    >>> verdict = golden.compare(answer | {"exp/n.U": 2 * answer["exp/n.U"]})
    >>> verdict.status, verdict.first_finding.node, verdict.first_finding.step
    ('failed', 'n', 1)
    """

    golden: GoldenCase
    status: str
    findings: tuple[Finding, ...] = ()
    worst_ratio: float = 0.0
    worst_tensor: str = ""
    unbounded: int = 0
    reason: str = ""
    traceback: str = ""
    arrays: Mapping[str, Array] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{self.status:<10}{self.name}  {self.summary()}"

    __repr__ = __str__

    @property
    def name(self) -> str:
        """The name of the case."""
        return self.golden.case.name

    @property
    def first_finding(self) -> Finding | None:
        """The first error: forward through the network, then backward."""
        return min(self.findings, key=lambda f: f.sort_key, default=None)

    def summary(self) -> str:
        """Describe the result in one line.

        Returns
        -------
        str
            The largest error of a passed case, the first finding of a failed one with the number
            of other findings, or the reason.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.golden_case("l0_last").compare({}).summary()
        'exp/r.Y: missing from the answer (and 1 more of 2 arrays)'
        """
        text = self.reason
        if self.status == "passed":
            at = f" ({self.worst_tensor})" if self.worst_ratio else ""
            text = f"largest error {self.worst_ratio:.2g} times the tolerance{at}"
        elif self.status == "failed" and self.first_finding is not None:
            more = len(self.findings) - 1
            also = f" (and {more} more of {len(self.golden.expected)} arrays)" if more else ""
            text = self.first_finding.text + also
        if self.unbounded:
            entries = count(self.unbounded, "entry", "entries")
            text += f"; {entries} not compared: the tolerance is infinite"
        return text

    def to_dict(self) -> dict[str, Any]:
        """Convert the verdict to a dict for ``json.dumps``.

        Returns
        -------
        dict
            ``case``, ``level``, ``status``, ``stage`` of the first finding, ``first_finding``,
            ``findings``, ``worst_ratio``, ``worst_tensor``, ``unbounded``, ``reason``,
            ``traceback``.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> found = lr.golden_case("l0_last").compare({}).to_dict()
        >>> found["status"], found["stage"], found["first_finding"]["tensor"]
        ('failed', 'names', 'exp/r.Y')
        """
        return {
            "case": self.name,
            "level": self.golden.case.level,
            "status": self.status,
            "stage": self.findings[0].stage if self.findings else None,
            "first_finding": self.first_finding.to_dict() if self.first_finding else None,
            "findings": [finding.to_dict() for finding in self.findings],
            "worst_ratio": self.worst_ratio,
            "worst_tensor": self.worst_tensor,
            "unbounded": self.unbounded,
            "reason": self.reason,
            "traceback": self.traceback,
        }


def judge(backend: Backend, golden: GoldenCase, dtype: str) -> Verdict:
    """Run a backend on one case and compare."""
    with contextlib.redirect_stdout(sys.stderr):
        return _judge(backend, golden, dtype)


def _judge(backend: Backend, golden: GoldenCase, dtype: str) -> Verdict:
    case = golden.case.astype(dtype)
    saved = {name: array.copy() for name, array in case.items()}
    try:
        answer = backend(case)
        if isinstance(answer, Mapping):
            answer = {name: answer[name] for name in answer}  # a mapping's own code runs here
    except Declined as declined:
        return Verdict(golden, "declined", reason=shortened(declined.reason))
    except RunError as error:  # a program that failed; its traceback would be ours
        return _backend_failure(golden, f"failed: {error}")
    except SystemExit as stop:
        return _backend_failure(golden, format_exception(stop), _short_traceback())
    except Exception as error:  # noqa: BLE001 - a backend may raise anything
        text = f"raised {format_exception(error)}"
        if isinstance(error, NotImplementedError):
            text += "; raise liaf_ref.oracle.Declined for what it does not have"
        return _backend_failure(golden, text, _short_traceback())
    if not isinstance(answer, Mapping):
        return _backend_failure(
            golden, f"returned {type(answer).__name__}, expected a mapping of arrays"
        )
    arrays, findings = validate_answer(golden, answer, dtype)
    errors = errors_and_tolerances(golden, arrays, dtype)
    findings += compare_values(golden, arrays, errors)
    for name, array in saved.items():
        if not np.array_equal(array, case[name]):
            findings.append(_backend_finding(f"modified its input {name}"))
    findings.sort(key=lambda f: (STAGES.index(f.stage), f.sort_key))
    status = "failed" if findings else "passed"
    ratio, tensor = worst_ratio(errors)
    unbounded = sum(int(np.isinf(golden.tolerance[dtype][name]).sum()) for name in arrays)
    return Verdict(golden, status, tuple(findings), ratio, tensor, unbounded, arrays=arrays)


def _backend_failure(golden: GoldenCase, text: str, trace: str = "") -> Verdict:
    return Verdict(golden, "failed", (_backend_finding(text),), traceback=trace)


def _backend_finding(text: str) -> Finding:
    return Finding("", "backend", f"the backend {shortened(text)}", (0,))


def _short_traceback() -> str:
    """The traceback of the exception, without the middle of a long one and of long lines."""
    lines = [shortened(line) for line in traceback.format_exc().splitlines()]
    half = MAX_TRACEBACK_LINES // 2
    if len(lines) > MAX_TRACEBACK_LINES:
        lines = [*lines[:half], "  ...", *lines[-half:]]
    return "".join(f"{line}\n" for line in lines)
