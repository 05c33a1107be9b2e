"""Commands write through temporary files alone; archives and pictures are what they should be."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image
from support import start_python, wait_for, write_small_task

from liaf_ref._core.atomic import write_npz
from liaf_ref._core.png import figure_to_png

WATCHED = """
import os, sys
from pathlib import Path
from liaf_ref.cli import main
import matplotlib.font_manager  # keeps a list of fonts, once

sys.dont_write_bytecode = True  # else Python caches what it compiles, once
seen = []
def watch(event, args):
    if event == "open" and isinstance(args[0], str | bytes | os.PathLike):
        path = Path(os.fsdecode(args[0]))
        writes = args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and str(path) != os.devnull and not path.is_dir():  # a file without a name
            seen.append(path)

sys.addaudithook(watch)
data = sys.argv[1]
for line in sys.argv[2:]:
    assert main([word.replace("@", data) for word in line.split()]) == 0, line
names = {path.name for path in seen}
ours = {name for name in names if name.endswith((".part", ".lock"))}
print(sorted(names - ours), len(ours))
"""


def test_while_commands_work_only_temporary_files_and_locks_are_opened(tmp_path: Path) -> None:
    data = write_small_task(tmp_path / "text")
    lines = (
        "run babi --data @ --cells liaf --validation-fraction 0.25 --epochs 2 --out run",
        "babi generate --tasks 1 --stories 5 --out generated",
        "simulate mnist-dvs --duration 50 --out one.npz",
    )
    answer = wait_for(start_python("-c", WATCHED, data, *lines, cwd=tmp_path))
    assert answer.returncode == 0, answer.stderr
    others, _, ours = answer.stdout.splitlines()[-1].rpartition(" ")
    assert others == "[]"
    assert int(ours) > 10


ARRAYS: dict[str, ArrayLike] = {
    "t": np.arange(5),
    "none": np.zeros((0, 3), np.float32),
    "text": np.array("ab"),
}
NUMPY_SAVERS = {zipfile.ZIP_STORED: np.savez, zipfile.ZIP_DEFLATED: np.savez_compressed}


@pytest.mark.parametrize(("method", "save"), NUMPY_SAVERS.items())
def test_it_is_what_numpy_writes(method: int, save: Callable[..., None]) -> None:
    ours, numpys = io.BytesIO(), io.BytesIO()
    write_npz(ours, ARRAYS, method)
    save(numpys, **ARRAYS)
    assert ours.getvalue() == numpys.getvalue()


def as_rgba(png: bytes) -> Any:
    return np.array(Image.open(io.BytesIO(png)).convert("RGBA")).astype(int)


def test_a_figure_with_a_palette_is_a_third_as_large_and_equal_to_the_eye() -> None:
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    for color in ("#0072B2", "#D55E00", "#009E73"):
        axes.plot(np.sin(np.arange(40) * len(color)), color=color, label=color)
    axes.legend()
    full, small = figure_to_png(figure, 80, None), figure_to_png(figure, 80)
    assert len(small) < 0.5 * len(full)
    assert len(Image.open(io.BytesIO(small)).convert("RGB").getcolors() or ()) <= 64
    assert np.abs(as_rgba(full) - as_rgba(small)).mean() < 1
