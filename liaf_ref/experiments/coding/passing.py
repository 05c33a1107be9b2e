"""A network whose layers send each other spikes: run, and its operations counted."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from liaf_ref import cost
from liaf_ref.coding import Channel, Work
from liaf_ref.door import check_instance, check_mapping
from liaf_ref.experiments.coding.places import fan_out
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Chain, Conv, Dense, Layer, Params
from liaf_ref.layers.chain import part
from liaf_ref.layers.forms import forms_for
from liaf_ref.layers.guests import check_data, only_step

SOURCE = "a network of spikes"


class Passed(NamedTuple):
    """A batch at the end of a network.

    Attributes
    ----------
    logits : ndarray, shape (B, classes)
        Of the last layer.
    values, spikes : int
        Values that were sent, and the spikes that they took.
    muls, adds : int
        Operations of all layers; of synapses only those with inputs that are not zero.
    """

    logits: Array
    values: int
    spikes: int
    muls: int
    adds: int


def run(chain: Chain, params: Params, X: Array, channels: Mapping[int, Channel]) -> Passed:
    """Run a network; where there is a channel, what goes in has been spikes.

    Parameters
    ----------
    chain : Chain
        Its layers.
    params : dict of str to ndarray
        Parameters and running statistics.
    X : ndarray, shape ``(B, T, *in_shape)``
        Input, analog.
    channels : mapping of int to Channel
        By number of the stage that receives; analog where there is none.

    Returns
    -------
    Passed
        As described there.

    Raises
    ------
    InputError
        If ``chain`` is none or puts out more than one step, on wrong parameters or input, a
        channel that is none, or a value that is sent and not finite.
    """
    params, X = check_data(chain, params, X, SOURCE)
    found = check_mapping("channels", channels, SOURCE, "a mapping")
    for number, channel in found.items():
        check_instance(f"channels[{number}]", channel, Channel, SOURCE, "a Channel")
    values = spikes = muls = adds = 0
    forms = forms_for(X.dtype)
    for number, (name, layer) in enumerate(chain.stages):
        if number in channels:
            sent = channels[number].send(X)
            counts = sent.sum(axis=(0, 1), dtype=np.int32)
            work = channels[number].code.cost(_events(layer, counts))
            values, spikes = values + X.size, spikes + int(counts.sum())
            X = channels[number].receive(sent, X.dtype)
            if not isinstance(layer, Conv | Dense):  # decoded first, then worked on
                work = _plus(work, _analog(layer, X))
        else:
            work = _analog(layer, X)
        muls, adds = muls + work.muls, adds + work.adds
        X, _, _ = layer.apply(part(params, name), X, layer.zeros(len(X), X.dtype), forms)
    return Passed(only_step(X, SOURCE), values, spikes, muls, adds)


def seen(chain: Chain, params: Params, X: Array, stages: list[int]) -> dict[int, Array]:
    """Run a network as it was trained, and keep what goes into some stages.

    Parameters
    ----------
    chain, params, X
        As for :func:`run`.
    stages : list of int
        Their numbers.

    Returns
    -------
    dict of int to ndarray
        Inputs by number.
    """
    steps = chain.run(params, X, chain.zeros(len(X), X.dtype), forms_for(X.dtype))
    return {number: step.X for number, step in enumerate(steps) if number in stages}


def _analog(layer: Layer, X: Array) -> Work:
    """The exact count; of synapses a product and a sum for each input that is not zero."""
    if isinstance(layer, Conv | Dense):
        events = _events(layer, X != 0)
        binary = bool(((X == 0) | (X == 1)).all())
        return Work(0 if binary else events, events)
    each = cost.exact(layer, X.shape[1])
    return Work(len(X) * each.muls, len(X) * each.adds)


def _events(layer: Layer, counts: Array) -> int:
    """How often something that is not zero meets a weight."""
    return round(float((counts.sum(axis=(0, 1)) * fan_out(layer)).sum()))


def _plus(a: Work, b: Work) -> Work:
    return Work(a.muls + b.muls, a.adds + b.adds)
