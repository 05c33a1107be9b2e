"""Optional dependencies."""

import importlib
from types import ModuleType

from liaf_ref._core.errors import LiafError


def import_optional_dependency(module: str, extra: str) -> ModuleType:
    """Import an optional package, or explain how to install it."""
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise  # the package is installed, and a dependency of its own is missing
        raise LiafError(
            f"{package} is not installed; run `pip install {package}`, or "
            f"`pip install '.[{extra}]'` in a clone of this package's repository"
        ) from error
