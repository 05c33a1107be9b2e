"""Which equations a case is run with: the kernels, each of which can be exchanged."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from liaf_ref.kernels import (
    average_pool,
    conv,
    convlstm,
    dense,
    dropout,
    embedding,
    gru,
    loss,
    loss_mse,
    loss_sigmoid_bce,
    loss_softmax_bce,
    lstm,
    max_pool,
    neuron,
    norm,
    norm_running,
    readout,
    rnn,
    spike,
)
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.reference import flatten
from liaf_ref.training.optimizers import SGD, Adam, AdamW, Optimizer

Options = Mapping[str, Any]
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW}


def reset_spike(options: Options) -> Pair:
    """S with the slope of the reset's path: ``reset`` is ``paper`` or ``detached``."""
    return spike.detached() if options["reset"] == "detached" else spike.paper(options["mu"])


def output_activation(options: Options) -> Pair:
    """Act of Eq. (8): an activation by name, or ``spike`` for LIF."""
    return spike.paper(options["mu"]) if options["act"] == "spike" else ACTIVATIONS[options["act"]]


def make_optimizer(options: Options) -> Optimizer:
    """The optimizer an L4 case names."""
    rest = {name: value for name, value in options.items() if name not in {"name", "steps"}}
    return OPTIMIZERS[options["name"]](**rest)


class KernelTable(NamedTuple):
    """The paper's equations; another implementation of one is tested in its field."""

    # What decides reads a node's options: ``spike`` and ``act`` give the reset's and the output's
    # pair.  ``optimizer`` reads the case's.  The other fields have a kernel's functions.

    spike: Callable[[Options], Pair] = reset_spike
    act: Callable[[Options], Pair] = output_activation
    dense: Any = dense
    embedding: Any = embedding
    neuron: Any = neuron
    rnn: Any = rnn
    lstm: Any = lstm
    gru: Any = gru
    readout: Any = readout
    loss: Any = loss
    loss_softmax_bce: Any = loss_softmax_bce
    loss_sigmoid_bce: Any = loss_sigmoid_bce
    loss_mse: Any = loss_mse
    conv: Any = conv
    convlstm: Any = convlstm
    average_pool: Any = average_pool
    max_pool: Any = max_pool
    norm: Any = norm
    norm_running: Any = norm_running
    dropout: Any = dropout
    flatten: Any = flatten
    optimizer: Callable[[Options], Optimizer] = make_optimizer


PAPER_KERNELS = KernelTable()
