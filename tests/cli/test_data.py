"""``liaf-ref data``: where data sets are, and whether a folder has all of one."""

import json
from pathlib import Path

import pytest
from data.events import dataset_trees
from support import folder_contents

from cli.commands import run_cli
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
    assert json.loads(out) == {
        "data": [
            {
                "name": "cifar10-dvs",
                "title": "CIFAR10-DVS",
                "root": str(small),
                "found_count": 19,
                "expected_count": 20,
                "missing": ["cat: 1 of 2 files found"],
                "errors": [f"{small / 'dog' / 'cifar10_dog_0.aedat'}: the file is empty"],
                "complete": False,
            }
        ]
    }


def test_a_long_list_is_cut_short(capsys: Capture, here: Path) -> None:
    dataset_trees.write_n_mnist(here)
    code, out, _ = run_cli(capsys, "data", here, "--verify")
    assert code == 1
    assert out.count("\n") == 12
    assert out.endswith("  missing  and 10 more; --json lists all\n")
    assert (
        len(
            json.loads(run_cli(capsys, "data", here, "--verify", "--json").stdout)["data"][0][
                "missing"
            ]
        )
        == 20
    )


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
