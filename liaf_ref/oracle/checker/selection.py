"""The cases of a check, and what a process needs to answer one of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.safe_load import parse_toml
from liaf_ref._core.validation import check_instance, check_items
from liaf_ref.oracle.case import check_levels
from liaf_ref.oracle.checker.verdict import Backend, Verdict, judge
from liaf_ref.oracle.checker.waivers import Waiver, read_waivers
from liaf_ref.oracle.declaration import PAPER, Declaration, declare
from liaf_ref.oracle.declaration.options import RESTRICTIONS
from liaf_ref.oracle.formats import check_format, has_own_cases
from liaf_ref.oracle.golden import GoldenCase, golden_cases
from liaf_ref.oracle.golden.golden_case import HOW_TO_DRAW
from liaf_ref.oracle.golden.published import no_match
from liaf_ref.oracle.random_cases import RandomCases, random_cases

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
    is_published: bool  # and complete
    declaration: Declaration = PAPER

    def judge(self, backend: Backend, golden: GoldenCase) -> Verdict | None:
        """The verdict on one case; None for a random case of another level."""
        return judge(backend, golden, self.dtype) if golden.case.level in self.levels else None

    def no_match(self) -> InputError:
        """The error for a selection without any case."""
        return no_match(self.pattern, self.names, self.levels, SOURCE)


def select_cases(
    *,
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
    declared = _declaration(declaration, cases, dtype)
    known, available = _resolve_arguments(waivers, _declared_cases(cases, declared, dtype), dtype)
    if declaration is None and not isinstance(available, RandomCases):
        declared = _stored_declaration(available)
    names = case_names(available)
    indices = tuple(k for k, name in enumerate(names) if fnmatchcase(name, pattern))
    if not isinstance(available, RandomCases):  # whose levels are not known before they are drawn
        indices = tuple(k for k in indices if available[k].case.level in chosen)
    is_published = cases is None and not has_own_cases(dtype) and declared == PAPER
    is_published = is_published and len(indices) == len(names)
    return Selection(
        available, names, indices, chosen, pattern, dtype, known, is_published, declared
    )


def _declaration(
    given: Declaration | Path | str | Mapping[str, Any] | None, cases: object, dtype: str
) -> Declaration:
    drawn = cases.declaration if isinstance(cases, RandomCases) else PAPER
    declared = drawn if given is None else given
    if not isinstance(declared, Declaration):
        declared = declare(declared)
    has = dict(declared.restrictions)["dtype"]
    if has != RESTRICTIONS["dtype"].values and dtype not in has:
        reason = f"the declaration has only {', '.join(has)}, got {dtype}"
        raise InputError.for_argument("dtype", SOURCE, reason)
    declared.check_format(dtype, SOURCE)
    return declared


def _stored_declaration(cases: Sequence[GoldenCase]) -> Declaration:
    """The declaration that stored cases were answered by."""
    found = {tuple(golden.metadata.get("declared", ())) for golden in cases}
    if len(found) > 1:
        reason = "expected cases that were answered by one declaration, got several"
        raise InputError.for_argument("cases", SOURCE, reason)
    (lines,) = found
    try:
        return declare(parse_toml("\n".join(lines)))
    except ValueError as error:
        reason = f"expected cases with a declaration in TOML, got an error: {error}"
        raise InputError.for_argument("cases", SOURCE, reason) from error


def _declared_cases(
    cases: Iterable[GoldenCase] | None, declaration: Declaration, dtype: str
) -> Iterable[GoldenCase] | None:
    """The cases with their declared answers."""
    if cases is None and has_own_cases(dtype):
        cases = random_cases(DEFAULT_COUNT, dtype=dtype)
    if isinstance(cases, RandomCases):
        return replace(cases, declaration=declaration)
    if declaration == PAPER:
        return cases
    if cases is not None:
        expected = "expected random_cases, or no cases, with a declaration"
        raise InputError.for_argument("cases", SOURCE, f"{expected}: other answers are the paper's")
    # Only here: the stored cases are compared with the checker's own parts.
    from liaf_ref.oracle.declaration.stored_cases import declared_golden_cases  # noqa: PLC0415

    return declared_golden_cases(declaration)


def case_names(cases: Sequence[GoldenCase]) -> Sequence[str]:
    """The names; of random cases without drawing them."""
    return cases.names if isinstance(cases, RandomCases) else [golden.name for golden in cases]


def _resolve_arguments(
    waivers: Path | str | Iterable[Waiver] | None, cases: Iterable[GoldenCase] | None, dtype: str
) -> tuple[tuple[Waiver, ...], Sequence[GoldenCase]]:
    if isinstance(waivers, Path | str):
        waivers = read_waivers(Path(waivers))
    known = check_items(
        "waivers",
        () if waivers is None else waivers,
        Waiver,
        SOURCE,
        "a TOML file or a list of waivers",
    )
    if isinstance(cases, RandomCases):
        if cases.dtype != dtype and {cases.dtype, dtype} != {"float32", "float64"}:
            reason = f"expected cases for {dtype}, got some for {cases.dtype}"
            raise InputError.for_argument("cases", SOURCE, reason)
        return known, cases
    given = golden_cases() if cases is None else cases
    available = check_items("cases", given, GoldenCase, SOURCE, "a list of golden cases")
    if not available:
        raise InputError.for_argument("cases", SOURCE, "expected at least one, got none")
    if unfit := [golden.name for golden in available if dtype not in golden.tolerance]:
        reason = f"expected cases for {dtype}, got {unfit[0]}; {HOW_TO_DRAW}"
        raise InputError.for_argument("cases", SOURCE, reason)
    return known, available
