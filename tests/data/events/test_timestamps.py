"""Time stamps of 32 bits: where the counter starts again, and where time runs backwards."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaf_ref.data.events.records import Clock


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        (5, 5, 0),
        (-(2**31), 2**31 - 1, 2**32 - 1),  # a long pause is no start
        (2**31 - 1, -(2**31), 1),  # 32 bits: one on
        (2**31 - 1, 0, 1),  # 31 bits: one on
        (2**31 - 1, -(2**30) - 1, 2**30),  # 32 bits, after the longest pause
        (2**31 - 1, 2**30 - 1, 2**30),  # 31 bits, after the longest pause
        (2**30, 0, 2**30),
        (2**30, -(2**31), 2**30),
    ],
)
@pytest.mark.parametrize("cut", [False, True])
def test_a_counter_starts_again(before: int, after: int, step: int, cut: bool) -> None:
    clock, stamps = Clock(), np.array([before, after], np.int32)
    parts = [clock.times(part) for part in (np.split(stamps, 2) if cut else [stamps])]
    assert np.concatenate([t for t, _ in parts]).tolist() == [before, before + step]
    assert {fall for _, fall in parts} == {None}


def test_a_counter_starts_again_many_times() -> None:
    sent = np.arange(40) * (2**30 - 7) - 5
    stamps = sent.astype(np.uint64).astype(np.uint32).view(np.int32)
    for size in (1, 3, 40):
        clock = Clock()
        parts = [clock.times(stamps[start : start + size])[0] for start in range(0, 40, size)]
        assert (np.concatenate(parts).tolist(), clock.steps) == (sent.tolist(), 0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (2**30, 2**30 - 1),
        (2**30, 1),
        (2**31 - 1, 2**30),
        (2**31 - 1, -(2**30)),
        (2**30 - 1, 0),
        (2**30 - 1, -(2**31)),
        (5, -5),
        (-5, -6),
    ],
)
def test_time_goes_on_behind_any_other_step_back(before: int, after: int) -> None:
    stamps = np.array([before, before, after, after + 3], np.int32)
    text = f"expected non-decreasing timestamps, got {after} after {before}"
    expected = [before, before, before, before + 3]
    clock = Clock()
    t, fall = clock.times(stamps)
    assert (t.tolist(), fall, clock.steps) == (expected, (2, text), 1)
    clock = Clock()
    first, none = clock.times(stamps[:2])
    rest, fall = clock.times(stamps[2:])
    assert (first.tolist() + rest.tolist(), none, fall) == (expected, None, (0, text))
    assert clock.steps == 1


def test_steps_back_and_starts_of_the_counter_in_one_file() -> None:
    stamps = np.array([7, 2**31 - 5, 2**31 - 9, 3, 2, 10], np.int32)
    expected = [7, 2**31 - 5, 2**31 - 5, 2**31 + 7, 2**31 + 7, 2**31 + 15]
    clock = Clock()
    t, fall = clock.times(stamps)
    assert (t.tolist(), clock.steps) == (expected, 2)
    assert fall == (2, "expected non-decreasing timestamps, got 2147483639 after 2147483643")


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=30), st.integers(1, 30))
def test_any_stamps_become_times_that_never_decrease(sent: list[int], size: int) -> None:
    """One step after another, however the file is read."""
    stamps = np.array(sent, np.int32)
    expected, steps = [sent[0]], 0
    for before, after in pairwise(sent):
        start = after + (2**32 if after < 0 else 2**31)
        if after >= before:
            expected.append(expected[-1] + after - before)
        elif start - before <= 2**30:
            expected.append(expected[-1] + start - before)
        else:
            expected.append(expected[-1])
            steps += 1
    clock, parts = Clock(), list[int]()
    for at in range(0, len(sent), size):
        parts += clock.times(stamps[at : at + size])[0].tolist()
    assert (parts, clock.steps) == (expected, steps)
