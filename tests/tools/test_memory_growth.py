"""The memory of a run is measured after each epoch, for docs/quality/tests-and-packaging.md."""

import json
from pathlib import Path

import pytest
from support import start_python, wait_for

TOOL = Path(__file__).parents[2] / "tools" / "memory_growth.py"


def test_memory_is_measured_after_each_epoch(tmp_path: Path) -> None:
    options = ("--network", "n-mnist", "--cell", "lif", "--epochs", 10, "--json")
    code, out, _ = wait_for(start_python(TOOL, *options, cwd=tmp_path))
    found = json.loads(out)
    assert (found["network"], found["cell"], len(found["bytes"])) == ("n-mnist", "lif", 10)
    assert min(found["bytes"]) > 2**24
    assert found["growth"] == pytest.approx(found["bytes"][-1] / found["bytes"][1] - 1)
    assert code == int(found["growth"] >= 0.01)
    assert not list(tmp_path.iterdir())


def test_a_cell_of_another_network_is_refused(tmp_path: Path) -> None:
    process = start_python(TOOL, "--network", "n-mnist", "--cell", "gru", cwd=tmp_path)
    code, _, err = wait_for(process)
    assert code == 2
    assert "--cell: expected one of liaf, lif, " in err
