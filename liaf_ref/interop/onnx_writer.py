"""The operations of layers in ONNX: ours are (B, T, ..., L), convolutions of ONNX (N, L, ...)."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from liaf_ref._core.errors import InputError
from liaf_ref.interop.onnx_graph import OnnxGraph
from liaf_ref.kernels import neuron
from liaf_ref.kernels.activation import SELU_ALPHA, SELU_SCALE
from liaf_ref.kernels.grid import Grid, Size, same
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import detached
from liaf_ref.kernels.variants import neuron as variants
from liaf_ref.kernels.variants.neuron import Variant

Names = Mapping[str, str]
States = tuple[str, ...]

ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}


class Cell(NamedTuple):
    """A recurrent operator of ONNX beside the paper's equation."""

    order: tuple[int, ...]  # ONNX's gates in its order, by their place in ours
    signs: tuple[int, ...]  # of the pre-activations
    activations: tuple[str, ...]
    num_states: int = 1


CELLS = {
    "RNN": Cell((0,), (1,), ("Tanh",)),
    # ONNX's z weighs the old state, and ours the new one: 1 - sigma(a) = sigma(-a).
    "GRU": Cell((0, 1, 2), (-1, 1, 1), ("Sigmoid", "Tanh")),
    "LSTM": Cell((1, 2, 0, 3), (1, 1, 1, 1), ("Sigmoid", "Tanh", "Tanh"), 2),  # i, o, f, c
}


