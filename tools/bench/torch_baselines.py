"""The same computations in PyTorch.

Each function names steps that run forward and backward once, all gradients included, and says how
each is built.  The first is PyTorch as its users write it: the neuron's equations as printed, in
the fastest layout (time-major, contiguous, steps unbound), and PyTorch's own module for a recurrent
cell.  Others are what an expert makes of it: ``lerp`` for the reset and ``addcmul`` for the leak,
the fastest of some 25 variants; subnormal numbers flushed to zero, since carried gradients decay
into them; for the GRU of Eq. (16), which is another function than ``nn.GRU``, a loop; images with
channels last or first; and the first one by ``torch.compile``, which needs a C++ compiler.  This
module does not import PyTorch; building a step does.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

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
from liaf_ref.layers.sequential import strip_prefix
from liaf_ref.networks import SequenceClassifier

Step = Callable[[], object]
Baselines = dict[str, Callable[[], Step]]
Compile = Callable[[], Callable[[Any], Any]]
PARAMS = ("v_th", "v_reset", "alpha", "beta")


def no_compiler() -> Callable[[Any], Any]:
    """Eager PyTorch."""
    return lambda run: run


def torch_compile() -> Callable[[Any], Any]:
    """``torch.compile``, or an ImportError if PyTorch or a compiler is missing."""
    import torch  # noqa: PLC0415

    compiler = os.environ.get("CXX", "g++")
    if shutil.which(compiler) is None:
        raise ImportError(f"torch.compile: no C++ compiler {compiler!r}")
    # With dynamic shapes, those of a second network of the process fail in Inductor (2.13).
    return partial(torch.compile, dynamic=False)


def start(threads: int = 1) -> Any:
    """PyTorch with a number of threads, and its random numbers from the start."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    return torch


def spike_function(torch: Any, mu: float) -> Callable[[Any], Any]:
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


def reset_as_printed(torch: Any, U: Any, F: Any, p: list[Any]) -> Any:
    """Eqs. (5) and (6) as they stand."""
    _, v_reset, alpha, beta = p
    R = F * v_reset + (1 - F) * U
    return alpha * R + beta


def reset_tuned(torch: Any, U: Any, F: Any, p: list[Any]) -> Any:
    """Eqs. (5) and (6) in two operations."""
    _, v_reset, alpha, beta = p
    return torch.addcmul(beta, torch.lerp(U, v_reset, F), alpha)


def run_neurons(
    torch: Any, I: Any, V: Any, p: list[Any], spike: Any, output: str, reset: Any
) -> list[Any]:
    """Eqs. (3)-(8) step by step; ``output`` is ``"U"``, ``"D"`` or ``"F"``."""
    v_th, outputs = p[0], []
    for I_t in I:
        U = I_t + V
        D = U - v_th
        F = spike(D)
        outputs.append({"U": U, "D": D, "F": F}[output])
        V = reset(torch, U, F, p)
    return outputs


def neurons(arrays: Mapping[str, Array], mu: float) -> Baselines:
    """LIAF neurons, threshold related, Act the identity, on the arrays of ``neuron_case``."""
    step = partial(_neuron_step, arrays, mu)
    return {
        "PyTorch, as printed": partial(step, reset_as_printed, no_compiler),
        "PyTorch, tuned": partial(step, reset_tuned, no_compiler),
        "torch.compile, as printed": partial(step, reset_as_printed, torch_compile),
    }


def _neuron_step(arrays: Mapping[str, Array], mu: float, reset: Any, compiler: Compile) -> Step:
    torch = start()
    spike = spike_function(torch, mu)
    run = compiler()(partial(run_neurons, torch, spike=spike, output="D", reset=reset))
    data = {name: torch.from_numpy(x) for name, x in arrays.items()}
    dY = list(data.pop("dY").unbind(0))

    def step() -> object:
        leaf = {name: x.detach().requires_grad_() for name, x in data.items() if name != "I"}
        I = [x.requires_grad_() for x in data["I"].detach().unbind(0)]
        torch.autograd.backward(run(I, leaf["V"], [leaf[name] for name in PARAMS]), dY)
        return [x.grad for x in (*I, *leaf.values())]

    return step


