"""Every error that this package raises on purpose."""

import errno
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from liaf_ref._core.system import quote
from liaf_ref._core.text import count, describe_value, short_repr

# Errors of the system for a path that no file can have, whatever the disk.
INVALID_PATH_ERRNOS = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP)


class LiafError(Exception):
    """Base class of all errors that ``liaf_ref`` raises on purpose.

    Catch it to handle every error of the package.  The command line prints the message and exits
    with code 2 if the input was wrong, or 1 if the work failed.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> try:
    ...     lr.Dense(0, 2)
    ... except lr.LiafError as error:
    ...     print(error)
    K of Dense, Eq. (2): expected ..., got 0
    """


class InputError(LiafError, ValueError):
    """An argument or option is invalid.

    Attributes
    ----------
    name : str or None
        The invalid argument, if there is one.
    reason : str
        What was expected and what was given.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> try:
    ...     lr.Dense(3, 2, bias="yes")
    ... except lr.InputError as error:
    ...     print(error.name, "|", error.reason)
    bias | expected True or False, got str 'yes'
    """

    def __init__(self, message: str) -> None:
        self.name: str | None = None
        self.reason = message
        super().__init__(message)

    @classmethod
    def for_argument(cls, name: str, where: str, reason: str) -> "InputError":
        """Make the error for one argument; a caller may know it under another name.

        Parameters
        ----------
        name : str
            Name of the argument.
        where : str
            The layer and equation, table or option that the argument belongs to.
        reason : str
            What was expected and what was given.

        Returns
        -------
        InputError
            With the message ``NAME of WHERE: REASON``.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> print(lr.InputError.for_argument("mu", "spike of Eq. (13)", "expected > 0, got -1"))
        mu of spike of Eq. (13): expected > 0, got -1
        """
        error = cls(f"{name} of {where}: {reason}")
        error.name, error.reason = name, reason
        return error


def unexpected(name: str, value: object, where: str, expected: str, hint: str = "") -> InputError:
    """The error for an argument that is not what was expected."""
    reason = f"expected {expected}, got {describe_value(value)}{hint}"
    return InputError.for_argument(name, where, reason)


class FormatError(LiafError, ValueError):
    """A file does not follow its format."""

    def __init__(
        self, path: Path | str, reason: str, *, line: int | None = None, offset: int | None = None
    ) -> None:
        self.path = Path(path)
        self.reason = reason
        self.line = line
        self.offset = offset
        place = f"{path}:{line}" if line is not None else str(path)
        if offset is not None:
            place += f" at byte {offset}"
        super().__init__(f"{place}: {reason}")


def unreadable(path: Path | str, expected: str, error: Exception | str) -> FormatError:
    """The error for a file whose reading raised another one, or said so in a text."""
    found = error if isinstance(error, str) else short_repr(error)
    return FormatError(path, f"expected {expected}, got an error: {found}")


class FileWarning(UserWarning):
    """A file has a fault; its usable part is read."""

    def __init__(self, path: Path | str, reason: str, *, offset: int, rest: str) -> None:
        self.path, self.reason, self.offset, self.leftover_text = Path(path), reason, offset, rest
        super().__init__(f"{path} at byte {offset}: {reason}: {rest}")

    def refusal(self) -> FormatError:
        """Return the error for a caller that rejects files with this fault."""
        return FormatError(self.path, self.reason, offset=self.offset)


class TruncatedWarning(FileWarning):
    """A file ends before its declared content; the complete part is used."""

    def __init__(self, path: Path | str, reason: str, *, offset: int, leftover_bytes: int) -> None:
        self.leftover_bytes = leftover_bytes
        rest = f"the file seems truncated; ignored {count(leftover_bytes, 'byte')} at its end"
        super().__init__(path, reason, offset=offset, rest=rest)

    def refusal(self) -> FormatError:
        """Return the error for a caller that rejects truncated files."""
        return FormatError(self.path, f"{self.reason}: {self.leftover_text}", offset=self.offset)


class TimestampWarning(FileWarning):
    """Timestamps of a file decrease; later events are shifted to continue from the event before."""

    def __init__(self, path: Path | str, reason: str, *, offset: int, steps: int) -> None:
        self.steps = steps
        times = "once" if steps == 1 else f"{steps} times"
        rest = (
            f"timestamps decrease {times}; later events are shifted to continue from the last one"
        )
        super().__init__(path, reason, offset=offset, rest=rest)


class DataError(LiafError):
    """A data set is missing, incomplete or not usable with these options."""


class RunError(LiafError):
    """A run cannot start, continue or be written with these options."""


class WriteError(RunError):
    """A valid result cannot be written: the disk is full, the folder read-only or gone."""


class ConfigError(RunError):
    """A run to resume has another configuration."""

    def __init__(self, path: Path, changes: Mapping[str, str]) -> None:
        self.path, self.changes = path, changes
        texts = "; ".join(f"{name}: {change}" for name, change in changes.items())
        super().__init__(
            f"{path}: cannot resume with another configuration; {texts}; use the recorded values, "
            "or choose another folder"
        )


class SweepError(LiafError):
    """A sweep has lost the workers or the scheduler that run its jobs."""


class TrainingError(LiafError):
    """Training cannot continue, for example because a value is NaN or infinite."""


class NonFiniteError(TrainingError):
    """A value became NaN or infinite; the error holds the data to locate the first such value."""

    def __init__(
        self, message: str, params: Mapping[str, Any], samples: Iterable[Any], buffers: Any
    ) -> None:
        self.params, self.samples, self.buffers = params, samples, buffers
        super().__init__(message)


def occupied(folder: Path, content: str) -> RunError:
    """The error for a folder of results that holds others."""
    advice = f"continue it with liaf-ref resume {quote(str(folder))}, or choose another folder"
    return RunError(f"{folder}: already contains {content}; {advice} with --out")


def is_input_error(error: LiafError) -> bool:
    """Whether the input was wrong (exit code 2), and not the work (1)."""
    return not isinstance(error, TrainingError | SweepError | WriteError)


def out_of_memory(error: MemoryError, smaller: str) -> str:
    """Return the message for an allocation that failed: what was asked for, and what to change."""
    return f"out of memory: {str(error) or 'an allocation failed'}; {smaller}"


def os_error_text(error: Exception) -> str:
    """Return the operating system's error text without the file name."""
    return getattr(error, "strerror", None) or str(error)


def path_error(path: Path, action: str, error: Exception) -> RunError:
    """Make the error for a failed ``action``: a WriteError unless the path itself is invalid."""
    disk = isinstance(error, OSError) and error.errno not in INVALID_PATH_ERRNOS
    return (WriteError if disk else RunError)(f"{path}: cannot be {action}: {os_error_text(error)}")
