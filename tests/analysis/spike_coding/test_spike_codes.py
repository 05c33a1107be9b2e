"""Codes: how far a value comes back from where it was, and on how many spikes."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from liaf_ref._core.errors import InputError
from liaf_ref.analysis.spike_coding import (
    Array,
    Operations,
    RateCode,
    SignedScaler,
    SpikeCode,
    SpikeEncoder,
    Spikes,
    TimeToFirstSpike,
    linear_levels,
    logarithmic_levels,
)

CODES: list[SpikeCode] = [
    RateCode(),
    TimeToFirstSpike(),
    TimeToFirstSpike("log", logarithmic_levels),
]
LINEAR = CODES[:2]
NAMES = [code.name for code in CODES]
each = pytest.mark.parametrize("code", CODES, ids=NAMES)
each_linear = pytest.mark.parametrize("code", LINEAR, ids=NAMES[:2])
values = hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1))
slots = st.integers(1, 40)
ROUNDING = 4 * np.finfo(np.float64).eps


def there_and_back(code: SpikeCode, u: Array, k: int) -> Array:
    return code.decode(code.encode(u, k), u.dtype)


@each
@settings(max_examples=60, deadline=None)
@given(u=values, k=slots)
def test_a_value_comes_back_within_the_bound(code: SpikeCode, u: Array, k: int) -> None:
    assert abs(there_and_back(code, u, k) - u).max() <= code.max_error(k) + ROUNDING


@each
@pytest.mark.parametrize("k", [1, 2, 5, 16])
def test_the_bound_is_met(code: SpikeCode, k: int) -> None:
    u = np.linspace(0, 1, 20_001)
    assert abs(there_and_back(code, u, k) - u).max() > 0.99 * code.max_error(k)


@settings(max_examples=60, deadline=None)
@given(levels=st.lists(st.floats(1e-3, 1), min_size=1, max_size=12, unique=True))
def test_of_any_ladder_the_bound_holds_and_is_met(levels: list[float]) -> None:
    code, k = TimeToFirstSpike("own", lambda _: np.sort(levels)[::-1]), len(levels)
    u = np.linspace(0, 1, 20_001)
    largest = abs(there_and_back(code, u, k) - u).max()
    assert code.max_error(k) - 1 / 20_000 <= largest <= code.max_error(k) + ROUNDING


def test_what_lies_above_the_first_level_counts() -> None:
    code = TimeToFirstSpike("lower half", lambda k: linear_levels(k) / 2)
    assert code.max_error(4) == 0.5
    assert SpikeEncoder(code, SignedScaler(2.0), 4).max_error == 1.0


@each_linear
@pytest.mark.parametrize("k", [1, 3, 8, 100])
def test_of_rate_and_linear_time_the_bound_is_half_a_kth(code: SpikeCode, k: int) -> None:
    assert code.max_error(k) == pytest.approx(1 / (2 * k), rel=1e-12)


@each
def test_with_many_slots_values_come_back(code: SpikeCode) -> None:
    bounds = [code.max_error(k) for k in (1, 4, 16, 64, 256, 1024)]
    assert sorted(bounds, reverse=True) == bounds
    assert bounds[-1] < 0.005


@each
@settings(max_examples=60, deadline=None)
@given(u=values, k=slots)
def test_a_greater_value_is_never_read_as_a_smaller_one(code: SpikeCode, u: Array, k: int) -> None:
    assert (np.diff(there_and_back(code, np.sort(u), k)) >= 0).all()


@settings(max_examples=60, deadline=None)
@given(u=values, k=slots)
def test_a_rate_has_a_spike_for_each_kth(u: Array, k: int) -> None:
    spikes = RateCode().encode(u, k)
    assert spikes.shape == (k, *u.shape)
    assert spikes.dtype == np.bool_
    np.testing.assert_array_equal(spikes.sum(axis=0), np.floor(k * u + 0.5))


@pytest.mark.parametrize("code", CODES[1:], ids=NAMES[1:])
@settings(max_examples=60, deadline=None)
@given(u=values, k=slots)
def test_a_first_spike_is_the_only_one(code: SpikeCode, u: Array, k: int) -> None:
    counts = code.encode(u, k).sum(axis=0)
    assert counts.max() <= 1
    assert not counts[u == 0].any()


def test_spikes_of_a_rate_are_spread_evenly() -> None:
    found = RateCode().encode(np.array([0.5, 0.25, 1.0, 0.0]), 8).T.astype(int).tolist()
    assert found[0] == [0, 1, 0, 1, 0, 1, 0, 1]
    assert found[1] == [0, 0, 0, 1, 0, 0, 0, 1]
    assert found[2] == [1] * 8
    assert found[3] == [0] * 8


def test_a_greater_value_fires_earlier() -> None:
    spikes = TimeToFirstSpike().encode(np.array([1.0, 0.74, 0.26, 0.1]), 4)
    assert [column.nonzero()[0].tolist() for column in spikes.T] == [[0], [1], [3], []]


@settings(max_examples=40, deadline=None)
@given(u=values, k=slots)
def test_a_rate_becomes_a_time_and_a_rate_again(u: Array, k: int) -> None:
    rates = RateCode().encode(u, k)
    times = TimeToFirstSpike().encode(RateCode().decode(rates, np.float64), k)
    again = RateCode().encode(TimeToFirstSpike().decode(times, np.float64), k)
    np.testing.assert_array_equal(again, rates)


@pytest.mark.parametrize("ladder", [linear_levels, logarithmic_levels])
@pytest.mark.parametrize("k", [1, 2, 7, 64])
def test_levels_fall_from_one_and_stay_above_zero(ladder: Callable[[int], Array], k: int) -> None:
    levels = ladder(k)
    assert len(levels) == k
    assert levels[0] == 1
    assert (np.diff(levels) < 0).all()
    assert levels[-1] > 0


def test_what_events_cost() -> None:
    assert [code.op_count(7) for code in CODES] == [
        Operations(0, 7),
        Operations(7, 7),
        Operations(7, 7),
    ]


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_the_one_asked_for(code: SpikeCode, dtype: type) -> None:
    u: Array = np.linspace(0, 1, 9, dtype=dtype)
    assert there_and_back(code, u, 3).dtype == dtype


@each
@pytest.mark.parametrize(
    ("u", "k", "message"),
    [
        (np.array([0.5, 1.01]), 4, r"u of .*: expected values in \[0, 1\], got 0.5 to 1.01"),
        (np.array([-1e-9]), 4, r"expected values in \[0, 1\]"),
        (np.array([np.nan]), 4, "expected finite values, got nan at index"),
        (np.array([1j]), 4, r"expected values in \[0, 1\], got complex128"),
        ([0.5], 4, "expected an array"),
        (np.array([0.5]), 0, "k of .*: expected an integer >= 1 and <= 65536, got 0"),
    ],
)
def test_other_values_are_refused(code: SpikeCode, u: Array, k: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        code.encode(u, k)


@each
@pytest.mark.parametrize("spikes", [np.zeros((2, 3)), np.zeros((0, 3), bool), np.True_])
def test_what_is_no_spike_train_is_refused(code: SpikeCode, spikes: Spikes) -> None:
    with pytest.raises(InputError, match="spikes of"):
        code.decode(spikes, np.float64)


def test_two_first_spikes_are_refused() -> None:
    with pytest.raises(InputError, match="expected at most one spike per value, got 2"):
        TimeToFirstSpike().decode(np.ones((2, 1), bool), np.float64)
