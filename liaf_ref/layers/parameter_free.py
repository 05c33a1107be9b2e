"""Layers without parameters."""

from typing import Any

import numpy as np

from liaf_ref.kernels.grid import Size
from liaf_ref.layers.base import Operations, ShapedLayer
from liaf_ref.layers.parametrized import Params
from liaf_ref.layers.shape_validation import check_step_shape, validate_shape


class ParameterFreeLayer(ShapedLayer):
    """A layer that has a shape, ``(L,)`` or ``(H, W, L)``, and no parameters."""

    equation = "Section VI-B2"

    def __post_init__(self) -> None:
        validate_shape(self, check_step_shape, self._class_label)

    def param_shapes(self) -> dict[str, Size]:
        """No parameters."""
        return {}

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """No parameters."""
        return {}


class NoOperations:
    """Mixin of layers that move, compare or look up, which is free."""

    def op_count(self, T: int, spikes_in: bool | None = None) -> Operations:
        """Nothing."""
        return 0, 0
