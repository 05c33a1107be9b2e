"""ConvLSTM's recurrence, Eq. (15) with ``*`` a convolution, on a given input drive."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liaf_ref._core.validation import validate_fields
from liaf_ref.kernels.grid import Grid, Size, same
from liaf_ref.layers.base import Operations
from liaf_ref.layers.counting import count_products
from liaf_ref.layers.recurrent import HARD_SIGMOID, LSTMCell
from liaf_ref.layers.shape_validation import check_sizes


@dataclass(frozen=True, repr=False)
class ConvLSTMCell(LSTMCell):
    """LSTM on images: adds a recurrent convolution to the given input drive of all gates.

    Parameters
    ----------
    L : int
        Number of channels.
    size : tuple of int
        H and W.
    kernel : tuple of int
        Window of the recurrent convolution.
    recurrent_initializer : str
        Initial recurrent weights: ``"orthogonal"`` or ``"glorot_uniform"``.
    recurrent_activation : str
        Activation of the gates: ``"sigmoid"``, or ``"hard_sigmoid"``, which is ``0.2 x + 0.5``
        limited to [0, 1], the default of Keras before version 2.3.
    forget_bias : float
        Initial bias of the forget gate.

    Raises
    ------
    InputError
        If an argument is invalid.

    Notes
    -----
    Its parameter is ``U`` of the recurrent convolution, with the gates f, i, o, c-tilde in this
    order; its state is (h, c).  :class:`ConvLSTM` is a convolution and this cell.

    Examples
    --------
    >>> from liaf_ref.layers import ConvLSTMCell
    >>> cell = ConvLSTMCell(2, size=(4, 4))
    >>> cell.in_shape, cell.out_shape
    ((4, 4, 8), (4, 4, 2))
    """

    kernel_name = "convlstm"
    size: Size
    kernel: Size = (3, 3)

    def __post_init__(self) -> None:
        super().__post_init__()
        validate_fields(self, ("size", "kernel"), check_sizes, 2, self._class_label)

    @property
    def in_shape(self) -> Size:
        """Shape of one time step's input drive of one sample: all gates."""
        return (*self.size, self.num_gates * self.L)

    @property
    def out_shape(self) -> Size:
        """Shape of one time step's output of one sample."""
        return (*self.size, self.L)

    def param_shapes(self) -> dict[str, Size]:
        """Shape of the recurrent weights of all gates."""
        return {"U": (*self.kernel, self.L, self.num_gates * self.L)}

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """Four recurrent convolutions, each added to its drive, and the cell."""
        muls, adds = self.cell_operations
        n = math.prod(self.out_shape)
        seen, _ = count_products(self.size, self.kernel, Grid((1, 1), same(self.kernel)))
        products = seen * self.L * self.num_gates * self.L
        return T * (products + muls * n), T * (products + adds * n)

    def to_onnx(
        self, writer: Any, params: Mapping[str, str], X: str, state: tuple[str, ...] | None
    ) -> tuple[str, tuple[str, ...]]:
        """Add a loop over time with a convolution of the last output."""
        first = state or (writer.zeros(X, self.out_shape),) * self.num_states
        hard = self.kernel_arguments[0] == HARD_SIGMOID
        Y, state = writer.conv_lstm(X, params["U"], first, self.kernel, hard=hard)
        return Y, state
