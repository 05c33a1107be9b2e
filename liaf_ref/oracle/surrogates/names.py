"""The names that frameworks give to the shapes, with their defaults."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class FrameworkName(NamedTuple):
    """A surrogate of a framework: the parameters here as a function of those there."""

    framework: str
    name: str
    shape: str
    convert: Callable[..., dict[str, Any]]

    def __str__(self) -> str:
        defaults = inspect.signature(self.convert).parameters.values()
        given = ", ".join(f"{p.name}={p.default:g}" for p in defaults)
        return f"{self.name}({given})"


N = FrameworkName
NAMES = (
    N("liaf_ref", "window", "window", lambda mu=0.5: {"mu": mu}),
    N("liaf_ref", "triangle", "triangle", lambda mu=0.5: {"width": 2 * mu}),
    N("liaf_ref", "gaussian", "gaussian",
      lambda mu=0.5: {"sigma": mu * np.sqrt(2 / np.pi), "scale": 2 * mu}),
    N("liaf_ref", "sigmoid", "tanh", lambda mu=0.5: {"k": 1 / mu}),
    N("liaf_ref", "arctan", "arctan", lambda mu=0.5: {"alpha": 1 / mu, "scale": 2 * mu}),
    N("spikingjelly", "PiecewiseQuadratic", "piecewise_quadratic",
      lambda alpha=1.0: {"alpha": alpha}),
    N("spikingjelly", "PiecewiseExp", "piecewise_exponential", lambda alpha=1.0: {"alpha": alpha}),
    N("spikingjelly", "Sigmoid", "sigmoid", lambda alpha=4.0: {"alpha": alpha}),
    N("spikingjelly", "SoftSign", "fast_sigmoid", lambda alpha=2.0: {"alpha": alpha}),
    N("spikingjelly", "SuperSpike", "superspike",
      lambda alpha=1.0: {"beta": 1.0, "scale": alpha}),
    N("spikingjelly", "ATan", "arctan", lambda alpha=2.0: {"alpha": alpha}),
    N("spikingjelly", "NonzeroSignLogAbs", "nonzero_sign_log", lambda alpha=1.0: {"alpha": alpha}),
    N("spikingjelly", "Erf", "erf", lambda alpha=2.0: {"alpha": alpha}),
    N("spikingjelly", "PiecewiseLeakyReLU", "piecewise_leaky_relu",
      lambda w=1.0, c=0.01: {"w": w, "c": c}),
    N("spikingjelly", "SquarewaveFourierSeries", "square_wave",
      lambda n=2, T_period=8.0: {"n": n - 1, "period": T_period}),
    N("spikingjelly", "S2NN", "s2nn", lambda alpha=4.0, beta=1.0: {"alpha": alpha, "beta": beta}),
    N("spikingjelly", "QPseudoSpike", "q_pseudo_spike",
      lambda alpha=2.0: {"alpha": alpha, "width": (alpha - 1) / 2}),
    N("spikingjelly", "LeakyKReLU", "leaky_step", lambda leak=0.0, k=1.0: {"leak": leak, "k": k}),
    N("spikingjelly", "FakeNumericalGradient", "clipped_reciprocal",
      lambda alpha=0.3: {"alpha": alpha}),
    N("spikingjelly", "LogTailedReLU", "log_tailed_relu", lambda alpha=0.0: {"leak": alpha}),
    N("spikingjelly", "Rect", "rectangle", lambda alpha=1.0: {"alpha": alpha}),
    N("snntorch", "straight_through_estimator", "straight_through", lambda: {}),
    N("snntorch", "fast_sigmoid", "superspike", lambda slope=25.0: {"beta": slope}),
    N("snntorch", "atan", "arctan", lambda alpha=2.0: {"alpha": alpha}),
    N("snntorch", "sigmoid", "sigmoid", lambda slope=25.0: {"alpha": slope}),
    N("norse", "super", "superspike", lambda: {"beta": 1.0}),
    N("norse", "triangle", "triangle", lambda alpha=0.3: {"width": 1.0, "scale": alpha}),
    N("norse", "tanh", "tanh", lambda alpha=100.0: {"k": alpha}),
    N("norse", "circ", "circ", lambda alpha=100.0: {"width": alpha}),
    N("norse", "heavi_erfc", "erf", lambda alpha=100.0: {"alpha": alpha, "scale": 2 / alpha}),
    N("sinabs", "Gaussian", "gaussian",
      lambda sigma=0.5, grad_scale=1.0: {"sigma": sigma, "scale": grad_scale}),
    N("sinabs", "MultiGaussian", "multi_gaussian",
      lambda sigma=0.5, h=0.15, s=6.0, grad_scale=1.0:
      {"sigma": sigma, "h": h, "s": s, "scale": grad_scale}),
    N("sinabs", "SingleExponential", "exponential",  # at a threshold of 1
      lambda grad_width=0.5, grad_scale=1.0:
      {"width": grad_width, "scale": grad_scale / grad_width}),
    N("spyx", "superspike", "superspike", lambda k=25.0: {"beta": k}),
    N("spyx", "arctan", "arctan", lambda k=2.0: {"alpha": 2 * k, "scale": 1 / (np.pi * k)}),
    N("spyx", "tanh", "tanh", lambda k=1.0: {"k": k}),
    N("spyx", "boxcar", "window",
      lambda width=2.0, height=0.5: {"mu": width / 2, "scale": height}),
    N("spyx", "triangular", "triangle", lambda k=2.0: {"width": 1 / k}),
    N("braintools", "Sigmoid", "sigmoid", lambda alpha=4.0: {"alpha": alpha}),
    N("braintools", "PiecewiseQuadratic", "piecewise_quadratic",
      lambda alpha=1.0: {"alpha": alpha}),
    N("braintools", "PiecewiseExp", "piecewise_exponential", lambda alpha=1.0: {"alpha": alpha}),
    N("braintools", "SoftSign", "fast_sigmoid", lambda alpha=1.0: {"alpha": alpha}),
    N("braintools", "Arctan", "arctan", lambda alpha=1.0: {"alpha": alpha}),
    N("braintools", "NonzeroSignLog", "nonzero_sign_log", lambda alpha=1.0: {"alpha": alpha}),
    N("braintools", "ERF", "erf", lambda alpha=1.0: {"alpha": alpha}),
    N("braintools", "PiecewiseLeakyRelu", "piecewise_leaky_relu",
      lambda c=0.01, w=1.0: {"w": w, "c": c}),
    N("braintools", "SquarewaveFourierSeries", "square_wave",
      lambda n=2, t_period=8.0: {"n": n, "period": t_period}),
    N("braintools", "S2NN", "s2nn", lambda alpha=4.0, beta=1.0: {"alpha": alpha, "beta": beta}),
    N("braintools", "QPseudoSpike", "q_pseudo_spike",
      lambda alpha=2.0: {"alpha": alpha, "width": (alpha + 1) / 2}),
    N("braintools", "LeakyRelu", "leaky_step",
      lambda alpha=0.1, beta=1.0: {"leak": alpha, "k": beta}),
    N("braintools", "LogTailedRelu", "log_tailed_relu", lambda alpha=0.0: {"leak": alpha}),
    N("braintools", "ReluGrad", "triangle",
      lambda alpha=0.3, width=1.0: {"width": width, "scale": alpha * width}),
    N("braintools", "GaussianGrad", "gaussian",
      lambda sigma=0.5, alpha=0.5: {"sigma": sigma, "scale": alpha}),
    N("braintools", "MultiGaussianGrad", "multi_gaussian",
      lambda h=0.15, s=6.0, sigma=0.5, scale=0.5: {"sigma": sigma, "h": h, "s": s, "scale": scale}),
    N("braintools", "InvSquareGrad", "superspike", lambda alpha=100.0: {"beta": alpha}),
    N("braintools", "SlayerGrad", "exponential", lambda alpha=1.0: {"width": 1 / alpha}),
)  # fmt: skip


def names_of(shape: str) -> dict[str, list[str]]:
    """The names of a shape by framework, each with the defaults there."""
    found: dict[str, list[str]] = {}
    for entry in NAMES:
        if entry.shape == shape:
            found.setdefault(entry.framework, []).append(str(entry))
    return found
