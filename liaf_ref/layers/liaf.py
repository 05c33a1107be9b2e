"""LIAF and LIF neurons without synapses: the integration-free case of Eq. (2)."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.signatures import CheckedConstructor
from liaf_ref._core.validation import check_choice, check_number, validate_fields
from liaf_ref.kernels import neuron
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers.base import Layer, Operations, ShapedLayer, State, TableRow, Tape
from liaf_ref.layers.call_repr import RESOLVED
from liaf_ref.layers.dynamics import Dynamics
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parametrized import Params
from liaf_ref.layers.shape_validation import check_step_shape, validate_shape
from liaf_ref.layers.validation import check_pair, check_spike

MODES = {"TR": neuron.TR, "NTR": neuron.NTR}
SHARINGS = ("all", "channel", "non")
MU = 0.5  # half width of the window of Eq. (13), by default


@dataclass(frozen=True, kw_only=True, repr=False)
class NeuronOptions(CheckedConstructor):
    """Options of every layer of neurons."""

    sharing: str = "channel"
    # Resolved when the layer is made, so that two layers with the same spike are equal.
    spike: Pair = field(default=None, metadata={RESOLVED: paper(MU)})  # type: ignore[assignment]
    mu: InitVar[float | None] = None
    # Initial parameters; the paper gives them for the gesture network only, Section VI-C2.
    v_th: float = 0.5
    v_reset: float = 0.0
    alpha: float = 0.3
    beta: float = 0.0

    def _check_neurons(self, mu: float | None) -> None:
        check_choice("sharing", self.sharing, SHARINGS, "Section II-B")
        if self.spike is None:
            mu = MU if mu is None else mu
            wide = check_number("mu", mu, "Eq. (13)", lambda x: x >= 0, "a finite number >= 0")
            object.__setattr__(self, "spike", paper(wide))
        elif mu is not None:
            raise InputError.for_argument("mu", "Eq. (13)", "expected either spike or mu, got both")
        check_spike("spike", self.spike)
        validate_fields(self, neuron.Params._fields, check_number, "Eqs. (4)-(6)")

    @property
    def _neuron_keywords(self) -> dict[str, Any]:
        """The options as keywords, for the neurons that a larger layer is made of."""
        names = ("sharing", "spike", *neuron.Params._fields)
        return {name: getattr(self, name) for name in names}

    def _make_neurons(self, shape: tuple[int, ...]) -> Layer:
        """The neurons of a larger layer, with these options."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, repr=False)
class LIAFOptions(NeuronOptions):
    """Options of a LIAF layer."""

    _not_arguments: ClassVar[Mapping[str, str]] = {
        "output": "the slope of LIAF's output is that of its activation, Eq. (8)"
    }
    act: str | Pair = "identity"
    mode: str = "TR"

    @property
    def _neuron_keywords(self) -> dict[str, Any]:
        return super()._neuron_keywords | {"act": self.act, "mode": self.mode}

    def _make_neurons(self, shape: tuple[int, ...]) -> "DirectLIAF":
        return DirectLIAF(shape, **self._neuron_keywords)


@dataclass(frozen=True, kw_only=True, repr=False)
class LIFOptions(NeuronOptions):
    """Options of a LIF layer."""

    _not_arguments: ClassVar[Mapping[str, str]] = {
        "act": "LIF's activation is its spike, Section II-C (1)",
        "mode": "LIF is threshold related, Section II-C (1)",
    }
    output: Pair | None = None

    @property
    def _neuron_keywords(self) -> dict[str, Any]:
        return super()._neuron_keywords | {"output": self.output}

    def _make_neurons(self, shape: tuple[int, ...]) -> "DirectLIF":
        return DirectLIF(shape, **self._neuron_keywords)


class Neurons(Dynamics, ShapedLayer):
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
    def is_spiking(self) -> bool:
        """Whether the output is the spike: LIF, Section II-C (1)."""
        spike, act, _ = self.kernel_arguments
        return act.value == spike.value

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
        return dict.fromkeys(neuron.Params._fields, shared)

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Fill the parameters with their initial values."""
        largest, expected = np.finfo(dtype).max, f"a number that {dtype} holds"
        for name in neuron.Params._fields:
            value = getattr(self, name)
            check_number(name, value, self.label, lambda x: np.float64(abs(x)) <= largest, expected)
        return {
            name: np.full(shape, getattr(self, name), dtype)
            for name, shape in self.param_shapes().items()
        }

    def _initial_state(self, batch: int, dtype: Any) -> State:
        """V^0 = 0, which the degradation to a perceptron needs, Section II-C (2)."""
        return (np.zeros((batch, *self.shape), dtype),)

    def _run_kernel(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Any, State, Tape]:
        p = neuron.Params(*(params[name] for name in neuron.Params._fields))
        Y, V, tape = kernel_set.neuron.forward(X, *state, p, *self.kernel_arguments)
        return Y, (V,), Tape(tape, kernel_set, Y.shape, Y.dtype, (V,))

    def output_of(self, tape: Tape) -> Array:
        """The output of the pass; it shares the tape's memory where possible."""
        _, act, s = self.kernel_arguments
        Y: Array = tape.kernel_set.neuron.output(tape.kernel_tape, act, s)
        return Y

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        dI, dV, dp = tape.kernel_set.neuron.backward(
            dY, *d_state, tape.kernel_tape, *self.kernel_arguments
        )
        return dI, (dV,), dp._asdict()

    def spikes_out(self, spikes_in: bool) -> bool:
        """Whether the output is spikes."""
        return self.is_spiking

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """(3) and (6); for LIAF two products and sums more in (5), and U - v_th, (8)."""
        muls, adds = (1, 2) if self.is_spiking else (3, 4 + self.threshold_related)
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


