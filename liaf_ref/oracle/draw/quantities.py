"""Classes of sizes, windows, options and numbers: each with what is in it, or how to draw it."""

import math
from bisect import bisect
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.opset import OPS, PADDING, SIZES, Option

Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]
# Beside a threshold or a window's edge: below 1e-5, and below 1e-6; sums to 8 of both are exact.
BESIDE, NEXT = 2.0**-17, 2.0**-21


class SizeClass(NamedTuple):
    """Sizes that a backend may treat alike."""

    has: Callable[[int], bool]
    drawn: Sequence[int]  # the smallest first; the most often drawn more than once


def _beyond(n: int) -> SizeClass:
    return SizeClass(lambda size: size > n, (n + 1, n + 1, n + 2, n + 3 + n // 8))


def _beside(offset: int) -> SizeClass:
    powers = [2**k for k in range(2, 9)]
    return SizeClass(lambda n: n - offset in powers, [p + offset for p in powers])


POWERS = (16, 32, 64, 128, 256, 512, 1024, 4096, 16384)
SIZE_CLASSES: Mapping[str, SizeClass] = {
    "1": SizeClass(lambda n: n == 1, (1,)),
    "2": SizeClass(lambda n: n == 2, (2,)),
    "3": SizeClass(lambda n: n == 3, (3,)),
    "few": SizeClass(lambda n: 3 < n < 10, (4, 5, 6, 7, 8, 9)),
    "2^k-1": _beside(-1),
    "2^k": _beside(0),
    "2^k+1": _beside(1),
    "8k": SizeClass(lambda n: n % 8 == 0, (8, 8, 16, 24, 40)),
    "32k": SizeClass(lambda n: n % 32 == 0 and n > 32, (64, 64, 96, 128)),
    **{f">{n}": _beyond(n) for n in POWERS},
}
ALONE = [name for name in SIZE_CLASSES if name[0] != ">" or (len(name) < 5 and name != ">512")]
FEW, PLANES = (1, 2, 3, 4, 5, 7, 8, 9), (4, 5, 7, 8, 9, 11, 12)
MANY = (15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257)
TOGETHER = ("1", ">16", ">32", ">64")  # classes that two sizes have at once
TILES = ("8k", "32k")  # and that sizes of a matrix have
JOINT, JOINT_CLASSES = ("1", ">32"), ("1", ">128")  # of a size beside something else
JOINT_STEPS = ("1", "few", ">16", ">32")
WINDOWS: Mapping[object, Mapping[str, Sequence[int]]] = {  # of the same number on each axis
    SIZES: {"1": (1,), "2": (2,), "3": (3,), "large": (5, 7, 7, 9), "uneven": (1, 2, 3, 4, 5, 7)},
    PADDING: {"0": (0,), "1": (1,), "large": (2, 3, 4), "uneven": (0, 0, 1, 2, 3)},
}
OFTEN = {"stride": ("1", "1", "2", "uneven")}  # windows further apart leave out more


@cache
def size_classes(n: int) -> tuple[str, ...]:
    """The classes of a size."""
    return tuple(name for name, of in SIZE_CLASSES.items() if of.has(n))


def least_size(value: str) -> int:
    """The smallest size of a class; 1 for what is no size."""
    return SIZE_CLASSES[value].drawn[0] if value in SIZE_CLASSES else 1


def option_class(option: Option, value: Any) -> str:
    """A value of an option, or the class of a window's numbers."""
    if (classes := WINDOWS.get(option.values)) is None:
        return str(value)
    first, *others = {*np.ravel(value).tolist()}
    return "uneven" if others else str(first) if str(first) in classes else "large"


def option_classes(op: str, name: str, has: Mapping[str, Collection[Any]]) -> Sequence[str]:
    """The classes of an option's values, or the values."""
    return [*WINDOWS.get(OPS[op].options[name].values, map(str, option_values(op, name, has)))]


def option_values(op: str, name: str, has: Mapping[str, Collection[Any]]) -> Sequence[Any]:
    """The values of an option that are listed, and that a backend has; some of any number."""
    option = OPS[op].options[name]
    if not isinstance(option.values, tuple):
        return NUMBERS.get(name) or (option.default,)
    return [v for v in option.values if v in has.get(f"{op}.{name}", option.values)]


def one_of(rng: np.random.Generator, values: Sequence[Any]) -> Any:
    """A value, of any type."""
    return values[int(rng.integers(len(values)))]


def one_by_weight(rng: np.random.Generator, weights: Mapping[Any, float]) -> Any:
    """A key, the more often the more it weighs."""
    sums = [*accumulate(weights.values())]
    return [*weights][bisect(sums, rng.random() * sums[-1])]


def _between(low: float, high: float) -> Draw:
    return lambda rng, shape: rng.uniform(low, high, shape)


def _signed(*sizes: Draw, signs: tuple[float, ...] = (-1.0, 1.0)) -> Draw:
    """Each array from one of the draws, with signs."""
    return lambda rng, shape: one_of(rng, sizes)(rng, shape) * rng.choice(signs, shape)


def _mostly(usual: Draw, other: Draw) -> Draw:
    """A fifth of the numbers from elsewhere, or the last of each row; one at least."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        is_other = rng.random(shape) < 0.2
        if shape and rng.random() < 0.3:
            is_other[...] = np.arange(shape[-1]) == shape[-1] - 1
        is_other.flat[rng.integers(max(is_other.size, 1), size=min(is_other.size, 1))] = True
        return np.where(is_other, other(rng, shape), usual(rng, shape))

    return draw


def _whole(low: int, high: int) -> Draw:
    return lambda rng, shape: rng.integers(low, high, shape).astype(float)


def _near(middle: Draw) -> Draw:
    """All numbers of an array near one that is large."""
    return lambda rng, shape: middle(rng, ()) + rng.uniform(-2, 2, shape)


def _carrying(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Weights that pass each number on to one neuron, so that gradients live for many steps."""
    rows, columns = np.arange(shape[-2]), np.arange(shape[-1])
    hits = rng.permutation(shape[-2])[columns % shape[-2]][None] == rows[:, None]
    return np.broadcast_to(hits * rng.uniform(0.9, 1, (shape[-2], shape[-1])), shape)


OVERFLOW = (_between(90, 99), _between(720, 792))  # exp of these is no float32, no float64
ZERO, ONE, USUAL = _between(0, 0), _between(1, 1), _between(-1, 1)
SMALL = _between(-(2.0**-10), 2.0**-10)
SUBNORMAL = _signed(_between(2.0**-140, 2.0**-127))
FINAL = {"usual": USUAL, "0": ZERO, "large": _between(-40, 40), "none": ZERO}
ANY_SIGN: Mapping[str, Draw] = {
    "usual": USUAL,
    "0": ZERO,
    "negative": _between(-1, -0.25),
    "large": _between(-8, 8),
    "huge": _between(-1000, 1000),
}
REGIONS: Mapping[str, Mapping[str, Draw]] = {
    "X": {
        "usual": _between(-1.5, 1.5),
        "events": _whole(0, 2),
        "huge": _mostly(_between(-2, 2), _between(-(2.0**20), 2.0**20)),
        "offset": _near(_between(64, 512)),
        "offset below": _near(_between(-512, -64)),
        "0": _mostly(ZERO, _between(-2, 2)),
        "small": SMALL,
        "subnormal": _mostly(USUAL, SUBNORMAL),
        "positive": _between(0.25, 4),
        "negative": _between(-4, -0.25),
        "large": _mostly(USUAL, _between(-12, 12)),
        "steep": _signed(_between(17, 60)),
        "overflow": _mostly(_between(-2, 2), _signed(*OVERFLOW, signs=(1.0,))),
        "underflow": _mostly(_between(-2, 2), _signed(*OVERFLOW, signs=(-1.0,))),
        "open": _between(3, 6),
        "shut": _between(-6, -3),
    },
    "alpha": {
        "usual": _between(0.25, 0.95),
        "0": ZERO,
        "1": ONE,
        "half": _between(0.5, 0.5),
        "above 1": _between(1.1, 2.5),
        "growing": _between(1, 1.1),
        "negative": _between(-1, -0.25),
        "mixed": _mostly(USUAL, ONE),
    },
    "v_th": {
        "usual": _between(0.25, 0.75),
        "0": ZERO,
        "negative": _between(-1, -0.25),
        "large": _between(2, 8),
        "huge": _between(2.0**10, 2.0**20),
        "below": _between(-(2.0**10), -8),
        "mixed": _between(-1, 2),
    },
    "v_reset": {**ANY_SIGN, "usual": _between(-0.25, 0.25), "large": _between(1, 8)},
    "beta": {**ANY_SIGN, "usual": _between(-0.1, 0.1), "large": _between(1, 4)},
    "state": {**ANY_SIGN, "usual": _between(-0.5, 0.5)},
    "cell": {**ANY_SIGN, "usual": _between(-0.5, 0.5)},
    "final": FINAL,
    "final cell": FINAL,
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
        "carrying": _carrying,
    },
    "b": {**ANY_SIGN, "small": SMALL},
    "gamma": {**ANY_SIGN, "usual": _between(0.5, 1.5), "1": ONE},
    "m": ANY_SIGN,
    "v": {
        "usual": _between(0.25, 2),
        "0": ZERO,
        "small": _between(0, 0.01),
        "large": _between(8, 99),
        "huge": _between(1000, 2.0**20),
    },
    "M": {"usual": ONE, "real": _between(-2, 2), "0": ZERO, "1": ONE},  # usual: 0 or 1 / keep
    "indices": dict.fromkeys(("usual", "edges", "same", "padded"), ZERO),  # see draw_indices
}
ALIKE = {  # quantities that are drawn alike
    **dict.fromkeys(("W", "U", "E"), "weights"),
    **dict.fromkeys(("V0", "h0", "I0"), "state"),
    **dict.fromkeys(("VT", "hT", "IT"), "final"),
    "c0": "cell",
    "cT": "final cell",
    "Y": "up",
    "decay": "alpha",
}
EXTREME = {"large", "huge", "below", "offset", "offset below", "small", "subnormal", "steep"}
EXTREME |= {"overflow", "underflow", "above 1", "growing", "real", "carrying", "open", "shut"}
MODERATE = {  # what formats of few bits draw from
    quantity: [name for name in regions if name not in EXTREME]
    for quantity, regions in REGIONS.items()
}
LASTING: Mapping[str, Mapping[str, Sequence[str]]] = {  # with these, gradients live for long
    "neuron": {"alpha": ("1",), "v_th": ("large", "large", "usual"), "X": ("usual", "positive")},
    "current": {"alpha": ("1",), "X": ("usual", "small")},
    "rnn": {"weights": ("carrying",), "state": ("usual",), "X": ("small",)},
    "gru": {"weights": ("carrying",), "state": ("usual",), "X": ("shut",)},
    "lstm": {"weights": ("carrying",), "state": ("usual",), "X": ("open",)},
    "convlstm": {"weights": ("carrying",), "state": ("usual",), "X": ("open",)},
}
# The numbers are whole multiples of these: coarse ones meet thresholds, and sums do not round.
GRIDS = {"fine": 0.0, "1/4": 0.25, "1/2": 0.5, "1": 1.0, "beside": 0.25, "next": 0.25}
NUMBERS: Mapping[str, tuple[float, ...]] = {  # the values of an option that takes any number
    "mu": (0.5, 0.25, 0.3, 0.0, 1.75, 3.0),
    "keep": (0.5, 0.75, 0.25, 0.125, 1.0),
    "eps": (1e-3, 1e-5, 0.1, 1e-8, 0.0),
    "momentum": (0.1, 0.75, 0.0, 1.0),
}
TRAINING, WITHOUT = -1, "left out"  # the place and a value of an optimizer's options
ADAM: Mapping[str, tuple[Any, ...]] = {
    "lr": (0.01, 0.1, 0.5),
    "beta1": (0.9, 0.5, 0.0, WITHOUT),
    "beta2": (0.999, 0.5, 0.0, WITHOUT),
    "eps": (1e-8, 1e-3, 1e-12, WITHOUT),
    "weight_decay": (0.1, 0.0, 0.1, WITHOUT),
    "steps": (1, 2, 3, 3, 4, 12, 20),
}
SGD = {"lr": (0.1, 0.01), "momentum": (0.9, 0.0, 0.96875, WITHOUT)}
OPTIMIZER_OPTIONS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "sgd": SGD | {name: ADAM[name] for name in ("weight_decay", "steps")},
    "adam": ADAM,
    "adamw": ADAM,
}
CARRIED = {"steps": "3", "weight_decay": "0.1", "momentum": "0.9"}  # from a step to the next


