from .babi import BabiNetwork as BabiNetwork
from .base import Network as Network
from .cells import Recurrent as Recurrent
from .classifier import SequenceClassifier as SequenceClassifier
from .memory import check_memory as check_memory
from .memory import estimate_memory as estimate_memory
from .memory import summary as summary
from .registry import create_network as create_network
from .vision import CIFAR10_DVS as CIFAR10_DVS
from .vision import GESTURE as GESTURE
from .vision import MNIST_DVS as MNIST_DVS
from .vision import ConvBlock as ConvBlock
from .vision import GestureBlocks as GestureBlocks
from .vision import NetworkConfig as NetworkConfig
from .vision import dvs_network as dvs_network
from .vision import gesture_network as gesture_network

__all__: list[str]
