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


class KernelTable(NamedTuple):
    """A full set of equations; another implementation of one is tested in its field."""

    # What decides reads a node's options: ``spike`` and ``act`` give the reset's and the output's
    # pair, ``max_pool`` the kernel.  ``optimizer`` reads the case's.  The other fields have a
    # kernel's functions.

    spike: Callable[[Options], Pair]
    act: Callable[[Options], Pair]
    dense: Any
    embedding: Any
    neuron: Any
    rnn: Any
    lstm: Any
    gru: Any
    readout: Any
    loss: Any
    loss_softmax_bce: Any
    loss_sigmoid_bce: Any
    loss_mse: Any
    conv: Any
    convlstm: Any
    average_pool: Any
    max_pool: Callable[[Options], Any]
    norm: Any
    norm_running: Any
    dropout: Any
    flatten: Any
    optimizer: Callable[[Options], Optimizer]


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


PAPER_KERNELS = KernelTable(
    spike=reset_spike,
    act=output_activation,
    dense=dense,
    embedding=embedding,
    neuron=neuron,
    rnn=rnn,
    lstm=lstm,
    gru=gru,
    readout=readout,
    loss=loss,
    loss_softmax_bce=loss_softmax_bce,
    loss_sigmoid_bce=loss_sigmoid_bce,
    loss_mse=loss_mse,
    conv=conv,
    convlstm=convlstm,
    average_pool=average_pool,
    max_pool=lambda _: max_pool,
    norm=norm,
    norm_running=norm_running,
    dropout=dropout,
    flatten=flatten,
    optimizer=make_optimizer,
)
