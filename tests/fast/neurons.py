"""Random float32 neurons for the tests of the fast twin."""

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from liaf_ref.fast import memory_layout
from liaf_ref.kernels import activation, spike
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params

EPS = 2.0**-23
ACTS = activation.ACTIVATIONS | {"spike": spike.paper(0.4)}
SHAPES = {"dense": (5, 6, 7), "image": (2, 6, 3, 4, 5)}
SHARING: dict[str, Callable[[tuple[int, ...]], list[tuple[int, ...]]]] = {
    "all": lambda S: [(1,)] * 4,
    "channel": lambda S: [S[-1:]] * 4,
    "non": lambda S: [S] * 4,
    "mixed": lambda S: [S, (1,), S[-1:], (1, S[-1])[-len(S) :]],
}
# The tests' own small chunks put every boundary into small arrays.
CHUNKS = [memory_layout.CHUNK, 16, 3]


def draw(shape: tuple[int, ...], sharing: str, seed: int = 0) -> tuple[Array, Array, Params]:
    """I, V and parameters in float32."""
    rng = np.random.default_rng(seed)
    B, _, *S = shape
    I = rng.normal(0.3, 0.6, shape).astype(np.float32)
    V = rng.normal(0, 0.4, (B, *S)).astype(np.float32)
    shapes = SHARING[sharing](tuple(S))
    centres = (0.45, 0.12, 0.4, 0.07)
    p = (
        rng.uniform(x - 0.05, x + 0.05, size).astype(np.float32)
        for x, size in zip(centres, shapes, strict=True)
    )
    return I, V, Params(*p)


def to_float64(I: Array, V: Array, p: Params) -> tuple[Array, Array, Params]:
    """The same in float64."""
    return I.astype(np.float64), V.astype(np.float64), Params(*(x.astype(np.float64) for x in p))


def fill_new_arrays_with_nan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make new memory hold NaN, so that what is read before it is set shows."""
    empty = memory_layout.empty

    def poisoned(shape: tuple[int, ...]) -> Array:
        X = empty(shape)
        X.fill(np.nan)
        return X

    monkeypatch.setattr(memory_layout, "empty", poisoned)


def forbid_reference(monkeypatch: pytest.MonkeyPatch, reference: ModuleType) -> None:
    """Let the definition refuse, so that what is handed over to it shows."""

    def refuse(*_: object) -> None:
        raise AssertionError(f"handed over to {reference.__name__}")

    for name in ("forward", "backward"):
        monkeypatch.setattr(reference, name, refuse)
