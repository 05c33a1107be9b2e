"""A shrunk case as lines that one can follow by hand."""

from collections.abc import Mapping, Sequence

import numpy as np

from liaf_ref._core.text import count
from liaf_ref.oracle.case import Array, Case, Node
from liaf_ref.oracle.checker.verdict import Verdict, array_kind, distinct_numbers
from liaf_ref.oracle.formats import words_of
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import OPS, OPTIMIZERS
from liaf_ref.oracle.table.neuron import is_detached

DERIVED = "dR = alpha dV; dF = dR (v_reset - U); dx = dF inside the window, else 0; dz = dY Act'"
EQUATIONS = {  # of kinds of arrays; of others there is what their operation is about
    "exp/neuron.U": "(3) U = X + V, V of the step before",
    "exp/neuron.F": "(4) F = 1 where U - v_th >= 0, else 0",
    "exp/neuron.R": "(5) R = F v_reset + (1 - F) U",
    "exp/neuron.V": "(6) V = alpha R + beta",
    "exp/neuron.Y": "(8) Y = Act(U - v_th); Act(U) if mode is NTR; F if act is spike",
    "dbg/neuron.dU": "(12) dU = dR (1 - F) + dx + dz",
    "dbg/neuron.dV": "(3) dV of a step = dU of the next step",
    "grad/neuron.X": "(12) dX = dU = dR (1 - F) + dx + dz",
    "grad/in/neuron.V0": "(3) dV0 = dU of step 1",
    "grad/par/neuron.v_th": "(13) dv_th = -sum(dx + dz), without dz if mode is NTR",
    "grad/par/neuron.v_reset": "(5) dv_reset = sum(dR F)",
    "grad/par/neuron.alpha": "(6) dalpha = sum(dV R)",
    "grad/par/neuron.beta": "(6) dbeta = sum(dV)",
    "grad/dense.X": "dX = dI W^T",
    "grad/par/dense.W": "dW = X^T dI, summed over batch and time",
    "grad/par/dense.b": "db = dI, summed over batch and time",
}
MAX_ENTRIES = 12  # of a printed array
MAX_NONZERO = 4  # entries of a longer array that are listed with their indices
MAX_STEPS = 8  # of a printed table
MAX_WRONG = 4  # arrays listed with expected and got
PASSED = {
    "full": "{} of a chunk's last step is that of the next chunk's initial state",
    "truncated": "{} of a chunk's last step is 0, except in the last chunk",
}


def _equation(case: Case, tensor: str) -> str:
    """The equation behind an array, or what its operation is about."""
    kind = array_kind(case, tensor)
    if case.optimizer is not None and (kind.startswith("step1/") or kind == "exp/curve"):
        return OPTIMIZERS[case.optimizer["name"]].about.replace("`", "")
    if "." not in kind:
        reader = (n.op for n in case.nodes if tensor.removeprefix("grad/") in n.inputs)
        kind = f"grad/{next(reader)}.X"
    op = kind.rpartition("/")[2].partition(".")[0]
    about = ("" if kind.startswith("exp/") else f"backward pass of {op}, ") + OPS[op].described
    return EQUATIONS.get(kind, about.replace("`", ""))


def _number(x: float) -> str:
    """A number, rounded to six digits."""
    return f"{x + 0.0:.6g}"  # no -0


def describe(verdict: Verdict) -> list[str]:
    """The network with its numbers, expected and got, and the equation that differs."""
    case = verdict.golden.case
    tables = {n.name: _tables(verdict, n) for n in case.nodes if _is_single(verdict.golden, n)}
    tabled = {n.inputs[0] for n in case.nodes if n.name in tables} | {f"up/{n}.Y" for n in tables}
    shown = [name for name in case if name not in tabled]
    lines = _numbers(case, [name for name in shown if "." not in name])
    for node in case.nodes:
        lines.append(f"{node.name} = {node.op}({', '.join(node.inputs)}){_options(node)}")
        prefixes = (f"{prefix}/{node.name}." for prefix in ("par", "fix", "in", "up"))
        own = [name for of in prefixes for name in shown if name.startswith(of)]
        inside = [*_numbers(case, own), *tables.get(node.name, ())]
        lines += [f"  {line}" for line in inside]
    if case.chunks is not None:
        sizes = ", ".join(map(str, case.chunks.steps))
        states = sorted({f"d{state}" for node in case.nodes for state in OPS[node.op].states})
        border = PASSED[case.chunks.bptt].format(" and ".join(states))
        lines.append(f"chunks of {sizes} steps, {case.chunks.bptt} BPTT: {border}")
    if case.optimizer is not None:
        options = ", ".join(f"{k} {v}" for k, v in case.optimizer.items() if k != "name")
        lines.append(f"optimizer {case.optimizer['name']}: {options}")
    return lines + _differences(verdict)


def _options(node: Node) -> str:
    """The options that have no default or another value than it."""
    table = OPS[node.op].options.items()
    unusual = [n for n, o in table if not np.array_equal(node.options[n], o.default)]
    found = ", ".join(f"{name} {node.options[name]}" for name in unusual)
    return f": {found}" if found else ""


def _numbers(case: Case, names: Sequence[str]) -> list[str]:
    """The arrays of one number on a line; each other one on a line of its own."""
    texts = {n: f"{'d' * n.startswith('up/')}{n.split('.')[-1]} {_text(case[n])}" for n in names}
    single = ", ".join(text for name, text in texts.items() if case[name].size == 1)
    others = [text for name, text in texts.items() if case[name].size != 1]
    return [single, *others] if single else others


