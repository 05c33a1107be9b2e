"""What every layer is: parameters by name, a forward and a backward pass, no memory."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.door import check_float, check_generator
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.layers.forms import Forms, forms_for

Params = dict[str, Array]
State = tuple[Array, ...]


class Tape(NamedTuple):
    """What a layer's backward pass reads: the kernels' tapes and the forms that wrote them."""

    kernel: Any
    forms: Forms
    out_shape: tuple[int, ...]
    dtype: Any
    state: State


class Layer(ABC):
    """A layer is a description; parameters, states and tapes are passed in and out.

    Subclasses say their parameters' shapes and how to run; the checks of what
    comes in are made here, once.  ``apply`` and ``adjoint`` are ``forward`` and
    ``backward`` without those checks, for callers that have made them.
    """

    @property
    @abstractmethod
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one time step's input of one sample."""

    @abstractmethod
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name, in the order in which they are counted."""

    @abstractmethod
    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Params:
        """Draw initial parameters."""

    def start(self, batch: int, dtype: Any) -> State:
        """State before the first step, all zero; empty for a layer without state."""
        return ()

    @abstractmethod
    def apply(
        self, params: Mapping[str, Array], X: Array, state: State, forms: Forms
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""

    @abstractmethod
    def adjoint(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""

    def forward(
        self,
        params: Mapping[str, Array],
        X: Array,
        state: State | None = None,
        forms: Forms | None = None,
    ) -> tuple[Array, State, Tape]:
        """Run the layer over all time steps.

        Parameters
        ----------
        params : mapping of str to ndarray
            The layer's parameters, all of one dtype, as :meth:`init` names them.
        X : ndarray, shape (B, T, *in_shape)
            Input, of the parameters' dtype.
        state : tuple of ndarray, optional
            State before the first step; zeros if left out.
        forms : Forms, optional
            Kernels to run; by default the fast twins for float32 and the
            definitions for every other dtype.

        Returns
        -------
        Y : ndarray, shape (B, T, ...)
            Output.
        state : tuple of ndarray
            State after the last step.
        tape : Tape
            For :meth:`backward`.

        Raises
        ------
        InputError
            On a missing or unknown parameter, a wrong shape or dtype, a
            non-finite entry, or an empty batch or time axis.
        """
        dtype = check_params(self, params)
        source = type(self).__name__
        check_float("X", X, ("B", "T", *self.in_shape), source, dtype)
        if 0 in X.shape[:2]:
            raise InputError(f"X of {source}: expected B >= 1 and T >= 1, got shape {X.shape}")
        zero = self.start(len(X), dtype)
        state = _check_state("state", state, zero, source)
        return self.apply(params, X, state, forms or forms_for(dtype))

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
            On a wrong shape or dtype, a non-finite entry, or a tape of something else.
        """
        source = f"{type(self).__name__} (backward)"
        if not isinstance(tape, Tape):
            raise InputError(
                f"tape of {source}: expected what forward returned, got {type(tape).__name__}"
            )
        check_float("dY", dY, tape.out_shape, source, tape.dtype)
        zero = tuple(np.zeros_like(part) for part in tape.state)
        d_state = _check_state("d_state", d_state, zero, source)
        return self.adjoint(dY, d_state, tape)

    def count(self) -> int:
        """Count the parameters: the paper's "weights" of Tables I to IX."""
        return sum(int(np.prod(shape)) for shape in self.shapes().values())


def check_params(layer: Layer, params: Mapping[str, Array]) -> Any:
    """Refuse parameters that are not the layer's.

    Parameters
    ----------
    layer : Layer
        Says names and shapes.
    params : mapping of str to ndarray
        What came.

    Returns
    -------
    dtype
        The one dtype of all of them.

    Raises
    ------
    InputError
        On a missing or unknown name, a wrong shape or dtype, or mixed dtypes.
    """
    shapes, source = layer.shapes(), type(layer).__name__
    check_names(params, shapes, source)
    dtype = None
    for name, shape in shapes.items():
        dtype = check_float(name, params[name], shape, source, dtype).dtype
    return dtype


def check_names(params: object, shapes: Mapping[str, Any], source: str) -> None:
    """Refuse anything but a mapping with the names of the parameters.

    Parameters
    ----------
    params : object
        What came.
    shapes : mapping
        What is expected, by name.
    source : str
        What has these parameters.

    Raises
    ------
    InputError
        If ``params`` is no mapping, or a name is missing or unknown.
    """
    wanted = f"parameters of {source}: expected {', '.join(shapes)}"
    if not isinstance(params, Mapping):
        raise InputError(f"{wanted} in a mapping; got {type(params).__name__}")
    if params.keys() != shapes.keys():
        raise InputError(f"{wanted}; got {', '.join(map(str, params))}")


def _check_state(name: str, state: State | None, zero: State, source: str) -> State:
    if state is None:
        return zero
    if not isinstance(state, tuple) or len(state) != len(zero):
        raise InputError(
            f"{name} of {source}: expected a tuple of {len(zero)} arrays, "
            f"got {type(state).__name__} {state!r}"[:200]
        )
    for k, (part, like) in enumerate(zip(state, zero, strict=True)):
        check_float(f"{name}[{k}]", part, like.shape, source, like.dtype)
    return state


def glorot(rng: np.random.Generator, shape: tuple[int, int], dtype: Any) -> Array:
    """Draw weights uniformly within ``sqrt(6 / (fan in + fan out))``, Glorot and Bengio 2010."""
    bound = np.sqrt(6 / sum(shape))
    check_generator("rng", rng, "the initial weights")
    return rng.uniform(-bound, bound, shape).astype(dtype)


def orthogonal(rng: np.random.Generator, shape: tuple[int, int], dtype: Any) -> Array:
    """Draw recurrent weights with orthonormal rows, Saxe et al. 2014."""
    rows, columns = shape
    check_generator("rng", rng, "the initial weights")
    q, r = np.linalg.qr(rng.normal(size=(columns, rows)))
    return np.ascontiguousarray((q * np.sign(np.diag(r))).T).astype(dtype)
