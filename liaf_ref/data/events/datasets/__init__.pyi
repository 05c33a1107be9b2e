from .gesture import load_gesture as load_gesture
from .gesture import read_labels as read_labels
from .gesture import read_trials as read_trials
from .layout import load_cifar10_dvs as load_cifar10_dvs
from .layout import load_mnist_dvs as load_mnist_dvs
from .layout import load_n_mnist as load_n_mnist
from .layout import stratified_split as stratified_split
from .recordings import DatasetSplits as DatasetSplits
from .recordings import EventDataset as EventDataset
from .recordings import Recording as Recording

__all__: list[str]
