"""No events at all: frames of zeros through every network on frames, and files without an event."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle.network_cases import NETWORKS, NetworkSample, draw_sample

from extremes.bound_checks import FORMATS
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.data.events import EVENT, read_events
from liaf_ref.data.events.frames import events_to_frames
from liaf_ref.data.events.preprocessing import Preprocessing
from liaf_ref.oracle import table
from liaf_ref.oracle.error_bounds import tolerances

# CIFAR10-DVS has the layers of MNIST-DVS.
FRAMES = tuple(name for name in NETWORKS if name.startswith(("mnist-dvs", "gesture")))
NOTHING = np.empty(0, EVENT)


def silent(name: str) -> NetworkSample:
    """A network as it is drawn before training, on a recording of which nothing came."""
    point = draw_sample(name, 0)
    net: Any = point.net
    params = {
        key: value.astype(np.float32).astype(float)
        for key, value in net.init(np.random.default_rng(0), np.float64).items()
    }
    frames = events_to_frames(NOTHING, net.sequential.in_shape[:2], 1000, net.steps, 0).astype(
        float
    )
    assert not frames.any()
    given = {key: value[:1] for key, value in point.buffers.items()}
    return NetworkSample(net, params, (frames[None],), given, point.labels[:1])


@pytest.mark.parametrize("name", FRAMES)
def test_a_recording_without_events(name: str) -> None:
    """Every decision is made of exact numbers, so that the bound holds on ties too.

    The independent implementation runs in float64, as a backend that the bound is for, too.
    """
    point = silent(name)
    found = point.to_case()
    case = found.case()
    truth = table.run(case)
    for dtype in FORMATS:
        allowed = tolerances(case, dtype)
        logits, grads = point.run(dtype)
        answer = {found.logits: logits} | {f"grad/{found.params[n]}": g for n, g in grads.items()}
        for key, got in answer.items():
            off = abs(got.astype(float) - truth[key].astype(float))
            assert np.isfinite(off).all(), (dtype, key)
            assert (off <= allowed[key]).all(), (dtype, key, off.max())


def test_a_preparation_says_that_there_is_no_event() -> None:
    prepared = Preprocessing((4, 4), 1000, 2)
    with pytest.raises(InputError, match=r"events of a Preprocessing: expected events, or `start`"):
        prepared.to_frames(NOTHING)
    with pytest.raises(
        InputError, match=r"events of a Preprocessing: expected events from 0 to 2000"
    ):
        prepared.to_frames(NOTHING, start=0)


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_a_file_without_an_event_is_refused_by_name(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"empty.{suffix}"
    if suffix == "npy":
        np.save(path, NOTHING)
    else:
        np.savez(path, t=NOTHING["t"], x=NOTHING["x"], y=NOTHING["y"], p=NOTHING["p"])
    with pytest.raises(FormatError, match=r"empty\.np.*event"):
        read_events(path)
