"""One number's way through an optimizer: gradients in, the parameter after each step out."""

from collections.abc import Callable, Generator
from typing import Any, TypeAlias

from liaf_ref.oracle.exact.dual import Number
from liaf_ref.oracle.exact.functions import scalar_sqrt

ParameterSteps: TypeAlias = Generator[Number, Number, None]


def sgd(
    x: Number, *, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
) -> ParameterSteps:
    """Gradient descent with momentum; the decay is part of the gradient."""
    rate, saved, decay = _convert(x, lr, momentum, weight_decay)
    v = 0 * x
    while True:
        g = (yield x) + decay * x
        v = saved * v + g
        x = x - rate * v


def adam(
    x: Number,
    *,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> ParameterSteps:
    """Adam, Kingma and Ba 2015, Algorithm 1; the decay is part of the gradient."""
    (decay,) = _convert(x, weight_decay)
    steps = _adam_steps(x, lr, beta1, beta2, eps)
    next(steps)
    while True:
        g = (yield x) + decay * x
        x = x - steps.send(g)


def adamw(
    x: Number,
    *,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> ParameterSteps:
    """Adam with the decay beside the gradient, Loshchilov and Hutter 2019; as :func:`adam`."""
    rate, decay = _convert(x, lr, weight_decay)
    steps = _adam_steps(x, lr, beta1, beta2, eps)
    next(steps)
    while True:
        g = yield x
        x = x - rate * decay * x - steps.send(g)


def _adam_steps(x: Number, lr: float, beta1: float, beta2: float, eps: float) -> ParameterSteps:
    """Yield what Adam subtracts for the gradient that is sent."""
    rate, b1, b2, small = _convert(x, lr, beta1, beta2, eps)
    m, v, t, step = 0 * x, 0 * x, 0, 0 * x
    while True:
        g = yield step
        t += 1
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
        step = rate * m_hat / (scalar_sqrt(v_hat) + small)


def _convert(x: Number, *values: float) -> tuple[Any, ...]:
    return tuple(type(x)(value) for value in values)


OPTIMIZERS: dict[str, Callable[..., ParameterSteps]] = {"sgd": sgd, "adam": adam, "adamw": adamw}
