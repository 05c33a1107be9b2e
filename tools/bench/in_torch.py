"""PyTorch as its users write it, or as an expert does.

By default it is in the fastest layout (time-major, contiguous, steps unbound), and a recurrent cell
is PyTorch's own function.  ``tuned`` is what an expert makes of it: ``lerp`` for the reset and
``addcmul`` for the leak, the fastest of some 25 variants, and a cell in a loop, since the GRU of
Eq. (16) is another function than PyTorch's; ``compiled`` is ``torch.compile``, which needs a C++
compiler.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

import liaf_ref.layers as ly
from bench import operations
from bench.operations import Arrays, Run, Values
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.adapters.torch_backend import Spike

CELLS = {"rnn": torch.rnn_tanh, "lstm": torch.lstm, "gru": torch.gru}


@dataclass(frozen=True)
class Operations(operations.Operations):
    """The operations of PyTorch."""

    tuned: bool = False
    compiled: bool = False
    xp = torch
    functions = functional
    spike = staticmethod(Spike.apply)

    def step(self, run: Run, params: Arrays, data: Arrays, dY: Array | None) -> Callable[[], Any]:
        """A step that gives the output, and the parameters with their gradients."""
        if self.compiled:  # with dynamic shapes, a second network of a process fails (2.13)
            run = torch.compile(run, dynamic=False)
        leaves = {name: self._leaf(name, torch.from_numpy(p)) for name, p in params.items()}
        flat = [p for each in leaves.values() for p in (each if isinstance(each, list) else [each])]
        given = {name: torch.from_numpy(x) for name, x in data.items()}
        start = None if dY is None else torch.from_numpy(dY)
        if "I" in leaves and start is not None:
            start = list(start.unbind(0))

        def step() -> object:
            for leaf in flat:
                leaf.grad = None
            Y = run(self, leaves, given)
            torch.autograd.backward(Y, start)
            return Y, leaves

        return step

    def _leaf(self, name: str, p: Any) -> Any:
        """A parameter as PyTorch has it: steps apart, and weights turned."""
        kind = name.rpartition(".")[2]
        if kind == "I":
            return [each.clone().requires_grad_() for each in p.unbind(0)]
        if kind == "W" and p.ndim == 4:
            p = p.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
        elif kind == "W" or (kind == "U" and not self.tuned):
            p = p.T.contiguous()
        return p.detach().clone().requires_grad_()

    def leak(self, U: Any, F: Any, v_reset: Any, alpha: Any, beta: Any) -> Any:
        """Eqs. (5) and (6), or in two operations."""
        if self.tuned:
            return torch.addcmul(beta, torch.lerp(U, v_reset, F), alpha)
        return super().leak(U, F, v_reset, alpha, beta)

    def scan(self, step: Any, V: Any, I: Any) -> list[Any]:
        """The output of each step."""
        outputs = []
        for I_t in I:
            V, y = step(V, I_t)
            outputs.append(y)
        return outputs

    def last(self, step: Any, state: Any, A: Any) -> Any:
        """The last state."""
        for a in A.unbind(0):
            state = step(state, a)
        return state

    def embed(self, E: Any, tokens: Any) -> Any:
        """The vector of each token."""
        return functional.embedding(tokens, E)

    def dense(self, x: Any, p: Values) -> Any:
        """A product with weights, and a bias."""
        return functional.linear(x, p["W"], p["b"])

    def temporal(self, cell: str, x: Any, p: Values) -> Any:
        """The last output, of a recurrent cell by PyTorch's own function."""
        if self.tuned or cell not in CELLS:
            return super().temporal(cell, x, p)
        zero = x.new_zeros(1, x.shape[1], p["U"].shape[1])
        start = (zero, zero) if cell == "lstm" else zero
        weights = [p["W"], p["U"], p["b"], torch.zeros_like(p["b"])]
        return CELLS[cell](x, start, weights, True, 1, 0.0, True, False, False)[0][-1]

    def layer(self, layer: ly.Layer, x: Any, p: Values) -> Any:
        """A layer that is one function of PyTorch."""
        match layer:
            case ly.Conv2D():
                return on_images(lambda z: functional.conv2d(z, p["W"], p["b"], padding=1), x)
            case ly.AveragePool():
                return on_images(lambda z: functional.avg_pool2d(z, layer.size), x)
            case ly.LayerNorm():
                return functional.layer_norm(x, x.shape[2:], p["gamma"], p["b"], layer.eps)
            case ly.BatchNorm():
                given = {"weight": p["gamma"], "bias": p["b"], "training": True, "eps": layer.eps}
                y = functional.batch_norm(x.reshape(-1, x.shape[-1]), None, None, **given)
                return y.view(x.shape)
            case ly.Dropout():
                return functional.dropout(x, layer.rate)
        raise TypeError(f"expected a layer that PyTorch has, got {layer}")


def on_images(run: Callable[[Any], Any], x: Any) -> Any:
    """A function of (N, L, H, W) on a sequence of images."""
    y = run(x.flatten(0, 1).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    return y.unflatten(0, x.shape[:2])
