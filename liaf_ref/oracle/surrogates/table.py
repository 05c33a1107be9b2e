"""The shapes of surrogate slopes that publications and frameworks have, a row each."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

Values = Mapping[str, float]


class Parameter(NamedTuple):
    """A parameter of a shape, and which values it may have."""

    default: float
    minimum: float = 0.0
    inclusive: bool = False  # whether the minimum itself is allowed
    integer: bool = False

    def allows(self, value: float) -> bool:
        """Whether a value is in the domain."""
        above = value >= self.minimum if self.inclusive else value > self.minimum
        return math.isfinite(value) and above and (not self.integer or float(value).is_integer())

    def describe_domain(self) -> str:
        """The domain in words."""
        kind = "an integer" if self.integer else "a number"
        return f"{kind} {'>=' if self.inclusive else '>'} {self.minimum:g}"

    def other_values(self, value: float) -> list[float]:
        """Two more values of the domain; powers of two times the value, as far as possible."""
        factors = (0.5, 2.0, 1.5)
        found = [value * f for f in factors] if value else [0.25, 0.5]
        if self.integer:
            found = [value + 1, value + 2]
        return [other for other in found if self.allows(other)][:2]


SCALE = Parameter(1.0)  # of every shape: a factor of the whole slope


@dataclass(frozen=True)
class Shape:
    """A shape: its slope, its parameters, and where it is from."""

    name: str
    curve: str  # shapes of one curve differ only in what their parameters mean
    formula: str
    source: str
    function: Callable[..., Any]
    parameters: Mapping[str, Parameter]
    width: str | None  # the parameter that stretches the curve along x, if there is one
    area: Callable[..., float]
    edge: Callable[..., float] | None = None  # where the slope jumps or has a kink, without 0
    jumps: bool = False  # whether the edges are jumps
    symmetric: bool = True
    cancellation: float = 0.0  # roundings of a number as large as the slope's height
    # The sum of |x df/dx| over the terms of the formula; without it, that of the whole slope.
    condition: Callable[..., Array] | None = None

    @property
    def known(self) -> Mapping[str, Parameter]:
        """All parameters, with the factor of the whole slope."""
        return {**self.parameters, "scale": SCALE}

    def complete(self, given: Values) -> dict[str, Any]:
        """All parameters: those given, and defaults for the others."""
        return {name: p.default for name, p in self.known.items()} | dict(given)

    def own(self, values: Values) -> dict[str, Any]:
        """The parameters without ``scale``."""
        return {name: values[name] for name in self.parameters}

    def slope(self, x: Array, values: Values) -> Array:
        """The slope in float64."""
        slope: Array = values["scale"] * self.function(np.asarray(x, float), **self.own(values))
        return slope

    def edge_points(self, values: Values) -> tuple[float, ...]:
        """Where the slope jumps or has a kink; 0 is tested anyhow."""
        edge = self.edge(**self.own(values)) if self.edge else 0.0
        return (-edge, edge)[not self.symmetric :] if edge else ()

    def support(self, values: Values) -> float:
        """The slope is 0 from this ``|x|`` on; it may be infinite."""
        edges = self.edge_points(values)
        ends = self.symmetric and edges and not self.slope(np.array([2 * edges[-1]]), values).any()
        return edges[-1] if ends else math.inf


def format_values(values: Values) -> str:
    """``alpha = 2, scale = 0.5``; a scale of 1 is left out."""
    shown = {name: v for name, v in values.items() if name != "scale" or v != 1}
    return ", ".join(f"{name} = {value:.5g}" for name, value in shown.items())


def triangle(x: Array, width: float) -> Array:
    """Falls in a straight line."""
    slope: Array = np.maximum(0.0, 1 - abs(x) / width)
    return slope


def normal_density(x: Array, sigma: float) -> Array:
    """Of mean 0."""
    return np.asarray(np.exp(-((x / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi)))


def multi_gaussian(x: Array, sigma: float, h: float, s: float) -> Array:
    """A normal density with two wide ones subtracted, negative in the tails."""
    wide = normal_density(x - sigma, s * sigma) + normal_density(x + sigma, s * sigma)
    return (1 + h) * normal_density(x, sigma) - h * wide


def tanh(x: Array, k: float) -> Array:
    """``sech^2``, in a form that does not overflow."""
    e = np.exp(-2 * k * abs(x))
    return np.asarray(4 * e / (1 + e) ** 2)


def sigmoid(x: Array, alpha: float) -> Array:
    """The derivative of the logistic function."""
    return alpha / 4 * tanh(x, alpha / 2)


def superspike(x: Array, beta: float) -> Array:
    """The derivative of the fast sigmoid, of height 1."""
    return 1 / (1 + beta * abs(x)) ** 2


def exponential(x: Array, width: float) -> Array:
    """Decays on both sides, from height 1."""
    return np.asarray(np.exp(-abs(x) / width))


def square_wave(x: Array, n: float, period: float) -> Array:
    """The derivative of the first terms of a square wave's Fourier series."""
    angle = 2 * np.pi / period * x
    terms = [np.cos((2 * k + 1) * angle) for k in range(int(n))]
    return np.asarray(4 / period * np.sum(terms, axis=0))


