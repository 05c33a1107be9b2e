"""What batch and layer normalization have in common: a scale and a shift."""

from typing import Any

import numpy as np

from liaf_ref._core.validation import check_number, validate_fields
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.base import ShapedLayer
from liaf_ref.layers.parametrized import Params
from liaf_ref.layers.shape_validation import check_step_shape, validate_shape


class Normalization(ShapedLayer):
    """Mean 0 and variance 1 over some axes, then scale and shift."""

    eps: float

    def __post_init__(self) -> None:
        validate_shape(self, check_step_shape, self._class_label)
        expected = "a finite number > 0"
        validate_fields(self, ("eps",), check_number, self._class_label, lambda e: e > 0, expected)

    @property
    def _scale_shape(self) -> Size:
        return self.shape[-1:]

    def param_shapes(self) -> dict[str, Size]:
        """Shapes of scale and shift."""
        return {"gamma": self._scale_shape, "b": self._scale_shape}

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Scale 1 and shift 0."""
        shape = self._scale_shape
        return {"gamma": np.ones(shape, dtype), "b": np.zeros(shape, dtype)}