def quantities(op: str, is_first: bool, is_last: bool) -> list[str]:
    """What numbers an operation is given, by the names of their regions."""
    row = OPS[op]
    names = [*row.parameters, *(q for q in row.constants if q in REGIONS), "grid"]
    names += [q + at for q in row.states for at in "0T"]
    names += ["X"] if is_first and not (row.index_limit and not row.target) else []
    names += ["up"] if is_last and row.target is None else []
    names += ["indices"] if row.index_limit else []
    return sorted({ALIKE.get(name, name) for name in names})


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
    kind, at = ALIKE.get(quantity, quantity), regions["grid"]
    of = "v_th" if kind == "X" and at == "next" else kind  # near the thresholds
    drawn, grid = REGIONS[of][regions[of]](rng, shape), GRIDS[at]
    if kind == "weights" and quantity != "E" and regions[of] != "carrying":
        drawn = drawn / math.sqrt(max(math.prod(shape[:-1]), 1))
    if kind == "up" and regions["up"] == "late" and len(shape) > 2:
        drawn[:, :-1] = 0
    if grid and (kind != "X" or abs(drawn).max(initial=0) > grid / 2):
        if kind == "weights":  # not all 0
            drawn = np.sign(drawn) * np.maximum(abs(drawn), grid * (rng.random(shape) < 0.2))
        beside = (at == "beside" and kind in {"X", "state", "b"}, at == "next" and kind == "X")
        grid = finest if beside[0] and finest is not None else grid
        drawn = np.rint(drawn / grid) * grid
        if any(beside) and finest is None:
            drawn = drawn + (BESIDE if beside[0] else NEXT) * rng.integers(-1, 2, shape)
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
    if region == "padded":
        found[..., shape[-1] - int(rng.integers(1, shape[-1] + 1)) :] = 0
    found.flat[rng.integers(found.size)] = limit - 1
    return found
