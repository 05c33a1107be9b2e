"""The pytest plugin: ``pytest --liaf-backend=package.module:callable``, one test per case."""

# pytest loads it in every run once this package is installed, so its imports are lazy.

from collections.abc import Generator, Iterator
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
        "--liaf-dtype", choices=("float32", "float64"), default="float32", help="default: float32"
    )
    option(
        "--liaf-level",
        metavar="L",
        default="L0..L4",
        help="levels, such as L0 or L0,L3 or L0..L2 (default: all)",
    )
    option("--liaf-waive", metavar="FILE", help="TOML file of waivers: known deviations")


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
        if self.config.getoption("--liaf-backend") and self.config.getoption("--liaf-exec"):
            raise InputError("--liaf-exec: cannot be combined with --liaf-backend")
        try:
            check_is_backend(self.backend)
        except InputError as error:
            raise InputError(f"--liaf-backend: {error.reason}") from error
        self.selected_cases = [
            golden for golden in self.golden_cases if golden.case.level in expected
        ]
        for golden in self.selected_cases:
            yield CaseItem.from_parent(self, name=golden.case.name, golden=golden)
        for waiver in self.waivers:
            yield WaiverItem.from_parent(self, name=f"waiver[{waiver}]", waiver=waiver)

    @cached_property
    def declined(self) -> dict[str, bool]:
        """Whether a case was declined, of those that ran in this process."""
        return {}

    @cached_property
    def backend(self) -> Any:
        """The backend; imported when first asked for."""
        from liaf_ref._core.user_code import load_callable  # noqa: PLC0415
        from liaf_ref.oracle.checker.program import ProgramBackend  # noqa: PLC0415

        command = self.config.getoption("--liaf-exec")
        return (
            ProgramBackend(command)
            if command
            else load_callable(self.config.getoption("--liaf-backend"), "--liaf-backend")
        )

    @cached_property
    def golden_cases(self) -> "tuple[GoldenCase, ...]":
        """The published set."""
        from liaf_ref.oracle.golden import golden_cases  # noqa: PLC0415

        return golden_cases()

    @cached_property
    def waivers(self) -> "tuple[Waiver, ...]":
        """The backend's own file."""
        from liaf_ref.oracle.checker.waivers import read_waivers  # noqa: PLC0415

        path = self.config.getoption("--liaf-waive")
        return read_waivers(Path(path)) if path else ()

    def judge(self, golden: "GoldenCase") -> "Verdict":
        """Run one case."""
        from liaf_ref.oracle.checker.verdict import judge  # noqa: PLC0415
        from liaf_ref.oracle.checker.waivers import apply_waivers  # noqa: PLC0415

        dtype = self.config.getoption("--liaf-dtype")
        verdict = apply_waivers(judge(self.backend, golden, dtype), self.waivers)
        self.declined[golden.case.name] = verdict.status == "declined"
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

    def __init__(self, *, golden: "GoldenCase", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.golden = golden

    def runtest(self) -> None:
        """Pass, fail, skip if declined, xfail if waived."""
        verdict = self.parent.judge(self.golden)
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
        if not any(
            self.waiver.matches_case(golden.case.name) for golden in self.parent.golden_cases
        ):
            raise CaseFailure(f"waiver matches no case: {self.waiver}")
        concerned = [g for g in self.parent.selected_cases if self.waiver.matches_case(g.case.name)]
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
        others = (c.golden for c in self.cases if c.name not in self.parent.declined)
        if all(self.parent.judge(golden).status == "declined" for golden in others):
            raise CaseFailure("the backend declined every selected case")
