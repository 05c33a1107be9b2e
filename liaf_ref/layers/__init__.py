"""Kernels with parameters and shapes, behind the interface (B, T, ..., L) of Section II-D."""

from liaf_ref.layers.dense import Dense
from liaf_ref.layers.embedding import Embedding
from liaf_ref.layers.forms import DEFINITION, FAST, Forms
from liaf_ref.layers.integrated import GRU, LSTM, RNN, DenseLIAF, DenseLIF, Integrated
from liaf_ref.layers.layer import Layer, Params, State, Tape
from liaf_ref.layers.liaf import DirectLIAF, DirectLIF
from liaf_ref.layers.recurrent import ElmanCell, GRUCell, LSTMCell

__all__ = [
    "DEFINITION",
    "FAST",
    "GRU",
    "LSTM",
    "RNN",
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
    "Params",
    "State",
    "Tape",
]
