"""Kernels with parameters and shapes, behind the interface (B, T, ..., L) of Section II-D."""

from liaf_ref.layers.conv import Conv, Conv2D, Conv3D
from liaf_ref.layers.convlstm import ConvLSTMCell
from liaf_ref.layers.dense import Dense
from liaf_ref.layers.embedding import Embedding
from liaf_ref.layers.forms import DEFINITION, FAST, Forms
from liaf_ref.layers.integrated import Integrated
from liaf_ref.layers.layer import Layer, Params, State, Tape
from liaf_ref.layers.liaf import DirectLIAF, DirectLIF
from liaf_ref.layers.norm import LayerNorm
from liaf_ref.layers.pool import AveragePool, MaxPool
from liaf_ref.layers.recurrent import ElmanCell, GRUCell, LSTMCell
from liaf_ref.layers.spatial import ConvLIAF, ConvLIF, ConvLSTM, PoolingLIAF
from liaf_ref.layers.temporal import GRU, LSTM, RNN, DenseLIAF, DenseLIF

__all__ = [
    "DEFINITION",
    "FAST",
    "GRU",
    "LSTM",
    "RNN",
    "AveragePool",
    "Conv",
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
    "ElmanCell",
    "Embedding",
    "Forms",
    "GRUCell",
    "Integrated",
    "LSTMCell",
    "Layer",
    "LayerNorm",
    "MaxPool",
    "Params",
    "PoolingLIAF",
    "State",
    "Tape",
]
