"""Known deviations of a backend, each with its reason, in the backend's own file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import read_toml
from liaf_ref._core.text import short_repr, short_text
from liaf_ref.oracle.checker.finding import FIRST_VALUE_STAGE, STAGES, Finding
from liaf_ref.oracle.checker.verdict import Verdict

MAX_PATTERN_LENGTH = 200  # characters of a pattern: making it ready takes as long as their square
BACKEND_TENSOR = "(backend)"  # as tensor: no answer, or an array missing, misshapen or not finite
EXPECTED_FORMAT = 'expected [[waive]] tables with case = "...", tensor = "..." and reason = "..."'


class Waiver(NamedTuple):
    """A deviation that is known."""

    case: str
    tensor: str
    reason: str
    line: int = 0

    def covers(self, verdict: Verdict, finding: Finding) -> bool:
        """Whether a finding is the one that is known."""
        if not self.matches_case(verdict.name):
            return False
        if STAGES.index(finding.stage) < FIRST_VALUE_STAGE:
            return self.tensor == BACKEND_TENSOR
        return fnmatchcase(finding.tensor, self.tensor)

    def matches_case(self, case: str) -> bool:
        """Whether a case is meant."""
        return fnmatchcase(case, self.case)

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f'{place}case = "{self.case}", tensor = "{self.tensor}"'


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Read a file of waivers."""
    document, text = read_toml(path)
    tables = document.pop("waive", [])
    if document or not isinstance(tables, list):
        raise FormatError(
            path,
            f"{EXPECTED_FORMAT}, got {_keys(document) or 'a `waive` that is no list of tables'}",
        )
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith("[[")]
    lines += [0] * (len(tables) - len(lines))
    return tuple(_waiver(path, table, n) for table, n in zip(tables, lines, strict=False))


def _waiver(path: Path, table: Any, line: int) -> Waiver:
    known = {"tensor": "*", **table} if isinstance(table, Mapping) else {}
    at = line or None  # of a table within a line it is not known
    if set(known) != {"case", "tensor", "reason"}:
        raise FormatError(
            path, f"{EXPECTED_FORMAT}, got {_keys(known) or short_repr(table)}", line=at
        )
    for key, value in known.items():
        if not isinstance(value, str) or not value.strip():
            raise FormatError(
                path, f"{key}: expected a non-empty string, got {short_repr(value)}", line=at
            )
        if key != "reason" and len(value) > MAX_PATTERN_LENGTH:
            expected = f"expected a pattern of at most {MAX_PATTERN_LENGTH} characters"
            raise FormatError(path, f"{key}: {expected}, got {len(value)}", line=at)
    return Waiver(**known, line=line)


def _keys(table: Mapping[str, Any]) -> str:
    return short_text(", ".join(table))


def apply_waivers(verdict: Verdict, waivers: Iterable[Waiver]) -> Verdict:
    """Waive a failed case if every one of its findings is known."""
    waivers = tuple(waivers)
    if verdict.status != "failed":
        return verdict
    covering = [[w for w in waivers if w.covers(verdict, f)] for f in verdict.findings]
    if not all(covering):
        return verdict
    reasons = dict.fromkeys(found[0].reason for found in covering)
    return replace(verdict, status="waived", reason="; ".join(reasons))


def unused_waivers(
    waivers: Iterable[Waiver], verdicts: Sequence[Verdict], names: Iterable[str]
) -> list[str]:
    """List the unused waivers."""
    found, names = [], tuple(names)
    for waiver in waivers:
        concerned = [verdict for verdict in verdicts if waiver.matches_case(verdict.name)]
        if not any(map(waiver.matches_case, names)):
            found.append(f"waiver matches no case: {waiver}")
        elif concerned and not any(waiver.covers(v, f) for v in concerned for f in v.findings):
            found.append(f"unused waiver: {waiver}")
    return found
