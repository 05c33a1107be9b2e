"""The stages of the blocks of Fig. 6 and Section VI-C, forward and backward."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from independent import sampling
from independent.comparison import Array, Arrays

from liaf_ref.kernels import average_pool, conv, neuron, norm
from liaf_ref.kernels.activation import ACTIVATIONS, relu
from liaf_ref.kernels.grid import Grid, same
from liaf_ref.kernels.pair import Pair

KERNEL, SIZE = (3, 3), (2, 2)
GRID = Grid((1, 1), same(KERNEL))
EPS = 1e-3


def _no_kinks(at: Arrays, tape: Any, mu: float) -> tuple[float, int]:
    """A stage without kinks: no limit on the distance, and more than enough of each situation."""
    return np.inf, 99


class Stage(NamedTuple):
    """One stage of a block; ``forward`` gives output, the state's share in the loss, and tape."""

    shapes: dict[str, tuple[int, ...]]
    forward: Callable[[Any, Array], tuple[Array, Any, Any]]
    backward: Callable[[Array, Any], tuple[Array, Arrays]]
    kink_margin_and_count: Callable[[Arrays, Any, float], tuple[float, int]] = _no_kinks


def convolution_stage(K: int, L: int, bias: bool = True) -> Stage:
    """Conv2D of all time steps at once; without bias where a norm would make it idle."""

    def forward(at: Any, X: Array) -> tuple[Array, Any, Any]:
        I, tape = conv.forward(X, conv.Params(at["W"], at.get("b", np.zeros(()))), GRID)
        return I, 0, tape

    def backward(dI: Array, tape: Any) -> tuple[Array, Arrays]:
        dX, dp = conv.backward(dI, tape, GRID)
        return dX, {"W": dp.W, "b": dp.b} if bias else {"W": dp.W}

    shapes: dict[str, tuple[int, ...]] = {"W": (*KERNEL, K, L)}
    return Stage(shapes | ({"b": (L,)} if bias else {}), forward, backward)


def normalization(axes: tuple[int, ...], affine: tuple[int, ...]) -> Stage:
    """LayerNorm or BatchNorm, by its axes."""

    def forward(at: Any, X: Array) -> tuple[Array, Any, Any]:
        Y, _, tape = norm.forward(X, norm.Params(at["gamma"], at["b"]), axes, EPS)
        return Y, 0, tape

    def backward(dY: Array, tape: Any) -> tuple[Array, Arrays]:
        dX, dp = norm.backward(dY, tape, axes)
        return dX, dp._asdict()

    return Stage({"gamma": affine, "b": affine}, forward, backward)


def relu_stage() -> Stage:
    """TD-activation."""
    return Stage(
        {},
        lambda at, X: (relu.value(X), 0, X),
        lambda dY, X: (dY * relu.slope(X), {}),
        lambda at, X, mu: (abs(X).min(), 99),
    )


def pooling_stage() -> Stage:
    """TD-AvgPooling."""

    def forward(at: Any, X: Array) -> tuple[Array, Any, Any]:
        Y, tape = average_pool.forward(X, SIZE, SIZE)
        return Y, 0, tape

    return Stage(
        {},
        forward,
        lambda dY, tape: (average_pool.backward(dY, tape, SIZE, SIZE), {}),
    )


def neuron_stage(
    state: tuple[int, ...],
    parameter_shape: tuple[int, ...],
    output: str,
    s: int,
    spike: Pair,
    mu: float,
) -> Stage:
    """DirectLIAF or, with output "lif", DirectLIF; the loss sees the last state too."""
    act = spike if output == "lif" else ACTIVATIONS[output]
    dV = np.random.default_rng(93).normal(size=state)

    def forward(at: Any, I: Array) -> tuple[Array, Any, Any]:
        p = neuron.Params(*(at[name] for name in neuron.Params._fields))
        Y, V, tape = neuron.forward(I, at["V"], p, spike, act, s)
        return Y, (V * dV).sum(), tape

    def backward(dY: Array, tape: Any) -> tuple[Array, Arrays]:
        dI, dV0, dp = neuron.backward(dY, dV, tape, spike, act, s)
        return dI, {"V": dV0, **dp._asdict()}

    def inspect(at: Arrays, tape: Any, mu: float) -> tuple[float, int]:
        x, seen = tape.U - at["v_th"], tape.U - s * at["v_th"]
        kinks = min(abs(abs(x) - mu).min(), abs(x).min(), abs(seen).min())
        return kinks, min(sampling.count_situations(x, seen, mu))

    shapes = {"V": state} | dict.fromkeys(neuron.Params._fields, parameter_shape)
    return Stage(shapes, forward, backward, inspect)
