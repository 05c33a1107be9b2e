"""An archive of arrays is NumPy's, byte for byte."""

import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import ArrayLike

from liaf_ref._core.atomic import write_npz

ARRAYS: dict[str, ArrayLike] = {
    "t": np.arange(5),
    "none": np.zeros((0, 3), np.float32),
    "text": np.array("ab"),
}
NUMPY_SAVERS = {zipfile.ZIP_STORED: np.savez, zipfile.ZIP_DEFLATED: np.savez_compressed}


@pytest.mark.parametrize(("method", "save"), NUMPY_SAVERS.items())
def test_it_is_what_numpy_writes(method: int, save: Callable[..., None]) -> None:
    ours, numpys = io.BytesIO(), io.BytesIO()
    write_npz(ours, ARRAYS, method)
    save(numpys, **ARRAYS)
    assert ours.getvalue() == numpys.getvalue()
