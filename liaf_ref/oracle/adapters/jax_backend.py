"""The oracle's backend in JAX.

The paper's rule is one ``custom_vjp``: forward is the step of Eq. (4), backward the
window of Eq. (13).  To train, put the step into ``lax.scan`` and ``jit`` it.  Here cases are
short and no two alike, and compiling one takes longer than running it step by step.

``jax.nn`` holds to the paper where it has a kink: at 0 ``relu`` has slope 0 and ``selu``
its left one.  ``jnp.maximum(x, 0)`` does not, its slope there is 1/2.
"""

from functools import partial
from typing import Any

import jax
import jax.experimental
import jax.numpy as jnp
import numpy as np
from jax import lax

from liaf_ref.oracle.adapters.framework import Framework, Objective, Tensor, Tensors
from liaf_ref.oracle.case import Array, Case
from liaf_ref.oracle.table import Numbers

LAYOUTS = {2: ("NHWC", "HWIO", "NHWC"), 3: ("NDHWC", "DHWIO", "NDHWC")}


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def spike(x: Tensor, mu: float) -> Tensor:
    """S of Eq. (4): 1 where ``x >= 0``."""
    return (x >= 0).astype(x.dtype)  # (4)


def _forward(x: Tensor, mu: float) -> tuple[Tensor, Tensor]:
    return spike(x, mu), x


def _backward(mu: float, x: Tensor, dF: Tensor) -> tuple[Tensor]:
    return (dF * (abs(x) < mu),)  # (13)


spike.defvjp(_forward, _backward)


class JAX(Framework):
    """JAX."""

    xp = jnp
    activations = jax.nn
    tensor = staticmethod(jax.device_put)
    sigmoid = staticmethod(jax.nn.sigmoid)
    spike = staticmethod(spike)
    detach = staticmethod(lax.stop_gradient)

    def differentiate(self, f: Objective, at: Tensors) -> tuple[Tensors, Tensors]:
        """The gradients of a scalar, and what is computed on the way."""
        return jax.grad(f, has_aux=True)(at)  # type: ignore[no-any-return]

    def convolve(self, X: Tensor, W: Tensor, stride: Any, pad: Any) -> Tensor:
        """Convolve with zeros around."""
        pairs = [tuple(pair) for pair in pad]
        layout = LAYOUTS[len(pairs)]
        return lax.conv_general_dilated(X, W, tuple(stride), pairs, dimension_numbers=layout)

    def answer(self, numbers: Numbers | None = None) -> dict[str, Array]:
        """Answer in the case's precision, with no TF32 or bfloat16 in a product anywhere."""
        x64 = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
        with x64(self.dtype == np.float64), jax.default_matmul_precision("highest"):
            return super().answer(numbers)


def backend(case: Case) -> dict[str, Array]:
    """Answer a case; see :meth:`Pass.answer`."""
    return JAX(case).answer()
