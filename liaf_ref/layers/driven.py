"""Synapses and the dynamics on them, and the constructors of the usual combinations."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, wraps
from inspect import Parameter, Signature, signature
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, Protocol, TypeVar

from liaf_ref._core.declared import describe
from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.layers.cells import Cell, ConvLSTMCell, ElmanCell, GRUCell, LSTMCell
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.layer import Layer, Param
from liaf_ref.layers.neurons import Neuron, Neurons
from liaf_ref.layers.plain import AveragePool
from liaf_ref.layers.synapses import Conv2D, Dense
from liaf_ref.layers.types import Arrays, Grads, Params, Pass, Shape, State, SymbolicShape

P = ParamSpec("P")
O = TypeVar("O")


class Usual(NamedTuple):
    """Name of the function that makes a usual combination, and where the paper has it."""

    name: str
    equation: str


class Driven(Layer):
    """Synapses, Eq. (2), and the dynamics that they drive: neurons, a recurrent cell, or your own.

    Parameters
    ----------
    synapse : Layer
        Layer without state that computes the input of all time steps at once: ``Dense``, a
        convolution or a pooling.
    dynamics : Layer
        Layer that runs on this input step by step.

    Raises
    ------
    InputError
        If one is not a layer, the two do not fit together, or the synapse has a state.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.Driven(lr.Dense(4, 3), lr.DirectLIF((3,)))
    DenseLIF(4, 3)
    """

    equation = "Eq. (2)"
    synapse: Layer
    dynamics: Layer

    def check_together(self) -> None:
        """The one has to drive the other."""
        expected, given = self.dynamics.in_shape, self.synapse.out_shape
        if expected != given:
            raise self.refuse("synapse", f"expected outputs of shape {expected}, got {given}")
        if self.synapse.state_shapes():
            raise self.refuse("synapse", f"expected a layer without state, got {self.synapse}")

    @property
    def usual(self) -> Usual:
        """The usual combination that it is; itself if it is one of your own."""
        key = type(self.synapse), _symbol(self.synapse, self.dynamics)
        return USUAL.get(key, Usual("Driven", self.equation))

    @property
    def constructor(self) -> str:
        """Name of the function that makes it, or the class."""
        return self.usual.name

    @cached_property
    def label(self) -> str:
        """Name in error messages, with its sizes and its place in the paper."""
        sizes = ", ".join(each for each in self.arguments() if "=" not in each)
        return f"{self.usual.name}({sizes}), {self.usual.equation}"

    def arguments(self) -> Iterator[str]:
        """The sizes of the synapses and the options of the dynamics, or both layers."""
        if self.constructor == "Driven":
            yield from super().arguments()
            return
        synapse, dynamics = self.synapse, self.dynamics
        if isinstance(synapse, Dense | Conv2D):
            synapse = replace(synapse, L=dynamics.out_shape[-1])
        yield from synapse.arguments()
        _, *options = dynamics.arguments()
        if not isinstance(dynamics, ConvLSTMCell):
            yield from (each for each in options if "=" in each)

    @cached_property
    def in_shape(self) -> Shape:
        """That of the synapses."""
        return self.synapse.in_shape

    @property
    def out_shape(self) -> Shape:
        """That of the dynamics."""
        return self.dynamics.out_shape

    def params(self) -> dict[str, Param]:
        """Those of both; the dynamics choose the initial bias."""
        below = self.synapse.params()
        if "b" in below:
            below["b"] = below["b"]._replace(draw=self.dynamics.draw_bias)
        return below | self.dynamics.params()

    def buffer_shapes(self) -> dict[str, SymbolicShape]:
        """Those of the synapses."""
        return self.synapse.buffer_shapes()

    def state_shapes(self) -> tuple[Shape, ...]:
        """That of the dynamics."""
        return self.dynamics.state_shapes()

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        A, _, below = self.synapse.run(p, X, (), kernels)
        Y, state, above = self.dynamics.run(p, A, state, kernels)
        return Y, state, (below, above)

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        below, above = saved
        dA, d_state, grads = self.dynamics.back(dY, d_state, above, kernels)
        dX, _, synaptic = self.synapse.back(dA, (), below, kernels)
        return dX, d_state, synaptic | grads

    def back_params(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Params:
        """Differentiate in the parameters alone."""
        below, above = saved
        dA, _, grads = self.dynamics.back(dY, d_state, above, kernels)
        return self.synapse.back_params(dA, (), below, kernels) | grads


def neurons_on(synapse: Layer, neuron: Neuron) -> Driven:
    """Put neurons with these options on synapses.

    Parameters
    ----------
    synapse : Layer
        What computes the neurons' input, such as :class:`Dense` or :class:`Conv2D`.
    neuron : Neuron
        The options of all neurons.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.layers.neurons_on(lr.Dense(5, 7), lr.Neuron(alpha=0.5))
    DenseLIAF(5, 7, alpha=0.5)
    """
    return Driven(synapse, Neurons(synapse.out_shape, neuron))


def neurons_of(layer: Layer) -> Neurons | None:
    """The LIAF or LIF neurons that compute a layer's output; None without any.

    Parameters
    ----------
    layer : Layer
        Any layer.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.layers.neurons_of(lr.DenseLIAF(5, 7))
    DirectLIAF((7,))
    """
    dynamics = layer.dynamics if isinstance(layer, Driven) else layer
    return dynamics if isinstance(dynamics, Neurons) else None


def _symbol(synapse: Layer, dynamics: Layer) -> str:
    if isinstance(dynamics, Neurons):
        return "LIF" if dynamics.neuron.is_lif else "LIAF"
    if isinstance(dynamics, ConvLSTMCell) and isinstance(synapse, Conv2D):
        usual = ConvLSTMCell(dynamics.L, dynamics.size, synapse.kernel)
        return "convlstm" if dynamics == usual else ""
    return dynamics.kernel_name if isinstance(dynamics, Cell) else ""


NEURONS = "Eqs. (2)-(8)"
USUAL = {  # by synapses and dynamics
    (Dense, "LIAF"): Usual("DenseLIAF", NEURONS),
    (Dense, "LIF"): Usual("DenseLIF", NEURONS),
    (Conv2D, "LIAF"): Usual("ConvLIAF", NEURONS),
    (Conv2D, "LIF"): Usual("ConvLIF", NEURONS),
    (AveragePool, "LIAF"): Usual("PoolingLIAF", "Table VIII"),
    (Dense, "rnn"): Usual("RNN", ElmanCell.equation),
    (Dense, "lstm"): Usual("LSTM", LSTMCell.equation),
    (Dense, "gru"): Usual("GRU", GRUCell.equation),
    (Conv2D, "convlstm"): Usual("ConvLSTM", ConvLSTMCell.equation),
}


# Constructors: functions whose keywords, for people, editors and type checkers, are the fields of
# a declared class. The types follow from the class by a ParamSpec, signature and description too.


class OnDense(Protocol[P]):
    """Makes a layer on dense synapses; P are the options of its neurons or cell."""

    def __call__(
        self, K: int, L: int, bias: bool = True, *args: P.args, **options: P.kwargs
    ) -> Driven: ...


class OnConv(Protocol[P]):
    """Makes a layer on convolutional synapses."""

    def __call__(
        self,
        shape: Shape,
        L: int,
        kernel: Shape = (3, 3),
        stride: Shape | None = None,
        pad: tuple[tuple[int, int], ...] | None = None,
        bias: bool = True,
        *args: P.args,
        **options: P.kwargs,
    ) -> Driven: ...


class OnPool(Protocol[P]):
    """Makes a layer on pooled frames."""

    def __call__(
        self,
        shape: Shape,
        size: Shape = (2, 2),
        stride: Shape | None = None,
        *args: P.args,
        **options: P.kwargs,
    ) -> Driven: ...


class OnDrive(Protocol[P]):
    """Makes neurons on a given drive."""

    def __call__(self, shape: Shape, *args: P.args, **options: P.kwargs) -> Neurons: ...


def _constructor(make: Callable[..., Any], sizes: Callable[..., Any], options: Any) -> Any:
    """Give a function the signature, the description and the errors of what it takes."""
    parameters = {**signature(sizes).parameters, **options}
    known, found = parameters.keys(), Signature(list(parameters.values()))

    @wraps(make)
    def made(*args: Any, **given: Any) -> Any:
        try:
            return make(*args, **given) if given.keys() <= known else found.bind(*args, **given)
        except InputError as error:
            raise InputError.for_argument(str(error.name), make.__name__, error.reason) from None
        except TypeError:
            try:
                found.bind(*args, **given)
            except TypeError as error:
                raise TypeError(f"{make.__name__}() {error}") from None
            raise

    made.__signature__ = found  # type: ignore[attr-defined]
    return made


class KeywordsOf(Generic[P, O]):
    """Lets functions take the options of a class as keywords."""

    def __init__(self, options: Callable[P, O], without: tuple[str, ...], **fixed: Any) -> None:
        self.options: Any = options
        self.fixed = fixed
        self.taken: dict[str, Parameter] = {
            name: each
            for name, each in signature(options).parameters.items()
            if name not in {*fixed, *without}
        }

    def dense(self, make: Callable[[Dense, O], Driven]) -> OnDense[P]:
        """From ``make(synapse, options)`` to ``made(K, L, bias, **options)``."""
        made: OnDense[P] = self._keywords(make, Dense)
        return made

    def conv(self, make: Callable[[Conv2D, O], Driven]) -> OnConv[P]:
        """From ``make(synapse, options)`` to ``made(shape, L, kernel, ..., **options)``."""
        made: OnConv[P] = self._keywords(make, Conv2D)
        return made

    def pool(self, make: Callable[[AveragePool, O], Driven]) -> OnPool[P]:
        """From ``make(synapse, options)`` to ``made(shape, size, stride, **options)``."""
        made: OnPool[P] = self._keywords(make, AveragePool)
        return made

    def drive(self, make: Callable[[Shape, O], Neurons]) -> OnDrive[P]:
        """From ``make(shape, options)`` to ``made(shape, **options)``."""
        made: OnDrive[P] = self._keywords(make, _shape)
        return made

    def _keywords(self, make: Callable[..., Any], sizes: Callable[..., Any]) -> Any:
        own = tuple(signature(sizes).parameters)

        @wraps(make)
        def split(*args: Any, **given: Any) -> Any:
            named = {name: given.pop(name) for name in own if name in given}
            return make(sizes(*args, **named), self.options(**self.fixed, **given))

        split.__doc__ = describe(make.__doc__, self.options, self.taken)
        return _constructor(split, sizes, self.taken)


def _shape(shape: Shape) -> Shape:
    return shape


liaf = KeywordsOf(Neuron, without=("output",))
lif = KeywordsOf(Neuron, without=("mode", "graded"), act="spike")


@liaf.dense
def DenseLIAF(synapse: Dense, neuron: Neuron) -> Driven:
    """Dense layer followed by LIAF neurons, Eqs. (2)-(8).

    Parameters
    ----------
    K, L : int
        Inputs and neurons.
    bias : bool
        Whether ``b`` is a parameter.
    @options

    Raises
    ------
    InputError
        If an argument is invalid, or both ``spike`` and ``mu`` are given.

    Notes
    -----
    The parameters are ``W`` (K, L), ``b`` (L,), and ``v_th``, ``v_reset``, ``alpha`` and
    ``beta``, (L,) each under Channel-Sharing.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.DenseLIAF(50, 100, act="relu")
    >>> layer
    DenseLIAF(50, 100, act='relu')
    >>> params = layer.init(0)
    >>> Y, state, tape = layer(params, np.ones((2, 5, 50)))  # 2 samples of 5 steps
    >>> dX, d_state, grads = layer.backward(np.ones_like(Y), tape)
    >>> dX.shape, grads["W"].shape
    ((2, 5, 50), (50, 100))
    """
    return neurons_on(synapse, neuron)


@lif.dense
def DenseLIF(synapse: Dense, neuron: Neuron) -> Driven:
    """Dense layer followed by LIF neurons: LIAF with the spike as activation, Section II-C (1).

    Parameters
    ----------
    K, L : int
        Inputs and neurons.
    bias : bool
        Whether ``b`` is a parameter.
    @options

    Raises
    ------
    InputError
        If an argument is invalid, or both ``spike`` and ``mu`` are given.

    Notes
    -----
    The parameters are ``W`` (K, L), ``b`` (L,), and ``v_th``, ``v_reset``, ``alpha`` and
    ``beta``, (L,) each under Channel-Sharing.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.DenseLIF(4, 3, mu=0.3)
    >>> Y, state, tape = layer(layer.init(0), np.ones((1, 6, 4)))
    >>> sorted(set(Y.ravel().tolist()))
    [0.0, 1.0]
    """
    return neurons_on(synapse, neuron)


@liaf.conv
def ConvLIAF(synapse: Conv2D, neuron: Neuron) -> Driven:
    """Convolution followed by LIAF neurons, Eqs. (2)-(8); Channel-Sharing by default.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, K)``, one time step's input.
    L : int
        Output channels.
    kernel : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; 1 by default.
    pad : tuple of tuple of int, optional
        Zeros before and after, for H and W; by default as many as keep the size at stride 1.
    bias : bool
        Whether ``b`` is a parameter.
    @options

    Raises
    ------
    InputError
        If an argument is invalid, or both ``spike`` and ``mu`` are given.

    Notes
    -----
    The parameters are ``W`` of shape ``(*kernel, K, L)``, ``b`` of shape ``(L,)``, and
    ``v_th``, ``v_reset``, ``alpha`` and ``beta``, ``(L,)`` each under Channel-Sharing.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.ConvLIAF((8, 8, 2), 16, act="selu", mode="NTR")
    >>> Y, state, tape = layer(layer.init(0), np.ones((1, 5, 8, 8, 2)))
    >>> Y.shape
    (1, 5, 8, 8, 16)
    """
    return neurons_on(synapse, neuron)


@lif.conv
def ConvLIF(synapse: Conv2D, neuron: Neuron) -> Driven:
    """Convolution followed by LIF neurons, Section II-C (1); Channel-Sharing by default.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, K)``, one time step's input.
    L : int
        Output channels.
    kernel : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; 1 by default.
    pad : tuple of tuple of int, optional
        Zeros before and after, for H and W; by default as many as keep the size at stride 1.
    bias : bool
        Whether ``b`` is a parameter.
    @options

    Raises
    ------
    InputError
        If an argument is invalid, or both ``spike`` and ``mu`` are given.

    Notes
    -----
    The parameters are ``W`` of shape ``(*kernel, K, L)``, ``b`` of shape ``(L,)``, and
    ``v_th``, ``v_reset``, ``alpha`` and ``beta``, ``(L,)`` each under Channel-Sharing.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.ConvLIF((8, 8, 2), 16, mu=0.3)
    ConvLIF((8, 8, 2), 16, mu=0.3)
    """
    return neurons_on(synapse, neuron)


@liaf.pool
def PoolingLIAF(synapse: AveragePool, neuron: Neuron) -> Driven:
    """Average pooling followed by LIAF neurons, Table VIII.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, L)``, one time step's input.
    size : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; ``size`` by default.
    @options

    Raises
    ------
    InputError
        If an argument is invalid, or both ``spike`` and ``mu`` are given.

    Notes
    -----
    The parameters are ``v_th``, ``v_reset``, ``alpha`` and ``beta``, ``(L,)`` each under
    Channel-Sharing.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.PoolingLIAF((8, 8, 16)).out_shape
    (4, 4, 16)
    """
    return neurons_on(synapse, neuron)


@liaf.drive
def DirectLIAF(shape: Shape, neuron: Neuron) -> Neurons:
    """LIAF neurons without synapses, Eqs. (3)-(8).

    Parameters
    ----------
    shape : tuple of int
        Shape of the neurons: ``(L,)`` or ``(H, W, L)``.
    @options

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
    DirectLIAF((3,), act='relu', mu=0.3)
    >>> Y, state, tape = layer(layer.init(0), np.full((1, 4, 3), 0.4))
    >>> Y.shape
    (1, 4, 3)
    """
    return Neurons(shape, neuron)


@lif.drive
def DirectLIF(shape: Shape, neuron: Neuron) -> Neurons:
    """LIF neurons without synapses: LIAF with the spike as activation, Section II-C (1).

    Parameters
    ----------
    shape : tuple of int
        Shape of the neurons: ``(L,)`` or ``(H, W, L)``.
    @options

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
    return Neurons(shape, neuron)


