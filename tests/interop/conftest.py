"""A chain of LIF layers with parameters of their own, and a simulator of NIR's own words."""

from typing import Any

import numpy as np
import pytest

from liaf_ref.interop.nir import Stage
from liaf_ref.kernels.array import Array
from liaf_ref.layers import REFERENCE, Dense, DenseLIF, Driven, Neurons

B, K, L = 3, 5, 4


@pytest.fixture(scope="session")
def nir() -> Any:
    return pytest.importorskip("nir", reason="nir, of the interop extra, is not installed")


def lif_stages(dtype: Any = np.float64, seed: int = 0) -> list[Stage]:
    """Two layers of LIF neurons, everything per neuron and nothing zero, then weights."""
    rng = np.random.default_rng(seed)
    found = []
    for layer in (DenseLIF(K, L), DenseLIF(L, L, bias=False)):
        values = {
            "v_th": rng.uniform(0.3, 0.8, L),
            "v_reset": rng.uniform(-0.3, 0.2, L),
            "alpha": rng.uniform(0.2, 0.95, L),
            "beta": rng.uniform(-0.1, 0.1, L),
        }
        params = {name: 2 * value for name, value in layer.init(rng).items() if name in "Wb"}
        if "b" in params:
            params["b"] = rng.uniform(-0.1, 0.1, L)
        params = {name: value.astype(dtype) for name, value in (params | values).items()}
        found.append(Stage(layer, params, rng.normal(size=L).astype(dtype)))
    head = Dense(L, 2)
    found.append(Stage(head, head.init(rng, dtype)))
    return found


def random_spikes(steps: int, dtype: Any = np.float64, seed: int = 1) -> Array:
    return np.random.default_rng(seed).integers(0, 2, (B, steps, K)).astype(dtype)


def run_stages(chain: list[Stage], X: Array) -> tuple[Array, list[Array]]:
    """Run our layers; the output, and U of every layer with neurons."""
    potentials = []
    for stage in chain:
        X, _, tape = stage.layer.forward(stage.params, X, stage.state(len(X)), REFERENCE)
        if isinstance(stage.layer, Driven):
            potentials.append(tape.saved[1].U)
        if isinstance(stage.layer, Neurons):
            potentials.append(tape.saved.U)
    return X, potentials


def nodes_in_order(graph: Any) -> list[Any]:
    """Nodes of a chain, Input and Output left out."""
    after = dict(graph.edges)
    name, found = after["input"], []
    while name != "output":
        found.append(graph.nodes[name])
        name = after[name]
    return found


def simulate_graph(graph: Any, X: Array, dt: Any = 1) -> tuple[Array, list[Array]]:
    """Forward Euler of NIR's definitions, node by node, in its own words.

    Nodes are told apart by the names that NIR's documentation gives them; the first
    potential is the one noted beside the node.
    """
    potentials = []
    for node in nodes_in_order(graph):
        kind = type(node).__name__
        if kind == "Linear":
            X = np.einsum("lk,btk->btl", node.weight, X)
        elif kind == "Affine":
            X = np.einsum("lk,btk->btl", node.weight, X) + node.bias
        else:
            X, v = simulate_node(node, kind, X, node.metadata["liaf_ref"]["v0"], dt)
            potentials.append(v)
    return X, potentials


def simulate_node(node: Any, kind: str, X: Array, v0: Array, dt: Any) -> tuple[Array, Array]:
    """One node with neurons."""
    output, potentials = [], []
    v = np.broadcast_to(v0, X[:, 0].shape)
    for t in range(X.shape[1]):
        if kind in {"LIF", "LI"}:  # tau dv/dt = (v_leak - v) + r I
            v = v + dt / node.tau * ((node.v_leak - v) + node.r * X[:, t])
        else:  # dv/dt = r I
            v = v + dt * node.r * X[:, t]
        potentials.append(v)
        if kind in {"LIF", "IF"}:
            z = v > node.v_threshold
            v = np.where(z, node.v_reset, v)
            output.append(z.astype(X.dtype))
        else:
            output.append(v)
    return np.stack(output, 1), np.stack(potentials, 1)
