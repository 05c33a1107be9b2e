"""All verdicts on a backend."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from liaf_ref.oracle.checker.explanation import Diagnosis
from liaf_ref.oracle.checker.verdict import Verdict

MAX_LISTED = 10  # failed cases that a printed report lists


@dataclass(frozen=True)
class Report:
    """The result of a check of a backend.

    Parameters
    ----------
    backend : str
        Its name.
    dtype : str
        In which it was run.
    verdicts : tuple of Verdict
        One for each case that was run.
    problems : tuple of str
        Other problems: unused waivers, or no case that was not declined.
    diagnosis : Diagnosis
        What explains the failed cases.
    """

    backend: str
    dtype: str
    verdicts: tuple[Verdict, ...]
    problems: tuple[str, ...]
    diagnosis: Diagnosis

    def with_status(self, status: str) -> tuple[Verdict, ...]:
        """Verdicts of a status."""
        return tuple(verdict for verdict in self.verdicts if verdict.status == status)

    @property
    def passed(self) -> tuple[Verdict, ...]:
        """Cases the backend answered within their tolerances."""
        return self.with_status("passed")

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """Cases it did not."""
        return self.with_status("failed")

    @property
    def waived(self) -> tuple[Verdict, ...]:
        """Failed cases whose every deviation is known."""
        return self.with_status("waived")

    @property
    def declined(self) -> tuple[Verdict, ...]:
        """Cases the backend cannot express."""
        return self.with_status("declined")

    @property
    def ok(self) -> bool:
        """Whether nothing failed, no waiver is left over, and something was checked."""
        return not self.failed and not self.problems

    def __bool__(self) -> bool:
        return self.ok

    @property
    def worst_passed(self) -> Verdict | None:
        """Of the cases that passed, the one nearest to its tolerance."""
        return max(self.passed, key=lambda verdict: verdict.worst_ratio, default=None)

    def __str__(self) -> str:
        counts = ", ".join(
            f"{len(self.with_status(status))} {status}"
            for status in ("passed", "failed", "waived", "declined")
        )
        lines = [f"{self.backend}, {self.dtype}: {len(self.verdicts)} cases: {counts}"]
        if self.worst_passed:
            at = (
                f" ({self.worst_passed.name}, {self.worst_passed.worst_tensor})"
                if self.worst_passed.worst_ratio
                else ""
            )
            lines.append(
                f"largest error among passed cases: {self.worst_passed.worst_ratio:.2g} "
                f"times the tolerance{at}"
            )
        lines += _listed("failed", self.failed) + _listed("waived", self.waived)
        lines += _declined_reasons(self.declined)
        lines += [f"failed    {problem}" for problem in self.problems]
        if text := str(self.diagnosis):
            lines += ["", "diagnosis", *(f"  {line}" for line in text.splitlines())]
        return "\n".join(lines)

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        worst = self.worst_passed
        return {
            "backend": self.backend,
            "dtype": self.dtype,
            "ok": self.ok,
            "passed": len(self.passed),
            "failed": len(self.failed),
            "waived": len(self.waived),
            "declined": len(self.declined),
            "worst_ratio": worst.worst_ratio if worst else None,
            "problems": list(self.problems),
            "cases": [verdict.to_dict() for verdict in self.verdicts],
            "diagnosis": self.diagnosis.to_dict(),
        }


def _listed(status: str, verdicts: tuple[Verdict, ...]) -> list[str]:
    lines = [f"{status:<10}{v.name}  {v.summary()}" for v in verdicts[:MAX_LISTED]]
    if status == "waived":
        lines = [f"{status:<10}{v.name}  {v.reason}" for v in verdicts[:MAX_LISTED]]
    if len(verdicts) > MAX_LISTED:
        lines.append(f"{'':<10}and {len(verdicts) - MAX_LISTED} more; use --json for all")
    return lines


def _declined_reasons(declined: Iterable[Verdict]) -> list[str]:
    counts: dict[str, int] = {}
    for verdict in declined:
        counts[verdict.reason] = counts.get(verdict.reason, 0) + 1
    return [f"declined  {count} x {reason}" for reason, count in counts.items()]
