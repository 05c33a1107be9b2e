"""A shrunk case as lines that one can follow by hand."""

from collections.abc import Iterable, Mapping

import numpy as np

from liaf_ref._core.text import count
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.checker import Verdict
from liaf_ref.oracle.checker.verdict import Finding, distinct_numbers
from liaf_ref.oracle.formats import words_of
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import OPS, OPTIMIZERS, SIZE
from liaf_ref.oracle.shrinking.smaller import unusual_options

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
PREFIXES = ("par", "fix", "in", "up")
PASSED = {
    "full": "{} of a chunk's last step is that of the next chunk's initial state",
    "truncated": "{} of a chunk's last step is 0, except in the last chunk",
}


def number(x: float) -> str:
    """A number with its digits; rounded to six."""
    return f"{x + 0.0:.6g}"  # no -0


def describe(verdict: Verdict) -> list[str]:
    """The network with its numbers, expected and got, and the equation that differs."""
    golden, case, first = verdict.golden, verdict.golden.case, verdict.first_finding
    lines: list[str] = []
    single = [node for node in case.nodes if _is_single_neuron(golden, node)]
    tabled = {name for n in single for name in (n.inputs[0], f"up/{n.name}.Y")}
    lines += _numbers(case, (name for name in case if "." not in name and name not in tabled))
    for node in case.nodes:
        lines.append(f"{node.name} = {node.op}({', '.join(node.inputs)}){_options(node)}")
        own = (f"{prefix}/{node.name}." for prefix in PREFIXES)
        own = (name for of in own for name in case if name.startswith(of) and name not in tabled)
        lines += _numbers(case, own, "  ")
        if node in single:
            lines += [f"  {line}" for line in _table(_forward(verdict, node))]
            if first is not None and first.stage == "gradients":
                table = _table(_backward(verdict, node))
                lines += [f"  {line}" for line in (f"backward: {DERIVED}", table[0], *table[:0:-1])]
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
        f"{name} {_short(node.options[name])}"
        for name, option in table.items()
        if name in unusual or option.default is None or option.values == SIZE
    ]
    return f": {', '.join(found)}" if found else ""


def _short(value: object) -> str:
    if isinstance(value, list | tuple) and all(isinstance(n, int) for n in value):
        return "x".join(map(str, value))
    return str(value)


def _numbers(case: Case, names: Iterable[str], indent: str = "") -> list[str]:
    """The arrays of one number on a line; each other one on a line of its own."""
    single, lines = [], []
    for name in names:
        shown = "d" * name.startswith("up/") + (name.rpartition(".")[2] if "." in name else name)
        text, array = f"{shown} {_array_text(case[name])}", case[name]
        if array.size == 1:
            single.append(f"{shown} {number(array.item())}")
        else:
            lines.append(f"{indent}{text}")
    return [*([indent + ", ".join(single)] if single else []), *lines]


def _array_text(array: Array) -> str:
    if array.size <= MAX_ENTRIES:
        return _nested(array)
    at = np.argwhere(array).tolist()
    if len(at) > MAX_NONZERO:
        return f"of shape {array.shape}: {', '.join(map(number, array.flat[:4]))}, ..."
    entries = ", ".join(f"{number(array[tuple(i)])} at {i}" for i in at)
    return f"of shape {array.shape}: 0{', but ' if at else ''}{entries}"


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


def _forward(verdict: Verdict, node: Node) -> dict[str, list[str]]:
    """Of each step: input, U, F, R, V, Y, and the upstream gradient."""
    golden, (source,) = verdict.golden, node.inputs
    ops = {n.name: n.op for n in golden.case.nodes}
    X = golden.case.get(source)
    if X is None:
        X = golden.expected[f"exp/{source}.{OPS[ops[source]].output}"]
    columns = {"X": [*map(number, X.ravel())]}
    columns |= {trace: _cells(verdict, f"exp/{node.name}.{trace}") for trace in "UFRVY"}
    up = golden.case.get(f"up/{node.name}.Y")
    return columns if up is None else columns | {"dY": [*map(number, up.ravel())]}


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
    return {
        "dV": _cells(verdict, f"dbg/{node.name}.dV"),
        **{name: [*map(number, term)] for name, term in terms.items()},
        "dU": _cells(verdict, f"dbg/{node.name}.dU"),
    }


def _cells(verdict: Verdict, name: str) -> list[str]:
    """The expected numbers, and what the backend gave where that is wrong."""
    expected, got = verdict.golden.expected[name].ravel(), verdict.arrays.get(name)
    if got is None or name not in {finding.tensor for finding in verdict.findings}:
        return [*map(number, expected)]
    allowed = verdict.golden.tolerance
    tolerance = allowed.get(got.dtype.name, next(iter(allowed.values())))[name]
    wrong = abs(got.ravel() - expected) > np.broadcast_to(tolerance, got.shape).ravel()
    return [
        "{} (got {})".format(*distinct_numbers(x + 0.0, y + 0.0)) if is_wrong else number(x)
        for x, y, is_wrong in zip(expected, got.ravel(), wrong, strict=True)
    ]


def _table(columns: Mapping[str, list[str]]) -> list[str]:
    """A line with the names, and one a step; without the steps in the middle of many."""
    steps = len(next(iter(columns.values())))
    half = MAX_STEPS // 2 if steps > MAX_STEPS else steps
    shown = [t for t in range(steps) if t < half or t >= steps - half]
    rows = [["step", *columns], *([str(t + 1), *(c[t] for c in columns.values())] for t in shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{text:<{n}}" for text, n in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    if len(shown) < steps:
        lines.insert(1 + half, f"... {count(steps - len(shown), 'more step')}")
    return lines


def _differences(verdict: Verdict) -> list[str]:
    """The first wrong array with its equation, then the others."""
    found = sorted(verdict.findings, key=lambda finding: finding.sort_key)
    first, case = found[0], verdict.golden.case
    text = "" if first.stage in {"backend", "names"} else equation_of(case, first.tensor)
    if declared := verdict.golden.metadata.get("declared"):  # the equations of the table are not
        text = f"{first.tensor}, as declared: {', '.join(declared)}"
    lines = [f"first difference: {text}"] if text else []
    lines += [_difference(verdict, finding) for finding in found[:MAX_WRONG]]
    more = len(found) - MAX_WRONG
    return [*lines, f"  and {count(more, 'more wrong array')}"] if more > 0 else lines


def _difference(verdict: Verdict, finding: Finding) -> str:
    if (got := verdict.arrays.get(finding.tensor)) is None:
        return finding.text
    expected = verdict.golden.expected[finding.tensor]
    if expected.size == 1:
        at = "{}, got {}".format(*distinct_numbers(expected.item() + 0.0, got.item() + 0.0))
    elif expected.size <= MAX_ENTRIES:
        at = f"{_nested(expected)}, got {_nested(got)}"
    else:
        at = finding.text.partition(" expected ")[2].partition(", error")[0]
    return f"  {finding.tensor}: expected {at}"


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
