"""The exception of a backend that does not support a case."""

from collections.abc import Mapping
from typing import Any

from liaf_ref._core.errors import LiafError


class Declined(LiafError):  # noqa: N818 - it is no error
    """Raised by a backend for a case that it does not support.

    A declined case neither passes nor fails.

    Parameters
    ----------
    reason : str
        The missing feature. The report groups declined cases by their reason.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import Declined, run
    >>> def backend(case):
    ...     if case.nodes[0].op == "embedding":
    ...         raise Declined("no embedding")
    ...     return run(case)
    >>> lr.check_backend(backend, levels="L0", pattern="l0_[de]*").declined
    (declined  l0_embedding  no embedding,)
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def lookup_or_decline(kind: str, name: str, table: Mapping[str, Any]) -> Any:
    """Look a choice up; a case with another one is declined."""
    if name not in table:
        raise Declined(f"{kind}: expected one of {', '.join(table)}, got {name}")
    return table[name]
