"""The reference, from the docstrings.

Pages are written for the public packages, the modules that define a public name, and the kernels.
"""

import functools
import importlib
import pkgutil
from pathlib import Path

from public_names import public_objects

PACKAGES = (
    "kernels",
    "layers",
    "networks",
    "training",
    "data",
    "experiments",
    "oracle",
    "interop",
    "analysis",
    "plotting",
    "exercises",
)


def write_reference(out: Path) -> None:
    """Write the sources of the reference.

    Parameters
    ----------
    out : Path
        Folder to write to.
    """
    out.mkdir(parents=True, exist_ok=True)
    lines = [
        "# API",
        "",
        "Every public function and class: arguments, shapes, errors, an example.",
        "",
    ]
    lines += ["| package | |", "|---|---|"]
    _write_public_names(out)
    lines.append("| [`liaf_ref`](liaf_ref.rst) | the public names: `import liaf_ref as lr` |")
    for package in PACKAGES:
        name = f"liaf_ref.{package}"
        _package(out, name)
        lines.append(f"| [`{name}`]({name}.rst) | {_first_line(importlib.import_module(name))} |")
    (out / "modules").mkdir(exist_ok=True)
    for module in _modules():
        # Outside the contents: the sidebar of every page would list all modules.
        (out / "modules" / f"{module}.rst").write_text(f":orphan:\n\n{_module(module)}", "utf-8")
    (out / "index.md").write_text("\n".join(lines) + "\n", "utf-8")


def _write_public_names(out: Path) -> None:
    """Write the page of the top level, which gives out what the packages define."""
    head = ["liaf_ref", "========", "", ".. automodule:: liaf_ref", "   :no-members:", ""]
    (out / "liaf_ref.rst").write_text(
        "\n".join(head + _table("Names", "obj", _exports("liaf_ref"))), "utf-8"
    )


def _package(out: Path, name: str) -> None:
    """Write the page of a package, or of a module."""
    if not hasattr(importlib.import_module(name), "__path__"):
        (out / f"{name}.rst").write_text(_module(name), "utf-8")
        return
    head = [name, "=" * len(name), "", f".. automodule:: {name}", "   :no-members:", ""]
    modules = {module: line for module, line in _modules().items() if module.startswith(f"{name}.")}
    head += _table("Names", "obj", _exports(name)) + _table("Modules", "mod", modules)
    (out / f"{name}.rst").write_text("\n".join(head), "utf-8")


def _module(name: str) -> str:
    head = [name, "=" * len(name), "", f".. automodule:: {name}"]
    return "\n".join([*head, "   :members:", "   :ignore-module-all:", ""])


def _table(title: str, role: str, names: dict[str, str]) -> list[str]:
    """Write a table of names and first lines; nothing for no names."""
    if not names:
        return []
    head = [f".. rubric:: {title}", "", ".. list-table::", "   :widths: auto"]
    head += ["   :class: names", ""]
    short = "~" if role == "obj" else ""
    rows = (
        [f"   * - :py:{role}:`{short}{name}`", f"     - {line}"] for name, line in names.items()
    )
    return [*head, *(line for row in rows for line in row), ""]


def is_documented(module: str) -> bool:
    """Say whether a module has a page in the reference."""
    return module in _modules()


@functools.cache
def _modules() -> dict[str, str]:
    """The first line of each module that has a page."""
    defined = {getattr(value, "__module__", None) for value in public_objects().values()}
    kernels = importlib.import_module("liaf_ref.kernels")
    names = {name for name in defined if name and name.startswith("liaf_ref.")} | {
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
