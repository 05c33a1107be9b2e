"""A case's answer: its nodes forward, then the tape backward, and the steps of an optimizer."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import matmul
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref._core.validation import check_instance
from liaf_ref.oracle import opset
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.table import layers, tape
from liaf_ref.oracle.table.functions import FUNCTIONS, held, stored
from liaf_ref.oracle.table.neuron import LINES, neuron
from liaf_ref.oracle.table.tape import Numbers, T, as_if, concat, current, scaled, stop, using
from liaf_ref.oracle.table.training import LOSSES, OPTIMIZERS

Arrays = dict[str, Any]
Text = Mapping[str, Any]
OfNode = Callable[[Node], Text]
CHUNKS: Text = {  # what passes from chunk k to the next of K
    "chunk_start": lambda first, before, k, K, bptt: (
        stop(before) if k and bptt == "truncated" else before
    ),
    "chunk_parameter": lambda k, K: 1.0,  # times the gradient of a parameter
    "chunk_final": lambda finals: finals[-1:],  # the final states that have a gradient
}
PAPER: Text = {  # the paper by the names of its parts, each of which can be another
    **FUNCTIONS,
    **LINES,
    **CHUNKS,
    **OPTIMIZERS,
    "neuron": neuron,
    **layers.OPERATIONS,
    **{f"cell:{op}": cell for op, cell in layers.CELLS.items()},
    **{f"window:{op}": window for op, window in layers.WINDOWS.items()},
    "matmul": matmul,
    **{part.__name__: part for part in (layers.convolve, layers.normalize, layers.follow)},
    **LOSSES,
}


def run(
    case: Case, numbers: Numbers | None = None, text: Text = PAPER, of_node: OfNode | None = None
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
    return Pass(case, text, of_node).answer(numbers)


class Pass:
    """One run of a case, forward and then backward."""

    def __init__(self, case: Case, text: Text = PAPER, of_node: OfNode | None = None) -> None:
        self.case, self.text, self.of_node = case, text, of_node or (lambda node: text)

    def answer(self, numbers: Numbers | None = None) -> Arrays:
        """Answer the case: traces, gradients, and training for L4."""
        return {name: array for part in self.stages(numbers) for name, array in part.items()}

    def stages(self, numbers: Numbers | None = None) -> Iterator[Arrays]:
        """The answer in parts: forward, backward, training."""
        case, answer = self.case, Arrays()
        numbers = numbers or tape.floats(float_dtype(case))
        with using(numbers):
            arrays = {n: numbers.make(a) if is_real(n, a) else a for n, a in case.items()}
        parts: list[Callable[[Arrays], Arrays]] = [self.forward, self.backward]
        parts += [partial(self.train, answer)] if case.optimizer else []
        for part in parts:
            with using(numbers):
                found = part(arrays)
            answer |= found
            yield found

    def forward(self, arrays: Arrays) -> Arrays:
        """The traces of all nodes."""
        self.leaf = {name: T(a) for name, a in arrays.items()}
        self.Y, self.adjoints = {**self.leaf}, dict[str, list[T]]()
        self.seeds, answer = list[tuple[T, Any]](), Arrays()
        for node in self.case.nodes:
            current().enter(node.name)
            z = self._of_node(node)
            traces = self._answered(node, z, [self.Y[name] for name in node.inputs])
            answer |= {f"exp/{node.name}.{name}": trace.v for name, trace in traces.items()}
            self.Y[node.name] = traces[opset.OPS[node.op].output]
            self.adjoints |= {f"dbg/{node.name}.{n}": parts for n, parts in z.adjoints.items()}
        upstream = arrays.get(f"up/{node.name}.Y", current().make(1.0))
        self.seeds.append((self.Y[node.name], upstream))
        return answer

    def _answered(self, node: Node, z: SimpleNamespace, X: Sequence[T]) -> dict[str, T]:
        """The traces of a node, in chunks if the case is; its last states have gradients."""
        op, chunks = partial(z.text[node.op], **node.options), self.case.chunks
        store = z.text["store"] if node.op in layers.STORED else None
        X = [held(x, store) for x in X]
        if chunks is None:
            traces, finals = op(z, *X), [z.final]
        else:
            start = partial(z.text["chunk_start"], bptt=chunks.bptt)
            traces, finals = in_spans(op, z, X, chunks.spans(), start)
        for final in z.text["chunk_final"](finals):
            named = {f"up/{node.name}.{name}T": state for name, state in final.items()}
            self.seeds += [(state, self.leaf[n].v) for n, state in named.items() if n in self.leaf]
        if store is not None:
            traces = {name: as_if(stored(stop(y), store), y) for name, y in traces.items()}
        return traces  # type: ignore[no-any-return]

    def backward(self, arrays: Arrays) -> Arrays:
        """All gradients."""
        tape.backward(self.seeds)
        return {f"grad/{name}": self.leaf[name].gradient for name in leaf_arrays(self.case)} | {
            name: np.stack([part.gradient for part in parts], axis=1)
            for name, parts in self.adjoints.items()
        }

    def _of_node(self, node: Node) -> SimpleNamespace:
        """What an operation reads beside its inputs, and where it says what else it computes."""

        def own(prefix: str) -> dict[str, T]:
            names = self.case.node_arrays(node, prefix)
            return {name: self.leaf[f"{prefix}/{node.name}.{name}"] for name in names}

        parameters = {name: held(p, self.text["store"]) for name, p in own("par").items()}
        return SimpleNamespace(
            op=node.op,
            text=self.of_node(node),
            **parameters,
            **own("fix"),
            parameters=tuple(parameters),  # their names
            states={name.removesuffix("0"): state for name, state in own("in").items()},
            gates={name: gate.v for name, gate in own("gate").items()},
            y=self.leaf["in/y"].v if "in/y" in self.leaf else None,
            final={},
            adjoints={},
        )

    def train(self, answer: Arrays, arrays: Arrays) -> Arrays:
        """Train on the case's own batch: the losses before each step, the parameters after one."""
        name, given = self.case.nodes[-1].name, self.case.optimizer or {}
        o = {**opset.OPTIMIZERS[given["name"]].defaults, **given}
        kept: dict[str, Arrays] = {name: {} for name in arrays if name.startswith("par/")}
        curve, first = [answer[f"exp/{name}.loss"]], Arrays()
        for t in range(1, max(o["steps"], 2)):
            step = self.text[o["name"]]
            moved = {n: step(arrays[n], answer[f"grad/{n}"], s, o, t) for n, s in kept.items()}
            first = first or {n.replace("par/", "step1/"): p for n, p in moved.items()}
            arrays = arrays | moved
            if t < o["steps"]:
                answer = self.forward(arrays) | self.backward(arrays)
                curve.append(answer[f"exp/{name}.loss"])
        return first | {"exp/curve": np.stack(curve)}


