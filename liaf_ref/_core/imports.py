"""Imports while the program runs: optional or slow dependencies, and user code."""

import contextlib
import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from types import ModuleType
from typing import Any

from liaf_ref._core.errors import InputError, LiafError
from liaf_ref._core.text import short_repr


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


def progress_bar(*args: Any, **options: Any) -> Any:
    """A ``tqdm.tqdm``; tqdm is imported with the first one."""
    from tqdm import tqdm  # noqa: PLC0415

    return tqdm(*args, **options)


def load_callable(name: str, option: str) -> Callable[..., Any]:
    """Import a callable."""
    module, _, attribute = name.partition(":") if isinstance(name, str) else ("", "", "")
    if not module or not attribute:
        raise InputError(f"{option}: expected package.module:callable, got {short_repr(name)}")
    if os.getcwd() not in sys.path:  # noqa: PTH109 - sys.path holds text
        sys.path.insert(0, os.getcwd())  # noqa: PTH109
    try:
        with contextlib.redirect_stdout(sys.stderr):
            found = importlib.import_module(module)
            for part in attribute.split("."):
                found = getattr(found, part)
    except (Exception, SystemExit) as error:
        raise InputError(f"{option} {name}: {format_exception(error)}") from error
    if not callable(found):
        raise InputError(f"{option} {name}: expected a callable, got {type(found).__name__}")
    return found


def format_exception(error: BaseException) -> str:
    """An exception of user code on one line; SystemExit as a sentence."""
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        return f"called sys.exit with code {code}"
    try:
        message = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - user code may raise anything
        message = "<message could not be printed>"
    return ": ".join(part for part in (type(error).__name__, message) if part)


@cache
def import_plugin(path: Path) -> None:
    """Import a Python file once, such as one that registers an experiment or a cell."""
    path = path.resolve()
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InputError(f"--plugin: expected a Python file, got {path}")
    known = sys.modules.get(path.stem)
    if known is not None:
        if getattr(known, "__file__", None) == str(path):  # another plugin imports it
            return
        reason = f"its name is that of the imported module {path.stem}; rename the file"
        raise InputError(f"--plugin {path}: {reason}")
    sys.path.append(str(path.parent))  # so that it can import its neighbours, like a script
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[path.stem]
        raise InputError(f"--plugin {path}: {format_exception(error)}") from error
