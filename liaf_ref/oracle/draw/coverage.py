"""What the random cases of a check covered, and what of it a backend declined."""

from dataclasses import dataclass
from typing import Any

from liaf_ref.oracle.draw.goals import Goal


@dataclass(frozen=True)
class Coverage:
    """What random cases can cover, and what became of it.

    An entry is a kind with a text: ``("junction", "conv > neuron")``.

    Parameters
    ----------
    repeat : str
        The options of ``liaf-ref oracle check`` that draw the same cases.
    possible : frozenset
        Everything that cases of these operations can cover.
    tried : frozenset
        What the cases cover that the backend answered, right or wrong.
    declined : frozenset
        What occurs only in cases that the backend declined.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import random_cases, run
    >>> report = lr.check_backend(run, cases=random_cases(3, seed=7, ops=["dense"]))
    >>> print(report.coverage)
    drawn: --random 3 --seed 7 --op dense; one case alone: add --case NAME
    coverage: ... tried, 0 only declined, ... not drawn; more cases try more
    """

    repeat: str
    possible: frozenset[Goal]
    tried: frozenset[Goal]
    declined: frozenset[Goal]

    @property
    def missing(self) -> frozenset[Goal]:
        """What no case covers."""
        return self.possible - self.tried - self.declined

    def __str__(self) -> str:
        parts = [f"{len(self.tried & self.possible)} of {len(self.possible)} tried"]
        parts += [f"{len(self.declined & self.possible)} only declined"]
        if self.missing:
            parts += [f"{len(self.missing)} not drawn; more cases try more"]
        return (
            f"drawn: {self.repeat}; one case alone: add --case NAME\ncoverage: {', '.join(parts)}"
        )

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Convert to a dict for ``json.dumps``.

        Returns
        -------
        dict
            ``repeat``; ``possible`` and ``tried``, the numbers; and the lists ``declined`` and
            ``missing`` of texts such as ``junction: conv > neuron``.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> from liaf_ref.oracle import random_cases, run
        >>> report = lr.check_backend(run, cases=random_cases(3, seed=7, ops=["dense"]))
        >>> sorted(report.coverage.to_dict())
        ['declined', 'missing', 'possible', 'repeat', 'tried']
        """
        return {
            "repeat": self.repeat,
            "possible": len(self.possible),
            "tried": len(self.tried & self.possible),
            "declined": _texts(self.declined),
            "missing": _texts(self.missing),
        }


def _texts(goals: frozenset[Goal]) -> list[str]:
    return sorted(": ".join(goal) for goal in goals)
