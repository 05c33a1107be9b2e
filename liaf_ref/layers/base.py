"""What every layer is: parameters by name, a forward and a backward pass, no memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.signatures import check_constructor_call
from liaf_ref._core.validation import check_float_array, check_params
from liaf_ref.fast.indexed_input import materialize
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.readout import last_backward
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.signature import call_repr
from liaf_ref.layers.validation import (
    check_buffers,
    check_initial_state_arguments,
    check_state,
    check_tape,
    resolve_kernel_set,
)

if TYPE_CHECKING:
    from liaf_ref.layers.liaf import Neurons

Params = dict[str, Array]
State = tuple[Array, ...]
SymbolicShape = tuple[int | str, ...]
Operations = tuple[int, int]  # multiplications, additions
TableRow = tuple[int, int, int]  # multiplications, additions, weights


class Tape(NamedTuple):
    """What a layer's backward pass reads: the kernels' tapes and the kernels that wrote them.

    ``owner`` is the layer whose ``forward`` returned it; ``_forward`` leaves it out.
    """

    kernel_tape: Any
    kernel_set: KernelSet
    out_shape: tuple[int, ...]
    dtype: Any
    state: State
    owner: Any = None


class Layer(ABC):
    """Base class of layers: a description without arrays.

    Parameters, states and tapes are passed in and returned, so that a layer can be shared and
    a pass repeated. ``forward`` and ``backward`` check their arguments; ``_forward`` and
    ``_backward``, which subclasses write, do not.

    The methods under "Hooks" are what other parts of the package ask of a layer: operation
    counts, NIR export, the arrays a pass computes. A layer of your own overrides those that it
    needs and works everywhere.

    See Also
    --------
    Sequential : Layers one after the other.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Dense(3, 2)
    >>> isinstance(layer, lr.Layer)
    True
    >>> params = layer.init(0)  # a seed or a numpy.random.Generator
    >>> Y, state, tape = layer.forward(params, np.ones((1, 5, 3)))
    >>> dX, d_state, grads = layer.backward(np.ones_like(Y), tape)
    >>> sorted(grads)
    ['W', 'b']
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        check_constructor_call(cls, args, kwargs)
        return super().__new__(cls)

    def __repr__(self) -> str:
        return call_repr(self)

    @property
    def label(self) -> str:
        """What errors call the layer: its name and sizes, and its equations."""
        return type(self).__name__

    @property
    @abstractmethod
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one time step's input of one sample."""

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of one time step's output of one sample; by default that of the input."""
        return self.in_shape

    @abstractmethod
    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name, in the order in which they are counted."""

    def buffer_shapes(self) -> dict[str, SymbolicShape]:
        """Shapes of the buffers: what has no gradient and is passed beside the parameters.

        A layer gets all of it or none: the mask of a dropout, or the running statistics of
        a batch normalisation.  ``"B"`` stands for the batch; axes that are a
        :class:`liaf_ref.layers.validation.VarianceShape` let nothing below 0 in.
        """
        return {}

    @abstractmethod
    def init(self, rng: np.random.Generator | int, dtype: Any = np.float64) -> Params:
        """Draw initial parameters.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            Source of the draws, or the seed of one.
        dtype : dtype
            float32 for training, float64, longdouble or complex for checking gradients.

        Returns
        -------
        dict of str to ndarray
            Parameters by name, with the shapes of :meth:`param_shapes`.

        Raises
        ------
        InputError
            If ``rng`` is neither a generator nor a seed, or ``dtype`` another one.
        """

    def initial_state(self, batch: int, dtype: Any) -> State:
        """State before the first step, all zero.

        Parameters
        ----------
        batch : int
            Samples.
        dtype : dtype
            That of the parameters.

        Returns
        -------
        tuple of ndarray
            Empty for a layer without state.

        Raises
        ------
        InputError
            If ``batch`` is below 1, or ``dtype`` is neither complex nor a float of at
            least 32 bits.
        """
        return self._initial_state(*check_initial_state_arguments(batch, dtype))

    def _initial_state(self, batch: int, dtype: Any) -> State:
        """The first state without checks."""
        return ()

    @abstractmethod
    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""

    def _forward_last(
        self, params: Mapping[str, Array], X: Any, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks for the last output only, ``(B, ...)``; the tape is that of all.

        ``X`` may be an input that is not looked up yet, which fast kernels read as it is.
        """
        Y, state, tape = self._forward(params, materialize(X), state, kernel_set)
        return kernel_set.readout.last_forward(Y), state, tape

    def _recompute_tape(self, params: Mapping[str, Array], X: Array, kernel_set: KernelSet) -> Tape:
        """The tape of a layer without state, its output being of no interest."""
        return self._forward(params, X, (), kernel_set)[2]

    def strip_tape(self, tape: Tape) -> Tape:
        """A tape without what :meth:`_recompute_tape` brings back."""
        return tape._replace(kernel_tape=None)

    @abstractmethod
    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""

    def _backward_last(
        self, dy: Array, d_state: State, tape: Tape, T: int
    ) -> tuple[Any, State, Params]:
        """Differentiate :meth:`_forward_last` of T steps; ``dy`` is that of the last output."""
        return self._backward(last_backward(dy, T), d_state, tape)

    def _backward_params(self, dY: Array, d_state: State, tape: Tape) -> Params:
        """Differentiate in the parameters alone without checks, for inputs that are data."""
        return self._backward(dY, d_state, tape)[2]

    def forward(
        self,
        params: Mapping[str, Array],
        X: Array,
        state: State | None = None,
        kernel_set: KernelSet | None = None,
        buffers: Mapping[str, Array] | None = None,
    ) -> tuple[Array, State, Tape]:
        """Run the layer over all time steps.

        Parameters
        ----------
        params : mapping of str to array
            The layer's parameters, all of one dtype, as :meth:`init` names them; of
            NumPy, or of any library that offers ``__array__`` or ``__dlpack__``.
        X : array, shape ``(B, T, *in_shape)``
            Input, of the parameters' dtype.
        state : tuple of ndarray, optional
            State before the first step; zeros if left out.
        kernel_set : KernelSet, optional
            Kernels to run; by default the fast kernels for float32 and the
            reference kernels for every other dtype.
        buffers : mapping of str to array, optional
            What has no gradient, as :meth:`buffer_shapes` names them; without, a dropout keeps
            everything and a batch normalisation takes the batch's own statistics.

        Returns
        -------
        Y : ndarray, shape (B, T, ...)
            Output; read-only, for the tape may share its memory.
        state : tuple of ndarray
            State after the last step; read-only for the same reason.
        tape : Tape
            For :meth:`backward`.  It refers to ``params`` and ``X`` and does not copy
            them: leave them unchanged until then.

        Raises
        ------
        InputError
            On a missing or unknown parameter, a wrong shape or dtype, a
            non-finite entry, a running variance below 0, or an empty batch or time axis.
        """
        source = self.label
        params = check_params(params, self.param_shapes(), source)
        dtype = next((value.dtype for value in params.values()), None)
        X = check_float_array("X", X, ("B", "T", *self.in_shape), source, dtype)
        if 0 in X.shape[:2]:
            reason = f"expected B >= 1 and T >= 1, got shape {X.shape}"
            raise InputError.for_argument("X", source, reason)
        buffers = check_buffers(buffers, self.buffer_shapes(), len(X), X.dtype, source)
        state = check_state("state", state, self.initial_state(len(X), X.dtype), source)
        kernel_set = resolve_kernel_set(kernel_set, X.dtype, source)
        Y, state, tape = self._forward(params | buffers, X, state, kernel_set)
        Y = Y.view()  # of the caller's own X, where nothing was done to it
        for array in (Y, *state):
            array.flags.writeable = False
        return Y, state, tape._replace(owner=self)

    def __call__(
        self,
        params: Mapping[str, Array],
        X: Array,
        state: State | None = None,
        kernel_set: KernelSet | None = None,
        buffers: Mapping[str, Array] | None = None,
    ) -> tuple[Array, State, Tape]:
        """Call :meth:`forward`."""
        return self.forward(params, X, state, kernel_set, buffers)

    def backward(
        self, dY: Array, tape: Tape, d_state: State | None = None
    ) -> tuple[Array, State, Params]:
        """Differentiate :meth:`forward`.

        Parameters
        ----------
        dY : ndarray, shape of the output
            Gradient in the output.
        tape : Tape
            From :meth:`forward`.
        d_state : tuple of ndarray, optional
            Gradient in the state after the last step; zero if left out.

        Returns
        -------
        dX : ndarray, shape of the input
            Gradient in the input.
        d_state : tuple of ndarray
            Gradient in the state before the first step.
        grads : dict of str to ndarray
            Gradients in the parameters, under their names.

        Raises
        ------
        InputError
            On a wrong shape or dtype, a non-finite entry, or the tape of something else.
        """
        source = f"{self.label} (backward)"
        tape = check_tape(tape, Tape, self)
        dY = check_float_array("dY", dY, tape.out_shape, source, tape.dtype)
        zero = tuple(np.zeros_like(part) for part in tape.state)
        d_state = check_state("d_state", d_state, zero, source)
        return self._backward(dY, d_state, tape)

    def count_params(self) -> int:
        """Count the parameters: the paper's "weights" of Tables I to IX."""
        return sum(int(np.prod(shape)) for shape in self.param_shapes().values())

    # Hooks: what the rest of the package asks of a layer.

    tape_holds_output: ClassVar[bool] = False  # whether output(tape) needs no second pass
    input_gradient: ClassVar[str] = "the gradient in the input"  # what error messages call dX

    @property
    def neurons(self) -> Neurons | None:
        """The LIAF or LIF neurons that put out what the layer puts out; None without any."""
        return None

    def with_act(self, act: Pair) -> Layer:
        """The same layer, its neurons with another Act; for layers with :attr:`neurons`."""
        raise NotImplementedError(f"{type(self).__name__} has no neurons")

    @property
    def fan_in(self) -> int | None:
        """Products that are summed into one entry of the output; None without weights."""
        return None

    def spikes_out(self, spikes_in: bool) -> bool:
        """Whether the output is spikes, given whether the input is."""
        return False

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """Multiplications and additions of T steps of one sample, as they are executed.

        ``spikes_in`` is whether spikes come in; None where nothing is known of the input.
        """
        reason = f"expected one with op_count, got {self.label}"
        raise InputError.for_argument("layer", "the cost of a layer", reason)

    def steps_out(self, T: int) -> int:
        """Time steps that are put out for T that come in."""
        return T

    def table_row(self, T: int) -> TableRow | None:
        """The layer's row of Table I or II as printed, for T steps; None if there is none."""
        return None

    def driven_table_row(self, Q: int, R: int) -> TableRow | None:
        """The row of the dynamics on synapses with Q products for each of R outputs."""
        return None

    def named_arrays(self, tape: Tape, Y: Array | None = None) -> Iterator[tuple[str, Array]]:
        """What a pass computes, in order, under its symbol and equation; for error messages.

        ``Y`` is the output, where the caller has it; the tape is the reference kernel's.
        """
        if Y is not None:
            yield "the output", Y

    def output_of(self, tape: Tape) -> Array:
        """The output of the pass that wrote the tape, where the tape holds it."""
        raise NotImplementedError(f"{type(self).__name__} does not keep its output")

    def init_bias(self, b: Array) -> Array:
        """The initial bias of the synapses below; zero by default."""
        return b

    def to_nir(self, writer: Any, stage: Any) -> None:
        """Write the layer's nodes with the writer of :func:`liaf_ref.interop.to_nir`."""
        reason = f"got {type(self).__name__}, which is not exported"
        raise InputError.for_argument(
            "kind", writer.source, f"expected Dense, LIF or LIAF neurons, {reason}"
        )
