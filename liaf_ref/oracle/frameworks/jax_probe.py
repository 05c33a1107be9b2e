"""Running a JAX neuron for the probes."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.frameworks.probe import Response

# Given the threshold as a number that is differentiated, a fresh neuron: its state, and a
# function of the state and one step's drive, shape (1, 1), that gives state, output, potential.
NeuronFactory = Callable[[Any], tuple[Any, Callable[[Any, Any], tuple[Any, Any, Any]]]]

# All calls have one shape, because each shape is compiled.
ROWS, STEPS = 32, 5


def make_runner(build: NeuronFactory) -> Callable[[Array, float], Response]:
    """Make a subject's ``run``, in float32, which is what all of them begin with."""

    def outputs(drives: Any, v_th: Any) -> tuple[Any, tuple[Any, Any]]:
        start, step = build(v_th)

        def one(state: Any, drive: Any) -> tuple[Any, tuple[Any, Any]]:
            state, y, v = step(state, drive.reshape(1, 1))
            return state, (jnp.squeeze(y), jnp.squeeze(v))

        _, (Y, V) = jax.lax.scan(one, start, drives)
        return Y, (Y, V)

    each = jax.jit(jax.vmap(jax.jacrev(outputs, argnums=(0, 1), has_aux=True), (0, None)))

    def run(I: Array, v_th: float) -> Response:
        N, T = I.shape
        rows = -(-N // ROWS) * ROWS
        drives = np.zeros((rows, max(T, STEPS)), np.float32)
        drives[:N, :T] = I  # a step does not see those after it
        blocks = [each(part, np.float32(v_th)) for part in np.split(drives, rows // ROWS)]
        (dI, dv_th), (Y, V) = jax.tree.map(lambda *parts: np.concatenate(parts)[:N, :T], *blocks)
        total = dv_th.sum(0)
        # JAX gives zeros where there is no gradient.
        return Response(Y, V, np.moveaxis(dI[..., :T], 1, 0), total if total.any() else None)

    return run
