"""The independent implementation is independent: its imports, and the modules that it loads."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import start_python, wait_for

from liaf_ref.oracle import exact

FOLDER = Path(exact.__file__).parent
BOUNDARY_FILES = {"run.py", "__init__.py"}
PACKAGE = "liaf_ref.oracle.exact"
ALLOWED_OWN = {PACKAGE, "liaf_ref._core.errors"}
CASES = {"images.py", "network.py", "op.py", "ops.py", "run.py"}  # these read cases
STANDARD = {"collections.abc", "contextlib", "functools", "math", "operator", "typing"}
JUDGED_PACKAGES = ["kernels", "fast", "layers", "networks", "training", "oracle.reference"]
LOAD = """
import importlib, sys, types
import liaf_ref
oracle = types.ModuleType("liaf_ref.oracle")
oracle.__path__ = [str(p + "/oracle") for p in liaf_ref.__path__]
sys.modules["liaf_ref.oracle"] = oracle
importlib.import_module("liaf_ref.oracle.exact.run")
found = [name for name in sys.modules if name.startswith({names!r})]
found.remove("liaf_ref.kernels")  # the package itself, which ``liaf_ref`` imports, is empty
print(found, "mpmath" in sys.modules, "liaf_ref.oracle.exact.neuron" in sys.modules)
"""


def imported_modules(path: Path) -> Iterator[str]:
    """Modules a file names in its imports, wherever in the file they stand."""
    for statement in ast.walk(ast.parse(path.read_text())):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0
            yield statement.module or ""


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_equations_import_neither_numpy_nor_the_kernels(path: Path) -> None:
    allowed = (
        {name for name in imported_modules(path) if name.startswith(PACKAGE)}
        | ALLOWED_OWN
        | STANDARD
    )
    allowed |= {"liaf_ref.oracle.case"} if path.name in CASES else set()
    allowed |= (
        {"numpy", "numpy.typing", "liaf_ref._core.validation"}
        if path.name in BOUNDARY_FILES
        else set()
    )
    assert set(imported_modules(path)) <= allowed


def test_all_equations_are_looked_at() -> None:
    names = {path.stem for path in FOLDER.glob("*.py")}
    assert names >= {
        "dual",
        "functions",
        "neuron",
        "dense",
        "conv",
        "recurrent",
        "norm",
        "pool",
        "loss",
    }


def test_loading_it_loads_none_of_what_it_judges(tmp_path: Path) -> None:
    names = tuple(f"liaf_ref.{name}" for name in JUDGED_PACKAGES)
    code, out, err = wait_for(start_python("-c", LOAD.format(names=names), cwd=tmp_path))
    assert (code, err) == (0, "")
    assert out == "[] False True\n"