def in_spans(
    op: Callable[..., dict[str, T]],
    z: SimpleNamespace,
    X: Sequence[T],
    spans: Iterable[tuple[int, int]],
    start: Callable[[T, T, int, int], T],
) -> tuple[dict[str, T], list[dict[str, T]]]:
    """An operation on parts of a sequence: its traces, and the states after each part."""
    spans, before = tuple(spans), z.states
    traces, parts = list[dict[str, T]](), list[SimpleNamespace]()
    for k, (a, b) in enumerate(spans):
        weight = z.text["chunk_parameter"](k, len(spans))
        own = {name: scaled(getattr(z, name), weight) for name in z.parameters}
        own |= {"M": z.M[:, a:b]} if hasattr(z, "M") else {}
        part = SimpleNamespace(**vars(z) | own)
        part.states = {n: start(z.states[n], s, k, len(spans)) for n, s in before.items()}
        part.gates = {n: gate[:, a:b] for n, gate in z.gates.items()}
        part.final, part.adjoints, part.is_first = {}, {}, k == 0
        traces.append(op(part, *(x[:, a:b] for x in X)))
        parts.append(part)
        before = part.final
    z.adjoints |= {n: [g for part in parts for g in part.adjoints[n]] for n in part.adjoints}
    z.final |= before
    joined = {name: concat([t[name] for t in traces], axis=1) for name in traces[0]}
    return joined, [part.final for part in parts]


def float_dtype(case: Case) -> np.dtype[Any]:
    """The dtype of what is computed from a case's floating-point arrays."""
    return np.result_type(*(array for array in case.values() if array.dtype.kind == "f"))


def is_real(name: str, array: Any) -> bool:
    """Whether an array has numbers to compute with: no classes, tokens or decisions."""
    kind = array.dtype.kind if hasattr(array, "dtype") else "f"
    return kind not in "biu" and not name.startswith("gate/")


def leaf_arrays(case: Case) -> Arrays:
    """What gets a gradient: every floating array that goes in, and every parameter."""
    return {n: a for n, a in case.items() if n.startswith(("in/", "par/")) and is_real(n, a)}
