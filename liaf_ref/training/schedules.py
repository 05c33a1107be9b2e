"""Schedules of the learning rate: functions of the validation losses so far.

Schedules have no state: the losses are enough to resume a run.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from liaf_ref._core.text import count
from liaf_ref._core.validation import (
    check_instance,
    check_number,
    check_positive_int,
    validate_fields,
)


@runtime_checkable
class Schedule(Protocol):
    """Decides the learning rate of the next epoch."""

    def lr_factor(self, losses: Sequence[float]) -> float:
        """The fraction of the first learning rate that is left after these epochs."""


@dataclass(frozen=True)
class ConstantLR:
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


@dataclass(frozen=True)
class ReduceLROnPlateau:
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

    patience: int = 5
    factor: float = 0.2

    def __post_init__(self) -> None:
        validate_fields(self, ("patience",), check_positive_int, "ReduceLROnPlateau")
        share = "a number in (0, 1)"
        validate_fields(
            self, ("factor",), check_number, "ReduceLROnPlateau", lambda x: 0 < x < 1, share
        )

    def lr_factor(self, losses: Sequence[float]) -> float:
        """Return a power of ``factor``, never 0; see :class:`Schedule`."""
        divisions, waited, lowest = 0, 0, float("inf")
        for loss in losses:
            waited = 0 if loss < lowest else waited + 1
            lowest = min(lowest, loss)
            if waited == self.patience:
                divisions, waited = divisions + 1, 0
        return max(float(self.factor**divisions), math.ulp(0))


@dataclass(frozen=True)
class CosineAnnealingLR:
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

    epochs: int

    def __post_init__(self) -> None:
        validate_fields(self, ("epochs",), check_positive_int, "CosineAnnealingLR")

    def lr_factor(self, losses: Sequence[float]) -> float:
        """Return the cosine at the number of losses, never 0; see :class:`Schedule`."""
        done = min(len(losses) / self.epochs, 1.0)
        return max((1 + math.cos(math.pi * done)) / 2, math.ulp(0))


def early_stopping_reason(losses: Sequence[float], stop_after: int | None) -> str | None:
    """Return the reason to stop training, if there is one."""
    source = "when to stop"
    kind: type[Sequence[float]] = Sequence  # type: ignore[type-abstract]
    check_instance("losses", losses, kind, source, "a sequence of numbers")
    if stop_after is not None:
        check_positive_int("stop_after", stop_after, source)
    if stop_after is None or not losses:
        return None
    lowest = min(losses)
    epoch = losses.index(lowest) + 1
    if len(losses) - epoch < stop_after:
        return None
    best = f"{lowest:.6g} of epoch {epoch}"
    return f"the validation loss has not been below its {best} for {count(stop_after, 'epoch')}"
