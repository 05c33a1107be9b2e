"""Run a backend on a candidate, and compare the failure with the one before."""

import re
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import DTYPES, Case
from liaf_ref.oracle.checker import Backend, Finding
from liaf_ref.oracle.checker.comparison import FORWARD_STAGES, array_kind
from liaf_ref.oracle.checker.verdict import Verdict, judge
from liaf_ref.oracle.declaration import PAPER, Declaration
from liaf_ref.oracle.draw.answer import answer_in_words
from liaf_ref.oracle.error_bounds import bound, tolerances
from liaf_ref.oracle.fixed_point.words import Words
from liaf_ref.oracle.formats import FORMATS, format_of, has_own_cases
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.golden.generation import answer_case, reference_answer
from liaf_ref.oracle.no_rounding import InexactError, prove_no_rounding
from liaf_ref.oracle.opset import LOSSES, OPS
from liaf_ref.oracle.reference.chunks import can_be_cut, steps_of
from liaf_ref.oracle.shapes import array_shapes, required_arrays
from liaf_ref.oracle.shrinking.axes import network_inputs
from liaf_ref.oracle.shrinking.simpler import valid
from liaf_ref.oracle.table import PAPER as PAPER_TEXT
from liaf_ref.oracle.table import Text


class Failure(NamedTuple):
    """What a failure is known by."""

    stage: str
    tensor: str  # the first wrong array
    first: str  # its kind, or the error
    kinds: frozenset[str]  # of all arrays that are wrong at this stage

    def is_the_same_as(self, other: "Failure", case: Case) -> bool:
        """Whether a case fails as another one did, which may have had more nodes."""
        if other.stage in {"backend", "names"}:
            return (self.stage, self.first) == (other.stage, other.first)
        if self.stage == other.stage and other.first in self.kinds:
            return True
        return _stands_for_removed_nodes(self, other, case)


def failure_of(verdict: Verdict) -> Failure | None:
    """What is wrong; None for a case that has not failed."""
    first = verdict.first_finding
    if verdict.status != "failed" or first is None:
        return None
    case = verdict.golden.case
    kinds = frozenset(_kind(case, f.tensor) for f in verdict.findings if f.stage == first.stage)
    return Failure(first.stage, first.tensor, _description(case, verdict, first), kinds)


def _stands_for_removed_nodes(found: Failure, other: Failure, case: Case) -> bool:
    """Whether the array of a cut is wrong in place of the arrays of the nodes that are gone."""
    if other.tensor.rpartition("/")[2].partition(".")[0] in {node.name for node in case.nodes}:
        return False
    last = case.nodes[-1]
    output = f"exp/{last.op}.{'loss' if last.op in LOSSES else OPS[last.op].output}"
    if other.stage == "gradients":
        return found.stage == other.stage and "grad/in/X" in found.kinds
    return {found.stage, other.stage} <= FORWARD_STAGES and found.first == output


def _kind(case: Case, tensor: str) -> str:
    """The name of an array with the operation in place of the node; all inputs are X."""
    return array_kind(case, tensor) if "." in tensor else re.sub("in/.*", "in/X", tensor)


def _description(case: Case, verdict: Verdict, first: Finding) -> str:
    if first.stage not in {"backend", "names"}:
        return _kind(case, first.tensor)
    frames = re.findall(r"^  File .*", verdict.traceback, re.MULTILINE)
    text = first.text.replace(first.tensor or " ", _kind(case, first.tensor))
    text = " ".join("#" if "/" in word else word for word in text.split())
    plain = re.sub(r"-?\d[\d.e+-]*|\[[^][]*\]|\([^()]*\)|, ", " # ", text)
    error = verdict.traceback.strip().rpartition("\n")[2].partition(":")[0]
    return f"{error} {frames[-1]}" if frames else re.sub(r"[\s#]+", " ", plain)


ROUNDING = 2.0**-24  # of the largest entry: a smaller error is not looked at more closely


