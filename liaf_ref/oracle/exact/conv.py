"""Convolution, second case of Eq. (2), Table II's Conv3D, and ConvLSTM, one frame at a time.

A frame is ``(H, W, K)``; outside of it everything is 0.  As in every network library
the kernel is not flipped.
"""

import operator
from collections.abc import Iterator

from liaf_ref.oracle.exact.dual import Dual, sum_duals
from liaf_ref.oracle.exact.nested import Nested, build_nested, map_nested, shape
from liaf_ref.oracle.exact.recurrent import lstm_unit

Stride = tuple[int, int]  # rows and columns
Padding = tuple[tuple[int, int], tuple[int, int]]  # before and after the rows, and the columns


def conv2d(X: Nested, W: Nested, b: list[Dual], stride: Stride, padding: Padding) -> Nested:
    """Convolve one frame."""
    return conv3d([X], [W], b, stride, padding, frames_before=0)[0]


def conv3d(
    X: Nested, W: Nested, b: list[Dual], stride: Stride, padding: Padding, frames_before: int
) -> list[Nested]:
    """Convolve a sequence of frames, which stays as long as it is."""
    (T, H, width, _), (_, I, J, _, L) = shape(X), shape(W)
    (above, below), (left, right) = padding
    rows = range(-above, H + below - I + 1, stride[0])
    columns = range(-left, width + right - J + 1, stride[1])

    def entry(t: int, p: int, q: int, l: int) -> Dual:
        seen = _window_terms(X, W, (t - frames_before, p, q))
        return b[l] + sum_duals(x * w[k][l] for X_k, w in seen for k, x in enumerate(X_k))  # (2)

    return [
        [[[entry(t, p, q, l) for l in range(L)] for q in columns] for p in rows] for t in range(T)
    ]


def _window_terms(
    X: Nested, W: Nested, origin: tuple[int, int, int]
) -> Iterator[tuple[list[Dual], list[list[Dual]]]]:
    """Pixels under the kernel with the weights above them."""
    (T, H, width, _), (U, I, J, _, _) = shape(X), shape(W)
    t, p, q = origin
    for u in range(U):
        for i in range(I):
            for j in range(J):
                if 0 <= t + u < T and 0 <= p + i < H and 0 <= q + j < width:
                    yield X[t + u][p + i][q + j], W[u][i][j]


def convlstm(
    X: Nested, h: Nested, c: Nested, W: Nested, U: Nested, b: list[Dual]
) -> tuple[Nested, Nested]:
    """Take one frame through Eq. (15), whose products are "same" convolutions."""
    drive = conv2d(X, W, b, (1, 1), same_padding(W))
    return convlstm_from_drive(drive, h, c, U)


def convlstm_from_drive(A: Nested, h: Nested, c: Nested, U: Nested) -> tuple[Nested, Nested]:
    """Take one frame's drive ``W * x + b`` through Eq. (15); otherwise as :func:`convlstm`."""
    nothing = [0 * u for u in U[0][0][0]]
    a = map_nested(operator.add, A, conv2d(h, U, nothing, (1, 1), same_padding(U)))  # (15)
    L = shape(c)[-1]
    pairs = build_nested(
        shape(c), lambda at: lstm_unit(a[at[0]][at[1]][at[2] :: L], c[at[0]][at[1]][at[2]])
    )
    return map_nested(lambda pair: pair[0], pairs), map_nested(lambda pair: pair[1], pairs)


def same_padding(W: Nested) -> Padding:
    """Zeros that keep the size; of an even kernel the odd one comes last."""
    I, J = len(W), len(W[0])
    return ((I - 1) // 2, I // 2), ((J - 1) // 2, J // 2)
