"""Layers without parameters."""

from typing import Any, ClassVar

import numpy as np

from liaf_ref.door import keep
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.checks import check_init
from liaf_ref.layers.layer import Layer, Params
from liaf_ref.layers.sizes import check_step


class Plain(Layer):
    """A layer that has a shape and no parameters.

    Parameters
    ----------
    shape : tuple of int
        One time step of one sample: ``(L,)`` or ``(H, W, L)``.

    Raises
    ------
    InputError
        If it is something else.
    """

    equation: ClassVar[str] = "Section VI-B2"
    shape: Size

    def __post_init__(self) -> None:
        keep(self, ("shape",), check_step, f"{type(self).__name__}, {self.equation}")

    @property
    def source(self) -> str:
        """What errors call the layer."""
        return f"{type(self).__name__}({self.shape}), {self.equation}"

    @property
    def in_shape(self) -> Size:
        """Shape of one time step's input of one sample."""
        return self.shape

    def shapes(self) -> dict[str, Size]:
        """No parameters."""
        return {}

    def init(self, rng: np.random.Generator | int, dtype: Any = np.float64) -> Params:
        """No parameters; see :meth:`Layer.init`."""
        check_init(rng, dtype)
        return {}
