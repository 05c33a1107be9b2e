"""The paper's networks: layers put together, parameters named by part."""

from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.catalogue import create_network
from liaf_ref.networks.fig6 import dvs_network
from liaf_ref.networks.gesture import gesture_network
from liaf_ref.networks.memory import check_memory, estimate_memory
from liaf_ref.networks.network import Network
from liaf_ref.networks.summary import summary
from liaf_ref.networks.tables import CIFAR10_DVS, GESTURE, MNIST_DVS, ConvBlock, NetworkConfig
from liaf_ref.networks.vision import DVSNetwork

__all__ = [
    "CIFAR10_DVS",
    "GESTURE",
    "MNIST_DVS",
    "BabiNetwork",
    "ConvBlock",
    "Network",
    "NetworkConfig",
    "DVSNetwork",
    "check_memory",
    "dvs_network",
    "estimate_memory",
    "create_network",
    "summary",
    "gesture_network",
]
