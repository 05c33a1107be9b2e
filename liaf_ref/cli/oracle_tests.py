"""The tests of the pytest plugin: a case each, a waiver each, and that any case was checked."""

from argparse import Namespace
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.cli.oracle_case_options import draws
from liaf_ref.cli.oracle_run import opener, select
from liaf_ref.oracle.case import LEVELS, check_levels
from liaf_ref.oracle.checker import Verdict, Waiver, check_is_backend
from liaf_ref.oracle.checker.run import Judge
from liaf_ref.oracle.checker.selection import Selection

# The option of an argument; of any other it is --liaf-declare.
OPTION_OF = {"total": "random", "levels": "level"} | {n: n for n in ("seed", "dtype", "backend")}
# What `liaf-ref oracle check` has besides.
OTHERS = dict.fromkeys(("op", "max_size", "set", "chunks", "gate_forced")) | {"case": "*"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, items: list[pytest.Item]
) -> Generator[None]:
    """Add one test per case, one per waiver, and one that any case of those chosen was checked."""
    try:
        collector = OracleCollector.from_parent(session, name="liaf_ref", nodeid="liaf_ref")
        items += collector.collect()
    except ValueError as error:  # every refusal of a file or an option is one
        raise pytest.UsageError(str(error)) from error
    yield
    items += collector.any_checked(items)  # of what -k has left


class OracleCollector(pytest.Collector):
    """The cases, and the backend under check."""

    selection: Selection
    judge: Callable[[str], Verdict]

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each case, one for each waiver."""
        opened = ExitStack()
        self.config.add_cleanup(opened.close)
        try:
            args = self._options()
            self.selection = select(args)
            check_is_backend(backend := opened.enter_context(opener(args)()))
        except InputError as error:
            if error.name is None:
                raise
            option = OPTION_OF.get(error.name, "declare")
            raise InputError(f"--liaf-{option}: {error.reason}") from error
        self.judge = cache(partial(self._judge, Judge(backend, self.selection)))
        for k in self.selection.indices:
            yield self.test(self.selection.names[k], self.check_case, self.selection.names[k])
        for waiver in self.selection.waivers:
            yield self.test(f"waiver[{waiver}]", self.check_waiver, waiver)

    def test(self, name: str, check: Callable[[Any], None], checked: Any) -> pytest.Item:
        """A test of something by one of the checks below."""
        return OracleItem.from_parent(self, name=name, check=partial(check, checked))

    def _options(self) -> Namespace:
        """The options as the command has them."""
        own = vars(self.config.option).items()
        given = {n.removeprefix("liaf_"): value for n, value in own if n.startswith("liaf_")}
        args = Namespace(**given, **OTHERS)
        if args.backend and args.exec:
            raise InputError("--liaf-exec: cannot be combined with --liaf-backend")
        if args.loop and not args.exec:
            raise InputError("--liaf-loop: expected --liaf-exec COMMAND with it")
        if draws(args) and check_levels(args.level, "pytest") != tuple(LEVELS):
            raise InputError("--liaf-level: cannot be combined with random cases")
        return args

    def _judge(self, judge: Judge, name: str) -> Verdict:
        """Ask for the answer to one case, and again."""
        k = self.selection.names.index(name)
        first = cast("Verdict", judge(k))  # no case is of another level
        return cast("Verdict", judge(k)) if first.arrays else first

    def check_case(self, name: str) -> None:
        """Pass, fail, skip if declined, xfail if waived."""
        verdict = self.judge(name)
        if verdict.status == "declined":
            pytest.skip(verdict.reason)
        if verdict.status == "waived":
            pytest.xfail(verdict.reason)
        if verdict.status == "failed":
            pytest.fail(f"{verdict.summary()}\n{verdict.details}")

    def check_waiver(self, waiver: Waiver) -> None:
        """Run the cases of a waiver, of which one has to fail as waived."""
        names, chosen = self.selection.names, self.selection.indices
        concerned = [names[k] for k in chosen if waiver.matches_case(names[k])]
        if problem := waiver.problem(map(self.judge, concerned), names):
            pytest.fail(problem)
        if not concerned:
            pytest.skip("skipped: no selected case matches this waiver")

    def any_checked(self, items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
        """The test that the backend has not declined all of the cases that are left."""
        own = [item.name for item in items if item.parent is self]
        if names := [name for name in own if name in self.selection.names]:
            yield self.test("checked", self.check_any, names)

    def check_any(self, names: Iterable[str]) -> None:
        """Run cases until one is not declined: under xdist they ran elsewhere."""
        if all(self.judge(name).status == "declined" for name in names):
            pytest.fail("the backend declined every selected case")


class OracleItem(pytest.Item):
    """A test of one case, of one waiver, or that the backend has not declined all cases."""

    def __init__(self, *, check: Callable[[], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check

    def runtest(self) -> None:
        """Check it."""
        self.check()

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """Show the failure of a case without the traceback of the plugin."""
        failed = isinstance(excinfo.value, pytest.fail.Exception)
        return str(excinfo.value) if failed else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """The location of the test, which has no file."""
        return self.config.rootpath, None, f"liaf_ref oracle {self.name}"
