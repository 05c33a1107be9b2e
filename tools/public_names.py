"""Print the names that users of the package may rely on, the members of a class behind it.

They are those of ``liaf_ref``, what its packages and ``liaf_ref.data.events`` export besides, and
the types that these return; behind a class the methods and properties that it adds to the public
classes it inherits from, and the fields of a result.

``python tools/public_names.py > tests/public_names.txt``
"""

import argparse
import dataclasses
import functools
import inspect
import pkgutil
import textwrap
from types import ModuleType
from typing import Any

import liaf_ref as lr
from liaf_ref._core.declared import Declared

# The files of kernels hold equations; their functions change with the paper's errata alone.
EQUATIONS = ("kernels", "spike")
RETURNED_TYPES = (
    "liaf_ref.analysis.LayerOpCount",
    "liaf_ref.analysis.LayerSparsity",
    "liaf_ref.analysis.OpCount",
    "liaf_ref.data.babi.EncodedQuestions",
    "liaf_ref.data.babi.Task",
    "liaf_ref.experiments.RunFinished",
    "liaf_ref.interop.Stage",
    "liaf_ref.networks.SequenceClassifier",
    "liaf_ref.oracle.Case",
    "liaf_ref.oracle.GoldenCase",
    "liaf_ref.oracle.GradcheckReport",
    "liaf_ref.oracle.Report",
    "liaf_ref.oracle.Verdict",
    "liaf_ref.oracle.strategies.liaf_cases",
    "liaf_ref.plotting.NeuronActivity",
    "liaf_ref.training.EpochRecord",
    "liaf_ref.training.Score",
    "liaf_ref.training.TrainingResult",
)
_MEMBERS = (property, functools.cached_property, classmethod, staticmethod)


def public_objects() -> dict[str, Any]:
    """What has a public name of its own, by that name."""
    top = {f"liaf_ref.{name}": getattr(lr, name) for name in lr.__all__}
    packages = [
        value
        for name, value in top.items()
        if isinstance(value, ModuleType) and name.removeprefix("liaf_ref.") not in EQUATIONS
    ]
    exports = {
        f"{package.__name__}.{name}": value
        for package in (*packages, lr.data.events)
        for name in package.__all__
        if inspect.isclass(value := getattr(package, name)) or inspect.isfunction(value)
    }
    names = top | exports | {name: pkgutil.resolve_name(name) for name in RETURNED_TYPES}
    first = {id(value): name for name, value in reversed(names.items())}
    return {name: value for name, value in names.items() if first[id(value)] == name}


def public_names() -> dict[str, list[str]]:
    """The names, each with its members."""
    objects = public_objects()
    classes = [value for value in objects.values() if inspect.isclass(value)]
    names = {}
    for name, value in objects.items():
        members = _members(value, classes) if value in classes else set()
        names[name] = sorted(members | (_fields(value) if name in RETURNED_TYPES else set()))
    return names


def _members(cls: type, public: list[type]) -> set[str]:
    """What a class adds to the public classes that it inherits from."""
    known = (_all_members(base) for base in cls.__mro__[1:] if base in public)
    return _all_members(cls).difference(*known)


def _all_members(cls: type) -> set[str]:
    """Methods and properties that are defined in this package."""
    return {
        name
        for base in cls.__mro__
        if base.__module__.startswith("liaf_ref") and base is not Declared
        for name, value in vars(base).items()
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, _MEMBERS))
    }


def _fields(cls: type) -> set[str]:
    if dataclasses.is_dataclass(cls):
        return {field.name for field in dataclasses.fields(cls)}
    return set(getattr(cls, "_fields", ()))


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    for name, members in public_names().items():
        print(textwrap.fill(" ".join([name, *members]), 100, subsequent_indent="    "))
