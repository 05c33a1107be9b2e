"""A chain refuses what is no row of layers, and the plain layers what is no shape of a step."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from layers.rows import SPIKE, nested
from layers.samples import B, T, X, params
from liaf_ref import layers
from liaf_ref.errors import InputError
from liaf_ref.layers import Chain, Dense, Frugal, Part


def chain(*parts: Any, kind: type[Chain] = Chain) -> Callable[[], object]:
    return lambda: kind(parts)


ROW = Chain((Part("one", Dense(2, 3)), Part("two", Dense(3, 2))))
SOURCE = "Chain, Section II-D"
ONE, TWO = ROW.parts
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "nothing": (chain(), f"parts of {SOURCE}: expected a tuple of Parts, got tuple ()"),
    "a list": (
        lambda: Chain(list(ROW.parts)),  # type: ignore[arg-type]
        f"parts of {SOURCE}: expected a tuple of Parts, got list [Part(name='one'",
    ),
    "layers without names": (chain(Dense(2, 3)), "expected a Part each, got Dense Dense(2, 3)"),
    "names without Part": (chain(("one", Dense(2, 3))), "expected a Part each, got tuple ('one'"),
    "a name twice": (
        chain(Part("fc", Dense(2, 3)), Part("fc", Dense(3, 2))),
        f"parts of {SOURCE}: expected a name each, got fc, fc",
    ),
    "a name with a dot": (
        chain(Part("fc.1", Dense(2, 3))),
        f"parts of {SOURCE}: expected names without a dot, got str 'fc.1'",
    ),
    "no name": (chain(Part("", Dense(2, 3))), "expected names without a dot, got str ''"),
    "a number for a name": (
        chain(Part(1, Dense(2, 3))),  # type: ignore[arg-type]
        "expected names without a dot, got int 1",
    ),
    "no layer": (
        chain(Part("fc", "dense")),  # type: ignore[arg-type]
        f"fc of {SOURCE}: expected a layer, got str 'dense'",
    ),
    "shapes that do not fit": (
        chain(ONE, Part("three", Dense(2, 2))),
        f"three of {SOURCE}: expected inputs of shape (3,), got Dense(2, 2), Eq. (2)",
    ),
    "no source": (
        lambda: Chain(ROW.parts, 3),  # type: ignore[arg-type]
        "source of a layer: expected a text, got int 3",
    ),
    "frugal with nothing": (
        chain(*ROW.parts, kind=Frugal),
        f"parts of {SOURCE}: expected a layer with dynamics, whose potentials are kept, got none",
    ),
    "parameters of another": (
        lambda: ROW.forward({"one.W": np.ones((2, 3))}, X(ROW)),
        f"parameters of {SOURCE}: expected one.W, one.b, two.W, two.b; missing: one.b, two.W",
    ),
    "state of another": (
        lambda: Chain(nested(SPIKE)).forward(params(Chain(nested(SPIKE))), np.ones((B, T, 2)), ()),
        f"state of {SOURCE}: expected a tuple of 2 arrays, got 0",
    ),
    "tape of its part": (
        lambda: ROW.backward(np.ones((B, T, 2)), ONE.layer.forward(params(ONE.layer), X(ROW))[2]),
        f"tape of {SOURCE} (backward): expected its own, got that of Dense(2, 3)",
    ),
    "tape of the frugal one": (
        lambda: Chain(nested(SPIKE)).backward(
            np.ones((B, T, 2)),
            Frugal(nested(SPIKE)).forward(params(Frugal(nested(SPIKE))), np.ones((B, T, 2)))[2],
        ),
        f"expected its own, got that of {SOURCE} with other options",
    ),
    "activation": (
        lambda: layers.Activation((3,), "gelu"),
        "act of Activation, Fig. 6: expected one of identity, relu, selu, tanh, sigmoid, got",
    ),
    "a table to flatten": (
        lambda: layers.Flatten((4, 3)),
        "shape of Flatten, Section VI-B2: expected (L,) or (H, W, L), got (4, 3)",
    ),
    "a size of no time step": (
        lambda: layers.Sumlayer((4, 0, 3)),
        "shape of Sumlayer, Section VI-B2: expected a whole number >= 1, got 0",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_wrong_guest_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message in str(refused.value)
