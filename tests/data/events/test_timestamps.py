"""Time stamps of 32 bits: where the counter starts again, and where time runs backwards."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaf_ref._core.errors import FormatError
from liaf_ref.data.events.binary_io import (
    TimestampState,
    check_nondecreasing,
    error_at,
    unwrap_timestamps,
)

REFUSE = error_at(Path("a"), 100, 8)


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
    if cut:
        _, clock, _ = unwrap_timestamps(np.array([before], np.int32), TimestampState())
        t, _, back = unwrap_timestamps(np.array([after], np.int32), clock)
        assert t.tolist() == [before + step]
    else:
        t, _, back = unwrap_timestamps(np.array([before, after], np.int32), TimestampState())
        assert t.tolist() == [before, before + step]
    assert back is None


def test_a_counter_starts_again_many_times() -> None:
    sent = np.arange(40) * (2**30 - 7) - 5
    stamps = sent.astype(np.uint64).astype(np.uint32).view(np.int32)
    for size in (1, 3, 40):
        clock, parts = TimestampState(), []
        for start in range(0, 40, size):
            t, clock, back = unwrap_timestamps(stamps[start : start + size], clock)
            parts.append(t)
            assert back is None
        assert np.concatenate(parts).tolist() == sent.tolist()


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
    t, clock, back = unwrap_timestamps(stamps, TimestampState())
    assert (t.tolist(), clock) == (expected, TimestampState(after + 3, before - after))
    assert back == (2, text, 1)
    first, between, back = unwrap_timestamps(stamps[:2], TimestampState())
    assert back is None
    rest, clock, back = unwrap_timestamps(stamps[2:], between)
    assert (first.tolist() + rest.tolist(), clock) == (
        expected,
        TimestampState(after + 3, before - after),
    )
    assert back == (0, text, 1)


def test_steps_back_and_starts_of_the_counter_in_one_file() -> None:
    stamps = np.array([7, 2**31 - 5, 2**31 - 9, 3, 2, 10], np.int32)
    expected = [7, 2**31 - 5, 2**31 - 5, 2**31 + 7, 2**31 + 7, 2**31 + 15]
    t, _, back = unwrap_timestamps(stamps, TimestampState())
    assert t.tolist() == expected
    assert back == (2, "expected non-decreasing timestamps, got 2147483639 after 2147483643", 2)


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
    clock, parts, found = TimestampState(), [], 0
    for at in range(0, len(sent), size):
        t, clock, back = unwrap_timestamps(stamps[at : at + size], clock)
        parts += t.tolist()
        found += back.steps if back else 0
    assert (parts, found) == (expected, steps)


def test_order_is_checked_against_what_arrived_before() -> None:
    t = np.array([5, 5, 9])
    assert check_nondecreasing(t, 5, REFUSE) == 9
    with pytest.raises(FormatError, match="got 5 after 6") as caught:
        check_nondecreasing(t, 6, REFUSE)
    assert caught.value.offset == 100
    with pytest.raises(FormatError, match="got 5 after 9") as caught:
        check_nondecreasing(t[::-1], 5, REFUSE)
    assert caught.value.offset == 108
