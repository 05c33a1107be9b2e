"""A kernel's problem and the same scalar value by autograd, and how to make them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from independent.comparison import Array, Arrays

from gradients.gradient_problem import GradientProblem


class KernelCase(NamedTuple):
    """A problem and the same scalar value said with autograd's NumPy."""

    problem: GradientProblem
    autograd_value: Callable[[Any], Any]


def normal_arrays(seed: int = 21, /, **shapes: tuple[int, ...]) -> dict[str, Array]:
    """Named arrays of normal numbers."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def inner_product(values: tuple[Any, ...], cotangents: tuple[Array, ...]) -> Any:
    """The scalar whose gradient in the values are the cotangents."""
    return sum((v * d).sum() for v, d in zip(values, cotangents, strict=True))


def make_case(
    point: Arrays,
    cotangents: tuple[Array, ...],
    outputs: Callable[[Any], tuple[Any, ...]],
    gradient: Callable[[Arrays], Arrays],
    autograd_outputs: Callable[[Any], tuple[Any, ...]],
) -> KernelCase:
    """Of several outputs the sum of their products with cotangents."""
    problem = GradientProblem(
        point, lambda at: np.asarray(inner_product(outputs(at), cotangents)), gradient
    )
    return KernelCase(problem, lambda at: inner_product(autograd_outputs(at), cotangents))
