"""Explain a recorded trace: the conventions it was recorded with are found."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.commands import run_cli
from data.real_data import real_data_path

from liaf_ref import InputError
from liaf_ref.interop.nir import read_neuron
from liaf_ref.oracle import Explanation, explain_trace
from liaf_ref.oracle.explain.explanation import in_short
from oracle.platforms import SIMULATORS, Neuron, wrong_parts
from oracle.recorded_neuron import (
    CONVENTIONS,
    PARAMS,
    SUBTRACT,
    Convention,
    draw_input,
    numbers,
    record,
)

T = 60


def recording(truth: Convention, number: Any = float) -> dict[str, Any]:
    return record(truth, draw_input(truth, T, np.random.default_rng(0)), number)


def assert_found(found: Explanation, truth: Convention | dict[str, str]) -> None:
    assert found.explained
    assert [*wrong_parts(found, truth if isinstance(truth, dict) else truth._asdict())] == []


@pytest.mark.parametrize("number", [float, np.float32])
@pytest.mark.parametrize("truth", CONVENTIONS)
def test_any_convention_is_found_from_potential_and_spikes(truth: Convention, number: Any) -> None:
    trace = recording(truth, number)
    found = explain_trace(trace, PARAMS)
    assert_found(found, truth)
    assert found.precision == ("float64" if number is float else "float32")
    assert found.numbers == pytest.approx(numbers(truth))
    assert found.largest_error < 2 * np.finfo(number).eps * abs(trace["potential"]).max()


@pytest.mark.parametrize("truth", CONVENTIONS)
def test_a_wrong_step_is_the_first_departure(truth: Convention) -> None:
    trace, step = recording(truth, np.float32), 25
    error = 1e-4 * abs(trace["potential"]).max()
    trace["potential"][step] += error
    found = explain_trace(trace, PARAMS)
    assert 1 <= found.departures <= 2  # the next step follows from it
    first: dict[str, Any] = found.first_departure or {}
    assert (first["step"], first["column"], found.second_state) == (step, "potential", "")
    assert first["recorded"] - first["expected"] == pytest.approx(error, rel=1e-2)
    assert f"first departure: step {step}: potential" in str(found)
    trace = recording(truth, np.float32)
    step = np.flatnonzero(trace["spikes"])[3]
    trace["spikes"][step] = 0
    found = explain_trace(trace, PARAMS)
    wrong = {"step": step, "column": "spikes", "expected": 1.0, "recorded": 0.0}
    assert found.first_departure == wrong or truth.spike_delay != "0"


def write_csv(path: Path, trace: dict[str, Any], digits: int = 17) -> Path:
    rows = zip(*trace.values(), strict=True)
    text = "\n".join(",".join(f"{number:.{digits}g}" for number in row) for row in rows)
    path.write_text(f"{','.join(trace)}\n{text}\n")
    return path


def test_it_is_found_in_a_rounded_file(tmp_path: Path) -> None:
    truth = Convention("exponential", "r (1 - a)", shown="before reset")
    x = [float(f"{i:.3g}") for i in draw_input(truth, T, np.random.default_rng(0))]
    trace = record(truth, np.array(x))
    path = write_csv(tmp_path / "t.csv", dict(reversed(trace.items())), 3)
    found = explain_trace(path, PARAMS)
    assert_found(found, truth)
    assert "decay" not in found.alternatives  # which the steps one by one leave open
    path.write_text(path.read_text().partition("\n")[2])  # without the header
    assert str(explain_trace(path, PARAMS, columns=tuple(reversed(trace)))) == str(found)
    with pytest.raises(InputError, match=r"columns of .*t.csv: expected one of input, .* 'volts'"):
        explain_trace(path, PARAMS, columns=("input", "volts"))


def test_the_last_spike_may_come_after_the_record() -> None:
    truth = Convention(spike_delay="1")
    x = draw_input(truth, T, np.random.default_rng(0))
    x[-1] = 10.0
    assert_found(explain_trace(record(truth, x), PARAMS), truth)


@pytest.mark.parametrize("delay", ["0", "2"])
def test_it_is_found_from_the_spikes_alone(delay: str) -> None:
    truth = Convention(leak="0", reset="to 0", input_delay=delay, spike_delay=delay)
    trace = recording(truth)
    step = int(trace.pop("potential").argmin())
    params = {"tau": 10, "dt": 1, "r": 1.5, "v_threshold": 1}
    assert_found(explain_trace(trace, params), truth)
    trace["spikes"][step] = 1
    first: dict[str, Any] = explain_trace(trace, params).first_departure or {}
    assert first["step"] >= step  # of the convention that departs the latest
    assert (first["column"], first["expected"] + first["recorded"]) == ("spikes", 1)
    with pytest.raises(InputError, match="got no tau; give it with --params or --tau"):
        explain_trace(trace, {"dt": 1, "v_threshold": 1})


def test_unknown_parameters_are_fitted() -> None:
    truth = Convention(reset=SUBTRACT, leak="0")
    trace = recording(truth)
    found = explain_trace({name: column[5:] for name, column in trace.items()})
    assert found.explained
    assert found.numbers == pytest.approx(numbers(truth))
    texts = ("a = 0.9)", "b = 0.15)", f"R = {trace['potential'][4]:.6g})")
    assert [text for text in texts if text not in str(found)] == []


@pytest.mark.parametrize("fires", [">=", ">"])
def test_a_tie_decides_between_both_comparisons(fires: str) -> None:
    x, potential, spikes, v = [0.5, 0, 2, 0.25, 0, 3, 0, 0], list[float](), list[float](), 0.0
    for value in x:  # U = 1.0625 exactly at step 2
        U = 0.5 * v + 0.5 * value
        spikes.append(float(U > 1.0625 or (U == 1.0625 and fires == ">=")))
        v = 0.0 if spikes[-1] else U
        potential.append(v)
    trace = {"input": x, "potential": potential, "spikes": spikes}
    found = explain_trace(trace, {"tau": 2, "dt": 1, "v_threshold": 1.0625})
    assert found.explained
    assert found.conventions["fires"] == fires


def test_the_input_tells_the_remaining_conventions_apart() -> None:
    x = np.array([0, 4, 0, 0, 1, 0, 0, 12, 0, 0, 0, 0.0])
    short = record(Convention(), x)
    found = explain_trace(short, PARAMS)
    assert set(found.alternatives["fires"]) == {">=", ">"}
    assert found.test_input is not None
    assert found.results > 1
    longer = np.concatenate([found.test_input, np.zeros(20), x])
    for fires in (">=", ">"):
        truth = Convention(fires=fires)
        decided = explain_trace(record(truth, longer), PARAMS)
        assert decided.explained
        assert decided.conventions["fires"] == fires


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input,potential\n0,1\n0,1,2\n", ":3: expected 2 columns (input, potential), got 3"),
        ("input,potential\n0,1\n0,nan\n", ":3: expected a finite number for potential, got 'nan'"),
        ("input,v,u\n0,0,0\n", "expected each column once, got potential twice"),
        ("input,s\n0,0\n0,0\n0,.5\n0,1\n", "expected a count of spikes in each step, got 0.5"),
        ("input,v [furlong]\n0,0\n", "expected a unit like mV, ms or nA, got 'furlong'"),
    ],
)
def test_an_invalid_file_is_refused_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        explain_trace(path)
    assert str(path) in str(caught.value)


def test_a_neuron_without_an_input_is_refused(tmp_path: Path) -> None:
    (path := tmp_path / "p.json").write_text('{"r": 0}')
    with pytest.raises(InputError, match=f"{path}.r: expected a number other than 0, got 0"):
        explain_trace(recording(Convention()), path)


def test_units_and_times_of_the_header_are_read(tmp_path: Path) -> None:
    trace = recording(Convention())
    columns = {"time (ms)": np.arange(T), "Input": trace["input"]}
    path = write_csv(tmp_path / "t.csv", columns | {"V [mV]": trace["potential"] * 1e3})
    params = {name: value for name, value in PARAMS.items() if name != "dt"}
    assert_found(explain_trace(path, params | {"tau": 0.01}), Convention())


def test_the_command_writes_the_input_and_the_plot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    x = np.array([0, 4, 0, 0, 1, 0, 0, 12, 0, 0, 0, 2.0])
    trace = record(Convention(), x)
    path = write_csv(tmp_path / "t.csv", trace)
    (tmp_path / "p.toml").write_text("\n".join(f"{k} = {v}" for k, v in PARAMS.items()))
    written, plot = tmp_path / "i.csv", tmp_path / "p.png"
    args = ["oracle", "explain", path, "--params", tmp_path / "p.toml"]
    done = run_cli(capsys, *args, "--write-input", written, "--plot", plot, "--json")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document["conventions"]["decay"] == "forward Euler"
    assert [float(row) for row in written.read_text().split()[1:]] == document["test_input"]
    assert plot.read_bytes().startswith(b"\x89PNG")
    trace["potential"][5] += 0.3
    write_csv(path, trace)
    wrong = run_cli(capsys, *args)
    assert (wrong.returncode, "first departure: step" in wrong.stdout) == (1, True)
    assert run_cli(capsys, "oracle", "explain", tmp_path / "none.csv").returncode == 2


def lif(current: float = 0.0, adaptation: float = 0.0, coupling: float = 0.0) -> dict[str, Any]:
    """tau 10, dt 1 and a threshold of 1, with a second state."""
    x = np.random.default_rng(0).normal(1.8, 3.0, 120).tolist()
    v = i = w = 0.0
    found: dict[str, list[float]] = {"input": x, "potential": [], "spikes": []}
    for one in x:
        i = current * i + one
        U = 0.9 * v + 0.1 * i - 0.1 * w
        w = 0.8 * w + adaptation * (U >= 1) + coupling * U
        v = 0.0 if U >= 1 else U
        found["potential"].append(v)
        found["spikes"].append(float(U >= 1))
    return found


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"current": 0.5}, "the input.* decay by 0.9 and 0.5"),
        ({"adaptation": 1.0}, "the spikes.* decay by 0.9 and 0.8"),
        ({"coupling": 0.02}, "the potential.* decay by"),
        ({"coupling": 0.2}, "the potential.* oscillate and decay by"),
    ],
)
def test_the_kind_of_a_second_state_is_named(options: dict[str, float], kind: str) -> None:
    found = explain_trace(lif(**options), tau=10, dt=1, v_threshold=1)
    assert not found.explained
    assert re.search(f"there is a second state, driven by {kind}", str(found))
    assert found.to_dict()["second_state"] == found.second_state


def test_noise_follows_nothing() -> None:
    trace = lif() | {"potential": np.random.default_rng(1).normal(size=120)}
    with pytest.raises(InputError, match="expected steps without a spike that follow one recur"):
        explain_trace(trace, tau=10, dt=1, v_threshold=1)


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        ({"tau": 20.0}, "tau = 20; it shows decay: fitted a = 0.9"),
        ({"v_threshold": 0.7}, "v_threshold = 0.7; it shows threshold: fitted"),
        ({"v_reset": 0.3}, "v_reset = 0.3; it shows reset: to 0"),
        ({"v_leak": 0.3}, "v_leak = 0.3; it shows leak towards: 0"),
        ({"r": 2.0}, "r = 2; it shows input gain: dt/tau"),
    ],
)
def test_a_parameter_that_was_given_is_not_replaced_in_silence(
    given: dict[str, float], instead: str
) -> None:
    found = explain_trace(lif(), {"tau": 10.0, "dt": 1.0, "v_threshold": 1.0} | given)
    assert found.explained
    assert f"given, but not what this trace shows: {instead}" in str(found)
    assert len(found.replaced) == 1
    right = explain_trace(lif(), tau=10, dt=1, v_threshold=1, v_reset=0, v_leak=0, r=1)
    assert right.replaced == {}


BOTH, POTENTIAL, SPIKES = ("potential", "spikes"), ("potential",), ("spikes",)
HARD = [
    *((name, 1, BOTH) for name in SIMULATORS),
    *((name, 3, BOTH) for name in ("sinabs", "brian2", "snntorch", "lower bound")),
    *((name, 3, BOTH) for name in ("xylo", "loihi", "spinnaker2")),
    ("bindsnet", 6, BOTH),  # a leak while it is refractory
    ("sinabs", 201, BOTH),  # several spikes and a reset to a value
    ("fixed point", 200, BOTH),  # a rounded decay with the gain of the exact one
    ("sinabs", 200, POTENTIAL),  # several spikes
    ("lower bound", 200, POTENTIAL),
    ("lower bound", 200, SPIKES),
    ("sinabs", 200, SPIKES),
    ("nengo", 200, SPIKES),  # a refractory time that ends inside a step
    ("spyx", 0, POTENTIAL),  # a delay of the spikes
]


@pytest.mark.parametrize(("name", "seed", "columns"), HARD)
def test_a_platform_is_explained_without_a_wrong_part(
    name: str, seed: int, columns: tuple[str, ...]
) -> None:
    neuron = Neuron(seed, 60 if seed in {0, 3} else 80, single=seed != 0)
    recorded = SIMULATORS[name](neuron)
    trace = {column: recorded.trace[column] for column in ("input", *columns)}
    found = explain_trace(trace, recorded.params)
    assert_found(found, recorded.truth)
    if bits := re.search(r"a = 1 - (\d+)/(\d+)", str(found)):
        assert found.numbers["a"] == 1 - int(bits[1]) / int(bits[2])
    if columns == POTENTIAL:  # which says nothing of the spikes' delay
        assert "spike_delay" not in found.conventions


def test_a_reset_in_every_step_does_not_pass_for_a_leak() -> None:
    x, potential = np.full(30, 0.4), 2.75 * (1 - 0.9 ** np.arange(1, 31))  # v = 0.9 v + 0.4 - 0.125
    trace = {"input": x, "potential": potential, "spikes": np.ones(30)}
    with pytest.raises(InputError, match=r"expected steps without a spike .* among 30 steps"):
        explain_trace(trace, {"tau": 10, "dt": 1, "v_threshold": 0.125})


PAGE = (Path(__file__).parents[2] / "docs/verify/explain-a-trace.md").read_text("utf-8")


def test_the_page_shows_what_the_command_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = PAGE.split("```")[1::2]
    path = tmp_path / "trace.csv"
    path.write_text(blocks[0].lstrip())
    args = ["oracle", "explain", path, "--tau", 10, "--dt", 1, "--v-threshold", 1]
    assert run_cli(capsys, *args).stdout == blocks[2].lstrip()
    path.write_text(blocks[0].lstrip().replace("0.243", "0.343"))
    assert run_cli(capsys, *args).stdout.startswith(blocks[3].lstrip())


def test_the_page_shows_the_table_of_the_eight_platforms() -> None:
    folder = real_data_path("nir_lif", "lif_norse.nir").parent
    params = read_neuron(folder / "lif_norse.nir")
    parts = ("decay", "gain", "reset", "timing", "shown", "input_delay", "spike_delay", "scale")
    for path in sorted(folder.glob("lif_*.csv"))[::3]:
        found = explain_trace(path, params, dt=1e-4)
        assert found.explained
        others = "; ".join(
            f"{part.replace('_', ' ')} {', '.join(in_short(names))}"
            for part, names in found.alternatives.items()
        )
        cells = (path.stem[4:], *(found.conventions[part] for part in parts))
        assert f"\n| {' | '.join((*cells, found.precision, others))} |\n" in PAGE
