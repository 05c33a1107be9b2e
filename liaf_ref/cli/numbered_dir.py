"""Numbered output folders, for commands without --out."""

from pathlib import Path

from liaf_ref._core.errors import RunError, path_error

RUNS = Path("runs")  # where they are made


def make_numbered_dir(stem: str) -> Path:
    """Create ``runs/stem-N`` with the first number N that is not taken."""
    for number in range(1, 10_000):
        folder = RUNS / f"{stem}-{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise path_error(folder, "created", error) from error
        return folder
    raise RunError(f"{RUNS}: already contains 9,999 runs; choose another folder with --out")
