"""The fast convolution: which form runs, and what all of them promise."""

from types import ModuleType

import numpy as np
import pytest

from fast.convolutions import SAME, Case, draw, run
from liaf_ref.fast import conv, conv_columns, conv_winograd
from liaf_ref.kernels import im2col
from liaf_ref.kernels.conv import Params
from liaf_ref.kernels.grid import Grid, same

MODULES = {
    conv_winograd: draw((4, 5, 10, 10, 24), 20),
    conv_columns: draw((2, 3, 6, 5, 2), 7),
    im2col: draw((3, 6, 5, 12), 7, Grid((2, 1), same((3, 3)))),
}
every_form = pytest.mark.parametrize(
    ("form", "case"), MODULES.items(), ids=["tiles", "planes", "rows"]
)


def chosen_module(case: Case) -> ModuleType:
    """The form that runs."""
    return conv.fastest_module(case.X, case.p, case.grid)


@every_form
def test_forms_by_shape(form: ModuleType, case: Case) -> None:
    assert chosen_module(case) is form
    got, direct = run(conv, case), run(form, case)
    for name, array in got.items():
        np.testing.assert_array_equal(array, direct[name])


@pytest.mark.parametrize(
    ("shape", "L", "form"),
    [
        ((20, 20, 20, 32), 64, conv_winograd),
        ((10, 8, 8, 256), 512, conv_winograd),
        ((1, 8, 8, 256), 512, im2col),  # too few tiles to pay for the weights
        ((100, 2, 2, 256), 256, conv_winograd),
        ((8, 8, 8, 16), 256, im2col),  # too few numbers in for what is transformed behind
        ((4, 10, 10, 16), 128, im2col),
        ((4, 4, 4, 16), 12, conv_winograd),  # by 3 in 100, with 36 points for the weights
        ((5, 4, 4, 16), 16, im2col),  # equal, and rows round less
        ((10, 8, 8, 32), 256, conv_winograd),
        ((16, 10, 10, 32), 128, conv_winograd),
        ((100, 1, 1, 64), 64, im2col),  # a tile of 16 points for 9 products
        ((20, 20, 20, 9), 64, conv_winograd),
        ((20, 20, 20, 8), 64, conv_columns),
    ],
)
def test_forms_by_time(shape: tuple[int, ...], L: int, form: ModuleType) -> None:
    X, W = np.empty(shape, np.float32), np.empty((3, 3, shape[-1], L), np.float32)
    assert conv.fastest_module(X, Params(W, np.zeros(L, np.float32)), SAME) is form


@every_form
@pytest.mark.parametrize("shape", [(), (1,)])
def test_one_bias_for_all(form: ModuleType, case: Case, shape: tuple[int, ...]) -> None:
    one = case._replace(p=case.p._replace(b=np.full(shape, 0.5, np.float32)))
    assert chosen_module(one) is form
    exact, got = run(im2col, one.to_float64()), run(conv, one)
    for part, expected in exact.items():
        assert got[part].shape == expected.shape
        # Some 1000 terms of order 1 in any order; Winograd's tiles of 5 amplify by 225 at most.
        np.testing.assert_allclose(
            got[part], expected, rtol=0, atol=1e-5 * abs(expected).max() + 1e-4
        )
