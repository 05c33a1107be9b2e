"""A case's answer: its nodes forward, then the tape backward, and the steps of an optimizer."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import matmul
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref._core.validation import check_instance
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.table import layers, losses
from liaf_ref.oracle.table.functions import FUNCTIONS, held, stored
from liaf_ref.oracle.table.neuron import LINES, neuron
from liaf_ref.oracle.table.numbers import Numbers, current, floats, using
from liaf_ref.oracle.table.optimizers import DEFAULTS, OPTIMIZERS
from liaf_ref.oracle.table.tape import T, as_if, backward, concat, scaled, stop

Arrays = dict[str, Any]
Text = Mapping[str, Any]
OUTPUTS = ("Y", "I", "loss")
CHUNKS: Text = {  # what passes from chunk k to the next of K
    "chunk start": lambda first, before, k, K: before,
    "chunk parameter": lambda k, K: 1.0,  # times the gradient of a parameter
    "chunk final": lambda finals: finals[-1:],  # the final states that have a gradient
    "chunk bptt": lambda bptt: bptt,
}
PAPER: Text = {  # the paper by the names of its parts, each of which can be another
    **FUNCTIONS,
    **LINES,
    **CHUNKS,
    **OPTIMIZERS,
    "neuron": neuron,
    **layers.STORED,
    **layers.OTHERS,
    **dict.fromkeys(layers.CELLS, layers.recurrent),
    **{f"cell:{op}": cell for op, cell in layers.CELLS.items()},
    **{f"window:{op}": window for op, window in layers.WINDOWS.items()},
    "matmul": matmul,
    **{part.__name__: part for part in (layers.convolve, layers.normalize, layers.follow)},
    **losses.LOSSES,
}


def run(
    case: Case,
    numbers: Numbers | None = None,
    text: Text = PAPER,
    of_node: Callable[[Node], Text] | None = None,
) -> Arrays:
    """Compute the answer to a case from the paper's equations, forward and by a tape backward.

    Parameters
    ----------
    case : Case
        The network and its inputs.
    numbers : Numbers, optional
        The arithmetic; by default that of the case's dtype.
    text : mapping
        The equations by the names of their parts; by default the paper's.
    of_node : callable, optional
        ``of_node(node)``: the equations of one node, where they are not those of ``text``.

    Returns
    -------
    dict of str to ndarray
        The answer in the dtype of the case: outputs and states of every step ``exp/``, gradients
        ``grad/``, gradients at every step ``dbg/``, and for level L4 the parameters ``step1/``
        and the losses ``exp/curve``.

    Raises
    ------
    InputError
        If ``case`` is not a :class:`Case`.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import run
    >>> golden = lr.golden_case("l0_lif_all_mu0300")
    >>> golden.compare(run(golden.case)).status
    'passed'
    """
    check_instance("case", case, Case, "run", "a Case")
    parts = stages(case, numbers, text, of_node)
    return {name: array for part in parts for name, array in part.items()}


def stages(
    case: Case,
    numbers: Numbers | None = None,
    text: Text = PAPER,
    of_node: Callable[[Node], Text] | None = None,
) -> Iterator[Arrays]:
    """What :func:`run` gives, in parts: forward, backward, training."""
    if numbers is None:
        numbers = floats(np.result_type(*(a for a in case.values() if a.dtype.kind == "f")))
    with using(numbers), np.errstate(all="ignore"):
        arrays = {n: numbers.make(a) if _is_real(n, a) else a for n, a in case.items()}
    once = Pass(case, text, of_node or (lambda node: text))
    answer, passes = Arrays(), [once.forward, once.backward]
    if case.optimizer is not None:
        passes.append(lambda arrays: train(case, arrays, answer, once))
    for stage in passes:
        with using(numbers), np.errstate(all="ignore"):
            part = stage(arrays)
        answer |= part
        yield part


class Pass:
    """One run of a case, forward and then backward."""

    def __init__(self, case: Case, text: Text, of_node: Callable[[Node], Text]) -> None:
        self.case, self.text, self.of_node = case, text, of_node

    def forward(self, arrays: Arrays) -> Arrays:
        """The traces of all nodes."""
        self.leaf, self.Y = {name: T(a) for name, a in arrays.items()}, dict[str, T]()
        self.seeds, self.adjoints = list[tuple[T, Any]](), dict[str, list[T]]()
        answer = Arrays()
        for node in self.case.nodes:
            current().enter(node.name)
            z = self._of_node(node, arrays)
            X = [self.leaf[n] if n in self.leaf else self.Y[n] for n in node.inputs]
            traces = self._answered(node, z, X)
            answer |= {f"exp/{node.name}.{name}": trace.v for name, trace in traces.items()}
            self.Y[node.name] = next(traces[name] for name in OUTPUTS if name in traces)
            self.adjoints |= {f"dbg/{node.name}.{n}": parts for n, parts in z.adjoints.items()}
        return answer

    def _answered(self, node: Node, z: SimpleNamespace, X: Sequence[T]) -> dict[str, T]:
        """The traces of a node, in chunks if the case is; its last states have gradients."""
        op, chunks, store = z.text[node.op], self.case.chunks, z.text["store"]
        if node.op in layers.STORED:
            X = [held(x, store) for x in X]
        if chunks is None:
            traces = op(z, *X, **node.options)
            finals = [z.final]
        else:
            truncated = z.text["chunk bptt"](chunks.bptt) == "truncated"
            pass_on = z.text["chunk start"]

            def start(first: T, before: T, k: int, K: int) -> T:
                return pass_on(first, stop(before) if truncated and k else before, k, K)  # type: ignore[no-any-return]

            traces, finals = in_spans(op, z, X, node.options, chunks.spans(), start)
            finals = z.text["chunk final"](finals)
        for final in finals:
            named = {f"up/{node.name}.{name}T": state for name, state in final.items()}
            self.seeds += [(state, self.leaf[n].v) for n, state in named.items() if n in self.leaf]
        if store is not None and node.op in layers.STORED:
            traces = {name: as_if(stored(stop(y), store), y) for name, y in traces.items()}
        return traces  # type: ignore[no-any-return]

    def backward(self, arrays: Arrays) -> Arrays:
        """All gradients."""
        last = self.case.nodes[-1]
        given = arrays.get(f"up/{last.name}.Y")
        self.seeds.append((self.Y[last.name], current().make(1.0) if given is None else given))
        backward(self.seeds)
        varied = (n for n, a in arrays.items() if n.startswith(("par/", "in/")) and _is_real(n, a))
        return {f"grad/{name}": self.leaf[name].gradient for name in varied} | {
            name: np.stack([part.gradient for part in parts], axis=1)
            for name, parts in self.adjoints.items()
        }

    def _of_node(self, node: Node, arrays: Arrays) -> SimpleNamespace:
        """What an operation reads beside its inputs, and where it says what else it computes."""

        def own(prefix: str, values: Mapping[str, Any], after: str = "") -> dict[str, Any]:
            start = f"{prefix}/{node.name}."
            found = {k.removeprefix(start): a for k, a in values.items() if k.startswith(start)}
            return {k.removesuffix(after): a for k, a in found.items()}

        parameters = {n: held(p, self.text["store"]) for n, p in own("par", self.leaf).items()}
        constants = own("fix", self.leaf)
        return SimpleNamespace(
            op=node.op,
            text=self.of_node(node),
            **parameters,
            **constants,
            parameters=tuple(parameters),  # their names
            states=own("in", self.leaf, "0"),
            gates=own("gate", arrays),
            y=arrays.get("in/y"),
            final={},
            adjoints={},
        )


Start = Callable[[T, T, int, int], T]


def in_spans(
    op: Callable[..., dict[str, T]],
    z: SimpleNamespace,
    X: Sequence[T],
    options: Mapping[str, Any],
    spans: Iterable[tuple[int, int]],
    start: Start,
) -> tuple[dict[str, T], list[dict[str, T]]]:
    """An operation on parts of a sequence: its traces, and the states after each part."""
    spans, first = tuple(spans), z.states
    before, traces, finals = first, list[dict[str, T]](), list[dict[str, T]]()
    adjoints: dict[str, list[T]] = {}
    for k, (a, b) in enumerate(spans):
        weight = z.text["chunk parameter"](k, len(spans))
        own = {name: scaled(getattr(z, name), weight) for name in z.parameters}
        own |= {"M": z.M[:, a:b]} if hasattr(z, "M") else {}
        part = SimpleNamespace(**vars(z) | own)
        part.states = {n: start(first[n], s, k, len(spans)) for n, s in before.items()}
        part.gates = {n: gate[:, a:b] for n, gate in z.gates.items()}
        part.final, part.adjoints, part.is_first = {}, {}, k == 0
        traces.append(op(part, *(x[:, a:b] for x in X), **options))
        for name, steps in part.adjoints.items():
            adjoints.setdefault(name, []).extend(steps)
        finals.append(part.final)
        before = part.final
    z.adjoints |= adjoints
    z.final |= before
    return {name: concat([t[name] for t in traces], axis=1) for name in traces[0]}, finals


def spans_of(length: int, steps: int) -> tuple[tuple[int, int], ...]:
    """Spans of as many steps, the last of what is left."""
    return tuple(pairwise([*range(0, length, steps), length]))


def _is_real(name: str, array: Any) -> bool:
    kind = array.dtype.kind if hasattr(array, "dtype") else "f"
    return kind not in "biu" and not name.startswith("gate/")


def train(case: Case, arrays: Arrays, answer: Arrays, once: Pass) -> Arrays:
    """Train a case on its own batch: the losses before each step, the parameters after one."""
    o = {**DEFAULTS, **(case.optimizer or {})}
    loss = f"exp/{case.nodes[-1].name}.loss"
    parameters = [name for name in arrays if name.startswith("par/")]
    kept: dict[str, Arrays] = {name: {} for name in parameters}
    curve, first = [answer[loss]], Arrays()
    for t in range(1, max(o["steps"], 2)):
        arrays = arrays | {
            n: once.text[o["name"]](arrays[n], answer[f"grad/{n}"], kept[n], o, t)
            for n in parameters
        }
        first = first or {f"step1/{n.removeprefix('par/')}": arrays[n] for n in parameters}
        if t < o["steps"]:
            answer = once.forward(arrays) | once.backward(arrays)
            curve.append(answer[loss])
    return first | {"exp/curve": np.stack(curve)}
