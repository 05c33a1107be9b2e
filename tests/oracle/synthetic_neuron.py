"""A neuron of any convention, with its gradients carried forward by hand."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from frameworks.probe import NeuronProbe, Response

from liaf_ref.kernels.array import Array


def window(x: Array) -> Array:
    """Open at 1/2."""
    inside: Array = (abs(x) < 0.5).astype(float)
    return inside


class SyntheticNeuron(NamedTuple):
    """What it does; by default what the paper does."""

    gain: float = 1.0
    alpha: float = 0.5
    beta: float = 0.125
    initial: float = 0.0
    v_reset: float = -0.25
    current: float = 0.0  # how much of the input's current stays
    kind: str = "hard"
    order: str = "reset, leak"
    delayed_reset: bool = False
    reset_gradient_share: float = 1.0  # share of the reset's gradient
    fires: Callable[[Array, float], Array] = np.greater_equal
    slope: Callable[[Array], Array] = window
    analog: bool = False
    shown_potential: str = "R"
    output_share: float = 1.0  # share of the threshold's gradient in the output
    reset_share: float = 1.0  # and in the reset's spike
    amount_share: float = 1.0  # and in what a soft reset subtracts
    has_threshold_gradient: bool = True  # whether it has a gradient at all
    refractory: int = 0  # steps after a spike that have no input

    def probe(self) -> NeuronProbe:
        return NeuronProbe("synthetic", "neuron", "", self.run, 1.0, "no")

    def run(self, I: Array, v_th: float) -> Response:
        N, T = I.shape
        V, dV = np.full(N, self.initial), np.zeros((N, T + 1))
        i, di = np.zeros(N), np.zeros((N, T + 1))
        before, dbefore = np.zeros(N), np.zeros((N, T + 1))
        th = np.eye(T + 1)[T]  # the direction of the threshold
        Ys, Vs, dYs = [], [], []
        wait = np.zeros(N)
        for t in range(T):
            open_ = wait <= 0
            i = self.current * i + open_ * I[:, t]
            di = self.current * di + open_[:, None] * np.eye(T + 1)[t]
            U, dU = self.gain * i + V, self.gain * di + dV
            x, slope = U - v_th, self.slope(U - v_th)[:, None]
            F = self.fires(U, v_th).astype(float)
            wait = np.where(F > 0, self.refractory, wait - 1)
            Y, dY = (
                (x, dU - self.output_share * th)
                if self.analog
                else (F, slope * (dU - self.output_share * th))
            )
            G, dG = F, self.reset_gradient_share * slope * (dU - self.reset_share * th)
            if self.delayed_reset:
                G, dG, before, dbefore = before, dbefore, G, dG
            leaked, dleaked = self.alpha * U + self.beta, self.alpha * dU
            R, dR = self._reset(U, dU, G, dG, v_th, th)
            V, dV = self.alpha * R + self.beta, self.alpha * dR
            if self.order == "leak, reset":
                V, dV = self._reset(leaked, dleaked, G, dG, v_th, th)
            Ys.append(Y)
            dYs.append(dY)
            Vs.append({"R": R, "U": U, "wrong": U + 0.5}[self.shown_potential])
        d = np.stack(dYs)
        return Response(
            np.stack(Ys, 1),
            np.stack(Vs, 1),
            d[:, :, :T],
            d[:, :, T].sum(1) if self.has_threshold_gradient else None,
        )

    def _reset(
        self, U: Array, dU: Array, G: Array, dG: Array, v_th: float, th: Array
    ) -> tuple[Array, Array]:
        G_ = G[:, None]
        if self.kind == "hard":
            return G * self.v_reset + (1 - G) * U, (1 - G_) * dU + (self.v_reset - U)[:, None] * dG
        if self.kind == "uncut":  # as if U were a constant in the product
            return G * self.v_reset + (1 - G) * U, dU + (self.v_reset - U)[:, None] * dG
        if self.kind == "soft":
            return U - G * v_th, dU - v_th * dG - self.amount_share * G_ * th
        if self.kind == "half":
            return U * (1 - G / 2), dU * (1 - G_ / 2) - U[:, None] / 2 * dG
        return U, dU
