"""The pytest plugin: ``pytest --liaf-backend=package.module:callable``, one test per case."""

# pytest loads it in every run once this package is installed, so its imports are lazy.

from collections.abc import Generator, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from liaf_ref.oracle.checker import Verdict, Waiver
    from liaf_ref.oracle.golden import GoldenCase


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("liaf_ref", "gradients of a LIAF-Net backend")
    option = group.addoption
    option("--liaf-backend", metavar="MODULE:NAME", help="a callable, package.module:callable")
    option("--liaf-exec", metavar="COMMAND", help="a program that is called with a case folder")
    option(
        "--liaf-dtype",
        metavar="D",
        default="float32",
        help="float32, float64, float16, bfloat16, tf32 or fixed point such as q4.12 (default: "
        "float32); beyond the first two, 100 random cases unless --liaf-random says how many",
    )
    option(
        "--liaf-level",
        metavar="L",
        default="L0..L4",
        help="levels, such as L0 or L0,L3 or L0..L2 (default: all)",
    )
    option("--liaf-waive", metavar="FILE", help="TOML file of waivers: known deviations")
    option(
        "--liaf-declare",
        metavar="FILE",
        help="TOML file of the backend's own conventions; cases are answered by these",
    )
    option(
        "--liaf-loop",
        action="store_true",
        help="start the program of --liaf-exec once: it reads a case folder from each line",
    )
    option(
        "--liaf-timeout",
        type=float,
        metavar="S",
        default=60.0,
        help="time limit of --liaf-exec for one case, in seconds (default: 60)",
    )
    option(
        "--liaf-random",
        type=int,
        metavar="N",
        help="draw N random cases instead of the published ones",
    )
    option(
        "--liaf-seed",
        type=int,
        metavar="S",
        default=0,
        help="seed of the random cases (default: 0)",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> Generator[None]:
    """Add one test per case, one per waiver, and one that any case of those chosen was checked."""
    if config.getoption("--liaf-backend") or config.getoption("--liaf-exec"):
        try:
            items += OracleCollector.from_parent(
                session, name="liaf_ref", nodeid="liaf_ref"
            ).collect()
        except ValueError as error:  # every refusal of a file or an option is one
            raise pytest.UsageError(str(error)) from error
    yield
    if cases := [item for item in items if isinstance(item, CaseItem)]:  # what -k has left
        items.append(AnyCheckedItem.from_parent(cases[0].parent, name="checked", cases=cases))


class OracleCollector(pytest.Collector):
    """The golden set, and the backend under check."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each case, one for each waiver."""
        from liaf_ref._core.errors import InputError  # noqa: PLC0415
        from liaf_ref.oracle.case import parse_levels  # noqa: PLC0415
        from liaf_ref.oracle.checker import check_is_backend  # noqa: PLC0415

        try:
            expected = parse_levels(self.config.getoption("--liaf-level"))
        except InputError as error:
            raise InputError(f"--liaf-level: {error}") from error
        self._check_options()
        try:
            check_is_backend(self.backend)
        except InputError as error:
            raise InputError(f"--liaf-backend: {error.reason}") from error
        self.selected_names = [
            name
            for k, name in enumerate(self.names)
            if self.is_drawn or self.golden_cases[k].case.level in expected
        ]
        for name in self.selected_names:
            yield CaseItem.from_parent(self, name=name)
        for waiver in self.waivers:
            yield WaiverItem.from_parent(self, name=f"waiver[{waiver}]", waiver=waiver)

    def _check_options(self) -> None:
        """Refuse what does not go together."""
        from liaf_ref._core.errors import InputError  # noqa: PLC0415
        from liaf_ref.oracle.case import LEVELS, parse_levels  # noqa: PLC0415

        option = self.config.getoption
        if option("--liaf-backend") and option("--liaf-exec"):
            raise InputError("--liaf-exec: cannot be combined with --liaf-backend")
        if option("--liaf-loop") and not option("--liaf-exec"):
            raise InputError("--liaf-loop: expected --liaf-exec COMMAND with it")
        if self.is_drawn and parse_levels(option("--liaf-level")) != tuple(LEVELS):
            raise InputError("--liaf-level: cannot be combined with random cases")

    @property
    def dtype(self) -> str:
        """The precision of the check."""
        from liaf_ref._core.errors import InputError  # noqa: PLC0415
        from liaf_ref.oracle.formats import check_format  # noqa: PLC0415

        try:
            return check_format("dtype", self.config.getoption("--liaf-dtype"), "--liaf-dtype")
        except InputError as error:
            raise InputError(f"--liaf-dtype: {error.reason}") from error

    @cached_property
    def is_drawn(self) -> bool:
        """Whether the cases are random ones, each drawn when it runs."""
        from liaf_ref.oracle.formats import has_own_cases  # noqa: PLC0415

        return self.config.getoption("--liaf-random") is not None or has_own_cases(self.dtype)

    @cached_property
    def names(self) -> "Sequence[str]":
        """The names of all cases, without drawing any."""
        from liaf_ref.oracle.checker.selection import case_names  # noqa: PLC0415

        return case_names(self.golden_cases)

    def golden(self, name: str) -> "GoldenCase":
        """A case by its name."""
        return self.golden_cases[self.names.index(name)]

    @cached_property
    def declined(self) -> dict[str, bool]:
        """Whether a case was declined, of those that ran in this process."""
        return {}

    @cached_property
    def backend(self) -> Any:
        """The backend; imported when first asked for."""
        from liaf_ref._core.imports import load_callable  # noqa: PLC0415
        from liaf_ref.oracle.checker.program import LoopBackend, ProgramBackend  # noqa: PLC0415

        option = self.config.getoption
        if not option("--liaf-exec"):
            return load_callable(option("--liaf-backend"), "--liaf-backend")
        kind = LoopBackend if option("--liaf-loop") else ProgramBackend
        program = kind(option("--liaf-exec"), option("--liaf-timeout"), dtype=self.dtype)
        self.config.add_cleanup(program.close)
        return program

    @cached_property
    def golden_cases(self) -> "Sequence[GoldenCase]":
        """The published set, or random cases."""
        from liaf_ref._core.errors import InputError  # noqa: PLC0415
        from liaf_ref.oracle.checker.selection import DEFAULT_COUNT, select_cases  # noqa: PLC0415
        from liaf_ref.oracle.draw import random_cases  # noqa: PLC0415

        count, seed, declared = (
            self.config.getoption(f"--liaf-{name}") for name in ("random", "seed", "declare")
        )
        try:
            cases = None
            if self.is_drawn:
                count = DEFAULT_COUNT if count is None else count
                cases = random_cases(count, seed=seed, dtype=self.dtype)
            declaration = Path(declared) if declared else None
            return select_cases(dtype=self.dtype, cases=cases, declaration=declaration).cases
        except InputError as error:
            names = {"count": "random", "seed": "seed", "dtype": "dtype"}
            option = f"--liaf-{names.get(error.name or '', 'declare')}"
            raise InputError(f"{option}: {error.reason}") from error

    @cached_property
    def waivers(self) -> "tuple[Waiver, ...]":
        """The backend's own file."""
        from liaf_ref.oracle.checker.selection import read_waivers  # noqa: PLC0415

        path = self.config.getoption("--liaf-waive")
        return read_waivers(Path(path)) if path else ()

    def judge(self, name: str) -> "Verdict":
        """Ask for the answer to one case, and again."""
        from liaf_ref.oracle.checker.run import ask_again  # noqa: PLC0415
        from liaf_ref.oracle.checker.selection import apply_waivers  # noqa: PLC0415
        from liaf_ref.oracle.checker.verdict import judge  # noqa: PLC0415

        verdict = judge(self.backend, self.golden(name), self.dtype)
        if verdict.arrays:
            verdict = ask_again(self.backend, verdict, self.dtype)
        verdict = apply_waivers(verdict, self.waivers)
        self.declined[name] = verdict.status == "declined"
        return verdict


class CaseFailure(Exception):  # noqa: N818 - a failed test, not an error
    """A failed case, or an unused waiver."""


class OracleItem(pytest.Item):
    """The base class of cases and waivers."""

    parent: OracleCollector

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """Show the failure without the traceback of the plugin."""
        if isinstance(excinfo.value, CaseFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """The location of the test, which has no file."""
        return self.config.rootpath, None, f"liaf_ref oracle {self.name}"


class CaseItem(OracleItem):
    """One case."""

    def runtest(self) -> None:
        """Pass, fail, skip if declined, xfail if waived."""
        verdict = self.parent.judge(self.name)
        if verdict.status == "declined":
            pytest.skip(verdict.reason)
        if verdict.status == "waived":
            pytest.xfail(verdict.reason)
        if verdict.status == "failed":
            lines = [verdict.summary(), *(f"  {finding.text}" for finding in verdict.findings)]
            raise CaseFailure("\n".join([*lines, verdict.traceback]).rstrip())


class WaiverItem(OracleItem):
    """One waiver, which must still match a failure."""

    def __init__(self, *, waiver: "Waiver", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.waiver = waiver

    def runtest(self) -> None:
        """Run the cases of the waiver until one fails as waived."""
        if not any(map(self.waiver.matches_case, self.parent.names)):
            raise CaseFailure(f"waiver matches no case: {self.waiver}")
        concerned = list(filter(self.waiver.matches_case, self.parent.selected_names))
        if not concerned:
            pytest.skip("skipped: no selected case matches this waiver")
        verdicts = map(self.parent.judge, concerned)
        if not any(self.waiver.covers(v, f) for v in verdicts for f in v.findings):
            raise CaseFailure(f"unused waiver: {self.waiver}")


class AnyCheckedItem(OracleItem):
    """At least one of the cases chosen, which the backend must not decline."""

    def __init__(self, *, cases: list[CaseItem], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cases = cases

    def runtest(self) -> None:
        """Look at what ran here, then run the others: under xdist they ran elsewhere."""
        if not all(self.parent.declined.values()):
            return
        others = (c.name for c in self.cases if c.name not in self.parent.declined)
        if all(self.parent.judge(name).status == "declined" for name in others):
            raise CaseFailure("the backend declined every selected case")
