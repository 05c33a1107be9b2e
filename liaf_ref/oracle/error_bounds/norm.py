"""Normalisation on numbers that carry their error, in the ways it is computed.

Written again because the ways differ in their terms: the variance from the squares
around the mean, from the mean of the squares, or from running means; the gradient by
formulas in X, in X normalised, or by differentiating one's own forward pass.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import norm, norm_running
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.kernels.norm import Params, Statistics
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.oracle.error_bounds import terms
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel
from liaf_ref.oracle.error_bounds.arrays import (
    apply,
    as_bounded_array,
    errors,
    evaluate_sums,
    finished_array,
    rounded_constant,
    values,
    worst_case_array,
)


class Tape(NamedTuple):
    """What the backward pass of :class:`Norm` reads."""

    X: Array
    m: Array
    r: Array
    p: Params


class Norm(NamedTuple):
    """Normalisation by one's own mean and variance."""

    model: ArithmeticModel

    def forward(
        self, X: Array, p: Params, axes: Size, eps: float
    ) -> tuple[Array, Statistics, Tape]:
        """As the kernel."""
        X = evaluate_sums(X, self.model)
        n = math.prod(X.shape[axis] for axis in axes)
        m = self._evaluate(X.sum(axis=axes, keepdims=True) / n)
        v = self._variance(X, m, axes, n)
        r = apply(terms.rsqrt, v + eps)
        return p.gamma * ((X - m) * r) + p.b, Statistics(m, v), Tape(X, m, r, p)

    def _variance(self, X: Array, m: Array, axes: Size, n: int) -> Array:
        around = ((X - m) * (X - m)).sum(axis=axes, keepdims=True)
        squares = (X * X).sum(axis=axes, keepdims=True) / n - m * m
        passing = self._welford_variance(X, around, axes, n)
        return worst_case_array(self._evaluate(around / n), self._evaluate(squares), passing / n)

    def _welford_variance(self, X: Array, squared_deviations: Array, axes: Size, n: int) -> Array:
        """Welford's and Chan's sums of squares, docs/verify/tolerances.md."""
        largest = (np.abs(values(X)) + errors(X)).max(axis=axes, keepdims=True)
        S, e = values(squared_deviations), (errors(X) ** 2).sum(axis=axes, keepdims=True)
        mean = self.model.gamma(n + 6) * largest + n * self.model.eta  # error of a running mean
        spread = np.sqrt(e) + np.sqrt(n) * mean
        lost = 2 * np.sqrt(2 * S) * spread + 2 * spread**2
        lost += self.model.gamma(n + 4) * (S + lost) + n * self.model.eta
        return finished_array(S, lost, self.model)

    def backward(self, dY: Array, tape: Tape, axes: Size) -> tuple[Array, Params]:
        """As the kernel."""
        X, m, r, p = tape
        dY = evaluate_sums(dY, self.model)
        db = sum_to(dY, p.b.shape)
        dgamma = sum_to(dY * ((X - m) * r), p.gamma.shape)
        g = self._evaluate(dY * p.gamma)
        n = math.prod(X.shape[axis] for axis in axes)
        ways = (
            self._dX_kernel_form,
            self._dX_affine_form,
            self._dX_factored_form,
            self._dX_chain_rule_form,
        )
        return worst_case_array(
            *(self._evaluate(way(X, m, r, g, axes, n)) for way in ways)
        ), Params(dgamma, db)

    def _dX_kernel_form(self, X: Array, m: Array, r: Array, g: Array, axes: Size, n: int) -> Any:
        X_hat = (X - m) * r
        along = self._mean(g * X_hat, axes, n)
        return r * g - r * self._mean(g, axes, n) - (r * along) * X_hat

    def _dX_affine_form(self, X: Array, m: Array, r: Array, g: Array, axes: Size, n: int) -> Any:
        """Without X normalised: ``r g + b X + c`` with two numbers of the set."""
        total = self._evaluate(g.sum(axis=axes, keepdims=True))
        product = self._evaluate((g * X).sum(axis=axes, keepdims=True))
        b = self._evaluate(self._evaluate(total * m - product) * self._evaluate(r * r * r) / n)
        return r * g + b * X - b * m - total * r / n

    def _dX_factored_form(self, X: Array, m: Array, r: Array, g: Array, axes: Size, n: int) -> Any:
        """With r taken out of both sums."""
        k = self._evaluate(self._mean((X - m) * g, axes, n) * r * r)
        return g * r - self._mean(g, axes, n) * r - ((X - m) * k) * r

    def _dX_chain_rule_form(
        self, X: Array, m: Array, r: Array, g: Array, axes: Size, n: int
    ) -> Any:
        """By the variance and the mean; what the variance gives the mean is 0 but for rounding."""
        dv = self._evaluate((g * (X - m)).sum(axis=axes, keepdims=True))
        dv = self._evaluate(dv * self._evaluate(r * r * r) / -2)
        dm = self._evaluate(-(g * r).sum(axis=axes, keepdims=True))
        share = self._evaluate(dv * 2 / n)
        rest = self._evaluate(share * self._evaluate((X - m).sum(axis=axes, keepdims=True)))
        return g * r + (X - m) * share + dm / n - rest / n

    def _mean(self, x: Array, axes: Size, n: int) -> Array:
        return self._evaluate(x.sum(axis=axes, keepdims=True) / n)

    def _evaluate(self, x: Array) -> Array:
        return evaluate_sums(x, self.model)


class NormRunning(NamedTuple):
    """Normalisation by running statistics, and how they are kept."""

    model: ArithmeticModel

    def forward(
        self, X: Array, p: Params, running: Statistics, eps: float
    ) -> tuple[Array, norm.Tape]:
        """As the kernel."""
        r = apply(terms.rsqrt, running.v + eps)
        X_hat = (evaluate_sums(X, self.model) - running.m) * r
        return p.gamma * X_hat + p.b, norm.Tape(X_hat, r, p)

    def backward(self, dY: Array, tape: norm.Tape) -> tuple[Array, Params]:
        """As the kernel."""
        return norm_running.backward(evaluate_sums(dY, self.model), tape)

    def follow_steps(
        self, running: Statistics, batch: Statistics, n: int, momentum: float
    ) -> Statistics:
        """As the kernel; a momentum is a constant of the program."""
        weight = rounded_constant(momentum, self.model)
        saved = norm_running.follow_steps(running, batch, n, weight)  # type: ignore[arg-type]
        return Statistics(
            as_bounded_array(saved.m, self.model), as_bounded_array(saved.v, self.model)
        )
