"""As much of PyTorch as a layer of neurons is written with, in NumPy.

Names and meanings are PyTorch's, so that a notebook's code runs with either.
"""

from types import SimpleNamespace

from liaf_ref.plotting.tinytorch.functions import (
    Function,
    Module,
    relu,
    sigmoid,
    stack,
    tanh,
    tensor,
)
from liaf_ref.plotting.tinytorch.tensor import Tensor

__all__ = ["Tensor", "autograd", "nn", "relu", "sigmoid", "stack", "tanh", "tensor"]

autograd = SimpleNamespace(Function=Function)
nn = SimpleNamespace(Module=Module, Parameter=Tensor.requires_grad_)
