"""Data sets in their published folders: whole, in part, wrong, and verified."""

import hashlib
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.real_data import real_data_path
from liaf_ref._core.errors import DataError, FormatError, InputError
from liaf_ref.data.events import GESTURE, datasets, read_events, slice_by_time
from liaf_ref.data.events.datasets import gesture as gestures
from liaf_ref.data.events.datasets import verify as verification
from liaf_ref.data.events.datasets.layout import IMAGE_SETS
from liaf_ref.data.events.datasets.recordings import file_hash
from liaf_ref.data.events.datasets.verify import published_datasets, verify_datasets

from . import dataset_trees
from .writers import mat


def test_n_mnist_has_its_own_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset_trees.write_n_mnist(tmp_path / "N-MNIST")
    dataset_trees.publish_fewer(monkeypatch, n_mnist=(3, 2))
    train, test, missing = datasets.load_n_mnist(tmp_path)
    assert (len(train), len(test), missing) == (30, 20, ())
    assert train.labels.tolist() == sorted([*range(10)] * 3)
    assert train.recordings[3].name == "Train/1/00002.bin"
    events, label = train[3]
    assert label == 1
    assert (events == dataset_trees.random_events(2, 34)).all()
    assert train.sensor_size == test.sensor_size == (34, 34)
    assert train.title == test.title == "N-MNIST"
    assert repr(train) == "EventDataset('N-MNIST', 30 recordings of 10 classes)"
    assert [label for _, label in test] == test.labels.tolist()


@pytest.mark.parametrize("merged", [False, True])
def test_scales_are_split_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, merged: bool
) -> None:
    dataset_trees.publish_fewer(monkeypatch, mnist_dvs=5)
    dataset_trees.write_mnist_dvs(tmp_path, merged=merged)
    sets = {scale: datasets.load_mnist_dvs(tmp_path, scale) for scale in (4, 8, 16)}
    held = []
    for scale, (train, test, missing) in sets.items():
        assert (len(train), len(test), missing) == (40, 10, ())
        assert Counter(test.labels.tolist()) == dict.fromkeys(range(10), 1)
        assert not {item.path for item in train.recordings} & {r.path for r in test.recordings}
        held.append([item.path.name.replace(f"scale{scale:02}", "") for item in test.recordings])
    assert held[0] == held[1] == held[2]
    events, label = sets[16].train[0]
    number = int(sets[16].train.recordings[0].path.stem[-4:])
    assert (events == dataset_trees.random_events(100 * number + label + 16, 128)).all()


def test_cifar10_dvs_takes_aedat_and_mat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset_trees.publish_fewer(monkeypatch, cifar10_dvs=6)
    dataset_trees.write_cifar10_dvs(tmp_path)
    for label, name in enumerate(IMAGE_SETS["cifar10-dvs"].classes):
        mat(tmp_path / name / "5.mat", dataset_trees.random_events(500 + label, 128), 4, "out1")
    train, test, missing = datasets.load_cifar10_dvs(tmp_path, fraction=1 / 3, seed=1)
    assert (len(train), len(test), missing) == (40, 20, ())
    assert Counter(item.path.suffix for item in (*train.recordings, *test.recordings))[".mat"] == 10
    for item in (*train.recordings, *test.recordings):
        number = int(item.path.stem.rpartition("_")[2])
        assert (item.events() == dataset_trees.random_events(100 * number + item.label, 128)).all()


MISSING = {
    "n_mnist": r"N-MNIST in .* is incomplete: Train/0: 3 of 5,923 files found; ",
    "mnist_dvs": "scale8/0: 5 of 1,000 files found; scale8/1: 5 of 1,000 files found",
    "cifar10_dvs": "; bird: 5 of 1,000 files found and 7 more; pass partial=True",
    "gesture": r"^DVS128 Gesture in .*user01_lab\.aedat; user01_lab_labels\.csv; user01_led",
}


@pytest.mark.parametrize("name", MISSING)
def test_what_is_missing_is_stated_unless_it_is_meant(tmp_path: Path, name: str) -> None:
    load = getattr(datasets, f"load_{name}")
    getattr(dataset_trees, f"write_{name}")(tmp_path)
    with pytest.raises(DataError, match=MISSING[name]):
        load(tmp_path)
    part = load(tmp_path, partial=True)
    assert part.missing
    assert len(part.train) >= len(part.test) > 0
    with pytest.raises(DataError, match="expected a folder of the data set in one of"):
        load(tmp_path / "elsewhere")


