"""The exception of a backend that does not support a case."""

from liaf_ref._core.errors import LiafError


class Declined(LiafError):  # noqa: N818 - it is no error
    """Raised by a backend for a case it cannot express; such a case neither passes nor fails.

    Parameters
    ----------
    reason : str
        What the backend does not have.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
