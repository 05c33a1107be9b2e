"""liaf_ref/minimal.py: it needs NumPy alone, and computes what the kernels compute, bit for bit."""

import ast
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import start_python, wait_for

from liaf_ref import minimal
from liaf_ref.kernels import activation, dense, embedding, loss, neuron, spike
from liaf_ref.kernels.pair import Pair

RNG = np.random.default_rng(0)
SOURCE = Path(minimal.__file__).read_text("utf-8")
PAIRS = [
    pytest.param(minimal.ANALOG, activation.identity, id="liaf"),
    pytest.param(minimal.SPIKE, spike.paper(minimal.MU), id="lif"),
]


def test_it_is_one_file_that_needs_numpy_alone() -> None:
    imports = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.Import)]
    names = {alias.name for node in imports for alias in node.names}
    assert names == {"numpy", "os", "time"}
    assert "liaf_ref import" not in SOURCE
    assert len(SOURCE.splitlines()) <= 260


@pytest.mark.parametrize(("act", "kernel_act"), PAIRS)
def test_the_neuron_and_its_gradient_are_the_kernels(act: minimal.Pair, kernel_act: Pair) -> None:
    I, dY = RNG.normal(0.4, 0.5, (3, 7, 5)), RNG.normal(size=(3, 7, 5))
    p = neuron.Params(*(RNG.uniform(0.1, 0.9, 5) for _ in range(4)))
    Y, tape = minimal.neuron(I, p._asdict(), minimal.SPIKE, act)
    dI, d = minimal.neuron_backward(dY, tape, p._asdict(), minimal.SPIKE, act)
    choices = spike.paper(minimal.MU), kernel_act, neuron.TR
    expected_Y, V, kernel_tape = neuron.forward(I, np.zeros((3, 5)), p, *choices)
    expected_dI, _, dp = neuron.backward(dY, np.zeros_like(V), kernel_tape, *choices)
    assert np.array_equal(Y, expected_Y)
    assert np.array_equal(dI, expected_dI)
    assert all(np.array_equal(d[name], value) for name, value in dp._asdict().items())


def test_the_other_parts_are_the_kernels() -> None:
    X, dI = RNG.normal(size=(3, 7, 4)), RNG.normal(size=(3, 7, 5))
    W, b = RNG.normal(size=(4, 5)), RNG.normal(size=5)
    I, tape = dense.forward(X, dense.Params(W, b))
    assert np.array_equal(minimal.dense(X, W, b), I)
    dX, dp = dense.backward(dI, tape)
    for found, expected in zip(minimal.dense_backward(dI, X, W), (dX, *dp), strict=True):
        assert np.array_equal(found, expected)
    ids, E = RNG.integers(6, size=(3, 7)), RNG.normal(size=(6, 4))
    dE = embedding.backward(X, embedding.forward(ids, E)[1])
    assert np.array_equal(minimal.embedding_backward(X, ids, E), dE)
    Z, y = RNG.normal(size=(8, 5)), RNG.integers(5, size=8)
    value, loss_tape = loss.forward(Z, y)
    found_value, dZ = minimal.softmax_loss(Z, y)
    assert found_value == float(value)
    assert np.array_equal(dZ, loss.backward(np.ones(()), loss_tape))


@pytest.mark.parametrize("act", [minimal.ANALOG, minimal.RELAXED], ids=["liaf", "lif"])
def test_its_gradient_is_that_of_the_relaxed_network(act: minimal.Pair) -> None:
    assert minimal.gradient_error(act) < 1e-6


MISTAKES = {
    "no reset potential": ('p["v_reset"] - U)', "0 - U)"),
    "no slope of the output": (' * act[1](U - p["v_th"])', ""),
    "no slope of the spike": (' * spike[1](U - p["v_th"])', ""),
    "no path through the reset": ("dR * (1 - F) + dx + dz", "dx + dz"),
    "no spike in the threshold": ("-= dx + dz", "-= dz"),
    "no output in the threshold": ("-= dx + dz", "-= dx"),
    "no leak": ('dR = dV * p["alpha"]', "dR = dV"),
    "alpha without reset": ("+= dV * R", "+= dV * U"),
}


@pytest.mark.parametrize(("right", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_the_gradient_check_finds_a_mistake(right: str, wrong: str) -> None:
    assert SOURCE.count(right) == 1
    mistaken: dict[str, Any] = {"__name__": "mistaken"}
    exec(SOURCE.replace(right, wrong), mistaken)  # noqa: S102
    acts = mistaken["ANALOG"], mistaken["RELAXED"]
    assert max(mistaken["gradient_error"](act) for act in acts) > 1e-3


def test_liaf_learns_what_lif_does_not() -> None:
    liaf, lif = (minimal.train(act, epochs=10)[1][-1] for act in (minimal.ANALOG, minimal.SPIKE))
    assert liaf > 0.8
    assert lif < 0.5


def test_it_computes_on_one_thread_where_nothing_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.endswith("_NUM_THREADS")]:
        monkeypatch.delenv(name)
    program = (
        SOURCE.rpartition("\n    main()")[0]
        + """
    import threadpoolctl
    print({found["num_threads"] for found in threadpoolctl.threadpool_info()})"""
    )
    code, out, err = wait_for(start_python("-c", program, cwd=tmp_path))
    assert (code, out.strip()) == (0, "{1}"), err
