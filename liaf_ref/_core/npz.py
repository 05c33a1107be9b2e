"""Arrays as an ``.npz`` archive."""

import zipfile
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike

from liaf_ref._core.signals import defer_sigint


@defer_sigint()
def write_npz(
    file: BinaryIO, arrays: Mapping[str, ArrayLike], compression: int = zipfile.ZIP_STORED
) -> None:
    """Write arrays as ``np.savez`` or ``np.savez_compressed`` does, byte for byte."""
    # Before NumPy 2.2 those leave the archive open if they are interrupted.
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