def square_wave_condition(x: Array, n: float, period: float) -> Array:
    """How much each term changes with a relative change of ``x``, added up."""
    odd_numbers = int(n) ** 2  # the sum of the first n
    return np.asarray(4 / period * 2 * np.pi / period * abs(x) * odd_numbers)


# Roundings relative to the height where a right program may cancel digits.  Each function may be
# off by 8 u (FUNCTION_ULPS), and sums and products add a few u.
ONE_MINUS_Z = 2.0  # 1 - z, with z itself within the tolerance of the argument
ONE_MINUS_TANH2 = 20.0  # 1 - tanh^2
S_ONE_MINUS_S = 48.0  # s (1 - s): s is off by about 11 u, and its height is 1/4
THREE_GAUSSIANS = 30.0  # a sum of densities, whose magnitudes add up to 1.3 times the height
COSINES = 12.0
TWO_ROOTS = 30.0  # a difference of powers of x^2 + width^2


def _unit(**_: float) -> float:
    return 1.0


def _infinite(**_: float) -> float:
    return math.inf


P = Parameter
WU = "Wu et al. 2018, STBP, Front. Neurosci. 12:331"
FANG = "Fang et al. 2023, SpikingJelly, Sci. Adv. 9(40)"
ESSER = "Esser et al. 2016, PNAS 113(41); Bellec et al. 2018, LSNN, NeurIPS"
SLAYER = "Shrestha and Orchard 2018, SLAYER, NeurIPS"