def _text(array: Array) -> str:
    """A number, nested lists, or what is not 0 in a long array."""
    if array.size == 1:
        return _number(array.item())
    if array.size <= MAX_ENTRIES:
        return str(np.vectorize(_number, otypes=[object])(array).tolist()).replace("'", "")
    at = np.argwhere(array).tolist()
    if len(at) > MAX_NONZERO:
        return f"of shape {array.shape}: {', '.join(map(_number, array.flat[:4]))}, ..."
    entries = ", ".join(f"{_number(array[tuple(i)])} at {i}" for i in at)
    return f"of shape {array.shape}: 0{', but ' if at else ''}{entries}"


def _is_single(golden: GoldenCase, node: Node) -> bool:
    """Whether a node is one neuron in one sample, whose steps are the rows of a table."""
    Y = golden.expected.get(f"exp/{node.name}.Y") if node.op == "neuron" else None
    return Y is not None and Y.size == Y.shape[1]


def _tables(verdict: Verdict, node: Node) -> list[str]:
    """Of each step: what goes in, U, F, R, V, Y; then, the last first, the terms that dU sums."""
    case, (source,), first = verdict.golden.case, node.inputs, verdict.first_finding
    known = {**verdict.golden.expected, **case}
    outputs = {n.name: f"exp/{n.name}.{OPS[n.op].output}" for n in case.nodes}
    columns = {"X": _shown(known[outputs.get(source, source)])}
    columns |= {trace: _cells(verdict, f"exp/{node.name}.{trace}") for trace in "UFRVY"}
    if (up := f"up/{node.name}.Y") in case:
        columns["dY"] = _shown(case[up])
    lines = _table(columns)
    if first is not None and first.stage == "gradients":
        terms = {name: _shown(term) for name, term in _terms(verdict.golden, node).items()}
        dV, dU = (_cells(verdict, f"dbg/{node.name}.{name}") for name in ("dV", "dU"))
        head, *steps = _table({"dV": dV, **terms, "dU": dU})
        lines += [f"backward: {DERIVED}", head, *reversed(steps)]
    return lines


def _terms(golden: GoldenCase, node: Node) -> dict[str, Array]:
    """What dU is the sum of, as ``DERIVED`` has it."""
    p = {name: float(a.ravel()[0]) for name, a in golden.case.node_arrays(node).items()}
    names = [f"exp/{node.name}.{name}" for name in "UF"]
    names += [f"dbg/{node.name}.{name}" for name in ("dU", "dV")]
    U, F, dU, dV = (golden.expected[name].ravel() for name in names)
    words = words_of(golden.metadata)
    store = np.asarray if words is None else words.store
    dR = store(p["alpha"] * dV)
    dF = store(dR * (p["v_reset"] - U))
    is_inside = abs(U - p["v_th"]) < node.options["mu"]
    dx = dF * (is_inside & (not is_detached(node.options)))
    return {"dR": dR, "dF": dF, "dx": dx, "dz": dU - dR * (1 - F) - dx}


def _shown(array: Array) -> list[str]:
    return [*map(_number, array.ravel())]


def _cells(verdict: Verdict, name: str) -> list[str]:
    """The expected numbers, and what the backend gave where that is wrong."""
    expected, got = verdict.golden.expected[name].ravel(), verdict.arrays.get(name)
    if got is None or name not in {finding.tensor for finding in verdict.findings}:
        return _shown(expected)
    dtype = verdict.golden.metadata.get("dtype", got.dtype.name)
    allowed = verdict.golden.tolerance[dtype][name]
    wrong = abs(got.ravel() - expected) > np.broadcast_to(allowed, got.shape).ravel()
    return [
        "{} (got {})".format(*distinct_numbers(x, y)) if is_wrong else _number(x)
        for x, y, is_wrong in zip(expected, got.ravel(), wrong, strict=True)
    ]


def _table(columns: Mapping[str, list[str]]) -> list[str]:
    """A line with the names, and one a step; without the steps in the middle of many."""
    steps = [str(t + 1) for t in range(len(next(iter(columns.values()))))]
    cells = [[name, *column] for name, column in {"step": steps, **columns}.items()]
    widths = [max(map(len, column)) for column in cells]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in zip(*cells, strict=True)]
    if (more := len(steps) - MAX_STEPS) > 0:
        half = MAX_STEPS // 2
        lines[1 + half : -half] = [f"... {count(more, 'more step')}"]
    return lines


def _differences(verdict: Verdict) -> list[str]:
    """The first wrong array with its equation, then the others."""
    found, lines = verdict.findings, list[str]()
    first = found[0]
    if first.stage not in {"backend", "names"}:
        declared = ", ".join(verdict.golden.metadata.get("declared", ()))
        equation = _equation(verdict.golden.case, first.tensor)  # not of what is declared
        text = f"{first.tensor}, as declared: {declared}" if declared else equation
        lines.append(f"first difference: {text}")
    for finding in found[:MAX_WRONG]:
        numbers = finding.text.partition(" expected ")[2].partition(", error")[0]
        is_array = finding.tensor in verdict.arrays
        lines.append(f"  {finding.tensor}: expected {numbers}" if is_array else finding.text)
    more = len(found) - MAX_WRONG
    return [*lines, f"  and {count(more, 'more wrong array')}"] if more > 0 else lines


def summary(golden: GoldenCase) -> str:
    """The size of a case in words."""
    case = golden.case
    first = next(name for node in case.nodes for name in node.inputs if name in case)
    parts = [count(len(case.nodes), "node"), count(len(case[first]), "sample")]
    for node in [node for node in case.nodes if OPS[node.op].states][:1]:
        Y = golden.expected[f"exp/{node.name}.{OPS[node.op].output}"]
        cut = "" if case.chunks is None else f" in {count(len(case.chunks.steps), 'chunk')}"
        parts += [count(Y.shape[1], "step") + cut, count(int(np.prod(Y.shape[2:])), "neuron")]
    return ", ".join(parts)
