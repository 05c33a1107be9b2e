"""The networks on images in eager PyTorch, each layer as its users write it.

Images lie (T, B, H, W, L) in memory, channels last, or (T, B, L, H, W); time first, so
that a step of the neurons is contiguous.  Normalisation, pooling and convolution see
all steps at once.  Importing this module does not import PyTorch; calling it does.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bench.torch_baselines import (
    Baselines,
    Wrap,
    reset_as_printed,
    reset_tuned,
    run_neurons,
    spike_function,
)
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
from liaf_ref.networks import SequenceClassifier as Classifier

LayerFunction = Callable[[Any], Any]
TorchLayers = list[tuple[list[Any], LayerFunction]]  # parameters, and what is done with them


class Style(NamedTuple):
    """How the peer is written: where the channels are, and the reset of its neurons."""

    channels_last: bool
    reset: Any


STYLES = {
    "PyTorch, channels last": Style(True, reset_as_printed),
    "PyTorch, channels first": Style(False, reset_as_printed),
    "PyTorch, channels last, neurons tuned": Style(True, reset_tuned),
}


def network_baselines(
    net: Classifier, params: Params, frames: Array, labels: Array, mu: float, threads: int = 1
) -> Baselines:
    """A network with its loss and all parameters' gradients, in several styles.

    Parameters
    ----------
    net : VisionNetwork
        The network, of layers that PyTorch has a word for.
    params : dict of str to ndarray
        Its parameters.
    frames : ndarray, shape (B, T, H, W, 2)
        Its input.
    labels : ndarray of int, shape (B,)
        True classes.
    mu : float
        Half width of the window.
    threads : int
        PyTorch's.

    Returns
    -------
    Baselines
        PyTorch as its users write it first.
    """
    return {
        name: network_step(net, params, (frames, labels), mu, style, threads=threads)
        for name, style in STYLES.items()
    }


def network_step(
    net: Classifier,
    params: Params,
    data: tuple[Array, Array],
    mu: float,
    style: Style,
    *,
    threads: int = 1,
    wrap: Wrap = lambda run: run,
) -> Callable[[], object]:
    """One of them; ``wrap`` may compile the loss."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    frames, y = data[0], torch.from_numpy(data[1])
    layers = _layers(torch, net, params, mu, style)
    x0 = torch.from_numpy(np.ascontiguousarray(frames.swapaxes(0, 1)))
    if not style.channels_last:
        x0 = x0.movedim(-1, 2).contiguous()
    leaves = [leaf for params, _ in layers for leaf in params]
    functions, classes = torch.nn.functional, net.sequential.out_shape[0]
    hot = functions.one_hot(y, classes).to(x0.dtype) if net.criterion == "softmax_bce" else None

    def loss_of(x: Any) -> Any:
        for _, run in layers:
            x = run(x)
        if hot is None:
            return functions.cross_entropy(x[0], y)
        return functions.binary_cross_entropy(x[0].softmax(-1), hot)

    compute = wrap(loss_of)

    def step() -> object:
        for leaf in leaves:
            leaf.grad = None
        loss = compute(x0)
        loss.backward()
        return loss.detach(), [leaf.grad for leaf in leaves]

    return step


def _layers(torch: Any, net: Classifier, params: Params, mu: float, style: Style) -> TorchLayers:
    built: TorchLayers = []
    for name, layer in net.sequential.stages:
        leaves = {
            key: _to_torch_layout(torch.from_numpy(value), key, layer, style).requires_grad_()
            for key, value in strip_prefix(params, name).items()
            if key in layer.param_shapes()
        }
        run = LAYER_BUILDERS[type(layer)](layer, LayerContext(torch, leaves, mu, style))
        built.append((list(leaves.values()), run))
    return built


