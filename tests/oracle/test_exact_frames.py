"""Convolution, norms and pools on frames small enough to count."""

from typing import Any

import numpy as np
import pytest

from liaf_ref.oracle.exact import conv, norm, pool, recurrent
from liaf_ref.oracle.exact.dual import Dual, constant, variable
from liaf_ref.oracle.exact.nested import Nested, map_nested
from liaf_ref.oracle.exact.network import values
from oracle.exact_cases import NormalDraw
from oracle.rounding_tolerance import assert_close

ROUND, NONE = ((1, 1), (1, 1)), ((0, 0), (0, 0))


def constants(a: Any) -> Nested:
    """An array without derivatives."""
    return map_nested(constant, np.asarray(a).tolist())


def frame(*rows: list[int]) -> Nested:
    """A frame of one channel."""
    return constants([[[x] for x in row] for row in rows])


def kernel(*rows: list[int]) -> Nested:
    """A kernel from one channel to one."""
    return constants([[[[x]] for x in row] for row in rows])


def channel_values(Y: Nested) -> list[list[Any]]:
    """The values of a frame of one channel."""
    return [[y[0].x for y in row] for row in Y]


def test_a_kernel_is_laid_over_the_frame_unflipped() -> None:
    X, W = frame([1, 2, 3], [4, 5, 6]), kernel([0, 0, 0], [0, 1, 10], [0, 100, 0])
    same = conv.conv2d(X, W, constants([1000]), (1, 1), ROUND)
    assert channel_values(same) == [
        [1421, 1532, 1603],
        [1054, 1065, 1006],
    ]  # 1 + 10 * 2 + 100 * 4 + ...
    assert channel_values(conv.conv2d(X, W, constants([0]), (2, 2), ROUND)) == [[421, 603]]
    wide = conv.conv2d(X, W, constants([0]), (1, 1), NONE)
    assert wide == []  # three rows of weights do not fit in two


def test_zeros_before_and_after_and_steps_down_and_across() -> None:
    X, W = frame([1, 2, 3], [4, 5, 6]), kernel([1, 10], [100, 1000])
    before = conv.conv2d(X, W, constants([0]), (1, 1), ((1, 0), (1, 0)))
    assert channel_values(before) == [[1000, 2100, 3200], [4010, 5421, 6532]]
    after = conv.conv2d(X, W, constants([0]), (1, 2), ((0, 1), (0, 1)))
    assert channel_values(after) == [[5421, 603], [54, 6]]


def test_channels_are_summed() -> None:
    X, W = constants([[[1, 2]]]), constants([[[[1, 3], [10, 30]]]])
    assert [y.x for y in conv.conv2d(X, W, constants([0, 0]), (1, 1), NONE)[0][0]] == [21, 63]


@pytest.mark.parametrize(("front", "seen"), [(1, [210, 321, 432, 43]), (2, [100, 210, 321, 432])])
def test_frames_before_and_after(front: int, seen: list[int]) -> None:
    """Frames 1, 2, 3, 4 under weights 1, 10, 100 for the oldest to the newest."""
    X = [frame([t]) for t in (1, 2, 3, 4)]
    W = [kernel([w]) for w in (1, 10, 100)]
    assert [Y[0][0][0].x for Y in conv.conv3d(X, W, constants([0]), (1, 1), NONE, front)] == seen


def test_a_convlstm_of_one_pixel_is_an_lstm() -> None:
    draw = NormalDraw(1)
    x, h, c, b = (constants(draw(n)) for n in (2, 3, 3, 12))
    W, U = draw(2, 12), draw(3, 12)
    A = [
        b_l + sum(x_k * row[l] for x_k, row in zip(x, W.tolist(), strict=True))
        for l, b_l in enumerate(b)
    ]
    expected = recurrent.lstm(A, h, c, constants(U))
    found = conv.convlstm([[x]], [[h]], [[c]], [[constants(W)]], [[constants(U)]], b)
    for state, same in zip(found, expected, strict=True):
        of_pixel, of_unit = (np.array(values(Y)) for Y in (state[0][0], same))
        assert_close({"exp/Y": of_pixel}, {"exp/Y": of_unit})


def test_norms_of_two_and_of_four() -> None:
    """Mean 4 and deviation 2, then mean 2 and deviation 1 of channels 0 and 1."""
    X = constants([[[2.0, 6.0]]])
    assert values(norm.layer_norm(X, constants([1.0, 3.0]), constants([0.0, 1.0]), 0)) == [
        [[-1, 4]]
    ]
    batch = constants([[[1.0, 4.0], [3.0, 8.0]]])
    of = norm.channel_moments(batch)
    assert [(m.mean.x, m.variance.x) for m in of] == [(2, 1), (6, 4)]
    assert values(norm.batch_norm(batch, of, constants([1.0, 2.0]), constants([0.0, 5.0]), 0)) == [
        [[-1, 3], [1, 7]]
    ]
    running = norm.update_running_moments(norm.Moments(constant(0.0), constant(1.0)), of[1], 2, 0.5)
    assert (running.mean.x, running.variance.x) == (3, 4.5)  # half of 6; 1 and 4 * 2 / 1, halved


def test_the_variance_has_eps_added() -> None:
    X = constants([2.0, 6.0])
    assert values(norm.layer_norm(X, constants([1.0]), constants([0.0]), 12)) == [-0.5, 0.5]


def test_squares() -> None:
    X = frame([1, 2, 9], [3, 6, 9])
    assert channel_values(pool.average(X, (2, 2), (2, 2))) == [
        [3]
    ]  # the third column fills no square
    assert channel_values(pool.maximum(X, (2, 2), (2, 2))) == [[6]]


def test_windows_that_overlap() -> None:
    X = frame([1, 2, 9], [3, 6, 9])
    assert channel_values(pool.average(X, (2, 1), (1, 1))) == [[2, 4, 9]]
    assert channel_values(pool.maximum(X, (1, 2), (1, 1))) == [[2, 9], [6, 9]]


def test_of_equal_maxima_the_first_row_by_row_is_taken() -> None:
    x: list[Dual] = [variable(v) for v in (1, 5, 5, 5)]
    largest = pool.maximum([[[x[0]], [x[1]]], [[x[2]], [x[3]]]], (2, 2), (2, 2))[0][0][0]
    assert [largest.derivative(v) for v in x] == [0, 1, 0, 0]
