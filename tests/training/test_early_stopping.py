"""Early stopping: after how many epochs, and the reason that is reported."""

import json
from pathlib import Path

import pytest
from support import Setup, folder_contents, trees_equal

from liaf_ref._core.errors import InputError
from liaf_ref.training.early_stopping import early_stopping_reason
from liaf_ref.training.optimizers import SGD
from liaf_ref.training.run_folder import RunFolder, read_metrics
from liaf_ref.training.state import EpochDone, TrainingSettings

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


def test_until_then_the_steps_are_those_of_a_run_that_goes_on() -> None:
    on = SETUP._replace(settings=TrainingSettings(epochs=40, batch_size=4)).events()
    pairs = zip(EVENTS, on, strict=False)
    assert all(trees_equal(a.state, b.state) for a, b in pairs)
    assert len(on) > len(EVENTS)


@pytest.mark.parametrize("cut", [0, 5, -6, -2])
def test_a_resumed_run_stops_at_the_same_step(cut: int) -> None:
    assert trees_equal(tuple(SETUP.events(EVENTS[cut].state)), tuple(EVENTS[cut:][1:]))


def test_the_metrics_say_why(tmp_path: Path) -> None:
    record = RunFolder(tmp_path, {"epochs": 40, "stop_after": 4})
    record.start_or_resume(resume=False)
    epochs = [event for event in EVENTS if isinstance(event, EpochDone)]
    for event in epochs:
        record.record_epoch(event)
    *others, last = read_metrics(record.path)
    assert last["stopped"] == epochs[-1].stop_reason
    assert not any("stopped" in row for row in others)
    record.start_or_resume(resume=True)
    assert json.loads(folder_contents(tmp_path)["metrics.jsonl"].splitlines()[-1]) == last


def test_a_wrong_number_is_refused() -> None:
    with pytest.raises(InputError, match=r"stop_after of training: expected an integer >= 1"):
        TrainingSettings(1, stop_after=0)
