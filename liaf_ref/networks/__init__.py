"""The paper's networks: layers put together, parameters named by part."""

from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.catalogue import network
from liaf_ref.networks.fig6 import fig6
from liaf_ref.networks.gesture import table_viii
from liaf_ref.networks.memory import check_fits, needs
from liaf_ref.networks.network import Network
from liaf_ref.networks.summary import summary
from liaf_ref.networks.tables import CIFAR10_DVS, GESTURE, MNIST_DVS, Block, Setting
from liaf_ref.networks.vision import VisionNetwork

__all__ = [
    "CIFAR10_DVS",
    "GESTURE",
    "MNIST_DVS",
    "BabiNetwork",
    "Block",
    "Network",
    "Setting",
    "VisionNetwork",
    "check_fits",
    "fig6",
    "needs",
    "network",
    "summary",
    "table_viii",
]
