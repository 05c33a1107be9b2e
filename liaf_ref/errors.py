"""Every error this package raises on purpose.

All derive from :class:`LiafError`, so one ``except`` catches what the package
refuses and nothing else.  The command line prints the message and exits with 2.
"""

from pathlib import Path


class LiafError(Exception):
    """Base of all errors raised on purpose by ``liaf_ref``."""


class InputError(LiafError, ValueError):
    """An argument or option is not what it should be."""


class FormatError(LiafError, ValueError):
    """A file does not follow its format.

    Parameters
    ----------
    path : Path or str
        The file.
    reason : str
        What was expected and what came.
    line : int, optional
        Line number, counted from 1, for text files.
    offset : int, optional
        Byte offset, counted from 0, for binary files.
    """

    def __init__(
        self,
        path: Path | str,
        reason: str,
        *,
        line: int | None = None,
        offset: int | None = None,
    ) -> None:
        self.path = Path(path)
        self.reason = reason
        self.line = line
        self.offset = offset
        place = f"{path}:{line}" if line is not None else str(path)
        if offset is not None:
            place += f" at byte {offset}"
        super().__init__(f"{place}: {reason}")


class DataError(LiafError):
    """A data set is missing, incomplete or not usable as asked."""


class RunError(LiafError):
    """A run cannot start, continue or be written as asked."""


class TrainingError(LiafError):
    """Training met a value it cannot go on with."""
