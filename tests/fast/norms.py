"""Random float32 normalisations for the tests of the fast twin."""

import numpy as np
import pytest

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.norm import Params

SHAPE = (3, 4, 5, 6, 7)
LAYER, CHANNELS, BATCH = (-3, -2, -1), (4,), (0, 1, 2, 3)
CASES: dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = {
    "image": (SHAPE, LAYER, SHAPE[2:]),
    "channels": (SHAPE, CHANNELS, SHAPE[4:]),
    "rows": (SHAPE, (2, -2, 4), (1, 6, 1)),
    "bare": (SHAPE, LAYER, ()),
    "all": (SHAPE, (0, 1, 2, 3, 4), SHAPE[1:]),
    "batch": (SHAPE, BATCH, SHAPE[4:]),
    "batch-bare": (SHAPE, (-5, 1, 3, 2), (1,)),
    "dense-batch": ((30, 4, 7), (0, 1), (7,)),
    "dense": ((30, 4, 7), (-1,), (7,)),
    "one": ((4, 3, 1, 1, 1), LAYER, (1, 1, 1)),
    "wide": ((2, 2, 5000), (2,), (5000,)),
    "long": ((1500, 2, 3), (0, 1), (3,)),
}
every_case = pytest.mark.parametrize("name", CASES)
Case = tuple[Array, Params, Array, tuple[int, ...]]
VARIANCE_EPS = 1e-3


def draw(name: str, mean: float = 0.5) -> Case:
    """X, parameters, gradient in the output, axes; in float32."""
    shape, axes, affine = CASES[name]
    rng = np.random.default_rng(9)
    X, dY = rng.normal(mean, 2, shape), rng.normal(0.3, 1, shape)
    gamma, b = rng.normal(size=affine), rng.normal(size=affine)
    single = [np.asarray(x, np.float32) for x in (X, dY, gamma, b)]
    return single[0], Params(*single[2:]), single[1], axes
