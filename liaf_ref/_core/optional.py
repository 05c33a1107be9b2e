"""Optional dependencies."""

import importlib
import re
from importlib.metadata import PackageNotFoundError, requires, version
from types import ModuleType

from liaf_ref._core.errors import LiafError


def import_optional_dependency(module: str, extra: str) -> ModuleType:
    """Import an optional package, or explain how to install it."""
    package = module.partition(".")[0]
    try:
        _check_version(package)
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise  # the package is installed, and a dependency of its own is missing
        raise LiafError(
            f"{package} is not installed; run `pip install {package}`, or "
            f"`pip install '.[{extra}]'` in a clone of this package's repository"
        ) from error


def _check_version(package: str) -> None:
    """Refuse a version older than the one that this package's metadata ask for."""
    try:
        found, needed = version(package), requires("liaf-ref") or []
    except PackageNotFoundError:  # not installed, or not by this name
        return
    for line in needed:
        match = re.match(rf"{package}>=([\d.]+)", line)
        if match and _release(found) < _release(match[1]):
            raise LiafError(
                f"{package}: expected version {match[1]} or later, got {found}; "
                f"run `pip install --upgrade {package}`"
            )


def _release(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)[:3]]
