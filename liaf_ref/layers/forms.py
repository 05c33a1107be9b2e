"""Which form of a kernel runs: the definition, or its twin written for the machine."""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

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
FAST = DEFINITION


def forms_for(dtype: Any) -> Forms:
    """Choose the twins for float32, the definitions for every other dtype."""
    return FAST if dtype == np.float32 else DEFINITION