def babi(cell: str, arrays: Mapping[str, Array], sizes: tuple[int, int, int, float]) -> Baselines:
    """Fig. 5 with one of its temporal layers.

    Parameters
    ----------
    cell : str
        liaf, lif, rnn, lstm or gru.
    arrays : mapping of str to ndarray
        story, query and answer.
    sizes : tuple
        Vocabulary, width of the embedding, units, half width of the window.

    Returns
    -------
    Baselines
        PyTorch as its users write it first.
    """
    step = partial(_babi_step, arrays, sizes)
    if cell in {"liaf", "lif"}:
        branch, tuned = (partial(_neuron_branch, cell, r) for r in (reset_as_printed, reset_tuned))
        return {
            "PyTorch, as printed": partial(step, branch, no_compiler),
            "PyTorch, tuned": partial(step, tuned, no_compiler),
            "PyTorch, tuned, subnormals flushed": lambda: _flushed(step(tuned, no_compiler)),
            "torch.compile, as printed": partial(step, branch, torch_compile),
        }
    name = f"nn.{cell.upper()}"
    module = partial(_module_branch, cell.upper())
    loop = {"PyTorch, loop of (16)": partial(step, _gru_branch, no_compiler)}
    return {
        f"PyTorch, {name}": partial(step, module, no_compiler),
        **(loop if cell == "gru" else {}),
        f"torch.compile, {name}": partial(step, module, torch_compile),
    }


Branch = tuple[list[Any], Callable[[Any], Any]]  # parameters; the last output of (T, B, K)


def _new(torch: Any, *shape: int) -> Any:
    return (torch.randn(*shape) * 0.1).requires_grad_()


def _neuron_branch(cell: str, reset: Any, torch: Any, K: int, L: int, mu: float) -> Branch:
    output, spike = {"liaf": "U", "lif": "F"}[cell], spike_function(torch, mu)
    p = [torch.full((L,), value).requires_grad_() for value in (0.5, 0.1, 0.3, 0.05)]
    W, b = _new(torch, K, L), _new(torch, L)

    def last(x: Any) -> Any:
        I = torch.addmm(b, x.flatten(0, 1), W).view(*x.shape[:2], L).unbind(0)
        return run_neurons(torch, I, x.new_zeros(x.shape[1], L), p, spike, output, reset)[-1]

    return [W, b, *p], last


def _gru_branch(torch: Any, K: int, L: int, mu: float) -> Branch:
    """Eq. (16) step by step."""
    W, b, U = _new(torch, K, 3 * L), _new(torch, 3 * L), _new(torch, L, 3 * L)

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


def _module_branch(name: str, torch: Any, K: int, L: int, mu: float) -> Branch:
    module = getattr(torch.nn, name)(K, L)
    return list(module.parameters()), lambda x: module(x)[0][-1]


def _flushed(step: Step) -> Step:
    torch = start()

    def flushed() -> object:
        torch.set_flush_denormal(True)
        try:
            return step()
        finally:
            torch.set_flush_denormal(False)

    return flushed


def _babi_step(
    arrays: Mapping[str, Array],
    sizes: tuple[int, int, int, float],
    branch: Callable[..., Branch],
    compiler: Compile,
) -> Step:
    torch, (vocab, K, L, mu) = start(), sizes
    ids = [torch.from_numpy(np.ascontiguousarray(arrays[name].T)) for name in ("story", "query")]
    answer = torch.from_numpy(arrays["answer"])
    tables = [torch.randn(vocab, K).requires_grad_() for _ in ids]
    branches, wrap = [branch(torch, K, L, mu) for _ in ids], compiler()
    runs = [wrap(run) for _, run in branches]
    head = torch.nn.Linear(2 * L, vocab)
    leaves = [*tables, *(x for params, _ in branches for x in params), *head.parameters()]
    embed, loss = torch.nn.functional.embedding, torch.nn.functional.cross_entropy

    def step() -> object:
        for leaf in leaves:
            leaf.grad = None
        last = [run(embed(i, E)) for i, E, run in zip(ids, tables, runs, strict=True)]
        loss(head(torch.cat(last, 1)), answer).backward()
        return [leaf.grad for leaf in leaves]

    return step


def convolution(arrays: Mapping[str, Array]) -> Baselines:
    """Convolve three by three, stride 1, same padding; the gradients in X, W and b.

    Channels first is as fast where channels are many and places few.
    """
    return {
        "PyTorch, channels last": partial(_convolution_step, arrays, True),
        "PyTorch, channels first": partial(_convolution_step, arrays, False),
    }


