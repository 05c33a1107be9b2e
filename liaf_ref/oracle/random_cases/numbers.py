"""Where the numbers of a random case are drawn from."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.cases.distributions import (
    DYADIC_DISTRIBUTIONS,
    FINE_STEP,
    RANDOM_DISTRIBUTIONS,
    ZERO,
    UniformGrid,
)
from liaf_ref.oracle.random_cases.options import Choice

WEIGHTS_PER_SUM = 6  # weights that are not 0, of a long exact sum
LARGE, HUGE, SMALL = 100.0, 800.0, 2.0**-10  # exp of 100 is no float32, of 800 no float64


class Distribution(Protocol):
    """Something that arrays are drawn from."""

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw an array of float64."""


class OneOf(NamedTuple):
    """Each entry from one of several distributions."""

    parts: tuple[Distribution, ...]

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw."""
        drawn = np.stack([part.sample(rng, shape) for part in self.parts])
        chosen = rng.integers(0, len(self.parts), shape)
        entries: Array = np.take_along_axis(drawn, chosen[None], axis=0)[0]
        return entries


class Sparse(NamedTuple):
    """Mostly zeros: of the terms of each sum, about ``entries`` are not."""

    part: Distribution
    entries: float

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw."""
        terms = int(np.prod(shape[:-1])) if len(shape) > 1 else 1
        kept = rng.random(shape) < self.entries / max(terms, 1)
        return self.part.sample(rng, shape) * kept


class NonZero(NamedTuple):
    """No entry is 0: what a backend leaves out is missing."""

    part: UniformGrid

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw."""
        drawn = self.part.sample(rng, shape)
        return np.where(drawn == 0, self.part.step, drawn)


class Scaled(NamedTuple):
    """Each number times one of some factors."""

    part: Distribution
    factors: tuple[float, ...]

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw."""
        scaled: Array = self.part.sample(rng, shape) * rng.choice(self.factors, shape)
        return scaled


