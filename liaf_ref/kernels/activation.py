"""The analog activations Act of Eq. (8) and the gates' functions of Eqs. (14)-(16)."""

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

# Klambauer et al. 2017, "Self-Normalizing Neural Networks", Eq. (2) and Appendix.
SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


def _positive(x: Array) -> Array:
    positive: Array = (x.real > 0).astype(x.dtype)
    return positive


def _identity(x: Array) -> Array:
    return x


def _identity_slope(x: Array) -> Array:
    return np.ones_like(x)


def _relu(x: Array) -> Array:
    return x * _positive(x)


def _relu_slope(x: Array) -> Array:
    return _positive(x)


def _selu(x: Array) -> Array:
    negative = (1 - _positive(x)) * x
    y: Array = SELU_SCALE * (_positive(x) * x + SELU_ALPHA * np.expm1(negative))
    return y


def _selu_slope(x: Array) -> Array:
    negative = (1 - _positive(x)) * x
    slope: Array = SELU_SCALE * (_positive(x) + (1 - _positive(x)) * SELU_ALPHA * np.exp(negative))
    return slope


def _tanh(x: Array) -> Array:
    y: Array = np.tanh(x)
    return y


def _tanh_slope(x: Array) -> Array:
    slope: Array = 1 - np.tanh(x) ** 2
    return slope


def _sigmoid(x: Array) -> Array:
    tail = np.exp(np.where(x.real > 0, -x, x))  # at most 1, as exp(-x) in 1 / (1 + exp(-x)) is not
    y: Array = np.where(x.real > 0, 1, tail) / (1 + tail)
    return y


def _sigmoid_slope(x: Array) -> Array:
    slope: Array = _sigmoid(x) * _sigmoid(-x)  # 1 - sigmoid(x), without its cancellation
    return slope


identity = Pair(_identity, _identity_slope)
relu = Pair(_relu, _relu_slope)
selu = Pair(_selu, _selu_slope)
tanh = Pair(_tanh, _tanh_slope)
sigmoid = Pair(_sigmoid, _sigmoid_slope)

ACTIVATIONS = {"identity": identity, "relu": relu, "selu": selu, "tanh": tanh, "sigmoid": sigmoid}
