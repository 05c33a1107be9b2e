"""The same computations in PyTorch.

Each function builds a step that runs forward and backward once, all gradients included.  By default
it is PyTorch as its users write it: the neuron's equations as printed, in the fastest layout (time-
major, contiguous, steps unbound), and PyTorch's own module for a recurrent cell.  A style says what
an expert makes of it: ``lerp`` for the reset and ``addcmul`` for the leak, the fastest of some 25
variants; subnormal numbers flushed to zero, since carried gradients decay into them; for the GRU of
Eq. (16), which is another function than ``nn.GRU``, a loop; and the first one by ``torch.compile``,
which needs a C++ compiler.  Images are stored with channels last, as ours are.
"""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch

import bench
import liaf_ref.layers as ly
from bench import MU, NEURON_PARAMS, Step
from liaf_ref.kernels.array import Array
from liaf_ref.networks import SequenceClassifier
from liaf_ref.oracle.adapters.torch_backend import Spike

F = torch.nn.functional


class Style(NamedTuple):
    """How a computation is written; images are (T, B, H, W, L)."""

    tuned: bool = False
    compiled: bool = False
    flushed: bool = False
    threads: int = 1

    def compile(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """By ``torch.compile``, or an ImportError if a C++ compiler is missing."""
        torch.set_num_threads(self.threads)
        if not self.compiled:
            return run
        program = os.environ.get("CXX", "g++")
        if shutil.which(program) is None:
            raise ImportError(f"torch.compile: no C++ compiler {program!r}")
        # With dynamic shapes, those of a second network of the process fail in Inductor (2.13).
        compiled: Callable[..., Any] = torch.compile(run, dynamic=False)
        return compiled

    def gradients(self, leaves: list[Any], run: Callable[[], Any], dY: Any = None) -> Step:
        """A step that gives the output and the gradients of the leaves."""

        def step() -> object:
            torch.set_flush_denormal(self.flushed)
            for leaf in leaves:
                leaf.grad = None
            Y = run()
            Y.backward(dY)
            torch.set_flush_denormal(False)
            return Y.detach(), [leaf.grad for leaf in leaves]

        return step

    def activate(self, name: str, x: Any) -> Any:
        """An Act by its name."""
        return getattr(F, name)(x)

    def spike(self, x: Any) -> Any:
        """(4) and (13)."""
        return Spike.apply(x, MU)

    def leak(self, U: Any, F: Any, v_reset: Any, alpha: Any, beta: Any) -> Any:
        """Eqs. (5) and (6), or in two operations."""
        if self.tuned:
            return torch.addcmul(beta, torch.lerp(U, v_reset, F), alpha)
        return bench.leak(U, F, v_reset, alpha, beta)

    def steps(self, step: Callable[[Any, Any], tuple[Any, Any]], V: Any, I: Any) -> list[Any]:
        """The output of each step."""
        outputs = []
        for I_t in I:
            V, y = step(V, I_t)
            outputs.append(y)
        return outputs

    def scan(self, step: Callable[[Any, Any], tuple[Any, Any]], I: Any) -> Any:
        """All outputs as one array."""
        return torch.stack(self.steps(step, torch.zeros_like(I[0]), I.unbind(0)))

    def flatten(self, x: Any) -> Any:
        """Images as rows."""
        return x.flatten(2)

    def layer(self, layer: ly.Layer, x: Any, p: Mapping[str, Any]) -> Any:
        """A layer that is one function of PyTorch."""
        match layer:
            case ly.Conv2D():
                return on_images(lambda z: F.conv2d(z, p["W"], p["b"], padding=1), x)
            case ly.AveragePool():
                return on_images(lambda z: F.avg_pool2d(z, layer.size), x)
            case ly.LayerNorm():
                return F.layer_norm(x, x.shape[2:], p["gamma"], p["b"], layer.eps)
            case ly.BatchNorm():
                given = {"weight": p["gamma"], "bias": p["b"], "training": True, "eps": layer.eps}
                y = F.batch_norm(x.reshape(-1, x.shape[-1]), None, None, **given)
                return y.view(x.shape)
            case ly.Dropout():
                return F.dropout(x, layer.rate)
            case ly.Dense():
                return F.linear(x, p["W"], p["b"])
        raise TypeError(f"expected a layer that PyTorch has, got {layer}")


def on_images(run: Callable[[Any], Any], x: Any) -> Any:
    """A function of (N, L, H, W) on a sequence of images."""
    y = run(x.flatten(0, 1).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    return y.unflatten(0, x.shape[:2])


def leaf(name: str, value: Any) -> Any:
    """A parameter as PyTorch has it: weights of a convolution and of a product the other way."""
    if name == "W" and value.ndim == 4:
        value = value.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
    elif name == "W":
        value = value.T.contiguous()
    return value.detach().clone().requires_grad_()


def neurons(style: Style, arrays: Mapping[str, Array]) -> Step:
    """LIAF neurons, threshold related, Act the identity, on the arrays of ``neuron_case``."""
    data = {name: torch.from_numpy(x) for name, x in arrays.items()}
    dY = list(data.pop("dY").unbind(0))
    run = style.compile(lambda I, V, p: style.steps(bench.neuron_step(style, p, "D"), V, I))

    def step() -> object:
        leaf = {name: x.detach().requires_grad_() for name, x in data.items() if name != "I"}
        I = [x.requires_grad_() for x in data["I"].detach().unbind(0)]
        torch.autograd.backward(run(I, leaf["V"], [leaf[name] for name in NEURON_PARAMS]), dY)
        return [x.grad for x in (*I, *leaf.values())]

    return step


Branch = tuple[list[Any], Callable[[Any], Any]]  # parameters; the last output of (T, B, K)


def babi(style: Style, cell: str, arrays: Mapping[str, Array], sizes: Sequence[int]) -> Step:
    """Fig. 5 with one of its temporal layers; sizes of vocabulary, embedding, layer."""
    (vocab, K, L), wrap = sizes, style.compile
    ids = [torch.from_numpy(np.ascontiguousarray(arrays[name].T)) for name in ("story", "query")]
    answer = torch.from_numpy(arrays["answer"])
    torch.manual_seed(0)
    tables = [torch.randn(vocab, K).requires_grad_() for _ in ids]
    branches = [_branch(style, cell, K, L) for _ in ids]
    runs, head = [wrap(run) for _, run in branches], torch.nn.Linear(2 * L, vocab)

    def loss() -> Any:
        last = [run(F.embedding(i, E)) for i, E, run in zip(ids, tables, runs, strict=True)]
        return F.cross_entropy(head(torch.cat(last, 1)), answer)

    leaves = [*tables, *(x for params, _ in branches for x in params), *head.parameters()]
    return style.gradients(leaves, loss)


def _branch(style: Style, cell: str, K: int, L: int) -> Branch:
    gru = cell == "gru" and style.tuned
    if cell not in {"liaf", "lif"} and not gru:
        module = getattr(torch.nn, cell.upper())(K, L)
        return list(module.parameters()), lambda x: module(x)[0][-1]
    width = 3 * L if gru else L
    shapes = ((K, width), (width,), *([(L, width)] if gru else []))
    W, b, *U = ((torch.randn(*shape) * 0.1).requires_grad_() for shape in shapes)
    p = [torch.full((L,), value).requires_grad_() for value in NEURON_PARAMS.values()]

    def last(x: Any) -> Any:
        A = torch.addmm(b, x.flatten(0, 1), W).unflatten(0, x.shape[:2])
        start = x.new_zeros(x.shape[1], L)
        if gru:
            return _gru(A, start, U[0], L)
        step = bench.neuron_step(style, p, {"liaf": "U", "lif": "F"}[cell])
        return style.steps(step, start, A.unbind(0))[-1]

    return [W, b, *(U if gru else p)], last


def _gru(A: Any, h: Any, U: Any, L: int) -> Any:
    """Eq. (16) step by step."""
    U_zr, U_h = U.split((2 * L, L), 1)
    for a_zr, a_h in zip(*(part.unbind(0) for part in A.split((2 * L, L), -1)), strict=True):
        z, r = torch.sigmoid(torch.addmm(a_zr, h, U_zr)).chunk(2, 1)
        h = torch.lerp(h, torch.tanh(torch.addmm(a_h, r * h, U_h)), z)
    return h


def convolution(style: Style, arrays: Mapping[str, Array]) -> Step:
    """Convolve three by three, stride 1, same padding; the gradients in X, W and b."""
    run = style.compile(partial(F.conv2d, padding=1))
    orders = {"X": (0, 3, 1, 2), "W": (3, 2, 0, 1), "dI": (0, 3, 1, 2)}
    turned = (torch.from_numpy(arrays[n]).permute(order) for n, order in orders.items())
    X, W, dI = (x.contiguous(memory_format=torch.channels_last) for x in turned)
    leaves = [x.detach().requires_grad_() for x in (X, W, torch.from_numpy(arrays["b"]))]
    return style.gradients(leaves, lambda: run(*leaves), dI)


def network(
    style: Style, net: SequenceClassifier, params: ly.Params, frames: Array, labels: Array
) -> Step:
    """A network with its loss and all parameters' gradients, in the order of the parameters.

    Time comes first, so that a step of the neurons is contiguous.
    """
    y, x = torch.from_numpy(labels), torch.from_numpy(np.ascontiguousarray(frames.swapaxes(0, 1)))
    leaves = {
        name: leaf(name.rpartition(".")[2], torch.from_numpy(p)) for name, p in params.items()
    }
    hot = F.one_hot(y, net.sequential.out_shape[0]).to(x.dtype)

    def loss_of(x: Any) -> Any:
        out = bench.run_network(style, net, leaves, x)
        if net.criterion == "softmax_bce":
            return F.binary_cross_entropy(out.softmax(-1), hot)
        return F.cross_entropy(out, y)

    run = style.compile(loss_of)
    return style.gradients([*leaves.values()], lambda: run(x))
