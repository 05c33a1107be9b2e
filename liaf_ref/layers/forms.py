"""Which form of a kernel runs: the definition, or its twin written for the machine."""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.fast import gru as fast_gru
from liaf_ref.fast import lstm as fast_lstm
from liaf_ref.fast import neuron as fast_neuron
from liaf_ref.fast import readout as fast_readout
from liaf_ref.fast import rnn as fast_rnn
from liaf_ref.fast import tokens as fast_tokens
from liaf_ref.kernels import dense, gru, lstm, neuron, readout, rnn, tokens


class Forms(NamedTuple):
    """One module per kernel; every field of two ``Forms`` has the same signatures."""

    dense: ModuleType
    tokens: ModuleType
    neuron: ModuleType
    rnn: ModuleType
    lstm: ModuleType
    gru: ModuleType
    readout: ModuleType


DEFINITION = Forms(dense, tokens, neuron, rnn, lstm, gru, readout)
FAST = Forms(dense, fast_tokens, fast_neuron, fast_rnn, fast_lstm, fast_gru, fast_readout)


def forms_for(dtype: Any) -> Forms:
    """Choose the twins for float32, the definitions for every other dtype."""
    return FAST if dtype == np.float32 else DEFINITION
