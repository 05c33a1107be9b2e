"""Where a number stopped being finite: layer, equation and time step, after training has failed."""

# The pass that failed is run once more, layer by layer, with the kernels that keep every array of
# the equations. Nothing here is imported or run while all is well.

from liaf_ref.networks.nonfinite.locate import locate_nonfinite

__all__ = ["locate_nonfinite"]