def _to_torch_layout(value: Any, key: str, layer: Layer, style: Style) -> Any:
    """A parameter where PyTorch has it."""
    if isinstance(layer, Conv2D) and key == "W":
        value = value.permute(3, 2, 0, 1).contiguous()
        return value.contiguous(memory_format=_memory_format(style)).detach()
    if isinstance(layer, Dense) and key == "W":
        return value.T.contiguous()
    if isinstance(layer, LayerNorm) and not style.channels_last:
        return value.movedim(-1, 0).contiguous()
    if isinstance(layer, Neurons) and len(layer.in_shape) == 3 and not style.channels_last:
        return value.reshape(-1, 1, 1).clone()
    return value.clone()


def _memory_format(style: Style) -> Any:
    import torch  # noqa: PLC0415

    return torch.channels_last if style.channels_last else torch.contiguous_format


class LayerContext(NamedTuple):
    """What a layer's peer is made from."""

    torch: Any
    p: dict[str, Any]
    mu: float
    style: Style

    @property
    def F(self) -> Any:
        """PyTorch's functions."""
        return self.torch.nn.functional


def _build_conv(layer: Conv2D, context: LayerContext) -> LayerFunction:
    return _on_images(
        context.style, lambda x: context.F.conv2d(x, context.p["W"], context.p["b"], padding=1)
    )


def _build_pool(layer: AveragePool, context: LayerContext) -> LayerFunction:
    return _on_images(context.style, lambda x: context.F.avg_pool2d(x, layer.size))


def _build_layer_norm(layer: LayerNorm, context: LayerContext) -> LayerFunction:
    return lambda x: context.F.layer_norm(
        x, x.shape[2:], context.p["gamma"], context.p["b"], layer.eps
    )


def _build_batch_norm(layer: BatchNorm, context: LayerContext) -> LayerFunction:
    def run(x: Any) -> Any:
        return context.F.batch_norm(
            x, None, None, context.p["gamma"], context.p["b"], training=True, eps=layer.eps
        )

    if len(layer.shape) == 1:
        return lambda x: run(x.flatten(0, 1)).view(x.shape)
    return _on_images(context.style, run)


def _build_neurons(layer: Neurons, context: LayerContext) -> LayerFunction:
    spike = spike_function(context.torch, context.mu)
    own = layer.neuron
    output = "F" if own.sends_spikes else "D" if own.mode == "TR" else "U"
    act = {"selu": context.F.selu}.get(str(own.act_name), lambda x: x)
    values = [context.p[name] for name in ("v_th", "v_reset", "alpha", "beta")]

    def run(x: Any) -> Any:
        V = context.torch.zeros_like(x[0])
        steps = run_neurons(
            context.torch, x.unbind(0), V, values, spike, output, context.style.reset
        )
        return act(context.torch.stack(steps))

    return run


def _build_flatten(layer: Flatten, context: LayerContext) -> LayerFunction:
    if context.style.channels_last:
        return lambda x: x.flatten(2)
    return lambda x: x.movedim(2, -1).flatten(2)  # the order that the dense weights expect


LAYER_BUILDERS: dict[type[Layer], Callable[[Any, LayerContext], LayerFunction]] = {
    Conv2D: _build_conv,
    AveragePool: _build_pool,
    LayerNorm: _build_layer_norm,
    BatchNorm: _build_batch_norm,
    Neurons: _build_neurons,
    Activation: lambda layer, to: getattr(to.F, layer.act),
    Dropout: lambda layer, to: lambda x: to.F.dropout(x, layer.rate),
    Flatten: _build_flatten,
    TimeMean: lambda layer, to: lambda x: x.mean(0, keepdim=True),
    Dense: lambda layer, to: lambda x: to.F.linear(x, to.p["W"], to.p["b"]),
}


def _on_images(style: Style, run: LayerFunction) -> LayerFunction:
    """A function of (N, L, H, W) on sequences of images."""

    def on_images(x: Any) -> Any:
        T, B = x.shape[:2]
        x = x.flatten(0, 1)
        y = run(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1) if style.channels_last else run(x)
        return y.reshape(T, B, *y.shape[1:])

    return on_images
