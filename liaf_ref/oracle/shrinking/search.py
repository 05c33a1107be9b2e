"""The search for the smallest case that a backend still fails in the same way."""

# A change is of nodes, options, inputs or single numbers.  The rest is completed: the shapes of all
# other arrays follow from the op table, and their numbers are those of the larger case as far as
# they go.

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from itertools import product
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from liaf_ref._core.errors import InputError, LiafError
from liaf_ref.oracle.case import Array, Case, Node, with_options
from liaf_ref.oracle.checker import verdict as verdicts
from liaf_ref.oracle.chunks import can_be_cut, steps_of
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.draw.answer import GIVEN, answered, level_of
from liaf_ref.oracle.formats import has_own_cases
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import LOSSES, OPS, PADDING, SIZE, SIZES
from liaf_ref.oracle.shapes import array_shapes, network_shapes

NOT_A_CASE = (LiafError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
MAX_CANDIDATES = 80  # cases that a backend is asked
ORDER = ("up/", "fix/", "par/", "in/")  # in which numbers get simpler
MAX_GROUPS = 64  # of the numbers of an array
STEPS = (1.0, 0.5, 0.25, 2.0**-4, 2.0**-8, 2.0**-12)
SIMPLE = (1.0, -1.0, 0.5, -0.5, 2.0)
FRESH = np.array([1.0, -0.5, 0.5, 1.0, -1.0, 0.25, -1.0])  # upstream gradients of a new last node
LEAST: Mapping[object, int] = {SIZE: 1, SIZES: 1, PADDING: 0}  # of an option that counts something
NAMES = ("in/X", "in/X2", "in/X3", "in/X4")
Change: TypeAlias = Callable[[Case], Case]


def failure_of(verdict: verdicts.Verdict) -> tuple[str, list[str]] | None:
    """The stage of a failure, and the kinds of what is wrong there, the first first."""
    first, case = verdict.first_finding, verdict.golden.case
    if verdict.status != "failed" or first is None:
        return None
    if first.stage in {"backend", "names"}:  # an exception by its type and place
        if frames := re.findall(r"^  File .*", verdict.traceback, re.MULTILINE):
            last = verdict.traceback.strip().rpartition("\n")[2]
            return first.stage, [last.partition(":")[0] + str(frames[-1])]
        words = re.findall(r"(?<!\S)[A-Za-z]+[;:]?(?!\S)", first.text)  # no numbers and names
        return first.stage, [" ".join(words)]
    wrong = [f.tensor for f in (first, *verdict.findings) if f.stage == first.stage]
    kinds = [verdicts.array_kind(case, re.sub(r"in/[^.]*$", "in/X", t)) for t in wrong]
    return ("forward" if first.stage in verdicts.FORWARD_STAGES else first.stage), kinds


def _node_of(tensor: str) -> str:
    return tensor.rpartition("/")[2].partition(".")[0]


def is_same_failure(verdict: verdicts.Verdict, before: verdicts.Verdict) -> bool:
    """Whether a case fails as another one did: in an array of that kind, or behind a cut node."""
    found, other = failure_of(verdict), failure_of(before)
    if found is None or other is None or found[0] != other[0]:
        return False
    first, names = before.findings[0].tensor, {node.name for node in verdict.golden.case.nodes}
    return other[1][0] in found[1] or ("." in first and _node_of(first) not in names)


def completed(case: Case) -> Case:
    """What a change has left as a case: all arrays that the nodes need, and no others."""
    given = _inputs(case)
    free = (name for name in NAMES if name not in given)
    names = {name: name if name.startswith("in/") else next(free) for name in given}
    nodes = _reading(names, _needed(case.nodes))
    arrays = {names[name]: array for name, array in given.items()}
    inputs = {name: array.shape for name, array in arrays.items()}
    for name, shape in array_shapes(nodes, inputs, None).items():
        if min(shape, default=1) < 1:
            raise InputError(f"expected entries in {name}")
        is_asked = name.partition("/")[0] in GIVEN and name not in arrays
        if is_asked and (name in case or not name.endswith("T")):
            arrays[name] = _fitted(case.get(name, FRESH), shape)
    for node, own in zip(nodes, network_shapes(nodes, inputs).values(), strict=True):
        if own.index_limit is not None:
            name = "in/y" if node.op in LOSSES else node.inputs[0]
            arrays[name] = arrays[name] % own.index_limit
    optimizer = case.optimizer if nodes[-1].op in LOSSES else None
    level, chunks = level_of(nodes, optimizer), case.chunks
    found = replace(case, level=level, nodes=nodes, arrays=arrays, optimizer=optimizer)
    if chunks is None or not can_be_cut(found):
        return replace(found, chunks=None)
    if (steps := steps_of(found)) != sum(chunks.steps):
        ends = np.linspace(0, steps, min(len(chunks.steps), steps) + 1).astype(int)
        chunks = chunks._replace(steps=tuple(np.diff(ends).tolist()))
    return replace(found, chunks=chunks)


def _needed(nodes: Sequence[Node]) -> list[Node]:
    """Those that the last one depends on."""
    found, needed = list[Node](), {nodes[-1].name}
    for node in reversed(nodes):
        if node.name in needed:
            found.insert(0, node)
            needed |= {*node.inputs}
    return found


def _inputs(case: Case) -> dict[str, Array]:
    """The arrays that the nodes read, a cut node's output among them."""
    names, nodes = {node.name for node in case.nodes}, _needed(case.nodes)
    return {s: case[s] for node in nodes for s in node.inputs if s not in names}


def _fitted(array: Array, shape: tuple[int, ...]) -> Array:
    """The first entries of each axis, if not all 0; on longer and on new axes, the same again."""
    array = array[(0,) * max(array.ndim - len(shape), 0)]
    array = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
    sizes = zip(shape, array.shape, strict=True)
    found = array[np.ix_(*(np.arange(n) % size for n, size in sizes))]
    return found if found.any() or not array.any() else np.resize(array[array != 0], shape)


class Count(NamedTuple):
    """What there can be less of: entries of an axis, an option that counts, steps of training."""

    now: int
    least: int
    at_most: Callable[[int, Case], Case]


def _counts(case: Case) -> Iterator[Count]:
    shapes = [array.shape for array in _inputs(case).values()]
    unit = max(OPS[node.op].num_gates for node in case.nodes)  # what divides the last axis
    for axis in range(axes := max(map(len, shapes))):
        step = unit if axis == axes - 1 else 1
        longest = max(shape[axis] for shape in shapes if len(shape) > axis)
        yield Count(longest // step, 1, partial(_shorter, axis, step))
    for node in case.nodes:
        for name, option in OPS[node.op].options.items():
            step = unit if option.values == SIZE else 1
            numbers = np.atleast_1d(node.options[name]) if option.values in LEAST else ()
            for axis, number in enumerate(numbers):
                fewer = partial(_fewer, node.name, name, axis, step)
                yield Count(int(np.max(number)) // step, LEAST[option.values], fewer)
    if (trained := case.optimizer) is not None:
        yield Count(
            trained["steps"], 1, lambda n, case: replace(case, optimizer={**trained, "steps": n})
        )


def _shorter(axis: int, step: int, n: int, case: Case) -> Case:
    """All inputs with at most n steps along an axis."""

    def shorter(array: Array) -> Array:
        limits = [n * step if k == axis else size for k, size in enumerate(array.shape)]
        return _fitted(array, tuple(map(min, limits, array.shape)))

    return case.with_arrays({name: shorter(array) for name, array in _inputs(case).items()})


def _fewer(name: str, option: str, axis: int, step: int, n: int, case: Case) -> Case:
    """An option whose number, or whose numbers of an axis, are at most n steps."""

    def fewer(node: Node) -> Node:
        numbers = np.array(node.options[option])
        of_axis = np.atleast_1d(numbers)[axis : axis + 1]
        np.minimum(of_axis, n * step, out=of_axis)
        return with_options(node, {option: numbers.tolist()})

    return _with_node(name, fewer, case)


def _reversed(case: Case) -> Case:
    """All numbers from the end, so that the last ones of each axis are what is kept."""
    return case.with_arrays({name: np.flip(array) for name, array in case.items()})


def _with_node(name: str, change: Callable[[Node], Node], case: Case) -> Case:
    nodes = (change(node) if node.name == name else node for node in case.nodes)
    return replace(case, nodes=tuple(nodes))


def _with_numbers(name: str, at: Array, numbers: Any, case: Case) -> Case:
    array = case[name].copy()
    array.flat[at] = numbers
    return case.with_arrays({name: array})


def _reading(names: Mapping[str, str], nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes with other inputs in the place of some."""
    return tuple(n._replace(inputs=tuple(names.get(s, s) for s in n.inputs)) for n in nodes)


def _parts(verdict: verdicts.Verdict) -> Iterator[Change]:
    """The fewest nodes in a row, first those that have a wrong array; they are given the rest."""
    case, expected = verdict.golden.case, verdict.golden.expected
    names = [node.name for node in case.nodes]
    wrong = [_node_of(finding.tensor) for finding in verdict.findings]
    likely = dict.fromkeys([*filter(names.__contains__, wrong), *reversed(names)])
    traces = {n.name: f"exp/{n.name}.{OPS[n.op].output}" for n in case.nodes}
    outputs = {name: expected[trace] for name, trace in traces.items() if trace in expected}
    for n, k in product(range(len(names) - 1), map(names.index, likely)):
        yield partial(replace, nodes=case.nodes[k : k + n + 1], arrays={**outputs, **case})


def _plainer(case: Case) -> Iterator[Change]:
    """Nodes left out, fewer inputs of a node, options at their defaults, no training, no chunks."""
    for node in case.nodes:
        for k in range(len(node.inputs)) if len(node.inputs) > 1 else ():
            fewer = (*node.inputs[:k], *node.inputs[k + 1 :])
            yield partial(_with_node, node.name, partial(Node._replace, inputs=fewer))
        yield partial(_without, node)
        for name, option in OPS[node.op].options.items():
            is_value = option.default is not None and option.values not in LEAST
            if is_value and name != "keep" and node.options[name] != option.default:  # a mask's
                usual = partial(with_options, options={name: option.default})
                yield partial(_with_node, node.name, usual)
    yield from (partial(replace, optimizer=None), partial(replace, chunks=None))


def _without(node: Node, case: Case) -> Case:
    """A node's first input in the place of its output."""
    return replace(case, nodes=_reading({node.name: node.inputs[0]}, case.nodes))


def _places(case: Case) -> Iterator[tuple[str, Array]]:
    """Each number that is not 0, or groups of many: its array, and where it is."""
    for prefix in ORDER:
        for name in case:
            if name.startswith(prefix) and not name.endswith(".M"):
                at = np.flatnonzero(case[name])
                for group in np.array_split(at, min(at.size, MAX_GROUPS)) if at.size else ():
                    yield name, group


def _simpler(x: Array) -> Iterator[Array]:
    """Simpler numbers than these, the simplest first."""
    rounded = (np.round(x / step) * step + 0.0 for step in STEPS)  # not -0
    yield from (y for y in (*(y + 0 * x for y in SIMPLE), *rounded) if _cost(y) < _cost(x))


def _cost(x: Array) -> int:
    """More for each bit before and after the binary point, and for a sign."""
    pairs = [(*abs(n).as_integer_ratio(), n < 0) for n in x.tolist()]
    return sum(a.bit_length() + 2 * b.bit_length() + below for a, b, below in pairs)


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
        with suppress(TimeoutError):
            while before is not self.verdict:
                before = self.verdict
                any(map(self._take, _parts(self.verdict)))
                self._fewest([*_counts(self.case)])
                self._most(_plainer(self.case))
                self._most(partial(_with_numbers, *place, 0) for place in _places(self.case))
                for name, at in _places(self.case):
                    numbers = _simpler(self.case[name].flat[at])
                    any(self._take(partial(_with_numbers, name, at, x)) for x in numbers)
            return True
        return False

    def _most(self, changes: Iterable[Change]) -> None:
        """As many changes as still fail: all at once, then halves, and so on to each."""
        given = [*changes]
        size = len(given)
        while size:
            for start in range(0, len(given), size):
                self._take(*given[start : start + size])
            size //= 2

    def _fewest(self, counts: Sequence[Count]) -> None:
        """All at their least; then each at its least, or bisected to where the failure ends."""
        self._take(*(partial(count.at_most, count.least) for count in counts))
        for count, first in product(counts, ((), (_reversed,))):
            low, high = count.least - 1, count.now
            while high > low + 1:
                n = (low + high) // 2 if low >= count.least else count.least
                fails = self._take(*first, partial(count.at_most, n))
                low, high = (low, n) if fails else (n, high)

    def _take(self, *changes: Change) -> bool:
        """Go on with a smaller case if the backend fails it in the same way."""
        if time.monotonic() > self.deadline or self.count >= MAX_CANDIDATES:
            raise TimeoutError
        with suppress(*NOT_A_CASE):
            case = completed(reduce(lambda case, change: change(case), changes, self.case))
            if (golden := self._answered(case)) is not None:
                self.count += 1
                verdict = verdicts.judge(self.backend, golden, self.dtype)
                if is_same_failure(verdict, self.verdict):
                    self.verdict = verdict
                    return True
        return False

    def _answered(self, case: Case) -> GoldenCase | None:
        """A new case with its answer; an error where rounding could change a spike."""
        key = _key(case)
        declared, dtype = self.declaration, self.dtype if has_own_cases(self.dtype) else "float32"
        case = declared.configure(case).astype(dtype).astype(np.float64)
        grows = len(case.nodes) == len(self.case.nodes) and size_of(case) > size_of(self.case)
        if grows or key in self.tried or key == _key(self.case) or not declared.admits(case):
            return None
        self.tried.add(key)
        return answered(case, declared, dtype, self.case.is_gate_forced)


def _key(case: Case) -> str:
    arrays = [(name, array.tolist()) for name, array in sorted(case.items())]
    return repr((case.nodes, case.optimizer, case.chunks, arrays))


def size_of(case: Case) -> int:
    """How many numbers a case has."""
    return sum(array.size for array in case.values())
