"""What the fast normalisation makes its sums in, and how much it works on at once."""

from types import ModuleType

import numpy as np
import pytest

from fast.norms import VARIANCE_EPS, draw, every_case
from liaf_ref.fast import memory_layout, norm, norm_columns, norm_rows
from liaf_ref.kernels.norm import Params

BIG = 2.0**25  # in float32, one more is as many


@pytest.mark.parametrize(
    ("row", "total"), [([BIG, 1, -BIG, 0], 0), ([BIG, 0, 1, 0, -BIG, 0], 1)], ids=["line", "lines"]
)
def test_a_line_is_summed_in_float32_and_lines_in_float64(
    row: list[float], total: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(norm_rows, "FLOAT32_SUM_LENGTH", 2)
    X = np.array([row], np.float32)
    gamma, b = np.ones((2, len(row)), np.float32)
    _, m, _ = norm_rows.forward(X, gamma, b, VARIANCE_EPS)
    np.testing.assert_array_equal(m, np.float32(total / len(row)))


@pytest.mark.parametrize(
    ("form", "n", "chunk"),
    [(norm_rows, 2, 1), (norm_rows, 1, 1), (norm_rows, 3, 1), (norm_columns, 1, 6)],
    ids=["one after the other", "product", "pieces", "columns"],
)
def test_two_rows_are_summed_in_float32_and_twos_in_float64(
    form: ModuleType, n: int, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All in float32 would make 2 BIG of it, all in float64 2 BIG + 3."""
    monkeypatch.setattr(norm_rows, "MIN_MATMUL_ROWS", 2)
    monkeypatch.setattr(norm_columns, "FLOAT32_SUM_LENGTH", 2)
    monkeypatch.setattr(memory_layout, "CHUNK", chunk)
    dY = np.repeat(np.array([[BIG], [1], [1], [0], [BIG], [1]], np.float32), n, axis=1)
    of_each = (1, n) if form is norm_columns else (6, 1)
    m, r = np.zeros(of_each, np.float32), np.ones(of_each, np.float32)
    _, dp = form.backward(dY, np.ones_like(dY), m, r, np.ones(n, np.float32))
    np.testing.assert_array_equal(dp, np.full((2, n), 2 * BIG + 1))


@every_case
def test_what_was_normalised_is_made_again_from_the_tape_to_the_bit(name: str) -> None:
    X, p, _, axes = draw(name)
    plain = Params(np.ones_like(p.gamma), np.zeros_like(p.b))
    Y, (m, _), tape = norm.forward(X, plain, axes, VARIANCE_EPS)
    assert isinstance(tape, norm.Tape)
    assert tape.m.dtype == tape.r.dtype == np.float32
    np.testing.assert_array_equal(tape.m.ravel(), m.ravel())
    np.testing.assert_array_equal(Y, (X - m) * tape.r.reshape(m.shape))


def test_rows_in_pieces_are_rows_that_are_whole_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whole numbers, halves and quarters, whose sums are exact; means of 21 are not."""
    rng = np.random.default_rng(3)
    shapes = (6, 21), (6, 21), (21,), (6, 1)
    X, dY, gamma, m = (rng.integers(-9, 10, s).astype(np.float32) for s in shapes)
    r = np.array([[1], [0.5], [0.25]] * 2, np.float32)
    expected = norm_rows.backward(dY, X, m, r, gamma)
    monkeypatch.setattr(memory_layout, "CHUNK", 10)
    for got, want in zip(norm_rows.backward(dY, X, m, r, gamma), expected, strict=True):
        np.testing.assert_array_equal(got, want)
