"""Studies: from a folder to table and figure, and on after an interrupt."""

import json
import re
import shutil
from pathlib import Path
from typing import Any, NoReturn

import pytest
from data.events import dataset_trees
from support import folder_contents

from cli.commands import Cli, check_same
from liaf_ref.cli import main, run_study
from liaf_ref.cli.progress import RunProgress
from liaf_ref.experiments.coding import CODES, SUB_INTERVALS
from liaf_ref.experiments.registry import STUDIES
from liaf_ref.report.audit import counted
from liaf_ref.report.studies import STUDY_REPORTS
from liaf_ref.training.state import StepDone


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few recordings of N-MNIST, and ``trained``, a run on them."""
    whole = tmp_path_factory.mktemp("studies")
    dataset_trees.write_n_mnist(whole / "N-MNIST", train=2, test=1)
    return whole


SHORT = ["--partial", "--scale", "smoke", "--epochs", "2"]


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    where = ["--data", str(folder / "N-MNIST"), "--out", str(folder / "trained")]
    assert main(["run", "n-mnist", *SHORT, "--cells", "liaf,lif", *where]) == 0
    return folder / "trained"


def study(folder: Path, out: Path) -> list[str]:
    """Arguments of a study that trains its networks."""
    where = ["--on", "n-mnist", "--data", str(folder / "N-MNIST"), "--out", str(out)]
    return ["run", "degradation", *SHORT, *where]


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    """A study that nobody disturbed."""
    assert main(study(folder, folder / "whole")) == 0
    return folder / "whole"


def measured(cli: Cli, name: str, folder: Path, out: Path, *more: object) -> Any:
    where = ["--data", folder / "N-MNIST", "--partial", "--run", folder / "trained", "--out", out]
    code, text, _ = cli("run", name, *where, "--json", *more)
    assert code == 0
    return json.loads(text)


@pytest.mark.usefixtures("trained")
def test_degradation_starts_from_the_own_accuracy(cli: Cli, folder: Path, here: Path) -> None:
    found = measured(cli, "degradation", folder, here / "o")["result"]
    row = json.loads((folder / "trained" / "results.json").read_text())["results"][0]
    assert row["cell"] == "liaf"
    ends = found["interpolation"][0]["accuracy"], found["memory_scaling"][-1]["accuracy"]
    assert ends == (row["test_accuracy"], row["test_accuracy"])
    assert [point["share"] for point in found["interpolation"]] == [k / 10 for k in range(11)]
    assert 0 <= found["stateless_error"] < 64  # ulp: a few sums of dozens
    table = (here / "o" / "table.md").read_text()
    assert "| (1) LIF" in table
    assert "another value" in table


@pytest.mark.usefixtures("trained")
def test_efficiency_has_all_counts_of_four_tables(cli: Cli, folder: Path, here: Path) -> None:
    document = measured(cli, "efficiency", folder, here / "o")
    table = (here / "o" / "table.md").read_text()
    for row in counted():
        if row["table"] != "IV" and row["column"] != "neurons":
            assert f" {row['printed']} |" in table
            assert f" {row['computed']:,} |" in table
    liaf, lif = document["result"]["trained"]
    assert (liaf["cell"], lif["cell"]) == ("liaf", "lif")
    for found in (liaf, lif):
        assert 0 < found["effective"]["adds"] < found["dense"]["adds"]
        full, *_, least = found["pruned"]
        assert full.items() >= found["neurobench"].items()
        left = [row["effective_macs"] + row["effective_acs"] for row in found["pruned"]]
        assert left == sorted(left, reverse=True)
        assert least["activation_sparsity"] >= full["activation_sparsity"]
    assert document["result"]["at_scale"]["liaf"] == liaf["dense"]


@pytest.mark.usefixtures("trained")
def test_coding_has_a_row_for_each_code_and_k(cli: Cli, folder: Path, here: Path) -> None:
    result = measured(cli, "coding", folder, here / "o")["result"]
    assert len(result["encoded"]) == 3 * len(CODES) * len(SUB_INTERVALS)
    rows = json.loads((folder / "trained" / "results.json").read_text())["results"]
    assert result["analog"]["accuracy"] == rows[0]["test_accuracy"]
    assert result["lif"]["accuracy"] == rows[1]["test_accuracy"]
    for row in result["encoded"]:
        assert row["spikes_per_value"] <= (row["k"] if row["code"] == "rate" else 1)
    rate, first = (
        [row["accuracy"] for row in result["encoded"] if row["code"] == code]
        for code in ("rate", "first spike")
    )
    assert rate == first  # they tell the same values apart
    table = (here / "o" / "table.md").read_text()
    assert len(re.findall("axon", table)) == 2 * len(CODES) * len(SUB_INTERVALS)


CASES = {
    "--run nowhere": "--run: expected a folder with runs of liaf and lif, got no liaf",
    "--run trained --seed 1": "--seed: cannot be combined with --run",
    "--run trained --data less": "trained/liaf: expected a run on data with sha256 ",
    "--on n-mnist": "--data: expected the published folder of N-MNIST",
    "--on babi": "invalid choice: 'babi'",
    "--run trained --data N-MNIST --out trained": "or choose another",
    "--run broken --data N-MNIST": "broken/liaf: expected a run on data with sha256 ",
    "--run unread --data N-MNIST": "checkpoint.npz: expected a checkpoint",
}


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("more", CASES)
def test_what_cannot_run_ends_with_2_and_writes_nothing(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("LIAF_REF_DATA", raising=False)
    if not Path("less").exists():
        dataset_trees.write_n_mnist(Path("less"), train=3, test=1)
        for name in ("broken", "unread"):
            shutil.copytree("trained", name)
        Path("broken/liaf/run.json").write_text('{"config": {"cell": "gru"}}')
        Path("unread/liaf/checkpoint.npz").write_bytes(b"")
    before = folder_contents(folder)
    code, out, err = cli("run", "coding", "--partial", *more.split())
    assert (code, out) == (2, "")
    assert CASES[more] in err
    assert folder_contents(folder) == before


def stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def stop_at(patch: pytest.MonkeyPatch, where: str) -> None:
    """Interrupt a study in its first network's first epoch, its last's second, or after them."""
    name = "degradation"
    if where == "measuring":
        patch.setitem(STUDIES, name, STUDIES[name]._replace(measure=stop))
    elif where == "writing":
        patch.setitem(STUDY_REPORTS, name, STUDY_REPORTS[name]._replace(plot_png=stop))
    else:
        show, cells = RunProgress.update, STUDIES[name].cells
        network, epoch = (cells[0], 0) if where == "first" else (cells[-1], 1)

        def shown(self: RunProgress, name: str, event: Any) -> None:
            show(self, name, event)
            if name == network and isinstance(event, StepDone) and event.state.epoch == epoch:
                stop()

        patch.setattr(RunProgress, "update", shown)  # a signal would come at another step


@pytest.mark.parametrize("where", ["first", "last", "measuring", "writing"])
def test_an_interrupted_study_goes_on(
    cli: Cli, folder: Path, whole: Path, here: Path, where: str
) -> None:
    out, command = here / "o", study(folder, here / "o")
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, where)
        code, printed, err = cli(*command)
    assert (code, printed) == (130, "")
    assert err.endswith(f"liaf-ref: error: interrupted; to continue: liaf-ref resume {out}\n")
    again = cli(*command)
    assert again.returncode == 2
    assert f"; continue it with liaf-ref resume {out}, or choose another folder" in again.stderr
    resumed = cli("resume", out)
    assert resumed.returncode == 0
    cells = STUDIES["degradation"].cells
    finished = {"first": (), "last": cells[:-1]}.get(where, cells)
    for cell in cells:
        assert (f"{cell}: already finished, skipped" in resumed.stderr) is (cell in finished)
    check_same(out, whole)
    assert f"table: {out / 'table.md'}" in resumed.stdout


def test_a_study_that_has_ended_is_left_alone(cli: Cli, whole: Path) -> None:
    before = folder_contents(whole)
    code, out, err = cli("resume", whole)
    assert (code, err) == (0, "degradation: already finished, skipped\n")
    assert before["table.md"].decode().strip() in out
    document = json.loads(cli("resume", whole, "--json").stdout)
    record = json.loads(before["run.json"])
    assert document == {fact: record[fact] for fact in run_study.PRINTED_KEYS}
    assert folder_contents(whole) == before
