"""LIAF-Net's equations in any framework whose arrays have NumPy's operators.

A framework brings the gradient, and the functions that operators do not express.  The method
that is named after an operation computes it: all of it, or one step if it has states.  What it
takes and gives is in the order of the op table.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from operator import matmul
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.oracle.case import Array, Case, Declined, lookup_or_decline
from liaf_ref.oracle.opset import AXES, OPS
from liaf_ref.oracle.table.optimizers import DEFAULTS, OPTIMIZERS

Tensor = Any  # a framework's array
Tensors = dict[str, Tensor]
Options = Mapping[str, Any]
SUPPORTED_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))
OF_STEPS = ("F", "window", "positive")  # of a neuron, with an axis for time

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934, 1.6732632423543772848  # Klambauer et al. 2017


class Result(NamedTuple):
    """What a node gives: its output, its traces, and its states after the last step."""

    Y: Tensor
    traces: Tensors
    final_states: Tensors


class Framework(ABC):
    """A framework as a backend."""

    xp: Any  # its module with NumPy's names
    tensor: Callable[[Array], Tensor]  # an array of the framework
    detach: Callable[[Tensor], Tensor]  # the value without its history
    spike: Callable[[Tensor, float], Tensor]  # S of Eq. (4), whose slope is the window of Eq. (13)
    activations: Mapping[str, Callable[[Tensor], Tensor]]
    log_softmax: Callable[[Tensor], Tensor]
    log_sigmoid: Callable[[Tensor], Tensor]

    def numpy(self, tensor: Tensor) -> Array:
        """An array of NumPy."""
        return np.array(tensor)

    @abstractmethod
    def differentiate(
        self, f: Callable[[Tensors], tuple[Tensor, Tensors]], at: Tensors
    ) -> tuple[Tensors, Tensors]:
        """The gradients of f's first value, a scalar, and its second as it is."""

    def given_spike(self, F: Tensor, window: Tensor, x: Tensor) -> Tensor:
        """F, which answers with the window: what is added is 0 and has its slope."""
        return F + window * (x - self.detach(x))

    @abstractmethod
    def convolve(self, X: Tensor, W: Tensor, stride: Any, pad: Any) -> Tensor:
        """Convolve ``(N, *size, K)`` with zeros around, as many axes as W has beside K and L."""

    def neuron(
        self,
        options: Options,
        I: Tensor,
        V: Tensor,
        *,
        F: Tensor | None = None,
        window: Tensor | None = None,
        positive: Tensor | None = None,
        **p: Tensor,
    ) -> tuple[Tensor, ...]:
        """One step of LIAF; of LIF if ``act`` is ``spike``; with the decisions that are given."""
        U = I + V  # (3)
        x = U - p["v_th"]
        F = self.spike(x, options["mu"]) if F is None else self.given_spike(F, window, x)  # (4)
        gate = self.detach(F) if options["reset"] == "detached" else F
        R = gate * p["v_reset"] + (1 - gate) * U  # (5)
        V = p["alpha"] * R + p["beta"]  # (6)
        if options["act"] == "spike":
            return U, F, R, V, F  # (7)
        z = x if options["mode"] == "TR" else U
        return U, F, R, V, self.act(options, z, positive=positive)  # (8)

    def rnn(self, options: Options, A: Tensor, c: Tensor, *, U: Tensor) -> tuple[Tensor, ...]:
        """One step of the Elman network on its drive ``W x + b``."""
        c = self.activations["tanh"](A + c @ U)  # (14)
        return c, c

    def lstm(
        self,
        options: Options,
        A: Tensor,
        h: Tensor,
        c: Tensor,
        *,
        U: Tensor,
        product: Callable[[Tensor, Tensor], Tensor] = matmul,
    ) -> tuple[Tensor, ...]:
        """One step of long short-term memory."""
        sigmoid, tanh = self.activations["sigmoid"], self.activations["tanh"]
        f, i, o, c_tilde = _split(A + product(h, U), 4)
        c = sigmoid(f) * c + sigmoid(i) * tanh(c_tilde)  # (15)
        h = sigmoid(o) * tanh(c)  # (15)
        return h, c, h

    def convlstm(self, *given: Any, U: Tensor) -> tuple[Tensor, ...]:
        """The same with convolutions, Eq. (17)."""
        pad = [((k - 1) // 2, k // 2) for k in U.shape[:2]]
        return self.lstm(*given, U=U, product=lambda h, U: self.convolve(h, U, (1, 1), pad))

    def gru(self, options: Options, A: Tensor, h: Tensor, *, U: Tensor) -> tuple[Tensor, ...]:
        """One step of the unit as printed: the reset before ``U_h``, z on the candidate."""
        sigmoid, tanh = self.activations["sigmoid"], self.activations["tanh"]
        (A_z, A_r, A_h), (U_z, U_r, U_h) = _split(A, 3), _split(U, 3)
        z = sigmoid(A_z + h @ U_z)  # (16)
        r = sigmoid(A_r + h @ U_r)  # (16)
        h_tilde = tanh(A_h + (r * h) @ U_h)  # (16)
        h = (1 - z) * h + z * h_tilde  # (16)
        return h, h

    def dense(self, options: Options, X: Tensor, *, W: Tensor, b: Tensor = 0.0) -> Tensor:
        """Synapses."""
        return X @ W + b  # (2)

    def conv(self, options: Options, X: Tensor, *, W: Tensor, b: Tensor = 0.0) -> Tensor:
        """Synapses under windows of H and W, all steps at once."""
        I = self.convolve(X.reshape(-1, *X.shape[2:]), W, options["stride"], options["pad"])
        return I.reshape(*X.shape[:2], *I.shape[1:]) + b  # (2)

    def conv3d(self, options: Options, X: Tensor, *, W: Tensor, b: Tensor = 0.0) -> Tensor:
        """Synapses under windows of T, H and W."""
        return self.convolve(X, W, options["stride"], options["pad"]) + b  # (2)

    def embedding(self, options: Options, ids: Tensor, *, E: Tensor) -> Tensor:
        """A row per token."""
        return E[ids]

    def average_pool(self, options: Options, X: Tensor) -> Tensor:
        """The mean under each window."""
        return sum(x for _, x in _taps(options, X)) / prod(options["size"])

    def max_pool(self, options: Options, X: Tensor, *, first: Tensor | None = None) -> Tensor:
        """The first of the largest values under each window, or the one that is given as such."""
        seen = [x for _, x in _taps(options, X)]
        if first is None:
            first = self.xp.stack([self.detach(x) for x in seen]).argmax(0)
        return sum(self.xp.where(first == k, x, 0.0) for k, x in enumerate(seen))

    def moments(self, X: Tensor, axes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """Mean and variance."""
        m = X.mean(axes, keepdims=True)
        return m, ((X - m) ** 2).mean(axes, keepdims=True)

    def layer_norm(self, options: Options, X: Tensor, *, gamma: Tensor, b: Tensor) -> Tensor:
        """Over (H, W, L) or L of every step of every sample."""
        m, v = self.moments(X, AXES[options["axes"]])
        return gamma * ((X - m) / (v + options["eps"]) ** 0.5) + b

    def batch_norm(
        self, options: Options, X: Tensor, *, gamma: Tensor, b: Tensor, m: Tensor, v: Tensor
    ) -> tuple[Tensor, ...]:
        """Over the batch and time, or a norm at each step that follows one set of statistics."""
        if options["statistics"] == "running":
            return (gamma * ((X - m) / (v + options["eps"]) ** 0.5) + b,)
        means, variances = self.moments(X, AXES[options["axes"]])
        n, L, weight = X.size // means.size, X.shape[-1], options["momentum"]
        for mean, variance in zip(means.reshape(-1, L), variances.reshape(-1, L), strict=True):
            m = (1 - weight) * m + weight * mean
            v = (1 - weight) * v + weight * (variance * n / (n - 1))
        return gamma * ((X - means) / (variances + options["eps"]) ** 0.5) + b, m, v

    def dropout(self, options: Options, X: Tensor, *, M: Tensor) -> Tensor:
        """The mask that is given."""
        return X * M

    def act(self, options: Options, X: Tensor, *, positive: Tensor | None = None) -> Tensor:
        """An activation, entry by entry; ReLU and SELU may be given where X is above 0."""
        act = lookup_or_decline("act", options["act"], self.activations)
        if positive is None:
            return act(X)
        return KINKED[options["act"]](self.xp, X, positive > 0)

    def flatten(self, options: Options, X: Tensor) -> Tensor:
        """Each frame as a vector."""
        return X.reshape(*X.shape[:-3], -1)

    def last(self, options: Options, X: Tensor) -> Tensor:
        """The last step."""
        return X[:, -1]

    def mean(self, options: Options, X: Tensor) -> Tensor:
        """The mean over time."""
        return X.mean(1)

    def concat(self, options: Options, *X: Tensor) -> Tensor:
        """Side by side along the last axis."""
        return self.xp.concatenate(X, -1)

    def softmax_ce(self, options: Options, Z: Tensor, y: Tensor) -> Tensor:
        """Cross-entropy of the softmax, mean over the batch."""
        return -(_one_hot(Z, y) * self.log_softmax(Z)).sum() / len(Z)

    def softmax_bce(self, options: Options, Z: Tensor, y: Tensor) -> Tensor:
        """Binary cross-entropy of the softmax's entries."""
        log_p = self.log_softmax(Z)
        return self._binary_cross_entropy(log_p, self.xp.log1p(-self.xp.exp(log_p)), y)

    def sigmoid_bce(self, options: Options, Z: Tensor, y: Tensor) -> Tensor:
        """Binary cross-entropy of the sigmoids."""
        return self._binary_cross_entropy(self.log_sigmoid(Z), self.log_sigmoid(-Z), y)

    def _binary_cross_entropy(self, log_p: Tensor, log_not_p: Tensor, y: Tensor) -> Tensor:
        true = _one_hot(log_p, y)
        return -(true * log_p + (1 - true) * log_not_p).mean()

    def mse(self, options: Options, Z: Tensor, y: Tensor) -> Tensor:
        """Squared distance from one-hot."""
        return ((Z - _one_hot(Z, y)) ** 2).mean()

    def unstack(self, x: Tensor) -> Sequence[Tensor]:
        """The steps, axis 1."""
        return [x[:, t] for t in range(x.shape[1])]

    def stack(self, steps: Sequence[Tensor]) -> Tensor:
        """The inverse of :meth:`unstack`."""
        return self.xp.stack(steps, 1)

    def recur(
        self, op: str, options: Options, drive: Tensor, own: Tensors, detached: Collection[int] = ()
    ) -> Result:
        """Run an operation with states over all steps; before some of them, detach the states."""
        names, step = OPS[op], getattr(self, op)
        parameters = {name: own[name] for name in names.parameters}
        states = {state: own[f"{state}0"] for state in names.states}
        to_state = {s: self.unstack(own[f"d{s}"]) for s in names.states if f"d{s}" in own}
        gates = {name: self.unstack(own[name]) for name in OF_STEPS if name in own}
        for name in own.keys() & names.adjoints.keys() - {f"d{state}" for state in states}:
            drive = drive + own[name]
        steps: list[Tensors] = []
        for t, x in enumerate(self.unstack(drive)):
            if t in detached:
                states = {state: self.detach(value) for state, value in states.items()}
            given = {name: gate[t] for name, gate in gates.items()}
            values = step(options, x, *states.values(), **parameters, **given)
            traces = dict(zip(names.traces, values, strict=True))
            traces |= {state: traces[state] + zeros[t] for state, zeros in to_state.items()}
            states = {state: traces[state] for state in states}
            steps.append(traces)
        shown = {name: self.stack([traces[name] for traces in steps]) for name in names.traces}
        return Result(shown[names.output], shown, states)

    def execute(self, case: Case, given: Mapping[str, Tensor]) -> dict[str, Result]:
        """Run a case forward."""
        done: dict[str, Result] = {}
        for node in case.nodes:
            op = lookup_or_decline("op", node.op, OPS)
            sources = node.inputs if op.target is None else (*node.inputs, "in/y")
            inputs = [given[name] if name in given else done[name].Y for name in sources]
            own = {
                name.rpartition(".")[2]: value
                for name, value in given.items()
                if name.partition("/")[2].startswith(f"{node.name}.") and name[:3] != "up/"
            }
            if op.states:
                done[node.name] = self.recur(
                    node.op, node.options, inputs[0], own, detached_before(case)
                )
                continue
            values = getattr(self, node.op)(node.options, *inputs, **own)
            traces = dict(zip(op.traces, values if len(op.traces) > 1 else [values], strict=False))
            done[node.name] = Result(traces[op.output], traces, {})
        return done

    def objective(self, case: Case, given: Mapping[str, Tensor]) -> tuple[Tensor, Tensors]:
        """The scalar that is differentiated, and the traces on the way."""
        # The last output, a loss, or the product with what is upstream.
        done, last = self.execute(case, given), case.nodes[-1].name
        up = given.get(f"up/{last}.Y")
        total = done[last].Y if up is None else (up * done[last].Y).sum()
        for node, result in done.items():
            for state, value in result.final_states.items():
                if f"up/{node}.{state}T" in given:
                    total = total + (given[f"up/{node}.{state}T"] * value).sum()
        return total, {
            f"exp/{n}.{q}": x for n, each in done.items() for q, x in each.traces.items()
        }

    def answer(self, case: Case) -> dict[str, Array]:
        """Answer a case: traces, gradients, adjoints of every step, and training for L4."""
        dtype = floating_dtype(case)
        given = {name: self.tensor(array) for name, array in case.items()}
        # Not every framework gives gradients in what it computes on the way.  So the adjoint of a
        # step is the gradient in a zero that is added there.
        shapes = {name: array.shape for name, array in case.items()}
        shapes |= {name: result.Y.shape for name, result in self.execute(case, given).items()}
        zeros = {
            f"dbg/{node.name}.{adjoint}": self.tensor(np.zeros(shapes[node.inputs[0]], dtype))
            for node in case.nodes
            for adjoint in OPS[node.op].adjoints
        }
        leaves = {name: given[name] for name in leaf_arrays(case)}
        grads, traces = self.differentiate(
            lambda at: self.objective(case, {**given, **at}), leaves | zeros
        )
        answer = traces | {n if n in zeros else f"grad/{n}": d for n, d in grads.items()}
        if case.optimizer is not None:
            answer |= self.train(case, case.optimizer, given)
        return {name: self.numpy(value) for name, value in answer.items()}

    def train(self, case: Case, config: Options, given: Tensors) -> Tensors:
        """Train a case on its own batch, with a plain update rule."""
        update = lookup_or_decline("optimizer", config["name"], OPTIMIZERS)
        params = {name: array for name, array in case.items() if name.startswith("par/")}
        kept: dict[str, dict[str, Any]] = {name: {} for name in params}
        losses: list[Array] = []
        first: dict[str, Array] = {}
        for k in range(1, config["steps"] + 1):
            grads, traces = self.differentiate(
                lambda moved: self.objective(case, {**given, **moved}),
                {name: self.tensor(array) for name, array in params.items()},
            )
            losses.append(self.numpy(traces[loss_name(case)]))
            params = {
                n: update(p, self.numpy(grads[n]), kept[n], {**DEFAULTS, **config}, k)
                for n, p in params.items()
            }
            first = first or {f"step1/{name.removeprefix('par/')}": p for name, p in params.items()}
        return first | {"exp/curve": np.stack(losses)}


def loss_name(case: Case) -> str:
    """The trace of the loss that a case is trained by."""
    return f"exp/{case.nodes[-1].name}.loss"


def floating_dtype(case: Case) -> np.dtype[Any]:
    """The one dtype of a case's floating arrays."""
    found = {array.dtype for array in case.values() if array.dtype.kind == "f"}
    if len(found) != 1 or not found.issubset(SUPPORTED_DTYPES):
        raise Declined(f"dtype {sorted(map(str, found))}: expected float32 or float64 throughout")
    return found.pop()


def detached_before(case: Case) -> Collection[int]:
    """The steps before which the states are detached: where chunks of truncated BPTT start."""
    if case.chunks is None or case.chunks.bptt == "full":
        return ()
    return [start for start, _ in case.chunks.spans()[1:]]


def leaf_arrays(case: Case) -> dict[str, Array]:
    """What gets a gradient: every floating array that goes in, and every parameter."""
    return {
        name: array
        for name, array in case.items()
        if name.startswith(("in/", "par/")) and array.dtype.kind == "f"
    }


def _split(x: Tensor, parts: int) -> list[Tensor]:
    """Equal parts of the last axis: gates in the paper's order."""
    L = x.shape[-1] // parts
    return [x[..., k * L : (k + 1) * L] for k in range(parts)]


def _one_hot(Z: Tensor, y: Tensor) -> Array:
    rows: Array = np.eye(Z.shape[-1], dtype=Z.dtype)[np.asarray(y)]
    return rows


def relu(xp: Any, x: Tensor, above: Tensor) -> Tensor:
    """ReLU that is told where its argument is above 0."""
    return xp.where(above, x, 0.0)


def selu(xp: Any, x: Tensor, above: Tensor) -> Tensor:
    """SELU that is told so; the inner ``where`` keeps ``expm1`` from overflowing unseen."""
    negative = SELU_ALPHA * xp.expm1(xp.where(above, 0.0, x))
    return SELU_SCALE * xp.where(above, x, negative)


KINKED: Mapping[str, Callable[[Any, Tensor, Tensor], Tensor]] = {"relu": relu, "selu": selu}


def _taps(options: Options, X: Tensor) -> Iterator[tuple[Any, Tensor]]:
    return window_taps(X, options["size"], options["stride"])


def window_taps(X: Tensor, size: Any, stride: Any) -> Iterator[tuple[Any, Tensor]]:
    """Each place of a window, and what all windows see there, over the axes before the last."""
    inner = X.shape[-1 - len(size) : -1]
    out = [(n - k) // s + 1 for n, k, s in zip(inner, size, stride, strict=True)]
    for tap in product(*map(range, size)):
        steps = (slice(k, k + s * n, s) for k, s, n in zip(tap, stride, out, strict=True))
        yield tap, X[(..., *steps, slice(None))]
