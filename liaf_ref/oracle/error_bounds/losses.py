"""Losses on numbers that carry their error, computed in the ways people compute them."""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels import loss, loss_mse
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.classes import onehot
from liaf_ref.oracle.error_bounds.activations import BOUNDED_ACTIVATIONS
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel
from liaf_ref.oracle.error_bounds.arrays import (
    evaluate_sums,
    values,
    worst_case_array,
)
from liaf_ref.oracle.error_bounds.terms import MAX_DIRECT_EXP


class SoftmaxCE(NamedTuple):
    """Softmax and cross-entropy."""

    model: ArithmeticModel

    def forward(self, Z: Array, y: Array) -> tuple[Array, loss.Tape]:
        """As the kernel."""
        Z = evaluate_sums(Z, self.model)
        mean, tape = loss.forward(Z, y)
        logs, P = softmax(Z, tape.P)
        row = np.arange(len(y))
        losses = [-(log[row, y].sum()) / len(y) for log in (*logs, np.log(P))]
        return worst_case_array(mean, *losses), loss.Tape(P, y)

    def backward(self, dloss: Array, tape: loss.Tape) -> Array:
        """As the kernel."""
        return loss.backward(dloss, tape)


def softmax(Z: Array, *variants: Array) -> tuple[list[Array], Array]:
    """Logarithms of the probabilities in several ways, and the probabilities."""
    top = Z.max(axis=-1, keepdims=True)
    rest = np.log(np.exp(Z - top).sum(axis=-1, keepdims=True))
    logs = [(Z - top) - rest, Z - (top + rest)]
    found = [*variants, *(np.exp(log) for log in logs)]
    if np.abs(values(Z)).max() < MAX_DIRECT_EXP:
        total = np.exp(Z).sum(axis=-1, keepdims=True)
        found.append(np.exp(Z) / total)
        logs.append(Z - np.log(total))
    return logs, worst_case_array(*found)


class BinaryLossTape(NamedTuple):
    """What the backward passes of the binary losses read: logits, probabilities, classes."""

    Z: Array
    P: Array
    y: Array


class SoftmaxBCE(NamedTuple):
    """Softmax, and of every class whether it is the true one."""

    model: ArithmeticModel

    def forward(self, Z: Array, y: Array) -> tuple[Array, BinaryLossTape]:
        """As the kernel; ``1 - p`` is a sum of the others, or a difference."""
        Z = evaluate_sums(Z, self.model)
        logs, P = softmax(Z)
        log_p = worst_case_array(*logs, np.log(P))
        others = [_log_of_complement(log, Z) for log in logs]
        # The sums of the others come first: their values do not cancel.
        log_not_p = worst_case_array(*others, np.log(1 - P), np.log1p(-P))
        hot = onehot(y, Z)
        return _mean(-(hot * log_p + (1 - hot) * log_not_p)), BinaryLossTape(Z, P, y)

    def backward(self, dloss: Array, tape: BinaryLossTape) -> Array:
        """As the kernel; or by the gradient in the probabilities."""
        Z, P, y = tape
        hot = onehot(y, Z)
        not_P = worst_case_array(self._evaluate(_sum_of_others(P)), self._evaluate(1 - P))
        Q = self._evaluate(P[:, None, :] / not_P[:, :, None]) * (1 - np.eye(Z.shape[1], dtype=int))
        ways = [((1 - hot)[..., None] * -Q).sum(axis=1) - hot + P * Z.shape[1]]
        for slope in ((1 - hot) / not_P - hot / P, (P - hot) / (not_P * P)):
            dP = self._evaluate(slope)
            ways.append(P * dP - P * self._evaluate((P * dP).sum(axis=-1, keepdims=True)))
        return dloss * _divide_by_batch_and_classes(
            worst_case_array(*(self._evaluate(way) for way in ways))
        )

    def _evaluate(self, x: Array) -> Array:
        return evaluate_sums(x, self.model)


class SigmoidBCE(NamedTuple):
    """Sigmoid, and of every class whether it is the true one."""

    model: ArithmeticModel

    def forward(self, Z: Array, y: Array) -> tuple[Array, BinaryLossTape]:
        """As the kernel; or by the logarithms of the probabilities."""
        Z = evaluate_sums(Z, self.model)
        P = BOUNDED_ACTIVATIONS["sigmoid"].value(Z)
        hot, e = onehot(y, Z), np.exp(-np.abs(Z))
        positive = (values(Z) > 0).astype(int)
        softplus = positive * Z + worst_case_array(np.log(1 + e), np.log1p(e))
        asked = -(hot * np.log(P) + (1 - hot) * worst_case_array(np.log(1 - P), np.log1p(-P)))
        return _mean(worst_case_array(softplus - hot * Z, asked)), BinaryLossTape(Z, P, y)

    def backward(self, dloss: Array, tape: BinaryLossTape) -> Array:
        """As the kernel; by the softplus; or by the gradient in the probabilities."""
        Z, P, y = tape
        hot, e = onehot(y, Z), np.exp(-np.abs(Z))
        sign = np.where(values(Z) > 0, 1, -1)
        ways = [P - hot, (sign + 1) // 2 - sign * (e / (1 + e)) - hot]
        dP = evaluate_sums((P - hot) / ((1 - P) * P), self.model)
        ways += [dP * P * (1 - P), dP * evaluate_sums(P - P * P, self.model)]
        return dloss * _divide_by_batch_and_classes(
            worst_case_array(*(evaluate_sums(way, self.model) for way in ways))
        )


class MSE(NamedTuple):
    """Squared error."""

    model: ArithmeticModel

    def forward(self, Z: Array, y: Array) -> tuple[Array, loss_mse.Tape]:
        """As the kernel."""
        E = evaluate_sums(Z, self.model) - onehot(y, Z)
        return _mean(E * E), loss_mse.Tape(E)

    def backward(self, dloss: Array, tape: loss_mse.Tape) -> Array:
        """As the kernel."""
        return dloss * _divide_by_batch_and_classes(2 * tape.E)


def _log_of_complement(log: Array, Z: Array) -> Array:
    """``log(1 - p)`` of every class: the logarithm of the sum of the others' probabilities."""
    return np.log(_sum_of_others(np.exp(log)))


def _sum_of_others(x: Array) -> Array:
    C = x.shape[-1]
    return np.stack([np.delete(x, c, axis=-1).sum(axis=-1) for c in range(C)], axis=-1)


def _divide_by_batch_and_classes(d: Array) -> Array:
    """Over batch and classes: at once or one after the other."""
    share: Array = d / len(d) / d.shape[1]
    return share


def _mean(losses: Array) -> Array:
    mean: Array = losses.sum() / len(losses) / losses.shape[1]
    return mean
