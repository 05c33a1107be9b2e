"""Which cases are run, and which deviations are known."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from liaf_ref._core.declared import Declared
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.safe_load import parse_toml, read_toml
from liaf_ref._core.validation import check_instance, check_items
from liaf_ref.oracle.case import Case, check_levels
from liaf_ref.oracle.checker.verdict import MISSING, Finding, Verdict
from liaf_ref.oracle.declaration import PAPER, Declaration, declare
from liaf_ref.oracle.declaration.options import OPTIONS
from liaf_ref.oracle.draw import RandomCases
from liaf_ref.oracle.draw.answer import UnsafeError, answered
from liaf_ref.oracle.formats import check_format, has_own_cases
from liaf_ref.oracle.golden.cases import HOW_TO_DRAW, GoldenCase
from liaf_ref.oracle.golden.store import FiledCases, golden_cases, published_cases
from liaf_ref.oracle.shapes import states_of

MAX_PATTERN_LENGTH = 200  # characters
BACKEND_TENSOR = "(backend)"  # as tensor: no answer, or an array misshapen or not finite


class Waiver(Declared):
    """A deviation that is known; ``case`` and ``tensor`` are patterns."""

    case: str
    tensor: str = "*"
    reason: str = ""  # which has to be given

    def check_together(self) -> None:
        """A reason has to say something, and a pattern is made ready in its length squared."""
        if not self.reason.strip():
            raise self.refuse("reason", f"expected a non-empty string, got {self.reason!r}")
        if (length := max(len(self.case), len(self.tensor))) > MAX_PATTERN_LENGTH:
            expected = f"expected patterns of at most {MAX_PATTERN_LENGTH} characters"
            raise self.refuse("case", f"{expected}, got {length}")

    def covers(self, verdict: Verdict, finding: Finding) -> bool:
        """Whether a finding is the one that is known."""
        if not self.matches_case(verdict.name):
            return False
        if finding.error is None and finding.text != f"{finding.tensor}: {MISSING}":
            return self.tensor == BACKEND_TENSOR
        return fnmatchcase(finding.tensor, self.tensor)

    def matches_case(self, case: str) -> bool:
        """Whether a case is meant."""
        return fnmatchcase(case, self.case)

    def __str__(self) -> str:
        return f'case = "{self.case}", tensor = "{self.tensor}"'

    def problem(self, verdicts: Iterable[Verdict], names: Iterable[str]) -> str | None:
        """Whether it is unused by the verdicts of a check, or by any case of these names."""
        if not any(map(self.matches_case, names)):
            return f"waiver matches no case: {self}"
        concerned = [verdict for verdict in verdicts if self.matches_case(verdict.name)]
        used = not concerned or any(self.covers(v, f) for v in concerned for f in v.findings)
        return None if used else f"unused waiver: {self}"


class WaiverFile(Declared):
    """What a file of waivers has."""

    waive: tuple[Waiver, ...] = ()


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Read a file of waivers."""
    document, _ = read_toml(path)
    try:
        return WaiverFile.from_record(document).waive
    except InputError as error:
        raise FormatError(path, str(error)) from error


def apply_waivers(verdict: Verdict, waivers: Sequence[Waiver]) -> Verdict:
    """Waive a failed case if every one of its findings is known."""
    if verdict.status != "failed":
        return verdict
    covering = [[w.reason for w in waivers if w.covers(verdict, f)] for f in verdict.findings]
    if not all(covering):
        return verdict
    reasons = dict.fromkeys(reason for reason, *_ in covering)
    return replace(verdict, status="waived", reason="; ".join(reasons))


SOURCE = "check_backend"
DEFAULT_COUNT = 100  # random cases of a format for which none are stored


@dataclass(frozen=True)
class Selection:
    """The selected cases, by their indices; a random case is drawn when it is answered."""

    cases: Sequence[GoldenCase]
    names: Sequence[str]
    indices: Sequence[int]
    levels: Sequence[str]
    pattern: str
    dtype: str
    waivers: Sequence[Waiver]
    declaration: Declaration = PAPER

    @property
    def is_published(self) -> bool:
        """Whether these are all published cases."""
        return isinstance(self.cases, FiledCases) and len(self.indices) == len(self.names)


