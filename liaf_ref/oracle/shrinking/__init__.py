"""Reduce a failing case to the smallest one that fails the same way."""

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import real
from liaf_ref._core.validation import check_instance
from liaf_ref.oracle.checker import Backend, Report, Verdict, check_is_backend
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.declaration import PAPER, Declaration
from liaf_ref.oracle.golden.cases import GoldenCase, check_is_for
from liaf_ref.oracle.golden.manifest import case_entry, storable_name
from liaf_ref.oracle.shrinking.search import Search, failure_of, size_of
from liaf_ref.oracle.shrinking.text import describe, summary

__all__ = ["ShrunkFailure", "shrink", "shrink_failures"]
TIME_LIMIT = 10.0  # seconds
PREFIX = "shrunk_"


@dataclass(frozen=True)
class ShrunkFailure:
    """The smallest case found that fails as a larger one did. It prints as a few lines.

    Parameters
    ----------
    verdict : Verdict
        The failed verdict on the small case; ``verdict.golden`` is the case with its answer.
    name : str
        Name of the larger case.
    candidates : int
        Number of cases that the backend answered.
    seconds : float
        Duration of the search.
    complete : bool
        False if a limit ended the search, so that the case may not be the smallest.

    See Also
    --------
    liaf_ref.oracle.shrink : Shrink a failing case.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import run, shrink
    >>> def backend(case):
    ...     return {name: 2 * a if name == "exp/r.Y" else a for name, a in run(case).items()}
    >>> found = shrink(backend, lr.golden_case("l0_mean"))
    >>> found.golden.case["in/X"].tolist(), found.complete
    ([[[1.0]]], True)
    """

    verdict: Verdict
    name: str
    candidates: int
    seconds: float
    complete: bool

    @property
    def golden(self) -> GoldenCase:
        """The small case with its answer and its tolerances."""
        return self.verdict.golden

    def __str__(self) -> str:
        size = summary(self.golden)
        found = f" to {size}" if self.golden.name != self.name else f": no smaller case; {size}"
        limit = f" (a limit ended the search: {self.candidates} cases, {self.seconds:.1f} s)"
        head = f"shrunk    {self.name}{found}{'' if self.complete else limit}"
        return "\n".join([head, *(f"  {line}" for line in describe(self.verdict))])

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Convert the failure to a dict for ``json.dumps``.

        Returns
        -------
        dict
            ``case``, the name of the larger case; ``nodes`` and ``arrays`` of the small one;
            ``verdict``, from :meth:`Verdict.to_dict`; ``lines``, the printed text; and
            ``candidates``, ``seconds``, ``complete``.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> from liaf_ref.oracle import shrink
        >>> found = shrink(lambda case: {}, lr.golden_case("l0_mean")).to_dict()
        >>> found["case"], found["arrays"]["in/X"]
        ('l0_mean', [[[0.0]]])
        """
        case = case_entry(self.golden, {})
        return {
            "case": self.name,
            **{name: case.get(name) for name in ("nodes", "optimizer", "chunks")},
            "arrays": {name: array.tolist() for name, array in self.golden.case.items()},
            "verdict": self.verdict.to_dict(),
            "lines": str(self).splitlines(),
            **{name: getattr(self, name) for name in ("candidates", "seconds", "complete")},
        }


def shrink(
    backend: Backend,
    golden: GoldenCase,
    *,
    dtype: Any = "float32",
    time_limit: float = TIME_LIMIT,
    declaration: Declaration = PAPER,
) -> ShrunkFailure:
    """Reduce a case that a backend fails to the smallest one that it fails the same way.

    The search removes nodes, samples, steps, neurons and options, then rounds the numbers. Each
    candidate gets its own expected answer and tolerances. A candidate counts if rounding cannot
    explain the error, and if the same kind of array is wrong (or the same exception is raised) at
    the same stage.

    Parameters
    ----------
    backend : callable
        As for :func:`liaf_ref.check_backend`.
    golden : GoldenCase
        A case that the backend fails, such as ``report.failed[0].golden``.
    dtype : dtype
        Precision of the check; a case for few bits is shrunk in its own format.
    time_limit : float
        Seconds after which the search ends; it also ends when the backend has answered 80 cases.
    declaration : Declaration
        The conventions of ``golden``, from :func:`declare`; the paper's by default.

    Returns
    -------
    ShrunkFailure
        The small case with the backend's answer. It prints as a few lines: the network, its
        numbers, expected and got, and the equation of the first wrong array.

    Raises
    ------
    InputError
        If an argument is invalid, or the backend does not fail the case.

    Examples
    --------
    A backend with R = U, whether a neuron fires or not:

    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import run, shrink
    >>> def backend(case):
    ...     answer = run(case)
    ...     return answer | {f"exp/{n.name}.R": answer[f"exp/{n.name}.U"]
    ...                      for n in case.nodes if n.op == "neuron"}
    >>> shrink(backend, lr.golden_case("l2_lif_over_liaf"))
    shrunk    l2_lif_over_liaf to 1 node, 1 sample, 1 step, 1 neuron
      a = neuron(in/X)
        v_th 0, v_reset 0, alpha 0, beta 0, V0 1, dVT 0
        step  X  U  F  R          V  Y  dY
        1     0  1  1  0 (got 1)  0  1  0
      first difference: (5) R = F v_reset + (1 - F) U
        exp/a.R: expected 0, got 1
    """
    check_is_backend(backend, "shrink")
    check_instance("golden", golden, GoldenCase, "shrink", "a GoldenCase")
    check_instance("declaration", declaration, Declaration, "shrink", "a Declaration")
    precision = check_is_for(golden, dtype, "shrink")
    limit = real(0, closed="()").check("time_limit", time_limit, "shrink")
    verdict, start = judge(backend, golden, precision), time.monotonic()
    if failure_of(verdict) is None:
        expected = "expected a case that the backend fails"
        reason = f"{expected}, but {golden.name} {verdict.status}"
        raise InputError.for_argument("golden", "shrink", reason)
    search = Search(backend, verdict, precision, start + limit, declaration)
    complete, found = search.run(), search.verdict
    if found is not verdict:
        facts = {**found.golden.metadata, "shrunk_from": golden.name}
        new_name = PREFIX + storable_name(golden.name).removeprefix(PREFIX)
        case = replace(found.golden.case, name=new_name, description=f"from {golden.name}")
        found = replace(found, golden=replace(found.golden, case=case, metadata=facts))
    return ShrunkFailure(found, golden.name, search.count, time.monotonic() - start, complete)


def shrink_failures(backend: Backend, report: Report, most: int) -> list[ShrunkFailure]:
    """Shrink the smallest case of each different failure of a report, at most so many."""
    smallest, found = dict[object, GoldenCase](), list[ShrunkFailure]()
    for verdict in sorted(report.failed, key=lambda verdict: size_of(verdict.golden.case)):
        if failure := failure_of(verdict):
            smallest.setdefault((failure[0], failure[1][0]), verdict.golden)
    for golden in smallest.values():
        with suppress(InputError):  # it passes the second time
            if len(found) < most:
                own = report.declaration
                found.append(shrink(backend, golden, dtype=report.dtype, declaration=own))
    return found
