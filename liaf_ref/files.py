"""Files that are either the old ones or the new ones, never half of each."""

import os
import tempfile
from pathlib import Path

from liaf_ref.errors import RunError


def write_atomic(path: Path, content: bytes) -> None:
    """Replace a file in one step: write beside it, flush to disk, rename, flush the folder.

    Parameters
    ----------
    path : Path
        The file; its folder must exist.
    content : bytes
        What it is to hold.

    Raises
    ------
    RunError
        If the folder cannot be written or the disk is full.  The old file, if
        there was one, is then untouched, and nothing new is left behind.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
