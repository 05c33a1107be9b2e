"""Where the numbers of each quantity come from: the regions of its values."""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array

Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]
# Beside a threshold or a window's edge: below 1e-5, and below 1e-6; sums to 8 of both are exact.
BESIDE, NEXT = 2.0**-17, 2.0**-21


def _between(low: float, high: float) -> Draw:
    return lambda rng, shape: rng.uniform(low, high, shape)


def _signed(*sizes: Draw, signs: tuple[float, ...] = (-1.0, 1.0)) -> Draw:
    """Each array from one of the draws, with signs."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        size = sizes[rng.integers(len(sizes))]
        return np.asarray(size(rng, shape) * rng.choice(signs, shape))

    return draw


def _mostly(usual: Draw, other: Draw) -> Draw:
    """A fifth of the numbers from elsewhere, and one at least."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        is_other = rng.random(shape) < 0.2
        is_other.flat[rng.integers(max(is_other.size, 1), size=min(is_other.size, 1))] = True
        return np.where(is_other, other(rng, shape), usual(rng, shape))

    return draw


def _whole(low: int, high: int) -> Draw:
    return lambda rng, shape: rng.integers(low, high, shape).astype(float)


def _beside(middle: Draw) -> Draw:
    """All numbers of an array near one that is large, of either sign."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return np.asarray(rng.choice((-1, 1)) * middle(rng, ()) + rng.uniform(-2, 2, shape))

    return draw


OVERFLOW = (_between(90, 99), _between(720, 792))  # exp of these is no float32, no float64
ZERO, ONE, USUAL = _between(0, 0), _between(1, 1), _between(-1, 1)
SMALL = _between(-(2.0**-10), 2.0**-10)
NEGATIVE = _between(-1, -0.25)
SUBNORMAL = _signed(_between(2.0**-140, 2.0**-127))
REGIONS: Mapping[str, Mapping[str, Draw]] = {
    "X": {
        "usual": _between(-1.5, 1.5),
        "events": _whole(0, 2),
        "huge": _mostly(_between(-2, 2), _between(-(2.0**20), 2.0**20)),
        "offset": _beside(_between(64, 512)),
        "0": _mostly(ZERO, _between(-2, 2)),
        "small": SMALL,
        "subnormal": _mostly(USUAL, SUBNORMAL),
        "positive": _between(0.25, 4),
        "large": _mostly(USUAL, _between(-12, 12)),
        "steep": _signed(_between(17, 60)),
        "overflow": _mostly(_between(-2, 2), _signed(*OVERFLOW, signs=(1.0,))),
        "underflow": _mostly(_between(-2, 2), _signed(*OVERFLOW, signs=(-1.0,))),
    },
    "alpha": {
        "usual": _between(0.25, 0.95),
        "0": ZERO,
        "1": ONE,
        "half": _between(0.5, 0.5),
        "above 1": _between(1.1, 2.5),
        "growing": _between(1, 1.1),
        "negative": NEGATIVE,
        "mixed": _mostly(USUAL, ONE),
    },
    "v_th": {
        "usual": _between(0.25, 0.75),
        "0": ZERO,
        "negative": NEGATIVE,
        "large": _between(2, 8),
        "huge": _between(2.0**10, 2.0**20),
        "below": _between(-(2.0**10), -8),
        "mixed": _between(-1, 2),
    },
    "v_reset": {
        "usual": _between(-0.25, 0.25),
        "0": ZERO,
        "negative": NEGATIVE,
        "large": _between(1, 8),
        "huge": _between(-100, 100),
    },
    "beta": {
        "usual": _between(-0.1, 0.1),
        "0": ZERO,
        "negative": NEGATIVE,
        "large": _between(1, 4),
        "huge": _between(-100, 100),
    },
    "state": {
        "usual": _between(-0.5, 0.5),
        "0": ZERO,
        "large": _between(-8, 8),
        "huge": _between(-100, 100),
    },
    "final": {"usual": USUAL, "0": ZERO, "large": _between(-40, 40), "none": ZERO},
    "up": {
        "usual": USUAL,
        "large": _between(-40, 40),
        "huge": _mostly(USUAL, _between(-(2.0**17), 2.0**17)),
        "0": _mostly(ZERO, USUAL),
        "none": ZERO,
        "small": SMALL,
        "late": USUAL,
    },
    "weights": {
        "usual": USUAL,
        "large": _between(-3, 3),
        "huge": _mostly(USUAL, _between(-1000, 1000)),
        "small": _between(-0.1, 0.1),
    },
    "b": {
        "usual": USUAL,
        "0": ZERO,
        "small": SMALL,
        "negative": NEGATIVE,
        "large": _between(-8, 8),
        "huge": _between(-1000, 1000),
    },
    "gamma": {
        "usual": _between(0.5, 1.5),
        "0": ZERO,
        "1": ONE,
        "negative": NEGATIVE,
        "large": _between(-8, 8),
    },
    "m": {"usual": USUAL, "0": ZERO, "large": _between(-8, 8), "huge": _between(-1000, 1000)},
    "v": {
        "usual": _between(0.25, 2),
        "0": ZERO,
        "small": _between(0, 0.01),
        "large": _between(8, 99),
        "huge": _between(1000, 2.0**20),
    },
    "M": {"usual": ONE, "real": _between(-2, 2), "0": ZERO, "1": ONE},  # usual: 0 or 1 / keep
    "indices": {"usual": ZERO, "edges": ZERO, "same": ZERO},  # see draw_indices
}
ALIKE = {  # quantities that are drawn alike
    **dict.fromkeys(("W", "U", "E"), "weights"),
    **dict.fromkeys(("V0", "h0", "c0"), "state"),
    **dict.fromkeys(("VT", "hT", "cT"), "final"),
    "Y": "up",
}
EXTREME = {"large", "huge", "below", "offset", "small", "subnormal", "steep", "overflow"}
EXTREME |= {"underflow", "above 1", "growing", "real"}
MODERATE = {  # what formats of few bits draw from
    quantity: [name for name in regions if name not in EXTREME]
    for quantity, regions in REGIONS.items()
}
# The numbers are whole multiples of these: coarse ones meet thresholds, and sums do not round.
GRIDS = {"fine": 0.0, "1/4": 0.25, "1/2": 0.5, "1": 1.0, "beside": 0.25, "next": 0.25}
NUMBERS: Mapping[str, tuple[float, ...]] = {  # the values of an option that takes any number
    "mu": (0.5, 0.25, 0.3, 0.0, 1.75, 3.0),
    "keep": (0.5, 0.75, 0.25, 0.125, 1.0),
    "eps": (1e-3, 1e-5, 0.1, 1e-8, 0.0),
    "momentum": (0.1, 0.75, 0.0, 1.0),
}
WITHOUT = "left out"  # an option of an optimizer
ADAM = {
    "lr": (0.01, 0.1, 0.5),
    "beta1": (0.9, 0.5, 0.0, WITHOUT),
    "beta2": (0.999, 0.5, 0.0, WITHOUT),
    "eps": (1e-8, 1e-3, 1e-12, WITHOUT),
    "weight_decay": (0.0, 0.1, WITHOUT),
    "steps": (1, 2, 3, 4, 12, 20),
}
OPTIMIZER_OPTIONS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "sgd": {
        "lr": (0.1, 0.01),
        "momentum": (0.0, 0.9, 0.96875, WITHOUT),
        "weight_decay": (0.0, 0.1, WITHOUT),
        "steps": ADAM["steps"],
    },
    "adam": ADAM,
    "adamw": ADAM,
}


def kind_of(quantity: str) -> str:
    """The name of its regions."""
    return ALIKE.get(quantity, quantity)


def regions_of(quantity: str, allowed: Mapping[str, Collection[str]]) -> list[str]:
    """The regions of a quantity, or those of them that are allowed."""
    names = GRIDS if quantity == "grid" else REGIONS[quantity]
    return [name for name in names if name in allowed.get(quantity, names)]


def draw_numbers(
    rng: np.random.Generator,
    quantity: str,
    shape: tuple[int, ...],
    regions: Mapping[str, str],
    finest: float | None = None,
) -> Array:
    """An array of a quantity, each number a float32; ``finest`` is the step of a short format."""
    kind, grid = kind_of(quantity), GRIDS[regions["grid"]]
    of = "v_th" if kind == "X" and regions["grid"] == "next" else kind  # near the thresholds
    drawn = REGIONS[of][regions[of]](rng, shape)
    if kind == "weights" and quantity != "E":
        drawn = drawn / math.sqrt(max(math.prod(shape[:-1]), 1))
    if kind == "up" and regions["up"] == "late" and len(shape) > 2:
        drawn[:, :-1] = 0
    if grid:
        if kind == "weights":  # not all 0
            drawn = np.sign(drawn) * np.maximum(abs(drawn), grid * (rng.random(shape) < 0.2))
        is_beside = regions["grid"] == "beside" and kind in {"X", "state", "b"}
        if is_beside and finest is not None:
            grid = finest
        drawn = np.rint(drawn / grid) * grid
        if is_beside and finest is None:
            drawn = drawn + BESIDE * rng.integers(-1, 2, shape)
        if regions["grid"] == "next" and kind == "X" and finest is None:
            drawn = drawn + NEXT * rng.integers(-1, 2, shape)
    return drawn.astype("float32").astype(float)


def draw_indices(
    rng: np.random.Generator, limit: int, shape: tuple[int, ...], region: str
) -> Array:
    """Integers below a limit; the largest is one of them."""
    found = rng.integers(0, limit, shape)
    if region == "edges":  # the first, the last and those about powers of two
        powers = 2 ** np.arange(13)
        edges = np.unique([0, limit - 1, *powers, *(powers - 1)])
        found = rng.choice(edges[edges < limit], shape)
    if region == "same":
        found[...] = limit - 1
    found.flat[rng.integers(found.size)] = limit - 1
    return found
