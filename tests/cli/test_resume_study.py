"""A study that is interrupted goes on as if it had not been."""

import json
import shutil
from pathlib import Path
from typing import Any, NoReturn

import pytest
from data.events import trees
from support import contents

from cli.commands import call
from liaf_ref.cli import run_study
from liaf_ref.cli.progress import Progress
from liaf_ref.cli.studies import STUDIES
from liaf_ref.training import checkpoint

Capture = pytest.CaptureFixture[str]
NAME = "coding"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few recordings of N-MNIST, and ``whole``, a study of them that nobody disturbed."""
    from liaf_ref.cli import main

    around = tmp_path_factory.mktemp("studies")
    trees.n_mnist(around / "N-MNIST", train=3, test=1)
    assert main([str(arg) for arg in study(around / "N-MNIST", around / "whole")]) == 0
    return around


def study(data: Path, out: Path) -> list[object]:
    short = ["--on", "n-mnist", "--partial", "--scale", "smoke", "--epochs", 2]
    return ["run", NAME, *short, "--data", data, "--out", out]


def stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def written(out: Path) -> dict[str, Any]:
    """All that a folder holds, without times and working folders."""
    held: dict[str, Any] = dict(contents(out))
    for name in list(held):
        if name.endswith(".json"):
            held[name] = json.loads(held[name], object_pairs_hook=without_times)
        if name.endswith(".npz"):
            state = checkpoint.load(out / name).state
            held[name] = {name: array.tobytes() for name, array in state.params.items()}
    return held


def without_times(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in pairs if name not in ("seconds", "cwd")}


@pytest.mark.parametrize("where", ["liaf", "lif", "measuring", "writing"])
def test_an_interrupted_study_ends_as_an_undisturbed_one(
    capsys: Capture, folder: Path, here: Path, where: str
) -> None:
    out = here / "o"
    with pytest.MonkeyPatch.context() as patch:
        if where == "measuring":
            patch.setitem(STUDIES, NAME, STUDIES[NAME]._replace(measure=stop))
        elif where == "writing":
            patch.setitem(STUDIES, NAME, STUDIES[NAME]._replace(figure=stop))
        else:
            show = Progress.show

            def shown(self: Progress, event: Any) -> None:
                show(self, event)
                if self.name == where:
                    stop()

            patch.setattr(Progress, "show", shown)
        code, printed, err = call(capsys, *study(folder / "N-MNIST", out))
    assert (code, printed) == (1, "")
    assert err.endswith(f"liaf-ref: error: interrupted; to continue: liaf-ref resume {out}\n")
    again = call(capsys, *study(folder / "N-MNIST", out))
    assert again.code == 2
    assert f"; liaf-ref resume {out} continues it, or choose another folder" in again.err
    resumed = call(capsys, "resume", out)
    assert resumed.code == 0
    assert ("liaf: has finished, and is left alone" in resumed.err) is (where != "liaf")
    assert written(out) == written(folder / "whole")
    assert f"table: {out / 'table.md'}" in resumed.out


def test_a_study_goes_on_where_its_data_are_now(
    capsys: Capture, folder: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Path(shutil.copytree(folder / "N-MNIST", here / "first"))
    with monkeypatch.context() as patch:
        patch.setitem(STUDIES, NAME, STUDIES[NAME]._replace(measure=stop))
        assert call(capsys, *study(first, here / "o")).code == 1
    first.rename(here / "second")
    lost = call(capsys, "resume", here / "o")
    assert (lost.code, lost.out) == (2, "")
    assert f"{first}: expected the data of {here / 'o'}, got no such folder; if it has" in lost.err
    trees.n_mnist(here / "other", train=2, test=1)
    other = call(capsys, "resume", here / "o", "--data", here / "other")
    assert (other.code, other.out) == (2, "")
    assert "was trained on recordings" in other.err
    moved = call(capsys, "resume", here / "o", "--data", here / "second")
    assert moved.code == 0
    assert written(here / "o")["table.md"] == written(folder / "whole")["table.md"]


def test_a_network_of_a_study_goes_on_alone(
    capsys: Capture, folder: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "show", stop)
        assert call(capsys, *study(folder / "N-MNIST", here / "o")).code == 1
    assert call(capsys, "resume", here / "o" / "liaf").code == 0
    whole = contents(folder / "whole")
    assert contents(here / "o")["liaf/metrics.jsonl"] == whole["liaf/metrics.jsonl"]
    assert not (here / "o" / "table.md").exists()


def test_a_study_that_has_ended_is_left_alone(capsys: Capture, folder: Path) -> None:
    before = contents(folder / "whole")
    code, out, err = call(capsys, "resume", folder / "whole")
    assert (code, err) == (0, f"{NAME}: has finished, and is left alone\n")
    assert before["table.md"].decode().strip() in out
    document = json.loads(call(capsys, "resume", folder / "whole", "--json").out)
    record = json.loads(before["run.json"])
    assert document == {name: record[name] for name in run_study.PRINTED}
    assert contents(folder / "whole") == before


def test_a_study_is_not_lengthened_into_plain_runs(capsys: Capture, folder: Path) -> None:
    before = contents(folder / "whole")
    run = ["run", "n-mnist", "--data", folder / "N-MNIST", "--partial", "--scale", "smoke"]
    more = ["--epochs", 3, "--cells", "liaf", "--out", folder / "whole", "--resume"]
    code, out, err = call(capsys, *run, *more)
    assert (code, out) == (2, "")
    assert f"holds runs of {NAME}, not of n-mnist; choose another folder with --out" in err
    assert contents(folder / "whole") == before


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"study": "x"}, "runs.json: expected the runs of a folder, got "),
        ({"study": ["coding"]}, "runs.json: expected the runs of a folder, got "),
        ({"study": "coding"}, "expected the networks liaf and lif of coding, got n-mnist: 'liaf'"),
    ],
)
def test_another_list_of_networks_is_refused(
    capsys: Capture, here: Path, told: dict[str, object], message: str
) -> None:
    document = {"origin": {"experiment": "n-mnist", "data": {}}, "runs": {"liaf": {"cell": "liaf"}}}
    (here / "runs.json").write_text(json.dumps(document | told))
    code, out, err = call(capsys, "resume", here)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize("record", ["{}", '{"config": 3}', '{"config": {"data": 1, "seed": 1}}'])
def test_a_record_of_something_else_is_refused(
    capsys: Capture, folder: Path, here: Path, record: str
) -> None:
    for name, content in contents(folder / "whole").items():
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_bytes(content)
    (here / "run.json").write_text(record)
    code, out, err = call(capsys, "resume", here)
    assert (code, out) == (2, "")
    assert "run.json: expected the record of a study, got another" in err
