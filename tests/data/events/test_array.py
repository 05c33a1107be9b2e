"""Events in memory: made, checked, cut."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaf_ref._core.errors import InputError
from liaf_ref.data.events import EVENT, check_events, crop, make_events, slice_by_time

from .writers import event_arrays, make_event_array

FIVE = make_event_array([0, 5, 5, 7, 9], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [1, 0, 1, 0, 1])


def test_the_dtype_is_that_of_tonic() -> None:
    tonic = np.dtype([("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", bool)])
    assert tonic == EVENT


def test_events_are_made_of_columns() -> None:
    made = make_events(*(FIVE[field] for field in "txyp"))
    assert (made == FIVE).all()
    assert (make_events(*(FIVE[field].astype(np.uint64) for field in "txyp")) == FIVE).all()
    assert check_events("events", FIVE, "test") is FIVE


@pytest.mark.parametrize(
    "dtype",
    [
        [("x", "i2"), ("y", "i2"), ("p", "?"), ("t", "i8")],  # tonic, DVSGesture
        [("t", "<u4"), ("x", "<u2"), ("y", "<u2"), ("p", "u1")],
        [("p", ">i4"), ("y", ">i8"), ("x", ">u2"), ("t", ">i8")],
    ],
)
def test_other_orders_and_kinds_of_fields_are_taken_by_name(dtype: Any) -> None:
    other = np.zeros(5, dtype)
    for field in "txyp":
        other[field] = FIVE[field]
    taken = check_events("events", other, "test")
    assert taken.dtype == EVENT
    assert (taken == FIVE).all()


def changed(field: str, value: Any, dtype: Any = None) -> Any:
    array = FIVE.copy()
    if dtype:
        array = array.astype([(name, dtype if name == field else EVENT[name]) for name in "xytp"])
    array[field][2] = value
    return array


def behind_zero(field: str) -> Any:
    array = changed(field, -1)
    array[field][0] = 0
    return array


NO_EVENTS: list[tuple[Any, str]] = [
    (np.zeros(3), "events of test: expected a structured array with fields x, y, t, p, got an"),
    (np.zeros(3, [("x", int)]), "expected a structured array with fields"),
    (FIVE[None], r"expected shape \(N,\), got shape \(1, 5\)"),
    (FIVE.tolist(), "expected a structured array of events, got list"),
    (changed("x", -1), "x of events of test: expected 0 .. 32767, got -1 at index 2"),
    (changed("y", -7), "y of events of test: expected 0 .. 32767, got -7 at index 2"),
    (changed("t", 4), "expected non-decreasing timestamps, got 4 after 5 at index 2"),
    (
        changed("x", 2**15, np.int32),
        "x of events of test: expected 0 .. 32767, got 32768 at index 2",
    ),
    (
        changed("y", 2**15, np.int32),
        "y of events of test: expected 0 .. 32767, got 32768 at index 2",
    ),
    (changed("p", 2, np.int8), "p of events of test: expected 0 .. 1, got 2 at index 2"),
    (behind_zero("x"), "x of events of test: expected 0 .. 32767, got -1 at index 2"),
    (behind_zero("y"), "y of events of test: expected 0 .. 32767, got -1 at index 2"),
    (
        changed("x", 40000, np.int32),
        "x of events of test: expected 0 .. 32767, got 40000 at index 2",
    ),
    (changed("p", -1, np.int8), "p of events of test: expected 0 .. 1, got -1 at index 2"),
    (changed("t", 5.5, np.float64), "t of events of test: expected 64-bit integers"),
    (changed("t", 2**63, np.uint64), "t of events of test: expected 64-bit integers"),
    (changed("y", 1.0, np.float32), "y of events of test: expected integers"),
]


@pytest.mark.parametrize(("array", "reason"), NO_EVENTS)
def test_what_are_no_events_is_refused(array: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        check_events("events", array, "test")


def test_a_truth_value_of_another_byte_is_refused() -> None:
    spoilt = FIVE.copy()
    spoilt["p"].view(np.uint8)[3] = 2
    with pytest.raises(
        InputError, match=r"^p of events of test: expected 0 .. 1, got 2 at index 3"
    ):
        check_events("events", spoilt, "test")


@given(event_arrays((9, 9)), st.integers(-5, 10**6), st.integers(0, 10**6))
def test_a_span_of_time_is_half_open(sent: Any, start: int, length: int) -> None:
    part = slice_by_time(sent, start, start + length)
    saved = [event for event in sent if start <= event["t"] < start + length]
    assert part.tolist() == [event.tolist() for event in saved]


@given(
    event_arrays((9, 9)), st.integers(0, 9), st.integers(0, 9), st.integers(1, 9), st.integers(1, 9)
)
def test_a_crop_counts_from_its_corner(sent: Any, top: int, left: int, H: int, W: int) -> None:
    part = crop(sent, top, left, (H, W))
    rows = [
        (x - left, y - top, t, p)
        for x, y, t, p in sent.tolist()
        if top <= y < top + H and left <= x < left + W
    ]
    assert part.tolist() == rows


def test_crops_and_spans_leave_their_events_alone() -> None:
    before = FIVE.copy()
    crop(FIVE, 1, 1, (3, 3))
    slice_by_time(FIVE, 1, 6)
    assert (before == FIVE).all()
