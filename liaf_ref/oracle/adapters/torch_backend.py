"""The oracle's backend in PyTorch; the equations are in ``torch_layers`` and ``torch_images``.

``retain_grad`` keeps the adjoint of every step, and ``torch.optim`` trains.
"""

from collections.abc import Mapping
from typing import Any

from liaf_ref.oracle.adapters import graph
from liaf_ref.oracle.adapters.graph import Tensor, Tensors
from liaf_ref.oracle.adapters.optional_import import optional_import
from liaf_ref.oracle.adapters.torch_images import OPS as IMAGE_OPS
from liaf_ref.oracle.adapters.torch_layers import OPS as LAYER_OPS
from liaf_ref.oracle.case import Array, Case

with optional_import("torch"):
    import torch

Options = Mapping[str, Any]
OPS: dict[str, graph.Op] = {**LAYER_OPS, **IMAGE_OPS}


def backend(case: Case, ops: Mapping[str, graph.Op] = OPS) -> dict[str, Array]:
    """Answer a case: traces, gradients, adjoints of every step, and training for L4."""
    graph.floating_dtype(case)
    given = {name: torch.tensor(array) for name, array in case.items()}
    leaves = {name: given[name].requires_grad_() for name in graph.leaf_arrays(case)}
    done = graph.execute_graph(case, given, ops)
    seen = graph.collect_adjoint_targets(done)
    for steps in seen.values():
        for step in steps:
            step.retain_grad()
    graph.objective(case, given, done).backward()
    answer = graph.collect_traces(done)
    answer |= {f"grad/{name}": _grad_or_zeros(leaf) for name, leaf in leaves.items()}
    answer |= {
        name: torch.stack([_grad_or_zeros(s) for s in steps], 1) for name, steps in seen.items()
    }
    if case.optimizer is not None:
        answer |= train(case, case.optimizer, ops)
    return {name: value.detach().numpy() for name, value in answer.items()}


def train(case: Case, optimizer_config: Options, ops: Mapping[str, graph.Op] = OPS) -> Tensors:
    """Train a case on its own batch with the usual training loop."""
    given = {name: torch.tensor(array) for name, array in case.items()}
    params = {n: given[n].requires_grad_() for n in graph.leaf_arrays(case) if n.startswith("par/")}
    optimizer = _make_optimizer(optimizer_config, list(params.values()))
    losses, first = [], {}
    for step in range(optimizer_config["steps"]):
        if step == 1:
            first = {f"step1/{n[4:]}": p.detach().clone() for n, p in params.items()}
        optimizer.zero_grad()
        done = graph.execute_graph(case, given, ops)
        graph.objective(case, given, done).backward()
        optimizer.step()
        losses.append(done[case.nodes[-1].name].Y.detach())
    return first | {"exp/curve": torch.stack(losses)}


def _make_optimizer(optimizer_config: Options, params: list[Tensor]) -> Any:
    """PyTorch's ``Adam`` takes its decay as L2 in the gradient, ``AdamW`` apart from it."""
    betas = optimizer_config.get("beta1", 0.9), optimizer_config.get("beta2", 0.999)
    decay = {
        "lr": optimizer_config["lr"],
        "weight_decay": optimizer_config.get("weight_decay", 0.0),
    }
    moments = decay | {"betas": betas, "eps": optimizer_config.get("eps", 1e-8)}
    table = {
        "sgd": lambda: torch.optim.SGD(
            params, momentum=optimizer_config.get("momentum", 0.0), **decay
        ),
        "adam": lambda: torch.optim.Adam(params, **moments),
        "adamw": lambda: torch.optim.AdamW(params, **moments),
    }
    return graph.lookup_or_decline("optimizer", optimizer_config["name"], table)()


def _grad_or_zeros(tensor: Tensor) -> Tensor:
    """PyTorch leaves None where no gradient flows."""
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
