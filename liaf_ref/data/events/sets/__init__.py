"""The published data sets of event cameras, in the folders they are unpacked to."""

from liaf_ref.data.events.sets.cifar10_dvs import load_cifar10_dvs
from liaf_ref.data.events.sets.gesture import load_gesture, read_labels, read_trials
from liaf_ref.data.events.sets.mnist_dvs import load_mnist_dvs
from liaf_ref.data.events.sets.n_mnist import load_n_mnist
from liaf_ref.data.events.sets.recordings import DataSet, Recording, Recordings
from liaf_ref.data.events.sets.split import split_stratified

__all__ = [
    "DataSet",
    "Recording",
    "Recordings",
    "load_cifar10_dvs",
    "load_gesture",
    "load_mnist_dvs",
    "load_n_mnist",
    "read_labels",
    "read_trials",
    "split_stratified",
]
