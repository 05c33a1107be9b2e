"""Optional packages are loaded when they are used, and not before."""

import json
import sys
from pathlib import Path

import pytest
from support import start_python, wait_for

import liaf_ref as lr
from liaf_ref._core.errors import LiafError
from liaf_ref._core.imports import import_optional_dependency

SHOW = """
import json, sys
import liaf_ref.interop, liaf_ref.interop.nir, liaf_ref.interop.weights
found = {name.partition(".")[0] for name in sys.modules}
print(json.dumps(sorted(found & {"nir", "h5py", "safetensors", "torch", "numpy"})))
"""


def test_importing_interop_loads_numpy_at_most(tmp_path: Path) -> None:
    code, out, err = wait_for(start_python("-c", SHOW, cwd=tmp_path))
    assert (code, err) == (0, "")
    assert json.loads(out) == ["numpy"]


def test_a_package_that_is_not_there_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(
        LiafError, match=r"^no_such_package is not installed; run `pip install no_such_package`, "
    ):
        import_optional_dependency("no_such_package.part", "interop")


def test_a_package_that_is_too_old_is_named_with_both_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nir-1.0.4.dist-info").mkdir()
    (tmp_path / "nir-1.0.4.dist-info" / "METADATA").write_text("Name: nir\nVersion: 1.0.4\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(LiafError, match=r"^nir: expected version 1\.0\.6 or later, got 1\.0\.4; "):
        lr.to_nir([])


def test_a_package_that_lacks_something_says_so_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_a_package.py").write_text("import the_other_half\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="the_other_half"):
        import_optional_dependency("half_a_package", "interop")
    assert "half_a_package" not in sys.modules
