"""A kernel's gradient as a problem of a scalar value, and how to make it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from independent.comparison import Array, Arrays

from gradients.gradient_problem import GradientProblem


def normal_arrays(seed: int = 21, /, **shapes: tuple[int, ...]) -> dict[str, Array]:
    """Named arrays of normal numbers."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def make_case(
    point: Arrays,
    cotangents: tuple[Array, ...],
    outputs: Callable[[Any], tuple[Any, ...]],
    gradient: Callable[[Arrays], Arrays],
) -> GradientProblem:
    """Of several outputs the sum of their products with cotangents."""

    def value(at: Arrays) -> Array:
        pairs = zip(outputs(at), cotangents, strict=True)
        return np.asarray(sum((v * d).sum() for v, d in pairs))

    return GradientProblem(point, value, gradient)
