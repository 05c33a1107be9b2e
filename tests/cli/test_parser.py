"""A parser of the command that was named alone says what one of all commands says."""

import argparse
import subprocess
import sys

import pytest

from liaf_ref.cli.options import Parser
from liaf_ref.cli.parser import COMMAND_MODULES, build_parser


def below(parser: argparse.ArgumentParser) -> dict[str, Parser]:
    """The parsers of a parser's commands."""
    found = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return dict(next(found).choices)


ALL = below(build_parser())
RUNS = below(ALL["run"])


def test_all_commands_are_there() -> None:
    assert list(ALL) == list(COMMAND_MODULES)


@pytest.mark.parametrize("name", COMMAND_MODULES)
def test_a_command_alone_is_what_it_is_among_all(name: str) -> None:
    alone = below(build_parser([name, "--help"]))
    assert list(alone) == [name]
    assert alone[name].format_help() == ALL[name].format_help()


def test_an_experiment_alone_is_what_it_is_among_all() -> None:
    alone = below(below(build_parser(["run", "babi"]))["run"])
    assert list(alone) == ["babi"]
    assert alone["babi"].format_help() == RUNS["babi"].format_help()
    assert list(below(below(build_parser(["run", "gesture"]))["run"])) == list(RUNS)


@pytest.mark.parametrize("words", [["no-command"], ["--version"], []])
def test_whoever_names_none_is_stated_of_all(words: list[str]) -> None:
    assert list(below(build_parser(words))) == list(ALL)
    assert list(below(below(build_parser(["run", *words]))["run"])) == list(RUNS)


def test_the_others_are_not_imported() -> None:
    code = (
        "import sys; from liaf_ref.cli.parser import build_parser; build_parser(['cost']); "
        "print(*(name for name in sys.modules if name.startswith('liaf_ref.cli.')))"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "liaf_ref.cli.cost" in done.stdout.split()
    assert not {"liaf_ref.cli.oracle", "liaf_ref.cli.run_babi"} & set(done.stdout.split())
