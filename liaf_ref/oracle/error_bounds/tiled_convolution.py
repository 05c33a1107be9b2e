"""The convolution of a backend that may compute it in Winograd's tiles: the larger error counts."""

from typing import Any, NamedTuple

from liaf_ref.fast.winograd import AxisTransforms
from liaf_ref.kernels import conv
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params, Tape
from liaf_ref.kernels.grid import Grid
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel
from liaf_ref.oracle.error_bounds.arrays import bounded, rounded_constant, worst_case_array
from liaf_ref.oracle.reference.winograd import TRANSFORMS, Winograd, fits_tiles


class EitherConvolution(NamedTuple):
    """As a sum of products, or in tiles where these fit."""

    m: int
    model: ArithmeticModel

    def forward(self, X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
        """As the kernel."""
        I, tape = conv.forward(X, p, grid)
        if fits_tiles(p.W.shape[:-2], grid.stride):
            I = self._worst(I, self._tiles().forward(X, p, grid)[0])
        return I, tape

    def backward(self, dI: Array, tape: Tape, grid: Grid) -> tuple[Array, Params]:
        """As the kernel; the gradient in X is also a convolution with the rotated kernel."""
        dX, dp = conv.backward(dI, tape, grid)
        if fits_tiles(tape.p.W.shape[:-2], grid.stride):
            tiles = self._tiles()
            tiled, tiled_params = tiles.backward(dI, tape, grid)
            dX = self._worst(dX, tiled, tiles.backward_by_rotation(dI, tape, grid))
            dp = dp._replace(W=self._worst(dp.W, tiled_params.W))
        return dX, dp

    def _tiles(self) -> Winograd:
        """Winograd's tiles, whose matrices are constants of the program."""
        matrices = (rounded_constant(matrix, self.model) for matrix in TRANSFORMS[self.m])
        return Winograd(self.m, AxisTransforms(*matrices))

    def _worst(self, *arrays: Any) -> Array:
        return worst_case_array(*(bounded(array, self.model) for array in arrays))
