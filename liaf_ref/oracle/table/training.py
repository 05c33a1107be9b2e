"""Losses of logits ``(B, C)`` and classes ``y``, and one step of an optimizer.

A loss is a mean over the batch, or over batch and classes.  A step is from parameter p by gradient
g; s is what the optimizer keeps.
"""

import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.oracle.table.functions import exp, log, number, softplus, value, via
from liaf_ref.oracle.table.tape import T, current, lift


def _one_hot(z: SimpleNamespace, Z: T) -> T:
    return lift(number(np.arange(Z.shape[-1]) == z.y[:, None]))


def _log_sum_exp(Z: T, mask: Any) -> T:
    """Over the last axis, of the entries that a mask chooses; the largest is taken off first."""
    top = np.where(mask, value(Z), -np.inf).max(axis=-1, keepdims=True)
    chosen = lift(number(mask))
    total = (exp((Z - lift(current().make(top))) * chosen) * chosen).sum(-1)
    return log(total) + lift(current().make(top[..., 0]))


def softmax_ce(z: SimpleNamespace, Z: T) -> dict[str, T]:
    """Cross-entropy of the softmax, in nats."""
    wrong = _log_sum_exp(Z, np.ones(Z.shape, bool)) - (Z * _one_hot(z, Z)).sum(-1)
    return {"loss": wrong.sum(0) / len(z.y)}


def softmax_bce(z: SimpleNamespace, Z: T) -> dict[str, T]:
    """Of every class, whether it is the true one; one class alone is certain."""
    (B, C), hot = Z.shape, _one_hot(z, Z)
    total = _log_sum_exp(Z, np.ones(Z.shape, bool)).reshape(B, 1)
    losses = hot * (total - Z)
    if C > 1:
        shifted = via(Z, lift(current().make(-value(Z).max(axis=1, keepdims=True))))
        each = shifted.reshape(B, 1, C) + lift(number(np.zeros((B, C, C))))
        others = _log_sum_exp(each, np.broadcast_to(~np.eye(C, dtype=bool), (B, C, C)))
        losses = losses + (1 - hot) * (total - others)
    return {"loss": losses.sum((0, 1)) / math.prod(Z.shape)}


def sigmoid_bce(z: SimpleNamespace, Z: T) -> dict[str, T]:
    """Of every class, whether it is the true one, by its sigmoid."""
    return {"loss": (softplus(Z) - _one_hot(z, Z) * Z).sum((0, 1)) / math.prod(Z.shape)}


def mse(z: SimpleNamespace, Z: T) -> dict[str, T]:
    """Squared error to the one-hot class."""
    E = Z - _one_hot(z, Z)
    return {"loss": (E * E).sum((0, 1)) / math.prod(Z.shape)}


LOSSES = {loss.__name__: loss for loss in (softmax_ce, softmax_bce, sigmoid_bce, mse)}


def sgd(p: Any, g: Any, s: dict[str, Any], o: Mapping[str, Any], t: int) -> Any:
    """With momentum; step t is counted from 1."""
    g = g + o["weight_decay"] * p
    s["velocity"] = o["momentum"] * s.get("velocity", 0 * p) + g
    return p - o["lr"] * s["velocity"]


def adam(p: Any, g: Any, s: dict[str, Any], o: Mapping[str, Any], t: int) -> Any:
    """Step t, counted from 1."""
    return p - o["lr"] * move(g + o["weight_decay"] * p, s, o, t)


def adamw(p: Any, g: Any, s: dict[str, Any], o: Mapping[str, Any], t: int) -> Any:
    """With a decay beside the gradient."""
    return (p - o["lr"] * o["weight_decay"] * p) - o["lr"] * move(g, s, o, t)


def moments(g: Any, s: dict[str, Any], o: Mapping[str, Any]) -> tuple[Any, Any]:
    """The means of the gradient and of its square."""
    s["m"] = o["beta1"] * s.get("m", 0 * g) + (1 - o["beta1"]) * g
    s["v"] = o["beta2"] * s.get("v", 0 * g) + (1 - o["beta2"]) * (g * g)
    return s["m"], s["v"]


def move(g: Any, s: dict[str, Any], o: Mapping[str, Any], t: int) -> Any:
    """What Adam multiplies by the learning rate."""
    m, v = moments(g, s, o)
    m, v = m / (1 - o["beta1"] ** t), v / (1 - o["beta2"] ** t)
    step = m / (current().sqrt(v) + o["eps"])
    return current().within(step, _largest_move(o["beta1"], o["beta2"], t))


def _largest_move(beta1: float, beta2: float, t: int) -> float:
    """What m / sqrt(v) cannot exceed, whatever the gradients, by Cauchy and Schwarz."""
    ages = np.arange(t)
    w, x = ((1 - b) * b**ages / (1 - b**t) for b in (beta1, beta2))
    return float(np.sqrt((w * w / x).sum()))


OPTIMIZERS = {"sgd": sgd, "adam": adam, "adamw": adamw}
