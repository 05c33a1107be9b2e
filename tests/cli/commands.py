"""The command line in this process, with what it printed."""

import json
import os
import re
import signal
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import CommandResult, folder_contents, read_outputs

from liaf_ref.cli import main
from liaf_ref.cli.command_line import build_parser
from liaf_ref.cli.options import given_values
from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.experiments.registry import EXPERIMENTS
from liaf_ref.experiments.runner.spec import expand_values

EPOCHS = 2
Cli = Callable[..., CommandResult]  # the fixture `cli`
# What the oracle does not print: several words in capitals, or one as the key of a document.
SHOUTED = re.compile(r'XX|\b[A-Z]{2,} [A-Z]{2,}\b|"[A-Z_]{3,}":')
SMALL_SPEC = """
experiment = "babi"
[common]
epochs = 2
lr = 0.01
validation_fraction = 0.25
[grid]
task = 1
cell = ["liaf", "gru"]
seed = [0, 1]
"""


def run_cli(capsys: pytest.CaptureFixture[str], *args: object) -> CommandResult:
    """Run ``liaf-ref ARGS``; its estimate, which depends on the machine, is left out."""
    capsys.readouterr()
    try:
        code = main([str(arg) for arg in args])
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else -1
    out, err = capsys.readouterr()
    assert args[0] != "oracle" or not SHOUTED.search(out + err)
    err = re.sub(r"^liaf-ref: estimate for .*\n", "", err, flags=re.MULTILINE)
    return CommandResult(code, out, err)


def dvs_configs(*args: str) -> list[DVSConfig]:
    """What ``liaf-ref run NAME ...`` on recordings would run."""
    values = given_values(build_parser(args).parse_args(args), DVSConfig)
    grid = {name: value if isinstance(value, list) else [value] for name, value in values.items()}
    return list(expand_values(EXPERIMENTS[args[1]], grid))


def training_args(data: Path, out: Path, *more: object) -> list[object]:
    """Arguments of a short run; later options win."""
    first = ["--data", data, "--cells", "liaf", "--epochs", EPOCHS, "--lr", 0.01]
    return ["run", "babi", *first, "--validation-fraction", 0.25, "--out", out, *more]


def result_rows(document: str) -> list[dict[str, Any]]:
    """Results of a JSON document, without their times."""
    results = [dict(row) for row in json.loads(document)["results"]]
    for row in results:
        assert row.pop("seconds") > 0
    return results


def run_and_kill(write: int, args: list[object]) -> int:
    """Run a command in a fork, and kill it before the Nth file is put in its place."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of threads
        child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    whole, left = Path.replace, [write]

    def replace(self: Path, target: Path) -> Path:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(self, target)

    try:
        Path.replace = replace  # type: ignore[assignment, method-assign]
        main([str(arg) for arg in args])
    finally:
        os._exit(99)


def sweep_args(spec: Path, data: Path, out: Path, *more: object) -> list[object]:
    """Arguments of ``liaf-ref``."""
    return ["sweep", spec, "--data", data, "--out", out, *more]


def check_same(one: Path, two: Path) -> None:
    """Two folders hold the same, all of the checkpoints too, but for times."""
    assert read_outputs(one) == read_outputs(two)
    assert folder_contents(one).keys() == folder_contents(two).keys()
