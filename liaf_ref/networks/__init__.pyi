from .babi import BabiNetwork as BabiNetwork
from .base import Network as Network
from .cells import CellOptions as CellOptions
from .dvs import DVSNetwork as DVSNetwork
from .dvs_builder import dvs_network as dvs_network
from .gesture import gesture_network as gesture_network
from .memory import check_memory as check_memory
from .memory import estimate_memory as estimate_memory
from .network_config import CIFAR10_DVS as CIFAR10_DVS
from .network_config import GESTURE as GESTURE
from .network_config import MNIST_DVS as MNIST_DVS
from .network_config import ConvBlock as ConvBlock
from .network_config import NetworkConfig as NetworkConfig
from .network_summary import summary as summary
from .registry import create_network as create_network
from .sequential_network import SequenceClassifier as SequenceClassifier

__all__: list[str]
