"""The vision networks in sizes that take milliseconds."""

from collections.abc import Callable

from liaf_ref.layers import Sequential
from liaf_ref.networks import (
    ConvBlock,
    NetworkConfig,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)

HALF = (2, 2)
DVS_CONFIG = NetworkConfig("small", (8, 8, 2), 3, (ConvBlock(3, HALF), ConvBlock(4, HALF)), (6,), 3)
GESTURE_CONFIG = NetworkConfig(
    "tiny", (4, 4, 2), 3, (ConvBlock(3, None), ConvBlock(4, HALF)), (5,), 3
)
DVS_CELLS = ("liaf", "lif", "conv2d", "conv3d", "convlstm")
GESTURE_CELLS = ("liaf", "lif", "convlstm")
NAMES = [f"small-{cell}" for cell in DVS_CELLS] + [f"tiny-{cell}" for cell in GESTURE_CELLS]


def small_network(
    name: str, container: Callable[..., Sequential] = Sequential
) -> SequenceClassifier:
    """One of the eight forms by name."""
    setting, _, cell = name.partition("-")
    if setting == "small":
        return dvs_network(DVS_CONFIG, cell, container=container)
    return gesture_network(cell, network_config=GESTURE_CONFIG, container=container)
