"""Codes: how far a value comes back from where it was, and on how many spikes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from liaf_ref._core.errors import InputError
from liaf_ref.analysis.spike_coding import (
    Array,
    OffsetScaler,
    RateCode,
    Scaler,
    SignedScaler,
    SpikeCode,
    SpikeEncoder,
    TimeToFirstSpike,
    logarithmic_levels,
)

CODES: list[SpikeCode] = [
    RateCode(),
    TimeToFirstSpike(),
    TimeToFirstSpike("log", logarithmic_levels),
]
NAMES = [code.name for code in CODES]
each = pytest.mark.parametrize("code", CODES, ids=NAMES)
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


def test_two_first_spikes_are_refused() -> None:
    with pytest.raises(InputError, match="expected at most one spike per value, got 2"):
        TimeToFirstSpike().decode(np.ones((2, 1), bool), np.float64)


SCALERS: list[Scaler] = [SignedScaler(2.0), OffsetScaler(-2.0, 2.0)]
each_scaler = pytest.mark.parametrize("scaler", SCALERS, ids=["sign", "offset"])
inside = hnp.arrays(np.float64, (2, 3), elements=st.floats(-2, 2))


@each_scaler
@pytest.mark.parametrize("code", [RateCode(), TimeToFirstSpike()], ids=["rate", "time"])
@settings(max_examples=40, deadline=None)
@given(x=inside, k=st.integers(1, 20))
def test_a_value_in_the_range_comes_back_within_the_bound(
    scaler: Scaler, code: RateCode | TimeToFirstSpike, x: Array, k: int
) -> None:
    encoder = SpikeEncoder(code, scaler, k)
    spikes = encoder.encode(x)
    assert spikes.shape == (len(scaler.transform(x)), k, *x.shape)
    assert abs(encoder.decode(spikes, x.dtype) - x).max() <= encoder.max_error + 1e-14
    assert encoder.max_error == pytest.approx(scaler.span / (2 * k))


def test_ranges_are_percentiles_of_what_was_seen() -> None:
    x = np.arange(-100.0, 301.0)
    assert SignedScaler.from_percentile(x, 100).scale == 300
    assert SignedScaler.from_percentile(x, 99.0).scale == np.percentile(abs(x), 99)
    found = OffsetScaler.from_percentile(x, 90)
    assert (found.low, found.high) == tuple(np.percentile(x, [10, 90]))


def test_values_all_alike_have_no_range() -> None:
    with pytest.raises(InputError, match=r"scale of .*: expected a finite number > 0, got 0.0"):
        SignedScaler.from_percentile(np.zeros(5), 99.9)
    with pytest.raises(InputError, match=r"high of .*: expected a finite number > 3.0, got 3.0"):
        OffsetScaler.from_percentile(np.full(5, 3.0), 99.9)


def test_spikes_of_another_encoder_are_refused() -> None:
    sent = SpikeEncoder(RateCode(), SignedScaler(1.0), 2).encode(np.ones(3))
    with pytest.raises(InputError, match=r"expected shape \(2, 3, ...\), got \(2, 2, 3\)"):
        SpikeEncoder(RateCode(), SignedScaler(1.0), 3).decode(sent, np.float64)