def select_cases(
    dtype: Any = "float32",
    levels: str | Iterable[str] | None = None,
    pattern: str = "*",
    waivers: Path | str | Iterable[Waiver] | None = None,
    cases: Iterable[GoldenCase] | None = None,
    declaration: Declaration | Path | str | Mapping[str, Any] | None = None,
) -> Selection:
    """Validate the arguments of :func:`check_backend`, and select."""
    check_instance("pattern", pattern, str, SOURCE, "a pattern of names")
    dtype = check_format("dtype", dtype, SOURCE)
    chosen = check_levels(levels, SOURCE)
    if isinstance(waivers, Path | str):
        waivers = read_waivers(Path(waivers))
    waivers = () if waivers is None else waivers
    known = check_items("waivers", waivers, Waiver, SOURCE, "a TOML file or a list of waivers")
    available, declared = _as_declared(cases, declaration, dtype)
    names = getattr(available, "names", None) or [golden.name for golden in available]
    indices = tuple(k for k, name in enumerate(names) if fnmatchcase(name, pattern))
    if not isinstance(available, RandomCases):  # whose levels are not known before they are drawn
        levels_of = getattr(available, "levels", None) or [g.case.level for g in available]
        indices = tuple(k for k in indices if levels_of[k] in chosen)
    return Selection(available, names, indices, chosen, pattern, dtype, known, declared)


def _as_declared(
    cases: Iterable[GoldenCase] | None, given: Any, dtype: str
) -> tuple[Sequence[GoldenCase], Declaration]:
    """The cases to choose from, and the declaration that they are answered by."""
    if cases is None and has_own_cases(dtype):
        cases = RandomCases(DEFAULT_COUNT, dtype=dtype)
    drawn = cases.declaration if isinstance(cases, RandomCases) else PAPER
    wanted = drawn if given is None else given
    declared = wanted if isinstance(wanted, Declaration) else declare(wanted)
    declared.check_format(dtype, SOURCE)
    if isinstance(cases, RandomCases):
        if cases.dtype != dtype and {cases.dtype, dtype} != {"float32", "float64"}:
            raise _invalid("cases", f"expected cases for {dtype}, got some for {cases.dtype}")
        return replace(cases, declaration=declared), declared
    if cases is None:
        return published_cases() if declared == PAPER else declared_golden_cases(declared), declared
    if declared != PAPER:
        expected = "expected RandomCases, or no cases, with a declaration"
        raise _invalid("cases", f"{expected}: other answers are the paper's")
    available = check_items("cases", cases, GoldenCase, SOURCE, "a list of golden cases")
    if not available:
        raise _invalid("cases", "expected at least one, got none")
    if unfit := [golden.name for golden in available if dtype not in golden.tolerance]:
        raise _invalid("cases", f"expected cases for {dtype}, got {unfit[0]}; {HOW_TO_DRAW}")
    return available, _stored_declaration(available) if given is None else declared


def _stored_declaration(cases: Sequence[GoldenCase]) -> Declaration:
    """The declaration that stored cases were answered by."""
    found = {"\n".join(golden.metadata.get("declared", ())) for golden in cases}
    try:
        (declared,) = found
        return declare(parse_toml(declared))
    except ValueError as error:
        expected = f"expected cases that one declaration in TOML answers, got {len(found)}"
        raise _invalid("cases", f"{expected}: {error}") from error


def _invalid(name: str, reason: str) -> InputError:
    return InputError.for_argument(name, SOURCE, reason)


# The golden set as declared: the same networks, with answers by the declared equations.
@lru_cache(maxsize=4)
def declared_golden_cases(declaration: Declaration) -> tuple[GoldenCase, ...]:
    """The golden cases that a backend with this declaration has to pass."""
    admitted = (golden for golden in golden_cases() if declaration.admits(golden.case))
    declared = (_declared(golden, declaration) for golden in admitted)
    return tuple(golden for golden in declared if golden is not None)


def _declared(golden: GoldenCase, declaration: Declaration) -> GoldenCase | None:
    """A case with its declared answer; None if rounding could change a spike in it."""
    if _is_unchanged(golden.case, declaration):
        return golden
    with suppress(UnsafeError):
        found = answered(declaration.configure(golden.case), declaration)
        if found.exact or not golden.exact or declaration.is_smooth:
            return found
    return None


def _is_unchanged(case: Case, declaration: Declaration) -> bool:
    """Whether nothing in a case departs from the paper."""
    of_neurons = ("surrogate", *OPTIONS.keys() - {"convolution"})
    has_neurons = any(node.op == "neuron" for node in case.nodes)
    has_others = has_neurons and declaration.departs(*of_neurons)
    is_cut_off = declaration.departs("carry") and states_of(case.nodes)
    rounds = declaration.departs("ulp") or declaration.rounds_in_tiles(case)
    return not (has_others or is_cut_off or rounds)
