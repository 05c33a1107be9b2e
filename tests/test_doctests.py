"""The examples in the docstrings of public names run, and every public name has one."""

import doctest
import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from public_names import public_names, public_objects

import liaf_ref as lr
from liaf_ref.networks.cells import CELL_FACTORIES

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# The files of kernels hold equations and no examples; errors and layers show them.
WITHOUT_EXAMPLE = {
    "liaf_ref.kernels",
    "liaf_ref.presets",
    "liaf_ref.spike",
    "liaf_ref.Pair",
    "liaf_ref.surrogate",
}
NEEDS = {
    "liaf_ref.from_nir": "nir",
    "liaf_ref.to_nir": "nir",
    "liaf_ref.load_weights": "safetensors",
    "liaf_ref.save_weights": "safetensors",
    "liaf_ref.to_onnx": "onnx",
}


def documented() -> dict[str, Any]:
    """The package, its public objects, and the methods and properties of their classes."""
    found: dict[str, Any] = {"liaf_ref": lr} | public_objects()
    for name, members in public_names().items():
        for member in members:
            found[f"{name}.{member}"] = inspect.getattr_static(found[name], member, None)
    return {
        name: value
        for name, value in found.items()
        if not inspect.ismodule(value) or name == "liaf_ref"
    }


EXAMPLES = {
    name: tests[0]
    for name, value in documented().items()
    if (tests := doctest.DocTestFinder(exclude_empty=True, recurse=False).find(value, name))
    and tests[0].examples
}


@pytest.fixture
def registered_cells() -> Iterator[None]:
    """The cells there are; one example registers another."""
    before = dict(CELL_FACTORIES)
    yield
    CELL_FACTORIES.clear()
    CELL_FACTORIES.update(before)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.usefixtures("registered_cells")
def test_an_example_runs(name: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    output: list[str] = []
    test = EXAMPLES[name]
    test.globs = {}
    with np.printoptions(legacy=False, precision=8, suppress=False):
        failed, _ = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=output.append)
    assert failed == 0, "".join(output)


def test_every_public_name_has_an_example() -> None:
    values = public_objects()
    expected = {name for name, value in values.items() if not inspect.ismodule(value)}
    assert expected - WITHOUT_EXAMPLE - set(EXAMPLES) == set()