def _recurrent(
    cell: Callable[Concatenate[int, P], Cell],
) -> Callable[[Callable[[Dense, Cell], Driven]], OnDense[P]]:
    """From ``make(synapse, cell)`` to ``made(K, L, bias, **options)``."""

    def decorate(make: Callable[[Dense, Cell], Driven]) -> OnDense[P]:
        @wraps(make)
        def connect(K: int, L: int, bias: bool = True, *args: P.args, **given: P.kwargs) -> Driven:
            dynamics = cell(L, *args, **given)
            return make(Dense(K, dynamics.in_shape[-1], bias), dynamics)

        taken = dict(list(signature(cell).parameters.items())[1:])
        kind: Any = cell
        connect.__doc__ = describe(make.__doc__, kind, taken)
        made: OnDense[P] = _constructor(connect, Dense, taken)
        return made

    return decorate


@_recurrent(ElmanCell)
def RNN(synapse: Dense, cell: Cell) -> Driven:
    """Elman network, Eq. (14); the output is the state.

    Parameters
    ----------
    K, L : int
        Inputs and units.
    bias : bool
        Whether ``b`` is a parameter.
    @options

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameters are ``W`` (K, L), ``b`` (L,) and the recurrent weights ``U`` (L, L).

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.RNN(50, 100).count_params()
    15100
    """
    return Driven(synapse, cell)


