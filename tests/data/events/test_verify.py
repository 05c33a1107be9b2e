"""Folders held against what was published."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from liaf_ref._core.errors import DataError, InputError
from liaf_ref.data.events.datasets import gesture as gestures
from liaf_ref.data.events.datasets import verify as verification
from liaf_ref.data.events.datasets.recordings import file_hash
from liaf_ref.data.events.datasets.verify import published_datasets, verify_datasets

from . import dataset_trees


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the data sets were as small as those of dataset_trees.py."""
    dataset_trees.publish_fewer(monkeypatch, n_mnist=(3, 2))
    dataset_trees.publish_fewer(monkeypatch, mnist_dvs=5)
    dataset_trees.publish_fewer(monkeypatch, cifar10_dvs=5)
    monkeypatch.setattr(
        gestures, "TRIAL_LISTS", {"trials_to_train.txt": 2, "trials_to_test.txt": 1}
    )
    monkeypatch.setattr(
        verification, "GESTURES_PER_LIST", {"trials_to_train.txt": 22, "trials_to_test.txt": 11}
    )


def small_gesture(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {
        "trials_to_train.txt": ("user01_led", "user02_led"),
        "trials_to_test.txt": ("user24_led",),
    }
    for file, listed in names.items():
        content = "".join(f"{name}.aedat\n" for name in listed).encode()
        dataset_trees.write_file(folder / file, content)
        monkeypatch.setitem(
            published_datasets()["gesture"]["sha256"], file, hashlib.sha256(content).hexdigest()
        )
        for name in listed:
            dataset_trees.write_trial(folder, name, dataset_trees.LABEL_ROWS)


@pytest.mark.usefixtures("few")
def test_what_is_whole_is_stated_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset_trees.write_n_mnist(tmp_path / "N-MNIST")
    dataset_trees.write_mnist_dvs(tmp_path / "MNIST-DVS")
    dataset_trees.write_cifar10_dvs(tmp_path / "CIFAR10-DVS")
    small_gesture(tmp_path / "DvsGesture", monkeypatch)
    found = verify_datasets(tmp_path)
    assert [finding.name for finding in found] == ["n-mnist", "mnist-dvs", "cifar10-dvs", "gesture"]
    assert [(finding.found_count, finding.expected_count) for finding in found] == [
        (50, 50),
        (150, 150),
        (50, 50),
        (3, 3),
    ]
    assert all(finding.complete for finding in found)
    names = ("N-MNIST", "MNIST-DVS", "CIFAR10-DVS", "DvsGesture")
    assert [finding.root for finding in found] == [tmp_path / name for name in names]


@pytest.mark.usefixtures("few")
def test_what_is_missing_or_wrong_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = dataset_trees.write_n_mnist(tmp_path / "NMNIST")
    (root / "Train" / "3" / "00004.bin").unlink()
    (root / "Test" / "4" / "00005.bin").write_bytes(b"")
    dataset_trees.write_file(tmp_path / "Train.zip", b"cut short")
    (finding,) = verify_datasets(tmp_path)
    assert not finding.complete
    assert finding.missing == ["Train/3: 2 of 3 files found"]
    empty, archive = finding.errors
    assert empty == f"{root / 'Test' / '4' / '00005.bin'}: the file is empty"
    assert archive.startswith(
        f"{tmp_path / 'Train.zip'}: expected md5 20959b8e626244a1b502305a9e6e2031, "
    )


@pytest.mark.usefixtures("few")
def test_labels_and_lists_of_gestures_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_gesture(tmp_path, monkeypatch)

    def wrong() -> Any:
        (finding,) = verify_datasets(tmp_path)
        return finding.missing, finding.errors

    assert wrong() == ([], [])
    labels = tmp_path / "user02_led_labels.csv"
    text = labels.read_text()
    labels.write_text(text + "3,1,2\n")
    assert wrong() == ([], ["trials_to_train.txt: expected 22 gestures, got 23"])
    labels.write_text(text + "3,2,1\n")
    assert f"{labels}:13: expected a class from 1 to 11" in wrong()[1][0]
    labels.unlink()
    assert wrong() == (["user02_led_labels.csv"], [])
    (tmp_path / "trials_to_test.txt").write_bytes(b"user24_led.aedat\r\n")
    assert "trials_to_test.txt: expected sha256 " in wrong()[1][0]


def test_archives_are_held_against_their_checksums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = dataset_trees.write_file(tmp_path / "airplane.zip", b"zip")
    monkeypatch.setitem(
        published_datasets()["cifar10-dvs"]["md5"], "airplane.zip", file_hash(archive, "md5")
    )
    dataset_trees.write_file(tmp_path / "bird.zip", b"not it")
    (finding,) = verify_datasets(tmp_path)
    assert (finding.name, finding.found_count, finding.expected_count) == ("cifar10-dvs", 0, 10_000)
    assert finding.missing == ["all recordings: the archives are not unpacked"]
    (wrong,) = finding.errors
    assert wrong.startswith(
        f"{tmp_path / 'bird.zip'}: expected md5 a9c207c91c55b9dc2002dc21c684d785"
    )


def test_other_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a folder of N-MNIST, MNIST-DVS"):
        verify_datasets(tmp_path)
    for path in (tmp_path / "missing", dataset_trees.write_file(tmp_path / "file", b""), "a\0b"):
        with pytest.raises(DataError, match="expected an existing folder"):
            verify_datasets(path)
    with pytest.raises(DataError, match="cannot be read: File name too long"):
        verify_datasets(tmp_path / ("a" * 300))
    with pytest.raises(InputError, match="folder"):
        verify_datasets(3)  # type: ignore[arg-type]
