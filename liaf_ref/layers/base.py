"""Base class of layers: named parameters, a forward and a backward pass, no internal state."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_float_array, check_params
from liaf_ref.fast.indexed_input import materialize
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.readout import last_backward
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parametrized import Parametrized, Params
from liaf_ref.layers.validation import (
    check_buffers,
    check_initial_state_arguments,
    check_state,
    check_tape,
    resolve_kernel_set,
)

if TYPE_CHECKING:
    from liaf_ref.layers.neurons import Neurons

State = tuple[Array, ...]
SymbolicShape = tuple[int | str, ...]
Operations = tuple[int, int]  # multiplications, additions
TableRow = tuple[int, int, int]  # multiplications, additions, weights


class Tape(NamedTuple):
    """What :meth:`Layer.forward` saves for :meth:`Layer.backward`.

    Attributes
    ----------
    kernel_tape : object
        What the kernel saved in its forward pass.
    kernel_set : KernelSet
        Kernels of this forward pass.
    out_shape : tuple of int
        Shape of the output.
    dtype : dtype
        Data type of the pass.
    state : tuple of ndarray
        State before the first step.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Dense(2, 3)
    >>> Y, _, tape = layer.forward(layer.init(0), np.ones((1, 4, 2)))
    >>> tape.out_shape
    (1, 4, 3)
    """

    kernel_tape: Any
    kernel_set: KernelSet
    out_shape: tuple[int, ...]
    dtype: Any
    state: State
    owner: Any = None  # the layer whose forward returned it; _forward leaves it out


class Layer(Parametrized):
    """Base class of layers.

    A layer holds no arrays: parameters, states and tapes are arguments and return values. So one
    layer can be shared, and a pass can be repeated. ``forward`` and ``backward`` check their
    arguments. Subclasses implement ``_forward`` and ``_backward``, which do not.

    Other parts of the package call the methods under "Hooks": operation counts, NIR export, error
    messages. A layer of your own overrides those that it needs.

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

    @property
    @abstractmethod
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one time step's input of one sample, such as ``(H, W, channels)``."""

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of one time step's output of one sample; by default that of the input."""
        return self.in_shape

    def buffer_shapes(self) -> dict[str, SymbolicShape]:
        """Shapes of the buffers: arrays that are not trained.

        Examples are a dropout mask and the running statistics of batch normalization. Pass all
        buffers of a layer or none.

        Returns
        -------
        dict of str to tuple
            Shapes by name; ``"B"`` stands for the batch size. A buffer whose shape is a
            :class:`liaf_ref.layers.validation.VarianceShape` has no negative entry.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.Dropout((4,)).buffer_shapes()
        {'M': ('B', 1, 4)}
        """
        return {}

    def initial_state(self, batch: int, dtype: Any) -> State:
        """State before the first step, all zero.

        Parameters
        ----------
        batch : int
            Number of samples.
        dtype : dtype
            Data type of the parameters.

        Returns
        -------
        tuple of ndarray
            Empty for a layer without state.

        Raises
        ------
        InputError
            If ``batch`` is below 1, or ``dtype`` is neither complex nor a float of at
            least 32 bits.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.DenseLIAF(4, 3).initial_state(2, "float64")[0].shape
        (2, 3)
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
        """Run without checks for the last output only, ``(B, ...)``; the tape is that of all."""
        # X may be an input whose embedding is not looked up yet, which fast kernels read as it is.
        Y, state, tape = self._forward(params, materialize(X), state, kernel_set)
        return kernel_set.readout.last_forward(Y), state, tape

    def _recompute_tape(self, params: Mapping[str, Array], X: Array, kernel_set: KernelSet) -> Tape:
        """The tape of a layer without state, its output being of no interest."""
        return self._forward(params, X, (), kernel_set)[2]

    def strip_tape(self, tape: Tape) -> Tape:
        """Remove from a tape what can be recomputed from parameters and input.

        Parameters
        ----------
        tape : Tape
            From :meth:`forward` of a layer without state.

        Returns
        -------
        Tape
            For :class:`CheckpointedSequential`, which recomputes the rest in its backward pass.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.Dense(4, 3)
        >>> _, _, tape = layer(layer.init(0), np.ones((1, 5, 4)))
        >>> layer.strip_tape(tape).kernel_tape is None
        True
        """
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
        """Run the layer over all time steps; ``layer(params, X)`` is the same.

        Parameters
        ----------
        params : mapping of str to array
            Parameters under the names of :meth:`init`, all of one dtype: NumPy arrays, or arrays of
            any library with ``__array__`` or ``__dlpack__``.
        X : array, shape ``(B, T, *in_shape)``
            Input of B samples and T time steps, in the dtype of the parameters.
        state : tuple of ndarray, optional
            State before the first step; zeros by default.
        kernel_set : KernelSet, optional
            Kernels to run; by default the fast kernels for float32 and the
            reference kernels for every other dtype.
        buffers : mapping of str to array, optional
            Arrays under the names of :meth:`buffer_shapes`. Without them, dropout keeps all
            entries, and batch normalization uses the statistics of the batch.

        Returns
        -------
        Y : ndarray, shape ``(B, T, *out_shape)``
            Output; read-only, because the tape may share its memory.
        state : tuple of ndarray
            State after the last step; read-only for the same reason.
        tape : Tape
            For :meth:`backward`.

        Raises
        ------
        InputError
            On a missing or unknown parameter, a wrong shape or dtype, a
            non-finite entry, a running variance below 0, or an empty batch or time axis.

        Notes
        -----
        The tape refers to ``params``, ``X`` and ``buffers`` and does not copy them. Do not
        change these arrays in place (``params["W"] -= step``) between :meth:`forward` and
        :meth:`backward`: the package does not detect it, and the gradients are then wrong. Assign
        new arrays instead (``params["W"] = params["W"] - step``), as :func:`liaf_ref.train` does.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.DenseLIAF(4, 3)
        >>> params = layer.init(0)
        >>> X = np.ones((2, 5, 4))  # 2 samples of 5 time steps
        >>> Y, state, tape = layer.forward(params, X)
        >>> Y.shape, state[0].shape
        ((2, 5, 3), (2, 3))

        A state continues a sequence:

        >>> first, state, _ = layer.forward(params, X[:, :2])
        >>> rest, state, _ = layer.forward(params, X[:, 2:], state)
        >>> np.array_equal(np.concatenate((first, rest), axis=1), Y)
        True
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
        return self.forward(params, X, state, kernel_set, buffers)

    __call__.__doc__ = forward.__doc__

    def backward(
        self, dY: Array, tape: Tape, d_state: State | None = None
    ) -> tuple[Array, State, Params]:
        """Differentiate :meth:`forward`: backpropagation through time.

        Parameters
        ----------
        dY : ndarray, shape ``(B, T, *out_shape)``
            Gradient of the loss with respect to the output.
        tape : Tape
            From :meth:`forward`; it can be used again.
        d_state : tuple of ndarray, optional
            Gradient with respect to the state after the last step; zero by default.

        Returns
        -------
        dX : ndarray, shape ``(B, T, *in_shape)``
            Gradient with respect to the input.
        d_state : tuple of ndarray
            Gradient with respect to the state before the first step.
        grads : dict of str to ndarray
            Gradients with respect to the parameters, under their names.

        Raises
        ------
        InputError
            On a wrong shape or dtype, a non-finite entry, or the tape of another layer.

        Notes
        -----
        Do not change parameters and input between :meth:`forward` and this call; see the notes
        there.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.DenseLIAF(4, 3)
        >>> params = layer.init(0)
        >>> Y, state, tape = layer.forward(params, np.ones((2, 5, 4)))
        >>> dX, d_state, grads = layer.backward(2 * Y, tape)  # of the loss sum(Y ** 2)
        >>> dX.shape, grads["W"].shape
        ((2, 5, 4), (4, 3))
        """
        source = f"{self.label} (backward)"
        tape = check_tape(tape, Tape, self)
        dY = check_float_array("dY", dY, tape.out_shape, source, tape.dtype)
        zero = tuple(np.zeros_like(part) for part in tape.state)
        d_state = check_state("d_state", d_state, zero, source)
        return self._backward(dY, d_state, tape)

    # Hooks: what the rest of the package asks of a layer.

    tape_holds_output: ClassVar[bool] = False  # whether output(tape) needs no second pass
    input_gradient: ClassVar[str] = "the gradient in the input"  # what error messages call dX
    param_equations: ClassVar[Mapping[str, str]] = {}  # where the paper has a parameter

    @property
    def neurons(self) -> Neurons | None:
        """The LIAF or LIF neurons that compute the output; None for a layer without neurons."""
        return None

    def with_act(self, act: Pair) -> Layer:
        """Replace the activation of the neurons; only for layers with :attr:`neurons`.

        Parameters
        ----------
        act : Pair
            Activation and its slope.

        Returns
        -------
        Layer
            A new layer with the same parameters.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> from liaf_ref.kernels.activation import relu
        >>> lr.DirectLIAF((3,)).with_act(relu)
        DirectLIAF((3,), act=Pair(...))
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no neurons whose Act could be replaced"
        )

    @property
    def fan_in(self) -> int | None:
        """Number of products in one entry of the output; None for a layer without weights."""
        return None

    def spikes_out(self, spikes_in: bool) -> bool:
        """Return whether the output consists of spikes.

        Parameters
        ----------
        spikes_in : bool
            Whether the input consists of spikes.

        Returns
        -------
        bool
            False by default.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.DenseLIF(4, 3).spikes_out(False), lr.MaxPool((4, 4, 2)).spikes_out(True)
        (True, True)
        """
        return False

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """Count the multiplications and additions of one sample, as they are executed.

        Parameters
        ----------
        T : int
            Time steps.
        spikes_in : bool, optional
            Whether the input consists of spikes, which need no multiplications; None if unknown.

        Returns
        -------
        muls, adds : int
            Both counts.

        Raises
        ------
        InputError
            If the layer does not override the method.

        See Also
        --------
        liaf_ref.count_ops : Counts of all layers of a network.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.Dense(4, 3).op_count(10)
        (120, 120)
        """
        reason = f"expected a layer that implements op_count, got {self.label}"
        raise InputError.for_argument("layer", "the cost of a layer", reason)

    def steps_out(self, T: int) -> int:
        """Count the time steps of the output.

        Parameters
        ----------
        T : int
            Time steps of the input.

        Returns
        -------
        int
            ``T`` by default.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.Dense(4, 3).steps_out(10), lr.Sumlayer((3,)).steps_out(10)
        (10, 1)
        """
        return T

    def table_row(self, T: int) -> TableRow | None:
        """Count operations and weights by the formulas of Tables I and II, as printed.

        Parameters
        ----------
        T : int
            Time steps.

        Returns
        -------
        muls, adds, weights : int
            None for a layer that is not in the tables.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.DenseLIF(4, 3).table_row(10)
        (30, 180, 15)
        """
        return None

    def driven_table_row(self, Q: int, R: int) -> TableRow | None:
        """Count by the formulas of Tables I and II, for dynamics behind given synapses.

        Parameters
        ----------
        Q : int
            Number of products in one input of the dynamics.
        R : int
            Number of outputs over all time steps.

        Returns
        -------
        muls, adds, weights : int
            Counts of synapses and dynamics together; None for other layers.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.DirectLIF((3,)).driven_table_row(4, 30)
        (30, 180, 15)
        """
        return None

    def named_arrays(self, tape: Tape, Y: Array | None = None) -> Iterator[tuple[str, Array]]:
        """Name the arrays of a pass, for error messages about non-finite values.

        Parameters
        ----------
        tape : Tape
            From a pass with the reference kernels.
        Y : ndarray, optional
            The output, if the caller has it.

        Yields
        ------
        symbol : str
            Symbol and equation.
        array : ndarray, shape (B, T, ...)
            Its values, in the order in which they are computed.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.DirectLIAF((3,))
        >>> _, _, tape = layer(layer.init(0), np.ones((1, 2, 3)))
        >>> [symbol for symbol, array in layer.named_arrays(tape)]
        ['U, Eq. (3),', 'F, Eq. (4),', 'R, Eq. (5),', 'V, Eq. (6),', 'Y, Eq. (8),']
        """
        if Y is not None:
            yield "the output", Y

    def output_of(self, tape: Tape) -> Array:
        """Read the output from a tape; for layers with ``tape_holds_output``.

        Parameters
        ----------
        tape : Tape
            From :meth:`forward`.

        Returns
        -------
        ndarray, shape ``(B, T, *out_shape)``
            It may share the tape's memory.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.DirectLIAF((3,))
        >>> Y, _, tape = layer(layer.init(0), np.ones((1, 2, 3)))
        >>> np.array_equal(layer.output_of(tape), Y)
        True
        """
        raise NotImplementedError(f"{type(self).__name__} does not keep its output")

    def init_bias(self, b: Array) -> Array:
        """Choose the initial bias of the synapses that drive the layer.

        Parameters
        ----------
        b : ndarray
            Zeros.

        Returns
        -------
        ndarray
            Array of the same shape and dtype; by default ``b``.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.LSTM(4, 1).init(0)["b"]  # the bias of the forget gate starts at 1
        array([1., 0., 0., 0.])
        """
        return b

    def to_nir(self, writer: Any, stage: Any) -> None:
        """Write the layer's nodes; :func:`liaf_ref.to_nir` calls it.

        Parameters
        ----------
        writer : NirExporter
            Its ``add_linear`` and ``add_neurons`` write a node.
        stage : Stage
            The layer with its parameters.

        Raises
        ------
        InputError
            If the layer has no counterpart in NIR.

        Examples
        --------
        A layer of your own that behaves as dense synapses::

            def to_nir(self, writer, stage):
                writer.add_linear(stage)
        """
        reason = f"got {type(self).__name__}, which NIR export does not support"
        raise InputError.for_argument(
            "kind", writer.source, f"expected Dense, LIF or LIAF neurons, {reason}"
        )

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add the layer's nodes; :func:`liaf_ref.to_onnx` calls it.

        Parameters
        ----------
        writer : OnnxWriter
            ``writer.add(op, *inputs, **attributes)`` adds a node and returns the name of its
            output; ``writer.dense`` and others add the nodes of an equation.
        params : mapping of str to str
            Names of the values that hold the parameters, and the running statistics if given.
        X : str
            Name of the input, ``(B, T, *in_shape)``.
        state : tuple of str, or None
            Names of the states before the first step; None for zeros.

        Returns
        -------
        Y : str
            Name of the output, ``(B, T, *out_shape)``.
        state : tuple of str
            Names of the states after the last step.

        Raises
        ------
        InputError
            If the layer has no counterpart in ONNX.

        Examples
        --------
        A layer of your own that takes the absolute value::

            def to_onnx(self, writer, params, X, state):
                return writer.add("Abs", X), ()
        """
        reason = f"expected a layer that implements to_onnx, got {type(self).__name__}"
        raise InputError.for_argument("layer", f"to_onnx of {self.label}", reason)


class ShapedLayer(Layer):
    """A layer with the shape of its input as a field."""

    shape: tuple[int, ...]

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one time step's input of one sample."""
        return self.shape
