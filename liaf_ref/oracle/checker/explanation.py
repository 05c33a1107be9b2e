"""What a diagnosis says."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Explanation:
    """A convention, or several that no case can tell apart, and what it explains.

    Parameters
    ----------
    names : tuple of str
        More than one if they are indistinguishable on these cases.
    says : str
        The first one's sentence.
    explained : int
        Failed cases on which it gives all that the backend gave.
    of : int
        Failed cases that were left to explain.
    contradicted : int
        Passed cases that it would have failed.
    part : str
        ``forward`` if only what the forward pass gave is explained, else empty.
    """

    names: tuple[str, ...]
    description: str
    explained: int
    total: int
    contradicted: int = 0
    scope: str = ""

    def __str__(self) -> str:
        names = " or ".join(self.names)
        same = " (indistinguishable on these cases)" if len(self.names) > 1 else ""
        what = f"the {self.scope} pass of " if self.scope else ""
        text = f"{names}{same}: explains {what}{self.explained} of {self.total} failures.  {self.description}"
        if self.contradicted:
            text += f"  (It would have failed {self.contradicted} more that passed.)"
        return text


@dataclass(frozen=True)
class Diagnosis:
    """All explanations, and what is left without one.

    Parameters
    ----------
    explanations : tuple of Explanation
        The one that explains most first, each next one of what the others left.
    unexplained : tuple of str
        Names of failed cases that no known convention explains.
    wrong, right : tuple of str
        Which kinds of arrays are wrong in those, and which are right in all of them.
    """

    explanations: tuple[Explanation, ...] = ()
    unexplained: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    right: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [str(explanation) for explanation in self.explanations]
        if self.unexplained:
            some = ", ".join(self.unexplained[:3]) + ", ..." * (len(self.unexplained) > 3)
            lines.append(f"no known convention: {len(self.unexplained)} failures ({some})")
            lines.append(f"  wrong there: {', '.join(self.wrong)}")
            lines.append(f"  right there: {', '.join(self.right) or 'nothing'}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as JSON takes it."""
        return {
            "explanations": [
                {
                    "conventions": list(e.names),
                    "says": e.description,
                    "explained": e.explained,
                    "of": e.total,
                    "contradicted": e.contradicted,
                    "part": e.scope,
                }
                for e in self.explanations
            ],
            "unexplained": list(self.unexplained),
            "wrong": list(self.wrong),
            "right": list(self.right),
        }
