"""LIAF and LIF neurons without synapses: the integration-free case of Eq. (2)."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field, replace
from typing import Any, ClassVar

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_bool, check_choice, check_number, validate_fields
from liaf_ref.kernels import neuron
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.relatives import neuron as relatives
from liaf_ref.kernels.relatives.output import analog, graded, spiking
from liaf_ref.kernels.spike import paper
from liaf_ref.layers.base import Layer
from liaf_ref.layers.call_repr import RESOLVED
from liaf_ref.layers.neurons import Neurons
from liaf_ref.layers.relatives import RelativeOptions, check_relatives
from liaf_ref.layers.shape_validation import check_step_shape, validate_shape
from liaf_ref.layers.validation import check_pair, check_spike

MODES = {"TR": neuron.TR, "NTR": neuron.NTR}
SHARINGS = ("all", "channel", "non")
MU = 0.5  # half width of the window of Eq. (13), by default


@dataclass(frozen=True, kw_only=True, repr=False)
class NeuronOptions(RelativeOptions):
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
    reset: str = "v_reset"
    levels: str | int = "binary"
    decay: str = "alpha"

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
        check_relatives(self.reset, self.levels, self.decay, self.alpha)

    @property
    def _neuron_keywords(self) -> dict[str, Any]:
        """The options as keywords, for the neurons that a larger layer is made of."""
        names = ("sharing", "spike", *neuron.Params._fields, "reset", "levels", "decay")
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
    graded: bool = False

    @property
    def _neuron_keywords(self) -> dict[str, Any]:
        own = {"act": self.act, "mode": self.mode, "graded": self.graded}
        return super()._neuron_keywords | own

    def _make_neurons(self, shape: tuple[int, ...]) -> "DirectLIAF":
        return DirectLIAF(shape, **self._neuron_keywords)


@dataclass(frozen=True, kw_only=True, repr=False)
class LIFOptions(NeuronOptions):
    """Options of a LIF layer."""

    _not_arguments: ClassVar[Mapping[str, str]] = {
        "act": "LIF's activation is its spike, Section II-C (1)",
        "mode": "LIF is threshold related, Section II-C (1)",
        "graded": "LIF sends its spike as it is; pass levels=4, or a LIAF layer with graded=True",
    }
    output: Pair | None = None

    @property
    def _neuron_keywords(self) -> dict[str, Any]:
        return super()._neuron_keywords | {"output": self.output}

    def _make_neurons(self, shape: tuple[int, ...]) -> "DirectLIF":
        return DirectLIF(shape, **self._neuron_keywords)


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
    reset : str
        What a spike leaves of the potential, in place of Eq. (5): ``"v_reset"`` (the paper's),
        ``"zero"``, ``"threshold"``, ``"subtract"``, ``"subtract difference"`` or ``"none"``.
    levels : str or int
        Values of a spike: ``"binary"`` (the paper's 0 and 1), ``"ternary"`` (-1, 0, 1), or an
        integer D for 0 to D as in I-LIF.
    decay : str
        What is trained: ``"alpha"``, or its logit ``alpha_logit`` with ``"sigmoid"``, as in PLIF.
    graded : bool
        Whether the output is Act only where the neuron fires, times its spike, and 0 elsewhere.

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
        check_bool("graded", self.graded, "Eq. (7)")
        self._check_neurons(mu)

    @property
    def kernel_arguments(self) -> tuple[Pair, Pair, int]:
        """Arguments of the kernel: spike, activation, and ``TR`` or ``NTR``."""
        act = self.act if isinstance(self.act, Pair) else ACTIVATIONS[self.act]
        return self.spike, act, MODES[self.mode]

    @property
    def law(self) -> relatives.Law | None:
        """What replaces Eqs. (4), (5) and (7); None in the paper's neuron."""
        return self._law(graded if self.graded else analog, self.spike)

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
    reset : str
        What a spike leaves of the potential, in place of Eq. (5): ``"v_reset"`` (the paper's),
        ``"zero"``, ``"threshold"``, ``"subtract"``, ``"subtract difference"`` or ``"none"``.
    levels : str or int
        Values of a spike: ``"binary"`` (the paper's 0 and 1), ``"ternary"`` (-1, 0, 1), or an
        integer D for 0 to D as in I-LIF.
    decay : str
        What is trained: ``"alpha"``, or its logit ``alpha_logit`` with ``"sigmoid"``, as in PLIF.

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

    @property
    def law(self) -> relatives.Law | None:
        """What replaces Eqs. (4), (5) and (7); None in the paper's neuron."""
        return self._law(spiking, self.kernel_arguments[1])

    def with_act(self, act: Pair) -> Layer:
        """LIAF neurons with the same spike and parameters."""
        own = self._neuron_keywords | {"act": act}
        del own["output"]
        return DirectLIAF(self.shape, **own)
