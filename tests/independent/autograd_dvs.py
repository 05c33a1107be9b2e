"""The networks of Fig. 6 and Table VIII again, after the text of Section VI, without a layer."""

from typing import Any

import autograd.numpy as anp
import numpy as np

from independent import autograd_images, autograd_net
from independent.autograd_net import ACTIVATIONS, Function
from independent.comparison import Array, Arrays

Pools = tuple[tuple[int, int] | None, ...]
IMAGE = (-3, -2, -1)


def fig6(at: Any, X: Array, cell: str, pools: Pools, masks: Arrays, fire: Function) -> Any:
    """Logits; ``masks`` of the dropouts by number, their count is the number of dense blocks."""
    Y: Any = X
    for number, pool in enumerate(pools, 1):
        Y = _convolution_layer(_arrays_of(at, f"conv{number}"), Y, cell, fire)
        norm = _arrays_of(at, f"norm{number}")
        Y = autograd_images.norm(Y, norm["gamma"], norm["b"], IMAGE, 1e-3)
        if cell == "lif":
            Y = _neurons(_arrays_of(at, f"node{number}"), _pooled(Y, pool), fire, fire, True)
        else:
            Y = _pooled(ACTIVATIONS["relu"](Y), pool)
    Y = anp.mean(Y, axis=1)
    Y = anp.reshape(Y, (len(Y), -1))
    for number in range(1, len(masks) + 1):
        dense = _arrays_of(at, f"dense{number}")
        Y = autograd_net.dense(Y * masks[f"drop{number}.M"][:, 0], dense["W"], dense["b"])
        Y = ACTIVATIONS["relu"](Y)
    return autograd_net.dense(Y, at["out.W"], at["out.b"])


def table_viii(at: Any, X: Array, cell: str, pools: Pools, joint: bool, fire: Function) -> Any:
    """Logits; two dense blocks, of ConvLSTM an LSTM and a dense layer."""
    axes = (0, 1) if joint else (0,)
    Y: Any = X
    number = 0
    for pool in pools:
        number += 1
        Y = _convolution_layer(_arrays_of(at, f"conv{number}"), Y, cell, fire, apart=True)
        Y = _batch_norm(_arrays_of(at, f"norm{number}"), Y, (*axes, 2, 3))
        if cell == "convlstm":
            Y = _pooled(Y, pool)
            continue
        Y = _neuron_layer(cell, _arrays_of(at, f"node{number}"), Y, fire)
        if pool:
            Y = _neuron_layer(cell, _arrays_of(at, f"pooled{number}"), _pooled(Y, pool), fire)
    Y = anp.reshape(Y, (*Y.shape[:2], -1))
    if cell == "convlstm":
        lstm = _arrays_of(at, f"lstm{number + 1}")
        zero = np.zeros((len(Y), lstm["U"].shape[0]))
        A = autograd_net.dense(Y, lstm["W"], lstm["b"])
        Y, *_ = autograd_net.lstm(A, zero, zero, lstm["U"])
        Y = _batch_norm(_arrays_of(at, f"norm{number + 1}"), Y, axes)
        return anp.mean(autograd_net.dense(Y, at["out.W"], at["out.b"]), axis=1)
    for block in (number + 1, number + 2):
        dense = _arrays_of(at, f"dense{block}")
        Y = autograd_net.dense(Y, dense["W"], dense["b"])
        Y = _batch_norm(_arrays_of(at, f"norm{block}"), Y, axes)
        Y = _neuron_layer(cell, _arrays_of(at, f"node{block}"), Y, fire)
    return anp.mean(Y, axis=1)


def _arrays_of(at: Any, name: str) -> dict[str, Any]:
    start = f"{name}."
    return {key.removeprefix(start): at[key] for key in at if key.startswith(start)}


def _convolution_layer(own: Any, X: Any, cell: str, fire: Function, apart: bool = False) -> Any:
    """The layer a block begins with; ``apart`` leaves LIAF's neurons to what follows."""
    pad = tuple((k // 2, k // 2) for k in own["W"].shape[:-2])
    I = autograd_images.conv(X, own["W"], own["b"], (1,) * len(pad), pad)
    if cell == "convlstm":
        zero = np.zeros((*I.shape[:1], *I.shape[2:-1], I.shape[-1] // 4))
        return autograd_images.convlstm(I, zero, zero, own["U"])[0]
    if cell == "liaf" and not apart:
        return _neurons(own, I, fire, ACTIVATIONS["identity"], True)
    return I


def _neuron_layer(cell: str, own: Any, I: Any, fire: Function) -> Any:
    if cell == "lif":
        return _neurons(own, I, fire, fire, True)
    return _neurons(own, I, fire, ACTIVATIONS["selu"], False)


def _neurons(own: Any, I: Any, fire: Function, act: Function, related: bool) -> Any:
    here = {**own, "I": I, "V": np.zeros((I.shape[0], *I.shape[2:]))}
    return autograd_net.neuron(here, fire, act, related)[0]


def _pooled(X: Any, pool: tuple[int, int] | None) -> Any:
    return autograd_images.average_pool(X, pool, pool) if pool else X


def _batch_norm(own: Any, X: Any, axes: tuple[int, ...]) -> Any:
    return autograd_images.norm(X, own["gamma"], own["b"], axes, 1e-5)
