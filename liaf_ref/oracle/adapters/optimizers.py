"""Plain update rules, for frameworks that leave the optimizer to others.

One parameter at a time: ``rule(k, p, g, state, **options) -> p, state`` is step ``k``,
counted from 1; ``state`` is empty before it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from liaf_ref.oracle.case import Array
from liaf_ref.oracle.declined import lookup_or_decline
from liaf_ref.oracle.opset import OPTIMIZERS

State = tuple[Array, ...]
Arrays = dict[str, Array]


def sgd(
    k: int,
    p: Array,
    g: Array,
    state: State,
    lr: float,
    momentum: float,
    weight_decay: float,
) -> tuple[Array, State]:
    """Descent with heavy-ball momentum, the decay as L2 in the gradient."""
    (velocity,) = state or (np.zeros_like(p),)
    velocity = momentum * velocity + g + weight_decay * p
    return p - lr * velocity, (velocity,)


def adam(
    k: int,
    p: Array,
    g: Array,
    state: State,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float = 0.0,
) -> tuple[Array, State]:
    """Kingma and Ba 2015, Algorithm 1, the decay as L2 in the gradient."""
    m, v = state or (np.zeros_like(p), np.zeros_like(p))
    g = g + weight_decay * p
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**k), v / (1 - beta2**k)
    return p - lr * m_hat / (np.sqrt(v_hat) + eps), (m, v)


def adamw(
    k: int,
    p: Array,
    g: Array,
    state: State,
    lr: float,
    weight_decay: float,
    **moments: float,
) -> tuple[Array, State]:
    """Loshchilov and Hutter 2019: Adam on the gradient alone, the decay beside it."""
    moved, state = adam(k, p, g, state, lr, **moments)
    return moved - lr * weight_decay * p, state


UPDATE_RULES: dict[str, Callable[..., tuple[Array, State]]] = {
    "sgd": sgd,
    "adam": adam,
    "adamw": adamw,
}


def train(
    config: Mapping[str, Any],
    params: Arrays,
    differentiate: Callable[[Arrays], tuple[Array, Arrays]],
) -> Arrays:
    """Train on one batch."""
    rule = lookup_or_decline("optimizer", config["name"], UPDATE_RULES)
    defaults = OPTIMIZERS[config["name"]].defaults
    options = {name: config.get(name, default) for name, default in defaults.items()}
    losses: list[Array] = []
    states: dict[str, State] = dict.fromkeys(params, ())
    first: Arrays = {}
    for k in range(1, config["steps"] + 1):
        loss, grads = differentiate(params)
        losses.append(loss)
        steps = {n: rule(k, p, grads[n], states[n], **options) for n, p in params.items()}
        params = {name: p for name, (p, _) in steps.items()}
        states = {name: state for name, (_, state) in steps.items()}
        first = first or {f"step1/{name.removeprefix('par/')}": p for name, p in params.items()}
    return first | {"exp/curve": np.stack(losses)}
