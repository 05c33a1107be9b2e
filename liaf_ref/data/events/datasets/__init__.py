"""Load the published event-camera data sets from the folders they are unpacked to."""

from liaf_ref.data.events.datasets.gesture import load_gesture, read_labels, read_trials
from liaf_ref.data.events.datasets.image_sets import load_cifar10_dvs, load_mnist_dvs, load_n_mnist
from liaf_ref.data.events.datasets.layout import stratified_split
from liaf_ref.data.events.datasets.recordings import DatasetSplits, Recording, RecordingDataset

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