@dataclass(frozen=True, repr=False)
class DirectLIAF(Neurons, LIAFOptions):
    """LIAF neurons without synapses, Eqs. (3)-(8).

    Parameters
    ----------
    shape : tuple of int
        Shape of the neurons: ``(L,)`` or ``(H, W, L)``.
    act : str or Pair
        Activation, Act of Eq. (8): ``"identity"``, ``"relu"``, ``"selu"``, ``"tanh"``,
        ``"sigmoid"`` or a Pair of your own.
    mode : str
        Whether the threshold is subtracted before Act, Eq. (8): ``"TR"`` (yes) or ``"NTR"`` (no).
    sharing : str
        Which neurons share parameters, Section II-B: ``"all"``, those of a ``"channel"``, or
        ``"non"`` (none).
    spike : Pair, optional
        Spike of Eq. (4) and its surrogate gradient; by default ``spike.paper(mu)``.
    mu : float, optional
        Half width of the paper's surrogate window, Eq. (13); 0.5 by default.
    v_th, v_reset, alpha, beta : float
        Initial threshold, reset potential, and multiplicative and additive decay.

    Raises
    ------
    InputError
        If an argument is invalid, or both ``spike`` and ``mu`` are given.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.DirectLIAF((3,), act="relu", mu=0.3)
    >>> layer
    DirectLIAF((3,), mu=0.3, act='relu')
    >>> Y, state, tape = layer(layer.init(0), np.full((1, 4, 3), 0.4))
    >>> Y.shape
    (1, 4, 3)
    """

    shape: tuple[int, ...]

    def __post_init__(self, mu: float | None) -> None:
        validate_shape(self, check_step_shape, self._class_label)
        if isinstance(self.act, Pair):
            check_pair("act", self.act, "Eq. (8)", "a name or a Pair of your own")
        else:
            check_choice("act", self.act, ACTIVATIONS, "Eq. (8)")
        check_choice("mode", self.mode, MODES, "Eq. (8)")
        self._check_neurons(mu)

    @property
    def kernel_arguments(self) -> tuple[Pair, Pair, int]:
        """Arguments of the kernel: spike, activation, and ``TR`` or ``NTR``."""
        act = self.act if isinstance(self.act, Pair) else ACTIVATIONS[self.act]
        return self.spike, act, MODES[self.mode]

    def with_act(self, act: Pair) -> Layer:
        """The same neurons with another Act."""
        return replace(self, act=act)


@dataclass(frozen=True, repr=False)
class DirectLIF(Neurons, LIFOptions):
    """LIF neurons without synapses: LIAF with the spike as activation, Section II-C (1).

    Parameters
    ----------
    shape : tuple of int
        Shape of the neurons: ``(L,)`` or ``(H, W, L)``.
    output : Pair, optional
        Spike of the output and its surrogate gradient; by default ``spike``, as for the reset.
    sharing : str
        Which neurons share parameters, Section II-B: ``"all"``, those of a ``"channel"``, or
        ``"non"`` (none).
    spike : Pair, optional
        Spike of Eq. (4) and its surrogate gradient; by default ``spike.paper(mu)``.
    mu : float, optional
        Half width of the paper's surrogate window, Eq. (13); 0.5 by default.
    v_th, v_reset, alpha, beta : float
        Initial threshold, reset potential, and multiplicative and additive decay.

    Raises
    ------
    InputError
        If an argument is invalid, or both ``spike`` and ``mu`` are given.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.DirectLIF((3,))
    >>> Y, state, tape = layer(layer.init(0), np.full((1, 4, 3), 0.4))
    >>> Y[0, :, 0]
    array([0., 1., 0., 1.])
    """

    shape: tuple[int, ...]

    def __post_init__(self, mu: float | None) -> None:
        validate_shape(self, check_step_shape, self._class_label)
        self._check_neurons(mu)
        if self.output is not None:
            check_spike("output", self.output)

    @property
    def kernel_arguments(self) -> tuple[Pair, Pair, int]:
        """Arguments of the kernel: spike, the spike as activation, threshold related."""
        return self.spike, self.spike if self.output is None else self.output, neuron.TR

    def with_act(self, act: Pair) -> Layer:
        """LIAF neurons with the same spike and parameters."""
        own = self._neuron_keywords | {"act": act}
        del own["output"]
        return DirectLIAF(self.shape, **own)
