"""A layer: a frozen value that names its parameters and runs kernels forward and backward."""

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np

from liaf_ref._core import validation
from liaf_ref._core.declared import Declared
from liaf_ref._core.errors import InputError
from liaf_ref._core.text import count, describe_value
from liaf_ref.fast.tokens import materialize
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.readout import last_backward
from liaf_ref.layers.kernel_set import KernelSet, kernel_set_for
from liaf_ref.layers.types import Arrays, Grads, Params, Pass, Shape, State, SymbolicShape

Draw = Callable[[np.random.Generator, Shape, Any], Array]


class VarianceShape(tuple[int | str, ...]):
    """Shape of a buffer with no entry below 0."""


class Param(NamedTuple):
    """A parameter: its shape, and how its initial values are drawn.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.Dense(2, 3).params()["W"].shape
    (2, 3)
    """

    shape: Shape
    draw: Draw


def constant(value: float) -> Draw:
    """Initial values that are all the same."""
    return lambda rng, shape, dtype: np.full(shape, value, dtype)


ZERO, ONE = constant(0), constant(1)


class Tape(NamedTuple):
    """What a forward pass saves for the backward pass.

    Attributes
    ----------
    layer : Layer
        The layer that ran.
    kernels : KernelSet
        Kernels of this pass; None of an embedding, which has one kernel.
    saved : object
        What the layer saved.
    shape : tuple of int
        Shape of the output.
    dtype : dtype
        Data type of the pass.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Dense(2, 3)
    >>> Y, _, tape = layer.forward(layer.init(0), np.ones((1, 4, 2)))
    >>> tape.shape
    (1, 4, 3)
    """

    layer: "Parametrized"
    kernels: Any
    saved: Any
    shape: Shape
    dtype: Any


class Parametrized(Declared):
    """Base of layers and networks: parameters by name, which each call takes."""

    equation: ClassVar[str] = ""  # where the paper has it

    @classmethod
    def where(cls) -> str:
        """How errors about a field name its owner."""
        return f"{cls.__name__}, {cls.equation}" if cls.equation else cls.__name__

    @property
    def constructor(self) -> str:
        """What makes it: its class, or a function."""
        return type(self).__name__

    @cached_property
    def label(self) -> str:
        """Name in error messages, with its sizes and its place in the paper."""
        sizes = ", ".join(each for each in self.arguments() if "=" not in each)
        return f"{self.constructor}({sizes})" + (f", {self.equation}" if self.equation else "")

    def __repr__(self) -> str:
        return f"{self.constructor}({', '.join(self.arguments())})"

    def params(self) -> dict[str, Param]:
        """Parameters by name: shape and initial values of each, in the order of counting."""
        return {}

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """Shapes of the parameters by name."""
        return {name: param.shape for name, param in self.params().items()}

    def param_shapes(self) -> dict[str, Shape]:
        """Shapes of the parameters.

        Returns
        -------
        dict of str to tuple of int
            By name, in the order in which they are counted.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.Dense(4, 3).param_shapes()
        {'W': (4, 3), 'b': (3,)}
        """
        return dict(self.shapes)

    def count_params(self) -> int:
        """Count the parameters: the "weights" of Tables I to IX.

        Returns
        -------
        int
            Number of entries of all parameters.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.Dense(4, 3).count_params()
        15
        """
        return sum(map(math.prod, self.shapes.values()))

    def init(self, rng: np.random.Generator | int, dtype: Any = np.float64) -> Params:
        """Draw initial parameters.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            Random generator, or the seed of one.
        dtype : dtype
            float64 by default; float32 runs the fast kernels, longdouble and complex serve
            gradient checks. Anything that :class:`numpy.dtype` takes, such as ``"float32"``.

        Returns
        -------
        dict of str to ndarray
            Parameters by name, with the shapes of :meth:`param_shapes`.

        Raises
        ------
        InputError
            If ``rng`` is neither a generator nor a seed, or ``dtype`` is not one of these.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> params = lr.Dense(4, 3).init(0)
        >>> {name: array.shape for name, array in params.items()}
        {'W': (4, 3), 'b': (3,)}
        >>> lr.Dense(4, 3).init(0, "float32")["W"].dtype
        dtype('float32')
        """
        rng = validation.check_rng("rng", rng, self.label)
        dtype = validation.check_float_dtype("dtype", dtype, self.label)
        with np.errstate(over="ignore"):
            drawn = {name: p.draw(rng, p.shape, dtype) for name, p in self.params().items()}
        for name, array in drawn.items():
            if not np.isfinite(array).all():
                given = self.params()[name].draw(rng, array.shape, np.dtype(np.float64)).flat[0]
                reason = f"expected an initial value that {dtype} holds, got {given}"
                raise InputError.for_argument(name, self.label, reason)
        return drawn

    def check_tape(self, tape: object) -> Tape:
        """The tape, if it is of a forward pass of this layer or of an equal one."""
        given = validation.check_instance(
            "tape", tape, Tape, self.label, "the tape that forward returned"
        )
        if given.layer is not self and given.layer != self:
            reason = f"expected the tape of its own forward, got that of {given.layer!r}"
            raise InputError.for_argument("tape", self.label, reason)
        return given


