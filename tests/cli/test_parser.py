"""A parser of the command that was named alone says what one of all commands says."""

import argparse
import subprocess
import sys

import pytest

from liaf_ref.cli.command_line import COMMANDS, ORACLE_COMMANDS, build_parser
from liaf_ref.cli.options import Parser


def below(parser: argparse.ArgumentParser) -> dict[str, Parser]:
    """The parsers of a parser's commands."""
    found = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return dict(next(found).choices)


PRINT_MODULES = """import sys
from liaf_ref.cli import entry
try:
    entry()
finally:
    print(*sys.modules)"""
ALL = below(build_parser())
RUNS = below(ALL["run"])


def test_all_commands_are_there() -> None:
    assert list(ALL) == list(COMMANDS)
    assert list(below(ALL["oracle"])) == list(ORACLE_COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_alone_is_what_it_is_among_all(name: str) -> None:
    alone = below(build_parser([name, "--help"]))
    assert list(alone) == [name]
    if name != "oracle":  # it lists commands of its own
        assert alone[name].format_help() == ALL[name].format_help()


@pytest.mark.parametrize("words", [["no-command"], ["--version"], []])
def test_whoever_names_none_is_stated_of_all(words: list[str]) -> None:
    assert list(below(build_parser(words))) == list(ALL)
    assert list(below(below(build_parser(["oracle", *words]))["oracle"])) == list(ORACLE_COMMANDS)
    assert list(below(below(build_parser(["run", *words]))["run"])) == list(RUNS)


# What a line imports: a user waits for it, even if only a word of the line is wrong.
@pytest.mark.parametrize(
    ("line", "imported", "others"),
    [
        ("--help", "argparse", "numpy liaf_ref.experiments liaf_ref.layers"),
        ("oracle --help", "argparse", "numpy liaf_ref.oracle.golden"),
        ("cost --help", "liaf_ref.cli.cost", "liaf_ref.cli.run liaf_ref.oracle tqdm"),
        (
            "run babi --taks",
            "liaf_ref.experiments.babi",
            "liaf_ref.experiments.dvs liaf_ref.data.events tqdm",
        ),
        ("run gesture --taks", "liaf_ref.experiments.dvs", "liaf_ref.experiments.coding tqdm"),
        (
            "oracle check --bakend",
            "liaf_ref.cli.oracle_check",
            "liaf_ref.layers liaf_ref.oracle.golden tqdm",
        ),
    ],
)
def test_a_line_imports_what_it_needs(line: str, imported: str, others: str) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", PRINT_MODULES, *line.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    modules = done.stdout.splitlines()[-1].split()
    assert imported in modules
    assert not set(others.split()) & set(modules)
