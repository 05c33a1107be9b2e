"""Every option of every command, found by looking, is given what it cannot take."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import figures
import pytest
from support import folder_contents

from cli.commands import run_cli
from liaf_ref.cli import options
from liaf_ref.cli.command_line import build_parser
from liaf_ref.experiments.babi import EXPERIMENT as BABI
from liaf_ref.experiments.babi import BabiConfig
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.runner.manifest import RUN, Manifest, write_manifest

Capture = pytest.CaptureFixture[str]
LONG = "x" * 5000
ANYTHING = {"case"}  # a pattern; that none was checked is an answer

# What else a command needs, so that the option alone is at fault.
NEEDED: dict[str, list[str]] = {
    "run babi": ["--generated"],
    "run n-mnist": ["--data", "."],
    "resume": ["runs"],
    "sweep": ["spec.toml", "--generated"],
    "table03": ["."],
    "report": [".", "--out", "out"],
    "babi generate": ["--out", "out"],
    "simulate": ["mnist-dvs"],
    "events": ["events.bin", "--format", "n-mnist"],
    "cost": ["mnist-dvs-liaf"],
    "oracle check": ["--backend", "liaf_ref.oracle:run"],
    "oracle explain": ["trace.csv"],
    "oracle export": ["out"],
    "oracle export-onnx": ["out"],
    "gradcheck": ["oracle.test_gradcheck:_dropout_target"],
}
PARSER = build_parser()
SPEC = 'experiment = "mnist-dvs"\n[common]\nscale = "smoke"\n[grid]\ncell = ["liaf"]\n'
NOTHING = argparse._HelpAction | argparse._VersionAction
NUMBERS = ["", "nan", "-inf", "1e999", "1_0", "1,5", LONG]
WHOLES = ["", "-1", "1.5", "nan", "1_0", "9" * 5000]
WORDS = ["", "x", "LIAF", " ", LONG]
LISTS = ["", "q", ",", "liaf,", "1;2", LONG]
PATHS = ["", "\0", LONG]


class Option(NamedTuple):
    """An option, and what may not stand behind it."""

    command: str
    flag: str
    invalid_values: list[str]

    def __str__(self) -> str:
        return f"{self.command} {self.flag}".strip()


def walk(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every argument of every command."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from walk(below, f"{path} {name}".strip())
        elif not isinstance(action, NOTHING):
            yield path, action


def invalid_values(action: argparse.Action) -> list[str]:
    """What no option of this kind can take."""
    if action.nargs == 0:
        return ["=1"]
    if action.choices:
        return WORDS
    reader = action.type
    if reader is options.float_value:
        return NUMBERS
    kind = getattr(reader, "__qualname__", "").partition(".")[0]
    if kind in ("bounded_int", "positive_int"):
        return WHOLES
    if kind in ("int_list", "text_list", "levels", "table_name"):
        return LISTS
    paths = {options.any_path, options.output_dir, options.output_path}
    paths |= {options.new_file, options.new_dir}
    return PATHS if reader in paths else WORDS


OPTIONS = [
    Option(command, max(action.option_strings, key=len, default=""), invalid_values(action))
    for command, action in walk(PARSER)
    if action.dest not in ANYTHING
]


@pytest.fixture
def here(here: Path) -> Path:
    (here / "spec.toml").write_text(SPEC)
    manifest = Manifest(RUN, BABI, DataSource(), {"gru": BabiConfig(1, "gru", epochs=1)})
    (here / "runs").mkdir()
    write_manifest(here / "runs", manifest)
    (here / "events.bin").write_bytes(bytes(range(100)))
    return here


@pytest.mark.parametrize("option", OPTIONS, ids=str)
def test_what_it_cannot_take_is_refused_by_name(
    option: Option, capsys: Capture, here: Path
) -> None:
    before = folder_contents(here)
    for value_text in option.invalid_values:
        ended = run_cli(capsys, *given(option, value_text))
        text = f"{option} {value_text[:40]!r}: {str(ended)[:600]}"
        assert (ended.returncode, ended.stdout) == (2, ""), text
        assert ended.stderr.count("error: ") == 1, text
        assert len(ended.stderr) < 700, text
        named = [
            option.flag.lstrip("-"),
            value_text[:20] if option.invalid_values == PATHS and value_text else "\0",
        ]
        assert any(name in ended.stderr for name in named), text
        assert folder_contents(here) == before, text
    figures.record("values", len(option.invalid_values))


def given(option: Option, value_text: str) -> list[str]:
    """The command line."""
    needed = NEEDED.get(option.command, [])
    if not option.flag:  # it has a place instead
        return [*option.command.split(), value_text, *needed[1:]]
    value = (
        [f"{option.flag}{value_text}"] if value_text == "=1" else [f"{option.flag}={value_text}"]
    )
    return [*option.command.split(), *needed, *value]


def test_every_command_is_walked() -> None:
    assert len({option.command for option in OPTIONS}) > 20
    assert len(OPTIONS) > 250
