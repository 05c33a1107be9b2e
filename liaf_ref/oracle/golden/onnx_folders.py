"""Golden cases as folders of ONNX's backend tests."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.atomic import is_incomplete, write_files_transactionally
from liaf_ref._core.errors import RunError
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.locks import LOCK_FILE, directory_lock
from liaf_ref.oracle.golden.array_dict import round_up
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.onnx_cases import to_onnx_case

DATA_SET = "test_data_set_0"


def save_onnx(folder: Path, cases: Iterable[GoldenCase], dtype: str) -> None:
    """Write ``test_CASE/model.onnx`` and its data for each case."""
    with directory_lock(folder):
        others = [item for item in folder.iterdir() if item.name != LOCK_FILE]
        if others and not is_incomplete(folder):
            raise RunError(
                f"{folder}: expected a new or an empty folder, got one with files in it; "
                "choose another"
            )
        files = {
            f"test_{golden.name}/{name}": message.SerializeToString(deterministic=True)
            for golden in cases
            for name, message in _messages(golden, dtype)
        }
        write_files_transactionally(folder, files)


def _messages(golden: GoldenCase, dtype: str) -> Iterator[tuple[str, Any]]:
    """The files of a case; a tolerance has the number of its output."""
    onnx = import_optional_dependency("onnx", "onnx")
    found = to_onnx_case(golden.case, dtype)
    yield "model.onnx", found.model
    given, expected = golden.case.astype(dtype), golden.expected
    outputs = {name: expected[name].astype(dtype) for name in found.outputs}
    tolerances = {
        # The stored output is rounded too.
        name: round_up(golden.tolerance[dtype][name] + abs(output - expected[name]))
        for name, output in outputs.items()
    }
    for kind, arrays in (
        ("input", {name: given[name] for name in found.inputs}),
        ("output", outputs),
        ("tolerance", tolerances),
    ):
        for number, (name, array) in enumerate(arrays.items()):
            tensor = onnx.numpy_helper.from_array(np.asarray(array, order="C"), name)
            yield f"{DATA_SET}/{kind}_{number}.pb", tensor
