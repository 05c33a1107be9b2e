"""The benchmark measures what it says, in a process with one thread, with frameworks or without."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import bench
import numpy as np
import pytest
from bench import (
    cases,
    hardware_bound,
    jax_baselines,
    torch_baselines,
    torch_compile_baselines,
    worker,
)
from bench.command import BenchError
from support import hide_from_processes

from liaf_ref._core.errors import InputError
from liaf_ref.fast import neuron
from liaf_ref.kernels import activation, spike
from liaf_ref.kernels.array import Array
from liaf_ref.layers import GRU, LSTM, RNN

RATES = hardware_bound.HardwareRates(1e11, 1e10, 1e10)
NAMES = [f"babi-{cell}" for cell in ("liaf", "lif", "rnn", "lstm", "gru")]
NAMES += ["neuron-1e4", "neuron-1e5", "neuron-1e6"]
NAMES += ["conv-160x20-32-64", "conv-10x32-64-128", "conv-160x10-64-128", "conv-10x8-256-512"]
NAMES += ["mnist-dvs", "cifar10-dvs", "gesture", "mnist-dvs-2", "cifar10-dvs-2", "gesture-2"]


@pytest.fixture
def no_frameworks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "jax"):
        monkeypatch.setitem(sys.modules, name, None)


def test_cases_are_listed_with_a_line_each() -> None:
    assert [name for name, _ in bench.list_cases()] == NAMES
    assert all(about and "\n" not in about for _, about in bench.list_cases())


def test_an_unknown_case_is_refused_before_anything_runs() -> None:
    with pytest.raises(InputError, match=r"case of bench: expected one of .*, got str 'babi-mlp'"):
        next(bench.run_cases(["babi-liaf", "babi-mlp"], 1, 0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("babi-liaf", 1, 0), "names of bench: expected a list of names of cases, got str"),
        ((["babi-liaf"], 0, 0), "rounds of bench: expected an integer >= 1, got 0"),
        ((["babi-liaf"], 1, -1), "seed of bench: expected an integer >= 0, got -1"),
    ],
)
def test_wrong_arguments_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        next(bench.run_cases(*arguments))


@pytest.mark.usefixtures("no_frameworks")
@pytest.mark.parametrize("name", ["babi-liaf", "babi-gru", "neuron-1e4", "conv-10x8-256-512"])
def test_without_frameworks_no_baseline_is_measured_and_it_says_why(name: str) -> None:
    record = worker.measure_case(name, 1, 0, RATES)
    assert record["case"] == name
    assert record["baselines"] == {}
    assert any("torch" in reason for reason in record["missing"])
    assert any("jax" in reason for reason in record["missing"])
    assert min(record["seconds"], record["bound_seconds"]) > 0
    assert record["fraction_of_bound"] == record["bound_seconds"] / record["seconds"]
    json.dumps(record)


def test_without_a_compiler_torch_compile_is_missing_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(ImportError, match="no C\\+\\+ compiler 'no-such-compiler'"):
        torch_compile_baselines.compile_function()


def test_ratio_is_taken_round_by_round() -> None:
    got = worker.compare([1.0, 1.0, 1.0], [2.0, 1.0, 4.0])
    assert got == {"seconds": 2.0, "ratio": 0.5, "ratio_min": 0.25, "ratio_max": 1.0}


def test_every_step_is_timed_in_every_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MIN_SAMPLE_SECONDS", 0.0)
    order: list[str] = []
    steps: dict[str, Callable[[], object]] = {name: partial(order.append, name) for name in "ab"}
    times = worker.time_interleaved(steps, 3)
    assert {name: len(values) for name, values in times.items()} == {"a": 3, "b": 3}
    assert order[-6:] == list("ababab")


def test_limit_is_the_sum_of_three_times() -> None:
    assert (
        hardware_bound.bound_seconds(hardware_bound.MinimumWork(2e11, 1e10, 3e10), RATES)
        == 2 + 1 + 3
    )
    assert all(rate > 1e6 for rate in hardware_bound.measure_rates(3))


def test_least_work_is_counted() -> None:
    step = cases.BATCH * (cases.STORY + cases.QUERY)
    assert step == 32 * 70
    assert cases.babi_min_work("lstm").gemm_flops > 6 * step * 100 * 400
    liaf = cases.babi_min_work("liaf")
    assert liaf.gemm_flops == 12 * 22 * 50 * 100 + 12 * 32 * 100 * 22
    assert liaf.elementwise_flops == step * 100 * (18 + 1)
    assert liaf.bytes == 24 * step * 100
    alone = cases.CASES["neuron-1e4"].build(0).work
    assert alone == hardware_bound.MinimumWork(0, 20 * 10_000 * 18, 4 * 5 * 20 * 10_000)


def test_the_least_work_of_a_convolution_is_that_of_its_tiles() -> None:
    work = cases.conv_case(2, 10, 3, 4, 0).work
    X, W, I = 2 * 100 * 3, 9 * 3 * 4, 2 * 100 * 4
    assert work == hardware_bound.MinimumWork(
        3 * 2 * 2 * 4 * 49 * 3 * 4, 0, 4 * (3 * X + 3 * W + 2 * I + 2 * 4)
    )


def test_runs_in_a_process_of_its_own_with_one_thread(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hide_from_processes(monkeypatch, tmp_path, "torch", "jax")
    assert bench.WORKER_ENVIRONMENT["OPENBLAS_NUM_THREADS"] == "1"
    records = list(bench.run_cases(["neuron-1e4", "babi-lif"], 1, 0))
    assert [record["case"] for record in records] == ["neuron-1e4", "babi-lif"]
    assert set(records[0]["missing"]) == {"none here"}


def test_a_failing_process_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(
        BenchError, match="neuron-1e4: the measuring process ended with exit code 1"
    ):
        list(bench.run_cases(["neuron-1e4"], 1, 0))


def test_a_process_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/missing")
    with pytest.raises(BenchError, match="/bin/missing: cannot be run: No such file"):
        list(bench.run_cases(["neuron-1e4"], 1, 0))


def test_a_process_that_says_something_else_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/echo")
    with pytest.raises(BenchError, match="expected one JSON document per line, got '-m bench"):
        list(bench.run_cases(["neuron-1e4"], 1, 0))


def test_importing_leaves_frameworks_alone() -> None:
    code = "import sys, bench.worker; sys.exit(bool({'torch', 'jax'} & {*sys.modules}))"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, check=False, cwd=bench.TOOLS).returncode == 0  # noqa: S603


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # PyTorch's
def test_the_baselines_compute_the_same_neuron(monkeypatch: pytest.MonkeyPatch) -> None:
    """All gradients agree to float32 rounding."""
    torch = pytest.importorskip("torch")
    jax = pytest.importorskip("jax")
    # Without C++: what is tested is the code around the compiler.
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))
    rng = np.random.default_rng(0)

    def draw(*size: int) -> Array:
        return rng.normal(size=size).astype(np.float32)

    values = {name: np.full(5, x, np.float32) for name, x in cases.NEURON_PARAMS.items()}
    arrays: dict[str, Array] = {"I": draw(6, 4, 5), "dY": draw(6, 4, 5), "V": draw(4, 5)} | values
    p = neuron.Params(**values)
    choices = (
        spike.paper(cases.MU),
        activation.identity,
        neuron.TR,
    )
    _, _, tape = neuron.forward(arrays["I"].swapaxes(0, 1), arrays["V"], p, *choices)
    dV = np.zeros_like(arrays["V"])
    dI, dV, dp = neuron.backward(arrays["dY"].swapaxes(0, 1), dV, tape, *choices)
    expected = [*dI.swapaxes(0, 1), dV, *dp]
    for baselines in (torch_baselines, torch_compile_baselines, jax_baselines):
        for step in baselines.neuron_baselines(arrays, cases.MU).values():
            got: Any = step()
            leaves = [*got[0], *jax.tree.leaves(got[1:])] if baselines is jax_baselines else got
            assert len(leaves) == len(expected)
            for a, b in zip(leaves, expected, strict=True):
                np.testing.assert_allclose(np.asarray(a), b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("cell", jax_baselines.CELLS)
def test_jax_computes_the_same_recurrent_cell(cell: str) -> None:
    pytest.importorskip("jax")
    rng, layer = np.random.default_rng(0), {"rnn": RNN, "lstm": LSTM, "gru": GRU}[cell](3, 4)
    params = layer.init(rng, np.float32)
    X = rng.normal(size=(2, 5, 3)).astype(np.float32)
    Y, *_ = layer.forward(params, X)
    A = X.swapaxes(0, 1) @ params["W"] + params["b"]
    got = jax_baselines.CELLS[cell](A, params["U"], 1)
    np.testing.assert_allclose(got, Y[:, -1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cell", torch_baselines.VARIANTS)
def test_torch_networks_give_every_gradient(cell: str) -> None:
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    sizes = {"story": (2, 5), "query": (2, 3), "answer": (2,)}
    arrays = {name: rng.integers(0, 7, size) for name, size in sizes.items()}
    for step in torch_baselines.babi_baselines(cell, arrays, (7, 3, 4, 0.5)).values():
        grads: Any = step()
        assert all(grad is not None and grad.isfinite().all() for grad in grads)


def test_a_scan_and_an_unrolled_loop_give_the_same_gradients() -> None:
    jax = pytest.importorskip("jax")
    rng = np.random.default_rng(0)
    sizes = {"story": (2, 5), "query": (2, 3), "answer": (2,)}
    arrays = {name: rng.integers(0, 7, size) for name, size in sizes.items()}
    scanned, unrolled = (
        step() for step in jax_baselines.babi_baselines("liaf", arrays, (7, 3, 4, 0.5)).values()
    )
    for a, b in zip(jax.tree.leaves(scanned), jax.tree.leaves(unrolled), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_the_baselines_compute_the_same_convolution() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    built = cases.conv_case(3, 10, 12, 16, 0)
    ours: Any = built.ours()
    dX, dp = ours
    in_torch = dX.transpose(0, 3, 1, 2), dp.W.transpose(3, 2, 0, 1), dp.b
    for build, expected in zip(built.baselines, (in_torch, (dX, *dp)), strict=True):
        for step in build().values():
            theirs: Any = step()
            for got, want in zip(theirs, expected, strict=True):
                # All may transform; some 300 terms of order 1.
                np.testing.assert_allclose(got, want, rtol=0, atol=1e-5 * abs(want).max())