class OnnxWriter(OnnxGraph):
    """Adds the nodes of a layer; arguments and results are names of values."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.drives: dict[str, tuple[str, str, str | None]] = {}  # X, W and b of a dense layer

    def dense(self, X: str, W: str, b: str | None = None) -> str:
        """Eq. (2)."""
        drive = self._add_bias(self.add("MatMul", X, W), b)
        self.drives[drive] = X, W, b
        return drive

    def conv(self, X: str, W: str, b: str | None, grid: Grid, shape: Size, out: Size) -> str:
        """Eq. (2) with a convolution over H and W; ``shape`` and ``out`` are those of a step."""
        return self._unfold(self._convolve(self._fold(X, shape), W, b, grid), X, out)

    def conv3d(self, X: str, W: str, b: str | None, grid: Grid) -> str:
        """Conv3D of Table II."""
        Y = self._convolve(self.add("Transpose", X, perm=(0, 4, 1, 2, 3)), W, b, grid)
        return self.add("Transpose", Y, perm=(0, 2, 3, 4, 1))

    def pool(self, op: str, X: str, size: Size, stride: Size, shape: Size, out: Size) -> str:
        """``AveragePool`` or ``MaxPool``."""
        Y = self.add(op, self._fold(X, shape), kernel_shape=size, strides=stride)
        return self._unfold(Y, X, out)

    def neuron(
        self, I: str, p: Names, V0: str, act: str, num_axes: int, s: int, *variant: Variant
    ) -> tuple[str, States]:
        """Eqs. (3)-(8) by the kernel itself, which computes with values of the graph."""
        kernel: Any = variants if variant else neuron

        def activation(graph: OnnxWriter) -> Any:
            def value(x: Any) -> Any:
                return Traced(graph, graph.act(act, x.name))

            return Pair(value, value)  # the slope is not asked for

        def params(graph: OnnxWriter) -> Any:
            values: Any = (Traced(graph, p[name]) for name in neuron.Params._fields)
            return neuron.Params(*values)

        def step(body: OnnxWriter, I: str, V: str) -> tuple[Sequence[str], str]:
            start = Steps(Traced(body, I)), Traced(body, V), params(body)
            _, last, tape = kernel.forward(*start, detached(), activation(body), s, *variant)
            return (last.name,), tape.U.step.name

        ends, U = self.scan(step, (V0,), I, num_axes)
        tape: Any = SimpleNamespace(U=Steps(Traced(self, U)), p=params(self))
        return kernel.output(tape, activation(self), s, *variant).step.name, ends

    def current(self, X: str, decay: str, I0: str, num_axes: int) -> tuple[str, States]:
        """The synaptic current before Eq. (3)."""

        def step(body: OnnxWriter, X: str, I: str) -> tuple[Sequence[str], str]:
            I = body.add("Add", body.add("Mul", decay, I), X)
            return (I,), I

        ends, Y = self.scan(step, (I0,), X, num_axes)
        return Y, ends

    def recurrent(
        self, op: str, A: str, U: str, state: States, L: int, *, hard: bool
    ) -> tuple[str, States]:
        """Eqs. (14), (15), (16): ``RNN``, ``LSTM`` or ``GRU`` on a drive of all gates."""
        cell, width = CELLS[op], len(CELLS[op].order) * L
        X, W, b = self.drives.get(A) or (A, self.constant(np.eye(width)), None)
        weights = [self.add("Transpose", self._gates(cell, w, L), perm=(1, 0)) for w in (W, U)]
        bias = ""
        if b is not None:
            second = self.constant(np.zeros(width))  # ONNX has one of W and one of U
            both = self.add("Concat", self._gates(cell, b, L), second, axis=0)
            bias = self._unsqueeze(both, 0)
        Y, *last = self.add_multiple(
            op,
            1 + cell.num_states,
            self.swap_batch_and_time(X, 3),
            *(self._unsqueeze(w, 0) for w in weights),
            bias,
            "",  # the lengths of the sequences: all are as long
            *(self._unsqueeze(part, 0) for part in state),
            hidden_size=L,
            activations=[self._gate(hard) if f == "Sigmoid" else f for f in cell.activations],
        )
        ends = tuple(self._squeeze(part, 0) for part in last)
        return self.swap_batch_and_time(self._squeeze(Y, 1), 3), ends

    def conv_lstm(
        self, A: str, U: str, state: States, kernel: Size, *, hard: bool
    ) -> tuple[str, States]:
        """Eq. (15) with a convolution, on a drive of all gates."""
        grid = Grid((1, 1), same(kernel))
        gate = self._gate(hard)

        def step(body: OnnxWriter, A: str, h: str, c: str) -> tuple[Sequence[str], str]:
            drive = body._convolve(body.add("Transpose", h, perm=(0, 3, 1, 2)), U, None, grid)
            a = body.add("Add", A, body.add("Transpose", drive, perm=(0, 2, 3, 1)))
            *gates, a_c = body.add_multiple("Split", 4, a, axis=-1)
            f, i, o = (body.add(gate, each) for each in gates)
            kept = body.add("Mul", f, c)
            c = body.add("Add", kept, body.add("Mul", i, body.add("Tanh", a_c)))
            h = body.add("Mul", o, body.add("Tanh", c))
            return (h, c), h

        ends, Y = self.scan(step, state, A, 5)
        return Y, ends

    def layer_norm(self, X: str, p: Names, num_axes: int, eps: float) -> str:
        """Mean 0 and variance 1 over the last axes."""
        if self.dtype == np.float32:
            scale = p["gamma"], p["b"]
            return self.add("LayerNormalization", X, *scale, axis=-num_axes, epsilon=eps)
        return self.norm(X, p, tuple(range(-num_axes, 0)), eps)

    def norm(self, X: str, p: Names, axes: Size, eps: float) -> str:
        """Mean 0 and variance 1 over any axes."""
        x = self.add("Sub", X, self.mean(X, axes))
        return self._scale(x, self.mean(self.add("Mul", x, x), axes), p, eps)

    def batch_norm(self, X: str, p: Names, L: int, eps: float) -> str:
        """Batch normalization by the running statistics ``m`` and ``v``."""
        if self.dtype == np.float64:
            return self._scale(self.add("Sub", X, p["m"]), p["v"], p, eps)
        flat = self.add("Reshape", X, self.constant([-1, L]))
        arrays = (p[name] for name in ("gamma", "b", "m", "v"))
        Y = self.add("BatchNormalization", flat, *arrays, epsilon=eps)
        return self.add("Reshape", Y, self.add("Shape", X))

    def act(self, name: str, x: str) -> str:
        """An activation, or the spike of Eq. (4)."""
        if name == "identity":
            return x
        if name == "spike":
            fired = self.add("GreaterOrEqual", x, self.constant(0.0))  # (4)
            return self.add("Cast", fired, to=self.element_type(self.dtype))
        if name != "selu":
            return self.add(ACTIVATIONS[name], x)
        if self.dtype == np.float32:
            return self.add("Selu", x, alpha=SELU_ALPHA, gamma=SELU_SCALE)
        # Attributes are float32, and onnxruntime has no Elu of float64.  The exponential minus 1 of
        # a negative number is tanh(x / 2) (exp(x) + 1), without a difference of close numbers.
        low = self.add("Min", x, self.constant(0.0))
        above = self.add("Add", self.add("Exp", low), self.constant(1.0))
        minus_one = self.add(
            "Mul", self.add("Tanh", self.add("Mul", low, self.constant(0.5))), above
        )
        below = self.add("Mul", minus_one, self.constant(SELU_ALPHA))
        positive = self.add("Greater", x, self.constant(0.0))
        return self.add("Mul", self.add("Where", positive, x, below), self.constant(SELU_SCALE))

    def mean(self, X: str, axes: Size, *, keep: bool = True) -> str:
        """Mean over axes."""
        return self.add("ReduceMean", X, axes=axes, keepdims=int(keep))

    def last(self, X: str) -> str:
        """The last step."""
        return self.add("Gather", X, self.constant(-1), axis=1)

    def flatten(self, X: str, num_kept: int) -> str:
        """The axes behind the first ``num_kept`` as one."""
        return self.add("Reshape", X, self.constant([0] * num_kept + [-1]))

    def zeros(self, X: str, shape: Size) -> str:
        """A state for the batch of ``X``."""
        batch = self.add("Shape", X, start=0, end=1)
        size = self.add("Concat", batch, self.constant(shape), axis=0)
        zero = self.onnx.numpy_helper.from_array(np.zeros(1, self.dtype))
        return self.add("ConstantOfShape", size, value=zero)

    def _gate(self, hard: bool) -> str:
        if hard and self.dtype == np.float64:
            reason = "expected 'sigmoid' for float64 parameters, got 'hard_sigmoid': use float32"
            raise InputError.for_argument("recurrent_activation", "to_onnx", reason)
        return "HardSigmoid" if hard else "Sigmoid"

    def _scale(self, x: str, v: str, p: Names, eps: float) -> str:
        deviation = self.add("Sqrt", self.add("Add", v, self.constant(eps)))
        return self._add_bias(self.add("Mul", self.add("Div", x, deviation), p["gamma"]), p["b"])

    def _add_bias(self, x: str, b: str | None) -> str:
        return x if b is None else self.add("Add", x, b)

    def _convolve(self, X: str, W: str, b: str | None, grid: Grid) -> str:
        """On (N, K, ...); ``W`` is (..., K, L)."""
        n = len(grid.stride)
        kernel = self.add("Transpose", W, perm=(n + 1, n, *range(n)))
        pads = [zeros[side] for side in (0, 1) for zeros in grid.pad]
        given = (kernel,) if b is None else (kernel, b)
        return self.add("Conv", X, *given, strides=grid.stride, pads=pads)

    def _fold(self, X: str, shape: Size) -> str:
        """(B, T, H, W, L) to (B T, L, H, W)."""
        frames = self.add("Reshape", X, self.constant([-1, *shape]))
        return self.add("Transpose", frames, perm=(0, 3, 1, 2))

    def _unfold(self, Y: str, X: str, shape: Size) -> str:
        """(B T, L, H, W) to (B, T, H, W, L), with B and T those of ``X``."""
        lead = self.add("Shape", X, start=0, end=2)
        size = self.add("Concat", lead, self.constant(shape), axis=0)
        return self.add("Reshape", self.add("Transpose", Y, perm=(0, 2, 3, 1)), size)

    def _gates(self, cell: Cell, w: str, L: int) -> str:
        """The last axis in the order and with the signs of ONNX's gates."""
        if cell.order != tuple(sorted(cell.order)):
            places = np.concatenate([gate * L + np.arange(L) for gate in cell.order])
            w = self.add("Gather", w, self.constant(places), axis=-1)
        if min(cell.signs) < 0:
            w = self.add("Mul", w, self.constant(np.repeat(np.array(cell.signs, float), L)))
        return w

    def _unsqueeze(self, x: str, axis: int) -> str:
        return self.add("Unsqueeze", x, self.constant([axis]))

    def _squeeze(self, x: str, axis: int) -> str:
        return self.add("Squeeze", x, self.constant([axis]))


