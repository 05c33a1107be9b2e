"""The paper's networks."""

from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.base import Network
from liaf_ref.networks.cells import CellOptions
from liaf_ref.networks.dvs import DVSNetwork
from liaf_ref.networks.dvs_builder import dvs_network
from liaf_ref.networks.gesture import gesture_network
from liaf_ref.networks.memory import check_memory, estimate_memory
from liaf_ref.networks.network_config import (
    CIFAR10_DVS,
    GESTURE,
    MNIST_DVS,
    ConvBlock,
    NetworkConfig,
)
from liaf_ref.networks.registry import create_network
from liaf_ref.networks.sequential_network import SequenceClassifier
from liaf_ref.networks.summary import summary

__all__ = [
    "CIFAR10_DVS",
    "GESTURE",
    "MNIST_DVS",
    "BabiNetwork",
    "CellOptions",
    "ConvBlock",
    "DVSNetwork",
    "Network",
    "NetworkConfig",
    "SequenceClassifier",
    "check_memory",
    "create_network",
    "dvs_network",
    "estimate_memory",
    "gesture_network",
    "summary",
]


def __dir__() -> list[str]:
    return __all__.copy()
