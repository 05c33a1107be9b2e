"""A kernel's problem and the same scalar value by autograd, and how to make them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from witness.compare import Array, Arrays

from gradients.problem import Problem


class Case(NamedTuple):
    """A problem and the same scalar value said with autograd's NumPy."""

    problem: Problem
    outside: Callable[[Any], Any]


def normal(seed: int = 21, /, **shapes: tuple[int, ...]) -> dict[str, Array]:
    """Named arrays of normal numbers."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def dot(values: tuple[Any, ...], cotangents: tuple[Array, ...]) -> Any:
    """The scalar whose gradient in the values are the cotangents."""
    return sum((v * d).sum() for v, d in zip(values, cotangents, strict=True))


def case(
    at: Arrays,
    cotangents: tuple[Array, ...],
    outputs: Callable[[Any], tuple[Any, ...]],
    by_hand: Callable[[Arrays], Arrays],
    outside: Callable[[Any], tuple[Any, ...]],
) -> Case:
    """Of several outputs the sum of their products with cotangents."""
    problem = Problem(at, lambda at: np.asarray(dot(outputs(at), cotangents)), by_hand)
    return Case(problem, lambda at: dot(outside(at), cotangents))
