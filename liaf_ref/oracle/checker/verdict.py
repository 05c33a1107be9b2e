"""A backend on one case: what is wrong in its answer, and passed, failed, waived or declined."""

import contextlib
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.imports import format_exception
from liaf_ref._core.text import did_you_mean
from liaf_ref.oracle.case import Array, Case, Declined
from liaf_ref.oracle.formats import dtype_name, find_words, format_of
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import OPS

Backend = Callable[[Case], Mapping[str, Any]]
STATUSES = ("passed", "failed", "waived", "declined")
STAGES = ("backend", "names", "spikes", "states", "loss", "gradients", "training")
FORWARD_STAGES = frozenset({"spikes", "states", "loss"})
MISSING = "missing from the answer"
MAX_FRAMES = 50  # of a traceback, the last
MAX_TEXT = 2000  # characters of an error or a name of a backend
TIMED_NDIMS = {3, 5}  # dimensions of (B, T, L) and (B, T, H, W, L)
DIGITS = range(6, 18)  # significant digits of a printed number; 17 tell any two float64 apart


@dataclass(frozen=True)
class Finding:
    """What is wrong with one array."""

    tensor: str
    stage: str
    text: str
    node: str | None = None
    step: int | None = None
    error: float | None = None
    tolerance: float | None = None

    def __repr__(self) -> str:
        return self.text

    @property
    def ratio(self) -> float | None:
        """Error over tolerance; ``None`` without numbers or with tolerance 0."""
        return self.error / self.tolerance if self.error and self.tolerance else None

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON takes it."""
        return fields(self, "tensor stage node step error tolerance ratio text")


def fields(shown: object, names: str) -> dict[str, Any]:
    """Some of what an object says, as JSON takes it."""
    return {name: getattr(shown, name) for name in names.split()}


def stage_of(tensor: str) -> str:
    """At which stage of the verdict an array is compared."""
    prefix, _, rest = tensor.partition("/")
    if prefix in {"grad", "dbg"}:
        return "gradients"
    if prefix == "step1" or rest == "curve":
        return "training"
    return {"F": "spikes", "loss": "loss"}.get(rest.rpartition(".")[2], "states")


def _order(case: Case, finding: Finding) -> tuple[int, ...]:
    """Sort key of a finding: forward by node and step, then backward by node and step."""
    stage, step = STAGES.index(finding.stage), finding.step or 0
    ops = {node.name: OPS[node.op] for node in case.nodes}
    depth = [*ops, None].index(finding.node)
    if finding.stage in {"spikes", "states"} and finding.node is not None:
        quantity = finding.tensor.rpartition(".")[2]
        return STAGES.index("spikes"), depth, step, list(ops[finding.node].traces).index(quantity)
    if finding.stage == "gradients":
        return stage, -depth, not finding.tensor.startswith("dbg/"), -step
    return stage, depth


def _node_of(case: Case, tensor: str) -> str | None:
    """The node an array belongs to; the gradient in an input, to the first that reads it."""
    name = tensor.rpartition("/")[2].partition(".")[0]
    given = tensor.partition("/")[2]
    found = (node.name for node in case.nodes if name == node.name or given in node.inputs)
    return next(found, None)


def array_kind(case: Case, tensor: str) -> str:
    """The array's name with the operation in place of the node."""
    head, _, rest = tensor.rpartition("/")
    node, dot, quantity = rest.partition(".")
    ops = {n.name: n.op for n in case.nodes}
    return f"{head}/{ops.get(node, node)}{dot}{quantity}"


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
        The wrong arrays: forward through the network, then backward. A finding has ``tensor``,
        ``stage`` and ``text``. For wrong numbers it also has ``node``, ``step``, ``error``,
        ``tolerance`` and ``ratio``.
    worst_ratio : float
        Largest error divided by tolerance, over all compared arrays.
    worst_tensor : str
        Name of the array with that error.
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
        """The first of the findings."""
        return next(iter(self.findings), None)

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
        if self.status == "passed":
            at = f" ({self.worst_tensor})" if self.worst_ratio else ""
            return f"largest error {self.worst_ratio:.2g} times the tolerance{at}"
        if self.status == "failed":
            first, *more = self.findings
            also = f" (and {len(more)} more of {len(self.golden.expected)} arrays)" if more else ""
            return first.text + also
        return self.reason

    @property
    def details(self) -> str:
        """All that is wrong, and the traceback."""
        return "\n".join([*(finding.text for finding in self.findings), self.traceback]).rstrip()

    def to_dict(self) -> dict[str, Any]:
        """Convert the verdict to a dict for ``json.dumps``.

        Returns
        -------
        dict
            ``case``, ``level``, ``status``, ``stage`` of the first finding, ``first_finding``,
            ``findings``, ``worst_ratio``, ``worst_tensor``, ``reason``, ``traceback``.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> found = lr.golden_case("l0_last").compare({}).to_dict()
        >>> found["status"], found["stage"], found["first_finding"]["tensor"]
        ('failed', 'names', 'exp/r.Y')
        """
        findings = [finding.to_dict() for finding in self.findings]
        first = next(iter(findings), None)
        about = {"case": self.name, "level": self.golden.case.level, "status": self.status}
        wrong = {"stage": first and first["stage"], "first_finding": first, "findings": findings}
        return about | wrong | fields(self, "worst_ratio worst_tensor reason traceback")


