"""Arrays as lists of lists, down to numbers."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

Nested: TypeAlias = Any  # a number, or a list of Nested of one shape


def shape(A: Nested) -> tuple[int, ...]:
    """Lengths of the axes, the outermost first; of a number ``()``."""
    return (len(A), *shape(A[0])) if isinstance(A, list) else ()


def map_nested(f: Callable[..., Any], *A: Nested) -> Nested:
    """Apply a function entry by entry to arrays of one shape."""
    if isinstance(A[0], list):
        return [map_nested(f, *parts) for parts in zip(*A, strict=True)]
    return f(*A)


def leaves(A: Nested) -> Iterator[Any]:
    """Every entry in row-major order."""
    if isinstance(A, list):
        for part in A:
            yield from leaves(part)
    else:
        yield A


def item_at(A: Nested, index: tuple[int, ...]) -> Nested:
    """The entry at an index."""
    for i in index:
        A = A[i]
    return A


def build_nested(sizes: tuple[int, ...], f: Callable[[tuple[int, ...]], Any]) -> Nested:
    """An array of a shape, each entry a function of its index."""
    if not sizes:
        return f(())

    def part(i: int) -> Nested:
        return build_nested(sizes[1:], lambda rest: f((i, *rest)))

    return [part(i) for i in range(sizes[0])]


def broadcast(A: Nested, sizes: tuple[int, ...]) -> Nested:
    """Share entries along axes that are missing in front or have length 1."""
    own = shape(A)

    def entry(index: tuple[int, ...]) -> Any:
        inner = index[len(index) - len(own) :]
        return item_at(A, tuple(i if n > 1 else 0 for i, n in zip(inner, own, strict=True)))

    return build_nested(sizes, entry)
