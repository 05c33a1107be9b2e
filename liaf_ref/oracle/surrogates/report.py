"""The result of a check of a surrogate."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from liaf_ref._core.text import count
from liaf_ref.oracle.surrogates.identify import Identification
from liaf_ref.oracle.surrogates.shape import format_values

MAX_LISTED = 8  # lines of findings in a printed report


@dataclass(frozen=True)
class SurrogateFinding:
    """One thing that is wrong, with the point of the largest error relative to its tolerance."""

    points: str
    parameters: Mapping[str, float]
    threshold: float | None = None
    quantity: str = "slope"
    x: float | None = None  # U - v_th; without numbers, the message has the reason
    expected: float | None = None
    actual: float | None = None
    tolerance: float | None = None
    wrong: int = 0
    total: int = 0
    message: str = ""

    def __str__(self) -> str:
        where = format_values(self.parameters)
        if self.threshold is not None:
            where += f"{', ' if where else ''}threshold {self.threshold:g}"
        if self.message:
            what = self.message
        else:
            what = (
                f"{self.quantity}: expected {self.expected:.9g}, got {self.actual:.9g} "
                f"(tolerance {self.tolerance:.2g}); {self.wrong} of {count(self.total, 'point')}"
            )
        at = f"x = {self.x:.9g}: " if self.x is not None else ""
        return f"{self.points:<8}  {at}{what}" + (f"; {where}" if where else "")


@dataclass(frozen=True)
class SurrogateReport:
    """The result of a check of a surrogate slope.

    A report is true if the slope is right. It prints as text.

    Parameters
    ----------
    backend : str
        Name of the function.
    shape : str
        The shape that was asked for.
    parameters : dict
        Its parameters, with ``scale``.
    dtype : str
        Precision of the check.
    points : int
        Number of points compared.
    findings : tuple of SurrogateFinding
        What is wrong.
    diagnosis : tuple of str
        What the function computes instead.
    identified : Identification or None
        The shape of the table that the slope is, if the check failed.
    untested : tuple of str
        Parameters that the function does not take, so that only one value was tested.

    See Also
    --------
    liaf_ref.oracle.check_surrogate : Check a slope and return a report.

    Examples
    --------
    >>> from liaf_ref.oracle import check_surrogate
    >>> report = check_surrogate(lambda x, beta: 1 / (1 + beta * abs(x)), "superspike", beta=2)
    >>> report.ok
    False
    >>> report.identified
    nonzero_sign_log with alpha = 2, scale = 0.5
    """

    backend: str
    shape: str
    parameters: Mapping[str, float]
    dtype: str
    points: int
    findings: tuple[SurrogateFinding, ...]
    diagnosis: tuple[str, ...] = ()
    identified: Identification | None = None
    untested: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        values = format_values(self.parameters)
        asked = f"{self.shape}, {values}" if values else self.shape
        verdict = "passed" if self.ok else "FAILED"
        lines = [f"{self.backend}: {verdict}: {asked}; {self.dtype}, {count(self.points, 'point')}"]
        lines += [f"failed    {finding}" for finding in self.findings[:MAX_LISTED]]
        if len(self.findings) > MAX_LISTED:
            more = count(len(self.findings) - MAX_LISTED, "more finding")
            lines.append(f"{'':<10}and {more}; report.findings or --json has all")
        if self.untested:
            names = ", ".join(self.untested)
            lines.append(f"not varied: {names}; the function has no argument of this name")
        lines += [f"diagnosis: {text}" for text in self.diagnosis]
        return "\n".join(lines)

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Convert the report to a dict for ``json.dumps``.

        Returns
        -------
        dict
            The fields of the report, and ``ok``. ``findings`` and ``identified`` are dicts.

        Examples
        --------
        >>> from liaf_ref.oracle import check_surrogate
        >>> check_surrogate(lambda x: 1.0 * (abs(x) < 0.5), "window", mu=0.5).to_dict()["ok"]
        True
        """
        return asdict(self) | {"ok": self.ok}