ROWS = (
    Shape(
        "window", "rectangle", "1 if |x| < mu else 0",
        f"the paper, Eq. (13); {WU}",
        lambda x, mu: 1.0 * (abs(x) < mu), {"mu": P(0.5)}, "mu",
        lambda mu: 2 * mu, lambda mu: mu, jumps=True,
    ),
    Shape(
        "rectangle", "rectangle", "alpha if |x| < 1 / (2 alpha) else 0",
        f"{WU}, h1 with a1 = 1 / alpha",
        lambda x, alpha: alpha * (abs(x) < 0.5 / alpha), {"alpha": P(1.0)}, "alpha",
        _unit, lambda alpha: 0.5 / alpha, jumps=True,
    ),
    Shape(
        "triangle", "triangle", "max(0, 1 - |x| / width)",
        ESSER,
        triangle, {"width": P(1.0)}, "width",
        lambda width: width, lambda width: width, cancellation=ONE_MINUS_Z,
    ),
    Shape(
        "piecewise_quadratic", "triangle", "max(0, alpha - alpha^2 |x|)",
        ESSER,
        lambda x, alpha: alpha * triangle(x, 1 / alpha), {"alpha": P(1.0)}, "alpha",
        _unit, lambda alpha: 1 / alpha, cancellation=ONE_MINUS_Z,
    ),
    Shape(
        "gaussian", "gaussian", "exp(-x^2 / (2 sigma^2)) / (sigma sqrt(2 pi))",
        f"{WU}, h4; Yin et al. 2020, ICONS",
        normal_density, {"sigma": P(0.5)}, "sigma", _unit,
    ),
    Shape(
        "erf", "gaussian", "alpha / sqrt(pi) exp(-(alpha x)^2)",
        "Esser et al. 2015, NeurIPS; Yin et al. 2020, ICONS",
        lambda x, alpha: alpha / np.sqrt(np.pi) * np.exp(-((alpha * x) ** 2)),
        {"alpha": P(2.0)}, "alpha", _unit,
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
        lambda x, alpha: alpha / 2 / (1 + (np.pi / 2 * alpha * x) ** 2),
        {"alpha": P(2.0)}, "alpha", _unit,
    ),
    Shape(
        "fast_sigmoid", "fast sigmoid", "alpha / (2 (1 + alpha |x|)^2)",
        "Neftci, Mostafa and Zenke 2019, IEEE Signal Process. Mag. 36(6)",
        lambda x, alpha: alpha / 2 * superspike(x, alpha), {"alpha": P(2.0)}, "alpha", _unit,
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
        lambda x, alpha: alpha / 2 * exponential(x, 1 / alpha), {"alpha": P(1.0)}, "alpha", _unit,
    ),
    Shape(
        "piecewise_leaky_relu", "leaky rectangle", "1 / (2 w) if |x| < w else c",
        "Yin et al. 2017, BioCAS",
        lambda x, w, c: np.where(abs(x) < w, 1 / (2 * w), c),
        {"w": P(1.0), "c": P(0.01, inclusive=True)}, "w",
        lambda w, c: math.inf if c else 1.0, lambda w, c: w, jumps=True,
    ),
    Shape(
        "leaky_step", "leaky step", "k if x >= 0 else leak",
        "Eshraghian et al. 2023, snnTorch, Proc. IEEE 111(9)",
        lambda x, leak, k: np.where(x < 0, leak, k),
        {"leak": P(0.1, inclusive=True), "k": P(1.0)}, None, _infinite, jumps=True, symmetric=False,
    ),
    Shape(
        "nonzero_sign_log", "reciprocal", "1 / (1 / alpha + |x|)",
        FANG,
        lambda x, alpha: 1 / (1 / alpha + abs(x)), {"alpha": P(1.0)}, "alpha", _infinite,
    ),
    Shape(
        "s2nn", "S2NN", "alpha s (1 - s) if x < 0 else beta / (1 + x), s = 1 / (1 + exp(-alpha x))",
        "Suetake et al. 2022, arXiv:2201.10879",
        lambda x, alpha, beta: np.where(
            x < 0, sigmoid(x, alpha), beta / (np.maximum(x, 0.0) + 1)
        ),
        {"alpha": P(4.0), "beta": P(1.0)}, "alpha", _infinite,
        jumps=True, symmetric=False, cancellation=S_ONE_MINUS_S,
    ),
    Shape(
        "q_pseudo_spike", "power law", "(1 + |x| / width)^(-alpha)",
        "Herranz-Celotti and Rouat 2022, arXiv:2202.00282, with width = (alpha - 1) / 2",
        lambda x, alpha, width: (1 + abs(x) / width) ** -alpha,
        {"alpha": P(2.0), "width": P(0.5)}, "width",
        lambda alpha, width: 2 * width / (alpha - 1) if alpha > 1 else math.inf,
    ),
    Shape(
        "circ", "circle", "(1 + (x / width)^2)^(-3/2)",
        "Pehle and Pedersen 2021, Norse, doi:10.5281/zenodo.4422025",
        lambda x, width: (1 + (x / width) ** 2) ** -1.5, {"width": P(1.0)}, "width",
        lambda width: 2 * width, cancellation=TWO_ROOTS,
    ),
    Shape(
        "log_tailed_relu", "log-tailed ReLU", "leak if x <= 0, 1 if x <= 1, else 1 / x",
        "Cai et al. 2017, CVPR",
        lambda x, leak: np.where(x <= 0, leak, 1 / np.maximum(x, 1.0)),
        {"leak": P(0.0, inclusive=True)}, None, _infinite, lambda leak: 1.0, symmetric=False,
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
        lambda x, alpha: 1 / np.maximum(abs(x), 1 / alpha),
        {"alpha": P(0.3)}, "alpha", _infinite, lambda alpha: 1 / alpha,
    ),
    Shape(
        "straight_through", "constant", "1",
        "Bengio, Leonard and Courville 2013, arXiv:1308.3432",
        np.ones_like, {}, None, _infinite,
    ),
)  # fmt: skip

SHAPES: Mapping[str, Shape] = {shape.name: shape for shape in ROWS}
