"""Where the numbers of each quantity come from: the regions of its values."""

import math
from collections.abc import Callable, Collection, Mapping

import numpy as np

from liaf_ref.kernels.array import Array

Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]
BESIDE = 2.0**-17  # of a threshold or a window's edge: below 1e-5, and exact in float32


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


OVERFLOW = (_between(90, 99), _between(720, 792))  # exp of these is no float32, no float64
ZERO, ONE, USUAL = _between(0, 0), _between(1, 1), _between(-1, 1)
SMALL = _between(-(2.0**-10), 2.0**-10)
NEGATIVE = _between(-1, -0.25)
SUBNORMAL = _signed(_between(2.0**-140, 2.0**-127))
REGIONS: Mapping[str, Mapping[str, Draw]] = {
    "X": {
        "usual": _between(-1.5, 1.5),
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
        "negative": NEGATIVE,
        "mixed": _mostly(USUAL, ONE),
    },
    "v_th": {
        "usual": _between(0.25, 0.75),
        "0": ZERO,
        "negative": NEGATIVE,
        "large": _between(2, 8),
        "mixed": _between(-1, 2),
    },
    "v_reset": {
        "usual": _between(-0.25, 0.25),
        "0": ZERO,
        "negative": NEGATIVE,
        "large": _between(1, 8),
    },
    "beta": {
        "usual": _between(-0.1, 0.1),
        "0": ZERO,
        "negative": NEGATIVE,
        "large": _between(1, 4),
    },
    "state": {"usual": _between(-0.5, 0.5), "0": ZERO, "large": _between(-8, 8)},
    "final": {"usual": USUAL, "0": ZERO, "large": _between(-40, 40), "none": ZERO},
    "up": {
        "usual": USUAL,
        "large": _between(-40, 40),
        "0": _mostly(ZERO, USUAL),
        "small": SMALL,
        "late": USUAL,
    },
    "W": {"usual": USUAL, "large": _between(-3, 3), "small": _between(-0.1, 0.1)},
    "b": {
        "usual": USUAL,
        "0": ZERO,
        "small": SMALL,
        "negative": NEGATIVE,
        "large": _between(-8, 8),
    },
    "gamma": {"usual": _between(0.5, 1.5), "0": ZERO, "negative": NEGATIVE, "large": USUAL},
    "m": {"usual": USUAL, "0": ZERO, "large": _between(-8, 8)},
    "v": {"usual": _between(0.25, 2), "small": _between(0, 0.01), "large": _between(8, 99)},
}
ALIKE = {  # quantities that are drawn alike
    **dict.fromkeys(("U", "E"), "W"),
    **dict.fromkeys(("V0", "h0", "c0"), "state"),
    **dict.fromkeys(("VT", "hT", "cT"), "final"),
    "Y": "up",
}
EXTREME = ("large", "small", "subnormal", "steep", "overflow", "underflow", "above 1")
MODERATE = {  # what formats of few bits draw from
    quantity: [name for name in regions if name not in EXTREME]
    for quantity, regions in REGIONS.items()
}
# The numbers are whole multiples of these: coarse ones meet thresholds, and sums do not round.
GRIDS = {"fine": 0.0, "1/4": 0.25, "1/2": 0.5, "1": 1.0, "beside": 0.25}
NUMBERS: Mapping[str, tuple[float, ...]] = {  # the values of an option that takes any number
    "mu": (0.5, 0.25, 0.3, 1.0, 0.125, 1.75, 3.0),
    "keep": (0.5, 0.75, 0.25, 0.125, 1.0),
    "eps": (1e-3, 1e-5, 0.1),
    "momentum": (0.1, 0.75, 0.0, 1.0),
}
ADAM = {
    "lr": (0.01, 0.1, 1e-3),
    "beta1": (0.9, 0.8),
    "beta2": (0.999, 0.95),
    "eps": (1e-8, 1e-3),
    "weight_decay": (0.0, 0.1),
    "steps": (1, 2, 3, 4),
}
OPTIMIZER_OPTIONS: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "sgd": {
        "lr": (0.1, 0.01),
        "momentum": (0.0, 0.9, 0.96875),
        "weight_decay": (0.0, 0.1),
        "steps": (1, 2, 3, 4),
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
    drawn = REGIONS[kind][regions[kind]](rng, shape)
    if kind == "W" and quantity != "E":
        drawn = drawn / math.sqrt(max(math.prod(shape[:-1]), 1))
    if kind == "up" and regions["up"] == "late" and len(shape) > 2:
        drawn[:, :-1] = 0
    if grid:
        if kind == "W":  # not all 0
            drawn = np.sign(drawn) * np.maximum(abs(drawn), grid * (rng.random(shape) < 0.2))
        is_beside = regions["grid"] == "beside" and kind in {"X", "state", "b"}
        if is_beside and finest is not None:
            grid = finest
        drawn = np.rint(drawn / grid) * grid
        if is_beside and finest is None:
            drawn = drawn + BESIDE * rng.integers(-1, 2, shape)
    return drawn.astype("float32").astype(float)
