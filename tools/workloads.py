"""Small pieces of work that write files, and what they have written, without times."""

import contextlib
import io
import json
import re
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import matplotlib.backends.backend_agg
import matplotlib.figure
import matplotlib.font_manager  # noqa: F401
import numpy as np

from liaf_ref.cli import main
from liaf_ref.data.babi import write_task
from liaf_ref.oracle import golden
from liaf_ref.report.build import build_report, collect_runs
from liaf_ref.report.render import render_report

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from data.events import dataset_trees, writers

SPEC = """experiment = "babi"
[common]
epochs = 3
lr = 0.01
validation_fraction = 0.25
[grid]
task = 1
cell = ["liaf", "gru"]
seed = [0, 1]
"""
RECORDS = ("run.json", "manifest.json", "results.json")
IGNORED_KEYS = (
    "seconds",
    "cwd",
)  # what is the run's own in them: its times, and its working folder


class Workload(NamedTuple):
    """What is done, below the working folder, in ``out``.

    Parameters
    ----------
    kind : str
        training, sweeping, exporting or reporting.
    begin : callable
        Does it, given the folder of the inputs.
    again : callable
        Continues it, or does it again.
    """

    kind: str
    start: Callable[[Path], int]
    resume: Callable[[Path], int]


OUT = Path("out")


def _command(*args: object) -> Callable[[Path], int]:
    """A command, ``{}`` being the folder of the inputs."""

    def run(inputs: Path) -> int:
        return main([str(arg).format(inputs) for arg in args])

    return run


def _resumable_training(*args: object) -> Workload:
    begin = _command("run", *args, "--out", OUT)

    def again(inputs: Path) -> int:
        return main(["resume", str(OUT)]) if (OUT / "manifest.json").exists() else begin(inputs)

    return Workload("training", begin, again)


def _repeatable(kind: str, run: Callable[[Path], int]) -> Workload:
    return Workload(kind, run, run)


def _until_complete(run: Callable[[Path], int], last_file: Path) -> Workload:
    """What is refused where it is whole already: done again unless its last file is there."""

    def again(inputs: Path) -> int:
        return 0 if last_file.exists() else run(inputs)

    return Workload("reporting" if last_file.suffix == ".html" else "exporting", run, again)


def _weights(inputs: Path) -> int:
    """A network as safetensors and as NIR, a few times over."""
    from liaf_ref.interop import nir, weights  # noqa: PLC0415 - optional packages
    from liaf_ref.layers import Dense, DenseLIF  # noqa: PLC0415

    del inputs
    rng = np.random.default_rng(0)
    parts = [DenseLIF(100, 200), Dense(200, 10)]
    chain = [nir.Stage(part, part.init(rng, np.float64)) for part in parts]
    OUT.mkdir(exist_ok=True)
    for _ in range(20):
        for k, stage in enumerate(chain):
            weights.save_weights(OUT / f"{k}.safetensors", stage.params, stage.layer)
        nir.write(OUT / "chain.nir", nir.to_nir(chain))
    return 0


def _report(inputs: Path) -> int:
    """The command, but for what it does before it writes: that was done once, before all kills."""
    with (
        mock.patch("liaf_ref.report.build.build_report", return_value=rendered_report[0]),
        mock.patch("liaf_ref.report.render.render_report", return_value=rendered_report[1]),
    ):
        return main(["report", str(inputs / "runs" / "babi"), "--out", str(OUT)])


def _export(_: Path) -> int:
    """The command, but for reading the set that comes with the package: that was done once."""
    with mock.patch("liaf_ref.oracle.golden.golden_cases", return_value=golden_cases):
        return main(["oracle", "export", str(OUT), "--level", "L0"])


golden_cases: list[Any] = []  # of the golden set, L0
rendered_report: list[Any] = []  # the report of the inputs, and its files


