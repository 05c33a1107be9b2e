"""A failed training names the layer and the step of the first non-finite value."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from data.events import dataset_trees
from support import small_task

from liaf_ref._core.errors import TrainingError
from liaf_ref.experiments import babi, dvs

BABI = babi.BabiConfig(
    task=1, cell="liaf", epochs=9, batch_size=8, validation_fraction=0.25, optimizer="sgd"
)
N_MNIST = replace(dvs.DVSConfig("n-mnist", "liaf", "smoke"), epochs=2, batch_size=8)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"lr": 30.0},
            r"the output is -?(inf|nan) at time step \d+ of 65 in story, DenseLIAF\(50, ",
        ),
        # Products beyond float32 of both signs: inf or nan, as BLAS adds them up.
        ({"lr": 1e25, "optimizer": "adam"}, r"the output is (-?inf|nan) at time step 1 of 65 "),
        ({"lr": 1e39}, r"story\.E is -?inf after an update of Embedding\("),
        ({"lr": 1e3, "cell": "lif"}, r"the gradient in .* is (-?inf|nan).* in story, DenseLIF\("),
    ],
)
def test_babi_names_the_layer_and_the_step(
    tmp_path: Path, changes: dict[str, object], expected: str
) -> None:
    pattern = rf"^epoch 1, batch \d: the (loss|gradient) .*; first non-finite value: {expected}"
    with pytest.raises(TrainingError, match=pattern) as failed:
        list(babi.EXPERIMENT.run(small_task(), replace(BABI, **changes), tmp_path))  # type: ignore[arg-type]
    record = json.loads((tmp_path / "run.json").read_bytes())
    assert (record["status"], record["error"]) == ("failed", str(failed.value))


def test_a_parameter_out_of_range_after_the_last_batch_is_named() -> None:
    config = replace(BABI, lr=1e39, batch_size=1000)
    pattern = (
        r"^epoch 1, after batch 1: the parameter .*; first non-finite value: .* after an update"
    )
    with pytest.raises(TrainingError, match=pattern):
        list(babi.EXPERIMENT.run(small_task(), config))


@pytest.mark.parametrize("processes", [1, 2])
def test_a_network_on_frames_names_them_too(tmp_path: Path, processes: int) -> None:
    folder = dataset_trees.write_n_mnist(tmp_path / "N-MNIST", train=2, test=1)
    config = replace(N_MNIST, lr=1e30, processes=processes)
    data = dvs.load_frames(config, folder, partial=True)
    origin = r"the output is (-?inf|nan) at time step \d of 5 in "
    pattern = rf"^epoch 1, batch 2: .*; first non-finite value: {origin}"
    with pytest.raises(TrainingError, match=pattern):
        list(dvs.DVSExperiment(config.experiment).run(data, config))


def test_nothing_of_the_diagnosis_is_loaded_while_all_is_well() -> None:
    code = (
        "import sys; from liaf_ref.cli.command_line import build_parser; build_parser()\n"
        "print([name for name in sys.modules if 'networks.nonfinite' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
