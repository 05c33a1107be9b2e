"""The names that users of the package may rely on, and the reference, from their docstrings.

They are those of ``liaf_ref``, what its packages and ``liaf_ref.data.events`` export besides, and
three more.  Pages are written for the public packages, the modules that define a
public name, and the kernels.
"""

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import liaf_ref as lr

# Of what is public, these alone are exported by no package.
NOT_EXPORTED = ("data.babi.EncodedQuestions", "data.babi.Task", "oracle.strategies.liaf_cases")
PACKAGES = (
    *("kernels", "layers", "networks", "training", "data", "experiments"),
    *("oracle", "interop", "analysis", "plotting", "exercises"),
)
INDEX = "Every public function and class: arguments, shapes, errors, an example.\n\n"


def public_objects() -> dict[str, Any]:
    """What has a public name of its own, by that name."""
    top = {f"liaf_ref.{name}": getattr(lr, name) for name in lr.__all__}
    # The files of kernels hold equations; their functions change with the paper's errata alone.
    packages = (importlib.import_module(f"liaf_ref.{package}") for package in PACKAGES[1:])
    exports = {
        f"{package.__name__}.{name}": value
        for package in (*packages, lr.data.events)
        for name in package.__all__
        if inspect.isclass(value := getattr(package, name)) or inspect.isfunction(value)
    }
    more = (f"liaf_ref.{name}" for name in NOT_EXPORTED)
    names = top | exports | {name: pkgutil.resolve_name(name) for name in more}
    first = {id(value): name for name, value in reversed(names.items())}
    return {name: value for name, value in names.items() if first[id(value)] == name}


def write_reference(out: Path) -> None:
    """Write the sources of the reference into a folder."""
    (out / "modules").mkdir(parents=True, exist_ok=True)
    packages = ["liaf_ref", *(f"liaf_ref.{package}" for package in PACKAGES)]
    (out / "index.rst").write_text(_heading("API") + INDEX + _table("Packages", packages), "utf-8")
    for name in packages:
        is_package = hasattr(importlib.import_module(name), "__path__")
        (out / f"{name}.rst").write_text(_page(name, is_package), "utf-8")
    for name in documented_modules():
        # Outside the contents: the sidebar of every page would list all modules.
        package = max((each for each in packages if name.startswith(each)), key=len)
        above = f":orphan:\n\n:doc:`/api/index` › :doc:`/api/{package}`\n\n"
        (out / "modules" / f"{name}.rst").write_text(above + _page(name), "utf-8")


def _heading(text: str) -> str:
    return f"{text}\n{'=' * len(text)}\n\n"


def _page(name: str, is_package: bool = False) -> str:
    """The page of a module; a package gives out what others define: names, and its modules."""
    whole = f"{_heading(name)}.. automodule:: {name}\n   "
    if not is_package:
        return f"{whole}:members:\n   :ignore-module-all:\n"
    package, inner = importlib.import_module(name), f"{name}."
    homes = ((each, getattr(getattr(package, each), "__module__", "")) for each in package.__all__)
    exports = [f"~{home}.{each}" for each, home in homes if str(home).startswith(inner)]
    modules = [each for each in documented_modules() if each.startswith(inner) and "." in name]
    return f"{whole}:no-members:\n\n{_table('Names', exports)}{_table('Modules', modules)}"


def _table(title: str, names: Iterable[str]) -> str:
    """Write a table of names and the first sentences of their docstrings; nothing for no names."""
    rows = "".join(f"   {name}\n" for name in names)
    head = f".. currentmodule:: None\n\n.. rubric:: {title}\n\n"
    return f"{head}.. autosummary::\n   :nosignatures:\n\n{rows}\n" if rows else ""


@functools.cache
def documented_modules() -> tuple[str, ...]:
    """The modules that have a page, other than the packages."""
    defined = {str(getattr(value, "__module__", None)) for value in public_objects().values()}
    kernels = importlib.import_module("liaf_ref.kernels")
    names = {name for name in defined if name.startswith("liaf_ref.")} | {
        part.name for part in pkgutil.walk_packages(kernels.__path__, "liaf_ref.kernels.")
    }
    return tuple(sorted(names - {f"liaf_ref.{package}" for package in PACKAGES}))
