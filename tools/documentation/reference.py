"""The reference, from the docstrings.

Pages are written for the public packages, the modules that define a public name, and the kernels.
"""

import functools
import importlib
import pkgutil
from pathlib import Path

from public_names import public_objects

PACKAGES = (
    *("kernels", "layers", "networks", "training", "data", "experiments"),
    *("oracle", "interop", "analysis", "plotting", "exercises"),
)
INDEX = """# API

Every public function and class: arguments, shapes, errors, an example.

| package | |
|---|---|
| [`liaf_ref`](liaf_ref.rst) | the public names: `import liaf_ref as lr` |
"""


def write_reference(out: Path) -> None:
    """Write the sources of the reference into a folder."""
    (out / "modules").mkdir(parents=True, exist_ok=True)
    (out / "liaf_ref.rst").write_text(_package("liaf_ref"), "utf-8")
    index = INDEX
    for name in (f"liaf_ref.{package}" for package in PACKAGES):
        is_package = hasattr(importlib.import_module(name), "__path__")
        (out / f"{name}.rst").write_text((_package if is_package else _module)(name), "utf-8")
        index += f"| [`{name}`]({name}.rst) | {_first_line(importlib.import_module(name))} |\n"
    for module in _modules():
        # Outside the contents: the sidebar of every page would list all modules.
        (out / "modules" / f"{module}.rst").write_text(f":orphan:\n\n{_module(module)}", "utf-8")
    (out / "index.md").write_text(index, "utf-8")


def _package(name: str) -> str:
    """The page of a package, which gives out what others define: names, and its modules."""
    modules = {module: line for module, line in _modules().items() if module.startswith(f"{name}.")}
    names = _table("Names", "obj:`~", _exports(name))
    return _page(name, ":no-members:") + names + _table("Modules", "mod:`", modules) * ("." in name)


def _module(name: str) -> str:
    return _page(name, ":members:\n   :ignore-module-all:")


def _page(name: str, options: str) -> str:
    return f"{name}\n{'=' * len(name)}\n\n.. automodule:: {name}\n   {options}\n\n"


def _table(title: str, role: str, names: dict[str, str]) -> str:
    """Write a table of names and first lines; nothing for no names."""
    head = f".. rubric:: {title}\n\n.. list-table::\n   :widths: auto\n   :class: names\n\n"
    rows = (f"   * - :py:{role}{name}`\n     - {line}\n" for name, line in names.items())
    return f"{head}{''.join(rows)}\n" if names else ""


def is_documented(module: str) -> bool:
    """Say whether a module has a page in the reference."""
    return module in _modules()


@functools.cache
def _modules() -> dict[str, str]:
    """The first line of each module that has a page."""
    defined = {str(getattr(value, "__module__", None)) for value in public_objects().values()}
    kernels = importlib.import_module("liaf_ref.kernels")
    names = {name for name in defined if name.startswith("liaf_ref.")} | {
        part.name for part in pkgutil.walk_packages(kernels.__path__, "liaf_ref.kernels.")
    }
    packages = {f"liaf_ref.{package}" for package in PACKAGES}
    return {name: _first_line(importlib.import_module(name)) for name in sorted(names - packages)}


def _exports(package: str) -> dict[str, str]:
    """List what a package gives out, by the names under which it is documented."""
    found = importlib.import_module(package)
    values = {name: getattr(found, name) for name in getattr(found, "__all__", ())}
    homes = {name: str(getattr(value, "__module__", "")) for name, value in values.items()}
    return {
        f"{home}.{name}": _first_line(values[name])
        for name, home in homes.items()
        if home.startswith(f"{package}.") and getattr(values[name], "__doc__", None)
    }


def _first_line(value: object) -> str:
    return (value.__doc__ or "").strip().splitlines()[0]
