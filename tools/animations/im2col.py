"""A convolution as one matrix product: im2col forward, and its adjoint col2im backward."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from animations.svg import LARGE, NORMAL, SMALL, Animation, number
from liaf_ref.kernels import conv, im2col
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid

TITLE = "im2col, the matrix product, and col2im"
DESCRIPTION = (
    "Above, forward: a window of 2 by 2 pixels moves over an image of 3 by 3 pixels. Each of its "
    "four positions becomes a row of the matrix A, and A times the weights W gives I. Below, "
    "backward: the gradient dA is dI times W transposed, and each row of dA is added to the "
    "pixels of its window. Pixels in several windows receive a sum."
)
COLORS = ("one", "two", "three", "four")  # of the windows
CELL = 32
HEIGHT = 512
N = 4  # windows, and pixels in a window
FORWARD, PRODUCT, BACKWARD, ADD, END = range(0, N), N, N + 1, range(N + 2, 2 * N + 2), 2 * N + 2


class Arrays(NamedTuple):
    """All arrays of the picture, forward and backward."""

    X: Array
    A: Array
    W: Array
    I: Array
    dI: Array
    dA: Array
    dX: Array  # after each window: (N, 3, 3)


def run_im2col() -> Arrays:
    """Compute the arrays with the kernels; all are integers."""
    X = np.arange(1.0, 10.0).reshape(1, 3, 3, 1)
    W = np.array([1.0, 2.0, -1.0, 3.0]).reshape(2, 2, 1, 1)
    p, grid = conv.Params(W, np.zeros(1)), Grid((1, 1), ((0, 0), (0, 0)))
    I, _ = im2col.forward(X, p, grid)
    dI = np.array([2.0, 1.0, -1.0, 3.0]).reshape(I.shape)
    A = im2col.im2col(X, (2, 2), (1, 1)).reshape(N, N)
    dA = dI.reshape(N, 1) @ W.reshape(1, N)  # (2)
    rows = (np.tril(np.ones((N, N)))[..., None] * dA).reshape(N, 2, 2, N)  # the first p of them
    dX = im2col.col2im(rows, (N, 3, 3, 1), (2, 2), (1, 1))
    return Arrays(
        *(part.squeeze() for part in (X, A, W.reshape(N), I.reshape(N), dI.reshape(N), dA, dX))
    )


def draw() -> bytes:
    """Draw the picture."""
    arrays = run_im2col()
    picture = Animation(TITLE, DESCRIPTION, HEIGHT, END + 2, 1.8)
    _draw_forward(picture, arrays)
    picture.add("path", stroke="line", d="M10 214H390")
    _draw_backward(picture, arrays)
    _draw_words(picture, arrays)
    return picture.to_bytes()


def _window(p: int) -> Iterator[tuple[int, int]]:
    """Rows and columns of the pixels in a window."""
    return ((p // 2 + i, p % 2 + j) for i in (0, 1) for j in (0, 1))


def _grid(picture: Animation, x: float, y: float, rows: int, columns: int) -> None:
    for k in range(rows * columns):
        picture.rect(
            (x + CELL * (k % columns), y + CELL * (k // columns)),
            (CELL, CELL),
            stroke="line",
            stroke_width=1.5,
        )


def _cell(
    picture: Animation, parent: ET.Element | None, x: float, y: float, value: float, fill: str = ""
) -> None:
    """A number in a cell, whose upper left corner is at x and y."""
    if fill:
        picture.rect((x + 1, y + 1), (CELL - 2, CELL - 2), parent, fill, fill_opacity="0.28")
    picture.text(number(value, 0), (x + CELL / 2, y + 22), parent, NORMAL, "middle")


X_LEFT, A_LEFT, W_LEFT, I_LEFT, TOP = 14, 140, 294, 354, 76


def _draw_forward(picture: Animation, arrays: Arrays) -> None:
    picture.text("Forward: im2col", (14, 28), size=LARGE, weight="b")
    for text, x in (
        ("*X*", X_LEFT + 48),
        ("*A*", A_LEFT + 64),
        ("*W*", W_LEFT + 16),
        ("*I*", I_LEFT + 16),
    ):
        picture.text(text, (x, TOP - 8), size=NORMAL, anchor="middle")
    picture.text("×", (283, TOP + 70), size=NORMAL, anchor="middle")
    picture.text("=", (340, TOP + 70), size=NORMAL, anchor="middle")
    _grid(picture, X_LEFT, TOP + CELL / 2, 3, 3)
    _grid(picture, A_LEFT, TOP, N, N)
    _grid(picture, W_LEFT, TOP, N, 1)
    _grid(picture, I_LEFT, TOP, N, 1)
    for (i, j), value in np.ndenumerate(arrays.X):
        _cell(picture, None, X_LEFT + CELL * j, TOP + CELL * (i + 0.5), value)
    for k, value in enumerate(arrays.W):
        _cell(picture, None, W_LEFT, TOP + CELL * k, value)
    for p, color in enumerate(COLORS):
        _frame(picture, p, [p], TOP + CELL / 2, p == 1)
        row = picture.group(range(p, picture.step_count), True)
        for k in range(N):
            _cell(picture, row, A_LEFT + CELL * k, TOP + CELL * p, arrays.A[p, k], color)
        result = picture.group(range(PRODUCT, picture.step_count), True)
        _cell(picture, result, I_LEFT, TOP + CELL * p, arrays.I[p], color)
    arrow = picture.group(FORWARD, True)
    picture.arrow(f"M{X_LEFT + 102} {TOP + 64}h10", (A_LEFT - 6, TOP + 64), "right", "soft", arrow)


def _frame(picture: Animation, p: int, steps: list[int], top: float, still: bool) -> None:
    """A frame around a window."""
    shown = picture.group(steps, still)
    picture.rect(
        (X_LEFT + CELL * (p % 2), top + CELL * (p // 2)),
        (2 * CELL, 2 * CELL),
        shown,
        COLORS[p],
        COLORS[p],
        rx=4,
        stroke_width=4,
        fill_opacity="0.28",
    )


def _draw_backward(picture: Animation, arrays: Arrays) -> None:
    top = 316
    picture.text("Backward: col2im", (14, 242), size=LARGE, weight="b")
    picture.text("*dX*", (X_LEFT + 48, top + 4), size=NORMAL, anchor="middle")
    picture.text("*dA*", (A_LEFT - 8, top + 20), size=NORMAL, anchor="end")
    picture.text("*W*^T", (A_LEFT - 8, top - 27), size=NORMAL, anchor="end")
    picture.text("*dI*", (W_LEFT + 16, top - 8), size=NORMAL, anchor="middle")
    _grid(picture, X_LEFT, top + CELL / 2, 3, 3)
    _grid(picture, A_LEFT, top, N, N)
    _grid(picture, A_LEFT, top - CELL - 14, 1, N)
    _grid(picture, W_LEFT, top, N, 1)
    given = picture.group(range(BACKWARD, picture.step_count), True)
    for k, value in enumerate(arrays.W):
        _cell(picture, given, A_LEFT + CELL * k, top - CELL - 14, value)
    for p, color in enumerate(COLORS):
        _cell(picture, given, W_LEFT, top + CELL * p, arrays.dI[p], color)
        for k in range(N):
            _cell(picture, given, A_LEFT + CELL * k, top + CELL * p, arrays.dA[p, k], color)
        _frame(picture, p, [ADD[p]], top + CELL / 2, False)
        lit = picture.group([ADD[p]], False)
        picture.rect(
            (A_LEFT, top + CELL * p), (N * CELL, CELL), lit, stroke=color, rx=4, stroke_width=4
        )
    arrow = picture.group(ADD, True)
    picture.arrow(f"M{A_LEFT - 8} {top + 64}h-10", (X_LEFT + 102, top + 64), "left", "soft", arrow)
    for p, sums in enumerate(arrays.dX):
        last = p == N - 1
        shown = picture.group(range(ADD[p], picture.step_count) if last else [ADD[p]], last)
        touched = {place for q in range(p + 1) for place in _window(q)}
        for i, j in sorted(touched):
            _cell(picture, shown, X_LEFT + CELL * j, top + CELL * (i + 0.5), sums[i, j])
    middle = picture.group(range(END, picture.step_count), True)
    picture.rect(
        (X_LEFT + CELL, top + 1.5 * CELL), (CELL, CELL), middle, stroke="ink", rx=4, stroke_width=3
    )


def _draw_words(picture: Animation, arrays: Arrays) -> None:
    """A line that says what happens, in each step."""
    for p in range(N):
        _say(picture, [p], f"Window {p + 1} becomes row {p + 1} of *A*.")
        _say(picture, [ADD[p]], f"Row {p + 1} of *dA* is added to window {p + 1}.")
    _say(picture, [PRODUCT], "One matrix product: *I* = *A* *W*.")
    _say(picture, [BACKWARD], "The dense backward pass: *dA* = *dI* *W*^T.")
    terms = [arrays.dA[p, N - 1 - p] for p in range(N)]  # of the centre, which is in all windows
    total = " + ".join(number(term, 0) for term in terms).replace(
        "+ \N{MINUS SIGN}", "\N{MINUS SIGN} "
    )
    text = f"The centre is in four windows: {total} = {number(sum(terms), 0)}."
    _say(picture, range(END, picture.step_count), text, still=True)


def _say(picture: Animation, steps: list[int] | range, text: str, still: bool = False) -> None:
    size = SMALL - 0.9 if len(text) > 46 else NORMAL
    picture.text(text, (14, 486), picture.group(steps, still), size)
