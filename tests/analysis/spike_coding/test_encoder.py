"""Scalers of real values to [0, 1], and spike encoders."""

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
    SpikeEncoder,
    TimeToFirstSpike,
)

SCALERS: list[Scaler] = [SignedScaler(2.0), OffsetScaler(-2.0, 2.0)]
each = pytest.mark.parametrize("scaler", SCALERS, ids=["sign", "offset"])
inside = hnp.arrays(np.float64, (2, 3), elements=st.floats(-2, 2))


@each
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


@each
def test_what_is_beyond_the_range_saturates(scaler: Scaler) -> None:
    encoder = SpikeEncoder(RateCode(), scaler, 4)
    x = np.array([-9.0, 9.0])
    np.testing.assert_array_equal(encoder.decode(encoder.encode(x), x.dtype), [-2.0, 2.0])


def test_signs_have_lines_of_their_own_and_zero_is_silence() -> None:
    spikes = SpikeEncoder(RateCode(), SignedScaler(1.0), 2).encode(np.array([1.0, -1.0, 0.0]))
    assert spikes.sum(axis=1).tolist() == [[2, 0, 0], [0, 2, 0]]


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


@pytest.mark.parametrize("percentile", [50, 101, "all"])
def test_a_percentile_is_above_the_middle(percentile: float) -> None:
    with pytest.raises(InputError, match=r"expected a number in \(50, 100\]"):
        SignedScaler.from_percentile(np.ones(3), percentile)


def test_no_values_are_refused() -> None:
    with pytest.raises(InputError, match="expected a value, got an empty array"):
        SignedScaler.from_percentile(np.zeros(0), 99)


def test_spikes_of_another_encoder_are_refused() -> None:
    sent = SpikeEncoder(RateCode(), SignedScaler(1.0), 2).encode(np.ones(3))
    with pytest.raises(InputError, match=r"expected shape \(2, 3, ...\), got \(2, 2, 3\)"):
        SpikeEncoder(RateCode(), SignedScaler(1.0), 3).decode(sent, np.float64)
