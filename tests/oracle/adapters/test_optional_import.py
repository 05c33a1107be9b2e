"""The error of an adapter whose framework is missing."""

import sys
from importlib import import_module

import pytest

from liaf_ref._core.errors import LiafError


@pytest.mark.parametrize("package", ["torch", "jax", "autograd"])
def test_a_missing_framework_is_named(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    for name in [name for name in sys.modules if name.startswith("liaf_ref.oracle.adapters")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(LiafError, match=f"{package} is required .* pip install {package}"):
        import_module(f"liaf_ref.oracle.adapters.{package}_backend")
