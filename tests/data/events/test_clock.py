"""Time stamps of 32 bits: where the counter starts again, and where time runs backwards."""

from pathlib import Path

import numpy as np
import pytest

from liaf_ref.data.events.clock import Clock, check_order, unwrap
from liaf_ref.data.events.records import refuser
from liaf_ref.errors import FormatError

REFUSE = refuser(Path("a"), 100, 8)


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
        _, clock = unwrap(np.array([before], np.int32), Clock(), REFUSE)
        t, _ = unwrap(np.array([after], np.int32), clock, REFUSE)
        assert t.tolist() == [before + step]
    else:
        t, _ = unwrap(np.array([before, after], np.int32), Clock(), REFUSE)
        assert t.tolist() == [before, before + step]


def test_a_counter_starts_again_many_times() -> None:
    sent = np.arange(40) * (2**30 - 7) - 5
    stamps = sent.astype(np.uint64).astype(np.uint32).view(np.int32)
    for size in (1, 3, 40):
        clock, parts = Clock(), []
        for start in range(0, 40, size):
            t, clock = unwrap(stamps[start : start + size], clock, REFUSE)
            parts.append(t)
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
def test_any_other_step_back_is_an_error(before: int, after: int) -> None:
    stamps = np.array([before, before, after], np.int32)
    with pytest.raises(FormatError, match=f"got {after} after {before}") as caught:
        unwrap(stamps, Clock(), REFUSE)
    assert caught.value.offset == 116
    _, clock = unwrap(stamps[:2], Clock(), REFUSE)
    with pytest.raises(FormatError, match=f"got {after} after {before}") as caught:
        unwrap(stamps[2:], clock, REFUSE)
    assert caught.value.offset == 100


def test_order_is_checked_against_what_came_before() -> None:
    t = np.array([5, 5, 9])
    assert check_order(t, 5, REFUSE) == 9
    with pytest.raises(FormatError, match="got 5 after 6") as caught:
        check_order(t, 6, REFUSE)
    assert caught.value.offset == 100
    with pytest.raises(FormatError, match="got 5 after 9") as caught:
        check_order(t[::-1], 5, REFUSE)
    assert caught.value.offset == 108
