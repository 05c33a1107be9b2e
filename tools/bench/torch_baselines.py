"""The same computations in PyTorch.

Each function builds a step that runs forward and backward once, all gradients included.  By default
it is PyTorch as its users write it: the neuron's equations as printed, in the fastest layout (time-
major, contiguous, steps unbound), and PyTorch's own module for a recurrent cell.  Others are what
an expert makes of it: ``lerp`` for the reset and ``addcmul`` for the leak, the fastest of some 25
variants; subnormal numbers flushed to zero, since carried gradients decay into them; for the GRU of
Eq. (16), which is another function than ``nn.GRU``, a loop; images with channels last or first; and
the first one by ``torch.compile``, which needs a C++ compiler.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch

from bench.cases import NEURON_PARAMS, Step
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
from liaf_ref.layers.sequential import group_by_prefix
from liaf_ref.networks import SequenceClassifier

F = torch.nn.functional


def compiler(compiled: bool) -> Callable[[Any], Any]:
    """``torch.compile``, or an ImportError if a C++ compiler is missing; else what does nothing."""
    if not compiled:
        return lambda run: run
    program = os.environ.get("CXX", "g++")
    if shutil.which(program) is None:
        raise ImportError(f"torch.compile: no C++ compiler {program!r}")
    # With dynamic shapes, those of a second network of the process fail in Inductor (2.13).
    return partial(torch.compile, dynamic=False)


def start(threads: int = 1) -> None:
    """Set the number of threads, and begin the random numbers anew."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)


def gradients_of(leaves: list[Any], run: Callable[[], Any]) -> list[Any]:
    """Run, which goes backward, and give the gradients of the leaves."""
    for leaf in leaves:
        leaf.grad = None
    run()
    return [leaf.grad for leaf in leaves]


