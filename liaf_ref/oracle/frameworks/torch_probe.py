"""Running a PyTorch neuron for the probes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.frameworks.probe import Response

# Given the threshold as a tensor with a gradient and the number of runs, a fresh
# neuron: a function of one step's drive, shape (N, 1), that gives output and potential.
NeuronFactory = Callable[[Any, int], Callable[[Any], tuple[Any, Any]]]


def make_runner(build: NeuronFactory) -> Callable[[Array, float], Response]:
    """Make a subject's ``run`` of a neuron that takes one step at a time."""

    def build_sequence(v_th: Any, count: int) -> Callable[[Any], tuple[Any, Any]]:
        step = build(v_th, count)

        def run_all(drive: Any) -> tuple[Any, Any]:
            steps = [step(x) for x in drive]
            Y, V = (
                torch.stack([part.expand(count, 1) for part in s]) for s in zip(*steps, strict=True)
            )
            return Y, V

        return run_all

    return make_sequence_runner(build_sequence)


def make_sequence_runner(build: NeuronFactory) -> Callable[[Array, float], Response]:
    """Make one of a neuron that takes all steps at once, ``(T, N, 1)``; in float32, the default."""

    def run(I: Array, v_th: float) -> Response:
        drive = torch.tensor(I.T[:, :, None], dtype=torch.float32, requires_grad=True)
        threshold = torch.tensor([v_th], dtype=torch.float32, requires_grad=True)
        Y, V = build(threshold, I.shape[0])(drive)
        grads = [_gradients(y, drive, threshold) for y in Y]
        dv_th = [dv for _, dv in grads]
        none = all(dv is None for dv in dv_th)
        return Response(
            _numpy(Y),
            _numpy(V),
            np.stack([np.zeros(I.shape) if d is None else _numpy(d) for d, _ in grads]),
            None if none else np.array([0.0 if d is None else float(d) for d in dv_th]),
        )

    return run


def has_parameter(module: Any, name: str) -> bool:
    """Whether a module trains a parameter that ends in a name."""
    return any(
        found.endswith(name) and parameter.requires_grad
        for found, parameter in module.named_parameters()
    )


def _gradients(y: Any, drive: Any, threshold: Any) -> tuple[Any, Any]:
    if not y.requires_grad:
        return None, None
    found: tuple[Any, Any] = torch.autograd.grad(
        y.sum(), (drive, threshold), retain_graph=True, allow_unused=True
    )
    return found


def _numpy(tensor: Any) -> Array:
    array: Array = tensor.detach().numpy()[..., 0].T
    return array
