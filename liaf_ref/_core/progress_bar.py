"""Progress bars of tqdm, whose import takes as long as a quarter of all of ours."""

from typing import Any


def progress_bar(*args: Any, **options: Any) -> Any:
    """A ``tqdm.tqdm``; tqdm is imported with the first one."""
    from tqdm import tqdm  # noqa: PLC0415

    return tqdm(*args, **options)
