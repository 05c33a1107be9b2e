"""Output folders with a number, where no option names one."""

from pathlib import Path

from liaf_ref._core.atomic import path_error
from liaf_ref._core.errors import RunError


def make_numbered_dir(parent: Path, stem: str) -> Path:
    """Make a folder that no run has used: ``parent/stem-1``, or the next number."""
    for number in range(1, 10_000):
        folder = parent / f"{stem}-{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise path_error(folder, "made", error) from error
        return folder
    raise RunError(f"{parent}: holds 9,999 runs already; choose a folder with --out")
