"""The neuron by whose factors of Eq. (12) the gradient grows most on its way back."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import Layer, Neurons
from liaf_ref.networks.encoder import SegmentRun
from liaf_ref.networks.packing import NO_SOURCE_ROW

MIN_LOG10_PRODUCT = 6.0  # a product below a million explains no overflow


class Growth(NamedTuple):
    """Sample, neuron, and the first of the steps, counted from 0; the last one is the story's."""

    row: int
    neuron: int
    first: int
    log10_product: float


def gradient_factors(neurons: Neurons, tape: Any) -> Array:
    """The factor of Eq. (12) at each step, (B, T, L), from a tape of the reference kernels."""
    U, F, _, p = tape.kernel_tape
    window = neurons.kernel_arguments[0].slope(U - p.v_th)
    J: Array = p.alpha * window * (p.v_reset - U) + p.alpha * (1 - F)  # (12)
    return J


def factors_of_samples(neurons: Neurons, runs: Sequence[SegmentRun]) -> Array:
    """The factors of each sample; 0 before a masked story begins."""
    last = runs[-1].segment
    row = np.argsort(last.rows)  # of each sample in the piece
    parts: list[Array] = []
    for piece, _, tape in reversed(runs):
        J = gradient_factors(neurons, tape)
        ran = (row != NO_SOURCE_ROW)[:, None, None]
        parts.insert(0, np.where(ran, J[row], 0))
        row = np.where(row == NO_SOURCE_ROW, row, piece.source_row[row])
    before = np.zeros_like(parts[0], shape=(len(row), runs[0].segment.start, *parts[0].shape[2:]))
    return np.concatenate([before, *parts], axis=1)


def largest_growth(factors: Array) -> Growth:
    """Where the product of the factors, from some step to the last, is largest."""
    products = np.cumsum(_logs(factors)[:, ::-1], axis=1)[:, ::-1]
    products = np.nan_to_num(products, nan=-np.inf)
    row, first, neuron = (int(k) for k in np.unravel_index(products.argmax(), products.shape))
    return Growth(row, neuron, first, float(products.max()))


def describe_growth(layer: Layer, runs: Sequence[SegmentRun], ids: Array) -> str | None:
    """Describe the neuron that multiplies the gradient most; None if none multiplies it much."""
    if not isinstance(layer, Neurons) or layer.law is not None:  # (12) is the paper's
        return None
    factors = factors_of_samples(layer, runs)
    row, neuron, first, log10_product = largest_growth(factors)
    if log10_product < MIN_LOG10_PRODUCT:
        return None
    steps = factors.shape[1]
    own = {
        name: np.broadcast_to(value, layer.shape)[neuron]
        for name, value in runs[-1].dynamics_tape.kernel_tape.p._asdict().items()
    }
    values = ", ".join(f"{name} {own[name]:.3g}" for name in ("alpha", "v_reset", "v_th"))
    text = (
        f"neuron {neuron} ({values}) multiplies it by 1e{log10_product:.0f} "
        f"from step {steps} back to {first + 1}"
    )
    remedies = []
    padding = ids[row, first:] == 0
    by_padding = float(_logs(factors[row, first:, neuron][padding]).sum())
    if by_padding >= log10_product / 2:
        a_step = 10 ** (by_padding / padding.sum())
        text = f"{text}, by {a_step:.3g} at each of {padding.sum()} steps of padding"
        remedies.append("masked padding")
    if abs(own["alpha"]) <= 1:  # then alpha (1 - F), which is left of (12), is not above 1
        remedies.append("a detached reset")
    return f"{text}; {' or '.join(remedies)} avoids this" if remedies else text


@np.errstate(divide="ignore")
def _logs(factors: Array) -> Array:
    logs: Array = np.log10(np.abs(factors.astype(np.float64)))
    return logs
