"""What each operation of a case does with dual numbers, time step by time step."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.exact import conv, dense, images, loss, readout, recurrent
from liaf_ref.oracle.exact.dual import Dual
from liaf_ref.oracle.exact.functions import ACTIVATIONS, Function, detached, spike
from liaf_ref.oracle.exact.nested import Nested, each, shape, spread
from liaf_ref.oracle.exact.neuron import Law, Step, step
from liaf_ref.oracle.exact.op import Given, New, Op, Result, own, plain

State: TypeAlias = dict[str, Nested]
Advance: TypeAlias = Callable[[Nested, State, Nested], State]


def dense_op(node: Node, given: Given, X: tuple[Nested, ...], new: New) -> Result:
    """Eq. (2) along the last axis."""
    par = own(node, given, "par")
    W = par["W"]
    b = par.get("b", [0 * w for w in W[0]])

    def vectors(x: Nested) -> Nested:
        return [vectors(part) for part in x] if isinstance(x[0], list) else dense.dense(x, W, b)

    I = vectors(X[0])
    return Result(I, {"I": I}, {}, {})


def embedding_op(node: Node, given: Given, X: tuple[Nested, ...], new: New) -> Result:
    """A row per token."""
    E = own(node, given, "par")["E"]
    return plain(each(lambda token: dense.embedding(token, E), X[0]))


def neuron_op(node: Node, given: Given, X: tuple[Nested, ...], new: New) -> Result:
    """Eqs. (3)-(8) at every place; what is added to I is added to U, Eq. (3)."""
    law, start = _law(node.options), own(node, given, "in")["V0"]
    _, _, *S = shape(X[0])
    par = {name: spread(p, tuple(S)) for name, p in own(node, given, "par").items()}
    p = [par[name] for name in ("v_th", "v_reset", "alpha", "beta")]
    nudge_U, nudge_V = (_zeros(X[0], new) for _ in range(2))
    samples = zip(each(operator.add, X[0], nudge_U), start, nudge_V, strict=True)
    steps = [_trace(law, I, V, p, to_V) for I, V, to_V in samples]
    shown = {name: each(operator.attrgetter(name), steps) for name in Step._fields}
    last = {"VT": [V[-1] for V in shown["V"]]}
    return Result(shown["Y"], shown, last, {"dU": nudge_U, "dV": nudge_V})


def _trace(law: Law, I: list[Nested], V: Nested, p: list[Nested], to_V: Nested) -> list[Nested]:
    """All steps of one sample; to V something is added before the next step takes it."""
    steps = []
    for I_t, to_V_t in zip(I, to_V, strict=True):
        done = each(lambda *a: step(law, *a), I_t, V, *p)
        V = each(lambda of, nudge: of.V + nudge, done, to_V_t)
        steps.append(each(lambda of, after: of._replace(V=after), done, V))
    return steps


def _law(options: Mapping[str, Any]) -> Law:
    """S and the output of Eq. (7): LIF's is F, threshold related whatever the mode."""
    S = detached if options["reset"] == "detached" else spike(options["mu"])
    if options["act"] == "spike":
        return Law(S, spike(options["mu"]), "TR")
    f: Function = ACTIVATIONS[options["act"]]
    return Law(S, f, options["mode"])


def _recurrence(advance: Advance, states: tuple[str, ...]) -> Op:
    """One of Eqs. (14)-(16), (15) of vectors or of frames: the first state is the output."""

    def op(node: Node, given: Given, X: tuple[Nested, ...], new: New) -> Result:
        start, U = own(node, given, "in"), own(node, given, "par")["U"]
        nudge = _zeros(X[0], new)
        trace: dict[str, list[Nested]] = {name: [] for name in states}
        for b, A in enumerate(each(operator.add, X[0], nudge)):
            state, passed = {name: start[f"{name}0"][b] for name in states}, []
            for A_t in A:
                state = advance(A_t, state, U)
                passed.append(state)
            for name in states:
                trace[name].append([after[name] for after in passed])
        last = {f"{name}T": [steps[-1] for steps in trace[name]] for name in states}
        Y = trace[states[0]]
        return Result(Y, trace | {"Y": Y}, last, {"dA": nudge})

    return op


def _rnn(A: list[Dual], state: State, U: list[list[Dual]]) -> State:
    return {"c": recurrent.rnn(A, state["c"], U)}


def _lstm(A: list[Dual], state: State, U: list[list[Dual]]) -> State:
    h, c = recurrent.lstm(A, state["h"], state["c"], U)
    return {"h": h, "c": c}


def _gru(A: list[Dual], state: State, U: list[list[Dual]]) -> State:
    return {"h": recurrent.gru(A, state["h"], U)}


def _convlstm(A: Nested, state: State, U: Nested) -> State:
    h, c = conv.convlstm_driven(A, state["h"], state["c"], U)
    return {"h": h, "c": c}


def last_op(node: Node, given: Given, X: tuple[Nested, ...], new: New) -> Result:
    """The last step."""
    return plain([readout.last(steps) for steps in X[0]])


def mean_op(node: Node, given: Given, X: tuple[Nested, ...], new: New) -> Result:
    """The mean over time."""
    return plain([readout.mean(steps) for steps in X[0]])


def concat_op(node: Node, given: Given, X: tuple[Nested, ...], new: New) -> Result:
    """Branches side by side."""
    return plain(readout.concat(*X))


def _against_classes(of: Callable[[list[list[Dual]], list[int]], Dual]) -> Op:
    """A loss against ``in/y``."""

    def op(node: Node, given: Given, X: tuple[Nested, ...], new: New) -> Result:
        L = of(X[0], given["in/y"])
        return Result(L, {"loss": L}, {}, {})

    return op


OPS: dict[str, Op] = {
    "dense": dense_op,
    "embedding": embedding_op,
    "neuron": neuron_op,
    "rnn": _recurrence(_rnn, ("c",)),
    "lstm": _recurrence(_lstm, ("h", "c")),
    "gru": _recurrence(_gru, ("h",)),
    "last": last_op,
    "mean": mean_op,
    "concat": concat_op,
    "softmax_ce": _against_classes(loss.softmax_ce),
    "softmax_bce": _against_classes(loss.softmax_bce),
    "sigmoid_bce": _against_classes(loss.sigmoid_bce),
    "mse": _against_classes(loss.mse),
    "convlstm": _recurrence(_convlstm, ("h", "c")),
    **images.OPS,
}


def _zeros(X: Nested, new: New) -> Nested:
    return each(lambda x: new(type(x.x)(0)), X)
