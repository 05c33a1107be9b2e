"""The base class of LIAF and LIF neurons: which kernel runs, on which parameters."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_number
from liaf_ref.kernels import neuron
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.relatives import neuron as relatives
from liaf_ref.kernels.relatives.reset import RESETS
from liaf_ref.kernels.spike import step
from liaf_ref.layers.base import Operations, ShapedLayer, State, TableRow, Tape
from liaf_ref.layers.dynamics import Dynamics
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parametrized import Params
from liaf_ref.layers.relatives import LOGIT, RelativeOptions


class Neurons(Dynamics, RelativeOptions, ShapedLayer):
    """Base class of :class:`DirectLIAF` and :class:`DirectLIF`: the neurons of Eqs. (3)-(8).

    The output is Act of the potential (LIAF) or the spike (LIF).

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.layers import Neurons
    >>> [isinstance(layer, Neurons) for layer in (lr.DirectLIF((3,)), lr.Dense(3, 2))]
    [True, False]
    """

    input_gradient: ClassVar[str] = "the gradient in U, Eq. (12),"
    param_equations: ClassVar[Mapping[str, str]] = {
        "v_th": "Eqs. (4), (8)",
        "v_reset": "Eq. (5)",
        "alpha": "Eq. (6)",
        LOGIT: "Eq. (6)",
        "beta": "Eq. (6)",
    }
    tape_holds_output: ClassVar[bool] = True
    equation: ClassVar[str] = "Eqs. (3)-(8)"
    sharing: str
    spike: Pair

    @property
    def kernel_arguments(self) -> tuple[Pair, Pair, int]:
        """Arguments of the kernel: spike, activation, and ``TR`` or ``NTR``."""
        raise NotImplementedError

    @property
    def law(self) -> relatives.Law | None:
        """What replaces Eqs. (4), (5) and (7); None in the paper's neuron."""
        return None

    def _kernel(self, kernel_set: KernelSet) -> tuple[Any, tuple[Any, ...]]:
        """The kernel and its arguments: the paper's, or that of its relatives."""
        law = self.law
        if law is None:
            return kernel_set.neuron, self.kernel_arguments
        return relatives, (*self.kernel_arguments, law)

    @property
    def is_spiking(self) -> bool:
        """Whether the output is the spike, of one size: LIF, Section II-C (1)."""
        spike, act, _ = self.kernel_arguments
        return act.value == spike.value and (isinstance(self.levels, str) or self.levels == 1)

    @property
    def threshold_related(self) -> bool:
        """Whether the threshold is subtracted before Act: TR, Eq. (8)."""
        return self.kernel_arguments[2] == neuron.TR

    @property
    def act_name(self) -> str | None:
        """The name of Act; None for a pair that has none."""
        return next(
            (name for name, act in ACTIVATIONS.items() if act == self.kernel_arguments[1]), None
        )

    @property
    def neurons(self) -> "Neurons":
        """The layer itself."""
        return self

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the four parameters under the sharing mode."""
        shared = {"all": (1,), "channel": self.shape[-1:], "non": self.shape}[self.sharing]
        return dict.fromkeys(("v_th", "v_reset", self._decay_name, "beta"), shared)

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Fill the parameters with their initial values."""
        largest, expected = np.finfo(dtype).max, f"a number that {dtype} holds"
        shapes = self.param_shapes()
        values = {name: self._initial_value(name) for name in shapes}
        for name, value in values.items():
            check_number(name, value, self.label, lambda x: np.float64(abs(x)) <= largest, expected)
        return {name: np.full(shape, values[name], dtype) for name, shape in shapes.items()}

    def _initial_state(self, batch: int, dtype: Any) -> State:
        """V^0 = 0, which the degradation to a perceptron needs, Section II-C (2)."""
        return (np.zeros((batch, *self.shape), dtype),)

    def _run_kernel(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Any, State, Tape]:
        kernel, arguments = self._kernel(kernel_set)
        Y, V, tape = kernel.forward(X, *state, self.kernel_params(params), *arguments)
        return Y, (V,), Tape(tape, kernel_set, Y.shape, Y.dtype, (V,))

    def output_of(self, tape: Tape) -> Array:
        """The output of the pass; it shares the tape's memory where possible."""
        kernel, (_, *arguments) = self._kernel(tape.kernel_set)
        Y: Array = kernel.output(tape.kernel_tape, *arguments)
        return Y

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        kernel, arguments = self._kernel(tape.kernel_set)
        dI, dV, dp = kernel.backward(dY, *d_state, tape.kernel_tape, *arguments)
        return dI, (dV,), self._trained_grads(dp, tape.kernel_tape.p)

    def spikes_out(self, spikes_in: bool) -> bool:
        """Whether the output is spikes."""
        return self.is_spiking

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """(3) and (6); for LIAF the products and sums of its reset, (5), and U - v_th, (8)."""
        terms = sum(map(abs, RESETS[self.reset]))  # the paper's has two
        muls, adds = (1, 2) if self.is_spiking else (1 + terms, 2 + terms + self.threshold_related)
        n = T * math.prod(self.shape)
        return n * muls, n * adds

    def driven_table_row(self, Q: int, R: int) -> TableRow:
        """LIAF's or LIF's row of Tables I and II."""
        muls = R if self.is_spiking else (Q + 1) * R
        return muls, (Q + 2) * R, (Q + 1) * self.shape[-1]

    def named_arrays(self, tape: Tape, Y: Array | None = None) -> Iterator[tuple[str, Array]]:
        """The equations' left-hand sides, in the order in which a step computes them."""
        U, F, R, p = tape.kernel_tape
        yield "U, Eq. (3),", U
        yield "F, Eq. (4),", F
        yield "R, Eq. (5),", R
        yield "V, Eq. (6),", p.alpha * R + p.beta
        yield "Y, Eq. (8),", self.output_of(tape) if Y is None else Y

    def to_nir(self, writer: Any, stage: Any) -> None:
        """Write a LIF node, or another that behaves as these neurons do."""
        writer.add_neurons(self, stage)

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add a loop over time, Eqs. (3)-(6), then the activation of all steps, Eqs. (7), (8)."""
        act = self._onnx_act()
        p = dict(params)
        if self.decay == "sigmoid":
            p["alpha"] = writer.add("Sigmoid", p[LOGIT])
        first, *_ = state or (writer.zeros(X, self.shape),)
        mode = {"threshold_related": self.threshold_related, "law": self.law}
        Y, last = writer.neuron(X, p, first, act, **mode, num_axes=2 + len(self.shape))
        return Y, last

    def _onnx_act(self) -> str:
        """The name of the activation; what has no counterpart in ONNX is refused."""
        spike, act, _ = self.kernel_arguments
        name = self.act_name or ("spike" if act.value is step else None)
        for argument, known, allowed in (
            ("spike", spike.value is step, "the step of Eq. (4)"),
            ("act", name is not None, f"one of {', '.join(ACTIVATIONS)}, or the spike"),
        ):
            if not known:
                reason = (
                    f"expected {allowed}, got another, for which ONNX export has no nodes; "
                    "a subclass can implement it in its own to_onnx"
                )
                raise InputError.for_argument(argument, f"to_onnx of {self.label}", reason)
        return str(name)
