"""The kernels as a backend of cases: a test holds them against the text, or puts others in place.

An operation is a function of its call; it gives its traces and its backward pass, which takes the
gradients of the output and of the last states, and gives those of the inputs, of the parameters
and initial states, and of every step.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import (
    average_pool,
    conv,
    convlstm,
    current,
    dense,
    dropout,
    embedding,
    gru,
    loss,
    loss_mse,
    loss_sigmoid_bce,
    loss_softmax_bce,
    lstm,
    max_pool,
    neuron,
    norm,
    norm_running,
    readout,
    rnn,
    spike,
)  # fmt: skip
from liaf_ref.kernels.activation import ACTIVATIONS, sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle import Case, Node, in_chunks
from liaf_ref.oracle.opset import LOSSES, norm_axes
from liaf_ref.oracle.opset import OPS as TABLE
from liaf_ref.training.optimizers import SGD, Adam, AdamW

Answer = dict[str, Array]
Options = Mapping[str, Any]
Operation = Callable[[Any], tuple[tuple[Array, ...], Callable[..., Any]]]


def reset_spike(options: Options) -> Pair:
    return spike.detached() if options["reset"] == "detached" else spike.paper(options["mu"])


def output_activation(options: Options) -> Pair:
    return spike.paper(options["mu"]) if options["act"] == "spike" else ACTIVATIONS[options["act"]]


def make_optimizer(options: Options) -> Any:
    kind: Any = {"sgd": SGD, "adam": Adam, "adamw": AdamW}[options["name"]]
    return kind(**{name: x for name, x in options.items() if name not in {"name", "steps"}})


FLATTEN = SimpleNamespace(
    forward=lambda X: (X.reshape(*X.shape[:-3], -1), X.shape),
    backward=lambda dY, shape: dY.reshape(shape),
)
CONCAT = SimpleNamespace(
    forward=lambda X: (np.concatenate(X, axis=-1), np.cumsum([x.shape[-1] for x in X[:-1]])),
    backward=lambda dY, ends: tuple(np.split(dY, ends, axis=-1)),
)


class KernelTable(NamedTuple):
    """The paper's equations; a test replaces one in its field."""

    spike: Callable[[Options], Pair] = reset_spike
    act: Callable[[Options], Pair] = output_activation
    dense: Any = dense
    embedding: Any = embedding
    neuron: Any = neuron
    current: Any = current
    rnn: Any = rnn
    lstm: Any = lstm
    gru: Any = gru
    readout: Any = readout
    loss: Any = loss
    loss_softmax_bce: Any = loss_softmax_bce
    loss_sigmoid_bce: Any = loss_sigmoid_bce
    loss_mse: Any = loss_mse
    conv: Any = conv
    convlstm: Any = convlstm
    average_pool: Any = average_pool
    max_pool: Any = max_pool
    norm: Any = norm
    norm_running: Any = norm_running
    dropout: Any = dropout
    flatten: Any = FLATTEN
    concat: Any = CONCAT
    optimizer: Callable[[Options], Any] = make_optimizer


PAPER_KERNELS = KernelTable()


def run(case: Case, kernels: KernelTable = PAPER_KERNELS) -> Answer:
    """The answer of the kernels; with decisions that the case gives, there is none."""
    if case.chunks is not None:
        return dict(in_chunks(partial(run, kernels=kernels))(case))
    answer = _both_passes(case, kernels)
    return answer if case.optimizer is None else answer | _train(case, answer, kernels)


def _both_passes(case: Case, kernels: KernelTable) -> Answer:
    done: dict[str, tuple[Array, Any]] = {}
    answer: Answer = {}
    for node in case.nodes:
        op = TABLE[node.op]
        X = tuple(case[name] if name in case else done[name][0] for name in node.inputs)
        traces, back = OPERATIONS[node.op](_call(case, node, X, kernels))
        named = dict(zip(op.traces, traces, strict=False))
        done[node.name] = named[op.output], back
        answer |= {f"exp/{node.name}.{name}": trace for name, trace in named.items()}
    last = case.nodes[-1]
    given = case.get(f"up/{last.name}.Y")
    adjoint: Answer = {last.name: np.ones_like(done[last.name][0]) if given is None else given}
    for node in reversed(case.nodes):
        Y, back = done[node.name]
        dX, grads, steps = back(adjoint.get(node.name, np.zeros_like(Y)))  # perhaps read by none
        for source, d in zip(node.inputs, dX, strict=True):
            if d is not None:
                adjoint[source] = adjoint[source] + d if source in adjoint else d
        names = _differentiated(node)
        answer |= {f"grad/{n}": d for n, d in zip(names, grads, strict=True) if n in case}
        adjoints = (f"dbg/{node.name}.{name}" for name in TABLE[node.op].adjoints)
        answer |= zip(adjoints, steps, strict=True)
    return answer | {f"grad/{name}": d for name, d in adjoint.items() if name in case}


