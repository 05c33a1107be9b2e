"""Which kernels run: the reference, or the fast ones for float32."""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.validation import check_instance
from liaf_ref.fast import activate as fast_activate
from liaf_ref.fast import average_pool as fast_average_pool
from liaf_ref.fast import conv as fast_conv
from liaf_ref.fast import convlstm as fast_convlstm
from liaf_ref.fast import gru as fast_gru
from liaf_ref.fast import lstm as fast_lstm
from liaf_ref.fast import neuron as fast_neuron
from liaf_ref.fast import norm as fast_norm
from liaf_ref.fast import readout as fast_readout
from liaf_ref.fast import rnn as fast_rnn
from liaf_ref.fast import tokens as fast_tokens
from liaf_ref.kernels import (
    activate,
    average_pool,
    convlstm,
    dense,
    gru,
    im2col,
    lstm,
    max_pool,
    neuron,
    norm,
    readout,
    rnn,
    tokens,
)


class KernelSet(NamedTuple):
    """Which module computes each kernel.

    The modules of a field have the same signatures in every set. ``REFERENCE`` computes the
    equations as written; ``FAST`` is optimized for training in float32.

    Attributes
    ----------
    dense, tokens, neuron, rnn, lstm, gru, readout : module
        Modules of layers on vectors.
    conv, convlstm, average_pool, max_pool, norm, activate : module
        Modules of layers on images, of the norms and of Act.

    Examples
    --------
    >>> from liaf_ref.layers import FAST, REFERENCE
    >>> FAST.lstm.__name__, REFERENCE.lstm.__name__
    ('liaf_ref.fast.lstm', 'liaf_ref.kernels.lstm')
    """

    dense: ModuleType
    tokens: ModuleType
    neuron: ModuleType
    rnn: ModuleType
    lstm: ModuleType
    gru: ModuleType
    readout: ModuleType
    conv: ModuleType
    convlstm: ModuleType
    average_pool: ModuleType
    max_pool: ModuleType
    norm: ModuleType
    activate: ModuleType


REFERENCE = KernelSet(
    *(dense, tokens, neuron, rnn, lstm, gru, readout, im2col, convlstm),
    *(average_pool, max_pool, norm, activate),
)
FAST = REFERENCE._replace(
    tokens=fast_tokens,
    neuron=fast_neuron,
    rnn=fast_rnn,
    lstm=fast_lstm,
    gru=fast_gru,
    readout=fast_readout,
    conv=fast_conv,
    convlstm=fast_convlstm,
    average_pool=fast_average_pool,
    norm=fast_norm,
    activate=fast_activate,
)


def kernel_set_for(dtype: Any, given: object = None, where: str = "") -> KernelSet:
    """The given kernels; without any, the fast ones for float32, else the reference."""
    if given is None:
        return FAST if dtype == np.float32 else REFERENCE
    expected = "REFERENCE, FAST or another KernelSet"
    return check_instance("kernel_set", given, KernelSet, where, expected)
