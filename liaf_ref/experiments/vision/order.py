"""A control of Fig. 6: recordings that differ in nothing but the order of their frames."""

from liaf_ref.data.events import Preparation
from liaf_ref.data.simulator import SimulatedSet
from liaf_ref.data.simulator.orders import Orders, simulate_order
from liaf_ref.experiments.vision.sizes import CAMERA, Sizes
from liaf_ref.networks.tables import HALF, Block, Setting

MOVEMENT, LAPS = 20_000, 2  # μs of one, a frame; times round
# With a half of what is averaged over time gone, LIAF and LIF learn nothing; and there is a
# time without any progress at first, in which the rate is not to be divided.
OWN = {"dropout": 0.2, "patience": 1000}
FEW = Preparation(CAMERA, MOVEMENT, 4 * LAPS, crop=(40, 40), factor=4)


def _setting(frames: Preparation, filters: tuple[int, ...], dense: int) -> Setting:
    blocks = tuple(Block(L, HALF) for L in filters)
    return Setting("order", frames.shape[1:], frames.T, blocks, (dense,), len(Orders.classes))


SIZES = {
    "smoke": Sizes(_setting(FEW, (8, 16), 32), FEW, (40, 10), 40, 3e-3, 16),
    "small": Sizes(_setting(FEW, (8, 16), 32), FEW, (60, 40), 40, 3e-3, 16),
}


def simulate(seed: int, sizes: Sizes) -> SimulatedSet:
    """Make the recordings of a scale; see :func:`simulate_order`."""
    assert sizes.each is not None  # noqa: S101 - of both scales
    return simulate_order(seed, sizes.each, MOVEMENT, LAPS)
