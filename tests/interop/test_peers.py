"""What norse, snnTorch and SpikingJelly make of our graphs, as docs/use/interop.md says.

Each reads a part of NIR; within that part their spikes are ours.
"""

from typing import Any

import numpy as np
import pytest

from interop.conftest import B, K, L
from liaf_ref.interop.nir import Stage, from_nir, to_nir
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Dense, DenseLIF, DirectLIF, SynapticCurrent

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("nir")]
T = 200
X = np.random.default_rng(1).normal(size=(B, T, K)).astype(np.float32)


def chain(v_reset: float = 0.0, v_leak: float = 0.0, spread: bool = False) -> list[Stage]:
    """Two layers that start at rest, V0 = v_leak."""
    rng = np.random.default_rng(0)
    found = []
    for layer in (DenseLIF(K, L), DenseLIF(L, L)):
        p = layer.init(rng, np.float32)
        p["W"] *= 2
        p["alpha"][:] = rng.uniform(0.2, 0.95, L) if spread else 0.75
        p["v_reset"][:] = v_reset
        p["beta"] = ((1 - p["alpha"]) * v_leak).astype(np.float32)
        found.append(Stage(layer, p, np.full(L, v_leak, np.float32)))
    return found


def cuba_chain(spread: bool = False) -> list[Stage]:
    """Weights, synaptic currents and neurons, each with two states."""
    rng, found = np.random.default_rng(3), []
    for layer in (Dense(K, L), SynapticCurrent((L,)), DirectLIF((L,), alpha=0.75)):
        p = layer.init(rng, np.float32)
        for name in {"decay", "alpha"} & p.keys() if spread else ():
            p[name] = rng.uniform(0.2, 0.9, L).astype(np.float32)
        found.append(Stage(layer, p))
    return found


def ours(stages: list[Stage], Y: Array = X) -> Array:
    for stage in stages:
        Y, _, _ = stage.layer.forward(stage.params, Y, stage.state(len(Y)))
    assert 0.05 < Y.mean() < 0.95
    return Y


def theirs(module: Any, Y: Array = X) -> Array:
    torch: Any = pytest.importorskip("torch")
    state, found = None, []
    with torch.no_grad():
        for t in range(Y.shape[1]):
            answer = module(torch.from_numpy(Y[:, t].copy()), state)
            y, state = answer if isinstance(answer, tuple) else (answer, None)
            found.append(y.numpy())
    return np.stack(found, 1)


@pytest.mark.parametrize("spread", [False, True])
def test_norse_and_snntorch_read_a_cuba_lif(spread: bool) -> None:
    norse: Any = pytest.importorskip("norse.torch")
    snntorch: Any = pytest.importorskip("snntorch.import_nir")
    stages = cuba_chain(spread)
    Y = ours(stages)
    for fold_gain in (False, True):
        module = norse.from_nir(to_nir(stages, fold_gain=fold_gain), dt=1.0)
        assert (theirs(module) == Y).all()
    assert (theirs(snntorch.import_from_nir(to_nir(stages, dt=1e-4))) == Y).all()


def test_spikingjelly_reads_a_cuba_lif_of_one_decay() -> None:
    jelly: Any = pytest.importorskip("spikingjelly.activation_based.nir_exchange")
    stages = cuba_chain()
    module = jelly.import_from_nir(to_nir(stages, dt=1e-4), dt=1e-4)
    assert (theirs(module) == ours(stages)).all()


@pytest.mark.parametrize("v_leak", [0.0, 0.2])
def test_norse_reads_them_with_the_gain_in_the_weights(v_leak: float) -> None:
    norse: Any = pytest.importorskip("norse.torch")
    stages = chain(v_leak=v_leak, spread=True)
    module = norse.from_nir(to_nir(stages, fold_gain=True), dt=1.0)
    assert (theirs(module) == ours(stages)).all()


def test_snntorch_reads_them_with_the_step_it_assumes() -> None:
    snntorch: Any = pytest.importorskip("snntorch.import_nir")
    stages = chain(spread=True)
    module = snntorch.import_from_nir(to_nir(stages, dt=1e-4))
    assert (theirs(module) == ours(stages)).all()


