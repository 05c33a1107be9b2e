"""Explain simulated platforms and installed simulators: no part is asserted wrongly."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from liaf_ref import InputError
from liaf_ref.oracle import Explanation, explain_trace
from oracle.platforms import SIMULATORS, Neuron, Recording, wrong_parts

FAST = ("sinabs", "brainstate", "bindsnet", "brian2", "snntorch", "delays", "lower bound", "xylo",
        "loihi")  # fmt: skip


@pytest.mark.parametrize("name", FAST)
def test_a_platform_is_explained_without_a_wrong_part(name: str) -> None:
    recorded = SIMULATORS[name](Neuron(3, 60, single=True))
    found = explain_trace(recorded.trace, recorded.params)
    assert found.explained
    assert list(wrong_parts(found, recorded.truth)) == []


BOTH, POTENTIAL, SPIKES = ("potential", "spikes"), ("potential",), ("spikes",)
HARD = [
    pytest.param("sinabs", 201, BOTH, id="several spikes and a reset to a value"),
    pytest.param("fixed point", 200, BOTH, id="a rounded decay with the gain of the exact one"),
    pytest.param("sinabs", 200, POTENTIAL, id="several spikes from the potential alone"),
    pytest.param("nest", 200, POTENTIAL, id="a refractory time from the potential alone"),
    pytest.param("lower bound", 200, POTENTIAL, id="a bound from the potential alone"),
    pytest.param("lower bound", 200, SPIKES, id="a bound from the spikes alone"),
    pytest.param("nengo", 200, SPIKES, id="a refractory time that ends inside a step"),
]


@pytest.mark.parametrize(("name", "seed", "columns"), HARD)
def test_no_part_is_wrong(name: str, seed: int, columns: tuple[str, ...]) -> None:
    recorded = SIMULATORS[name](Neuron(seed, single=True))
    trace = {column: recorded.trace[column] for column in ("input", *columns)}
    found = explain_trace(trace, recorded.params)
    assert found.explained
    assert list(wrong_parts(found, recorded.truth)) == []


def test_a_potential_alone_says_nothing_of_the_spikes_delay() -> None:
    recorded = SIMULATORS["spyx"](Neuron(0, 60))
    trace = {name: recorded.trace[name] for name in ("input", "potential")}
    found = explain_trace(trace, recorded.params)
    assert found.explained
    assert "spike_delay" not in found.conventions


def test_a_reset_in_every_step_does_not_pass_for_a_leak() -> None:
    x, potential, v = np.full(30, 0.4), [], 0.0
    for i in x:
        v = 0.9 * v + i - 0.125  # fires in every step
        potential.append(v)
    trace = {"input": x, "potential": potential, "spikes": np.ones(30)}
    with pytest.raises(InputError, match=r"expected steps without a spike .* among 30 steps"):
        explain_trace(trace, {"tau": 10, "dt": 1, "v_threshold": 0.125})


def test_spikes_alone_leave_both_delays_open() -> None:
    recorded = SIMULATORS["delays"](Neuron(0))
    trace = {name: recorded.trace[name] for name in ("input", "spikes")}
    found = explain_trace(trace, recorded.params)
    assert found.explained
    assert list(wrong_parts(found, recorded.truth)) == []
    assert {"input_delay", "spike_delay"} <= set(found.alternatives)


@pytest.mark.parametrize("name", ["norse"])
def test_the_input_leaves_fewer_conventions_and_the_right_one(name: str) -> None:
    class Stimulated(Neuron):
        """The same neuron with another input in front."""

        first: tuple[float, ...] = ()

        def stimulus(self, gain: float) -> list[float]:
            self.T = 20
            return [*self.first, *super().stimulus(gain)]

    def explained() -> tuple[Recording, Explanation]:
        recorded = SIMULATORS[name](Stimulated(5, drive=0.5))
        found = explain_trace(recorded.trace, recorded.params)
        assert found.explained
        assert list(wrong_parts(found, recorded.truth)) == []
        return recorded, found

    _, before = explained()
    assert before.test_input is not None
    Stimulated.first = tuple(before.test_input.tolist())
    _, after = explained()
    assert after._remaining < before._remaining


def _pulses(gain: float) -> np.ndarray:
    neuron = Neuron(1, 60)
    neuron.v_th = 1.0
    return np.array(neuron.stimulus(gain), np.float32)


def _torch_input(x: np.ndarray) -> Any:
    return pytest.importorskip("torch").from_numpy(x)


def _sinabs() -> tuple[dict[str, Any], dict[str, str]]:
    layers = pytest.importorskip("sinabs.layers")
    x = _pulses(1.0)
    layer = layers.LIF(tau_mem=10.0, norm_input=False, record_states=True)
    s = layer(_torch_input(x)[None, :, None])
    v = layer.recordings["v_mem"]
    trace = {"input": x, "potential": v.detach().numpy().ravel(),
             "spikes": s.detach().numpy().ravel()}  # fmt: skip
    return trace, {"decay": "exponential", "gain": "r", "reset": "by subtraction of v_threshold",
                   "timing": "same step", "shown": "after reset", "fires": ">="}  # fmt: skip


def _spikingjelly() -> tuple[dict[str, Any], dict[str, str]]:
    neuron = pytest.importorskip("spikingjelly.activation_based.neuron")
    x = _pulses(0.1)
    node = neuron.LIFNode(tau=10.0, decay_input=True, v_reset=0.0)
    v, s = [], []
    for i in _torch_input(x):
        s.append(float(node(i.reshape(1))))
        v.append(float(node.v))
    return {"input": x, "potential": np.array(v), "spikes": np.array(s)}, {
        "decay": "forward Euler", "gain": "r dt/tau", "reset": "to v_reset", "fires": ">=",
        "shown": "after reset"}  # fmt: skip


def _nengo() -> tuple[dict[str, Any], dict[str, str]]:
    nengo = pytest.importorskip("nengo")
    x = abs(_pulses(1 - np.exp(-0.1))).astype(np.float64)
    lif = nengo.LIF(tau_rc=10.0, tau_ref=2.0)
    state = {"voltage": np.zeros(1), "refractory_time": np.zeros(1)}
    v, s = [], []
    for i in x:
        output = np.zeros(1)
        lif.step(1.0, np.array([i]), output, **state)
        v.append(float(state["voltage"][0]))
        s.append(float(output[0]))
    return {"input": x, "potential": np.array(v), "spikes": np.array(s)}, {
        "decay": "exponential", "gain": "r (1 - a)", "reset": "to v_reset", "fires": ">",
        "refractory": "2 (ending inside a step)"}  # fmt: skip


@pytest.mark.parametrize("record", [_sinabs, _spikingjelly, _nengo])
def test_an_installed_simulator_is_explained(
    record: Callable[[], tuple[dict[str, Any], dict[str, str]]],
) -> None:
    trace, truth = record()
    found = explain_trace(trace, {"tau": 10.0, "dt": 1.0, "v_threshold": 1.0})
    assert found.explained
    assert list(wrong_parts(found, truth)) == []
