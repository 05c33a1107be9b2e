"""``liaf-ref data``: where data sets are, and whether a folder has all of one."""

import json
import re
from pathlib import Path

import pytest
from data.events import dataset_trees
from support import folder_contents

from cli.commands import result_rows, run_cli
from liaf_ref.data.babi import generate_text
from liaf_ref.data.babi.reader import file_name
from liaf_ref.data.events.datasets.verify import published_datasets

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def small(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    dataset_trees.publish_fewer(monkeypatch, cifar10_dvs=2)
    return dataset_trees.write_cifar10_dvs(here / "CIFAR10-DVS", per_class=2)


def test_a_whole_folder_ends_with_0(capsys: Capture, small: Path) -> None:
    before = folder_contents(small)
    for folder in (small, small.parent):
        code, out, err = run_cli(capsys, "data", folder, "--verify")
        assert (code, err) == (0, "")
        assert out == f"CIFAR10-DVS in {small}: complete, 20 of 20 recordings\n"
    assert folder_contents(small) == before


def test_a_folder_that_lacks_a_file_ends_with_1(capsys: Capture, small: Path) -> None:
    (small / "cat" / "cifar10_cat_1.aedat").unlink()
    (small / "dog" / "cifar10_dog_0.aedat").write_bytes(b"")
    code, out, err = run_cli(capsys, "data", small, "--verify")
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        f"CIFAR10-DVS in {small}: incomplete, 19 of 20 recordings",
        f"  wrong    {small / 'dog' / 'cifar10_dog_0.aedat'}: the file is empty",
        "  missing  cat: 1 of 2 files found",
    ]
    code, out, err = run_cli(capsys, "data", small, "--verify", "--json")
    assert (code, err) == (1, "")
    (found,) = json.loads(out)["data"]
    assert (found["found_count"], found["complete"]) == (19, False)


@pytest.mark.parametrize("name", published_datasets())
def test_where_is_stated_for_each(capsys: Capture, name: str) -> None:
    code, out, err = run_cli(capsys, "data", "--where", name)
    facts = published_datasets()[name]
    assert (code, err) == (0, "")
    assert out.startswith(f"{facts['title']}\n  url       http")
    assert f"\n  license   {facts['license']}\n" in out
    for file, digest in facts["md5"].items():
        assert f"  md5       {digest}  {file}\n" in out
    code, out, _ = run_cli(capsys, "data", "--where", name, "--json")
    assert code == 0
    assert json.loads(out) == {"name": name, **facts}


GENERATE = ["babi", "generate", "--stories", 12, "--seed", 5]


def test_all_tasks_are_written_and_stated_of(capsys: Capture, here: Path) -> None:
    code, out, err = run_cli(capsys, *GENERATE, "--out", "o")
    assert (code, err) == (0, "")
    assert folder_contents(here) == {
        f"o/en/{file_name(task, part)}": text.encode()
        for task in range(1, 21)
        for part, text in zip(("train", "test"), generate_text(task, 12, 5), strict=True)
    }
    assert out.startswith("| task | ")
    assert len(re.findall(r"\| +QA\d+ \|", out)) == 20
    assert out.endswith("\no/en: 40 files, seed 5\n")


def test_without_stories_files_are_as_long_as_the_published_ones(
    capsys: Capture, here: Path
) -> None:
    _, out, _ = run_cli(capsys, "babi", "generate", "--tasks", "15-17", "--out", "o", "--json")
    tasks = json.loads(out)["tasks"]
    assert [row["stories"] for row in tasks] == [[250, 250], [1000, 1000], [125, 125]]
    assert [row["questions"] for row in tasks] == [[1000, 1000]] * 3


def test_once_more_is_the_same_and_other_text_is_refused(capsys: Capture, here: Path) -> None:
    arguments = [*GENERATE, "--tasks", "4", "--out", "o"]
    first = run_cli(capsys, *arguments)
    before = folder_contents(here)
    assert run_cli(capsys, *arguments) == first
    code, out, err = run_cli(capsys, *arguments, "--tasks", "3,4", "--seed", 6)
    assert (code, out) == (2, "")
    assert err == (
        "liaf-ref: error: o/en/qa4_two-arg-relations_train.txt: "
        "already contains different text; choose another folder\n"
    )
    assert folder_contents(here) == before


def test_what_is_written_can_be_run(capsys: Capture, here: Path) -> None:
    run_cli(capsys, *GENERATE, "--out", "o", "--tasks", "2,8,19")
    run = ["run", "babi", "--tasks", "2,8,19", "--cells", "lif", "--epochs", 1, "--json"]
    code, out, err = run_cli(capsys, *run, "--data", "o", "--out", "read")
    assert (code, "error" in err) == (0, False)
    assert [row["task"] for row in result_rows(out)] == [2, 8, 19]
