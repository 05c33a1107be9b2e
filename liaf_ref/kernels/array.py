"""The array type of every kernel: any of NumPy's inexact dtypes."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
