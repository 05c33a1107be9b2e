"""LIAF and LIF neurons, Eqs. (3)-(8), with the options of the paper and of its variants."""

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any

from liaf_ref._core.declared import Declared, derived
from liaf_ref._core.kinds import About, one_of, real
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import NTR, TR
from liaf_ref.kernels.neuron import Params as KernelParams
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.kernels.surrogate import SHAPES
from liaf_ref.kernels.surrogate import surrogate as make_surrogate
from liaf_ref.kernels.variants import decay
from liaf_ref.kernels.variants.levels import BINARY, TERNARY, Levels, integer
from liaf_ref.kernels.variants.neuron import Variant
from liaf_ref.kernels.variants.output import analog, graded, spiking
from liaf_ref.kernels.variants.reset import RESETS
from liaf_ref.layers import types as t
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.layer import Dynamics, Param, constant
from liaf_ref.layers.types import Arrays, Grads, Params, Shape, State

SHAPE, WIDTH = one_of(*SHAPES), real(0)
MU = 0.5  # half width of the window of Eq. (13), by default
LOGIT = "alpha_logit"  # the parameter whose sigmoid is alpha


def surrogate(shape: str, mu: float) -> Pair:
    """Make the spike of Eq. (4) with a surrogate gradient of another shape than Eq. (13).

    Parameters
    ----------
    shape : str
        ``"window"`` (the paper's), ``"triangle"``, ``"gaussian"``, ``"sigmoid"`` or ``"arctan"``,
        all of height 1 and area ``2 mu``.
    mu : float
        Half width: at least 0 for the window, above 0 for the others.

    Returns
    -------
    Pair
        For the argument ``spike`` of a layer.

    Raises
    ------
    InputError
        If there is no such shape, or ``mu`` is out of range.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.DenseLIF(4, 3, spike=lr.surrogate("arctan", 0.3)).count_params()
    27
    """
    name = SHAPE.check("shape", shape, "surrogate")
    kind = WIDTH if name == "window" else t.POSITIVE
    return make_surrogate(name, kind.check("mu", mu, "surrogate"))


class Neuron(Declared, kw_only=True):
    """The options of a neuron, for layers, networks, configurations and commands.

    LIF is LIAF whose activation is the spike, Section II-C (1): ``act="spike"``.

    Parameters
    ----------
    @options

    Raises
    ------
    InputError
        If an argument is invalid, or two exclude each other: ``spike`` and ``mu``, LIF and
        ``mode`` or ``graded``, LIAF and ``output``.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> neuron = lr.Neuron(act="relu", mode="NTR", alpha=0.5)
    >>> lr.BabiNetwork(22, "liaf", neuron=neuron).temporal_layer
    DenseLIAF(50, 100, act='relu', mode='NTR', alpha=0.5)
    """

    act: Annotated[t.Act, About("activation, Act of Eq. (8); the spike for LIF")] = "identity"
    mode: Annotated[t.Mode, About("whether the threshold is subtracted before Act, Eq. (8)")] = "TR"
    sharing: Annotated[t.Sharing, About("which neurons share parameters, Section II-B")] = "channel"
    mu: Annotated[t.Width, About("half width of the surrogate window, Eq. (13)")] = MU
    spike: Annotated[t.Spike | None, About("spike of Eq. (4) and its slope, in place of mu")] = None
    output: Annotated[
        t.Spike | None, About("spike of LIF's output and its slope, if not that of the reset")
    ] = None
    # The paper gives initial parameters for the gesture network only, Section VI-C2.
    v_th: Annotated[t.Number, About("initial threshold, Eq. (4)")] = 0.5
    v_reset: Annotated[t.Number, About("initial reset potential, Eq. (5)")] = 0.0
    alpha: Annotated[t.Number, About("initial multiplicative decay, Eq. (6)")] = 0.3
    beta: Annotated[t.Number, About("initial additive decay, Eq. (6)")] = 0.0
    reset: Annotated[t.Reset, About("what a spike leaves of the potential, Eq. (5)")] = "v_reset"
    levels: Annotated[t.Levels, About("values of a spike: 0 and 1; -1, 0, 1; or 0 to D")] = "binary"
    decay: Annotated[
        str,
        one_of("alpha", "sigmoid"),
        About("what is trained: alpha, or its logit alpha_logit (sigmoid), as in PLIF"),
    ] = "alpha"
    graded: Annotated[
        t.Flag, About("whether Act is put out only where the neuron fires, times its spike")
    ] = False

    @staticmethod
    def show(value: object) -> str:
        """A Pair by the names of its functions."""
        if not isinstance(value, Pair):
            return repr(value)
        return f"Pair({', '.join(getattr(each, '__name__', None) or repr(each) for each in value)})"

    def check_together(self) -> None:
        """What LIF does not have, and what excludes each other."""
        if self.spike is not None and self.mu != MU:
            raise self.refuse("mu", "expected either spike or mu, got both")
        width = getattr(self.spike and self.spike.slope, "mu", None)
        if width is not None and self.spike == paper(width):  # equal neurons compare equal
            object.__setattr__(self, "mu", width)
            object.__setattr__(self, "spike", None)
        if self.decay == "sigmoid" and not 0 < self.alpha < 1:
            reason = f'expected a number between 0 and 1 with decay="sigmoid", got {self.alpha}'
            raise self.refuse("alpha", reason)
        if not self.is_lif and self.output is not None:
            raise self.refuse("output", "expected none: LIAF's slope is that of its activation")
        if self.is_lif and (self.mode != "TR" or self.graded):
            name = "graded" if self.graded else "mode"
            raise self.refuse(name, "expected none for LIF, whose activation is its spike")

    def as_lif(self) -> "Neuron":
        """The same neuron with its spike as activation; act, mode and graded are LIAF's."""
        return derived(self, act="spike", mode="TR", graded=False)

    @property
    def is_lif(self) -> bool:
        """Whether the activation is the spike."""
        return self.act == "spike"

    @property
    def spike_pair(self) -> Pair:
        """The spike of Eq. (4) and the slope of the reset."""
        return paper(self.mu) if self.spike is None else self.spike

    @property
    def activation(self) -> Pair:
        """Act of Eq. (8)."""
        if self.is_lif:
            return self.output or self.spike_pair
        return self.act if isinstance(self.act, Pair) else ACTIVATIONS[self.act]

    @property
    def act_name(self) -> str | None:
        """The name of Act; None for one that has none."""
        known = ((name, act) for name, act in ACTIVATIONS.items() if act == self.activation)
        return next(known, (None, None))[0]

    @property
    def sends_spikes(self) -> bool:
        """Whether the output is 0, 1 or -1, so that synapses need no products."""
        is_spike = self.activation.value == self.spike_pair.value
        return is_spike and self.levels in ("binary", "ternary", 1)

    @cached_property
    def variant(self) -> Variant | None:
        """What replaces Eqs. (4), (5) and (7); None in the paper's neuron."""
        known: dict[str | int, Levels] = {"binary": BINARY, "ternary": TERNARY}
        levels = known[self.levels] if self.levels in known else integer(int(self.levels))
        if (levels, self.reset, self.graded) == (BINARY, "v_reset", False):
            return None
        output = graded if self.graded else spiking if self.is_lif else analog
        output_spike = self.activation if self.is_lif else self.spike_pair
        return Variant(levels, RESETS[self.reset], output, output_spike)

    @cached_property
    def kernel_arguments(self) -> tuple[Any, ...]:
        """The kernel's arguments behind its parameters."""
        variant, mode = self.variant, TR if self.mode == "TR" else NTR
        return (self.spike_pair, self.activation, mode, *(() if variant is None else (variant,)))

    def kernel(self, kernels: KernelSet) -> Any:
        """The paper's kernel, or that of its variants."""
        return kernels.neuron if self.variant is None else kernels.variants