def test_gestures_are_cut_by_their_rows(tmp_path: Path) -> None:
    dataset_trees.write_gesture(tmp_path / "DvsGesture")
    train, test, _ = datasets.load_gesture(tmp_path, partial=True)
    assert (len(train), len(test)) == (24, 24)
    assert train.labels.tolist() == [*range(11), 7] * 2
    assert train.recordings[11].name == "user01_fluorescent.aedat#12"
    whole = read_events(train.recordings[0].path)
    for item in train.recordings[:12]:
        assert item.start is not None
        assert item.stop is not None
        assert (item.events() == slice_by_time(whole, item.start, item.stop)).all()
    once, twice = (train.recordings[n].events() for n in (0, 11))  # a class may come twice
    assert (once == twice).all()
    assert GESTURE.to_frames(train[0][0], train.recordings[0].start).sum() == len(train[0][0])


HEAD = f"{gestures.LABELS_HEADER}\n"
LED = "user01_led.aedat\n"
BAD_LABELS = [
    (LED + LED, 2, "expected a name such as"),
    (LED + "\nuser02_led.aedat\n", 2, "expected a name such as"),
    ("../" + LED, 1, "expected a name such as"),
    ("1,2,3\n", 1, "expected class,startTime_usec,endTime_usec, got '1,2,3'"),
    (HEAD, None, "expected rows of gestures, got none"),
    (HEAD + "1,5,9\n\n2,5,9\n", 3, "a class from 1 to 11, a start and a later end, got ''"),
    (HEAD + "0,5,9\n", 2, "got '0,5,9'"),
    (HEAD + "1,9,9\n", 2, "got '1,9,9'"),
    (HEAD + "1,5.0,9\n", 2, "got '1,5.0,9'"),
    (HEAD + "\xe9,5,9\n", None, "expected ASCII text, got other characters"),
]


@pytest.mark.parametrize(("text", "line", "reason"), BAD_LABELS)
def test_bad_labels_name_their_line(
    tmp_path: Path, text: str, line: int | None, reason: str
) -> None:
    read = datasets.read_trials if LED in text else datasets.read_labels
    path = dataset_trees.write_file(tmp_path / "user01_led_labels.csv", text.encode("utf-8"))
    with pytest.raises(FormatError) as caught:
        read(path)
    assert (caught.value.line, caught.value.path) == (line, path)
    assert reason in str(caught.value)


def test_no_trial_is_in_both_lists_and_no_number_comes_twice(tmp_path: Path) -> None:
    for name in gestures.TRIAL_LISTS:
        dataset_trees.write_file(tmp_path / name, LED.encode())
    with pytest.raises(FormatError, match=r"in one list, got user01_led\.aedat in both"):
        datasets.load_gesture(tmp_path, partial=True)
    dataset_trees.write_mnist_dvs(tmp_path, merged=True)
    dataset_trees.write_file(tmp_path / "scale8" / "mnist_3_scale08_0002_part.aedat", b"x")
    with pytest.raises(DataError, match="expected recording 2 once, got it in"):
        datasets.load_mnist_dvs(tmp_path, partial=True)


def test_the_split_is_stratified_and_seeded() -> None:
    labels = np.repeat(np.arange(5), [10, 20, 30, 5, 5])
    train, test = datasets.stratified_split(labels, 0.2, 3)
    assert sorted([*train, *test]) == list(range(70))
    assert np.bincount(labels[test]).tolist() == [2, 4, 6, 1, 1]
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()
    every = [datasets.stratified_split(labels, 0.2, seed)[1].tolist() for seed in range(9)]
    assert every[3] == test.tolist()
    assert len(set(map(tuple, every))) == 9


@pytest.mark.parametrize("fraction", [0, 1, -0.1, float("nan"), True, 0.01, 0.99])
def test_a_split_needs_both_parts(fraction: float) -> None:
    with pytest.raises(InputError, match="fraction of stratified_split"):
        datasets.stratified_split(np.zeros(9, int), fraction, 0)


def test_the_hash_is_of_names_labels_spans_and_contents(tmp_path: Path) -> None:
    dataset_trees.write_gesture(tmp_path)
    part = datasets.load_gesture(tmp_path, partial=True).train
    before = part.sha256()
    assert datasets.load_gesture(tmp_path, partial=True).train.sha256() == before
    first, *rest = part.recordings
    for change in ({"label": 5}, {"name": "x"}, {"stop": 1 + (first.stop or 0)}, {"start": 1}):
        items = (first._replace(**change), *rest)
        assert type(part)(part.title, part.classes, part.sensor_size, items).sha256() != before
    assert part.take(np.arange(23)).sha256() != before
    content = bytearray(first.path.read_bytes())
    content[-1] ^= 1
    first.path.write_bytes(content)
    assert part.sha256() != before


