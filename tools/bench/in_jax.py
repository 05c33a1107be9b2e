"""JAX as its users write it, compiled by XLA: ``lax.scan`` over time, or steps unrolled.

XLA fuses the arithmetic of a step, or of several where the loop is unrolled.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

import liaf_ref.layers as ly
from bench import operations
from bench.operations import Arrays, Run, Values
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.adapters import jax_backend


@dataclass(frozen=True)
class Operations(operations.Operations):
    """The operations of JAX; ``unroll`` steps are in one iteration of a loop."""

    unroll: int = 1
    key: Any = None  # of dropout
    xp = jnp
    functions = jax.nn
    spike = staticmethod(jax_backend.spike)

    def step(self, run: Run, params: Arrays, data: Arrays, dY: Array | None) -> Callable[[], Any]:
        """A step that gives the output and all gradients, when it has them."""

        def gradients(params: Any, data: Any, dY: Any, key: Any) -> Any:
            Y, pull = jax.vjp(lambda p: run(replace(self, key=key), p, data), params)
            return Y, pull(jnp.ones_like(Y) if dY is None else dY)[0]

        compiled, given = jax.jit(gradients), jax.device_put((params, data, dY, jax.random.key(0)))
        return lambda: jax.block_until_ready(compiled(*given))

    def scan(self, step: Any, V: Any, I: Any) -> Any:
        """The output of each step."""
        return lax.scan(step, V, I, unroll=self.unroll)[1]

    def last(self, step: Any, state: Any, A: Any) -> Any:
        """The last state, so that no other is kept."""
        return lax.scan(lambda s, a: (step(s, a), None), state, A, unroll=self.unroll)[0]

    def layer(self, layer: ly.Layer, x: Any, p: Values) -> Any:
        """A layer without a state."""
        match layer:
            case ly.Conv2D():
                axes, images = ("NHWC", "HWIO", "NHWC"), x.reshape(-1, *x.shape[2:])
                y = lax.conv_general_dilated(images, p["W"], (1, 1), "SAME", dimension_numbers=axes)
                return y.reshape(*x.shape[:-1], -1) + p["b"]
            case ly.AveragePool():
                (h, w), (T, B, H, W, L) = layer.size, x.shape
                tiles = x[:, :, : H // h * h, : W // w * w]
                return tiles.reshape(T, B, H // h, h, W // w, w, L).mean((3, 5))
            case ly.LayerNorm() | ly.BatchNorm():
                own = isinstance(layer, ly.LayerNorm)
                over = tuple(range(2, x.ndim) if own else range(x.ndim - 1))
                return jax.nn.standardize(x, over, epsilon=layer.eps) * p["gamma"] + p["b"]
            case ly.Dropout():
                keep, key = 1 - layer.rate, jax.random.fold_in(self.key, x.size)
                return x * jax.random.bernoulli(key, keep, x.shape) / keep if layer.rate else x
        raise TypeError(f"expected a layer that JAX has, got {layer}")
