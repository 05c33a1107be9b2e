"""The command line in this process, with what it printed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support import CommandResult

from liaf_ref.cli import main
from liaf_ref.cli.command_line import build_parser
from liaf_ref.cli.options import given_values
from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.experiments.registry import EXPERIMENTS
from liaf_ref.experiments.runner.spec import expand_values

EPOCHS = 2


def run_cli(capsys: pytest.CaptureFixture[str], *args: object) -> CommandResult:
    """Run ``liaf-ref ARGS``; its estimate, which depends on the machine, is left out."""
    capsys.readouterr()
    try:
        code = main([str(arg) for arg in args])
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else -1
    out, err = capsys.readouterr()
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
