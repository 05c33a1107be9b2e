"""One step of an optimizer from parameter p by gradient g; s is what it keeps."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref.oracle.table.numbers import current


def sgd(p: Any, g: Any, s: dict[str, Any], o: Mapping[str, Any], t: int) -> Any:
    """With momentum; step t is counted from 1."""
    g = g + o["weight_decay"] * p
    s["velocity"] = o["momentum"] * s.get("velocity", 0 * p) + g
    return p - o["lr"] * s["velocity"]


def adam(p: Any, g: Any, s: dict[str, Any], o: Mapping[str, Any], t: int) -> Any:
    """Step t, counted from 1."""
    return p - o["lr"] * move(g + o["weight_decay"] * p, s, o, t)


def adamw(p: Any, g: Any, s: dict[str, Any], o: Mapping[str, Any], t: int) -> Any:
    """With a decay beside the gradient."""
    return (p - o["lr"] * o["weight_decay"] * p) - o["lr"] * move(g, s, o, t)


def moments(g: Any, s: dict[str, Any], o: Mapping[str, Any]) -> tuple[Any, Any]:
    """The means of the gradient and of its square."""
    s["m"] = o["beta1"] * s.get("m", 0 * g) + (1 - o["beta1"]) * g
    s["v"] = o["beta2"] * s.get("v", 0 * g) + (1 - o["beta2"]) * (g * g)
    return s["m"], s["v"]


def move(g: Any, s: dict[str, Any], o: Mapping[str, Any], t: int) -> Any:
    """What Adam multiplies by the learning rate."""
    m, v = moments(g, s, o)
    m, v = m / (1 - o["beta1"] ** t), v / (1 - o["beta2"] ** t)
    step = m / (current().sqrt(v) + o["eps"])
    return current().within(step, _largest_move(o["beta1"], o["beta2"], t))


def _largest_move(beta1: float, beta2: float, t: int) -> float:
    """What m / sqrt(v) cannot exceed, whatever the gradients, by Cauchy and Schwarz."""
    ages = np.arange(t)
    w, x = ((1 - b) * b**ages / (1 - b**t) for b in (beta1, beta2))
    return float(np.sqrt((w * w / x).sum()))


OPTIMIZERS = {"sgd": sgd, "adam": adam, "adamw": adamw}
