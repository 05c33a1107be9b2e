"""The command line in this process, with what it printed."""

import json
from pathlib import Path
from typing import Any

import pytest
from support import CommandResult

from liaf_ref.cli import main
from liaf_ref.cli.parser import build_parser
from liaf_ref.cli.run_dvs import _config
from liaf_ref.experiments.dvs import DVSConfig

EPOCHS = 2


def run_cli(capsys: pytest.CaptureFixture[str], *args: object) -> CommandResult:
    """Run ``liaf-ref ARGS``."""
    capsys.readouterr()
    try:
        code = main([str(arg) for arg in args])
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else -1
    out, err = capsys.readouterr()
    return CommandResult(code, out, err)


def dvs_configs(*args: str) -> list[DVSConfig]:
    """What ``liaf-ref run NAME ...`` on recordings would run."""
    given = build_parser(args).parse_args(args)
    folds = range(1, given.folds + 1) if given.folds else (None,)
    return [_config(args[1], cell, fold, given) for cell in given.cells for fold in folds]


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
