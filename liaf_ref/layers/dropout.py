"""Dropout, Section VI-B2; the caller draws the mask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref._core.validation import (
    check_float_dtype,
    check_number,
    check_positive_int,
    check_rng,
    validate_fields,
)
from liaf_ref.kernels import dropout
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.base import State, SymbolicShape, Tape
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parameter_free import NoOperations, ParameterFreeLayer
from liaf_ref.layers.parametrized import Params


@dataclass(frozen=True, repr=False)
class Dropout(NoOperations, ParameterFreeLayer):
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

    shape: Size
    rate: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        expected = "a number in [0, 1)"
        validate_fields(self, ("rate",), check_number, self.label, lambda x: 0 <= x < 1, expected)

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
        saved = rng.random((batch, 1, *self.shape)) >= self.rate
        return (saved / (1 - self.rate)).astype(dtype)

    def spikes_out(self, spikes_in: bool) -> bool:
        """In evaluation nothing is changed."""
        return spikes_in

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks; the mask is among ``params`` if given."""
        M = params.get("M")
        Y = X if M is None else dropout.forward(X, M)[0]
        return Y, (), Tape(M, kernel_set, Y.shape, Y.dtype, ())

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        return (dY if tape.kernel_tape is None else dropout.backward(dY, tape.kernel_tape)), (), {}

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Pass the input through: a model that is exported is evaluated, not trained."""
        return X, ()
