"""Optional imports with a clear error message."""

from collections.abc import Iterator
from contextlib import contextmanager

from liaf_ref._core.errors import LiafError


class MissingFrameworkError(LiafError, ImportError):
    """The framework of an adapter cannot be imported."""


@contextmanager
def optional_import(package: str) -> Iterator[None]:
    """Import a framework within the block; a failure names the package to install."""
    try:
        yield
    except ImportError as error:
        raise MissingFrameworkError(
            f"{package} is required for this adapter but could not be imported ({error!r}); "
            f"pip install {package}"
        ) from error