def _differentiated(node: Node) -> Iterator[str]:
    yield from (f"par/{node.name}.{name}" for name in TABLE[node.op].parameters)
    yield from (f"in/{node.name}.{state}0" for state in TABLE[node.op].states)


def _call(case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable) -> SimpleNamespace:
    """What an operation is called with, in the order of the op table."""
    op, name = TABLE[node.op], node.name
    states = [case[f"in/{name}.{state}0"] for state in op.states]
    final = [case.get(f"up/{name}.{s}T", 0 * V) for s, V in zip(op.states, states, strict=True)]
    parameters = [case[n] for par in op.parameters if (n := f"par/{name}.{par}") in case]
    constants = [case[f"fix/{name}.{constant}"] for constant in op.constants]
    return SimpleNamespace(
        k=kernels, o=node.options, X=X, p=parameters, s=states, final=final, c=constants,
        y=case.get("in/y"),
    )  # fmt: skip


def _train(case: Case, answer: Answer, kernels: KernelTable) -> Answer:
    assert case.optimizer is not None
    rule, loss = kernels.optimizer(case.optimizer), f"exp/{case.nodes[-1].name}.loss"
    params: Any = {name: array for name, array in case.items() if name.startswith("par/")}
    state, losses, first = rule.initial_state(params), [answer[loss]], None
    for t in range(1, max(case.optimizer["steps"], 2)):
        params, state = rule.step(params, {n: answer[f"grad/{n}"] for n in params}, state)
        first = first or params
        if t < case.optimizer["steps"]:
            answer = _both_passes(case.with_arrays(params), kernels)
            losses.append(answer[loss])
    steps = {f"step1/{name.removeprefix('par/')}": value for name, value in (first or {}).items()}
    return steps | {"exp/curve": np.stack(losses)}


def _plain(
    field: str, arguments: Callable[[Any], Any] = lambda z: (), inputs: str | None = None
) -> Operation:
    """A kernel without parameters; what ``inputs`` names goes to the forward pass alone."""

    def operation(z: Any) -> Any:
        kernel, given = getattr(z.k, field), () if inputs is None else getattr(z, inputs)
        rest = given if isinstance(given, list | tuple) else (given,)
        Y, tape = kernel.forward(z.X[0], *rest, *arguments(z))
        return (Y,), lambda dY: ((kernel.backward(dY, tape, *arguments(z)),), (), ())

    return operation


def _synapses(field: str, params: Any, arguments: Callable[[Any], Any] = lambda z: ()) -> Operation:
    """Eq. (2); where there is no bias it is 0."""

    def operation(z: Any) -> Any:
        kernel, (W, *b) = getattr(z.k, field), z.p
        p = params(W, *(b or [np.zeros(W.shape[-1], W.dtype)]))
        I, tape = kernel.forward(z.X[0], p, *arguments(z))

        def back(dY: Array) -> Any:
            dX, dp = kernel.backward(dY, tape, *arguments(z))
            return (dX,), dp, ()

        return (I,), back

    return operation


def _embedding(z: Any) -> Any:
    Y, tape = z.k.embedding.forward(z.X[0], *z.p)
    return (Y,), lambda dY: ((None,), (z.k.embedding.backward(dY, tape),), ())


def _neuron(z: Any) -> Any:
    s = neuron.TR if z.o["act"] == "spike" or z.o["mode"] == "TR" else neuron.NTR
    p, choices = neuron.Params(*z.p), (z.k.spike(z.o), z.k.act(z.o), s)
    Y, _, tape = z.k.neuron.forward(z.X[0], z.s[0], p, *choices)

    def back(dY: Array) -> Any:
        dI, dV0, dp = z.k.neuron.backward(dY, z.final[0], tape, *choices)
        dV = np.concatenate([dI[:, 1:], z.final[0][:, None]], axis=1)  # of the next U, Eq. (3)
        return (dI,), (*dp, dV0), (dI, dV)

    return (tape.U, tape.F, tape.R, p.alpha * tape.R + p.beta, Y), back


