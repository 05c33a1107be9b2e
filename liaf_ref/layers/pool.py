"""Average and maximum pooling, Fig. 6 and Table V, at every time step."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from liaf_ref.door import keep, keep_given
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size, out_size
from liaf_ref.layers.forms import Forms
from liaf_ref.layers.layer import Operations, Params, State, Tape
from liaf_ref.layers.plain import Plain
from liaf_ref.layers.sizes import check_sizes, check_window


@dataclass(frozen=True, repr=False)
class Pool(Plain):
    """One value for each window, channel by channel.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, L)``, one time step's input.
    size : tuple of int
        Size of a window on H and W.
    stride : tuple of int, optional
        Step between windows on H and W; ``size`` if left out.

    Raises
    ------
    InputError
        If one of them is not so, or no window fits.
    """

    equation = "Fig. 6"
    form: ClassVar[str]
    shape: Size
    size: Size = (2, 2)
    stride: Size | None = None

    def __post_init__(self) -> None:
        name = f"{type(self).__name__}, Fig. 6"
        keep(self, ("shape",), check_sizes, 3, name)
        keep(self, ("size",), check_sizes, 2, name)
        keep_given(self, ("stride",), check_sizes, 2, name)
        check_window(self.shape, self.size, ((0, 0), (0, 0)), name)

    @property
    def source(self) -> str:
        """What errors call the layer."""
        return f"{type(self).__name__}({self.shape}, {self.size}), Fig. 6"

    @property
    def windows(self) -> tuple[Size, Size]:
        """Size of a window, and step between windows."""
        return self.size, self.size if self.stride is None else self.stride

    @property
    def out_shape(self) -> Size:
        """Shape of one time step's output of one sample."""
        return (*out_size(self.shape[:2], *self.windows), self.shape[-1])

    def apply(
        self, params: Mapping[str, Array], X: Array, state: State, forms: Forms
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        Y, tape = getattr(forms, self.form).forward(X, *self.windows)
        return Y, (), Tape(tape, forms, Y.shape, Y.dtype, ())

    def adjoint(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        dX = getattr(tape.forms, self.form).backward(dY, tape.kernel, *self.windows)
        return dX, (), {}


@dataclass(frozen=True, repr=False)
class AveragePool(Pool):
    """The mean under each window; arguments as for :class:`Pool`."""

    form = "average_pool"

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """A sum under each window, and a product with one over its size."""
        n = T * math.prod(self.out_shape)
        return n, n * (math.prod(self.size) - 1)


@dataclass(frozen=True, repr=False)
class MaxPool(Pool):
    """The largest value under each window, the first of equals; arguments as for :class:`Pool`."""

    form = "max_pool"

    def spikes_out(self, spikes_in: bool) -> bool:
        """The largest of some spikes is a spike or none."""
        return spikes_in

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """Comparisons are free."""
        return 0, 0