def judge(backend: Backend, golden: GoldenCase, dtype: str) -> Verdict:
    """Run a backend on one case and compare."""
    with contextlib.redirect_stdout(sys.stderr):
        case = golden.case.astype(dtype)
        saved = {name: array.copy() for name, array in case.items()}
        try:
            answer = backend(case)
            if not isinstance(answer, Mapping):
                kind = type(answer).__name__
                return _failure(golden, f"returned {kind}, expected a mapping of arrays")
            answer = {name: answer[name] for name in answer}  # a mapping's own code runs here
        except Declined as declined:
            return Verdict(golden, "declined", reason=_shortened(declined.reason))
        except RunError as error:  # a program that failed; its traceback would be ours
            return _failure(golden, f"failed: {error}")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a backend may raise anything
            does = "" if isinstance(error, SystemExit) else "raised "
            lines = traceback.format_exception(error, limit=-MAX_FRAMES)
            return _failure(golden, does + format_exception(error), "".join(map(_shortened, lines)))
        modified = [name for name, array in saved.items() if not np.array_equal(array, case[name])]
        return compare(golden, answer, dtype, modified)


def _failure(golden: GoldenCase, text: str, trace: str = "") -> Verdict:
    return Verdict(golden, "failed", (_finding("backend", text),), traceback=trace)


def _finding(stage: str, text: str, tensor: str = "") -> Finding:
    """What is wrong with an answer or an array before any number is compared."""
    about = tensor + ":" if tensor else "the backend"
    return Finding(tensor, stage, f"{about} {_shortened(text)}")


def _shortened(text: str) -> str:
    """A text of a backend, cut where it is long."""
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}... ({len(text)} characters)"


def compare(
    golden: GoldenCase, answer: Mapping[str, Any], dtype: str, modified: Iterable[str] = ()
) -> Verdict:
    """Compare an answer with the expected arrays."""
    arrays = dict[str, Array]()
    found = [_finding("backend", f"modified its input {name}") for name in modified]
    missing = sorted(golden.required - set(answer))
    found += [_finding("names", MISSING, name) for name in missing]
    for name, value in answer.items():
        try:
            arrays[name] = _comparable(golden, name, value, dtype)
        except InputError as unfit:
            found.append(_finding("names", str(unfit), _shortened(str(name))))
    worst = 0.0, ""
    for name, array in arrays.items():
        error, tolerance = np.abs(array - golden.expected[name]), golden.tolerance[dtype][name]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.asarray(error / tolerance)
        if (wrong := ~(error <= tolerance)).any():  # NaN is within no tolerance
            found.append(_value_finding(golden, dtype, name, array, np.where(wrong, ratio, 0)))
        if (some := tolerance > 0).any():
            worst = max(worst, (float(ratio[some].max()), name))
    found.sort(key=partial(_order, golden.case))
    status = "failed" if found else "passed"
    return Verdict(golden, status, tuple(found), *worst, arrays=arrays)


