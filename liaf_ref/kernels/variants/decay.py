"""The decay as the sigmoid of what is trained: it stays between 0 and 1.

Fang et al. 2021, "Incorporating Learnable Membrane Time Constant to Enhance Learning of Spiking
Neural Networks" (PLIF; SpikingJelly ``ParametricLIFNode``, whose ``w`` is ``-a``).
"""

from liaf_ref.kernels.activation import sigmoid
from liaf_ref.kernels.array import Array


def forward(a: Array) -> Array:
    """The decay alpha of Eq. (6)."""
    return sigmoid.value(a)


def backward(dalpha: Array, alpha: Array) -> Array:
    """Differentiate :func:`forward`, by its result."""
    da: Array = dalpha * alpha * (1 - alpha)
    return da