def spike_function(mu: float) -> Callable[[Any], Any]:
    """S of Eq. (4) with the window of Eq. (13), as an ``autograd.Function``."""

    class Spike(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return (x >= 0).to(x.dtype)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = ctx.saved_tensors
            return grad * (x.abs() < mu)

    apply: Callable[[Any], Any] = Spike.apply
    return apply


def reset_potential(U: Any, F: Any, p: list[Any], tuned: bool) -> Any:
    """Eqs. (5) and (6) as they stand, or in two operations."""
    _, v_reset, alpha, beta = p
    if tuned:
        return torch.addcmul(beta, torch.lerp(U, v_reset, F), alpha)
    return alpha * (F * v_reset + (1 - F) * U) + beta


def run_neurons(I: Any, V: Any, p: list[Any], spike: Any, output: str, tuned: bool) -> list[Any]:
    """Eqs. (3)-(8) step by step; ``output`` is ``"U"``, ``"D"`` or ``"F"``."""
    v_th, outputs = p[0], []
    for I_t in I:
        U = I_t + V
        D = U - v_th
        F = spike(D)
        outputs.append({"U": U, "D": D, "F": F}[output])
        V = reset_potential(U, F, p, tuned)
    return outputs


def neurons(
    arrays: Mapping[str, Array], mu: float, tuned: bool = False, compiled: bool = False
) -> Step:
    """LIAF neurons, threshold related, Act the identity, on the arrays of ``neuron_case``."""
    start()
    run = compiler(compiled)(
        partial(run_neurons, spike=spike_function(mu), output="D", tuned=tuned)
    )
    data = {name: torch.from_numpy(x) for name, x in arrays.items()}
    dY = list(data.pop("dY").unbind(0))

    def step() -> object:
        leaf = {name: x.detach().requires_grad_() for name, x in data.items() if name != "I"}
        I = [x.requires_grad_() for x in data["I"].detach().unbind(0)]
        torch.autograd.backward(run(I, leaf["V"], [leaf[name] for name in NEURON_PARAMS]), dY)
        return [x.grad for x in (*I, *leaf.values())]

    return step


Branch = tuple[list[Any], Callable[[Any], Any]]  # parameters; the last output of (T, B, K)


def babi(
    cell: str,
    arrays: Mapping[str, Array],
    sizes: tuple[int, int, int, float],
    tuned: bool = False,
    compiled: bool = False,
    flushed: bool = False,
) -> Step:
    """Fig. 5 with one of its temporal layers.

    Parameters
    ----------
    cell : str
        liaf, lif, rnn, lstm or gru.
    arrays : mapping of str to ndarray
        story, query and answer.
    sizes : tuple
        Vocabulary, width of the embedding, units, half width of the window.
    tuned : bool, default False
        Tune the neurons' reset; write the GRU as a loop of Eq. (16).
    compiled : bool, default False
        Use ``torch.compile``.
    flushed : bool, default False
        Flush subnormal numbers to zero.

    Returns
    -------
    Step
        Gives all gradients.
    """
    start()
    vocab, K, L, mu = sizes
    ids = [torch.from_numpy(np.ascontiguousarray(arrays[name].T)) for name in ("story", "query")]
    answer = torch.from_numpy(arrays["answer"])
    tables = [torch.randn(vocab, K).requires_grad_() for _ in ids]
    branches, wrap = [_branch(cell, K, L, mu, tuned) for _ in ids], compiler(compiled)
    runs = [wrap(run) for _, run in branches]
    head = torch.nn.Linear(2 * L, vocab)
    leaves = [*tables, *(x for params, _ in branches for x in params), *head.parameters()]

    def once() -> None:
        last = [run(F.embedding(i, E)) for i, E, run in zip(ids, tables, runs, strict=True)]
        F.cross_entropy(head(torch.cat(last, 1)), answer).backward()

    def step() -> object:
        torch.set_flush_denormal(flushed)
        try:
            return gradients_of(leaves, once)
        finally:
            torch.set_flush_denormal(False)

    return step


def _branch(cell: str, K: int, L: int, mu: float, tuned: bool) -> Branch:
    if cell in {"liaf", "lif"}:
        return _neuron_branch(cell, K, L, mu, tuned)
    if tuned:
        return _gru_branch(K, L)
    module = getattr(torch.nn, cell.upper())(K, L)
    return list(module.parameters()), lambda x: module(x)[0][-1]


def _new(*shape: int) -> Any:
    return (torch.randn(*shape) * 0.1).requires_grad_()


def _neuron_branch(cell: str, K: int, L: int, mu: float, tuned: bool) -> Branch:
    output, spike = {"liaf": "U", "lif": "F"}[cell], spike_function(mu)
    p = [torch.full((L,), value).requires_grad_() for value in (0.5, 0.1, 0.3, 0.05)]
    W, b = _new(K, L), _new(L)

    def last(x: Any) -> Any:
        I = torch.addmm(b, x.flatten(0, 1), W).view(*x.shape[:2], L).unbind(0)
        return run_neurons(I, x.new_zeros(x.shape[1], L), p, spike, output, tuned)[-1]

    return [W, b, *p], last


def _gru_branch(K: int, L: int) -> Branch:
    """Eq. (16) step by step."""
    W, b, U = _new(K, 3 * L), _new(3 * L), _new(L, 3 * L)

    def last(x: Any) -> Any:
        A = torch.addmm(b, x.flatten(0, 1), W).view(*x.shape[:2], -1)
        A_zr, A_h = A.split((2 * L, L), -1)
        U_zr, U_h = U.split((2 * L, L), 1)
        h = x.new_zeros(x.shape[1], L)
        for a_zr, a_h in zip(A_zr.unbind(0), A_h.unbind(0), strict=True):
            z, r = torch.sigmoid(torch.addmm(a_zr, h, U_zr)).chunk(2, 1)
            h = torch.lerp(h, torch.tanh(torch.addmm(a_h, r * h, U_h)), z)
        return h

    return [W, b, U], last


def convolution(arrays: Mapping[str, Array], channels_last: bool) -> Step:
    """Convolve three by three, stride 1, same padding; the gradients in X, W and b.

    Channels first is as fast where channels are many and places few.
    """
    start()
    layout = torch.channels_last if channels_last else torch.contiguous_format
    orders = {"X": (0, 3, 1, 2), "W": (3, 2, 0, 1), "b": (0,), "dI": (0, 3, 1, 2)}
    turned = {name: torch.from_numpy(arrays[name]).permute(o) for name, o in orders.items()}
    X, W, dI = (turned[name].contiguous(memory_format=layout) for name in ("X", "W", "dI"))
    leaves = [x.detach().requires_grad_() for x in (X, W, turned["b"])]
    return lambda: gradients_of(leaves, lambda: F.conv2d(*leaves, padding=1).backward(dI))


class Style(NamedTuple):
    """How a network on images is written; images are (T, B, H, W, L) or (T, B, L, H, W)."""

    channels_last: bool = True
    tuned: bool = False
    compiled: bool = False


def network(
    net: SequenceClassifier,
    params: Params,
    frames: Array,
    labels: Array,
    mu: float,
    threads: int,
    options: Mapping[str, bool],
) -> Step:
    """A network with its loss and all parameters' gradients, in the style of the options.

    Time comes first, so that a step of the neurons is contiguous; normalisation, pooling and
    convolution see all steps at once.  A step gives the loss, and the gradients in the order of
    the parameters.
    """
    start(threads)
    style, y, spike = Style(**options), torch.from_numpy(labels), spike_function(mu)
    x0 = torch.from_numpy(np.ascontiguousarray(frames.swapaxes(0, 1)))
    if not style.channels_last:
        x0 = x0.movedim(-1, 2).contiguous()
    stages = [
        (layer, _leaves(layer, group_by_prefix(params)[name], style))
        for name, layer in net.sequential.stages
    ]
    hot = F.one_hot(y, net.sequential.out_shape[0]).to(x0.dtype)

    def loss_of(x: Any) -> Any:
        for layer, p in stages:
            x = _apply(layer, x, p, spike, style)
        if net.criterion == "softmax_bce":
            return F.binary_cross_entropy(x[0].softmax(-1), hot)
        return F.cross_entropy(x[0], y)

    compute = compiler(style.compiled)(loss_of)
    leaves = [leaf for _, p in stages for leaf in p.values()]

    def step() -> object:
        for leaf in leaves:
            leaf.grad = None
        loss = compute(x0)
        loss.backward()
        return loss.detach(), [leaf.grad for leaf in leaves]

    return step


def _leaves(layer: Layer, params: Params, style: Style) -> dict[str, Any]:
    """A layer's parameters where PyTorch has them."""
    layout = torch.channels_last if style.channels_last else torch.contiguous_format

    def turned(key: str, value: Any) -> Any:
        match layer:
            case Conv2D() if key == "W":
                return value.permute(3, 2, 0, 1).contiguous(memory_format=layout).detach()
            case Dense() if key == "W":
                return value.T.contiguous()
            case LayerNorm() if not style.channels_last:
                return value.movedim(-1, 0).contiguous()
            case Neurons() if len(layer.in_shape) == 3 and not style.channels_last:
                return value.reshape(-1, 1, 1).clone()
        return value.clone()

    found = {key: torch.from_numpy(params[key]) for key in layer.param_shapes()}
    return {key: turned(key, value).requires_grad_() for key, value in found.items()}


def _apply(layer: Layer, x: Any, p: dict[str, Any], spike: Any, style: Style) -> Any:  # noqa: PLR0911
    """A layer as its users write it."""

    def on_images(run: Callable[[Any], Any]) -> Any:
        """A function of (N, L, H, W) on a sequence of images."""
        images = x.flatten(0, 1)
        if style.channels_last:
            y = run(images.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        else:
            y = run(images)
        return y.reshape(*x.shape[:2], *y.shape[1:])

    match layer:
        case Conv2D():
            return on_images(lambda z: F.conv2d(z, p["W"], p["b"], padding=1))
        case AveragePool():
            return on_images(lambda z: F.avg_pool2d(z, layer.size))
        case LayerNorm():
            return F.layer_norm(x, x.shape[2:], p["gamma"], p["b"], layer.eps)
        case BatchNorm():
            given = {"weight": p["gamma"], "bias": p["b"], "training": True, "eps": layer.eps}
            norm = partial(F.batch_norm, running_mean=None, running_var=None, **given)
            return norm(x.flatten(0, 1)).view(x.shape) if x.ndim == 3 else on_images(norm)
        case Neurons():
            own = layer.neuron
            output = "F" if own.sends_spikes else "D" if own.mode == "TR" else "U"
            values, V = [p[name] for name in NEURON_PARAMS], torch.zeros_like(x[0])
            steps = run_neurons(x.unbind(0), V, values, spike, output, style.tuned)
            Y = torch.stack(steps)
            return F.selu(Y) if str(own.act_name) == "selu" else Y
        case Activation():
            return getattr(F, layer.act)(x)
        case Dropout():
            return F.dropout(x, layer.rate)
        case Flatten():  # in the order that the dense weights expect
            return (x if style.channels_last else x.movedim(2, -1)).flatten(2)
        case TimeMean():
            return x.mean(0, keepdim=True)
        case Dense():
            return F.linear(x, p["W"], p["b"])
    raise TypeError(f"expected a layer that PyTorch has, got {layer}")
