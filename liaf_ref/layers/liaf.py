"""LIAF and LIF neurons without synapses: the integration-free case of Eq. (2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

import numpy as np

from liaf_ref.door import check_choice, check_instance, check_number, keep
from liaf_ref.errors import InputError
from liaf_ref.kernels import neuron
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers.checks import check_init, check_pair, check_spike
from liaf_ref.layers.forms import Forms
from liaf_ref.layers.layer import Layer, Params, State, Tape
from liaf_ref.layers.sizes import check_step

MODES = {"TR": neuron.TR, "NTR": neuron.NTR}
SHARINGS = ("all", "channel", "non")


class NeuronOptions(TypedDict, total=False):
    """What every neuron layer lets one choose, with :class:`DirectLIAF`'s defaults."""

    sharing: str
    spike: Pair
    v_th: float
    v_reset: float
    alpha: float
    beta: float


@dataclass(frozen=True)
class DirectLIAF(Layer):
    """Leaky integrate and analog fire on a given input, Eqs. (3)-(8).

    Parameters
    ----------
    shape : tuple of int
        The neurons of one time step: ``(L,)`` or ``(H, W, L)``.
    act : str or Pair
        Act of Eq. (8): identity, relu, selu, tanh, sigmoid or a pair of your own.
    mode : str
        ``"TR"`` or ``"NTR"``, Eq. (8).
    sharing : str
        ``"all"``, ``"channel"`` or ``"non"``, Section II-B; which neurons share
        one threshold, reset potential and decay.
    spike : Pair
        S of Eq. (4) and the slope of the reset, Eq. (13).
    v_th, v_reset, alpha, beta : float
        Initial parameters; the paper gives them for the gesture network only.
    source : str
        What errors call the layer.

    Raises
    ------
    InputError
        If one of them is not so.
    """

    shape: tuple[int, ...]
    act: str | Pair = "identity"
    mode: str = "TR"
    sharing: str = "channel"
    spike: Pair = field(default_factory=lambda: paper(0.5))
    v_th: float = 0.5
    v_reset: float = 0.0
    alpha: float = 0.3
    beta: float = 0.0
    source: str = field(default="DirectLIAF, Eqs. (3)-(8)", compare=False, repr=False)

    def __post_init__(self) -> None:
        keep(self, ("shape",), check_step, "Eq. (3)")
        if isinstance(self.act, Pair):
            check_pair("act", self.act, "Eq. (8)", "a name or a Pair of your own")
        else:
            check_choice("act", self.act, ACTIVATIONS, "Eq. (8)")
        check_choice("mode", self.mode, MODES, "Eq. (8)")
        check_choice("sharing", self.sharing, SHARINGS, "Section II-B")
        check_spike("spike", self.spike)
        check_instance("source", self.source, str, "a layer", "a text")
        keep(self, neuron.Params._fields, check_number, "Eqs. (4)-(6)")

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one time step's input of one sample."""
        return self.shape

    @property
    def choices(self) -> tuple[Pair, Pair, int]:
        """What the kernel is told: spike, activation, and how much threshold it sees."""
        act = self.act if isinstance(self.act, Pair) else ACTIVATIONS[self.act]
        return self.spike, act, MODES[self.mode]

    @property
    def spiking(self) -> bool:
        """Whether the output is the spike: LIF, Section II-C (1)."""
        return isinstance(self.act, Pair) and self.act.value == self.spike.value

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the four parameters under the sharing mode."""
        shared = {"all": (1,), "channel": self.shape[-1:], "non": self.shape}[self.sharing]
        return dict.fromkeys(neuron.Params._fields, shared)

    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Params:
        """Fill the parameters with their initial values; see :meth:`Layer.init`."""
        _, dtype = check_init(rng, dtype)
        largest, wanted = np.finfo(dtype).max, f"a number that {dtype} holds"
        for name in neuron.Params._fields:
            value = getattr(self, name)
            check_number(name, value, self.source, lambda x: np.float64(abs(x)) <= largest, wanted)
        return {
            name: np.full(shape, getattr(self, name), dtype)
            for name, shape in self.shapes().items()
        }

    def zeros(self, batch: int, dtype: Any) -> State:
        """V^0 = 0, which the degradation to a perceptron needs, Section II-C (2)."""
        return (np.zeros((batch, *self.shape), dtype),)

    def apply(
        self, params: Mapping[str, Array], X: Array, state: State, forms: Forms
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        Y, state, tape = self._run(params, X, state, forms)
        return np.asarray(Y), state, tape

    def apply_last(
        self, params: Mapping[str, Array], X: Array, state: State, forms: Forms
    ) -> tuple[Array, State, Tape]:
        """Run without checks; a twin may put Act off until it is known that one step is read."""
        Y, state, tape = self._run(params, X, state, forms)
        return forms.readout.last_forward(Y), state, tape

    def _run(
        self, params: Mapping[str, Array], X: Array, state: State, forms: Forms
    ) -> tuple[Any, State, Tape]:
        p = neuron.Params(*(params[name] for name in neuron.Params._fields))
        Y, V, tape = forms.neuron.forward(X, *state, p, *self.choices)
        return Y, (V,), Tape(tape, forms, Y.shape, Y.dtype, (V,))

    def output(self, tape: Tape) -> Array:
        """What the pass that wrote the tape put out; the tape's own memory if it is the same."""
        _, act, s = self.choices
        Y: Array = tape.forms.neuron.output(tape.kernel, act, s)
        return Y

    def adjoint(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        dI, dV, dp = tape.forms.neuron.backward(dY, *d_state, tape.kernel, *self.choices)
        return dI, (dV,), dp._asdict()


def DirectLIF(
    shape: tuple[int, ...], *, output: Pair | None = None, **options: Unpack[NeuronOptions]
) -> DirectLIAF:
    """LIF neurons: LIAF whose activation is the spike, Section II-C (1).

    Parameters
    ----------
    shape : tuple of int
        As :class:`DirectLIAF`.
    output : Pair, optional
        The spike as the layers above see it, with the slope of the output path;
        by default that of the reset, ``spike``.
    **options
        As :class:`DirectLIAF`.

    Returns
    -------
    DirectLIAF
        With ``act`` the spike, threshold related.

    Raises
    ------
    InputError
        On an option that is not so, or that LIF does not have.
    """
    source = "DirectLIF, Eqs. (3)-(8)"
    check_options(options, ("output",), LIF_HAS_NONE, source)
    spike = options.get("spike", paper(0.5))
    act = spike if output is None else output
    check_spike("output", act)
    return DirectLIAF(shape, act=act, mode="TR", source=source, **options)


LIF_HAS_NONE = {
    "act": "LIF's activation is its spike, Section II-C (1)",
    "mode": "LIF is threshold related, Section II-C (1)",
}


def check_options(
    options: Mapping[str, Any], others: Sequence[str], without: Mapping[str, str], source: str
) -> None:
    """Refuse options that are no neuron's, by name.

    Parameters
    ----------
    options : mapping of str to object
        What came.
    others : sequence of str
        What the layer lets one choose besides :class:`NeuronOptions`.
    without : mapping of str to str
        Options of its relatives that it does not have, and why.
    source : str
        The layer.

    Raises
    ------
    InputError
        If there is no such option.
    """
    known = (*others, *NeuronOptions.__annotations__)
    for name in options:
        if name in without:
            raise InputError.of(name, source, f"expected none: {without[name]}; got one")
        if name not in known:
            raise InputError.of(
                "options", source, f"expected some of {', '.join(known)}; unknown: {name}"
            )
