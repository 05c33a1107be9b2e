"""Parameters in the two dtypes that other programs have too."""

from collections.abc import Mapping

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_params
from liaf_ref.layers import Params


def check_real_params(params: object, shapes: Mapping[str, tuple[int, ...]], source: str) -> Params:
    """Check names and shapes, and that the dtype is float32 or float64."""
    found = check_params(params, shapes, source)
    dtypes = {array.dtype for array in found.values()}  # one dtype, or none without parameters
    if not dtypes <= {np.dtype(np.float32), np.dtype(np.float64)}:
        reason = f"expected float32 or float64, got {dtypes.pop()}"
        raise InputError.for_argument("parameters", source, reason)
    return found
