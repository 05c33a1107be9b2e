"""Findings: what is wrong in an answer, and the comparison that finds it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref._core.imports import format_exception
from liaf_ref._core.text import did_you_mean
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.fixed_point.words import find_words
from liaf_ref.oracle.formats import format_of
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import OPS

STAGES = ("backend", "names", "spikes", "states", "loss", "gradients", "training")
FORWARD_STAGES = frozenset({"spikes", "states", "loss"})
FIRST_VALUE_STAGE = STAGES.index("spikes")  # from here on numbers are compared


@dataclass(frozen=True)
class Finding:
    """What is wrong with one array."""

    tensor: str
    stage: str
    text: str
    sort_key: tuple[int, ...]
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
        return {
            "tensor": self.tensor,
            "stage": self.stage,
            "node": self.node,
            "step": self.step,
            "error": self.error,
            "tolerance": self.tolerance,
            "ratio": self.ratio,
            "text": self.text,
        }


def stage_of(tensor: str) -> str:
    """At which stage of the verdict an array is compared."""
    prefix, _, rest = tensor.partition("/")
    if prefix in {"grad", "dbg"}:
        return "gradients"
    if prefix == "step1" or rest == "curve":
        return "training"
    quantity = rest.rpartition(".")[2]
    return {"F": "spikes", "loss": "loss"}.get(quantity, "states")


def node_of(case: Case, tensor: str) -> str | None:
    """The node an array belongs to; the gradient in an input, to the first that reads it."""
    name = tensor.rpartition("/")[2].partition(".")[0]
    given = tensor.partition("/")[2]
    found = (node.name for node in case.nodes if name == node.name or given in node.inputs)
    return next(found, None)


def location_sort_key(case: Case, tensor: str, step: int | None) -> tuple[int, ...]:
    """Sort key of a place: forward by node and step, then backward by node and step."""
    stage, node = stage_of(tensor), node_of(case, tensor)
    traces = {n.name: list(OPS[n.op].traces) for n in case.nodes}
    depth = list(traces).index(node) if node in traces else len(traces)
    t = step or 0
    if node in traces and stage in {"spikes", "states"}:
        return (FIRST_VALUE_STAGE, depth, t, traces[node].index(tensor.rpartition(".")[2]))
    if stage == "gradients":
        known = 0 if tensor.startswith("dbg/") else 1 if step else 2
        return (STAGES.index(stage), -depth, known, -t)
    return (STAGES.index(stage), depth)


def array_kind(case: Case, tensor: str) -> str:
    """The array's name with the operation in place of the node."""
    head, _, rest = tensor.rpartition("/")
    node, dot, quantity = rest.partition(".")
    ops = {n.name: n.op for n in case.nodes}
    return f"{head}/{ops.get(node, node)}{dot}{quantity}"


MAX_TEXT = 2000  # characters of an error or a name of a backend
TIMED_NDIMS = {3, 5}  # dimensions of (B, T, L) and (B, T, H, W, L)
DIGITS = range(6, 18)  # significant digits of a printed number; 17 tell any two float64 apart


def validate_answer(
    golden: GoldenCase, answer: Mapping[str, Any], dtype: str
) -> tuple[Any, list[Finding]]:
    """Separate the arrays of an answer that can be compared from the others."""
    arrays, findings = {}, []
    for name in sorted(golden.required - set(answer)):
        findings.append(_name_finding(name, f"{name}: missing from the answer"))
    for name, value in answer.items():
        array, reason = (
            _validate_array(golden.expected[name].shape, value, dtype)
            if name in golden.expected
            else (None, f"unknown array{did_you_mean(shortened(str(name)), golden.expected)}")
        )
        if reason:
            known = shortened(str(name))
            findings.append(_name_finding(known, f"{known}: {reason}"))
        else:
            arrays[name] = array
    return arrays, findings


def shortened(text: str) -> str:
    """A text of a backend, cut where it is long."""
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}... ({len(text)} characters)"


def _name_finding(name: str, text: str) -> Finding:
    return Finding(name, "names", text, (STAGES.index("names"),))


