"""Golden cases as ONNX backend tests: two programs pass all of them, and the folders are ONNX's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from interop.onnx_runtimes import run_model
from support import LazyModule

from liaf_ref.cli import main
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.golden.onnx_cases import nodes_without_loss, save_onnx, to_onnx_model
from liaf_ref.oracle.opset import LOSSES, OPS
from oracle.golden_sets import all_golden_cases, golden_cases_named

onnx = LazyModule("onnx")


def exported(level: str) -> list[GoldenCase]:
    return [g for g in all_golden_cases() if g.case.level == level and nodes_without_loss(g.case)]


@pytest.mark.parametrize(
    ("level", "dtype"), [*((f"L{k}", "float32") for k in range(5)), ("L0", "float64")]
)
def test_the_cases_of_a_level_are_within_their_tolerances(level: str, dtype: str) -> None:
    for golden in exported(level):
        model, case = to_onnx_model(golden.case, dtype), golden.case.astype(dtype)
        inputs = [value.name for value in model.graph.input]
        outputs = run_model(model, {name: case[name] for name in inputs})
        for name in (value.name for value in model.graph.output):
            error = abs(outputs[name] - golden.expected[name])
            assert (error <= golden.tolerance[dtype][name]).all(), golden.name


def test_every_operation_but_a_loss_is_in_an_exported_case() -> None:
    cases = [g.case for level in ("L0", "L1", "L2") for g in exported(level)]
    assert {node.op for case in cases for node in case.nodes} >= set(OPS) - set(LOSSES)


def test_the_files_of_a_folder_are_a_passing_test(tmp_path: Path) -> None:
    cases = {f"test_{g.name}": g for g in exported("L0")[::60]}
    save_onnx(tmp_path, cases.values(), "float32")
    assert {folder.name for folder in tmp_path.iterdir()} == set(cases)
    for name, golden in cases.items():
        assert_passes(tmp_path / name, golden)


def assert_passes(folder: Path, golden: GoldenCase) -> None:
    """Read and judge the files of a case as a runner does, with the stored tolerances."""
    model = onnx.load(folder / "model.onnx")
    names = [value.name for value in model.graph.input]
    feeds = tensors(folder, "input")
    assert list(feeds) == names
    tolerances = tensors(folder, "tolerance")
    outputs = run_model(model, feeds)
    for name, expected in tensors(folder, "output").items():
        assert outputs[name].dtype == expected.dtype == np.float32
        assert (abs(outputs[name].astype(float) - expected) <= tolerances[name]).all()
        # The stored output is rounded itself.
        least = golden.tolerance["float32"][name] + abs(expected - golden.expected[name])
        assert (tolerances[name] >= least).all()
        assert (tolerances[name] <= 1.01 * least).all()


def tensors(folder: Path, kind: str) -> dict[str, Any]:
    count = len(list((folder / "test_data_set_0").glob(f"{kind}_*.pb")))
    files = (folder / "test_data_set_0" / f"{kind}_{k}.pb" for k in range(count))
    found = [onnx.load_tensor(file) for file in files]
    return {each.name: onnx.numpy_helper.to_array(each) for each in found}


@pytest.fixture
def few_cases(monkeypatch: pytest.MonkeyPatch) -> list[GoldenCase]:
    """Two cases of a loss and one of a neuron, whichever the levels."""
    few = golden_cases_named("l0_softmax_ce", "l0_mse", "l0_lif_all_mu0300")
    # Losses are in L0 alone, whose 239 cases take half a minute.
    monkeypatch.setattr("liaf_ref.oracle.golden.golden_cases", lambda levels: few)
    return list(few)


def test_the_command_writes_the_cases_and_says_what_it_skips(
    tmp_path: Path, few_cases: list[GoldenCase], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["oracle", "export-onnx", str(tmp_path / "new")]
    assert main([*words, "--dtype", "float64"]) == 0
    assert capsys.readouterr().out == (
        f"{tmp_path / 'new'}: 1 case in float64\nskipped 2 cases that only compute a loss\n"
    )
    (folder,) = (tmp_path / "new").iterdir()
    assert folder.name == f"test_{few_cases[-1].name}"
    assert tensors(folder, "input")["in/X"].dtype == np.float64
    assert main(words) == 2
    assert "expected a new or an empty folder, got one with files in it" in capsys.readouterr().err


def test_only_what_is_read_is_an_input() -> None:
    (golden,) = golden_cases_named("l0_batch_norm_dense_steps")
    assert golden.case.nodes[0].options["statistics"] == "batch"
    inputs = {value.name for value in to_onnx_model(golden.case, "float32").graph.input}
    assert set(golden.case) - inputs >= {"fix/z.m", "fix/z.v"}