def prepare(inputs: Path, names: Collection[str]) -> None:
    """Make the data, recordings and specification that works read, and what they report."""
    write_task(inputs / "text", 1, stories=8, seed=1)
    dataset_trees.write_n_mnist(inputs / "N-MNIST", train=3, test=2)
    (inputs / "sweep.toml").write_text(SPEC, "utf-8")
    event = dataset_trees.random_events(0, 34)
    (inputs / "events.bin").write_bytes(writers.nmnist(event))
    if "oracle export" in names:
        golden_cases[:] = [case for case in golden.golden_cases() if case.case.level == "L0"]
    if any(WORKLOADS[name].kind == "reporting" for name in names):
        _prepare_report(inputs)


def _prepare_report(inputs: Path) -> None:
    run, text = (
        _command("run", *BABI_OPTIONS, "--track-test", "--out", "{}/runs/babi"),
        io.StringIO(),
    )
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        code = run(inputs)
    if code:
        raise RuntimeError(text.getvalue())
    report = build_report(collect_runs([inputs / "runs" / "babi"]))
    rendered_report[:] = report, render_report(report)


BABI_OPTIONS = ("babi", "--data", "{}/text", "--validation-fraction", 0.25, "--cells", "liaf,gru")
DVS_OPTIONS = (
    *("n-mnist", "--data", "{}/N-MNIST", "--partial", "--cells", "lif", "--scale", "smoke"),
    *("--epochs", 2, "--batch-size", 4),
)
STUDY_OPTIONS = (
    *("coding", "--on", "n-mnist", "--data", "{}/N-MNIST", "--partial", "--scale", "smoke"),
    *("--epochs", 2),
)
SWEEP_ARGUMENTS = ("sweep", "{}/sweep.toml", "--data", "{}/text", "--out", OUT)
WORKLOADS = {
    "run babi": _resumable_training(*BABI_OPTIONS, "--epochs", 8),
    "run n-mnist": _resumable_training(*DVS_OPTIONS, "--cache", "cache"),
    "run coding": _resumable_training(*STUDY_OPTIONS),
    "sweep --jobs 1": _repeatable("sweeping", _command(*SWEEP_ARGUMENTS)),
    "sweep --jobs 2": _repeatable("sweeping", _command(*SWEEP_ARGUMENTS, "--jobs", 2)),
    "oracle export": _repeatable("exporting", _export),
    "babi generate": _repeatable(
        "exporting", _command("babi", "generate", "--tasks", "1-3", "--stories", 8, "--out", OUT)
    ),
    "simulate": _repeatable(
        "exporting", _command("simulate", "mnist-dvs", "--duration", 50, "--out", "out.npz")
    ),
    "events": _until_complete(
        _command("events", "{}/events.bin", "--format", "n-mnist", "--out", OUT),
        OUT / "events.gif",
    ),
    "weights and NIR": _repeatable("exporting", _weights),
    "report": _until_complete(_report, OUT / "index.html"),
    "table03": _repeatable(
        "reporting", _command("table03", "{}/runs/babi", "--csv", "ends.csv", "--out", "table.md")
    ),
}


def read_outputs(folder: Path) -> dict[str, Any]:
    """All files below a folder that bear their names, but for times and the working folder."""
    paths = (path for path in sorted(folder.rglob("[!.]*")) if path.is_file())
    return {str(path.relative_to(folder)): _comparable_content(path, folder) for path in paths}


def _comparable_content(path: Path, folder: Path) -> Any:
    content = path.read_bytes()
    if path.name in RECORDS:
        # A manifest names the folder of kept frames in full.
        text = json.dumps(_without_ignored(json.loads(content)))
        return text.replace(str(folder.resolve()), ".")
    if path.name == "checkpoint.npz":
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(arrays.pop("header").tobytes())
        state = {name: (x.dtype.str, x.shape, x.tobytes()) for name, x in arrays.items()}
        del header["seconds"], header["sha256"]  # the digest is of the seconds too
        return header, state
    if path.name == "table.md" and re.search(rb"\|\s*s \|\n", content):
        return re.sub(rb"[^|]*\|$", b"", content, flags=re.MULTILINE)  # the column of seconds
    return content


def _without_ignored(record: Any) -> Any:
    if isinstance(record, list):
        return [_without_ignored(item) for item in record]
    if not isinstance(record, dict):
        return record
    return {
        name: _without_ignored(value) for name, value in record.items() if name not in IGNORED_KEYS
    }