@_recurrent(LSTMCell)
def LSTM(synapse: Dense, cell: Cell) -> Driven:
    """LSTM, Eq. (15), one bias per gate.

    Parameters
    ----------
    K, L : int
        Inputs and units.
    bias : bool
        Whether ``b`` is a parameter.
    @options

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameters are ``W`` (K, 4 L), ``b`` (4 L,) and the recurrent weights ``U`` (L, 4 L), with
    the gates f, i, o, c-tilde in this order.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.LSTM(50, 100).count_params()
    60400
    """
    return Driven(synapse, cell)


@_recurrent(GRUCell)
def GRU(synapse: Dense, cell: Cell) -> Driven:
    """GRU as printed in Eq. (16), one bias per gate.

    Parameters
    ----------
    K, L : int
        Inputs and units.
    bias : bool
        Whether ``b`` is a parameter.
    @options

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameters are ``W`` (K, 3 L), ``b`` (3 L,) and the recurrent weights ``U`` (L, 3 L), with
    the gates z, r, h-tilde in this order.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.GRU(50, 100).count_params()
    45300
    """
    return Driven(synapse, cell)


def ConvLSTM(
    shape: Shape,
    L: int,
    kernel: Shape = (3, 3),
    stride: Shape | None = None,
    pad: tuple[tuple[int, int], ...] | None = None,
    bias: bool = True,
) -> Driven:
    """ConvLSTM, Eq. (15) with ``*`` a convolution, one bias per gate.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, K)``, one time step's input.
    L : int
        Output channels.
    kernel : tuple of int
        Size of a window on H and W, also of the recurrent convolution, whose stride is 1 and
        whose padding keeps the size.
    stride : tuple of int, optional
        Step between windows on H and W; 1 by default.
    pad : tuple of tuple of int, optional
        Zeros before and after, for H and W; by default as many as keep the size at stride 1.
    bias : bool
        Whether ``b`` is a parameter, one for each gate.

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    The parameters are ``W`` of shape ``(*kernel, K, 4 L)``, ``b`` of shape ``(4 L,)`` and ``U`` of
    shape ``(*kernel, L, 4 L)``, with the gates f, i, o, c-tilde in this order.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.ConvLSTM((8, 8, 2), 16).out_shape
    (8, 8, 16)
    """
    whole = Conv2D(shape, L, kernel, stride, pad, bias)
    synapse = replace(whole, L=ConvLSTMCell.gates * L)
    return Driven(synapse, ConvLSTMCell(L, synapse.out_shape[:2], kernel))


ConvLSTM = _constructor(ConvLSTM, Conv2D, {})
