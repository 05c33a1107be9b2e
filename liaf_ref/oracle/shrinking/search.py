"""The search for the smallest case that a backend still fails in the same way."""

# A move makes a smaller case: of fewer nodes, of shorter axes, with usual options, with rounder
# numbers.  Only nodes and inputs are chosen.  The shapes of all other arrays follow from the op
# table, and their numbers are those of the larger case as far as they go.

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from liaf_ref._core.errors import InputError, LiafError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.checker import verdict as verdicts
from liaf_ref.oracle.chunks import can_be_cut
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.draw import answer
from liaf_ref.oracle.draw.network import gates
from liaf_ref.oracle.formats import has_own_cases
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import LOSSES, OPS, PADDING, SIZE, SIZES
from liaf_ref.oracle.shapes import array_shapes, network_shapes

NOT_A_CASE = (LiafError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
MAX_CANDIDATES = 80  # cases that a backend is asked
ORDER = ("up", "fix", "par", "in")  # in which numbers get simpler
MAX_ENTRIES = 200  # of a case, above which single numbers are only replaced by 0
STEPS = (1.0, 0.5, 0.25, 2.0**-4, 2.0**-8, 2.0**-12)
SIMPLE = (1.0, -1.0, 0.5, -0.5, 2.0)
FRESH = np.array([1.0, -0.5, 0.5, 1.0, -1.0, 0.25, -1.0])  # upstream gradients of a new last node
LEAST = {SIZE: 1, SIZES: 1, PADDING: 0}  # of an option that counts something
NAMES = ("in/X", "in/X2", "in/X3", "in/X4")
Move: TypeAlias = Callable[[Case], Case]  # it raises where it does not fit


def failure_of(verdict: verdicts.Verdict) -> tuple[str, list[str]] | None:
    """The stage of a failure, and the kinds of what is wrong there, the first first."""
    first, case = verdict.first_finding, verdict.golden.case
    if verdict.status != "failed" or first is None:
        return None
    if first.stage in {"backend", "names"}:
        return first.stage, [_description(verdict.traceback, first.text)]
    wrong = (f.tensor for f in (first, *verdict.findings) if f.stage == first.stage)
    kinds = [
        verdicts.array_kind(case, t) if "." in t else re.sub("in/.*", "in/X", t) for t in wrong
    ]
    return ("forward" if first.stage in verdicts.FORWARD_STAGES else first.stage), kinds


def _description(traceback: str, text: str) -> str:
    """An exception by its type and place; else what is wrong, without numbers and names."""
    if frames := re.findall(r"^  File .*", traceback, re.MULTILINE):
        return traceback.strip().rpartition("\n")[2].partition(":")[0] + str(frames[-1])
    return " ".join(re.findall(r"(?<!\S)[A-Za-z]+[;:]?(?!\S)", text))


def _node_of(tensor: str) -> str:
    return tensor.rpartition("/")[2].partition(".")[0]


def is_same_failure(verdict: verdicts.Verdict, before: verdicts.Verdict) -> bool:
    """Whether a case fails as another one did: in an array of that kind, or behind a cut node."""
    found, other = failure_of(verdict), failure_of(before)
    if found is None or other is None or found[0] != other[0]:
        return False
    first, names = before.findings[0].tensor, {node.name for node in verdict.golden.case.nodes}
    return other[1][0] in found[1] or ("." in first and _node_of(first) not in names)


def rebuilt(
    case: Case,
    nodes: Iterable[Node],
    given: Mapping[str, Array] | None = None,
    from_end: bool = False,
) -> Case:
    """A case of other nodes and inputs, with the first or the last numbers of this one."""
    nodes, given = _needed([*nodes]), given or _inputs(case)
    sources = [source for n in nodes for source in n.inputs if source in given]
    free = (name for name in NAMES if name not in sources)
    names = {s: s if s.startswith("in/") else next(free) for s in dict.fromkeys(sources)}
    nodes = [n._replace(inputs=tuple(names.get(s, s) for s in n.inputs)) for n in nodes]
    arrays = {names[source]: given[source] for source in names}
    inputs = {name: array.shape for name, array in arrays.items()}
    parts = {f"par/{node.name}": gates(node.op) for node in nodes}
    for name, shape in array_shapes(nodes, inputs, None).items():
        if min(shape, default=1) < 1:
            raise InputError(f"expected entries in {name}")
        is_asked = name.startswith(("in/", "fix/", "par/", "up/")) and name not in arrays
        if is_asked and (name in case or not name.endswith("T")):
            own = parts.get(name.partition(".")[0], 1)
            arrays[name] = _fitted(case.get(name, FRESH), shape, from_end, own)
    for node in nodes:
        if (limit := network_shapes(nodes, inputs)[node.name].index_limit) is not None:
            name = "in/y" if node.op in LOSSES else node.inputs[0]
            arrays[name] = arrays[name] % limit
        if node.op == "dropout":  # a mask is 0 or 1 / keep
            mask = f"fix/{node.name}.M"
            arrays[mask] = (arrays[mask] != 0) / node.options["keep"]
    optimizer = case.optimizer if nodes[-1].op in LOSSES else None
    level = answer.level_of(nodes, optimizer)
    found = replace(case, level=level, nodes=tuple(nodes), arrays=arrays, optimizer=optimizer)
    return found if can_be_cut(found) else replace(found, chunks=None)


def _inputs(case: Case) -> dict[str, Array]:
    """The arrays that the nodes read."""
    return {name: case[name] for node in case.nodes for name in node.inputs if name in case}


def _needed(nodes: list[Node]) -> list[Node]:
    """Those that the last one depends on."""
    found, needed = list[Node](), {nodes[-1].name}
    for node in reversed(nodes):
        if node.name in needed:
            found.insert(0, node)
            needed |= {*node.inputs}
    return found


def _fitted(array: Array, shape: tuple[int, ...], from_end: bool, parts: int = 1) -> Array:
    """The first or the last entries of each axis; on longer and on new axes, the same again."""
    if parts > 1:  # each gate of the last axis for itself
        shape = (*shape[:-1], shape[-1] // parts)
        each = (_fitted(a, shape, from_end) for a in np.split(array, parts, axis=-1))
        return np.concatenate([*each], axis=-1)
    while array.ndim > len(shape):
        array = array[0]
    array = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
    for axis, (size, n) in enumerate(zip(array.shape, shape, strict=True)):
        start = max(size - n, 0) if from_end else 0
        array = array.take(np.arange(start, start + n) % size, axis)
    return array


def _part(outputs: Mapping[str, Array], first: int, last: int, case: Case) -> Case:
    """The nodes from the first to the last; the outputs of others before them are inputs."""
    before = {n.name: outputs[f"exp/{n.name}.{OPS[n.op].output}"] for n in case.nodes[:first]}
    return rebuilt(case, case.nodes[first : last + 1], _inputs(case) | before)


def _without(left_out: Node, case: Case) -> Case:
    """A node left out: its first input takes the place of its output."""
    source = {left_out.name: left_out.inputs[0]}
    others = (node for node in case.nodes if node.name != left_out.name)
    return rebuilt(
        case, (n._replace(inputs=tuple(source.get(s, s) for s in n.inputs)) for n in others)
    )


def _changed(
    name: str, options: Mapping[str, Any], case: Case, from_end: bool = False, **fields: Any
) -> Case:
    """A node with other fields, and with other values of some options."""
    changed = (n._replace(options={**n.options, **options}, **fields) for n in case.nodes)
    nodes = (b if a.name == name else a for a, b in zip(case.nodes, changed, strict=True))
    return rebuilt(case, nodes, from_end=from_end)


class Size(NamedTuple):
    """A size of a case, how to choose another, what it is a multiple of, and its least."""

    now: int
    chosen: Callable[[int, bool, Case], Case]  # kept from the start or the end
    step: int = 1
    least: int = 1


def sizes(case: Case) -> list[Size]:
    """Axes of the inputs, options and training steps, always in this order."""
    shapes = [array.shape for array in _inputs(case).values()]
    most, found = max(gates(node.op) for node in case.nodes), list[Size]()
    for axis in range(axes := max(map(len, shapes))):
        step = most if axis == axes - 1 else 1
        longest = max(shape[axis] for shape in shapes if len(shape) > axis)
        found.append(Size(longest, partial(_with_axis, axis, step), step))
    for node in case.nodes:
        for name, option in OPS[node.op].options.items():
            if option.values in LEAST:
                step = most if option.values == SIZE else 1
                for axis, now in enumerate(np.atleast_1d(node.options[name])):
                    choose = partial(_with_option, node, name, axis)
                    found.append(Size(int(np.max(now)), choose, step, LEAST[option.values]))
    if (trained := case.optimizer) is not None:
        found.append(
            Size(trained["steps"], lambda n, _, c: replace(c, optimizer={**trained, "steps": n}))
        )
    return found


def _with_axis(axis: int, gates: int, n: int, from_end: bool, case: Case) -> Case:
    """All inputs with an axis of at most n, and chunks of the steps that are left."""
    cut = dict[str, Array]()
    for name, a in _inputs(case).items():
        shape = (*a.shape[:axis], *(min(n, size) for size in a.shape[axis:][:1]))
        cut[name] = _fitted(a, (*shape, *a.shape[axis + 1 :]), from_end, gates)
    if case.chunks is not None and axis == 1:
        start = sum(case.chunks.steps) - n if from_end else 0
        ends = ((max(a, start), min(b, start + n)) for a, b in case.chunks.spans())
        steps = tuple(b - a for a, b in ends if b > a)
        case = replace(case, chunks=case.chunks._replace(steps=steps))
    return rebuilt(case, case.nodes, cut, from_end)


def _with_option(node: Node, name: str, axis: int, n: int, from_end: bool, case: Case) -> Case:
    """An option whose number, or whose numbers of an axis, are at most n."""
    value = np.array(node.options[name])
    np.atleast_1d(value)[axis] = np.minimum(np.atleast_1d(value)[axis], n)
    return _changed(node.name, {name: value.tolist()}, case, from_end)


def usual(case: Case) -> Iterator[Move]:
    """Fewer inputs of a concatenation, no chunks, options at their defaults."""
    for node in case.nodes:
        for k in range(len(node.inputs)) if len(node.inputs) > 1 else ():
            fewer = (*node.inputs[:k], *node.inputs[k + 1 :])
            yield partial(_changed, node.name, {}, inputs=fewer)
        for name, default in unusual_options(node).items():
            yield partial(_changed, node.name, {name: default})
    yield lambda case: replace(case, chunks=None)


def unusual_options(node: Node) -> dict[str, Any]:
    """The defaults of the options of a node that have another value."""
    options = OPS[node.op].options
    defaults = {name: _listed(o.default) for name, o in options.items() if o.default is not None}
    return {name: value for name, value in defaults.items() if _listed(node.options[name]) != value}


def _listed(value: Any) -> Any:
    return [*map(_listed, value)] if isinstance(value, list | tuple) else value


def _rounder(x: Any, simple: tuple[float, ...]) -> Iterator[Any]:
    """Rounder numbers than one, or than those of an array, the roundest first."""
    rounded = (np.round(x / step) * step + 0.0 for step in STEPS)  # not -0
    yield from (y for y in (*simple, *rounded) if _cost(y + 0 * x) < _cost(x))


def _cost(x: Any) -> int:
    """More for each bit before and after the binary point, and for a sign."""
    pairs = [(*abs(n).as_integer_ratio(), n < 0) for n in np.ravel(x).tolist()]
    return sum(a.bit_length() + 2 * b.bit_length() + below for a, b, below in pairs)


def _with(name: str, at: Any, x: Any, case: Case) -> Case:
    """Some entries of an array, by their places in a row, replaced."""
    array = case[name].copy()
    array.flat[at] = x
    return case.with_arrays({name: array})


@dataclass
class Search:
    """A failing case that becomes smaller."""

    backend: verdicts.Backend
    verdict: verdicts.Verdict
    dtype: str
    deadline: float
    declaration: Declaration
    count: int = 0
    tried: set[str] = field(default_factory=set)

    @property
    def case(self) -> Case:
        """The smallest failing case so far."""
        return self.verdict.golden.case

    def run(self) -> bool:
        """Shrink until nothing gets smaller; False if a limit ended the search before."""
        before = None
        with contextlib.suppress(TimeoutError):
            while before is not self.verdict:
                before = self.verdict
                self._take(lambda case: replace(case, optimizer=None))
                any(map(self._take, self._parts()))  # the first that still fails
                self._each(partial(_without, node) for node in self.case.nodes[:-1])
                self._sizes()
                self._each(usual(self.case))
                self._numbers()
            return True
        return False

    def _take(self, move: Move) -> bool:
        """Go on with a smaller case if the backend fails it in the same way."""
        if time.monotonic() > self.deadline or self.count >= MAX_CANDIDATES:
            raise TimeoutError
        try:
            golden = self._answered(move(self.case))
        except NOT_A_CASE:
            return False
        if golden is None:
            return False
        self.count += 1
        verdict = verdicts.judge(self.backend, golden, self.dtype)
        if fails := is_same_failure(verdict, self.verdict):
            self.verdict = verdict
        return fails

    def _each(self, moves: Iterable[Move]) -> None:
        """All moves, each on what the ones before have left."""
        for move in moves:
            self._take(move)

    def _answered(self, case: Case) -> GoldenCase | None:
        """A new case with its answer; None where rounding could change a spike, or has no bound."""
        arrays = [(name, array.tolist()) for name, array in sorted(case.items())]
        key = repr((case.nodes, case.optimizer, case.chunks, arrays))
        declared, low = self.declaration, has_own_cases(self.dtype)
        dtype = self.dtype if low else "float32"
        case = declared.configure(case).astype(dtype).astype(np.float64)
        variances = (a for name, a in case.items() if name.startswith("fix/") and name[-2:] == ".v")
        if key in self.tried or not declared.admits(case) or any((v <= 0).any() for v in variances):
            return None
        self.tried.add(key)
        if (words := declared.words(self.dtype)) is not None:
            return answer.answer_in_words(case, words, declared)
        with np.errstate(all="ignore"):
            golden = answer.answer_safe(case, declared, dtype)
            if golden is None and self.case.is_gate_forced:
                golden = answer.answer_gated(case, declared, dtype)
            if golden is None:
                return None
            known = (golden.expected, golden.tolerance[self.dtype])
        return golden if all(np.isfinite(a).all() for of in known for a in of.values()) else None

    def _parts(self) -> Iterator[Move]:
        """The fewest nodes in a row, first those that have a wrong array."""
        names = [node.name for node in self.case.nodes]
        wrong = [_node_of(finding.tensor) for finding in self.verdict.findings]
        likely = dict.fromkeys([*filter(names.__contains__, wrong), *reversed(names)])
        spans = product(range(len(names) - 1), map(names.index, likely))
        for n, k in spans:
            if k + n < len(names):
                yield partial(_part, self.verdict.golden.expected, k, k + n)

    def _sizes(self) -> None:
        """Each size at its least, else bisected down to where the failure ends, from either end."""
        for k, from_end in product(range(len(sizes(self.case))), (False, True)):
            size = sizes(self.case)[k]
            low, high = size.least - 1, size.now // size.step
            while high > low + 1:
                middle = (low + high) // 2 if low >= size.least else size.least
                taken = self._take(partial(size.chosen, middle * size.step, from_end))
                low, high = (low, middle) if taken else (middle, high)

    def _numbers(self) -> None:
        """Rounder numbers: of each array, then, where these are few, of each entry."""
        for name in sorted(self.case, key=lambda name: ORDER.index(name.partition("/")[0])):
            if name.endswith(".M") or not self.case[name].any():
                continue
            whole = _rounder(self.case[name], (0, 1))
            any(self._take(partial(_with, name, slice(None), x)) for x in whole)
            self._each(self._zeros(name))
            few = sum(array.size for array in self.case.values()) <= MAX_ENTRIES
            for k in np.flatnonzero(self.case[name]) if few else ():
                entry = _rounder(self.case[name].flat[k], SIMPLE)
                any(self._take(partial(_with, name, k, x)) for x in entry)

    def _zeros(self, name: str) -> Iterator[Move]:
        """As many entries of an array 0 as possible: halves, quarters, and so on."""
        length = np.count_nonzero(self.case[name])
        while length > 1:
            length = -(-length // 2)
            nonzero = np.flatnonzero(self.case[name])
            for start in range(0, len(nonzero), length):
                yield partial(_with, name, nonzero[start : start + length], 0)