@pytest.mark.parametrize("dt", [1.0, 1e-4])
@pytest.mark.parametrize("rest", [0.0, 0.2])
def test_spikingjelly_reads_them_where_rest_is_reset(dt: float, rest: float) -> None:
    name = "spikingjelly.activation_based.nir_exchange"
    jelly: Any = pytest.importorskip(name)
    stages = chain(v_reset=rest, v_leak=rest)
    module = jelly.import_from_nir(to_nir(stages, dt=dt), dt=dt)
    assert (theirs(module) == ours(stages)).all()


def test_at_equality_the_exact_threshold_makes_them_fire() -> None:
    norse: Any = pytest.importorskip("norse.torch")
    rng = np.random.default_rng(2)
    layer = DenseLIF(K, L, alpha=0.5)
    p = layer.init(rng, np.float32)
    p["W"] = (rng.integers(-2, 3, (K, L)) / 4).astype(np.float32)
    stages, bits = [Stage(layer, p)], rng.integers(0, 2, (B, T, K)).astype(np.float32)
    Y = ours(stages, bits)
    for threshold, equal in [("exact", True), ("as-is", False)]:
        graph = to_nir(stages, fold_gain=True, threshold=threshold)
        assert (theirs(norse.from_nir(graph, dt=1.0), bits) == Y).all() == equal


THEIRS = {
    "norse LIFCell": {"tau_syn_inv": 0.4, "tau_mem_inv": 0.25, "v_th": 0.3, "v_leak": 0.0},
    "snntorch Leaky": {"beta": 0.75, "threshold": 0.25},
    "snntorch Synaptic": {"alpha": 0.6, "beta": 0.75, "threshold": 0.25},
    "spikingjelly LIFNode": {"tau": 4.0, "decay_input": False, "v_reset": 0.1, "v_threshold": 0.3},
    "spikingjelly CUBALIFNode": {"c_decay": 0.6, "v_decay": 0.75, "v_threshold": 0.3},
}


@pytest.mark.parametrize("name", THEIRS)
def test_their_graphs_are_read(name: str) -> None:
    torch: Any = pytest.importorskip("torch")
    package, kind = name.split()
    torch.manual_seed(0)
    weights, given = torch.nn.Linear(K, L), THEIRS[name]
    values = {key: torch.full((L,), value) for key, value in given.items()}
    options: dict[str, Any] = {"dt": 1e-4}
    if package == "norse":
        norse: Any = pytest.importorskip("norse.torch")
        parameters = pytest.importorskip("norse.torch.functional.lif").LIFParameters(**values)
        net = norse.SequentialState(weights, getattr(norse, kind)(parameters, dt=1.0))
        graph, options = norse.to_nir(net, torch.zeros(1, K), dt=1.0), {"fold_gain": True}
        graph.nodes["1"].w_in = graph.nodes["1"].tau_syn  # which docs/verify/upstream.md misses
    elif package == "snntorch":
        snn: Any = pytest.importorskip("snntorch")
        how = {"reset_mechanism": "zero", "init_hidden": True, "reset_delay": False}
        net = torch.nn.Sequential(weights, getattr(snn, kind)(**values, **how))
        graph = pytest.importorskip("snntorch.export_nir").export_to_nir(net, torch.zeros(K))
        net[1].reset_mem()
    else:
        based: Any = pytest.importorskip("spikingjelly.activation_based")
        exchange: Any = pytest.importorskip("spikingjelly.activation_based.nir_exchange")
        net = torch.nn.Sequential(weights, getattr(based.neuron, kind)(**given))
        graph = exchange.export_to_nir(net, torch.zeros(1, K), dt=1e-4)
        options["initial_potential"] = "v_reset"
        based.functional.reset_net(net)
    stages = from_nir(graph, dtype=np.float32, **options)
    module = net if package == "norse" else lambda x, _: net(x)
    assert (theirs(module) == ours(stages)).all()
