"""A shrunk case as lines that one can follow by hand."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from liaf_ref._core.text import count
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.checker import Verdict
from liaf_ref.oracle.checker.comparison import distinct_numbers
from liaf_ref.oracle.fixed_point.words import words_of
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import OPS, OPTIMIZERS, SIZE
from liaf_ref.oracle.shrinking.simpler import differing_options

ADJOINTS = {"U": "dU = dR (1 - F) + dx + dz", "V": "dV of a step = dU of the next step"}
DERIVED = "dR = alpha dV; dF = dR (v_reset - U); dx = dF inside the window, else 0; dz = dY Act'"
EQUATIONS = {
    ("neuron", "exp/U"): "(3) U = X + V, V of the step before",
    ("neuron", "exp/F"): "(4) F = 1 where U - v_th >= 0, else 0",
    ("neuron", "exp/R"): "(5) R = F v_reset + (1 - F) U",
    ("neuron", "exp/V"): "(6) V = alpha R + beta",
    ("neuron", "exp/Y"): "(8) Y = Act(U - v_th); Act(U) if mode is NTR; F if act is spike",
    ("neuron", "dbg/dU"): f"(12) {ADJOINTS['U']}",
    ("neuron", "dbg/dV"): f"(3) {ADJOINTS['V']}",
    ("neuron", "grad/X"): "(12) dX = dU = dR (1 - F) + dx + dz",
    ("neuron", "grad/V0"): "(3) dV0 = dU of step 1",
    ("neuron", "grad/v_th"): "(13) dv_th = -sum(dx + dz), without dz if mode is NTR",
    ("neuron", "grad/v_reset"): "(5) dv_reset = sum(dR F)",
    ("neuron", "grad/alpha"): "(6) dalpha = sum(dV R)",
    ("neuron", "grad/beta"): "(6) dbeta = sum(dV)",
    ("dense", "grad/X"): "dX = dI W^T",
    ("dense", "grad/W"): "dW = X^T dI, summed over batch and time",
    ("dense", "grad/b"): "db = dI, summed over batch and time",
    ("conv", "grad/X"): "dX = sum over all windows of dI W^T",
    ("conv", "grad/W"): "dW = sum over all windows of X^T dI",
    ("conv", "grad/b"): "db = dI, summed over all windows",
}


def equation_of(case: Case, tensor: str) -> str:
    """The equation behind an array; empty for what only has a description in prose."""
    prefix, _, rest = tensor.partition("/")
    if prefix == "step1" or rest == "curve":
        return "" if case.optimizer is None else _plain(OPTIMIZERS[case.optimizer["name"]].about)
    _, _, given = rest.rpartition("/")
    node, dot, quantity = given.partition(".")
    ops = {n.name: n.op for n in case.nodes}
    if not dot:
        node = next((n.name for n in case.nodes if rest in n.inputs), "")
        quantity = "X"
    if node not in ops:
        return ""
    found = EQUATIONS.get((ops[node], f"{prefix}/{quantity}"))
    if found is None:
        about = _plain(OPS[ops[node]].about)
        found = about if prefix == "exp" else f"backward pass of {ops[node]}, {about}"
    return found


def _plain(about: str) -> str:
    return about.replace("`", "")


MAX_ENTRIES = 12  # of a printed array
MAX_NONZERO = 4  # entries of a longer array that are listed with their indices
MAX_STEPS = 8  # of a printed table
MAX_WRONG = 4  # arrays listed with expected and got
TRACES = "UFRVY"
PASSED = {
    "full": "{} of a chunk's last step is that of the next chunk's initial state",
    "truncated": "{} of a chunk's last step is 0, except in the last chunk",
}
COLUMNS = ("dV", "dR", "dF", "dx", "dz", "dU")


class Cell(NamedTuple):
    """An expected number, and what the backend gave if that is wrong."""

    expected: float
    got: float | None = None

    def __str__(self) -> str:
        if self.got is None:
            return number(self.expected)
        return "{} (got {})".format(*distinct_numbers(self.expected, self.got))


def number(x: float) -> str:
    """A number with its digits; rounded to six."""
    return f"{x + 0.0:.6g}"  # no -0


def describe(verdict: Verdict) -> list[str]:
    """The network with its numbers, expected and got, and the equation that differs."""
    golden, case = verdict.golden, verdict.golden.case
    first = verdict.first_finding
    backward = first is not None and first.stage == "gradients"
    lines: list[str] = []
    tabled = {node.name for node in case.nodes if _is_single_neuron(golden, node)}
    in_table = {node.inputs[0] for node in case.nodes if node.name in tabled}
    in_table |= {f"up/{name}.Y" for name in tabled}
    lines += _numbers(case, (n for n in case if "." not in n and n not in in_table))
    for node in case.nodes:
        lines.append(f"{node.name} = {node.op}({', '.join(node.inputs)}){_options(node)}")
        lines += _numbers(case, (n for n in _own_names(case, node) if n not in in_table), "  ")
        if node.name in tabled:
            lines += [f"  {line}" for line in _step_table(verdict, node)]
            if backward:
                lines += [f"  {line}" for line in _backward_table(verdict, node)]
    if case.chunks is not None:
        sizes = ", ".join(map(str, case.chunks.steps))
        border = PASSED[case.chunks.bptt].format(" and ".join(_states(case)))
        lines.append(f"chunks of {sizes} steps, {case.chunks.bptt} BPTT: {border}")
    if case.optimizer is not None:
        options = ", ".join(f"{k} {v}" for k, v in case.optimizer.items() if k != "name")
        lines.append(f"optimizer {case.optimizer['name']}: {options}")
    return lines + _differences(verdict)


def _states(case: Case) -> list[str]:
    return sorted({f"d{state}" for node in case.nodes for state in OPS[node.op].states})


def _own_names(case: Case, node: Node) -> list[str]:
    """The arrays of a node, in the order of the op table."""
    op = OPS[node.op]
    names = [f"par/{node.name}.{name}" for name in op.parameters]
    names += [f"fix/{node.name}.{name}" for name in op.constants]
    names += [f"in/{node.name}.{state}0" for state in op.states]
    names += [f"up/{node.name}.{name}" for name in (*(f"{s}T" for s in op.states), "Y")]
    return [name for name in names if name in case]


def _options(node: Node) -> str:
    """The options that have no default or another value than it."""
    table = OPS[node.op].options
    shown = {name for name, _ in differing_options(node)}
    shown |= {name for name, o in table.items() if o.default is None or o.values == SIZE}
    found = [f"{name} {_short(node.options[name])}" for name in table if name in shown]
    return f": {', '.join(found)}" if found else ""


def _short(value: object) -> str:
    if isinstance(value, list | tuple) and all(isinstance(n, int) for n in value):
        return "x".join(map(str, value))
    return str(value)


def _numbers(case: Case, names: Iterable[str], indent: str = "") -> list[str]:
    """The arrays of one number on a line; each other one on a line of its own."""
    single, lines = [], []
    for name in names:
        shown = name.rpartition(".")[2] if "." in name else name
        shown = f"d{shown}" if name.startswith("up/") else shown
        array = case[name]
        if array.size == 1:
            single.append(f"{shown} {number(array.item())}")
        else:
            lines.append(f"{indent}{shown} {_array_text(array)}")
    return [*([indent + ", ".join(single)] if single else []), *lines]


def _array_text(array: Array) -> str:
    if array.size > MAX_ENTRIES:
        at = np.argwhere(array).tolist()
        if len(at) <= MAX_NONZERO:
            entries = [f"{number(array[tuple(i)])} at {i}" for i in at]
            return (
                f"of shape {array.shape}: {', '.join(['0', *entries]).replace(', ', ', but ', 1)}"
            )
        first = ", ".join(number(x) for x in array.flat[:4])
        return f"of shape {array.shape}: {first}, ..."
    return _nested(array)


def _nested(array: Array) -> str:
    if array.ndim == 0:
        return number(array.item())
    return f"[{', '.join(map(_nested, array))}]"


def _is_single_neuron(golden: GoldenCase, node: Node) -> bool:
    """Whether a node is one neuron in one sample, whose steps are the rows of a table."""
    if node.op != "neuron":
        return False
    Y = golden.expected[f"exp/{node.name}.Y"]
    return bool(Y.size == Y.shape[1])


def _input_of(golden: GoldenCase, node: Node) -> Array:
    (source,) = node.inputs
    if source in golden.case:
        return golden.case[source].ravel()
    op = next(n.op for n in golden.case.nodes if n.name == source)
    return golden.expected[f"exp/{source}.{OPS[op].output}"].ravel()


def _step_table(verdict: Verdict, node: Node) -> list[str]:
    """One row a step: input, U, F, R, V, Y, and the upstream gradient."""
    golden = verdict.golden
    columns = {"X": [Cell(x) for x in _input_of(golden, node)]}
    columns |= {trace: _cells(verdict, f"exp/{node.name}.{trace}") for trace in TRACES}
    if (up := golden.case.get(f"up/{node.name}.Y")) is not None:
        columns["dY"] = [Cell(x) for x in up.ravel()]
    return _table(columns)


def _backward_table(verdict: Verdict, node: Node) -> list[str]:
    """One row a step, the last first: the adjoints, and the terms of which dU is the sum."""
    e, case = verdict.golden.expected, verdict.golden.case
    p = {name: float(a.ravel()[0]) for name, a in case.node_arrays(node).items()}
    U, F = (e[f"exp/{node.name}.{name}"].ravel() for name in "UF")
    dU, dV = (e[f"dbg/{node.name}.{name}"].ravel() for name in ("dU", "dV"))
    words = words_of(verdict.golden.metadata)
    store = np.asarray if words is None else words.store
    dR = store(p["alpha"] * dV)
    dF = store(dR * (p["v_reset"] - U))
    near = abs(U - p["v_th"]) < node.options["mu"]
    dx = dF * (near & (node.options["reset"] != "detached"))
    values = {"dR": dR, "dF": dF, "dx": dx, "dz": dU - dR * (1 - F) - dx}
    columns = {name: [Cell(x) for x in array] for name, array in values.items()}
    columns |= {name: _cells(verdict, f"dbg/{node.name}.{name}") for name in ("dU", "dV")}
    return [f"backward: {DERIVED}", *_table({n: columns[n] for n in COLUMNS}, backward=True)]


def _cells(verdict: Verdict, name: str) -> list[Cell]:
    expected, got = verdict.golden.expected[name].ravel(), verdict.arrays.get(name)
    if got is None or name not in {finding.tensor for finding in verdict.findings}:
        return [Cell(float(x)) for x in expected]
    allowed = verdict.golden.tolerance
    tolerance = allowed.get(got.dtype.name, next(iter(allowed.values())))[name]
    tolerance = np.broadcast_to(tolerance, got.shape).ravel()
    off = np.abs(got.ravel() - expected) > tolerance
    return [
        Cell(float(x), float(y) if wrong else None)
        for x, y, wrong in zip(expected, got.ravel(), off, strict=True)
    ]


def _table(columns: Mapping[str, list[Cell]], backward: bool = False) -> list[str]:
    steps = len(next(iter(columns.values())))
    order = [*range(steps)]
    shown = order if steps <= MAX_STEPS else [*order[: MAX_STEPS // 2], *order[-MAX_STEPS // 2 :]]
    rows = [["step", *columns]]
    rows += [[str(t + 1), *(str(column[t]) for column in columns.values())] for t in shown]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{text:<{n}}" for text, n in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    if len(shown) < steps:
        lines.insert(1 + MAX_STEPS // 2, f"... {count(steps - len(shown), 'more step')}")
    return [lines[0], *lines[:0:-1]] if backward else lines


def _differences(verdict: Verdict) -> list[str]:
    """The first wrong array with its equation, then the others."""
    case = verdict.golden.case
    first, *others = sorted(verdict.findings, key=lambda finding: finding.sort_key)
    text = "" if first.stage in {"backend", "names"} else equation_of(case, first.tensor)
    if declared := verdict.golden.metadata.get("declared"):  # the equations of the table are not
        text = f"{first.tensor}, as declared: {', '.join(declared)}"
    lines = [f"first difference: {text}"] if text else []
    more = max(len(others) - MAX_WRONG + 1, 0)
    others = others[: MAX_WRONG - 1]
    for finding in (first, *others):
        name = finding.tensor
        got = verdict.arrays.get(name)
        if got is None:
            lines.append(finding.text)
            continue
        expected = verdict.golden.expected[name]
        if expected.size == 1:
            at = "{}, got {}".format(*distinct_numbers(expected.item(), got.item()))
        elif expected.size <= MAX_ENTRIES:
            at = f"{_nested(expected)}, got {_nested(got)}"
        else:
            at = finding.text.partition(" expected ")[2].partition(", error")[0]
        lines.append(f"  {name}: expected {at}")
    if more:
        lines.append(f"  and {count(more, 'more wrong array')}")
    return lines


def summary(golden: GoldenCase) -> str:
    """The size of a case in words."""
    case = golden.case
    parts = [count(len(case.nodes), "node")]
    given = next(iter(name for node in case.nodes for name in node.inputs if name in case))
    X = case[given]
    parts.append(count(len(X), "sample"))
    timed = [golden.expected[f"exp/{n.name}.Y"] for n in case.nodes if OPS[n.op].states]
    if timed:
        cut = "" if case.chunks is None else f" in {count(len(case.chunks.steps), 'chunk')}"
        parts.append(count(timed[0].shape[1], "step") + cut)
        parts.append(count(int(np.prod(timed[0].shape[2:])), "neuron"))
    return ", ".join(parts)
