"""The slope of each shape as a function of ``x = U - v_th`` and the shape's own parameters."""

import numpy as np

from liaf_ref.kernels.array import Array


def window(x: Array, mu: float) -> Array:
    """1 inside."""
    return np.asarray(1.0 * (abs(x) < mu))


def rectangle(x: Array, alpha: float) -> Array:
    """The window of area 1."""
    return np.asarray(alpha * (abs(x) < 0.5 / alpha))


def triangle(x: Array, width: float) -> Array:
    """Falls in a straight line."""
    slope: Array = np.maximum(0.0, 1 - abs(x) / width)
    return slope


def piecewise_quadratic(x: Array, alpha: float) -> Array:
    """The triangle of area 1; the smooth step consists of two parabolas."""
    return np.asarray(alpha * triangle(x, 1 / alpha))


def gaussian(x: Array, sigma: float) -> Array:
    """The normal density."""
    return _normal_density(x, sigma)


def erf(x: Array, alpha: float) -> Array:
    """The derivative of the error function."""
    return np.asarray(alpha / np.sqrt(np.pi) * np.exp(-((alpha * x) ** 2)))


def multi_gaussian(x: Array, sigma: float, h: float, s: float) -> Array:
    """A normal density with two wide ones subtracted, negative in the tails."""
    wide = _normal_density(x - sigma, s * sigma) + _normal_density(x + sigma, s * sigma)
    return (1 + h) * _normal_density(x, sigma) - h * wide


def sigmoid(x: Array, alpha: float) -> Array:
    """The derivative of the logistic function."""
    return alpha / 4 * tanh(x, alpha / 2)


def tanh(x: Array, k: float) -> Array:
    """``sech^2``, in a form that does not overflow."""
    e = np.exp(-2 * k * abs(x))
    return np.asarray(4 * e / (1 + e) ** 2)


def arctan(x: Array, alpha: float) -> Array:
    """The derivative of an arctangent."""
    return alpha / 2 / (1 + (np.pi / 2 * alpha * x) ** 2)


def fast_sigmoid(x: Array, alpha: float) -> Array:
    """The derivative of the soft sign, of area 1."""
    return alpha / 2 * superspike(x, alpha)


def superspike(x: Array, beta: float) -> Array:
    """The derivative of the fast sigmoid, of height 1."""
    return 1 / (1 + beta * abs(x)) ** 2


def exponential(x: Array, width: float) -> Array:
    """Decays on both sides, from height 1."""
    return np.asarray(np.exp(-abs(x) / width))


def piecewise_exponential(x: Array, alpha: float) -> Array:
    """Decays on both sides, with area 1."""
    return alpha / 2 * exponential(x, 1 / alpha)


def piecewise_leaky_relu(x: Array, w: float, c: float) -> Array:
    """A rectangle on a constant."""
    return np.where(abs(x) < w, 1 / (2 * w), c)


def leaky_step(x: Array, leak: float, k: float) -> Array:
    """The slope of a leaky ReLU."""
    return np.where(x < 0, leak, k)


def nonzero_sign_log(x: Array, alpha: float) -> Array:
    """The derivative of a logarithm on both sides."""
    return np.asarray(1 / (1 / alpha + abs(x)))


def s2nn(x: Array, alpha: float, beta: float) -> Array:
    """A sigmoid below the threshold, a logarithm above."""
    return np.where(x < 0, sigmoid(x, alpha), beta / (np.maximum(x, 0.0) + 1))


def q_pseudo_spike(x: Array, alpha: float, width: float) -> Array:
    """A power law."""
    return np.asarray((1 + abs(x) / width) ** -alpha)


def circ(x: Array, width: float) -> Array:
    """The derivative of ``x / sqrt(1 + x^2)``."""
    return np.asarray((1 + (x / width) ** 2) ** -1.5)


def log_tailed_relu(x: Array, leak: float) -> Array:
    """The slope of a ReLU that grows as a logarithm from 1 on."""
    return np.where(x <= 0, leak, 1 / np.maximum(x, 1.0))


def square_wave(x: Array, n: float, period: float) -> Array:
    """The derivative of the first terms of a square wave's Fourier series."""
    angle = 2 * np.pi / period * x
    terms = [np.cos((2 * k + 1) * angle) for k in range(int(n))]
    return np.asarray(4 / period * np.sum(terms, axis=0))


def square_wave_condition(x: Array, n: float, period: float) -> Array:
    """How much each term changes with a relative change of ``x``, added up."""
    odd_numbers = int(n) ** 2  # the sum of the first n
    return np.asarray(4 / period * 2 * np.pi / period * abs(x) * odd_numbers)


def clipped_reciprocal(x: Array, alpha: float) -> Array:
    """A difference quotient of the step, clipped."""
    return np.asarray(1 / np.maximum(abs(x), 1 / alpha))


def straight_through(x: Array) -> Array:
    """1 everywhere."""
    return np.ones_like(x)


def _normal_density(x: Array, sigma: float) -> Array:
    return np.asarray(np.exp(-((x / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi)))
