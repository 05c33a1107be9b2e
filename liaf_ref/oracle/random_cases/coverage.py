"""Which pairs of options the random cases had, and which of them a backend declined."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from liaf_ref.oracle.random_cases.covering import Pair, pairs_of


@dataclass(frozen=True)
class Coverage:
    """The pairs of options that can occur together, and what became of them.

    Parameters
    ----------
    repeat : str
        The options of ``liaf-ref oracle check`` that draw the same cases.
    possible : frozenset
        Every pair of option values that can occur in one case.
    tried : frozenset
        The pairs of the cases that the backend answered, right or wrong.
    declined : frozenset
        The pairs that occur only in cases that the backend declined.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import random_cases, run
    >>> report = lr.check_backend(run, cases=random_cases(3, seed=7, ops=["dense"]))
    >>> print(report.coverage)
    drawn: --random 3 --seed 7 --op dense; one case alone: add --case NAME
    pairs of options: ... tried, 0 only declined, ... not drawn; more cases try more
    """

    repeat: str
    possible: frozenset[Pair]
    tried: frozenset[Pair]
    declined: frozenset[Pair]

    @property
    def missing(self) -> frozenset[Pair]:
        """The pairs that no case had."""
        return self.possible - self.tried - self.declined

    def __str__(self) -> str:
        parts = [f"{len(self.tried & self.possible)} of {len(self.possible)} tried"]
        parts += [f"{len(self.declined)} only declined"]
        if self.missing:
            parts += [f"{len(self.missing)} not drawn; more cases try more"]
        return (
            f"drawn: {self.repeat}; one case alone: add --case NAME\n"
            f"pairs of options: {', '.join(parts)}"
        )

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Convert to a dict for ``json.dumps``; a pair is ``["core=neuron", "alpha=0"]``.

        Returns
        -------
        dict
            ``repeat``; ``pairs``, the number that is possible; ``tried``; and the lists
            ``declined`` and ``missing``.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> from liaf_ref.oracle import random_cases, run
        >>> report = lr.check_backend(run, cases=random_cases(3, seed=7, ops=["dense"]))
        >>> sorted(report.coverage.to_dict())
        ['declined', 'missing', 'pairs', 'repeat', 'tried']
        """
        return {
            "repeat": self.repeat,
            "pairs": len(self.possible),
            "tried": len(self.tried & self.possible),
            "declined": _texts(self.declined),
            "missing": _texts(self.missing),
        }


def measure(
    repeat: str, possible: frozenset[Pair], judged: Iterable[tuple[dict[str, str], bool]]
) -> Coverage:
    """From the options of each case, and whether it was declined."""
    tried: set[Pair] = set()
    declined: set[Pair] = set()
    for options, is_declined in judged:
        (declined if is_declined else tried).update(pairs_of(options))
    return Coverage(repeat, possible, frozenset(tried), frozenset(declined - tried) & possible)


def _texts(pairs: frozenset[Pair]) -> list[list[str]]:
    return sorted([f"{factor}={value}" for factor, value in pair] for pair in pairs)
