"""Losses of a batch of output vectors ``(B, C)`` against classes, each a mean."""

from liaf_ref.oracle.exact.dual import Dual, constant, sum_duals
from liaf_ref.oracle.exact.functions import exp, log

Vector = list[Dual]


def softmax_ce(Z: list[Vector], y: list[int]) -> Dual:
    """Softmax with categorical cross-entropy, Section VI-A."""
    return _mean([_log_total(z) - z[c] for z, c in zip(Z, y, strict=True)])


def softmax_bce(Z: list[Vector], y: list[int]) -> Dual:
    """Softmax with binary cross-entropy, Section VI-B5: every class is right or wrong."""
    terms = []
    for z, right in zip(Z, y, strict=True):
        for c in range(len(z)):
            agreeing = [z[c]] if c == right else z[:c] + z[c + 1 :]
            terms.append(_log_total(z) - _log_total(agreeing))
    return _mean(terms)


def sigmoid_bce(Z: list[Vector], y: list[int]) -> Dual:
    """Sigmoid with binary cross-entropy; arguments and result as :func:`softmax_bce`."""
    terms = []
    for z, right in zip(Z, y, strict=True):
        against = [-z_c if c == right else z_c for c, z_c in enumerate(z)]
        terms += [_log_total([0 * a, a]) for a in against]  # -log(1 / (1 + e^a))
    return _mean(terms)


def mse(Z: list[Vector], y: list[int]) -> Dual:
    """Squared distance to the one-hot class; arguments and result as :func:`softmax_bce`."""
    terms = []
    for z, right in zip(Z, y, strict=True):
        misses = [z_c - (1 if c == right else 0) for c, z_c in enumerate(z)]
        terms += [miss * miss for miss in misses]
    return _mean(terms)


def _log_total(z: Vector) -> Dual:
    """Logarithm of the sum of ``e^z``, the largest taken out so that none overflows."""
    top = max(z_c.x for z_c in z)
    return log(sum_duals(exp(z_c - top) for z_c in z)) + constant(top)


def _mean(terms: Vector) -> Dual:
    return sum_duals(terms) / len(terms)
