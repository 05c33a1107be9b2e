"""The search for the smallest case that a backend still fails in the same way."""

# A change makes a smaller case: of fewer nodes, of shorter axes, with usual options, with rounder
# numbers.  Only nodes and inputs are chosen.  The shapes of all other arrays follow from the op
# table, and their numbers are those of the larger case as far as they go.

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Any, TypeAlias

import numpy as np

from liaf_ref._core.errors import InputError, LiafError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.checker import verdict as verdicts
from liaf_ref.oracle.chunks import can_be_cut
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.draw.answer import answered, level_of
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
LEAST: Mapping[object, int] = {SIZE: 1, SIZES: 1, PADDING: 0}  # of an option that counts something
NAMES = ("in/X", "in/X2", "in/X3", "in/X4")
Change: TypeAlias = Mapping[str, Any]  # of the arguments of `rebuilt`


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
    wrong = (f.tensor for f in (first, *verdict.findings) if f.stage == first.stage)
    kinds = [
        verdicts.array_kind(case, t) if "." in t else re.sub("in/.*", "in/X", t) for t in wrong
    ]
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


def rebuilt(
    case: Case,
    nodes: Sequence[Node] = (),
    given: Mapping[str, Array] | None = None,
    from_end: bool = False,
    **fields: Any,
) -> Case:
    """A case of other nodes, inputs and fields, with the first or the last numbers of this one."""
    case = replace(case, **fields)
    nodes, given = _needed(nodes or case.nodes), given or _inputs(case)
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
    for node, own_shapes in zip(nodes, network_shapes(nodes, inputs).values(), strict=True):
        if (limit := own_shapes.index_limit) is not None:
            name = "in/y" if node.op in LOSSES else node.inputs[0]
            arrays[name] = arrays[name] % limit
        if node.op == "dropout" and node not in case.nodes:  # a mask is 0 or 1 / keep
            mask = f"fix/{node.name}.M"
            arrays[mask] = (arrays[mask] != 0) / node.options["keep"]
    optimizer = case.optimizer if nodes[-1].op in LOSSES else None
    level = level_of(nodes, optimizer)
    found = replace(case, level=level, nodes=tuple(nodes), arrays=arrays, optimizer=optimizer)
    return found if can_be_cut(found) else replace(found, chunks=None)


def _inputs(case: Case) -> dict[str, Array]:
    """The arrays that the nodes read."""
    return {name: case[name] for node in case.nodes for name in node.inputs if name in case}


def _needed(nodes: Sequence[Node]) -> list[Node]:
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
    array = array[(0,) * max(array.ndim - len(shape), 0)]
    array = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
    for axis, (size, n) in enumerate(zip(array.shape, shape, strict=True)):
        start = max(size - n, 0) if from_end else 0
        array = array.take(np.arange(start, start + n) % size, axis)
    return array


