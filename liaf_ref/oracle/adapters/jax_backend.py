"""The oracle's backend in JAX; the equations are in ``jax_layers`` and ``jax_images``.

JAX brings no optimizer, so a plain update rule trains.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from liaf_ref.oracle.adapters import graph, optimizers
from liaf_ref.oracle.adapters.graph import Tensor, Tensors
from liaf_ref.oracle.adapters.jax_images import OPS as IMAGE_OPS
from liaf_ref.oracle.adapters.jax_layers import OPS as LAYER_OPS
from liaf_ref.oracle.adapters.optional_import import optional_import
from liaf_ref.oracle.case import Array, Case

with optional_import("jax"):
    import jax
    import jax.experimental

Options = Mapping[str, Any]
OPS: dict[str, graph.Op] = {**LAYER_OPS, **IMAGE_OPS}


def backend(case: Case) -> dict[str, Array]:
    """Answer a case: traces, gradients, adjoints of every step, and training for L4."""
    with precision(graph.floating_dtype(case)):
        given = {name: jax.device_put(array) for name, array in case.items()}
        leaves = {name: given[name] for name in graph.leaf_arrays(case)}
        seen = jax.eval_shape(
            lambda at: graph.collect_adjoint_targets(graph.execute_graph(case, given | at, OPS)),
            leaves,
        )
        zeros = {name: jax.device_put(np.zeros(x.shape, x.dtype)) for name, x in seen.items()}
        given |= zeros
        (_, traces), grads = _differentiate(case, given)(leaves | zeros)
        answer = traces | {_answer_name(name): grad for name, grad in grads.items()}
        if case.optimizer is not None:
            answer |= train(case, case.optimizer, given)
        return {name: np.array(value) for name, value in answer.items()}


def train(case: Case, optimizer_config: Options, tensors: Tensors) -> dict[str, Array]:
    """Train a case on its own batch, with a plain update rule."""

    def differentiate(params: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
        (_, traces), grads = _differentiate(case, tensors)(params)
        loss = traces[f"exp/{case.nodes[-1].name}.loss"]
        return np.asarray(loss), {name: np.asarray(grad) for name, grad in grads.items()}

    params = {name: array for name, array in case.items() if name.startswith("par/")}
    return optimizers.train(optimizer_config, params, differentiate)


def _differentiate(case: Case, tensors: Tensors) -> Callable[[Any], Any]:
    """The objective with the traces, and its gradients, as a function of some of the arrays."""

    def forward(at: Tensors) -> tuple[Tensor, Tensors]:
        done = graph.execute_graph(case, tensors | at, OPS)
        return graph.objective(case, tensors, done), graph.collect_traces(done)

    differentiated: Callable[[Any], Any] = jax.value_and_grad(forward, has_aux=True)
    return differentiated


def _answer_name(name: str) -> str:
    return name if name.startswith("dbg/") else f"grad/{name}"


@contextmanager
def precision(dtype: np.dtype[Any]) -> Iterator[None]:
    """float64 only where asked for, and no TF32 or bfloat16 in a product anywhere."""
    x64 = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
    with x64(dtype == np.float64), jax.default_matmul_precision("highest"):
        yield
