"""A checkpoint is read back bit for bit, or refused with a reason."""

import gc
import json
import signal
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from support import Setup, trees_equal

import liaf_ref._core.atomic
from liaf_ref._core.errors import FormatError
from liaf_ref.training import checkpoint
from liaf_ref.training.checkpoint import check_compatible
from liaf_ref.training.state import EpochWeights, Score, TrainingSettings, TrainingState

SETUP = Setup(settings=TrainingSettings(epochs=3, batch_size=4, average_epochs=2))
EVENTS = SETUP.events()
LAST = EVENTS[-1].state


def saved(folder: Path) -> tuple[Path, bytes]:
    path = folder / "checkpoint.npz"
    checkpoint.save(path, EVENTS[5].state, 1.5)
    return path, path.read_bytes()


@pytest.mark.parametrize("number", range(len(EVENTS)))
def test_what_is_loaded_goes_on_as_if_never_stopped(tmp_path: Path, number: int) -> None:
    state = EVENTS[number].state
    checkpoint.save(tmp_path / "c", state, 12.25)
    loaded = checkpoint.load(tmp_path / "c")
    assert trees_equal(loaded.state, state)
    assert (loaded.seconds, loaded.run) == (12.25, "")
    assert trees_equal(tuple(SETUP.events(loaded.state)), tuple(EVENTS[number + 1 :]))


def signalled(work: Callable[[], None], left: int, files: set[str]) -> bool:
    """Whether Ctrl-C came before the given line of those that are run in some files."""

    def within(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        left -= event == "line"
        if not left:
            sys.settrace(None)
            frame.f_trace = None
            signal.raise_signal(signal.SIGINT)
        return within

    before = sys.gettrace()
    sys.settrace(lambda frame, _, __: within if frame.f_code.co_filename in files else None)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_leaves_a_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, old = saved(tmp_path)
    checkpoint.save(tmp_path / "new", LAST)
    whole = {old, (tmp_path / "new").read_bytes()}
    (tmp_path / "new").unlink()
    monkeypatch.setattr(sys, "unraisablehook", id)  # an archive that could not be closed
    files = {str(each.__file__) for each in (checkpoint, liaf_ref._core.atomic, zipfile)}
    gc.collect()  # archives of other tests, whose lines would be counted
    line = 1
    while signalled(lambda: checkpoint.save(path, LAST), line, files):
        assert path.read_bytes() in whole, line
        assert list(tmp_path.iterdir()) == [path], line
        line += 23
    gc.collect()  # those archives, while the hook is this one
    assert line > 300


def reason(path: Path) -> str:
    with pytest.raises(FormatError) as refused:
        checkpoint.load(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert refused.value.path == path
    return refused.value.reason


def test_a_flipped_bit_is_refused_or_harmless(tmp_path: Path) -> None:
    path, whole = saved(tmp_path)
    refused = 0
    for at in range(0, len(whole), 37):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << at % 8
        path.write_bytes(flipped)
        try:
            state = checkpoint.load(path).state
        except FormatError:
            refused += 1
        else:  # a bit that zip does not use, such as one of the time stamps
            assert trees_equal(state, EVENTS[5].state)
    assert refused > len(whole) / 37 / 2


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("format", "another", "expected a liaf_ref checkpoint, got another file"),
        ("version", 7, "expected checkpoint version 8, got 7"),
        ("epoch", None, "expected a complete header, got an error: KeyError"),
        ("sha256", "0", "expected content that matches the hash in its header"),
    ],
)
def test_a_file_of_another_program_is_refused(
    tmp_path: Path, name: str, value: object, expected: str
) -> None:
    path, _ = saved(tmp_path)
    arrays = dict(np.load(path))
    header = json.loads(arrays.pop("header").tobytes())
    recorded = header.pop("sha256")
    assert checkpoint.digest(header, arrays) == recorded
    changed = {key: own for key, own in (header | {name: value}).items() if own is not None}
    changed = {"sha256": checkpoint.digest(changed, arrays)} | changed
    np.savez(
        path.with_suffix(".npz"),
        header=np.frombuffer(json.dumps(changed).encode(), np.uint8),
        **arrays,
    )
    assert reason(path).startswith(expected)


@pytest.mark.parametrize("header", [{}, {"header": np.frombuffer(b"{", np.uint8)}])
def test_an_archive_without_a_header_that_can_be_read_is_refused(
    tmp_path: Path, header: dict[str, Any]
) -> None:
    np.savez(tmp_path / "c.npz", W=np.ones(2), **header)
    assert reason(tmp_path / "c.npz").startswith("expected a checkpoint, got an error: ")


PATH = Path("checkpoint.npz")
W = np.ones((2, 3), np.float32)
INITIAL = TrainingState({"W": W}, {"mW": W}, {}, running_stats={"m": W})
LATER = INITIAL._replace(
    epoch=1,
    best=EpochWeights(1, {"W": W}, {"m": W}),
    best_score=Score(0.5, 0.5),
    last_params=({"W": W},),
)
FIELDS = {"best": "params", "best_running_stats": "running_stats"}
INCOMPATIBLE: list[tuple[dict[str, Any], str]] = [
    ({}, "{group} of this run: expected the keys {name}; missing: {name}"),
    ({"": W, "zz": W}, "{group} of this run: expected the keys {name}; unknown: zz"),
    ({"": W.T}, "{name} of the {group} of this run: expected shape (2, 3) and dtype float32, got"),
    ({"": W.astype(float)}, "{name} of the {group} of this run: expected shape (2, 3) and dtype"),
]


def state_with(group: str, arrays: dict[str, Any]) -> TrainingState:
    """A later state of which one group has other arrays."""
    if group in FIELDS:
        changed: dict[str, Any] = {FIELDS[group]: arrays}
        return LATER._replace(best=LATER.best._replace(**changed))
    other: dict[str, Any] = {"last_params": (arrays,)} if group == "last0" else {group: arrays}
    return LATER._replace(**other)


@pytest.mark.parametrize(("arrays", "problem"), INCOMPATIBLE)
@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("params", "W"),
        ("optimizer_state", "mW"),
        ("running_stats", "m"),
        ("best", "W"),
        ("best_running_stats", "m"),
        ("last0", "W"),
    ],
)
def test_other_arrays_are_named(
    group: str, name: str, arrays: dict[str, Any], problem: str
) -> None:
    named = {key or name: array for key, array in arrays.items()}
    with pytest.raises(FormatError) as refused:
        check_compatible(PATH, state_with(group, named), INITIAL)
    assert refused.value.path == PATH
    assert problem.format(group=group, name=name) in refused.value.reason


def test_where_neither_has_statistics_none_are_missed() -> None:
    bare = INITIAL._replace(running_stats={})
    check_compatible(PATH, bare._replace(epoch=1, best=EpochWeights(1, {"W": W}, {})), bare)
    with pytest.raises(FormatError, match=r"running_stats of this run: .* missing: m"):
        check_compatible(PATH, bare, INITIAL)
