"""A framework that may be missing, imported so that its absence is said plainly."""

from collections.abc import Iterator
from contextlib import contextmanager

from liaf_ref._core.errors import LiafError


class MissingFrameworkError(LiafError, ImportError):
    """The framework an adapter speaks to cannot be imported."""


@contextmanager
def optional_import(package: str) -> Iterator[None]:
    """Import within, and have a failure say what to install.

    Parameters
    ----------
    package : str
        As ``pip install`` knows it.

    Raises
    ------
    MissingPeerError
        If an import within fails.
    """
    try:
        yield
    except ImportError as error:
        raise MissingFrameworkError(
            f"{package}: expected it to be importable, got {error!r}; pip install {package}"
        ) from error
