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


def _grids(step: float) -> Mapping[str, Mapping[str, Distribution]]:
    """The classes of neuron parameters on a grid."""
    exact = step > FINE_STEP
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
        "usual": UniformGrid(0.25, 0.75, step),
        "negative": UniformGrid(-1.0, -0.25, step),
        "large": UniformGrid(1.5, 4.0, step),
        "zero": UniformGrid(0.0, 0.0),
    }
    return {
        "alpha": alphas | {"mixed": OneOf((*mixed, alphas["half" if exact else "between"]))},
        "v_th": thresholds | {"mixed": OneOf(tuple(thresholds.values()))},
    }


def distributions(choice: Choice) -> Mapping[str, Any]:
    """The distribution of each quantity."""
    exact = choice["exact"] == "yes"
    step = 0.25 if exact else FINE_STEP
    found: dict[str, Distribution] = dict(RANDOM_DISTRIBUTIONS)
    if exact:
        found |= DYADIC_DISTRIBUTIONS
        found |= {"W": Sparse(UniformGrid(-1.0, 1.0, 0.5), WEIGHTS_PER_SUM)}
        if choice["synapses"] is not None or choice["T"] == "many":
            found["X"] = UniformGrid(-1.0, 1.5, 0.5)
    grids = _grids(step)
    for quantity in ("alpha", "v_th"):
        if choice[quantity] is not None:
            found[quantity] = grids[quantity][str(choice[quantity])]
    top = 4.5 if choice["v_th"] in {"large", "mixed"} else 1.5
    found["X"] = found["X"]._replace(high=top) if top > found["X"].high else found["X"]  # type: ignore[attr-defined]
    if exact and choice["T"] == "many":  # few events, so that sums over many steps stay exact
        found |= {q: OneOf((found[q], *[ZERO] * 7)) for q in ("X", "Y", "beta")}
    found["V0"] = NonZero(UniformGrid(-0.5, 0.5, step))
    for quantity in ("h0", "c0"):
        found[quantity] = NonZero(UniformGrid(-0.5, 0.5, step))
    if choice["K"] == "many" and not exact:
        found["W"] = UniformGrid(-0.25, 0.25)
    if choice["scale"] == "small":
        found["X"] = Scaled(found["X"], (SMALL,))
    if choice["scale"] in {"large", "huge"}:
        size = LARGE if choice["scale"] == "large" else HUGE
        around = UniformGrid(size - 1.0, size, 2.0**-10)
        found["X"] = OneOf((Scaled(around, (-1.0, 1.0)), UniformGrid(-1.0, 1.5, 2.0**-10)))
    return found


def v_reset_above(v_th: Array, rng: np.random.Generator, step: float) -> Array:
    """Reset potentials above the thresholds."""
    return v_th + UniformGrid(0.25, 1.0, step).sample(rng, v_th.shape)