def _current(z: Any) -> Any:
    Y, _, tape = z.k.current.forward(z.X[0], *z.s, *z.p)

    def back(dY: Array) -> Any:
        dX, dI0, ddecay = z.k.current.backward(dY, *z.final, tape)
        return (dX,), (ddecay, dI0), (dX,)

    return (Y,), back


def _recurrence(op: str, *functions: Pair) -> Operation:
    """One of Eqs. (14), (15), (16) on its drive."""

    def operation(z: Any) -> Any:
        kernel = getattr(z.k, op)
        Y, _, tape = kernel.forward(z.X[0], *z.s, *z.p, *functions)

        def back(dY: Array) -> Any:
            dA, first, dU = kernel.backward(dY, *z.final, tape, *functions)
            return (dA,), (dU, *(first if len(z.s) > 1 else (first,))), (dA,)

        return (*(getattr(tape, state)[:, 1:] for state in TABLE[op].states), Y), back

    return operation


def _norm(z: Any) -> Any:
    """Layer and batch normalisation; the latter shows the running statistics it leaves."""
    (X,), p, eps = z.X, norm.Params(*z.p), z.o["eps"]
    rest: tuple[Any, ...] = (norm_axes(z.o["axes"], X.ndim),)
    kernel, running = z.k.norm, tuple[Array, ...]()
    if z.o.get("statistics") == "running":
        kernel, rest = z.k.norm_running, ()
        Y, tape = kernel.forward(X, p, norm_running.Statistics(*z.c), eps)
    else:
        Y, batch, tape = kernel.forward(X, p, *rest, eps)
        if z.c:
            saved, n = norm_running.Statistics(*z.c), X.size // batch.m.size
            running = z.k.norm_running.follow_steps(saved, batch, n, z.o["momentum"])

    def back(dY: Array) -> Any:
        dX, dp = kernel.backward(dY, tape, *rest)
        return (dX,), dp, ()

    return (Y, *(a.reshape(-1) for a in running)), back


def _act(z: Any) -> Any:
    act = z.k.act(z.o)
    return (act.value(z.X[0]),), lambda dY: ((dY * act.slope(z.X[0]),), (), ())


def _readout(name: str, z: Any) -> Any:
    Y, back = getattr(z.k.readout, f"{name}_forward")(z.X[0]), f"{name}_backward"
    return (Y,), lambda dY: ((getattr(z.k.readout, back)(dY, z.X[0].shape[1]),), (), ())


def _concat(z: Any) -> Any:
    Y, ends = z.k.concat.forward(z.X)
    return (Y,), lambda dY: (z.k.concat.backward(dY, ends), (), ())


def _grid(z: Any) -> Any:
    return (Grid(tuple(z.o["stride"]), tuple(map(tuple, z.o["pad"]))),)


def _windows(z: Any) -> Any:
    return tuple(z.o["size"]), tuple(z.o["stride"])


OPERATIONS: dict[str, Operation] = {
    "dense": _synapses("dense", dense.Params),
    "embedding": _embedding,
    "neuron": _neuron,
    "current": _current,
    "rnn": _recurrence("rnn", tanh),
    "lstm": _recurrence("lstm", sigmoid, tanh, tanh),
    "gru": _recurrence("gru", sigmoid, tanh),
    "conv": _synapses("conv", conv.Params, _grid),
    "conv3d": _synapses("conv", conv.Params, _grid),
    "convlstm": _recurrence("convlstm", sigmoid, tanh, tanh),
    "average_pool": _plain("average_pool", _windows),
    "max_pool": _plain("max_pool", _windows),
    "layer_norm": _norm,
    "batch_norm": _norm,
    "dropout": _plain("dropout", inputs="c"),
    "act": _act,
    "flatten": _plain("flatten"),
    "last": partial(_readout, "last"),
    "mean": partial(_readout, "mean"),
    "concat": _concat,
    "softmax_ce": _plain("loss", inputs="y"),
    **{op: _plain(f"loss_{op}", inputs="y") for op in LOSSES if op != "softmax_ce"},
}
