"""The table of shapes."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from liaf_ref.oracle.surrogates import slopes
from liaf_ref.oracle.surrogates.shape import Parameter, Shape

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
        slopes.window, {"mu": P(0.5)}, "mu",
        lambda mu: 2 * mu, **_edge(lambda mu: mu), support=lambda mu: mu, jumps=True,
    ),
    Shape(
        "rectangle", "rectangle", "alpha if |x| < 1 / (2 alpha) else 0",
        f"{WU}, h1 with a1 = 1 / alpha",
        slopes.rectangle, {"alpha": P(1.0)}, "alpha",
        _unit, **_edge(lambda alpha: 0.5 / alpha), support=lambda alpha: 0.5 / alpha, jumps=True,
    ),
    Shape(
        "triangle", "triangle", "max(0, 1 - |x| / width)",
        ESSER,
        slopes.triangle, {"width": P(1.0)}, "width",
        lambda width: width, **_edge(lambda width: width), support=lambda width: width,
        cancellation=ONE_MINUS_Z,
    ),
    Shape(
        "piecewise_quadratic", "triangle", "max(0, alpha - alpha^2 |x|)",
        ESSER,
        slopes.piecewise_quadratic, {"alpha": P(1.0)}, "alpha",
        _unit, **_edge(_inverse), support=_inverse, cancellation=ONE_MINUS_Z,
    ),
    Shape(
        "gaussian", "gaussian", "exp(-x^2 / (2 sigma^2)) / (sigma sqrt(2 pi))",
        f"{WU}, h4; Yin et al. 2020, ICONS",
        slopes.gaussian, {"sigma": P(0.5)}, "sigma", _unit,
    ),
    Shape(
        "erf", "gaussian", "alpha / sqrt(pi) exp(-(alpha x)^2)",
        "Esser et al. 2015, NeurIPS; Yin et al. 2020, ICONS",
        slopes.erf, {"alpha": P(2.0)}, "alpha", _unit,
    ),
    Shape(
        "multi_gaussian", "multi-Gaussian",
        "(1 + h) N(x, sigma) - h N(x - sigma, s sigma) - h N(x + sigma, s sigma), "
        "N: normal density",
        "Yin, Corradi and Bohte 2021, Nat. Mach. Intell. 3:905",
        slopes.multi_gaussian, {"sigma": P(0.5), "h": P(0.15), "s": P(6.0)}, "sigma",
        lambda sigma, h, s: 1 - h, cancellation=THREE_GAUSSIANS,
    ),
    Shape(
        "sigmoid", "sigmoid", "alpha s (1 - s), s = 1 / (1 + exp(-alpha x))",
        f"{WU}, h3",
        slopes.sigmoid, {"alpha": P(4.0)}, "alpha", _unit, cancellation=S_ONE_MINUS_S,
    ),
    Shape(
        "tanh", "sigmoid", "1 - tanh(k x)^2",
        "Wozniak et al. 2020, Nat. Mach. Intell. 2:325",
        slopes.tanh, {"k": P(1.0)}, "k", lambda k: 2 / k, cancellation=ONE_MINUS_TANH2,
    ),
    Shape(
        "arctan", "arctan", "alpha / 2 / (1 + (pi alpha x / 2)^2)",
        "Fang et al. 2021, PLIF, ICCV",
        slopes.arctan, {"alpha": P(2.0)}, "alpha", _unit,
    ),
    Shape(
        "fast_sigmoid", "fast sigmoid", "alpha / (2 (1 + alpha |x|)^2)",
        "Neftci, Mostafa and Zenke 2019, IEEE Signal Process. Mag. 36(6)",
        slopes.fast_sigmoid, {"alpha": P(2.0)}, "alpha", _unit,
    ),
    Shape(
        "superspike", "fast sigmoid", "1 / (1 + beta |x|)^2",
        "Zenke and Ganguli 2018, SuperSpike, Neural Comput. 30(6)",
        slopes.superspike, {"beta": P(25.0)}, "beta", lambda beta: 2 / beta,
    ),
    Shape(
        "exponential", "exponential", "exp(-|x| / width)",
        SLAYER,
        slopes.exponential, {"width": P(0.5)}, "width", lambda width: 2 * width,
    ),
    Shape(
        "piecewise_exponential", "exponential", "alpha / 2 exp(-alpha |x|)",
        SLAYER,
        slopes.piecewise_exponential, {"alpha": P(1.0)}, "alpha", _unit,
    ),
    Shape(
        "piecewise_leaky_relu", "leaky rectangle", "1 / (2 w) if |x| < w else c",
        "Yin et al. 2017, BioCAS",
        slopes.piecewise_leaky_relu, {"w": P(1.0), "c": P(0.01, inclusive=True)}, "w",
        lambda w, c: math.inf if c else 1.0,
        edges=lambda w, c: _both(w),
        support=lambda w, c: math.inf if c else w, jumps=True,
    ),
    Shape(
        "leaky_step", "leaky step", "k if x >= 0 else leak",
        "Eshraghian et al. 2023, snnTorch, Proc. IEEE 111(9)",
        slopes.leaky_step, {"leak": P(0.1, inclusive=True), "k": P(1.0)}, None,
        _infinite, jumps=True, symmetric=False,
    ),
    Shape(
        "nonzero_sign_log", "reciprocal", "1 / (1 / alpha + |x|)",
        FANG,
        slopes.nonzero_sign_log, {"alpha": P(1.0)}, "alpha", _infinite,
    ),
    Shape(
        "s2nn", "S2NN", "alpha s (1 - s) if x < 0 else beta / (1 + x), s = 1 / (1 + exp(-alpha x))",
        "Suetake et al. 2022, arXiv:2201.10879",
        slopes.s2nn, {"alpha": P(4.0), "beta": P(1.0)}, "alpha", _infinite,
        jumps=True, symmetric=False, cancellation=S_ONE_MINUS_S,
    ),
    Shape(
        "q_pseudo_spike", "power law", "(1 + |x| / width)^(-alpha)",
        "Herranz-Celotti and Rouat 2022, arXiv:2202.00282, with width = (alpha - 1) / 2",
        slopes.q_pseudo_spike, {"alpha": P(2.0), "width": P(0.5)}, "width", _power_law_area,
    ),
    Shape(
        "circ", "circle", "(1 + (x / width)^2)^(-3/2)",
        "Pehle and Pedersen 2021, Norse, doi:10.5281/zenodo.4422025",
        slopes.circ, {"width": P(1.0)}, "width", lambda width: 2 * width, cancellation=TWO_ROOTS,
    ),
    Shape(
        "log_tailed_relu", "log-tailed ReLU", "leak if x <= 0, 1 if x <= 1, else 1 / x",
        "Cai et al. 2017, CVPR",
        slopes.log_tailed_relu, {"leak": P(0.0, inclusive=True)}, None, _infinite,
        edges=lambda **_: (1.0,), symmetric=False,
    ),
    Shape(
        "square_wave", "cosines",
        "4 / period * sum of cos((2 k - 1) 2 pi x / period), k = 1 ... n",
        FANG,
        slopes.square_wave, {"n": P(1.0, 1.0, inclusive=True, integer=True), "period": P(8.0)},
        "period", _infinite, cancellation=COSINES, condition=slopes.square_wave_condition,
    ),
    Shape(
        "clipped_reciprocal", "clipped reciprocal", "min(alpha, 1 / |x|)",
        FANG,
        slopes.clipped_reciprocal, {"alpha": P(0.3)}, "alpha", _infinite, **_edge(_inverse),
    ),
    Shape(
        "straight_through", "constant", "1",
        "Bengio, Leonard and Courville 2013, arXiv:1308.3432",
        slopes.straight_through, {}, None, _infinite,
    ),
)  # fmt: skip

SHAPES: Mapping[str, Shape] = {shape.name: shape for shape in _ALL}
