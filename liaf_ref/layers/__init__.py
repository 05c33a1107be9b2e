"""Layers: kernels with named parameters and checked shapes (B, T, ..., L), Section II-D."""

from liaf_ref.layers.activation import Activation
from liaf_ref.layers.base import Layer, State, Tape
from liaf_ref.layers.batch_norm import BatchNorm
from liaf_ref.layers.checkpointed import CheckpointedSequential
from liaf_ref.layers.conv import Conv2D, Conv3D
from liaf_ref.layers.convlstm import ConvLSTMCell
from liaf_ref.layers.dense import Dense
from liaf_ref.layers.dropout import Dropout
from liaf_ref.layers.embedding import Embedding
from liaf_ref.layers.kernel_set import FAST, REFERENCE, KernelSet
from liaf_ref.layers.layer_norm import LayerNorm
from liaf_ref.layers.liaf import DirectLIAF, DirectLIF
from liaf_ref.layers.neuron_layer import NeuronLayer
from liaf_ref.layers.neurons import Neurons
from liaf_ref.layers.parametrized import Params
from liaf_ref.layers.pool import AveragePool, MaxPool
from liaf_ref.layers.recurrent import ElmanCell, GRUCell, LSTMCell
from liaf_ref.layers.reshape import Flatten, Sumlayer
from liaf_ref.layers.sequential import NamedLayer, Sequential
from liaf_ref.layers.spatial import ConvLIAF, ConvLIF, ConvLSTM, PoolingLIAF
from liaf_ref.layers.temporal import GRU, LSTM, RNN, DenseLIAF, DenseLIF

__all__ = [
    "FAST",
    "GRU",
    "LSTM",
    "REFERENCE",
    "RNN",
    "Activation",
    "AveragePool",
    "BatchNorm",
    "CheckpointedSequential",
    "Conv2D",
    "Conv3D",
    "ConvLIAF",
    "ConvLIF",
    "ConvLSTM",
    "ConvLSTMCell",
    "Dense",
    "DenseLIAF",
    "DenseLIF",
    "DirectLIAF",
    "DirectLIF",
    "Dropout",
    "ElmanCell",
    "Embedding",
    "Flatten",
    "GRUCell",
    "KernelSet",
    "LSTMCell",
    "Layer",
    "LayerNorm",
    "MaxPool",
    "NamedLayer",
    "NeuronLayer",
    "Neurons",
    "Params",
    "PoolingLIAF",
    "Sequential",
    "State",
    "Sumlayer",
    "Tape",
]


def __dir__() -> list[str]:
    return __all__.copy()