def _comparable(golden: GoldenCase, name: str, value: Any, dtype: str) -> Array:
    """An array of an answer, or an error that says why it cannot be compared."""
    if name not in golden.expected:
        raise InputError(f"unknown array{did_you_mean(_shortened(str(name)), golden.expected)}")
    try:
        array = np.asarray(value)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a foreign array raises
        got = f"{type(value).__name__}: {format_exception(error)}"
        raise InputError(f"expected an array, got {got}") from None
    shape, accepted = golden.expected[name].shape, format_of(dtype).answers
    if array.shape != shape:
        raise InputError(f"expected shape {shape}, got {array.shape}")
    if (kind := dtype_name(array.dtype)) not in accepted:
        raise InputError(f"expected dtype {' or '.join(accepted)}, got {array.dtype}")
    if kind == "bfloat16":  # a dtype that NumPy has from elsewhere
        array = array.astype(np.float32)
    if array.dtype.kind == "i" and (words := find_words(dtype)) is not None:
        array = words.from_words(array)
    if not np.isfinite(array).all():
        index = np.argwhere(~np.isfinite(array))[0].tolist()
        raise InputError(f"expected finite numbers, got {array[tuple(index)]} at {index}")
    return array.copy()  # a backend may use its own again


def _value_finding(
    golden: GoldenCase, dtype: str, name: str, array: Array, ratio: Array
) -> Finding:
    """The worst entry of the first wrong step, by ratios to the tolerance; 0: it is right."""
    # Axis 1 is time, of what every step has, and of the gradient in the input.
    is_timed = array.ndim in TIMED_NDIMS and (name.startswith(("exp/", "dbg/")) or "." not in name)
    if is_timed:  # backward, the last step is the first that is wrong
        steps = np.flatnonzero(ratio.any(axis=(0, *range(2, ratio.ndim))))
        away = np.delete(np.arange(ratio.shape[1]), steps[0 if name.startswith("exp/") else -1])
        ratio[:, away] = -1
    index = tuple(int(i) for i in np.unravel_index(int(ratio.argmax()), ratio.shape))
    step = index[1] + 1 if is_timed else None
    node, right = _node_of(golden.case, name), golden.expected[name][index]
    error, allowed = float(abs(array[index] - right)), float(golden.tolerance[dtype][name][index])
    times = f"{error / allowed:.2g} times the tolerance {allowed:.2g}" if allowed else ""
    limit = times or "must match exactly"
    expected, got = distinct_numbers(right, array[index])
    when = f", step {step} of {ratio.shape[1]}" if step else ""
    at = f"[{','.join(map(str, index))}]" if index else ""  # as NumPy writes it
    place = f"{node or 'the network'}{when}: {name}{at}"
    text = f"{place} expected {expected}, got {got}, error {error:.2g}, {limit}"
    return Finding(name, stage_of(name), text, node, step, error, allowed)


def distinct_numbers(first: Any, second: Any) -> tuple[str, str]:
    """Two numbers with as many digits as tell them apart; equal ones beside a tolerance of NaN."""
    first, second = first + 0.0, second + 0.0  # no -0
    texts = ((f"{first:.{digits}g}", f"{second:.{digits}g}") for digits in DIGITS)
    return next((pair for pair in texts if pair[0] != pair[1]), (repr(first), repr(second)))
