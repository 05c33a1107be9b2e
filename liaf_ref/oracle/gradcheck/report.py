"""The result of a gradient check."""

from dataclasses import asdict, dataclass
from typing import Any

from liaf_ref._core.errors import LiafError


@dataclass(frozen=True)
class WorstEntry:
    """The entry of an array with the largest error."""

    name: str
    index: tuple[int, ...]
    actual: float
    expected: float
    error: float
    size: int


@dataclass(frozen=True)
class GradcheckReport:
    """The result of a gradient check.

    A report is true if the check passed. It prints as a table.

    Parameters
    ----------
    mode : str
        Mode of the reference gradient.
    tolerance : float
        Largest error allowed, relative to the largest entry of an array.
    entries : tuple of WorstEntry
        The entry with the largest error of each array, worst first: ``name`` and ``index`` of the
        entry, its ``actual`` and ``expected`` derivative, the relative ``error``, and the
        ``size`` of the array.

    See Also
    --------
    liaf_ref.gradcheck : Check a gradient and return a report.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> report = lr.gradcheck(lambda x: (x**2).sum(), np.array([1.0, 2.0]), lambda x: 3 * x)
    >>> report
    FAILED: 2 derivatives checked by differences, tolerance 5e-08
      FAIL x[1]   actual  6.0...e+00  expected  4.0...e+00  relative error 5.0e-01
    >>> bool(report), report.worst.index
    (False, (1,))
    """

    mode: str
    tolerance: float
    entries: tuple[WorstEntry, ...]

    @property
    def worst(self) -> WorstEntry:
        """The entry with the largest error of all arrays."""
        return self.entries[0]

    @property
    def passed(self) -> bool:
        """Whether every error is within the tolerance."""
        return all(entry.error <= self.tolerance for entry in self.entries)

    def __bool__(self) -> bool:
        return self.passed

    def assert_passed(self) -> None:
        """Raise an error if the check failed.

        Raises
        ------
        LiafError
            If the check failed; the message is the report.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> lr.gradcheck(lambda x: (x**2).sum(), np.ones(2), lambda x: x).assert_passed()
        Traceback (most recent call last):
            ...
        liaf_ref._core.errors.LiafError: FAILED: 2 derivatives ...
        """
        if not self.passed:
            raise LiafError(str(self))

    def to_dict(self) -> dict[str, Any]:
        """Convert the report to a dict for ``json.dumps``.

        Returns
        -------
        dict
            ``mode``, ``tolerance``, ``passed``, the ``worst`` entry of all arrays, and
            ``arrays``, the worst entry of each array.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> report = lr.gradcheck(lambda x: (x**2).sum(), np.ones(2), lambda x: 2 * x)
        >>> report.to_dict()["worst"]["actual"]
        2.0
        """
        return {
            "mode": self.mode,
            "tolerance": self.tolerance,
            "passed": self.passed,
            "worst": asdict(self.worst),
            "arrays": [asdict(entry) for entry in self.entries],
        }

    def __str__(self) -> str:
        verdict = "PASSED" if self.passed else "FAILED"
        count = sum(entry.size for entry in self.entries)
        derivatives = "derivative" if count == 1 else "derivatives"
        head = (
            f"{verdict}: {count} {derivatives} checked by {self.mode}, "
            f"tolerance {self.tolerance:.0e}"
        )
        lines = (
            f"  {'ok  ' if e.error <= self.tolerance else 'FAIL'} {e.name + str(list(e.index)):<24}"
            f" actual {e.actual: .12e}  expected {e.expected: .12e}  relative error {e.error:.1e}"
            for e in self.entries
        )
        return "\n".join((head, *lines))

    __repr__ = __str__