class Attempts:
    """A backend, a precision, and whether the cases may lie on an edge, as exact ones do."""

    def __init__(
        self, backend: Backend, dtype: str, exact: bool, declaration: Declaration = PAPER
    ) -> None:
        self.backend, self.dtype, self.exact = backend, dtype, exact
        self.declaration, self.text = declaration, declaration.text
        self.count = 0
        self.low = has_own_cases(dtype)
        self.dtypes: tuple[str, ...] = (*DTYPES, dtype) if self.low else DTYPES
        self.bits = format_of(dtype if self.low else "float32").bits

    def failure(self, case: Case, before: Failure) -> tuple[Failure, dict[str, Array]] | None:
        """How a case fails, with the reference's answer; None if not as before, or not surely."""
        self.count += 1
        sound = _is_consistent(case) and self._is_representable(case)
        if not (sound and self._is_declared(case)):
            return None
        expected = self.expected(case)
        if expected is None or not all(np.isfinite(array).all() for array in expected.values()):
            return None
        required = self.declaration.required(required_arrays(case, expected), case.nodes)
        rough = {
            name: np.full(array.shape, ROUNDING * np.abs(array).max(initial=0))
            for name, array in expected.items()
        }
        golden = GoldenCase(case, expected, dict.fromkeys(self.dtypes, rough), required)
        verdict = judge(self.backend, golden, self.dtype)
        found = failure_of(verdict)
        if found is None:
            return None
        if found.stage in {"backend", "names"}:
            usable = found.is_the_same_as(before, case) and self.is_bounded(case)
            return (found, expected) if usable else None
        if (allowed := self.tolerance(case, expected)) is None:
            return None
        sure = replace(golden, tolerance={self.dtype: allowed})
        found = failure_of(judge(lambda _: dict(verdict.arrays), sure, self.dtype))
        return (found, expected) if found and found.is_the_same_as(before, case) else None

    def expected(self, case: Case) -> dict[str, Array] | None:
        """The reference's answer; None if it cannot be computed."""
        with np.errstate(all="ignore"):
            return reference_answer(case, np.float64, self.text)

    def tolerance(self, case: Case, expected: dict[str, Array]) -> dict[str, Array] | None:
        """What rounding can explain; None where it could change a spike."""
        if self.exact and self._is_exact(case, self.text):
            return {name: np.zeros(array.shape) for name, array in expected.items()}
        if self.declaration.has_other_spikes:
            return None
        if self._has_only_smooth_slopes(case):
            return self._finite_tolerance(case)
        safe_in = self.dtype if self.low else "float32"
        found = bound(case, safe_in, self.text)
        if any(places.any() for places in found.unsafe.values()):
            return None
        return _finite(found.tolerance) if safe_in == self.dtype else self._finite_tolerance(case)

    def _is_representable(self, case: Case) -> bool:
        """Whether a format of few bits has every number of a case."""
        if not self.low:
            return True
        rounded = case.astype(self.dtype)
        return all(np.array_equal(array, rounded[name]) for name, array in case.items())

    def _is_exact(self, case: Case, text: Text) -> bool:
        """Whether nothing rounds, in Winograd's tiles either if these are declared."""
        return not self.declaration.rounds_in_tiles(case) and is_exact(case, self.bits, text)

    def _has_only_smooth_slopes(self, case: Case) -> bool:
        """Whether nothing rounds but a smooth surrogate's slope, so that no spike can change."""
        smooth = self.declaration.is_smooth
        return smooth and self._is_exact(case, self.declaration.window_text)

    def is_bounded(self, case: Case) -> bool:
        """Whether the error of every number has a bound."""
        return self._finite_tolerance(case) is not None

    def _finite_tolerance(self, case: Case) -> dict[str, Array] | None:
        return _finite(tolerances(case, self.dtype, self.text))

    def final(self, case: Case, facts: dict[str, Any]) -> Verdict:
        """The verdict on a case with its full answer."""
        is_exact = self.exact and self._is_exact(case, self.text)
        golden = answer_case(case, is_exact, facts, self.dtypes, self.text)
        required = self.declaration.required(golden.required, case.nodes)
        return judge(self.backend, replace(golden, required=required), self.dtype)

    def _is_declared(self, case: Case) -> bool:
        """Whether a case has the options that the backend declares, and no others."""
        configured = self.declaration.configure(case)
        same = configured.nodes == case.nodes and configured.keys() == case.keys()
        return same and self.declaration.admits(case)


class AttemptsInWords(Attempts):
    """The same in fixed point: the reference rounds as declared, and nothing is allowed."""

    def __init__(self, backend: Backend, words: Words, declaration: Declaration = PAPER) -> None:
        super().__init__(backend, words.name, True, declaration)
        self.dtypes, self.words = (words.name,), words

    def expected(self, case: Case) -> dict[str, Array] | None:
        """The answer in fixed point; None where float64 may not hold a sum."""
        golden = answer_in_words(case, self.words, self.declaration)
        return None if golden is None else dict(golden.expected)

    def tolerance(self, case: Case, expected: dict[str, Array]) -> dict[str, Array] | None:
        """None of any number."""
        return {name: np.zeros(array.shape) for name, array in expected.items()}

    def is_bounded(self, case: Case) -> bool:
        """Every error of a case is 0."""
        return True

    def final(self, case: Case, facts: dict[str, Any]) -> Verdict:
        """The verdict on a case with its full answer."""
        golden = answer_in_words(case, self.words, self.declaration)
        assert golden is not None  # noqa: S101 - an attempt has had it
        return judge(
            self.backend, replace(golden, metadata={**golden.metadata, **facts}), self.dtype
        )


def _finite(tolerance: dict[str, Array]) -> dict[str, Array] | None:
    """Tolerances, unless one of them bounds nothing."""
    return tolerance if all(np.isfinite(a).all() for a in tolerance.values()) else None


def is_exact(case: Case, bits: int = FORMATS["float32"].bits, text: Text = PAPER_TEXT) -> bool:
    """Whether no evaluation of a case in so many bits rounds."""
    try:
        prove_no_rounding(case, bits, text=text)
    except (InexactError, TypeError, AttributeError, ValueError):  # a function that rounds
        return False
    return True


def _is_consistent(case: Case) -> bool:
    """Whether a case has the arrays that its nodes need, in their shapes."""
    inputs = {name: array.shape for name, array in network_inputs(case).items()}
    steps = None if case.optimizer is None else case.optimizer["steps"]
    shapes = array_shapes(case.nodes, inputs, steps)
    return (
        valid(case)
        and (case.chunks is None or (can_be_cut(case) and sum(case.chunks.steps) == steps_of(case)))
        and all(min(array.shape, default=1) for array in case.values())
        and all(shapes.get(name) == array.shape for name, array in case.items())
    )
