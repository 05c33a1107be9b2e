"""Layer normalisation (Ba et al. 2016) and batch normalisation (Ioffe and Szegedy 2015)."""

from typing import NamedTuple

from liaf_ref.oracle.exact.dual import Dual, Number, sum_duals
from liaf_ref.oracle.exact.functions import sqrt
from liaf_ref.oracle.exact.nested import (
    Nested,
    broadcast,
    build_nested,
    item_at,
    leaves,
    map_nested,
    shape,
)


class Moments(NamedTuple):
    """Mean and biased variance of a set of numbers."""

    mean: Dual
    variance: Dual


def moments(x: list[Dual]) -> Moments:
    """Mean and biased variance."""
    n = len(x)
    mean = sum_duals(x) / n
    return Moments(mean, sum_duals((x_i - mean) * (x_i - mean) for x_i in x) / n)


def normalize(x: Dual, moments: Moments, gamma: Dual, beta: Dual, eps: Number) -> Dual:
    """One number, less the mean, over the deviation, scaled and shifted."""
    return gamma * ((x - moments.mean) / sqrt(moments.variance + eps)) + beta


def layer_norm(X: Nested, gamma: Nested, beta: Nested, eps: Number) -> Nested:
    """Normalise all entries of one frame or vector together."""
    of, sizes = moments(list(leaves(X))), shape(X)
    return map_nested(
        lambda x, g, b: normalize(x, of, g, b, eps),
        X,
        broadcast(gamma, sizes),
        broadcast(beta, sizes),
    )


def channel_moments(X: Nested) -> list[Moments]:
    """Moments of every channel over all axes but the last, time among them."""
    L = shape(X)[-1]
    per_channel: list[list[Dual]] = [[] for _ in range(L)]
    for i, x in enumerate(leaves(X)):
        per_channel[i % L].append(x)
    return [moments(x) for x in per_channel]


def batch_norm(
    X: Nested, moments: list[Moments], gamma: list[Dual], beta: list[Dual], eps: Number
) -> Nested:
    """Normalise every channel over the batch, time and space."""

    def entry(index: tuple[int, ...]) -> Dual:
        l = index[-1]
        return normalize(item_at(X, index), moments[l], gamma[l], beta[l], eps)

    return build_nested(shape(X), entry)


def update_running_moments(running: Moments, batch: Moments, n: int, momentum: Number) -> Moments:
    """Running moments after one more batch of n numbers; the variance enters unbiased."""
    unbiased = batch.variance * n / (n - 1)
    return Moments(
        (1 - momentum) * running.mean + momentum * batch.mean,
        (1 - momentum) * running.variance + momentum * unbiased,
    )
