"""Random neurons at which a derivative is well defined, and enough of them in the window.

A check of the window on samples that never enter it proves nothing, and a
difference across a kink proves the kernel wrong when it is right: so samples
are drawn until neither can happen.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from independent.comparison import Array
from independent.derivatives import REACH
from liaf_ref.kernels import neuron, spike
from liaf_ref.kernels.activation import identity

DENSE = (3, 5, 4)  # B, T, L
IMAGE = (2, 3, 2, 3, 2)  # B, T, H, W, L; neighbouring sizes differ, so that axes cannot be mixed
SHARING = {
    "all-dense": (DENSE, (1,)),
    "channel-dense": (DENSE, DENSE[2:]),
    "all": (IMAGE, (1,)),
    "channel": (IMAGE, IMAGE[-1:]),
    "non": (IMAGE, IMAGE[2:]),
}
# An entry moved by the stencil's reach moves later potentials by a few times as much.
MIN_KINK_DISTANCE = 12 * REACH
MIN_COUNT = 4
MAX_TRIES = 2000


class Sample(NamedTuple):
    """A neuron's inputs and parameters, and the loss's gradients in its outputs."""

    arrays: dict[str, Array]
    dY: Array
    dV: Array


@cache
def draw_sample(
    seed: int, sharing: str, mu: float, threshold_related: bool, relaxed: bool = False
) -> Sample:
    """The first sample of this seed that keeps clear of every kink and meets the quota.

    ``relaxed`` says which network is going to be differentiated; each has its
    own potentials.
    """
    rng = np.random.default_rng(seed)
    shape, parameter = SHARING[sharing]
    fires = spike.relaxed(mu) if relaxed else spike.paper(mu)
    for at in _candidates(rng, shape, parameter):
        p = neuron.Params(*(at[name] for name in neuron.Params._fields))
        U = neuron.forward(at["I"], at["V"], p, fires, identity, neuron.TR)[2].U
        x = U - np.expand_dims(np.broadcast_to(at["v_th"], (1, *shape[2:])), 0)
        seen = x if threshold_related else U
        arguments = np.array([x, seen])  # of the spike, and of Act, which may be a spike too
        kinks = np.array([np.abs(np.abs(arguments) - mu), np.abs(arguments)])
        fired, inside = x >= 0, np.abs(x) < mu
        situations = [a & b for a in (fired, ~fired) for b in (inside, ~inside)]
        counts = map(np.count_nonzero, (*situations, seen > 0, seen < 0))
        if kinks.min() > MIN_KINK_DISTANCE and min(counts) >= MIN_COUNT:
            return Sample(at, rng.normal(size=shape), rng.normal(size=at["V"].shape))
    raise AssertionError(
        f"none of {MAX_TRIES} samples keeps {MIN_KINK_DISTANCE:.1e} from every kink "
        f"with {MIN_COUNT} in each situation"
    )


def _candidates(
    rng: np.random.Generator, shape: tuple[int, ...], parameter: tuple[int, ...]
) -> Iterator[dict[str, Array]]:
    for _ in range(MAX_TRIES):
        yield {
            "I": rng.normal(0.3, 0.8, shape),
            "V": rng.normal(0.1, 0.5, (shape[0], *shape[2:])),
            "v_th": rng.uniform(0.3, 0.7, parameter),
            "v_reset": rng.uniform(-0.4, 0.2, parameter),
            "alpha": rng.uniform(0.4, 0.9, parameter),
            "beta": rng.uniform(-0.2, 0.2, parameter),
        }