def _convolution_step(arrays: Mapping[str, Array], channels_last: bool) -> Step:
    torch = start()
    layout = torch.channels_last if channels_last else torch.contiguous_format
    orders = {"X": (0, 3, 1, 2), "W": (3, 2, 0, 1), "b": (0,), "dI": (0, 3, 1, 2)}
    turned = {name: torch.from_numpy(arrays[name]).permute(o) for name, o in orders.items()}
    X, W, dI = (turned[name].contiguous(memory_format=layout) for name in ("X", "W", "dI"))
    leaves = [x.detach().requires_grad_() for x in (X, W, turned["b"])]

    def step() -> object:
        for leaf in leaves:
            leaf.grad = None
        torch.nn.functional.conv2d(*leaves, padding=1).backward(dI)
        return [leaf.grad for leaf in leaves]

    return step


class Style(NamedTuple):
    """How a network on images is written; images are (T, B, H, W, L) or (T, B, L, H, W)."""

    channels_last: bool = True
    reset: Any = reset_as_printed
    compiler: Compile = no_compiler


STYLES = {
    "PyTorch, channels last": Style(),
    "PyTorch, channels first": Style(channels_last=False),
    "PyTorch, channels last, neurons tuned": Style(reset=reset_tuned),
    "torch.compile, channels last": Style(compiler=torch_compile),
}


def network(
    net: SequenceClassifier, params: Params, frames: Array, y: Array, mu: float, threads: int = 1
) -> Baselines:
    """A network with its loss and all parameters' gradients; the names with more than one thread.

    Time comes first, so that a step of the neurons is contiguous; normalisation, pooling and
    convolution see all steps at once.  Each returns the loss, and the gradients in the order of
    the parameters.
    """
    found: Baselines = {
        name: partial(_network_step, net, params, frames, y, mu, threads, style)
        for name, style in STYLES.items()
    }
    if threads == 1:
        return found
    return {f"{name}, {threads} threads": b for name, b in found.items() if "compile" not in name}


def _network_step(
    net: SequenceClassifier,
    params: Params,
    frames: Array,
    labels: Array,
    mu: float,
    threads: int,
    style: Style,
) -> Step:
    torch = start(threads)
    F, y, spike = torch.nn.functional, torch.from_numpy(labels), spike_function(torch, mu)
    x0 = torch.from_numpy(np.ascontiguousarray(frames.swapaxes(0, 1)))
    if not style.channels_last:
        x0 = x0.movedim(-1, 2).contiguous()
    stages = [
        (layer, _leaves(torch, layer, strip_prefix(params, name), style))
        for name, layer in net.sequential.stages
    ]
    hot = F.one_hot(y, net.sequential.out_shape[0]).to(x0.dtype)

    def loss_of(x: Any) -> Any:
        for layer, p in stages:
            x = _apply(torch, layer, x, p, spike, style)
        if net.criterion == "softmax_bce":
            return F.binary_cross_entropy(x[0].softmax(-1), hot)
        return F.cross_entropy(x[0], y)

    compute = style.compiler()(loss_of)
    leaves = [leaf for _, p in stages for leaf in p.values()]

    def step() -> object:
        for leaf in leaves:
            leaf.grad = None
        loss = compute(x0)
        loss.backward()
        return loss.detach(), [leaf.grad for leaf in leaves]

    return step


def _leaves(torch: Any, layer: Layer, params: Params, style: Style) -> dict[str, Any]:
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


def _apply(torch: Any, layer: Layer, x: Any, p: dict[str, Any], spike: Any, style: Style) -> Any:  # noqa: PLR0911
    """A layer as its users write it."""
    F = torch.nn.functional

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
            norm = partial(F.batch_norm, running_mean=None, running_var=None, weight=p["gamma"],
                           bias=p["b"], training=True, eps=layer.eps)  # fmt: skip
            return norm(x.flatten(0, 1)).view(x.shape) if x.ndim == 3 else on_images(norm)
        case Neurons():
            own = layer.neuron
            output = "F" if own.sends_spikes else "D" if own.mode == "TR" else "U"
            values, V = [p[name] for name in PARAMS], torch.zeros_like(x[0])
            steps = run_neurons(torch, x.unbind(0), V, values, spike, output, style.reset)
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