class ByFanIn(NamedTuple):
    """Smaller where sums have more terms, by a power of two."""

    part: Distribution
    more: int  # halvings

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw."""
        terms = int(np.prod(shape[:-1]))
        halvings = max(0, (max(terms, 1).bit_length() - 3) // 2 + self.more)
        scaled: Array = self.part.sample(rng, shape) * 2.0**-halvings
        return scaled


def _mostly(usual: Distribution, *others: Distribution) -> OneOf:
    """Most entries from one distribution, some from others."""
    return OneOf((*[usual] * 6, *others))


def _grids(step: float) -> Mapping[str, Mapping[str, Distribution]]:
    """The classes of neuron parameters on a grid; on whole numbers where the step is 1."""
    exact, whole = step > FINE_STEP, step == 1
    alphas: dict[str, Distribution] = {
        "0": UniformGrid(0.0, 0.0),
        "1": UniformGrid(1.0, 1.0),
        "half": UniformGrid(0.5, 0.5),
        "between": UniformGrid(0.015625, 0.984375),
        "above 1": UniformGrid(2.0, 2.0) if exact else UniformGrid(1.0625, 1.5),
        "negative": UniformGrid(-1.0, -1.0) if exact else UniformGrid(-1.0, -0.0625),
    }
    mixed = [alphas[k] for k in ("0", "1", "negative", "above 1")]
    thresholds: dict[str, Distribution] = {
        "usual": UniformGrid(1.0, 1.0) if whole else UniformGrid(0.25, 0.75, step),
        "negative": UniformGrid(-1.0, -1.0) if whole else UniformGrid(-1.0, -0.25, step),
        "large": UniformGrid(2.0, 4.0, 1.0) if whole else UniformGrid(1.5, 4.0, step),
        "zero": UniformGrid(0.0, 0.0),
    }
    return {
        "alpha": alphas | {"mixed": OneOf((*mixed, alphas["half" if exact else "between"]))},
        "v_th": thresholds | {"mixed": OneOf(tuple(thresholds.values()))},
    }


def grid_step(choice: Choice) -> float:
    """Of the potentials: whole numbers where many steps shall be exact."""
    if choice["exact"] == "no":
        return FINE_STEP
    return 1.0 if choice["T"] == "many" else 0.25


def distributions(choice: Choice, attempt: int = 0) -> Mapping[str, Any]:
    """The distribution of each quantity; the later the attempt, the less is rounded."""
    step = grid_step(choice)
    if step == 1:
        found = _whole_numbers()
    else:
        found = (
            _dyadic(choice)
            if step > FINE_STEP
            else _fine(choice, attempt // 3 + (choice["T"] == "many"))
        )
        found["V0"] = NonZero(UniformGrid(-0.5, 0.5, step))
    for quantity in ("alpha", "v_th"):
        if choice[quantity] is not None:
            found[quantity] = _grids(step)[quantity][str(choice[quantity])]
    if choice["scale"] == "small":
        found["X"] = Scaled(UniformGrid(-1.0, 1.5), (SMALL,))
    if choice["scale"] in {"large", "huge"}:
        size = LARGE if choice["scale"] == "large" else HUGE
        around = UniformGrid(size - 1.0, size, 2.0**-10)
        found["X"] = OneOf((Scaled(around, (-1.0, 1.0)), UniformGrid(-1.0, 1.5, 2.0**-10)))
    return found


def _whole_numbers() -> dict[str, Any]:
    """Few events, so that sums over many steps stay exact."""
    signs = UniformGrid(-1.0, 1.0, 1.0)
    found: dict[str, Any] = dict.fromkeys(("W", "E", "VT"), signs)
    found |= dict.fromkeys(("Y", "beta"), OneOf((signs, *[ZERO] * 3)))
    found["X"] = OneOf((*[signs] * 7, UniformGrid(-4.0, 4.0, 1.0), *[ZERO] * 16))
    found |= {"v_reset": OneOf((UniformGrid(-1.0, -1.0), *[ZERO] * 3)), "V0": NonZero(signs)}
    return found | {"b": UniformGrid(0.0, 1.0, 1.0)}


def _dyadic(choice: Choice) -> dict[str, Any]:
    """Quarters and halves."""
    found: dict[str, Any] = dict(DYADIC_DISTRIBUTIONS)
    weights = _mostly(UniformGrid(-1.0, 1.0, 0.5), UniformGrid(-2.5, 2.5, 0.5))
    x_step = 0.25 if choice["synapses"] is None else 0.5
    x = UniformGrid(-1.0, _top(choice), x_step)
    return found | {
        "W": Sparse(weights, WEIGHTS_PER_SUM),
        "X": _mostly(x, UniformGrid(-4.0, 4.0, x_step)),
    }


def _fine(choice: Choice, halvings: int) -> dict[str, Any]:
    """Numbers with many bits."""
    found: dict[str, Any] = dict(RANDOM_DISTRIBUTIONS)
    x = UniformGrid(-1.0, _top(choice))
    found["X"] = _mostly(x, UniformGrid(-6.0, 6.0), UniformGrid(-SMALL, SMALL))
    weights = found["W"] if halvings else _mostly(found["W"], UniformGrid(-3.0, 3.0))
    found |= {"W": ByFanIn(weights, halvings), "U": ByFanIn(found["U"], halvings)}
    states = NonZero(UniformGrid(-0.5, 0.5))
    return found | {"h0": states, "c0": states}


def _top(choice: Choice) -> float:
    """The largest usual input: large thresholds are met."""
    return 4.5 if choice["v_th"] in {"large", "mixed"} else 1.5


def v_reset_above(v_th: Array, rng: np.random.Generator, step: float) -> Array:
    """Reset potentials above the thresholds."""
    return v_th + UniformGrid(0.25, 1.0, step).sample(rng, v_th.shape)
