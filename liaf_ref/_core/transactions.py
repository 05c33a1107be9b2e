"""Files written together: all of them, or a folder marked as incomplete."""

from collections.abc import Mapping
from pathlib import Path

from liaf_ref._core.atomic import make_folder, path_error, remove_temp_files, write_atomic
from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, read_bytes
from liaf_ref._core.validation.scalars import short_repr

PENDING_FILE = ".liaf-unfinished"


def write_files_transactionally(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files in their order, each at once.

    Until the last is there the folder holds a list of them, by which what is there already
    is removed the next time.
    """
    make_folder(folder)
    places = {(folder / name).parent for name in files}
    if is_incomplete(folder):
        _roll_back(folder)
    write_atomic(folder / PENDING_FILE, "".join(f"{name}\n" for name in files).encode())
    for place in places:
        make_folder(place)
        remove_temp_files(place)
    for name, content in files.items():
        write_atomic(folder / name, content)
    _remove_file(folder / PENDING_FILE)


def is_incomplete(folder: Path) -> bool:
    """Whether :func:`write_files_transactionally` was stopped there before its end."""
    return (folder / PENDING_FILE).exists()


def _roll_back(folder: Path) -> None:
    path = folder / PENDING_FILE
    content = read_bytes(path, "a list of files", MAX_TEXT_BYTES)
    try:
        names = content.decode("utf-8").splitlines()
    except ValueError as error:
        raise FormatError(path, f"expected a list of files, got {short_repr(error)}") from error
    for name in names:
        if _contains_file(folder, name):
            _remove_file(folder / name)


def _contains_file(folder: Path, name: str) -> bool:
    """Whether a file of that name is in a folder; none is whose name the system refuses."""
    path = folder / name
    try:
        return path.is_file() and path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return False


def _remove_file(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise path_error(path, "removed", error) from error
