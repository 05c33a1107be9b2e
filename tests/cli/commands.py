"""The command line in this process, with what it printed."""

import json
from pathlib import Path
from typing import Any

import pytest
from support import Answer

from liaf_ref.cli import main

EPOCHS = 2


def call(capsys: pytest.CaptureFixture[str], *args: object) -> Answer:
    """Run ``liaf-ref ARGS``."""
    capsys.readouterr()
    try:
        code = main([str(arg) for arg in args])
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else -1
    out, err = capsys.readouterr()
    return Answer(code, out, err)


def training(data: Path, out: Path, *more: object) -> list[object]:
    """Arguments of a short run; later options win."""
    first = ["--data", data, "--cells", "liaf", "--epochs", EPOCHS, "--lr", 0.01]
    return ["run", "babi", *first, "--validation", 0.25, "--out", out, *more]


def rows(document: str) -> list[dict[str, Any]]:
    """Results of a JSON document, without their times."""
    results = [dict(row) for row in json.loads(document)["results"]]
    for row in results:
        assert row.pop("seconds") > 0
    return results
