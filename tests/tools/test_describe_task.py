"""``python tools/describe_task.py``."""

from pathlib import Path

import describe_task
import pytest
from data.events import dataset_trees, writers

from liaf_ref.data.simulator import DigitSource

Capture = pytest.CaptureFixture[str]


def _write_sweep(folder: Path, experiment: str) -> str:
    path = folder / "sweep.toml"
    common = 'scale = "smoke"\ntrain_per_class = 2\ntest_per_class = 1'
    path.write_text(
        f'experiment = "{experiment}"\n[common]\n{common}\n[grid]\nseed = 3\ncell = "lif"'
    )
    return str(path)


def _rows(table: str) -> dict[str, list[str]]:
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    return {line[0]: line[1:] for line in lines if len(line) > 1}


def test_simulated_beside_genuine_recordings(tmp_path: Path, capsys: Capture) -> None:
    events = DigitSource(0, 150_000).events(label=3, number=0)
    content = writers.aedat2(events, rotated=True)
    dataset_trees.write_file(tmp_path / "scale8" / "mnist_3_scale08_0001.aedat", content)
    command = [_write_sweep(tmp_path, "mnist-dvs"), "--data", str(tmp_path), "--each", "1"]
    assert describe_task.main([*command, "--figure", str(tmp_path / "task.png")]) == 0
    found = _rows(capsys.readouterr().out)
    assert [found[name][0] for name in ("simulated", "simulated, class 3")] == ["10", "1"]
    last = events["t"] - events["t"][0] < 140_000  # seven frames of 20 ms
    assert found["genuine, class 3"][1].startswith(f"{last.sum() / 7:,.0f} ")
    assert (tmp_path / "task.png").read_bytes()[:4] == b"\x89PNG"


def test_genuine_recordings_alone(tmp_path: Path, capsys: Capture) -> None:
    folder = dataset_trees.write_n_mnist(tmp_path / "N-MNIST", train=1, test=1)
    sweep = _write_sweep(tmp_path, "n-mnist")
    assert describe_task.main([sweep]) == 2
    assert "--data: expected the folder of N-MNIST" in capsys.readouterr().err
    assert describe_task.main([sweep, "--data", str(folder)]) == 0
    assert _rows(capsys.readouterr().out)["genuine"][0] == "10"
