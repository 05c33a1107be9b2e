"""Real recordings beside simulated ones: which are read, and when."""

from pathlib import Path

import pytest

from data.events import dataset_trees, writers
from liaf_ref._core.errors import InputError
from liaf_ref.data.events.datasets import gesture
from liaf_ref.data.simulator import comparison


def only(monkeypatch: pytest.MonkeyPatch, name: str) -> comparison.ComparisonSetting:
    """Compare one data set, with recordings that take no time."""
    (found,) = (setting for setting in comparison.comparison_settings(0) if setting.name == name)
    short = found._replace(source=type(found.source)(0, 2 * found.time_window))
    monkeypatch.setattr(comparison, "comparison_settings", lambda seed: (short,))
    return short


def test_real_gestures_are_of_the_classes_simulated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = only(monkeypatch, gesture.TITLE)
    dataset_trees.write_file(tmp_path / "trials_to_train.txt", b"user01_led.aedat\n")
    dataset_trees.write_trial(tmp_path, "user01_led", dataset_trees.LABEL_ROWS)
    assert len(dataset_trees.LABEL_ROWS) == len(gesture.CLASSES) == len(setting.labels) + 1
    (found,) = comparison.compare_with_real(tmp_path, 1, 0)
    clips = gesture.gesture_clips(tmp_path / "user01_led.aedat")
    assert [one.event_count for one in found.real] == [len(each.events()) for each in clips[:-1]]


def test_a_real_recording_may_be_matlab_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "CIFAR10-DVS")
    (tmp_path / "airplane").mkdir()
    writers.mat(tmp_path / "airplane" / "0.mat", dataset_trees.random_events(0, 128, 70), 4)
    (found,) = comparison.compare_with_real(tmp_path, 1, 0)
    assert [one.event_count for one in found.real] == [70]


def test_a_folder_without_recordings_is_refused_before_anything_is_simulated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = only(monkeypatch, "CIFAR10-DVS")
    monkeypatch.setattr(type(setting.source), "events", None)
    (tmp_path / "airplane").mkdir()
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(
            InputError, match="folder of compare_with_real: expected event-camera recordings"
        ):
            next(comparison.compare_with_real(folder, 1, 0))
