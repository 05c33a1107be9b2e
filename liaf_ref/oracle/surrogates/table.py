"""The shapes of surrogate slopes that publications and frameworks have."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.surrogates.shape import Parameter, Shape


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


# Roundings relative to the height where a right program may cancel digits.  Each function may be
# off by 8 u (FUNCTION_ULPS), and sums and products add a few u.
ONE_MINUS_Z = 2.0  # 1 - z, with z itself within the tolerance of the argument
ONE_MINUS_TANH2 = 20.0  # 1 - tanh^2
S_ONE_MINUS_S = 48.0  # s (1 - s): s is off by about 11 u, and its height is 1/4
THREE_GAUSSIANS = (
    30.0  # the sum of three densities, whose magnitudes add up to 1.3 times the height
)
COSINES = 12.0
TWO_ROOTS = 30.0  # a difference of powers of x^2 + width^2


def _both(*edges: float) -> tuple[float, ...]:
    return tuple(sign * edge for edge in edges for sign in (-1.0, 1.0))


def _unit(**_: float) -> float:
    return 1.0


def _infinite(**_: float) -> float:
    return math.inf


def _power_law_area(alpha: float, width: float) -> float:
    return 2 * width / (alpha - 1) if alpha > 1 else math.inf


def _edge(of: Callable[..., float]) -> dict[str, Any]:
    return {"edges": lambda **values: _both(of(**values))}


def _inverse(alpha: float) -> float:
    return 1 / alpha


P = Parameter
WU = "Wu et al. 2018, STBP, Front. Neurosci. 12:331"
FANG = "Fang et al. 2023, SpikingJelly, Sci. Adv. 9(40)"
ESSER = "Esser et al. 2016, PNAS 113(41); Bellec et al. 2018, LSNN, NeurIPS"
SLAYER = "Shrestha and Orchard 2018, SLAYER, NeurIPS"

_ALL = (
    Shape(
        "window", "rectangle", "1 if |x| < mu else 0",
        f"the paper, Eq. (13); {WU}",
        window, {"mu": P(0.5)}, "mu",
        lambda mu: 2 * mu, **_edge(lambda mu: mu), support=lambda mu: mu, jumps=True,
    ),
    Shape(
        "rectangle", "rectangle", "alpha if |x| < 1 / (2 alpha) else 0",
        f"{WU}, h1 with a1 = 1 / alpha",
        rectangle, {"alpha": P(1.0)}, "alpha",
        _unit, **_edge(lambda alpha: 0.5 / alpha), support=lambda alpha: 0.5 / alpha, jumps=True,
    ),
    Shape(
        "triangle", "triangle", "max(0, 1 - |x| / width)",
        ESSER,
        triangle, {"width": P(1.0)}, "width",
        lambda width: width, **_edge(lambda width: width), support=lambda width: width,
        cancellation=ONE_MINUS_Z,
    ),
    Shape(
        "piecewise_quadratic", "triangle", "max(0, alpha - alpha^2 |x|)",
        ESSER,
        piecewise_quadratic, {"alpha": P(1.0)}, "alpha",
        _unit, **_edge(_inverse), support=_inverse, cancellation=ONE_MINUS_Z,
    ),
    Shape(
        "gaussian", "gaussian", "exp(-x^2 / (2 sigma^2)) / (sigma sqrt(2 pi))",
        f"{WU}, h4; Yin et al. 2020, ICONS",
        gaussian, {"sigma": P(0.5)}, "sigma", _unit,
    ),
    Shape(
        "erf", "gaussian", "alpha / sqrt(pi) exp(-(alpha x)^2)",
        "Esser et al. 2015, NeurIPS; Yin et al. 2020, ICONS",
        erf, {"alpha": P(2.0)}, "alpha", _unit,
    ),
    Shape(
        "multi_gaussian", "multi-Gaussian",
        "(1 + h) N(x, sigma) - h N(x - sigma, s sigma) - h N(x + sigma, s sigma), "
        "N: normal density",
        "Yin, Corradi and Bohte 2021, Nat. Mach. Intell. 3:905",
        multi_gaussian, {"sigma": P(0.5), "h": P(0.15), "s": P(6.0)}, "sigma",
        lambda sigma, h, s: 1 - h, cancellation=THREE_GAUSSIANS,
    ),
    Shape(
        "sigmoid", "sigmoid", "alpha s (1 - s), s = 1 / (1 + exp(-alpha x))",
        f"{WU}, h3",
        sigmoid, {"alpha": P(4.0)}, "alpha", _unit, cancellation=S_ONE_MINUS_S,
    ),
    Shape(
        "tanh", "sigmoid", "1 - tanh(k x)^2",
        "Wozniak et al. 2020, Nat. Mach. Intell. 2:325",
        tanh, {"k": P(1.0)}, "k", lambda k: 2 / k, cancellation=ONE_MINUS_TANH2,
    ),
    Shape(
        "arctan", "arctan", "alpha / 2 / (1 + (pi alpha x / 2)^2)",
        "Fang et al. 2021, PLIF, ICCV",
        arctan, {"alpha": P(2.0)}, "alpha", _unit,
    ),
    Shape(
        "fast_sigmoid", "fast sigmoid", "alpha / (2 (1 + alpha |x|)^2)",
        "Neftci, Mostafa and Zenke 2019, IEEE Signal Process. Mag. 36(6)",
        fast_sigmoid, {"alpha": P(2.0)}, "alpha", _unit,
    ),
    Shape(
        "superspike", "fast sigmoid", "1 / (1 + beta |x|)^2",
        "Zenke and Ganguli 2018, SuperSpike, Neural Comput. 30(6)",
        superspike, {"beta": P(25.0)}, "beta", lambda beta: 2 / beta,
    ),
    Shape(
        "exponential", "exponential", "exp(-|x| / width)",
        SLAYER,
        exponential, {"width": P(0.5)}, "width", lambda width: 2 * width,
    ),
    Shape(
        "piecewise_exponential", "exponential", "alpha / 2 exp(-alpha |x|)",
        SLAYER,
        piecewise_exponential, {"alpha": P(1.0)}, "alpha", _unit,
    ),
    Shape(
        "piecewise_leaky_relu", "leaky rectangle", "1 / (2 w) if |x| < w else c",
        "Yin et al. 2017, BioCAS",
        piecewise_leaky_relu, {"w": P(1.0), "c": P(0.01, inclusive=True)}, "w",
        lambda w, c: math.inf if c else 1.0,
        edges=lambda w, c: _both(w),
        support=lambda w, c: math.inf if c else w, jumps=True,
    ),
    Shape(
        "leaky_step", "leaky step", "k if x >= 0 else leak",
        "Eshraghian et al. 2023, snnTorch, Proc. IEEE 111(9)",
        leaky_step, {"leak": P(0.1, inclusive=True), "k": P(1.0)}, None,
        _infinite, jumps=True, symmetric=False,
    ),
    Shape(
        "nonzero_sign_log", "reciprocal", "1 / (1 / alpha + |x|)",
        FANG,
        nonzero_sign_log, {"alpha": P(1.0)}, "alpha", _infinite,
    ),
    Shape(
        "s2nn", "S2NN", "alpha s (1 - s) if x < 0 else beta / (1 + x), s = 1 / (1 + exp(-alpha x))",
        "Suetake et al. 2022, arXiv:2201.10879",
        s2nn, {"alpha": P(4.0), "beta": P(1.0)}, "alpha", _infinite,
        jumps=True, symmetric=False, cancellation=S_ONE_MINUS_S,
    ),
    Shape(
        "q_pseudo_spike", "power law", "(1 + |x| / width)^(-alpha)",
        "Herranz-Celotti and Rouat 2022, arXiv:2202.00282, with width = (alpha - 1) / 2",
        q_pseudo_spike, {"alpha": P(2.0), "width": P(0.5)}, "width", _power_law_area,
    ),
    Shape(
        "circ", "circle", "(1 + (x / width)^2)^(-3/2)",
        "Pehle and Pedersen 2021, Norse, doi:10.5281/zenodo.4422025",
        circ, {"width": P(1.0)}, "width", lambda width: 2 * width, cancellation=TWO_ROOTS,
    ),
    Shape(
        "log_tailed_relu", "log-tailed ReLU", "leak if x <= 0, 1 if x <= 1, else 1 / x",
        "Cai et al. 2017, CVPR",
        log_tailed_relu, {"leak": P(0.0, inclusive=True)}, None, _infinite,
        edges=lambda **_: (1.0,), symmetric=False,
    ),
    Shape(
        "square_wave", "cosines",
        "4 / period * sum of cos((2 k - 1) 2 pi x / period), k = 1 ... n",
        FANG,
        square_wave, {"n": P(1.0, 1.0, inclusive=True, integer=True), "period": P(8.0)},
        "period", _infinite, cancellation=COSINES, condition=square_wave_condition,
    ),
    Shape(
        "clipped_reciprocal", "clipped reciprocal", "min(alpha, 1 / |x|)",
        FANG,
        clipped_reciprocal, {"alpha": P(0.3)}, "alpha", _infinite, **_edge(_inverse),
    ),
    Shape(
        "straight_through", "constant", "1",
        "Bengio, Leonard and Courville 2013, arXiv:1308.3432",
        straight_through, {}, None, _infinite,
    ),
)  # fmt: skip

SHAPES: Mapping[str, Shape] = {shape.name: shape for shape in _ALL}
