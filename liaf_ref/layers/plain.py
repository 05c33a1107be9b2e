"""Layers without parameters: pools, activation, flattening, dropout, the mean over time."""

import math
from typing import Any, ClassVar

import numpy as np

from liaf_ref._core.validation import check_float_dtype, check_positive_int, check_rng
from liaf_ref.kernels import dropout
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import out_size
from liaf_ref.layers import types as t
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.layer import Layer
from liaf_ref.layers.synapses import check_window
from liaf_ref.layers.types import Arrays, Grads, Pass, Shape, State, SymbolicShape


class Shaped(Layer):
    """A layer with the shape of one step of its input as a field."""

    equation = "Section VI-B2"
    shape: t.StepShape

    @property
    def in_shape(self) -> Shape:
        """The shape."""
        return self.shape


class Pool(Shaped):
    """One value for each window, channel by channel."""

    equation = "Fig. 6"
    kernel_name: ClassVar[str]
    shape: t.ImageShape
    size: t.Window2 = (2, 2)
    stride: t.Window2 | None = None

    def check_together(self) -> None:
        """A window has to fit."""
        check_window(self, self.shape, self.size, ((0, 0), (0, 0)))

    @property
    def windows(self) -> tuple[Shape, Shape]:
        """Size of a window, and step between windows."""
        return self.size, self.size if self.stride is None else self.stride

    @property
    def out_shape(self) -> Shape:
        """``(H, W, channels)`` of the windows."""
        return (*out_size(self.shape[:2], *self.windows), self.shape[-1])

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        Y, saved = getattr(kernels, self.kernel_name).forward(X, *self.windows)
        return Y, (), saved

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        return getattr(kernels, self.kernel_name).backward(dY, saved, *self.windows), (), {}


class AveragePool(Pool):
    """Average pooling: the mean of each window.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, L)``, one time step's input.
    size : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; ``size`` by default.

    Raises
    ------
    InputError
        If an argument is invalid, or no window fits.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> X = np.arange(4.0).reshape(1, 1, 2, 2, 1)  # 1 sample, 1 step, 2 x 2 pixels, 1 channel
    >>> Y, _, _ = lr.AveragePool((2, 2, 1))({}, X)
    >>> Y.ravel().tolist()
    [1.5]
    """

    kernel_name = "average_pool"


class MaxPool(Pool):
    """Max pooling: the largest value of each window; the first one if several are equal.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, L)``, one time step's input.
    size : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; ``size`` by default.

    Raises
    ------
    InputError
        If an argument is invalid, or no window fits.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> X = np.arange(4.0).reshape(1, 1, 2, 2, 1)  # 1 sample, 1 step, 2 x 2 pixels, 1 channel
    >>> Y, _, _ = lr.MaxPool((2, 2, 1))({}, X)
    >>> Y.ravel().tolist()
    [3.0]
    """

    kernel_name = "max_pool"


class Activation(Shaped):
    """Elementwise activation, ``Y = Act(X)``.

    Parameters
    ----------
    shape : tuple of int
        Shape of one time step of one sample.
    act : str
        ``"identity"``, ``"relu"``, ``"selu"``, ``"tanh"`` or ``"sigmoid"``.

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> Y, _, _ = lr.Activation((3,), "relu")({}, np.array([[[-1.0, 1.0, 2.0]]]))
    >>> abs(Y).tolist()
    [[[0.0, 1.0, 2.0]]]
    """

    equation = "Fig. 6"
    act: t.ActName = "relu"

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        Y, saved = kernels.activate.forward(X, ACTIVATIONS[self.act])
        return Y, (), saved

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        return kernels.activate.backward(dY, saved, ACTIVATIONS[self.act]), (), {}


class TimeMean(Shaped):
    """The mean over time as a sequence of one step: ``(B, T, ...)`` to ``(B, 1, ...)``.

    Parameters
    ----------
    shape : tuple of int
        Shape of one time step of one sample.

    Raises
    ------
    InputError
        If ``shape`` is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> Y, _, _ = lr.TimeMean((1,))({}, np.array([[[1.0], [2.0], [6.0]]]))
    >>> Y.tolist()
    [[[3.0]]]
    """

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Average all time steps."""
        return kernels.readout.mean_forward(X)[:, None], (), X.shape[1]

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        return kernels.readout.mean_backward(dY[:, 0], saved), (), {}


class Flatten(Shaped):
    """All entries of a time step in one vector, row-major.

    Parameters
    ----------
    shape : tuple of int
        Shape of one time step of one sample.

    Raises
    ------
    InputError
        If ``shape`` is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> Y, _, _ = lr.Flatten((2, 2, 3))({}, np.ones((5, 4, 2, 2, 3)))
    >>> Y.shape
    (5, 4, 12)
    """

    @property
    def out_shape(self) -> Shape:
        """The number of entries."""
        return (math.prod(self.shape),)

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        return X.reshape(*X.shape[:2], -1), (), X.shape

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        return dY.reshape(saved), (), {}


class Dropout(Shaped):
    """Dropout: a mask times the activations, the same mask at all time steps.

    Without a mask the layer passes its input through. :meth:`draw_mask` draws one for a
    training step; it is passed as ``buffers={"M": mask}``.

    Parameters
    ----------
    shape : tuple of int
        Shape of one time step of one sample.
    rate : float
        Fraction that is dropped, in [0, 1).

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Dropout((4,), rate=0.5)
    >>> mask = layer.draw_mask(np.random.default_rng(0), batch=2, dtype=np.float64)
    >>> Y, _, _ = layer({}, np.ones((2, 3, 4)), buffers={"M": mask})
    >>> sorted(set(Y.ravel().tolist()))
    [0.0, 2.0]
    """

    rate: t.Rate = 0.5

    def buffer_shapes(self) -> dict[str, SymbolicShape]:
        """Shape of the mask."""
        return {"M": ("B", 1, *self.shape)}

    def draw_mask(self, rng: np.random.Generator | int, batch: int, dtype: Any) -> Array:
        """Draw a mask: 0 where an entry is dropped, otherwise ``1 / (1 - rate)``.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            Random generator, or the seed of one.
        batch : int
            Number of samples.
        dtype : dtype
            Data type of the activations.

        Returns
        -------
        ndarray, shape (B, 1, ...)
            ``M`` of :meth:`buffer_shapes`.

        Raises
        ------
        InputError
            If ``rng`` is neither a generator nor a seed, ``batch`` is below 1, or ``dtype`` is not
            one of these.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> mask = lr.Dropout((4,), rate=0.5).draw_mask(0, batch=2, dtype="float64")
        >>> mask.shape, sorted(set(mask.ravel().tolist()))
        ((2, 1, 4), [0.0, 2.0])
        """
        rng = check_rng("rng", rng, self.label)
        batch = check_positive_int("batch", batch, self.label)
        dtype = check_float_dtype("dtype", dtype, self.label)
        kept = rng.random((batch, 1, *self.shape)) >= self.rate
        return (kept / (1 - self.rate)).astype(dtype)

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps; the mask is among the parameters if given."""
        M = p.get("M")
        return (X if M is None else dropout.forward(X, M)[0]), (), M

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        return (dY if saved is None else dropout.backward(dY, saved)), (), {}
