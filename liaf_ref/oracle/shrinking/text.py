"""A shrunk case as lines that one can follow by hand."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from liaf_ref._core.text import count
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.checker import Verdict
from liaf_ref.oracle.checker.verdict import Finding, allowed_error, array_kind, distinct_numbers
from liaf_ref.oracle.formats import words_of
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import OPS, OPTIMIZERS, SIZE
from liaf_ref.oracle.shrinking.search import unusual_options

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
    case, first = verdict.golden.case, verdict.first_finding
    tabled = {node.name for node in case.nodes if _is_single_neuron(verdict.golden, node)}
    shown = {n.inputs[0] for n in case.nodes if n.name in tabled} | {f"up/{n}.Y" for n in tabled}
    lines = [*_numbers(case, (name for name in case if "." not in name and name not in shown))]
    for node in case.nodes:
        lines.append(f"{node.name} = {node.op}({', '.join(node.inputs)}){_options(node)}")
        prefixes = (f"{prefix}/{node.name}." for prefix in ("par", "fix", "in", "up"))
        own = [name for of in prefixes for name in case if name.startswith(of)]
        inside = [*_numbers(case, (name for name in own if name not in shown))]
        if node.name in tabled:
            inside += _table(_forward(verdict, node))
            if first is not None and first.stage == "gradients":
                head, *steps = _table(_backward(verdict, node))
                inside += [f"backward: {DERIVED}", head, *reversed(steps)]
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
    table, unusual = OPS[node.op].options, unusual_options(node)
    found = [
        f"{name} {node.options[name]}"
        for name, option in table.items()
        if name in unusual or option.default is None or option.values == SIZE
    ]
    return f": {', '.join(found)}" if found else ""


def _numbers(case: Case, names: Iterable[str]) -> Iterator[str]:
    """The arrays of one number on a line; each other one on a line of its own."""
    texts = [
        (case[n].size, f"{'d' * n.startswith('up/')}{n.rpartition('.')[2]} {_text(case[n])}")
        for n in names
    ]
    if single := ", ".join(text for size, text in texts if size == 1):
        yield single
    yield from (text for size, text in texts if size != 1)


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


def _is_single_neuron(golden: GoldenCase, node: Node) -> bool:
    """Whether a node is one neuron in one sample, whose steps are the rows of a table."""
    Y = golden.expected.get(f"exp/{node.name}.Y") if node.op == "neuron" else None
    return Y is not None and Y.size == Y.shape[1]


def _forward(verdict: Verdict, node: Node) -> dict[str, list[str]]:
    """Of each step: input, U, F, R, V, Y, and the upstream gradient."""
    case, (source,) = verdict.golden.case, node.inputs
    outputs = {n.name: f"exp/{n.name}.{OPS[n.op].output}" for n in case.nodes}
    X = {**verdict.golden.expected, **case}[outputs.get(source, source)]
    traces = {trace: _cells(verdict, f"exp/{node.name}.{trace}") for trace in "UFRVY"}
    up = {"dY": case[name]} if (name := f"up/{node.name}.Y") in case else {}
    given = {name: [*map(_number, a.ravel())] for name, a in {"X": X, **up}.items()}
    return {"X": given["X"], **traces, **given}


def _backward(verdict: Verdict, node: Node) -> dict[str, list[str]]:
    """Of each step: the adjoints, and the terms of which dU is the sum."""
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
    terms = {"dR": dR, "dF": dF, "dx": dx, "dz": dU - dR * (1 - F) - dx}
    shown = {name: [*map(_number, term)] for name, term in terms.items()}
    first, last = ({name: _cells(verdict, f"dbg/{node.name}.{name}")} for name in ("dV", "dU"))
    return first | shown | last


def _cells(verdict: Verdict, name: str) -> list[str]:
    """The expected numbers, and what the backend gave where that is wrong."""
    expected, got = verdict.golden.expected[name].ravel(), verdict.arrays.get(name)
    if got is None or name not in {finding.tensor for finding in verdict.findings}:
        return [*map(_number, expected)]
    allowed = allowed_error(verdict.golden, name, got.dtype.name)
    wrong = abs(got.ravel() - expected) > np.broadcast_to(allowed, got.shape).ravel()
    return [
        "{} (got {})".format(*distinct_numbers(x, y)) if is_wrong else _number(x)
        for x, y, is_wrong in zip(expected, got.ravel(), wrong, strict=True)
    ]


def _table(columns: Mapping[str, list[str]]) -> list[str]:
    """A line with the names, and one a step; without the steps in the middle of many."""
    steps = len(next(iter(columns.values())))
    half = MAX_STEPS // 2 if steps > MAX_STEPS else steps
    shown = [t for t in range(steps) if t < half or t >= steps - half]
    rows = [["step", *columns], *([str(t + 1), *(c[t] for c in columns.values())] for t in shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (map(str.ljust, row, widths) for row in rows)
    lines = ["  ".join(row).rstrip() for row in padded]
    if len(shown) < steps:
        lines.insert(1 + half, f"... {count(steps - len(shown), 'more step')}")
    return lines


def _differences(verdict: Verdict) -> list[str]:
    """The first wrong array with its equation, then the others."""
    found = sorted(verdict.findings, key=lambda finding: finding.sort_key)
    first, more = found[0], len(found) - MAX_WRONG
    lines = [_difference(verdict, finding) for finding in found[:MAX_WRONG]]
    lines += [f"  and {count(more, 'more wrong array')}"] if more > 0 else []
    if first.stage in {"backend", "names"}:
        return lines
    text = _equation(verdict.golden.case, first.tensor)
    if declared := verdict.golden.metadata.get("declared"):  # the equations of the table are not
        text = f"{first.tensor}, as declared: {', '.join(declared)}"
    return [f"first difference: {text}", *lines]


def _difference(verdict: Verdict, finding: Finding) -> str:
    if finding.tensor not in verdict.arrays:
        return finding.text
    numbers = finding.text.partition(" expected ")[2].partition(", error")[0]
    return f"  {finding.tensor}: expected {numbers}"


def summary(golden: GoldenCase) -> str:
    """The size of a case in words."""
    case = golden.case
    first = next(name for node in case.nodes for name in node.inputs if name in case)
    parts = [count(len(case.nodes), "node"), count(len(case[first]), "sample")]
    timed = [golden.expected[f"exp/{n.name}.Y"] for n in case.nodes if OPS[n.op].states]
    for Y in timed[:1]:
        cut = "" if case.chunks is None else f" in {count(len(case.chunks.steps), 'chunk')}"
        parts += [count(Y.shape[1], "step") + cut, count(int(np.prod(Y.shape[2:])), "neuron")]
    return ", ".join(parts)
