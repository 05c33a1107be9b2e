"""The folder of one case, laid out like an exported golden set, and the answer in it."""

from collections.abc import Mapping
from pathlib import Path

from liaf_ref._core.atomic import write_npz
from liaf_ref._core.errors import RunError
from liaf_ref._core.safe_load import load_npz, max_decompressed_size
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.cases.edge_conventions import required_arrays
from liaf_ref.oracle.golden import manifest
from liaf_ref.oracle.golden.arrays import from_safetensors, to_safetensors
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.manifest import is_network_input
from liaf_ref.oracle.golden.store import MANIFEST
from liaf_ref.oracle.shapes import array_shapes


def _from_npz(content: bytes, path: Path | str) -> dict[str, Array]:
    return load_npz(content, path, max_decompressed_size(len(content)))


ANSWERS = {"answer.npz": _from_npz, "answer.safetensors": from_safetensors}


def write_case(folder: Path, case: Case, dtype: str) -> None:
    """Write a case without its answer, and the precision of the check."""
    golden, arrays = GoldenCase(case, {}, {}, required_names(case)), dict(case)
    (folder / f"{case.name}.safetensors").write_bytes(to_safetensors(arrays))
    with (folder / f"{case.name}.npz").open("wb") as file:
        write_npz(file, arrays)
    entry = manifest.case_entry(golden, arrays)
    del entry["exact"]  # of the expected numbers, which a program is not told
    entry["dtype"] = dtype  # bfloat16 and TF32 have float32 arrays
    (folder / MANIFEST).write_bytes(manifest.dumps([entry], ("npz", "safetensors")))


def required_names(case: Case) -> frozenset[str]:
    """The arrays that a backend must return, by the op table."""
    given = {name: array.shape for name, array in case.items() if is_network_input(name)}
    steps = None if case.optimizer is None else case.optimizer["steps"]
    integers = {f"grad/{name}" for name, array in case.items() if array.dtype.kind == "i"}
    return required_arrays(case, array_shapes(case.nodes, given, steps).keys() - integers)


def read_answer(folder: Path, case: Case) -> Mapping[str, Array]:
    """Read a program's answer."""
    for name, loads in ANSWERS.items():
        if (folder / name).is_file():
            return loads((folder / name).read_bytes(), name)
    raise RunError(f"{case.name}: expected {' or '.join(ANSWERS)}, got neither")