def test_one_genuine_recording_cannot_be_split() -> None:
    folder = real_data_path("MNIST-DVS")
    assert len(IMAGE_SETS["mnist-dvs"].find(folder).recordings) == 2
    with pytest.raises(InputError, match="expected recordings enough of a class"):
        datasets.load_mnist_dvs(folder, partial=True)


def test_genuine_gesture_lists_and_labels() -> None:
    folder = real_data_path("DvsGesture")
    lists = [datasets.read_trials(folder / name) for name in gestures.TRIAL_LISTS]
    assert [len(names) for names in lists] == [98, 24]
    users = [{int(name[4:6]) for name in names} for names in lists]
    assert users == [set(range(1, 24)), set(range(24, 30))]
    rows = datasets.read_labels(folder / "user01_natural_labels.csv")
    assert sorted(row.label + 1 for row in rows) == sorted([*range(1, 12), 8])
    clips = gestures.gesture_clips(folder / "reencoded_user91_lab.aedat")
    assert [clip.label for clip in clips] == list(range(10))
    assert sum(len(clip.events()) for clip in clips) == 339_180
    with pytest.raises(DataError, match=r"at least one recording, .* found reencoded_user91_lab"):
        datasets.load_gesture(folder, partial=True)


def test_recordings_of_no_trial_are_named(tmp_path: Path) -> None:
    folder = dataset_trees.write_gesture(tmp_path)
    whole = datasets.load_gesture(folder, partial=True)
    dataset_trees.write_trial(folder, "user99_lab", dataset_trees.LABEL_ROWS)
    (folder / "user01_fluorescent_labels.csv").unlink()
    names = r"not used: user01_fluorescent\.aedat; user99_lab\.aedat$"
    with pytest.warns(UserWarning, match=names):
        rest = datasets.load_gesture(folder, partial=True)
    assert len(rest.train) < len(whole.train)


LISTS = {"trials_to_train.txt": ("user01_led", "user02_led"), "trials_to_test.txt": ("user24_led",)}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the data sets were as small as those of dataset_trees.py, and not gigabytes."""
    dataset_trees.publish_fewer(monkeypatch, n_mnist=(3, 2), mnist_dvs=5, cifar10_dvs=5)
    counts = {name: len(trials) for name, trials in LISTS.items()}
    monkeypatch.setattr(gestures, "TRIAL_LISTS", counts)
    rows = {name: 11 * count for name, count in counts.items()}
    monkeypatch.setattr(verification, "GESTURES_PER_LIST", rows)


def small_gesture(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file, listed in LISTS.items():
        content = "".join(f"{name}.aedat\n" for name in listed).encode()
        dataset_trees.write_file(folder / file, content)
        digests = published_datasets()["gesture"]["sha256"]
        monkeypatch.setitem(digests, file, hashlib.sha256(content).hexdigest())
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
    assert [finding.found_count for finding in found] == [50, 150, 50, 3]
    assert [finding.expected_count for finding in found] == [50, 150, 50, 3]
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
    archive_path = tmp_path / "Train.zip"
    assert archive.startswith(f"{archive_path}: expected md5 20959b8e626244a1b502305a9e6e2031, ")
    digests = published_datasets()["n-mnist"]["md5"]
    monkeypatch.setitem(digests, "Train.zip", file_hash(archive_path, "md5"))
    shutil.rmtree(root)
    (finding,) = verify_datasets(tmp_path)
    assert finding.missing == ["all recordings: the archives are not unpacked"]
    assert not finding.errors


@pytest.mark.usefixtures("few")
def test_labels_and_lists_are_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    (tmp_path / "trials_to_test.txt").write_bytes(b"user02_led.aedat\n")
    assert "trials_to_test.txt: expected each trial in one list, got " in wrong()[1][0]


def test_other_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a folder of N-MNIST, MNIST-DVS"):
        verify_datasets(tmp_path)
    for path in (tmp_path / "missing", dataset_trees.write_file(tmp_path / "file", b"")):
        with pytest.raises(DataError, match="expected an existing folder"):
            verify_datasets(path)
