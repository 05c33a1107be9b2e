"""Real values on lines of [0, 1], and channels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from liaf_ref.coding import Channel, FirstSpike, Lines, Offset, Rate, Signed
from liaf_ref.coding.code import Array
from liaf_ref.errors import InputError

LINES: list[Lines] = [Signed(2.0), Offset(-2.0, 2.0)]
each = pytest.mark.parametrize("lines", LINES, ids=["sign", "offset"])
inside = hnp.arrays(np.float64, (2, 3), elements=st.floats(-2, 2))


@each
@pytest.mark.parametrize("code", [Rate(), FirstSpike()], ids=["rate", "time"])
@settings(max_examples=40, deadline=None)
@given(x=inside, k=st.integers(1, 20))
def test_a_value_in_the_range_comes_back_within_the_bound(
    lines: Lines, code: Rate | FirstSpike, x: Array, k: int
) -> None:
    channel = Channel(code, lines, k)
    spikes = channel.send(x)
    assert spikes.shape == (len(lines.split(x)), k, *x.shape)
    assert abs(channel.receive(spikes, x.dtype) - x).max() <= channel.error + 1e-14
    assert channel.error == pytest.approx(lines.span / (2 * k))


@each
def test_what_is_beyond_the_range_saturates(lines: Lines) -> None:
    channel = Channel(Rate(), lines, 4)
    x = np.array([-9.0, 9.0])
    np.testing.assert_array_equal(channel.receive(channel.send(x), x.dtype), [-2.0, 2.0])


def test_signs_have_lines_of_their_own_and_zero_is_silence() -> None:
    spikes = Channel(Rate(), Signed(1.0), 2).send(np.array([1.0, -1.0, 0.0]))
    assert spikes.sum(axis=1).tolist() == [[2, 0, 0], [0, 2, 0]]


def test_ranges_are_percentiles_of_what_was_seen() -> None:
    x = np.arange(-100.0, 301.0)
    assert Signed.of(x, 100).scale == 300
    assert Signed.of(x, 99.0).scale == np.percentile(abs(x), 99)
    found = Offset.of(x, 90)
    assert (found.low, found.high) == tuple(np.percentile(x, [10, 90]))


def test_values_all_alike_have_no_range() -> None:
    with pytest.raises(InputError, match=r"scale of .*: expected a finite number > 0, got 0.0"):
        Signed.of(np.zeros(5), 99.9)
    with pytest.raises(InputError, match=r"high of .*: expected a finite number > 3.0, got 3.0"):
        Offset.of(np.full(5, 3.0), 99.9)


@pytest.mark.parametrize("percentile", [50, 101, "all"])
def test_a_percentile_is_above_the_middle(percentile: float) -> None:
    with pytest.raises(InputError, match=r"expected a percentile in \(50, 100\]"):
        Signed.of(np.ones(3), percentile)


def test_no_values_are_refused() -> None:
    with pytest.raises(InputError, match="expected values, got none"):
        Signed.of(np.zeros(0), 99)


def test_spikes_of_another_channel_are_refused() -> None:
    sent = Channel(Rate(), Signed(1.0), 2).send(np.ones(3))
    with pytest.raises(InputError, match=r"expected shape \(2, 3, ...\), got \(2, 2, 3\)"):
        Channel(Rate(), Signed(1.0), 3).receive(sent, np.float64)
