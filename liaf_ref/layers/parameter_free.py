"""Layers without parameters."""

from typing import Any, ClassVar

import numpy as np

from liaf_ref._core.validation import validate_fields
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.base import Layer, Params
from liaf_ref.layers.shape_validation import check_step_shape
from liaf_ref.layers.validation import check_init_arguments


class ParameterFreeLayer(Layer):
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
        validate_fields(
            self, ("shape",), check_step_shape, f"{type(self).__name__}, {self.equation}"
        )

    @property
    def label(self) -> str:
        """What errors call the layer."""
        return f"{type(self).__name__}({self.shape}), {self.equation}"

    @property
    def in_shape(self) -> Size:
        """Shape of one time step's input of one sample."""
        return self.shape

    def param_shapes(self) -> dict[str, Size]:
        """No parameters."""
        return {}

    def init(self, rng: np.random.Generator | int, dtype: Any = np.float64) -> Params:
        """No parameters; see :meth:`Layer.init`."""
        check_init_arguments(rng, dtype)
        return {}
