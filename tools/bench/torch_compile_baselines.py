"""The same computations by ``torch.compile``: the code of :mod:`bench.torch_baselines`, compiled.

It compiles to C++, so that a compiler has to be there.
"""

import os
import shutil
from collections.abc import Mapping
from functools import partial

from bench import torch_baselines, torch_dvs_baselines
from bench.torch_baselines import Baselines, Wrap
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params
from liaf_ref.networks import SequenceClassifier

COMPILED = "torch.compile, "


def neuron_baselines(arrays: Mapping[str, Array], mu: float) -> Baselines:
    """LIAF neurons, the loop over time compiled."""
    reset = torch_baselines.reset_as_printed
    return {
        f"{COMPILED}as printed": torch_baselines.neuron_step(arrays, mu, reset, compile_function())
    }


def babi_baselines(
    cell: str, arrays: Mapping[str, Array], sizes: tuple[int, int, int, float]
) -> Baselines:
    """Fig. 5, both branches compiled."""
    name, form = next(iter(torch_baselines.VARIANTS[cell].items()))
    step = torch_baselines.babi_step(form, arrays, sizes, compile_function())
    return {name.replace("PyTorch, ", COMPILED): step}


def network_baselines(
    net: SequenceClassifier, params: Params, frames: Array, labels: Array, mu: float
) -> Baselines:
    """A network on images, from the frames to the loss compiled."""
    name, style = next(iter(torch_dvs_baselines.STYLES.items()))
    wrap = compile_function()
    step = torch_dvs_baselines.network_step(net, params, (frames, labels), mu, style, wrap=wrap)
    return {name.replace("PyTorch, ", COMPILED): step}


def compile_function() -> Wrap:
    """``torch.compile``, or an ImportError if PyTorch or a compiler is missing."""
    import torch  # noqa: PLC0415

    compiler = os.environ.get("CXX", "g++")
    if shutil.which(compiler) is None:
        raise ImportError(f"torch.compile: no C++ compiler {compiler!r}")
    # With dynamic shapes, those of a second network of the process fail in Inductor (2.13).
    return partial(torch.compile, dynamic=False)
