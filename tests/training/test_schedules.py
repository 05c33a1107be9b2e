"""Schedules: a share of the learning rate, by the validation losses alone."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support import Setup, same

from liaf_ref.errors import InputError
from liaf_ref.training.loop import EpochDone, TrainingState
from liaf_ref.training.schedules import Constant, Plateau

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
    assert Plateau(2, 0.5).share(losses) == 0.5**divisions


def test_the_papers_plateau() -> None:
    assert Plateau() == Plateau(5, 0.2)
    assert Plateau().share([1.0] * 6) == 0.2
    assert Plateau().share([1.0] * 5) == 1


def test_a_rate_that_is_divided_for_ever_is_never_zero() -> None:
    """Nor does it end a run, which no loss has to improve."""
    assert Plateau(1).share([1.0] * 1000) > 0
    assert SETUP.optimiser.scaled(1e-320).lr > 0
    settings = replace(SETUP.settings, epochs=40)
    setup = SETUP._replace(schedule=Plateau(1, 1e-30), settings=settings)
    *_, before, last = epochs_of(setup, setup.first())
    assert same(before.params, last.params)


def test_a_constant_rate_is_constant() -> None:
    assert Constant().share([1, 2, 3, 4]) == 1


@pytest.mark.parametrize("arguments", [(0, 0.5), (2, 0.0), (2, 1.0), ("2", 0.5)])
def test_what_is_no_plateau_is_refused(arguments: tuple[int, float]) -> None:
    with pytest.raises(InputError, match=r"(patience|factor) of Plateau"):
        Plateau(*arguments)


class Halving:
    """Half the rate after every epoch."""

    def share(self, losses: Sequence[float]) -> float:
        return float(0.5 ** len(losses))


def epochs_of(setup: Setup, state: TrainingState) -> list[TrainingState]:
    return [event.state for event in setup.run(state) if isinstance(event, EpochDone)]


def test_each_epoch_has_the_rate_of_the_schedule() -> None:
    """Epoch by epoch with a rate of its own is the same as all at once with the schedule."""
    state = SETUP.first()
    scheduled = epochs_of(SETUP._replace(schedule=Halving()), state)
    for epoch, wanted in enumerate(scheduled):
        own = SETUP._replace(
            optimiser=SETUP.optimiser.scaled(0.5**epoch),
            settings=replace(SETUP.settings, epochs=epoch + 1),
        )
        (state,) = epochs_of(own, state)
        assert same(state, wanted)
    assert not same(state, SETUP.events()[-1].state)


def test_the_losses_a_schedule_goes_by_are_those_of_validation() -> None:
    losses = [e.validation.loss for e in SETUP.events() if isinstance(e, EpochDone)]
    assert list(SETUP.events()[-1].state.losses) == losses
