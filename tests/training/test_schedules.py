"""Schedules: a share of the learning rate, by the validation losses alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from support import Setup, trees_equal

from liaf_ref.training.loop import early_stopping_reason
from liaf_ref.training.optimizers import SGD, CosineAnnealingLR, ReduceLROnPlateau
from liaf_ref.training.state import EpochDone, TrainingSettings, TrainingState

SETUP = Setup()


@pytest.mark.parametrize(
    ("losses", "divisions"),
    [
        ([], 0),
        ([3, 2, 1], 0),
        ([1, 2], 0),  # one epoch without a new lowest
        ([1, 2, 2], 1),
        ([1, 1, 1], 1),  # as low is not lower
        ([1, 2, 0.5, 2], 0),  # a new lowest in between
        ([1, 2, 2, 2], 1),  # counted anew after a division
        ([1, 2, 2, 2, 2], 2),
        ([1, 2, 2, 1.5, 1.2], 2),  # the lowest of all counts, not since the division
        ([1, 2, 2, 0.9, 2, 2], 2),
    ],
)
def test_a_plateau_is_so_many_epochs_without_a_new_lowest(
    losses: list[float], divisions: int
) -> None:
    assert ReduceLROnPlateau(2, 0.5).lr_factor(losses) == 0.5**divisions


def test_the_papers_plateau() -> None:
    assert ReduceLROnPlateau() == ReduceLROnPlateau(5, 0.2)
    assert ReduceLROnPlateau().lr_factor([1.0] * 6) == 0.2
    assert ReduceLROnPlateau().lr_factor([1.0] * 5) == 1


def test_a_rate_that_is_divided_for_ever_is_never_zero() -> None:
    """Nor does it end a run, which no loss has to improve."""
    assert ReduceLROnPlateau(1).lr_factor([1.0] * 1000) > 0
    assert SETUP.optimizer.with_scaled_lr(1e-320).lr > 0
    settings = replace(SETUP.settings, epochs=40)
    setup = SETUP._replace(schedule=ReduceLROnPlateau(1, 1e-30), settings=settings)
    *_, before, last = epoch_states(setup, setup.initial_state())
    assert trees_equal(before.params, last.params)


def test_a_cosine_falls_from_the_whole_rate_to_none() -> None:
    factors = [CosineAnnealingLR(8).lr_factor([1.0] * done) for done in range(10)]
    np.testing.assert_allclose(factors[:9], (1 + np.cos(np.pi * np.arange(9) / 8)) / 2, atol=1e-15)
    assert factors[0] == 1
    assert min(factors) == factors[9] > 0  # a rate is above 0


class HalvingLR:
    """Half the rate after every epoch."""

    def lr_factor(self, losses: Sequence[float]) -> float:
        return float(0.5 ** len(losses))


def epoch_states(setup: Setup, state: TrainingState) -> list[TrainingState]:
    return [event.state for event in setup.run(state) if isinstance(event, EpochDone)]


def test_each_epoch_has_the_rate_of_the_schedule() -> None:
    """Epoch by epoch with a rate of its own is the same as all at once with the schedule."""
    state = SETUP.initial_state()
    scheduled = epoch_states(SETUP._replace(schedule=HalvingLR()), state)
    for epoch, expected in enumerate(scheduled):
        own = SETUP._replace(
            optimizer=SETUP.optimizer.with_scaled_lr(0.5**epoch),
            settings=replace(SETUP.settings, epochs=epoch + 1),
        )
        (state,) = epoch_states(own, state)
        assert trees_equal(state, expected)
    assert not trees_equal(state, SETUP.events()[-1].state)


# Validation gets worse from some epoch on, long before the last.
SETUP = Setup(optimizer=SGD(3.0), settings=TrainingSettings(epochs=40, batch_size=4, stop_after=4))
EVENTS = SETUP.events()


@pytest.mark.parametrize(
    ("losses", "after", "epoch"),
    [
        ([], 1, None),
        ([2.0], 1, None),
        ([2.0, 1.0], 1, None),
        ([2.0, 2.0], 1, 1),
        ([2.0, 3.0, 2.5], 2, 1),
        ([2.0, 3.0, 1.9], 2, None),
        ([2.0, 1.0, 3.0, 1.0], 2, 2),
        ([2.0, 1.0, 3.0, 1.0], 3, None),
        ([2.0, 3.0, 4.0], None, None),
    ],
)
def test_training_stops_when_no_loss_was_below_the_lowest(
    losses: list[float], after: int | None, epoch: int | None
) -> None:
    why = early_stopping_reason(losses, after)
    assert (why is None) == (epoch is None)
    if why is not None and epoch is not None:
        lowest, s = losses[epoch - 1], "" if after == 1 else "s"
        assert why.endswith(f"below its {lowest:g} of epoch {epoch} for {after} epoch{s}")


def test_the_loop_ends_there_and_the_last_event_alone_says_why() -> None:
    epochs = [event for event in EVENTS if isinstance(event, EpochDone)]
    losses = [event.validation.loss for event in epochs]
    assert 4 < len(epochs) < 40
    assert len(losses) - 1 - losses.index(min(losses)) == 4
    assert [event.stop_reason is not None for event in epochs] == [False] * (len(epochs) - 1) + [
        True
    ]
    assert SETUP.events(EVENTS[-1].state) == []