def _changed(case: Case, name: str, options: Mapping[str, Any], **fields: Any) -> Change:
    """A node with other values of some options, and with other fields."""
    return {
        "nodes": [
            n._replace(options={**n.options, **options}, **fields) if n.name == name else n
            for n in case.nodes
        ]
    }


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
                self._take({"optimizer": None})
                self._first(self._parts())
                self._each(self._others())
                self._sizes()
                self._each(self._usual())
                self._numbers()
            return True
        return False

    def _take(self, change: Change) -> bool:
        """Go on with a smaller case if the backend fails it in the same way."""
        if time.monotonic() > self.deadline or self.count >= MAX_CANDIDATES:
            raise TimeoutError
        try:
            golden = self._answered(rebuilt(self.case, **change))
        except NOT_A_CASE:
            return False
        if golden is None:
            return False
        self.count += 1
        verdict = verdicts.judge(self.backend, golden, self.dtype)
        if fails := is_same_failure(verdict, self.verdict):
            self.verdict = verdict
        return fails

    def _first(self, changes: Iterable[Change]) -> None:
        """The first change that still fails."""
        any(map(self._take, changes))

    def _each(self, changes: Iterable[Change]) -> None:
        """All changes, each of what the ones before have left."""
        for change in changes:
            self._take(change)

    def _answered(self, case: Case) -> GoldenCase | None:
        """A new case with its answer; an error where rounding could change a spike."""
        arrays = [(name, array.tolist()) for name, array in sorted(case.items())]
        key = repr((case.nodes, case.optimizer, case.chunks, arrays))
        declared, dtype = self.declaration, self.dtype if has_own_cases(self.dtype) else "float32"
        case = declared.configure(case).astype(dtype).astype(np.float64)
        variances = (a for name, a in case.items() if name.startswith("fix/") and name[-2:] == ".v")
        if key in self.tried or not declared.admits(case) or any((v <= 0).any() for v in variances):
            return None
        self.tried.add(key)
        golden = answered(case, declared, dtype, self.case.is_gate_forced)
        known = (*golden.expected.values(), *golden.tolerance[self.dtype].values())
        return golden if all(np.isfinite(array).all() for array in known) else None

    def _parts(self) -> Iterator[Change]:
        """The fewest nodes in a row, first those that have a wrong array."""
        nodes, expected = self.case.nodes, self.verdict.golden.expected
        names = [node.name for node in nodes]
        wrong = [_node_of(finding.tensor) for finding in self.verdict.findings]
        likely = dict.fromkeys([*filter(names.__contains__, wrong), *reversed(names)])
        outputs = [f"exp/{node.name}.{OPS[node.op].output}" for node in nodes]
        for n, k in product(range(len(names) - 1), map(names.index, likely)):
            before = zip(names[:k], map(expected.get, outputs), strict=False)
            yield {"nodes": nodes[k : k + n + 1], "given": {**_inputs(self.case), **dict(before)}}

    def _others(self) -> Iterator[Change]:
        """Each node left out: its first input takes the place of its output."""
        for left_out in self.case.nodes[:-1]:
            source, others = {left_out.name: left_out.inputs[0]}, list[Node]()
            for n in self.case.nodes:
                others += [n._replace(inputs=tuple(source.get(s, s) for s in n.inputs))]
            yield {"nodes": [n for n in others if n.name != left_out.name]}

    def _usual(self) -> Iterator[Change]:
        """Fewer inputs of a concatenation, no chunks, options at their defaults."""
        for node in self.case.nodes:
            for k in range(len(node.inputs)) if len(node.inputs) > 1 else ():
                fewer = (*node.inputs[:k], *node.inputs[k + 1 :])
                yield _changed(self.case, node.name, {}, inputs=fewer)
            for name, default in unusual_options(node).items():
                yield _changed(self.case, node.name, {name: default})
        yield {"chunks": None}

    def _sizes(self) -> None:
        """Axes of the inputs, options that count something, and training steps, always so."""
        most = max(gates(node.op) for node in self.case.nodes)
        shapes = [array.shape for array in _inputs(self.case).values()]
        for axis in range(axes := max(map(len, shapes))):
            step = most if axis == axes - 1 else 1
            longest = max(shape[axis] for shape in shapes if len(shape) > axis)
            self._least(longest // step, partial(self._with_axis, axis, step))
        for node in self.case.nodes:
            for name, option in OPS[node.op].options.items():
                numbers = np.atleast_1d(node.options[name]) if option.values in LEAST else ()
                step = most if option.values == SIZE else 1
                for axis, now in enumerate(numbers):
                    choose = partial(self._with_option, node.name, name, axis, step)
                    self._least(int(np.max(now)) // step, choose, LEAST[option.values])
        if (trained := self.case.optimizer) is not None:
            self._least(trained["steps"], lambda n, _: {"optimizer": {**trained, "steps": n}})

    def _least(self, now: int, choose: Callable[[int, bool], Change], least: int = 1) -> None:
        """A number at its least, else bisected to where the failure ends; what is left: an end."""
        for from_end in (False, True):
            low = least - 1
            while now > low + 1:
                middle = (low + now) // 2 if low >= least else least
                fails = self._take(choose(middle, from_end))
                low, now = (low, middle) if fails else (middle, now)

    def _with_axis(self, axis: int, step: int, n: int, from_end: bool) -> Change:
        """All inputs with an axis of at most n steps, and the chunks of what is left of time."""
        change, cut, chunks = dict[str, Any](), dict[str, Array](), self.case.chunks
        for name, a in _inputs(self.case).items():
            shape = tuple(
                min(n * step, size) if k == axis else size for k, size in enumerate(a.shape)
            )
            cut[name] = _fitted(a, shape, from_end, step)
        if chunks is not None and axis == 1:
            start = sum(chunks.steps) - n if from_end else 0
            borders = np.clip(np.cumsum([0, *chunks.steps]), start, start + n)
            steps = tuple(filter(None, np.diff(borders).tolist()))
            change["chunks"] = chunks._replace(steps=steps)
        return {**change, "given": cut, "from_end": from_end}

    def _with_option(
        self, node: str, name: str, axis: int, step: int, n: int, from_end: bool
    ) -> Change:
        """An option whose number, or whose numbers of an axis, are at most n steps."""
        value = np.array(next(of.options[name] for of in self.case.nodes if of.name == node))
        np.atleast_1d(value)[axis] = np.minimum(np.atleast_1d(value)[axis], n * step)
        return {**_changed(self.case, node, {name: value.tolist()}), "from_end": from_end}

    def _numbers(self) -> None:
        """Rounder numbers: of each array, then, where these are few, of each entry."""
        given = [name for name in self.case if name.partition("/")[0] in ORDER]
        for name in sorted(given, key=lambda name: ORDER.index(name.partition("/")[0])):
            if name.endswith(".M") or not self.case[name].any():
                continue
            rounder = _rounder(self.case[name], (0, 1))
            self._first(self._set(name, slice(None), x) for x in rounder)
            self._each(self._zeros(name))
            few = sum(array.size for array in self.case.values()) <= MAX_ENTRIES
            for k in np.flatnonzero(self.case[name]) if few else ():
                rounder = _rounder(self.case[name].flat[k], SIMPLE)
                self._first(self._set(name, k, x) for x in rounder)

    def _zeros(self, name: str) -> Iterator[Change]:
        """As many entries of an array 0 as possible: halves, quarters, and so on."""
        length = np.count_nonzero(self.case[name])
        while length > 1:
            length = -(-length // 2)
            nonzero = np.flatnonzero(self.case[name])
            for start in range(0, len(nonzero), length):
                yield self._set(name, nonzero[start : start + length], 0)

    def _set(self, name: str, at: Any, x: Any) -> Change:
        """Some entries of an array, by their places in a row, replaced."""
        array = self.case[name].copy()
        array.flat[at] = x
        return {"arrays": {**self.case, name: array}}
