"""Numbers that should agree, and what is said when they do not."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = Mapping[str, Array]
Value = Callable[[Arrays], Array]
Along = Callable[[str, Arrays], Callable[[], Array]]


def moving(value: Value, along: Along | None, name: str, point: Arrays) -> Callable[[], Array]:
    """The value while one array is changed in place, from where it matters on if that is known."""
    return along(name, point) if along else partial(value, point)


def assert_agree(name: str, got: Array, want: Array, tolerance: float) -> None:
    """Largest difference at most ``tolerance`` times the largest entry of ``want``.

    A tensor whose wanted entries are all zero has to be exactly zero.
    """
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, f"{name}: shape {got.shape}, wanted {want.shape}"
    off = abs(got - want)
    scale = abs(want).max()
    where = np.unravel_index(int(off.argmax()), off.shape)
    entry = name + str([int(i) for i in where])
    assert off.max() <= tolerance * scale, (
        f"{entry}: got {got[where]!r}, wanted {want[where]!r}; they differ by {off.max():.3g}, "
        f"allowed is {tolerance:.0e} of the largest wanted entry {scale:.6g}"
    )


def assert_all_agree(got: Arrays, want: Arrays, tolerance: float) -> None:
    """:func:`assert_agree` for every tensor; both sides have the same names."""
    assert set(got) == set(want), f"tensors {sorted(got)}, wanted {sorted(want)}"
    for name, tensor in want.items():
        assert_agree(name, got[name], tensor, tolerance)


def worst(got: Arrays, want: Arrays) -> float:
    """Largest difference over the largest entry of its tensor, of all tensors that are not zero."""
    pairs = [(np.asarray(got[name]), np.asarray(tensor)) for name, tensor in want.items()]
    parts = [float(abs(g - w).max() / abs(w).max()) for g, w in pairs if abs(w).max() > 0]
    return max(parts, default=0.0)


def assert_same(name: str, got: Array, want: Array) -> None:
    """Equal to the last bit, in shape and in dtype."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.dtype == want.dtype, f"{name}: dtype {got.dtype}, wanted {want.dtype}"
    assert got.shape == want.shape, f"{name}: shape {got.shape}, wanted {want.shape}"
    wrong = np.argwhere(got != want)
    assert not len(wrong), (
        f"{name}{wrong[0].tolist()}: got {got[tuple(wrong[0])]!r}, "
        f"wanted exactly {want[tuple(wrong[0])]!r} ({len(wrong)} entries differ)"
    )
