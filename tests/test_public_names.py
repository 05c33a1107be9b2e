"""A public name is described whole, with an example that runs."""

import dataclasses
import doctest
import inspect
import re
from typing import Any
from unittest import mock

import numpy as np
import pytest
from documentation.reference import public_objects

import liaf_ref
from liaf_ref.networks.cells import CELL_FACTORIES


def test_a_docstring_that_describes_fields_describes_all() -> None:
    for name, value in public_objects().items():
        text = value.__doc__ or ""
        if inspect.isclass(value) and "Parameters\n" in text:
            missing = [f for f in _fields(value) if not re.search(rf"\b{f}\b", text)]
            assert missing == [], name


def _fields(cls: type) -> list[str]:
    if dataclasses.is_dataclass(cls):
        return [field.name for field in dataclasses.fields(cls) if field.init]
    return list(getattr(cls, "_fields", ()))


def test_where_parameters_are_described_all_are_and_nothing_else() -> None:
    for name, value in _callables().items():
        if described := described_parameters(value):
            own = {*inspect.signature(value).parameters}
            assert own - {"self", "cls"} <= described, name
            assert inspect.isclass(value) or described <= own, name


def _callables() -> dict[str, Any]:
    """Public functions and classes, and the methods of the latter."""
    return {
        name: value
        for name, value in documented().items()
        if inspect.isclass(value) or inspect.isfunction(value)
    }


def described_parameters(value: Any) -> set[str]:
    """Names before a colon, or alone on their line, in a docstring's list of parameters."""
    text = inspect.getdoc(value) or ""
    found = re.search(r"^Parameters\n-+\n(.*?)(\n\n\w+\n---|\Z)", text, re.M | re.S)
    heads = re.findall(r"^(\S.*?)(?: : .*)?$", found[1], re.M) if found else []
    return set(re.findall(r"\w+", " ".join(heads)))


def _public_bases() -> set[type]:
    classes = [value for value in public_objects().values() if inspect.isclass(value)]
    return {base for cls in classes for base in cls.__mro__}


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
    objects = public_objects()
    found: dict[str, Any] = {"liaf_ref": liaf_ref} | {
        name: value for name, value in objects.items() if not inspect.ismodule(value)
    }
    bases = {base for base in _public_bases() if base.__module__.startswith("liaf_ref")}
    for base in sorted(bases, key=lambda base: (base.__module__, base.__name__)):
        found |= {
            f"{base.__module__}.{base.__name__}.{name}": member
            for name, member in vars(base).items()
            if not name.startswith("_")
        }
    return found


EXAMPLES = {
    name: tests[0]
    for name, value in documented().items()
    if (tests := doctest.DocTestFinder(exclude_empty=True, recurse=False).find(value, name))
    and tests[0].examples
}


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.usefixtures("few_pairs")
def test_an_example_runs(name: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    output: list[str] = []
    test = EXAMPLES[name]
    test.globs = {}
    shown = np.printoptions(legacy=False, precision=8, suppress=False)
    with shown, mock.patch.dict(CELL_FACTORIES):  # one example registers another
        failed, _ = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=output.append)
    assert failed == 0, "".join(output)


def test_every_public_name_has_an_example() -> None:
    values = public_objects()
    expected = {name for name, value in values.items() if not inspect.ismodule(value)}
    assert expected - WITHOUT_EXAMPLE - set(EXAMPLES) == set()
