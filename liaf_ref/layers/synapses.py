"""Weights: dense synapses, convolutions, and the embedding of tokens."""

import math
from functools import cached_property
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from liaf_ref._core.declared import Declared
from liaf_ref._core.validation import check_float_array, check_index_array, check_params
from liaf_ref.kernels import conv, dense, embedding
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, Pad, out_size, same
from liaf_ref.layers import types as t
from liaf_ref.layers.initializers import EMBEDDING_INITIALIZERS, glorot_uniform
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.layer import ZERO, Layer, Param, Parametrized, Tape, no_sequences
from liaf_ref.layers.types import Arrays, Grads, Params, Pass, Shape, State


class Synapses(Layer):
    """Weights ``W`` and a bias ``b``, Eq. (2)."""

    equation = "Eq. (2)"
    kernel_name: ClassVar[str]
    definition: ClassVar[ModuleType]  # the reference kernel, whose parameters and tape all have

    @property
    def has_bias(self) -> bool:
        """Whether there is a bias: the field ``bias`` of a subclass."""
        return bool(vars(self)["bias"])

    @property
    def weight_shape(self) -> Shape:
        """Shape of ``W``."""
        raise NotImplementedError

    @property
    def fan_in(self) -> int:
        """Products that are summed into one entry of the output."""
        return math.prod(self.weight_shape[:-1])

    def params(self) -> dict[str, Param]:
        """``W``, drawn after Glorot, and ``b``."""
        W = {"W": Param(self.weight_shape, glorot_uniform)}
        return W | ({"b": Param(self.weight_shape[-1:], ZERO)} if self.has_bias else {})

    @cached_property
    def windows(self) -> tuple[Any, ...]:
        """What the kernel reads beside the weights: the windows of a convolution."""
        return ()

    def kernel_params(self, p: Arrays) -> Any:
        """The kernel's parameters; without bias ``b`` is a constant zero."""
        W, b = p["W"], p.get("b")
        return self.definition.Params(W, np.zeros((), W.dtype) if b is None else b)

    def named(self, dp: Any) -> Params:
        """The kernel's gradients by name."""
        return {"W": dp.W} | ({"b": dp.b} if self.has_bias else {})

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        kernel = getattr(kernels, self.kernel_name)
        I, saved = kernel.forward(X, self.kernel_params(p), *self.windows)
        return I, (), saved

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        dX, dp = getattr(kernels, self.kernel_name).backward(dY, saved, *self.windows)
        return dX, (), self.named(dp)

    def back_params(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Params:
        """Differentiate in ``W`` and ``b`` alone."""
        kernel = getattr(kernels, self.kernel_name)
        return self.named(kernel.backward_params(dY, saved, *self.windows))

    def save_again(self, p: Arrays, X: Array, kernels: KernelSet) -> Any:
        """Input and weights: nothing is computed."""
        return self.definition.Tape(X, self.kernel_params(p))


class Dense(Synapses):
    """``I = X W + b``, Eq. (2), at every time step.

    Parameters
    ----------
    K, L : int
        Inputs and outputs.
    bias : bool
        Whether ``b`` is a parameter; Eq. (2) prints none, Table I counts one.

    Raises
    ------
    InputError
        If a size is below 1 or ``bias`` is neither True nor False.

    Notes
    -----
    The parameters are ``W`` (K, L) and ``b`` (L,).

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Dense(4, 3)
    >>> I, _, tape = layer(layer.init(0), np.ones((2, 5, 4)))
    >>> I.shape
    (2, 5, 3)
    """

    kernel_name = "dense"
    definition: ClassVar[ModuleType] = dense
    K: t.Count
    L: t.Count
    bias: t.Flag = True

    @property
    def in_shape(self) -> Shape:
        """``(K,)``."""
        return (self.K,)

    @property
    def out_shape(self) -> Shape:
        """``(L,)``."""
        return (self.L,)

    @property
    def weight_shape(self) -> Shape:
        """``(K, L)``."""
        return (self.K, self.L)


class Conv2D(Synapses):
    """``I = X * W + b``, Eq. (2), at every time step: Conv2D (TD) of Table II.

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
        Whether ``b`` is a parameter; Eq. (2) prints none, Table II counts one.

    Raises
    ------
    InputError
        If an argument is invalid, or no window fits.

    Notes
    -----
    The parameters are ``W`` of shape ``(*kernel, K, L)`` and ``b`` of shape ``(L,)``.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Conv2D((8, 8, 2), 4)
    >>> layer.out_shape, layer.count_params()
    ((8, 8, 4), 76)
    >>> Y, _, tape = layer(layer.init(0), np.ones((1, 5, 8, 8, 2)))
    >>> Y.shape
    (1, 5, 8, 8, 4)
    """

    kernel_name = "conv"
    definition: ClassVar[ModuleType] = conv
    shape: t.ImageShape
    L: t.Count
    kernel: t.Window2 = (3, 3)
    stride: t.Window2 | None = None
    pad: tuple[t.Padding, ...] | None = None
    bias: t.Flag = True

    def check_together(self) -> None:
        """A window has to fit."""
        if self.pad is not None and len(self.pad) != len(self.kernel):
            expected = f"expected {len(self.kernel)} pairs (zeros before, zeros after)"
            raise self.refuse("pad", f"{expected}, got {len(self.pad)}")
        check_window(self, self.shape, self.kernel[-2:], self.grid.pad[-2:])

    @property
    def in_shape(self) -> Shape:
        """``(H, W, channels)``."""
        return self.shape

    @property
    def grid(self) -> Grid:
        """Where the windows lie: step between windows, and zeros around."""
        stride = (1,) * len(self.kernel) if self.stride is None else self.stride
        return Grid(stride, same(self.kernel) if self.pad is None else self.pad)

    @cached_property
    def windows(self) -> tuple[Any, ...]:
        """The grid."""
        return (self.grid,)

    @property
    def out_shape(self) -> Shape:
        """``(H, W, L)`` of the windows."""
        stride, pad = self.grid
        size = tuple(n + sum(zeros) for n, zeros in zip(self.shape[:2], pad[-2:], strict=True))
        return (*out_size(size, self.kernel[-2:], stride[-2:]), self.L)

    @property
    def weight_shape(self) -> Shape:
        """``(*kernel, channels, L)``."""
        return (*self.kernel, self.shape[-1], self.L)


class Conv3D(Conv2D):
    """Convolution over time, height and width: Conv3D of Table II.

    The output has as many time steps as the input. With the default padding, a step depends on
    later steps; ``pad=causal(kernel)`` of :mod:`liaf_ref.kernels.grid` prevents this. The input is
    zero outside the sequence, and the layer has no state: running a sequence in two parts gives
    another result.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, K)``, one time step's input.
    L : int
        Output channels.
    kernel : tuple of int
        Size of a window on time, H and W.
    stride : tuple of int, optional
        Step between windows on time, H and W; 1 by default.
    pad : tuple of tuple of int, optional
        Zeros before and after, for time, H and W; by default as many as keep the size at
        stride 1.
    bias : bool
        Whether ``b`` is a parameter.

    Raises
    ------
    InputError
        If an argument is invalid, no window fits, or the number of steps would change.

    Notes
    -----
    The parameters are ``W`` of shape ``(*kernel, K, L)`` and ``b`` of shape ``(L,)``.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Conv3D((8, 8, 2), 4)
    >>> Y, _, tape = layer(layer.init(0), np.ones((1, 5, 8, 8, 2)))
    >>> Y.shape
    (1, 5, 8, 8, 4)
    """

    equation = "Table II"
    kernel: t.Window3 = (3, 3, 3)
    stride: t.Window3 | None = None

    def check_together(self) -> None:
        """The time axis keeps its length."""
        super().check_together()
        (step, *_), (zeros, *_) = self.grid
        if step != 1:
            raise self.refuse("stride", f"expected 1 on the time axis, got {self.stride}")
        if sum(zeros) != self.kernel[0] - 1:
            expected = f"expected {self.kernel[0] - 1} zeros on the time axis"
            raise self.refuse("pad", f"{expected} for {self.kernel[0]} steps, got {zeros}")


def check_window(layer: Declared, shape: Shape, window: Shape, pad: Pad) -> None:
    """Refuse a window that is larger than what it is to be put on."""
    *size, channels = shape
    minimum = tuple(max(1, k - sum(zeros)) for k, zeros in zip(window, pad, strict=True))
    if any(n < k for n, k in zip(size, minimum, strict=True)):
        zeros = f" with {pad} zeros around" if any(map(any, pad)) else ""
        expected = f"expected at least {(*minimum, channels)} for a window of {window}{zeros}"
        raise layer.refuse("shape", f"{expected}, got {shape}")


class Embedding(Parametrized):
    """Embedding: the row of ``E`` of every token.

    Parameters
    ----------
    N : int
        Size of the vocabulary, including the padding token 0.
    K : int
        Width of a row.
    initializer : str
        Initial rows: ``"uniform"`` within 0.05, as in Keras, or ``"normal"``, N(0, 1), as in
        PyTorch.

    Raises
    ------
    InputError
        If a size is below 1, or there is no such initializer.

    Notes
    -----
    Token numbers have no gradient: :meth:`forward` returns the rows and a tape, :meth:`backward`
    only the gradient in ``E``.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Embedding(10, 3)
    >>> params = layer.init(0)
    >>> X, tape = layer.forward(params, np.array([[1, 2, 2]]))
    >>> layer.backward(np.ones_like(X), tape)["E"][2].tolist()
    [2.0, 2.0, 2.0]
    """

    equation = "Fig. 5"
    N: t.Count
    K: t.Count
    initializer: t.EmbeddingInitializer = "uniform"

    def params(self) -> dict[str, Param]:
        """The table ``E``."""
        return {"E": Param((self.N, self.K), EMBEDDING_INITIALIZERS[self.initializer])}

    def forward(self, params: Arrays, ids: Array) -> tuple[Array, Tape]:
        """Look up the rows of the tokens.

        Parameters
        ----------
        params : mapping of str to ndarray
            ``E``, shape (N, K).
        ids : ndarray of int, shape (B, T)
            Token numbers below N.

        Returns
        -------
        X : ndarray, shape (B, T, K)
            The tokens' rows.
        tape : Tape
            For :meth:`backward`.

        Raises
        ------
        InputError
            On a missing or unknown parameter, a wrong shape or dtype, or a number
            outside the vocabulary.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.Embedding(10, 3)
        >>> X, tape = layer.forward(layer.init(0), np.array([[1, 2, 2]]))
        >>> X.shape
        (1, 3, 3)
        """
        E = check_params(params, self.shapes, self.label)["E"]
        ids = check_index_array("ids", ids, ("B", "T"), self.N, self.label)
        if 0 in ids.shape:
            raise no_sequences("ids", ids, self.label)
        X, saved = embedding.forward(ids, E)
        return X, Tape(self, None, saved, X.shape, X.dtype)

    __call__ = forward

    def backward(self, dX: Array, tape: Tape) -> Params:
        """Differentiate :meth:`forward`; token numbers have no gradient.

        Parameters
        ----------
        dX : ndarray, shape (B, T, K)
            Gradient in the rows.
        tape : Tape
            From :meth:`forward`.

        Returns
        -------
        dict of str to ndarray
            The gradient in ``E``.

        Raises
        ------
        InputError
            On a wrong shape or dtype, a non-finite entry, or another tape.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.Embedding(10, 3)
        >>> X, tape = layer.forward(layer.init(0), np.array([[1, 2, 2]]))
        >>> layer.backward(np.ones_like(X), tape)["E"].sum(axis=1)
        array([0., 3., 6., 0., 0., 0., 0., 0., 0., 0.])
        """
        tape = self.check_tape(tape)
        where = f"{self.label} (backward)"
        dX = check_float_array("dX", dX, tape.shape, where, tape.dtype)
        return {"E": embedding.backward(dX, tape.saved)}
