"""Load the published event-camera data sets from the folders they are unpacked to."""

from liaf_ref.data.events.datasets.cifar10_dvs import load_cifar10_dvs
from liaf_ref.data.events.datasets.gesture import load_gesture, read_labels, read_trials
from liaf_ref.data.events.datasets.mnist_dvs import load_mnist_dvs
from liaf_ref.data.events.datasets.n_mnist import load_n_mnist
from liaf_ref.data.events.datasets.recordings import DatasetSplits, Recording, RecordingDataset
from liaf_ref.data.events.datasets.split import stratified_split

__all__ = [
    "DatasetSplits",
    "Recording",
    "RecordingDataset",
    "load_cifar10_dvs",
    "load_gesture",
    "load_mnist_dvs",
    "load_n_mnist",
    "read_labels",
    "read_trials",
    "stratified_split",
]
