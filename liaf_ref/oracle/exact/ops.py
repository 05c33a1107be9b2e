"""What each operation of a case does with dual numbers, time step by time step."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.exact import conv, dense, images, loss, readout, recurrent
from liaf_ref.oracle.exact.dual import Dual
from liaf_ref.oracle.exact.functions import (
    ACTIVATIONS,
    Function,
    detached,
    given_activation,
    given_spike,
    spike,
)
from liaf_ref.oracle.exact.nested import Nested, broadcast, map_nested, shape
from liaf_ref.oracle.exact.neuron import NeuronOptions, Step, step
from liaf_ref.oracle.exact.op import (
    NestedArrays,
    Op,
    Result,
    VariableFactory,
    node_arrays,
    output_only,
)

State: TypeAlias = dict[str, Nested]
StepFunction: TypeAlias = Callable[[Nested, State, Nested], State]


def dense_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """Eq. (2) along the last axis."""
    par = node_arrays(node, arrays, "par")
    W = par["W"]
    b = par.get("b", [0 * w for w in W[0]])

    def vectors(x: Nested) -> Nested:
        return [vectors(part) for part in x] if isinstance(x[0], list) else dense.dense(x, W, b)

    I = vectors(X[0])
    return Result(I, {"I": I}, {}, {})


def embedding_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """A row per token."""
    E = node_arrays(node, arrays, "par")["E"]
    return output_only(map_nested(lambda token: dense.embedding(token, E), X[0]))


def neuron_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """Eqs. (3)-(8) at every place; what is added to I is added to U, Eq. (3)."""
    start = node_arrays(node, arrays, "in")["V0"]
    _, _, *S = shape(X[0])
    par = {name: broadcast(p, tuple(S)) for name, p in node_arrays(node, arrays, "par").items()}
    p = [par[name] for name in ("v_th", "v_reset", "alpha", "beta")]
    perturbation_U, perturbation_V = (_zeros(X[0], make_variable) for _ in range(2))
    drive = map_nested(operator.add, X[0], perturbation_U)
    laws = _neuron_options(node.options, node_arrays(node, arrays, "gate"), shape(drive))
    samples = zip(laws, drive, start, perturbation_V, strict=True)
    steps = [_run_sample(law, I, V, p, to_V) for law, I, V, to_V in samples]
    shown = {name: map_nested(operator.attrgetter(name), steps) for name in Step._fields}
    last = {"VT": [V[-1] for V in shown["V"]]}
    return Result(shown["Y"], shown, last, {"dU": perturbation_U, "dV": perturbation_V})


def _run_sample(
    laws: list[Nested],
    I: list[Nested],
    V: Nested,
    p: list[Nested],
    V_perturbations: Nested,
) -> list[Nested]:
    """All steps of one sample; to V something is added before the next step takes it."""
    steps = []
    for law, I_t, to_V_t in zip(laws, I, V_perturbations, strict=True):
        done = map_nested(step, law, I_t, V, *p)
        V = map_nested(lambda of, perturbation: of.V + perturbation, done, to_V_t)
        steps.append(map_nested(lambda of, after: of._replace(V=after), done, V))
    return steps


def _neuron_options(
    options: Mapping[str, Any], gates: dict[str, Nested], sizes: tuple[int, ...]
) -> Nested:
    """The law of the neuron at every step and place: one, or as the gates of the place decide."""
    if not gates:
        return broadcast(_law(options, spike(options["mu"])), sizes)
    names = list(gates)
    return map_nested(
        lambda *given: _decided_law(options, dict(zip(names, given, strict=True))), *gates.values()
    )


def _decided_law(options: Mapping[str, Any], gate: Mapping[str, Any]) -> NeuronOptions:
    above = gate.get("positive")
    act = None if above is None else given_activation(options["act"], above)
    return _law(options, given_spike(gate["F"], gate["window"]), act)


def _law(options: Mapping[str, Any], S: Function, act: Function | None = None) -> NeuronOptions:
    """S and the output of Eq. (7): LIF's is F, threshold related whatever the mode."""
    in_reset = detached(S) if options["reset"] == "detached" else S
    if options["act"] == "spike":
        return NeuronOptions(in_reset, S, "TR")
    return NeuronOptions(in_reset, act or ACTIVATIONS[options["act"]], options["mode"])


def _recurrent_op(step_function: StepFunction, states: tuple[str, ...]) -> Op:
    """One of Eqs. (14)-(16), (15) of vectors or of frames: the first state is the output."""

    def op(node: Node, given: NestedArrays, X: tuple[Nested, ...], new: VariableFactory) -> Result:
        start, U = node_arrays(node, given, "in"), node_arrays(node, given, "par")["U"]
        perturbation = _zeros(X[0], new)
        trace: dict[str, list[Nested]] = {name: [] for name in states}
        for b, A in enumerate(map_nested(operator.add, X[0], perturbation)):
            state, passed = {name: start[f"{name}0"][b] for name in states}, []
            for A_t in A:
                state = step_function(A_t, state, U)
                passed.append(state)
            for name in states:
                trace[name].append([after[name] for after in passed])
        last = {f"{name}T": [steps[-1] for steps in trace[name]] for name in states}
        Y = trace[states[0]]
        return Result(Y, trace | {"Y": Y}, last, {"dA": perturbation})

    return op


def _rnn(A: list[Dual], state: State, U: list[list[Dual]]) -> State:
    return {"c": recurrent.rnn(A, state["c"], U)}


def _lstm(A: list[Dual], state: State, U: list[list[Dual]]) -> State:
    h, c = recurrent.lstm(A, state["h"], state["c"], U)
    return {"h": h, "c": c}


def _gru(A: list[Dual], state: State, U: list[list[Dual]]) -> State:
    return {"h": recurrent.gru(A, state["h"], U)}


def _convlstm(A: Nested, state: State, U: Nested) -> State:
    h, c = conv.convlstm_from_drive(A, state["h"], state["c"], U)
    return {"h": h, "c": c}


def last_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """The last step."""
    return output_only([readout.last(steps) for steps in X[0]])


def mean_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """The mean over time."""
    return output_only([readout.mean(steps) for steps in X[0]])


def concat_op(
    node: Node, arrays: NestedArrays, X: tuple[Nested, ...], make_variable: VariableFactory
) -> Result:
    """Branches side by side."""
    return output_only(readout.concat(*X))


def _loss_op(loss_fn: Callable[[list[list[Dual]], list[int]], Dual]) -> Op:
    """A loss against ``in/y``."""

    def op(node: Node, given: NestedArrays, X: tuple[Nested, ...], new: VariableFactory) -> Result:
        L = loss_fn(X[0], given["in/y"])
        return Result(L, {"loss": L}, {}, {})

    return op


OPS: dict[str, Op] = {
    "dense": dense_op,
    "embedding": embedding_op,
    "neuron": neuron_op,
    "rnn": _recurrent_op(_rnn, ("c",)),
    "lstm": _recurrent_op(_lstm, ("h", "c")),
    "gru": _recurrent_op(_gru, ("h",)),
    "last": last_op,
    "mean": mean_op,
    "concat": concat_op,
    "softmax_ce": _loss_op(loss.softmax_ce),
    "softmax_bce": _loss_op(loss.softmax_bce),
    "sigmoid_bce": _loss_op(loss.sigmoid_bce),
    "mse": _loss_op(loss.mse),
    "convlstm": _recurrent_op(_convlstm, ("h", "c")),
    **images.OPS,
}


def _zeros(X: Nested, make_variable: VariableFactory) -> Nested:
    return map_nested(lambda x: make_variable(type(x.x)(0)), X)