class Neurons(Dynamics):
    """Neurons on a given drive; :func:`DirectLIAF` and :func:`DirectLIF` make them.

    Parameters
    ----------
    shape : tuple of int
        Shape of the neurons: ``(L,)`` or ``(H, W, L)``.
    neuron : Neuron
        Their options.

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.layers import Neurons
    >>> Neurons((3,), lr.Neuron(act="relu"))
    DirectLIAF((3,), act='relu')
    """

    equation = "Eqs. (3)-(8)"
    holds_output = True
    shape: t.StepShape
    neuron: Neuron = Neuron()

    @property
    def constructor(self) -> str:
        """DirectLIF or DirectLIAF."""
        return "DirectLIF" if self.neuron.is_lif else "DirectLIAF"

    def arguments(self) -> Iterator[str]:
        """The shape, and the neuron's options."""
        yield repr(self.shape)
        yield from (each for each in self.neuron.arguments() if each != "act='spike'")

    @property
    def in_shape(self) -> Shape:
        """The shape of the neurons."""
        return self.shape

    def params(self) -> dict[str, Param]:
        """Threshold, reset potential and decays, shared as ``sharing`` says."""
        n = self.neuron
        shape = t.shared_shape(self.shape, n.sharing)
        decays = {"alpha": n.alpha}
        if n.decay == "sigmoid":
            decays = {LOGIT: math.log(n.alpha / (1 - n.alpha))}
        first = {"v_th": n.v_th, "v_reset": n.v_reset, **decays, "beta": n.beta}
        return {name: Param(shape, constant(value)) for name, value in first.items()}

    def state_shapes(self) -> tuple[Shape, ...]:
        """The membrane potential."""
        return (self.shape,)

    def kernel_params(self, p: Arrays) -> KernelParams:
        """The kernel's parameters."""
        alpha = decay.forward(p[LOGIT]) if self.neuron.decay == "sigmoid" else p["alpha"]
        return KernelParams(p["v_th"], p["v_reset"], alpha, p["beta"])

    def steps(self, p: Arrays, X: Any, state: State, kernels: KernelSet) -> tuple[Any, State, Any]:
        """Run the kernel."""
        n, kernel = self.neuron, self.neuron.kernel(kernels)
        Y, V, saved = kernel.forward(X, *state, self.kernel_params(p), *n.kernel_arguments)
        return Y, (V,), saved

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        n, kernel = self.neuron, self.neuron.kernel(kernels)
        dI, dV, dp = kernel.backward(dY, *d_state, saved, *n.kernel_arguments)
        grads: Params = dp._asdict()
        if n.decay == "sigmoid":
            grads[LOGIT] = decay.backward(grads.pop("alpha"), saved.p.alpha)
        return dI, (dV,), grads

    def output_of(self, saved: Any, kernels: KernelSet) -> Array:
        """The output again, from what was saved."""
        Y: Array = self.neuron.kernel(kernels).output(saved, *self.neuron.kernel_arguments[1:])
        return Y
