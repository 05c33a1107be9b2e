"""Sizes change one at a time, and what was predicted of the tape is what it holds."""

from dataclasses import replace

import pytest
from bench import scaling
from bench.scaling import ScalingCase

from liaf_ref._core.errors import RunError
from liaf_ref.networks import ConvBlock, NetworkConfig, dvs_network, gesture_network

SMALL = NetworkConfig(
    "mnist-dvs", (8, 8, 2), 4, (ConvBlock(4, (2, 2)), ConvBlock(6, (2, 2))), (5,), 4
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(scaling.SETTINGS, "mnist-dvs", SMALL)
    monkeypatch.setitem(scaling.SETTINGS, "gesture", replace(SMALL, name="gesture"))


@pytest.mark.usefixtures("small")
def test_one_size_changes_at_a_time() -> None:
    found = scaling.scaling_cases("mnist-dvs", "lif", 2)
    by_axis = {axis: [s for s in found if s.axis == axis] for axis in ("B", "T", "HW", "L")}
    assert [(s.value, s.batch) for s in by_axis["B"]] == [(2, 2), (4, 4), (8, 8)]
    assert [(s.value, s.steps) for s in by_axis["T"]] == [(t, t) for t in (1, 2, 4, 8)]
    assert [s.network.sequential.in_shape for s in by_axis["HW"]] == [(n, n, 2) for n in (4, 8, 12)]
    assert [dict(s.network.sequential.layers)["conv2"].out_shape[-1] for s in by_axis["L"]] == [
        3,
        6,
        12,
    ]
    for axis, points in by_axis.items():
        assert axis == "B" or {s.batch for s in points} == {2}
        assert axis == "T" or {s.steps for s in points} == {4}
        assert axis in {"HW", "L"} or {s.network for s in points} == {dvs_network(SMALL, "lif")}
    assert {s.network.name for s in found} == {"mnist-dvs-lif"}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["mnist-dvs", "gesture"])
def test_the_tape_is_as_large_as_was_stated(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    large = replace(scaling.SETTINGS[name], shape=(16, 16, 2), blocks=(ConvBlock(16, (2, 2)),))
    monkeypatch.setitem(scaling.SETTINGS, name, large)  # Python's own objects are not predicted
    found = scaling.scaling_cases(name, "liaf", 8)
    points = list(scaling.measure_scaling(found, 0))
    assert [(p.axis, p.value) for p in points] == [(s.axis, s.value) for s in found]
    for point in points:
        assert point.seconds > 0
        assert abs(point.predicted_bytes / point.tape_bytes - 1) < 0.1


def test_what_does_not_fit_is_refused_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("liaf_ref.networks.memory.available_memory", lambda: 10**7)
    net = gesture_network(network_config=SMALL)
    with pytest.raises(RunError, match=r"needs .* MB, expected at most 10 MB"):
        next(
            scaling.measure_scaling(
                [ScalingCase("B", 1, net, 1, 4), ScalingCase("B", 5000, net, 5000, 4)], 0
            )
        )