class Traced(NDArrayOperatorsMixin):
    """A value of a graph for kernels: what NumPy would compute of it becomes a node."""

    OPERATORS: ClassVar = {
        np.add: "Add",
        np.subtract: "Sub",
        np.multiply: "Mul",
        np.negative: "Neg",
        np.greater_equal: "GreaterOrEqual",
    }

    def __init__(self, graph: OnnxWriter, name: str) -> None:
        self.graph, self.name, self.dtype = graph, name, graph.dtype

    @property
    def real(self) -> "Traced":
        """The same: there are no complex graphs."""
        return self

    def astype(self, dtype: Any) -> "Traced":
        """The value in another dtype."""
        return Traced(
            self.graph, self.graph.add("Cast", self.name, to=self.graph.element_type(dtype))
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any) -> "Traced":
        names = (x.name if isinstance(x, Traced) else self.graph.constant(float(x)) for x in inputs)
        return Traced(self.graph, self.graph.add(self.OPERATORS[ufunc], *names))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> "Traced":
        """``zeros_like``: a number, as it is broadcast."""
        return Traced(self.graph, self.graph.constant(float(function(0.0))))


class Steps:
    """An array of one time step, which may stand for all if none depends on another."""

    shape = (1, 1)

    def __init__(self, step: Any = None) -> None:
        self.step = step

    def __getitem__(self, index: Any) -> Any:
        return self.step

    def __setitem__(self, index: Any, value: Any) -> None:
        self.step = value

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> "Steps":
        return Steps()  # empty_like
