"""The oracle's backend in HIPS autograd; equations in ``autograd_layers``, ``autograd_images``.

A plain update rule trains: autograd's own optimizers know no decay of weights, and its
``sgd`` scales the gradient by one minus the momentum.
"""

from collections.abc import Mapping
from typing import Any

from liaf_ref.oracle.adapters import graph, optimizers
from liaf_ref.oracle.adapters.autograd_images import OPS as IMAGE_OPS
from liaf_ref.oracle.adapters.autograd_layers import OPS as LAYER_OPS
from liaf_ref.oracle.adapters.graph import Tensor, Tensors
from liaf_ref.oracle.adapters.optional_import import optional_import
from liaf_ref.oracle.case import Array, Case

with optional_import("autograd"):
    import autograd.numpy as np
    from autograd import grad

OPS: dict[str, graph.Op] = {**LAYER_OPS, **IMAGE_OPS}


def backend(case: Case) -> dict[str, Array]:
    """Answer a case: traces, gradients, adjoints of every step, and training for L4."""
    graph.floating_dtype(case)
    done = graph.execute_graph(case, case, OPS)
    zeros = {
        name: np.zeros_like(value) for name, value in graph.collect_adjoint_targets(done).items()
    }
    grads = gradients(case, graph.leaf_arrays(case) | zeros)
    answer = graph.collect_traces(done) | {_answer_name(name): d for name, d in grads.items()}
    if case.optimizer is not None:
        answer |= train(case, case.optimizer)
    return {name: np.asarray(value) for name, value in answer.items()}


def gradients(case: Case, arrays: Tensors) -> Tensors:
    """Differentiate a case's objective in some of its arrays."""

    def forward(at: Tensors) -> Tensor:
        given = {**case, **at}
        return graph.objective(case, given, graph.execute_graph(case, given, OPS))

    found: Tensors = grad(forward)(arrays)
    return found


def train(case: Case, optimizer_config: Mapping[str, Any]) -> dict[str, Array]:
    """Train a case on its own batch, with a plain update rule."""

    def differentiate(params: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
        loss = graph.execute_graph(case, {**case, **params}, OPS)[case.nodes[-1].name].Y
        return loss, gradients(case, params)

    params = {name: array for name, array in case.items() if name.startswith("par/")}
    return optimizers.train(optimizer_config, params, differentiate)


def _answer_name(name: str) -> str:
    return name if name.startswith("dbg/") else f"grad/{name}"
