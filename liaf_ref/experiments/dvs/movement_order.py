"""A control of Fig. 6: recordings that differ only in the order of their frames."""

from liaf_ref.data.events import Preprocessing
from liaf_ref.data.simulator import SimulatedSplits
from liaf_ref.data.simulator.movement_order import MovementOrderSource, simulate_movement_order
from liaf_ref.experiments.dvs.scales import DVS128_SENSOR_SIZE, ScaleSettings
from liaf_ref.networks.network_config import POOL_2X2, ConvBlock, NetworkConfig

MOVEMENT_DURATION, REPEATS = 20_000, 2  # μs per movement, which is one frame; repetitions
# With a dropout rate of one half, LIAF and LIF learn nothing. Training makes no progress at first;
# the learning rate must not be reduced during that time.
CONFIG_OVERRIDES = {"dropout": 0.2, "patience": 1000}
PREPROCESSING = Preprocessing(
    DVS128_SENSOR_SIZE, MOVEMENT_DURATION, 4 * REPEATS, crop=(40, 40), downsampling=4
)


def _network_config(frames: Preprocessing, filters: tuple[int, ...], dense: int) -> NetworkConfig:
    blocks = tuple(ConvBlock(L, POOL_2X2) for L in filters)
    return NetworkConfig(
        "order", frames.shape[1:], frames.T, blocks, (dense,), len(MovementOrderSource.classes)
    )


SCALE_SETTINGS = {
    "smoke": ScaleSettings(
        _network_config(PREPROCESSING, (8, 16), 32), PREPROCESSING, (40, 10), 40, 3e-3, 16
    ),
    "small": ScaleSettings(
        _network_config(PREPROCESSING, (8, 16), 32), PREPROCESSING, (60, 40), 40, 3e-3, 16
    ),
}


def simulate(seed: int, settings: ScaleSettings) -> SimulatedSplits:
    """Make the recordings of a scale; see :func:`simulate_movement_order`."""
    train, test = settings.max_per_class or (None, None)
    assert train is not None and test is not None  # noqa: S101, PT018 - of both scales
    return simulate_movement_order(seed, (train, test), MOVEMENT_DURATION, REPEATS)