def _validate_array(shape: tuple[int, ...], value: Any, dtype: str) -> tuple[Any, str]:
    if value is None:
        return None, "expected an array, got None"
    try:
        array = np.asarray(value)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a foreign array raises
        return None, f"expected an array, got {type(value).__name__}: {format_exception(error)}"
    if array.shape != shape:
        return None, f"expected shape {shape}, got {array.shape}"
    accepted = format_of(dtype).answers
    if array.dtype.name not in accepted:
        return None, f"expected dtype {' or '.join(accepted)}, got {array.dtype}"
    if array.dtype.name == "bfloat16":  # a dtype that NumPy has from elsewhere
        array = array.astype(np.float32)
    if array.dtype.kind == "i" and (words := find_words(dtype)) is not None:
        array = words.from_words(array)
    if not np.isfinite(array).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        return None, f"expected finite numbers, got {array[index]} at {list(index)}"
    return array.copy(), ""  # a backend may use its own again


Errors = Mapping[str, tuple[Array, Array]]  # of each array, and what is allowed


def errors_and_tolerances(golden: GoldenCase, arrays: Mapping[str, Array], dtype: str) -> Errors:
    """The errors of each array, and what is allowed; spikes have to be equal."""
    expected = golden.expected
    return {
        name: (np.abs(array - expected[name]), allowed_error(golden, name, dtype))
        for name, array in arrays.items()
    }


def compare_values(
    golden: GoldenCase, arrays: Mapping[str, Array], errors: Errors
) -> Iterator[Finding]:
    """Compare numbers."""
    for name, (error, tolerance) in errors.items():
        if _beyond(error, tolerance).any():
            yield _value_finding(golden, name, arrays[name], error, tolerance)


def allowed_error(golden: GoldenCase, name: str, dtype: str) -> Array:
    """The tolerance of an array; 0 for spikes."""
    tolerance = np.asarray(golden.tolerance[dtype][name])
    return np.zeros_like(tolerance) if stage_of(name) == "spikes" else tolerance


def worst_ratio(errors: Errors) -> tuple[float, str]:
    """The largest error over its tolerance, and in which array; exact entries count as 0."""
    worst = (0.0, "")
    for name, (error, tolerance) in errors.items():
        if (some := tolerance > 0).any():
            worst = max(worst, (float((error[some] / tolerance[some]).max()), name))
    return worst


def _value_finding(
    golden: GoldenCase, name: str, array: Array, error: Array, tolerance: Array
) -> Finding:
    index = _first_wrong_entry(name, error, tolerance)
    step = index[1] + 1 if _has_time_axis(name, error) else None
    node = node_of(golden.case, name)
    e, tol = float(error[index]), float(tolerance[index])
    limit = f"{e / tol:.2g} times the tolerance {tol:.2g}" if tol else "must match exactly"
    expected, got = distinct_numbers(golden.expected[name][index], array[index])
    steps = f", step {step} of {error.shape[1]}" if step else ""
    at = f"[{','.join(map(str, index))}]" if index else ""
    text = (
        f"{node or 'the network'}{steps}: {name}{at} expected {expected}, got {got}, "
        f"error {e:.2g}, {limit}"
    )
    order = location_sort_key(golden.case, name, step)
    return Finding(name, stage_of(name), text, order, node, step, e, tol)


def distinct_numbers(first: Any, second: Any) -> tuple[str, str]:
    """Two numbers with as many digits as tell them apart."""
    texts = ((f"{first:.{digits}g}", f"{second:.{digits}g}") for digits in DIGITS)
    shown = next((pair for pair in texts if pair[0] != pair[1]), None)
    return shown or (repr(first), repr(second))


def _first_wrong_entry(name: str, error: Array, tolerance: Array) -> tuple[int, ...]:
    """The worst entry, in the first step that is wrong, or backward the last."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(_beyond(error, tolerance), error / tolerance, 0)
    if _has_time_axis(name, error):
        axes = tuple(i for i in range(error.ndim) if i != 1)
        steps = np.flatnonzero(_beyond(error, tolerance).any(axis=axes))
        t = steps[0] if name.startswith("exp/") else steps[-1]
        here = np.arange(error.shape[1]) == t
        ratio = np.where(here.reshape(-1, *[1] * (error.ndim - 2)), ratio, -1)
    return tuple(int(i) for i in np.unravel_index(int(ratio.argmax()), ratio.shape))


def _beyond(error: Array, tolerance: Array) -> Array:
    """Which entries exceed the tolerance; NaN does, because a comparison with NaN is false."""
    return ~np.asarray(error <= tolerance)


def _has_time_axis(name: str, array: Array) -> bool:
    """Whether axis 1 is time: of what every step has, and of the gradient in the input."""
    return array.ndim in TIMED_NDIMS and (name.startswith(("exp/", "dbg/")) or "." not in name)
