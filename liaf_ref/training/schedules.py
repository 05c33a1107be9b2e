"""Schedules of the learning rate: functions of the validation losses so far.

Schedules have no state: the losses are enough to resume a run.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Protocol, runtime_checkable

from liaf_ref._core.declared import Declared
from liaf_ref._core.kinds import real
from liaf_ref._core.text import count
from liaf_ref.layers import types as t


@runtime_checkable
class Schedule(Protocol):
    """Decides the learning rate of the next epoch."""

    def lr_factor(self, losses: Sequence[float]) -> float:
        """The fraction of the first learning rate that is left after these epochs."""


class ConstantLR(Declared):
    """The learning rate stays the same.

    Examples
    --------
    >>> from liaf_ref.training import ConstantLR
    >>> ConstantLR().lr_factor([0.7, 0.8, 0.9])
    1.0
    """

    def lr_factor(self, losses: Sequence[float]) -> float:
        """Return 1; see :class:`Schedule`."""
        return 1.0


class ReduceLROnPlateau(Declared):
    """Reduce the learning rate when the validation loss stops falling.

    Sections VI-B3 and VI-B5 of the paper.

    Parameters
    ----------
    patience : int
        Epochs without a lower validation loss before a reduction; each reduction restarts the
        count.
    factor : float
        Factor of the learning rate, in (0, 1).

    Raises
    ------
    InputError
        If ``patience`` is below 1 or ``factor`` is not in (0, 1).

    Examples
    --------
    >>> from liaf_ref.training import ReduceLROnPlateau
    >>> schedule = ReduceLROnPlateau(patience=2)
    >>> schedule.lr_factor([0.7, 0.8]), schedule.lr_factor([0.7, 0.8, 0.9])
    (1.0, 0.2)
    """

    patience: t.Count = 5
    factor: Annotated[float, real(0, 1, closed="()")] = 0.2

    def lr_factor(self, losses: Sequence[float]) -> float:
        """Return a power of ``factor``, never 0; see :class:`Schedule`."""
        divisions, waited, lowest = 0, 0, float("inf")
        for loss in losses:
            waited = 0 if loss < lowest else waited + 1
            lowest = min(lowest, loss)
            if waited == self.patience:
                divisions, waited = divisions + 1, 0
        return max(float(self.factor**divisions), math.ulp(0))


class CosineAnnealingLR(Declared):
    """Reduce the learning rate from epoch to epoch along half a cosine, towards 0.

    Loshchilov and Hutter 2017 (`arXiv:1608.03983 <https://arxiv.org/abs/1608.03983>`_), Eq. (5),
    without restarts; the paper does not use it.

    Parameters
    ----------
    epochs : int
        Number of epochs of the run; after them the learning rate would be 0.

    Raises
    ------
    InputError
        If ``epochs`` is below 1.

    Examples
    --------
    >>> from liaf_ref.training import CosineAnnealingLR
    >>> schedule = CosineAnnealingLR(epochs=4)
    >>> [round(schedule.lr_factor([0.5] * done), 3) for done in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    """

    epochs: t.Count

    def lr_factor(self, losses: Sequence[float]) -> float:
        """Return the cosine at the number of losses, never 0; see :class:`Schedule`."""
        done = min(len(losses) / self.epochs, 1.0)
        return max((1 + math.cos(math.pi * done)) / 2, math.ulp(0))


def early_stopping_reason(losses: Sequence[float], stop_after: int | None) -> str | None:
    """Return the reason to stop training, if there is one."""
    if stop_after is None or not losses:
        return None
    lowest = min(losses)
    epoch = losses.index(lowest) + 1
    if len(losses) - epoch < stop_after:
        return None
    best = f"{lowest:.6g} of epoch {epoch}"
    return f"the validation loss has not been below its {best} for {count(stop_after, 'epoch')}"
