"""The vision networks in sizes that take milliseconds."""

from collections.abc import Callable

from liaf_ref import networks
from liaf_ref.layers import Sequential

HALF = (2, 2)
DVS_CONFIG = networks.NetworkConfig(
    "small", (8, 8, 2), 3, (networks.ConvBlock(3, HALF), networks.ConvBlock(4, HALF)), (6,), 3
)
GESTURE_CONFIG = networks.NetworkConfig(
    "tiny", (4, 4, 2), 3, (networks.ConvBlock(3, None), networks.ConvBlock(4, HALF)), (5,), 3
)
DVS_CELLS = ("liaf", "lif", "conv2d", "conv3d", "convlstm")
GESTURE_CELLS = ("liaf", "lif", "convlstm")
NAMES = [f"small-{cell}" for cell in DVS_CELLS] + [f"tiny-{cell}" for cell in GESTURE_CELLS]


def small_network(
    name: str, container: Callable[..., Sequential] = Sequential
) -> networks.SequenceClassifier:
    """One of the eight forms by name."""
    setting, _, cell = name.partition("-")
    if setting == "small":
        return networks.dvs_network(DVS_CONFIG, cell, container=container)
    return networks.gesture_network(cell, network_config=GESTURE_CONFIG, container=container)
