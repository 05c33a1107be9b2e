"""The shapes of surrogate slopes that publications and frameworks have, a function each.

The docstring of a shape has the name of its curve, its formula and its source, a paragraph each.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, NamedTuple, get_args

import numpy as np

from liaf_ref._core.kinds import Kind, real, refuses, whole
from liaf_ref.kernels.array import Array

Values = Mapping[str, Any]  # numbers, or arrays of them
Curve = Callable[..., Any]  # of x and the parameters, or of these alone
Positive = Annotated[float, real(0, closed="(]")]
NotNegative = Annotated[float, real(0)]
Count = Annotated[int, whole()]


class Parameter(NamedTuple):
    """A parameter of a shape, and which values it may have."""

    default: float
    kind: Kind

    @property
    def is_whole(self) -> bool:
        """Whether it has integers only."""
        return refuses(self.kind, 1.5)

    def other_values(self, value: float) -> list[float]:
        """Two more values: powers of two times the value, as far as possible."""
        if self.is_whole:
            return [value + 1, value + 2]
        return [value / 2, value * 2] if value else [0.25, 0.5]


SCALE = Parameter(1.0, get_args(Positive)[1])  # of every shape: a factor of the whole slope


@dataclass(frozen=True)
class Shape:
    """A shape with the values of its parameters, and what a check has to know of it."""

    function: Curve  # of x and the parameters
    parameters: Mapping[str, Parameter]  # with ``scale``
    total: float | Callable[..., float]  # the area under the curve
    width: str | None  # the parameter that stretches the curve along x, if there is one
    edge: Callable[..., float] | None = None  # where the slope jumps or has a kink, without 0
    jumps_at_edge: bool = False
    symmetric: bool = True
    cancellation: float = 0.0  # roundings of a number as large as the slope's height
    # How steep the terms of the formula are together, where they may cancel each other.
    steepest: Callable[..., float] | None = None
    values: Values = field(default_factory=dict)  # of all parameters

    @property
    def name(self) -> str:
        """The name of the shape."""
        return self.function.__name__

    @property
    def own(self) -> dict[str, Any]:
        """The parameters without ``scale``."""
        return {name: value for name, value in self.values.items() if name != "scale"}

    def at(self, values: Values) -> "Shape":
        """The shape with other values of some parameters."""
        return replace(self, values={**self.values, **values})

    def slope(self, x: Array) -> Array:
        """The slope in float64."""
        return np.asarray(self.values["scale"] * self.function(np.asarray(x, float), **self.own))

    @property
    def area(self) -> float:
        """The area under the curve with a scale of 1; it may be infinite."""
        return self.total(**self.own) if callable(self.total) else self.total

    @property
    def edges(self) -> tuple[float, ...]:
        """Where the slope jumps or has a kink; it may also do so at 0."""
        at = self.edge(**self.own) if self.edge else 0.0
        return (-at, at)[not self.symmetric :] if at else ()

    @property
    def jumps(self) -> tuple[float, ...]:
        """The edges at which it jumps."""
        return self.edges if self.jumps_at_edge else ()

    @property
    def support(self) -> float:
        """The slope is 0 from this ``|x|`` on; it may be infinite."""
        edges = self.edges
        ends = self.symmetric and edges and not self.slope(np.array([2 * edges[-1]])).any()
        return edges[-1] if ends else math.inf


SHAPES: dict[str, Shape] = {}


def shape(area: float | Curve, **facts: Any) -> Callable[[Curve], Curve]:
    """Add a function to the table, with facts of its shape; its first parameter is the width."""

    def add(function: Curve) -> Curve:
        _, *arguments = inspect.signature(function).parameters.values()
        known = {a.name: Parameter(a.default, get_args(a.annotation)[1]) for a in arguments}
        facts.setdefault("width", next(iter(known), None))
        known["scale"] = SCALE
        defaults = {name: parameter.default for name, parameter in known.items()}
        SHAPES[function.__name__] = Shape(function, known, area, values=defaults, **facts)
        return function

    return add


def format_values(values: Values) -> str:
    """``alpha = 2, scale = 0.5``; a scale of 1 is left out."""
    shown = {name: v for name, v in values.items() if name != "scale" or v != 1}
    return ", ".join(f"{name} = {value:.5g}" for name, value in shown.items())


# Roundings relative to the height where a right program may cancel digits.  Each function may be
# off by 8 u (FUNCTION_ULPS), and sums and products add a few u.
ONE_MINUS_Z = 2.0  # 1 - z, with z itself within the tolerance of the argument
S_ONE_MINUS_S = 48.0  # s (1 - s): s is off by about 11 u, and its height is 1/4


@shape(lambda mu: 2 * mu, jumps_at_edge=True, edge=lambda mu: mu)
def window(x: Array, mu: Positive = 0.5) -> Any:
    """Rectangle.

    1 if |x| < mu else 0

    the paper, Eq. (13); Wu et al. 2018, STBP, Front. Neurosci. 12:331
    """
    return 1.0 * (abs(x) < mu)


@shape(1, jumps_at_edge=True, edge=lambda alpha: 0.5 / alpha)
def rectangle(x: Array, alpha: Positive = 1.0) -> Any:
    """Rectangle.

    alpha if |x| < 1 / (2 alpha) else 0

    Wu et al. 2018, STBP, Front. Neurosci. 12:331, h1 with a1 = 1 / alpha
    """
    return alpha * (abs(x) < 0.5 / alpha)


@shape(lambda width: width, edge=lambda width: width, cancellation=ONE_MINUS_Z)
def triangle(x: Array, width: Positive = 1.0) -> Any:
    """Triangle.

    max(0, 1 - |x| / width)

    Esser et al. 2016, PNAS 113(41); Bellec et al. 2018, LSNN, NeurIPS
    """
    return np.maximum(0.0, 1 - abs(x) / width)


@shape(1, edge=lambda alpha: 1 / alpha, cancellation=ONE_MINUS_Z)
def piecewise_quadratic(x: Array, alpha: Positive = 1.0) -> Any:
    """Triangle.

    max(0, alpha - alpha^2 |x|)

    Esser et al. 2016, PNAS 113(41); Bellec et al. 2018, LSNN, NeurIPS
    """
    return alpha * triangle(x, 1 / alpha)


@shape(1)
def gaussian(x: Array, sigma: Positive = 0.5) -> Any:
    """Gaussian.

    exp(-x^2 / (2 sigma^2)) / (sigma sqrt(2 pi))

    Wu et al. 2018, STBP, Front. Neurosci. 12:331, h4; Yin et al. 2020, ICONS
    """
    return np.exp(-((x / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))


@shape(1)
def erf(x: Array, alpha: Positive = 2.0) -> Any:
    """Gaussian.

    alpha / sqrt(pi) exp(-(alpha x)^2)

    Esser et al. 2015, NeurIPS; Yin et al. 2020, ICONS
    """
    return alpha / np.sqrt(np.pi) * np.exp(-((alpha * x) ** 2))


# A sum of densities, whose magnitudes add up to 1.3 times the height.
@shape(lambda sigma, h, s: 1 - h, cancellation=30.0)
def multi_gaussian(x: Array, sigma: Positive = 0.5, h: Positive = 0.15, s: Positive = 6.0) -> Any:
    """Multi-Gaussian.

    (1 + h) N(x, sigma) - h N(x - sigma, s sigma) - h N(x + sigma, s sigma), N: normal density

    Yin, Corradi and Bohte 2021, Nat. Mach. Intell. 3:905
    """
    wide = gaussian(x - sigma, s * sigma) + gaussian(x + sigma, s * sigma)
    return (1 + h) * gaussian(x, sigma) - h * wide


@shape(1, cancellation=S_ONE_MINUS_S)
def sigmoid(x: Array, alpha: Positive = 4.0) -> Any:
    """Sigmoid.

    alpha s (1 - s), s = 1 / (1 + exp(-alpha x))

    Wu et al. 2018, STBP, Front. Neurosci. 12:331, h3
    """
    return alpha / 4 * tanh(x, alpha / 2)


@shape(lambda k: 2 / k, cancellation=20.0)  # 1 - tanh^2
def tanh(x: Array, k: Positive = 1.0) -> Any:
    """Sigmoid.

    1 - tanh(k x)^2

    Wozniak et al. 2020, Nat. Mach. Intell. 2:325
    """
    e = np.exp(-2 * k * abs(x))  # does not overflow
    return 4 * e / (1 + e) ** 2


@shape(1)
def arctan(x: Array, alpha: Positive = 2.0) -> Any:
    """Arctan.

    alpha / 2 / (1 + (pi alpha x / 2)^2)

    Fang et al. 2021, PLIF, ICCV
    """
    return alpha / 2 / (1 + (np.pi / 2 * alpha * x) ** 2)


@shape(1)
def fast_sigmoid(x: Array, alpha: Positive = 2.0) -> Any:
    """Fast sigmoid.

    alpha / (2 (1 + alpha |x|)^2)

    Neftci, Mostafa and Zenke 2019, IEEE Signal Process. Mag. 36(6)
    """
    return alpha / 2 * superspike(x, alpha)


@shape(lambda beta: 2 / beta)
def superspike(x: Array, beta: Positive = 25.0) -> Any:
    """Fast sigmoid.

    1 / (1 + beta |x|)^2

    Zenke and Ganguli 2018, SuperSpike, Neural Comput. 30(6)
    """
    return 1 / (1 + beta * abs(x)) ** 2


@shape(lambda width: 2 * width)
def exponential(x: Array, width: Positive = 0.5) -> Any:
    """Exponential.

    exp(-|x| / width)

    Shrestha and Orchard 2018, SLAYER, NeurIPS
    """
    return np.exp(-abs(x) / width)


@shape(1)
def piecewise_exponential(x: Array, alpha: Positive = 1.0) -> Any:
    """Exponential.

    alpha / 2 exp(-alpha |x|)

    Shrestha and Orchard 2018, SLAYER, NeurIPS
    """
    return alpha / 2 * exponential(x, 1 / alpha)


@shape(lambda w, c: math.inf if c else 1.0, jumps_at_edge=True, edge=lambda w, c: w)
def piecewise_leaky_relu(x: Array, w: Positive = 1.0, c: NotNegative = 0.01) -> Any:
    """Leaky rectangle.

    1 / (2 w) if |x| < w else c

    Yin et al. 2017, BioCAS
    """
    return np.where(abs(x) < w, 1 / (2 * w), c)


@shape(math.inf, width=None, symmetric=False)
def leaky_step(x: Array, leak: NotNegative = 0.1, k: Positive = 1.0) -> Any:
    """Leaky step.

    k if x >= 0 else leak

    Eshraghian et al. 2023, snnTorch, Proc. IEEE 111(9)
    """
    return np.where(x < 0, leak, k)


@shape(math.inf)
def nonzero_sign_log(x: Array, alpha: Positive = 1.0) -> Any:
    """Reciprocal.

    1 / (1 / alpha + |x|)

    Fang et al. 2023, SpikingJelly, Sci. Adv. 9(40)
    """
    return 1 / (1 / alpha + abs(x))


@shape(math.inf, symmetric=False, cancellation=S_ONE_MINUS_S)
def s2nn(x: Array, alpha: Positive = 4.0, beta: Positive = 1.0) -> Any:
    """S2NN.

    alpha s (1 - s) if x < 0 else beta / (1 + x), s = 1 / (1 + exp(-alpha x))

    Suetake et al. 2022, arXiv:2201.10879
    """
    return np.where(x < 0, sigmoid(x, alpha), beta / (np.maximum(x, 0.0) + 1))


@shape(lambda alpha, width: 2 * width / (alpha - 1) if alpha > 1 else math.inf, width="width")
def q_pseudo_spike(x: Array, alpha: Positive = 2.0, width: Positive = 0.5) -> Any:
    """Power law.

    (1 + |x| / width)^(-alpha)

    Herranz-Celotti and Rouat 2022, arXiv:2202.00282, with width = (alpha - 1) / 2
    """
    return (1 + abs(x) / width) ** -alpha


@shape(lambda width: 2 * width, cancellation=30.0)  # a difference of powers of x^2 + width^2
def circ(x: Array, width: Positive = 1.0) -> Any:
    """Circle.

    (1 + (x / width)^2)^(-3/2)

    Pehle and Pedersen 2021, Norse, doi:10.5281/zenodo.4422025
    """
    return (1 + (x / width) ** 2) ** -1.5


@shape(math.inf, width=None, edge=lambda leak: 1.0, symmetric=False)
def log_tailed_relu(x: Array, leak: NotNegative = 0.0) -> Any:
    """Log-tailed ReLU.

    leak if x <= 0, 1 if x <= 1, else 1 / x

    Cai et al. 2017, CVPR
    """
    return np.where(x <= 0, leak, 1 / np.maximum(x, 1.0))


# 8 pi / period^2 times the first n odd numbers, which add up to n^2.
@shape(
    math.inf,
    width="period",
    cancellation=12.0,
    steepest=lambda n, period: 8 * math.pi * (n / period) ** 2,
)
def square_wave(x: Array, n: Count = 1, period: Positive = 8.0) -> Any:
    """Cosines.

    4 / period * sum of cos((2 k - 1) 2 pi x / period), k = 1 ... n

    Fang et al. 2023, SpikingJelly, Sci. Adv. 9(40)
    """
    angle = 2 * np.pi / period * x
    return 4 / period * np.sum([np.cos((2 * k + 1) * angle) for k in range(int(n))], axis=0)


@shape(math.inf, edge=lambda alpha: 1 / alpha)
def clipped_reciprocal(x: Array, alpha: Positive = 0.3) -> Any:
    """Clipped reciprocal.

    min(alpha, 1 / |x|)

    Fang et al. 2023, SpikingJelly, Sci. Adv. 9(40)
    """
    return 1 / np.maximum(abs(x), 1 / alpha)


@shape(math.inf, width=None)
def straight_through(x: Array) -> Any:
    """Constant.

    1

    Bengio, Leonard and Courville 2013, arXiv:1308.3432
    """
    return np.ones_like(x)
