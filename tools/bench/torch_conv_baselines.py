"""A convolution in eager PyTorch, in both layouts; :mod:`bench.torch_baselines` on its own.

The first is PyTorch as its users write it for images whose channels come last; the
other has channels first, which is as fast where channels are many and places few.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bench.torch_baselines import Baselines
from liaf_ref.kernels.array import Array

CHANNELS_LAST, CHANNELS_FIRST = "PyTorch, channels last", "PyTorch, channels first"


def conv_baselines(arrays: Mapping[str, Array]) -> Baselines:
    """Convolve three by three, stride 1, same padding; all gradients.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        X ``(N, H, W, K)``, W ``(3, 3, K, L)``, b ``(L,)``, dI ``(N, H, W, L)``.

    Returns
    -------
    Baselines
        Each returns the gradients in X, W and b, in PyTorch's order of axes.
    """
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    orders = {"X": (0, 3, 1, 2), "W": (3, 2, 0, 1), "b": (0,), "dI": (0, 3, 1, 2)}

    def peer(layout: Any) -> Callable[[], object]:
        turned = {name: torch.from_numpy(arrays[name]).permute(o) for name, o in orders.items()}
        X, W, dI = (turned[name].contiguous(memory_format=layout) for name in ("X", "W", "dI"))
        leaves = [x.detach().requires_grad_() for x in (X, W, turned["b"])]

        def step() -> object:
            for leaf in leaves:
                leaf.grad = None
            torch.nn.functional.conv2d(*leaves, padding=1).backward(dI)
            return [leaf.grad for leaf in leaves]

        return step

    return {CHANNELS_LAST: peer(torch.channels_last), CHANNELS_FIRST: peer(torch.contiguous_format)}
