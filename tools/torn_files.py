"""Check that files are complete, by their format."""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from liaf_ref.oracle.golden.arrays import from_safetensors


def _check_json(content: bytes) -> None:
    json.loads(content)


def _check_lines(content: bytes) -> None:
    if content and not content.endswith(b"\n"):
        raise ValueError("expected a newline at the end of the last line, got none")


def _check_jsonl(content: bytes) -> None:
    _check_lines(content)
    for line in content.splitlines():
        json.loads(line)


def _check_csv(content: bytes) -> None:
    _check_lines(content)
    lengths = {len(row) for row in csv.reader(io.StringIO(content.decode()))}
    if len(lengths) != 1:
        raise ValueError(f"expected lines of equal length, got {sorted(lengths)} columns")


def _check_npz(content: bytes) -> None:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        for name in arrays.files:
            arrays[name]


def _check_safetensors(content: bytes) -> None:
    from_safetensors(content, Path("a file"))


def _check_hdf5(content: bytes) -> None:
    import h5py  # noqa: PLC0415 - NIR's files alone are of it

    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(lambda _, item: item[()] if isinstance(item, h5py.Dataset) else None)


def _check_end(suffix: bytes) -> Callable[[bytes], None]:
    def check(content: bytes) -> None:
        if not content.endswith(suffix):
            raise ValueError(f"expected {suffix!r} at the end, got {content[-len(suffix) :]!r}")

    return check


CHECKS_BY_SUFFIX = {
    ".json": _check_json,
    ".jsonl": _check_jsonl,
    ".csv": _check_csv,
    ".npz": _check_npz,
    ".safetensors": _check_safetensors,
    ".nir": _check_hdf5,
    ".png": _check_end(b"IEND\xaeB`\x82"),
    ".gif": _check_end(b";"),
    ".html": _check_end(b"</html>\n"),
    ".svg": _check_end(b"</svg>\n"),
    **dict.fromkeys((".hex", ".md", ".toml", ".txt", ""), _check_lines),
}


def find_torn_files(folder: Path) -> tuple[int, list[str]]:
    """Read all files below a folder that bear their names, as they are at this moment.

    Parameters
    ----------
    folder : Path
        Need not be there.

    Returns
    -------
    read : int
        How many there were.
    faults : list of str
        Those that are not whole, and why.
    """
    read, faults = 0, []
    # os.walk passes over a folder that goes meanwhile
    every = (Path(at, name) for at, _, names in os.walk(folder) for name in names)
    for path in sorted(path for path in every if not path.name.startswith(".")):
        try:
            content = path.read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            continue
        read += 1
        try:
            CHECKS_BY_SUFFIX[path.suffix](content)
        except Exception as error:  # noqa: BLE001 - whatever a reader says is a fault
            faults.append(f"{path}: {type(error).__name__}: {error}")
    return read, faults
