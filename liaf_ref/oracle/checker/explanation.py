"""The explanations of a diagnosis."""

from dataclasses import asdict, dataclass
from typing import Any

from liaf_ref._core.text import count


@dataclass(frozen=True)
class Explanation:
    """A convention, or several that no case can tell apart, and what it explains."""

    names: tuple[str, ...]
    description: str
    explained: int
    total: int
    contradicted: int = 0
    scope: str = ""
    where: str = ""  # the options that all nodes with the convention have
    optional: tuple[str, ...] = ()  # arrays that need not be returned, and that disagree

    def __str__(self) -> str:
        names = " or ".join(self.names)
        same = " (indistinguishable on these cases)" if len(self.names) > 1 else ""
        what = f"the {self.scope} pass of " if self.scope else ""
        where = f", all with {self.where}" if self.where else ""
        explained = f"{what}{self.explained} of {count(self.total, 'failure')}{where}"
        text = f"{names}{same}: explains {explained}.  {self.description}"
        if self.optional:
            text += f"  (Optional arrays disagree: {', '.join(self.optional)}.)"
        if self.contradicted:
            text += f"  (Contradicted by {count(self.contradicted, 'passed case')}.)"
        return text

    __repr__ = __str__


@dataclass(frozen=True)
class Diagnosis:
    """All explanations, and the failures without one."""

    explanations: tuple[Explanation, ...] = ()
    unexplained: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    right: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [str(explanation) for explanation in self.explanations]
        if self.unexplained:
            some = ", ".join(self.unexplained[:3]) + ", ..." * (len(self.unexplained) > 3)
            failures = count(len(self.unexplained), "failure")
            failures += ", smallest first" if len(self.unexplained) > 1 else ""
            lines.append(f"not explained by any known convention: {failures} ({some})")
            lines.append(f"  wrong arrays: {', '.join(self.wrong)}")
            lines.append(f"  correct arrays: {', '.join(self.right) or 'none'}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self) or "Diagnosis()"

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as JSON takes it."""
        found = asdict(self)
        for explanation in found["explanations"]:
            explanation["conventions"] = explanation.pop("names")
        return found
