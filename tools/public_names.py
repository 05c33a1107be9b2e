"""The names that users of the package may rely on, one a line.

``python tools/public_names.py > tests/public_names.txt``
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from documentation.reference import is_documented

import liaf_ref


def public_names() -> list[str]:
    """List them: what a documented module defines, and what a documented package gives out."""
    walk = pkgutil.walk_packages(liaf_ref.__path__, "liaf_ref.")
    modules = sorted(found.name for found in walk if is_documented(found.name))
    names = ["liaf_ref." + name for name in _exported(liaf_ref)]
    for module in (importlib.import_module(name) for name in modules if "._" not in name):
        names += [
            f"{module.__name__}.{name}" for name in sorted({*_exported(module), *_own(module)})
        ]
    return names


def _exported(module: ModuleType) -> list[str]:
    return [name for name in getattr(module, "__all__", ()) if not name.startswith("_")]


def _own(module: ModuleType) -> Iterator[str]:
    for name, value in vars(module).items():
        defined = inspect.isfunction(value) or inspect.isclass(value)
        if defined and value.__module__ == module.__name__ and not name.startswith("_"):
            yield name


if __name__ == "__main__":
    print("\n".join(public_names()))
