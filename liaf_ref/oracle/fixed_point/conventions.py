"""What a fixed-point backend may do instead: round or overflow otherwise, more often, or never."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.dense import Params, Tape
from liaf_ref.oracle.conventions.convention import Convention, replace_functions
from liaf_ref.oracle.fixed_point.kernels import fixed_point_kernels
from liaf_ref.oracle.fixed_point.words import OVERFLOWS, ROUNDINGS, Words
from liaf_ref.oracle.opset import OPS

EVERYWHERE = frozenset(OPS)


def other_words(words: Words) -> Iterator[Convention]:
    """Each other rule for rounding and for overflow, and other places of the roundings."""
    for name in ROUNDINGS:
        if name != words.rounding:
            other = words._replace(rounding=name)
            yield _stored_as(f'rounding = "{name}"', "Results are rounded by another rule.", other)
    for name in OVERFLOWS:
        if name != words.overflow:
            other = words._replace(overflow=name)
            yield _stored_as(f'overflow = "{name}"', "What is too large becomes another.", other)
    yield _stored_as(
        "no rounding",
        "Nothing is rounded or saturated: the backend computes in floating point.",
        _FloatingPoint(),
    )
    yield Convention(
        "products rounded before they are added",
        "Each product of a dense layer is rounded to a word, not their sum.",
        frozenset({"dense"}),
        lambda kernels: kernels._replace(dense=_rounded_products(words.store, kernels.dense)),
    )
    yield Convention(
        "bias added after rounding",
        "The sum of products is rounded and saturated before the bias is added.",
        frozenset({"dense"}),
        lambda kernels: kernels._replace(dense=_late_bias(words.store, kernels.dense)),
    )


class _FloatingPoint:
    """Words of so many bits that nothing is rounded."""

    def store(self, x: Array) -> Array:
        """What was given."""
        return x


def _stored_as(name: str, description: str, words: Any) -> Convention:
    return Convention(name, description, EVERYWHERE, partial(fixed_point_kernels, words))


def _rounded_products(store: Callable[[Array], Array], dense: Any) -> Any:
    def product(X: Array, W: Array) -> Array:
        return np.asarray(store(X[..., None] * W).sum(axis=-2))

    def forward(X: Array, p: Params) -> tuple[Array, Tape]:
        return product(X, p.W) + p.b, Tape(X, p)

    return replace_functions(dense, forward=forward)


def _late_bias(store: Callable[[Array], Array], dense: Any) -> Any:
    def forward(X: Array, p: Params) -> tuple[Array, Tape]:
        return store(X @ p.W) + p.b, Tape(X, p)

    return replace_functions(dense, forward=forward)
