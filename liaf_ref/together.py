"""Files that belong together: all of them, or a folder that says that it is not finished."""

from collections.abc import Mapping
from pathlib import Path

from liaf_ref.door.values import shown
from liaf_ref.errors import FormatError
from liaf_ref.files import failure, make_folder, remove_leftovers, write_atomic
from liaf_ref.reading import LONGEST, read_bytes

UNFINISHED = ".liaf-unfinished"


def write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files in their order, each at once.

    Until the last is there the folder holds a list of them, by which what is there already
    is removed the next time.

    Parameters
    ----------
    folder : Path
        Made if need be; held by the caller, see :func:`liaf_ref.lock.claimed`.
    files : mapping of str to bytes
        Contents by name, which may be one in a folder below.

    Raises
    ------
    WriteError or RunError
        If one cannot be written.
    """
    make_folder(folder)
    places = {(folder / name).parent for name in files}
    if unfinished(folder):
        _forget(folder)
    write_atomic(folder / UNFINISHED, "".join(f"{name}\n" for name in files).encode())
    for place in places:
        make_folder(place)
        remove_leftovers(place)
    for name, content in files.items():
        write_atomic(folder / name, content)
    _remove(folder / UNFINISHED)


def unfinished(folder: Path) -> bool:
    """Whether :func:`write_together` was stopped there before its end."""
    return (folder / UNFINISHED).exists()


def _forget(folder: Path) -> None:
    path = folder / UNFINISHED
    content = read_bytes(path, "a list of files", LONGEST)
    try:
        names = content.decode("utf-8").splitlines()
    except ValueError as error:
        raise FormatError(path, f"expected a list of files, got {shown(error)}") from error
    for name in names:
        if _holds(folder, name):
            _remove(folder / name)


def _holds(folder: Path, name: str) -> bool:
    """Whether a file of that name is in a folder; none is whose name the system refuses."""
    path = folder / name
    try:
        return path.is_file() and path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return False


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise failure(path, "removed", error) from error
