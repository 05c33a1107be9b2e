"""The networks on images in JAX: channels last, time first, all layers but the neurons at once.

Importing this module does not import JAX; calling it does.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bench.jax_baselines import compiled, convolve, neuron_step, spike_function
from bench.torch_baselines import Baselines
from liaf_ref.kernels.array import Array
from liaf_ref.layers import (
    Activation,
    AveragePool,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Neurons,
    Params,
    TimeMean,
)
from liaf_ref.layers.sequential import strip_prefix
from liaf_ref.networks import SequenceClassifier

LayerFunction = Callable[[Any, dict[str, Any], Any], Any]  # of input, parameters and random key


def network_baselines(
    net: SequenceClassifier, params: Params, frames: Array, labels: Array, mu: float
) -> Baselines:
    """A network with its loss and all parameters' gradients, the neurons scanned and unrolled.

    Each returns the loss, and the gradients by name.
    """
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    x0 = jnp.asarray(np.ascontiguousarray(frames.swapaxes(0, 1)))
    y, key = jnp.asarray(labels), jax.random.key(0)
    leaves = {name: jnp.asarray(value) for name, value in params.items()}

    def loss(unroll: int, params: dict[str, Any], x: Any, key: Any) -> Any:
        for name, layer in net.sequential.stages:
            key, own = jax.random.split(key)
            run = _build(layer, mu, unroll)
            x = run(x, strip_prefix(params, name), own)
        chosen = jax.nn.one_hot(y, x.shape[-1])
        log_p = jax.nn.log_softmax(x[0])
        if net.criterion == "softmax_bce":
            others = jnp.log1p(-jnp.exp(log_p))
            return -(chosen * log_p + (1 - chosen) * others).mean()
        return -(chosen * log_p).sum(1).mean()

    return {
        name: compiled(jax.value_and_grad(partial(loss, unroll)), leaves, x0, key)
        for name, unroll in {"JAX, scan": 1, "JAX, unrolled": x0.shape[0]}.items()
    }


def _build(layer: Layer, mu: float, unroll: int) -> LayerFunction:
    if isinstance(layer, Neurons):
        return _neurons(layer, mu, unroll)
    return LAYER_BUILDERS[type(layer)](layer)


def _neurons(layer: Neurons, mu: float, unroll: int) -> LayerFunction:
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    spike = spike_function(mu)
    own = layer.neuron
    output = "F" if own.sends_spikes else "D" if own.mode == "TR" else "U"
    act = {"selu": jax.nn.selu}.get(str(own.act_name), lambda x: x)

    def run(x: Any, p: dict[str, Any], key: Any) -> Any:
        values = [p[name] for name in ("v_th", "v_reset", "alpha", "beta")]
        step = neuron_step(values, spike, output)
        return act(jax.lax.scan(step, jnp.zeros_like(x[0]), x, unroll=unroll)[1])

    return run


def _conv(layer: Conv2D) -> LayerFunction:
    def run(x: Any, p: dict[str, Any], key: Any) -> Any:
        y = convolve(x.reshape(-1, *x.shape[2:]), p["W"], p["b"])
        return y.reshape(*x.shape[:-1], -1)

    return run


def _pool(layer: AveragePool) -> LayerFunction:
    height, width = layer.size

    def run(x: Any, p: dict[str, Any], key: Any) -> Any:
        T, B, H, W, L = x.shape
        tiles = x[:, :, : H // height * height, : W // width * width]
        return tiles.reshape(T, B, H // height, height, W // width, width, L).mean((3, 5))

    return run


def _layer_norm(layer: LayerNorm) -> LayerFunction:
    def run(x: Any, p: dict[str, Any], key: Any) -> Any:
        axes = tuple(range(2, x.ndim))
        return _normalize(x, axes, layer.eps) * p["gamma"] + p["b"]

    return run


def _batch_norm(layer: BatchNorm) -> LayerFunction:
    def run(x: Any, p: dict[str, Any], key: Any) -> Any:
        axes = tuple(range(x.ndim - 1))
        return _normalize(x, axes, layer.eps) * p["gamma"] + p["b"]

    return run


def _normalize(x: Any, axes: tuple[int, ...], eps: float) -> Any:
    mean = x.mean(axes, keepdims=True)
    return (x - mean) / (x.var(axes, keepdims=True) + eps) ** 0.5


def _dropout(layer: Dropout) -> LayerFunction:
    import jax  # noqa: PLC0415

    def run(x: Any, p: dict[str, Any], key: Any) -> Any:
        keep = 1 - layer.rate
        return x * jax.random.bernoulli(key, keep, x.shape) / keep if layer.rate else x

    return run


def _activation(layer: Activation) -> LayerFunction:
    import jax  # noqa: PLC0415

    act = getattr(jax.nn, layer.act)
    return lambda x, p, key: act(x)


LAYER_BUILDERS: dict[type[Layer], Callable[[Any], LayerFunction]] = {
    Conv2D: _conv,
    AveragePool: _pool,
    LayerNorm: _layer_norm,
    BatchNorm: _batch_norm,
    Activation: _activation,
    Dropout: _dropout,
    Flatten: lambda layer: lambda x, p, key: x.reshape(*x.shape[:2], -1),
    TimeMean: lambda layer: lambda x, p, key: x.mean(0, keepdims=True),
    Dense: lambda layer: lambda x, p, key: x @ p["W"] + p["b"],
}
