"""What a fixed-point backend may do instead: round or overflow otherwise, more often, or never."""

from collections.abc import Callable, Iterator

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.deviations.deviation import Deviation, Edit, deviation
from liaf_ref.oracle.fixed_point.words import OVERFLOWS, ROUNDINGS, Words
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.table.tape import T, as_if


def other_words(words: Words) -> Iterator[Deviation]:
    """Each other rule for rounding and for overflow, and other places of the roundings."""
    for name in ROUNDINGS:
        if name != words.rounding:
            changed = words._replace(rounding=name)
            about = "Results are rounded by another rule."
            yield _stored_as(f'rounding = "{name}"', about, changed)
    for name in OVERFLOWS:
        if name != words.overflow:
            changed = words._replace(overflow=name)
            yield _stored_as(f'overflow = "{name}"', "What is too large becomes another.", changed)
    yield _stored_as(
        "no rounding",
        "Nothing is rounded or saturated: the backend computes in floating point.",
        None,
    )
    yield deviation(
        "products rounded before they are added",
        "Each product of a dense layer is rounded to a word, not their sum.",
        _dense(lambda X, W: words.store(X[..., None] * W).sum(axis=-2)),
    )
    yield deviation(
        "bias added after rounding",
        "The sum of products is rounded and saturated before the bias is added.",
        _dense(lambda X, W: words.store(X @ W)),
    )


def _stored_as(name: str, sentence: str, words: Words | None) -> Deviation:
    store = words.store if words else None
    return deviation(name, sentence, store=store, ops=OPS)


def _dense(product: Callable[[Array, Array], Array]) -> Edit:
    """A dense layer with another product, and the gradient of the paper's."""
    return Edit("matmul", lambda old: lambda X, W: as_if(T(product(X.v, W.v)), X @ W))
