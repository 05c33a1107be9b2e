"""Optional packages are loaded when they are used, and not before."""

import json
import sys
from pathlib import Path

import pytest
from support import finish, python

from liaf_ref.errors import LiafError
from liaf_ref.extras import require

SHOW = """
import json, sys
import liaf_ref.interop, liaf_ref.interop.nir, liaf_ref.interop.weights
found = {name.partition(".")[0] for name in sys.modules}
print(json.dumps(sorted(found & {"nir", "h5py", "safetensors", "torch", "numpy"})))
"""


def test_importing_interop_loads_numpy_at_most(tmp_path: Path) -> None:
    code, out, err = finish(python("-c", SHOW, cwd=tmp_path))
    assert (code, err) == (0, "")
    assert json.loads(out) == ["numpy"]


def test_a_package_that_is_not_there_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(
        LiafError,
        match=r"^no_such_package is not installed: pip install no_such_package, ",
    ):
        require("no_such_package.part", "interop")


def test_a_package_that_lacks_something_says_so_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_a_package.py").write_text("import the_other_half\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="the_other_half"):
        require("half_a_package", "interop")
    assert "half_a_package" not in sys.modules