class Layer(Parametrized):
    """Base class of layers.

    A layer holds no arrays: parameters, states and tapes are arguments and return values. So one
    layer can be shared, and a pass can be repeated. ``forward`` and ``backward`` check their
    arguments. A layer of your own declares its fields and shapes, and writes ``params``, ``run``
    and ``back``, which trust theirs.

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

    holds_output: ClassVar[bool] = False  # whether ``output_of`` finds the output in what was saved

    @property
    def in_shape(self) -> Shape:
        """Shape of one time step's input of one sample, such as ``(H, W, channels)``."""
        raise NotImplementedError

    @property
    def out_shape(self) -> Shape:
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
            :class:`liaf_ref.layers.layer.VarianceShape` has no negative entry.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.Dropout((4,)).buffer_shapes()
        {'M': ('B', 1, 4)}
        """
        return {}

    def state_shapes(self) -> tuple[Shape, ...]:
        """Shapes of one sample's state; empty for a layer without state."""
        return ()

    def run(self, p: Arrays, X: Any, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        raise NotImplementedError

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        raise NotImplementedError

    def draw_bias(self, rng: np.random.Generator, shape: Shape, dtype: Any) -> Array:
        """Initial bias of the synapses that drive this layer."""
        return np.zeros(shape, dtype)

    # What a layer may do with less work.

    def run_last(self, p: Arrays, X: Any, state: State, kernels: KernelSet) -> Pass:
        """Run for the last output alone; ``X`` may be an embedding that is not looked up yet."""
        Y, state, saved = self.run(p, materialize(X), state, kernels)
        return kernels.readout.last_forward(Y), state, saved

    def back_last(self, dy: Array, d_state: State, saved: Any, T: int, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run_last` of T steps."""
        return self.back(last_backward(dy, T), d_state, saved, kernels)

    def back_params(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Params:
        """Differentiate in the parameters alone, for inputs that are data."""
        return self.back(dY, d_state, saved, kernels)[2]

    def save_again(self, p: Arrays, X: Array, kernels: KernelSet) -> Any:
        """What :meth:`run` of a layer without state saves, its output being of no interest."""
        return self.run(p, X, (), kernels)[2]

    def strip(self, saved: Any) -> Any:
        """What is left of the saved if the rest can be computed again."""
        return None

    def output_of(self, saved: Any, kernels: KernelSet) -> Array:
        """The output, from what was saved; only with ``holds_output``."""
        raise NotImplementedError

    # What users call, and where everything is checked.

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
        batch = validation.check_positive_int("batch", batch, self.label)
        return self.zeros(batch, validation.check_float_dtype("dtype", dtype, self.label))

    def zeros(self, batch: int, dtype: Any) -> State:
        """A state of zeros."""
        return tuple([np.zeros((batch, *shape), dtype) for shape in self._state_shapes])

    @cached_property
    def _state_shapes(self) -> tuple[Shape, ...]:
        return self.state_shapes()

    def forward(
        self,
        params: Arrays,
        X: Array,
        state: State | None = None,
        kernel_set: KernelSet | None = None,
        buffers: Arrays | None = None,
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
        where = self.label
        p, X = self.check_inputs(params, X, buffers, where)
        zeros = self.zeros(len(X), X.dtype)
        state = zeros if state is None else check_state("state", state, zeros, where)
        kernels = kernel_set_for(X.dtype, kernel_set, where)
        Y, state, saved = self.run(p, X, state, kernels)
        Y = Y.view()  # of the caller's own X, where nothing was done to it
        for array in (Y, *state):
            array.flags.writeable = False
        return Y, state, Tape(self, kernels, saved, Y.shape, Y.dtype)

    __call__ = forward

    def check_inputs(
        self, params: object, X: object, buffers: object, where: str
    ) -> tuple[Params, Array]:
        """Check parameters and buffers, which are returned together, and the input."""
        p = validation.check_params(params, self.shapes, where)
        dtype = next(iter(p.values())).dtype if p else None
        X = validation.check_float_array("X", X, ("B", "T", *self.in_shape), where, dtype)
        if 0 in X.shape[:2]:
            raise no_sequences("X", X, where)
        if buffers is not None:
            p |= check_buffers(buffers, self.buffer_shapes(), len(X), X.dtype, where)
        return p, X

    def backward(self, dY: Array, tape: Tape, d_state: State | None = None) -> Grads:
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
        where = f"{self.label} (backward)"
        tape = self.check_tape(tape)
        dY = validation.check_float_array("dY", dY, tape.shape, where, tape.dtype)
        zeros = self.zeros(tape.shape[0], tape.dtype)
        d_state = zeros if d_state is None else check_state("d_state", d_state, zeros, where)
        return self.back(dY, d_state, tape.saved, tape.kernels)


class Dynamics(Layer):
    """What runs step by step on a given drive: neurons, or a recurrent cell of the package.

    Subclasses write ``steps``, whose kernels may look tokens up themselves and defer the output.
    Neurons of your own are a :class:`Layer` with ``run``; see the page "Add a neuron".

    Examples
    --------
    >>> import liaf_ref as lr
    >>> isinstance(lr.DirectLIF((3,)), lr.layers.Dynamics)
    True
    """

    def steps(self, p: Arrays, X: Any, state: State, kernels: KernelSet) -> tuple[Any, State, Any]:
        """Run the kernel; ``X`` may be an embedding not looked up yet, the output deferred."""
        raise NotImplementedError

    def run(self, p: Arrays, X: Any, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        Y, state, saved = self.steps(p, X, state, kernels)
        return np.asarray(Y), state, saved

    def run_last(self, p: Arrays, X: Any, state: State, kernels: KernelSet) -> Pass:
        """Run for the last output alone."""
        Y, state, saved = self.steps(p, X, state, kernels)
        return kernels.readout.last_forward(Y), state, saved

    def back_last(self, dy: Array, d_state: State, saved: Any, T: int, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run_last`."""
        return self.back(kernels.readout.last_backward(dy, T), d_state, saved, kernels)


# Checks at the edge, of layers and networks.


def no_sequences(name: str, array: Array, where: str) -> InputError:
    """The error for an input without samples or without steps."""
    reason = f"expected B >= 1 and T >= 1, got shape {array.shape}"
    return InputError.for_argument(name, where, reason)


def check_state(name: str, state: object, template: State, where: str) -> State:
    """Check a state against a template."""
    if not isinstance(state, tuple) or len(state) != len(template):
        actual = f"{len(state)}" if isinstance(state, tuple) else describe_value(state)
        expected = f"expected a tuple of {count(len(template), 'array')}"
        raise InputError.for_argument(name, where, f"{expected}, got {actual}")
    return tuple(
        validation.check_float_array(f"{name}[{k}]", part, like.shape, where, like.dtype)
        for k, (part, like) in enumerate(zip(state, template, strict=True))
    )


def check_buffers(
    buffers: object, shapes: Mapping[str, SymbolicShape], batch: int, dtype: Any, where: str
) -> Params:
    """Check the buffers of a layer: all buffers of one layer, or none."""
    if buffers is None:
        return {}
    arrays = validation.check_mapping("buffers", buffers, where, "arrays by name")
    given = {str(name).rpartition(".")[0] for name in arrays}
    own = {name: axes for name, axes in shapes.items() if name.rpartition(".")[0] in given}
    validation.check_keys(arrays, own, where, "buffers")
    return {
        name: check_buffer(f"buffers[{name!r}]", arrays[name], axes, where, dtype, batch)
        for name, axes in own.items()
    }


def check_buffer(
    name: str,
    value: object,
    symbolic_shape: SymbolicShape,
    where: str,
    dtype: Any = None,
    batch: int | str = "B",
) -> Array:
    """Check an array of these axes; with a :class:`VarianceShape`, none below 0."""
    shape = tuple(batch if axis == "B" else axis for axis in symbolic_shape)
    array = validation.check_float_array(name, value, shape, where, dtype)
    if isinstance(symbolic_shape, VarianceShape) and (below := np.argwhere(array.real < 0)).size:
        index = tuple(map(int, below[0]))
        reason = f"expected a variance, >= 0, got {array[index]} at index {index}"
        raise InputError.for_argument(name, where, reason)
    return array
