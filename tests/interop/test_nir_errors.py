"""What has no counterpart in NIR, or is no NIR file, is refused by name."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from interop.conftest import L, lif_stages
from liaf_ref import layers
from liaf_ref._core.errors import FormatError, InputError, LiafError
from liaf_ref.interop.nir import Stage, from_nir, read, to_nir, write
from liaf_ref.kernels.spike import relaxed
from liaf_ref.layers import Dense, DenseLIF, DirectLIF, Layer


def stage(layer: Layer, **values: float) -> Stage:
    params = layer.init(np.random.default_rng(0))
    for name, value in values.items():
        params[name][-1] = value
    return Stage(layer, params)


def export(layer: Layer, **values: float) -> Callable[[], object]:
    return lambda: to_nir([stage(layer, **values)])


IMAGE = (4, 4, 2)
EXPORTS: dict[str, Callable[[], object]] = {
    r"alpha of layer 0 of to_nir: .*got 1.25 at index \(1,\)": export(DirectLIF((2,)), alpha=1.25),
    r"beta of layer 0.*alpha is 1.*got 0.5": export(DirectLIF((1,)), alpha=1.0, beta=0.5),
    r"V0 of layer 0.*alpha is 0.*got 0.0": export(DirectLIF((1,)), alpha=0.0, beta=0.5),
    "V0 of layer 0.*None": lambda: to_nir([stage(Dense(2, 2))._replace(V0=np.zeros(2))]),
    r"act of layer 0.*, got selu \(TR\)": export(layers.DenseLIAF(2, 2, act="selu")),
    r"spike of layer 0.*Eq. \(4\)": (
        lambda: to_nir([stage(DirectLIF((2,), spike=relaxed(0.5)))], analog="as-lif")
    ),
    r"stages of to_nir: expected at least one": lambda: to_nir([]),
    r"input of layer 1 of to_nir: expected shape \(4,\), got \(3,\) from the previous layer": (
        lambda: to_nir([stage(Dense(2, 3)), stage(DenseLIF(4, 2))])
    ),
    r"fold_gain of layer 0.*expected a weight layer before the neurons": (
        lambda: to_nir([stage(DirectLIF((2,)))], fold_gain=True)
    ),
    r"weight of layer 0.*expected finite values, got inf at index \(0, 1\)": (
        lambda: to_nir([stage(DenseLIF(2, 2), alpha=0.75, W=1.7e308)], fold_gain=True)
    ),
    "kind of layer 1.*leaky neurons that fire behind a SynapticCurrent": (
        lambda: to_nir([stage(layers.SynapticCurrent((2,))), stage(DenseLIF(2, 2))])
    ),
    "kind of layer 0.*leaky neurons that fire behind": export(layers.SynapticCurrent((2,))),
    r"decay of layer 1.*expected 0 <= decay < 1 .*got 1.5 at index \(1,\)": (
        lambda: to_nir([stage(layers.SynapticCurrent((2,)), decay=1.5), stage(DirectLIF((2,)))])
    ),
    "got Conv2D, which NIR export does not support": export(layers.ConvLIF(IMAGE, 3)),
    "got Conv3D, which NIR export does not support": export(layers.Conv3D(IMAGE, 3)),
    "got AveragePool, which NIR export does not support": export(layers.PoolingLIAF(IMAGE)),
}


@pytest.mark.usefixtures("nir")
@pytest.mark.parametrize("message", EXPORTS)
def test_export_refuses(message: str) -> None:
    with pytest.raises(InputError, match=message):
        EXPORTS[message]()


@pytest.mark.parametrize("content", [b"", b"NIR", None])
@pytest.mark.usefixtures("nir")
def test_a_file_that_is_no_graph_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "net.nir"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FormatError, match=rf"{path}: expected a (NIR graph|valid file), got"):
        read(path)


@pytest.mark.usefixtures("nir")
@pytest.mark.parametrize("value", [object(), None, {1: 2}, "\ud800", [1, "a"]])
def test_metadata_that_no_file_holds_are_refused_and_the_old_file_left(
    tmp_path: Path, value: object
) -> None:
    path, graph = tmp_path / "net.nir", to_nir(lif_stages())
    write(path, graph)
    before = path.read_bytes()
    graph.metadata["mine"] = value
    with pytest.raises(
        InputError, match=r"graph of nir\.write: expected values that HDF5 can store"
    ):
        write(path, graph)
    assert path.read_bytes() == before


def test_without_nir_it_is_stated_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nir", None)
    calls: list[Callable[[], Any]] = [
        lambda: to_nir([]),
        lambda: from_nir(None),
        lambda: read("x"),
        lambda: write("x", None),
    ]
    for call in calls:
        with pytest.raises(LiafError, match="nir is not installed; run `pip install nir`, "):
            call()


def lif(nir: Any, n: int = L, **values: Any) -> Any:
    fields = {"tau": 2.0, "r": 2.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0}
    return nir.LIF(**{name: np.full(n, values.get(name, value)) for name, value in fields.items()})


def chained(nir: Any, *nodes: Any) -> Any:
    return nir.NIRGraph.from_list(*nodes, type_check=False)


OTHER_NODES = {
    "CubaLI": "it has a synaptic current and does not fire",
    "Threshold": "it fires without resetting a potential",
    "NIRGraph": "nested graphs are not supported",
}


@pytest.mark.parametrize(("kind", "reason"), OTHER_NODES.items())
def test_import_refuses_other_nodes(nir: Any, kind: str, reason: str) -> None:
    one = np.ones(L)
    made = {
        "CubaLI": lambda: nir.CubaLI(one, one, one, one),
        "Threshold": lambda: nir.Threshold(one),
        "NIRGraph": lambda: chained(nir, lif(nir)),
    }[kind]()
    nodes = {"input": nir.Input(np.array([L])), "x": made, "output": nir.Output([L])}
    graph = nir.NIRGraph(nodes, [("input", "x"), ("x", "output")], type_check=False)
    with pytest.raises(InputError, match=rf"node 'x' of the NIR graph.*got {kind}; .*{reason}"):
        from_nir(graph)


IMPORTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # fields of a node, and options
    r"tau of node 'lif'.*expected tau >= dt = 1 .*got 0.5 at index \(0,\)": ({"tau": 0.5}, {}),
    r"r of node 'lif'.*expected a gain r dt / tau .* of 1, got 0.5 .*no preceding weights": (
        *({"r": 1.0}, {"fold_gain": True}),
    ),
    "r of node 'lif'.*got 1.0000000000000007": ({"r": 2 + 6 * 2**-52}, {}),  # beyond rounding
    r"v_leak of node 'lif'.*expected finite values, got nan": ({"v_leak": np.nan}, {}),
    r"initial_potential of node 'if'.*expected 'zero' or a field of the IF node, got 'v_leak'": (
        *({"r": np.ones(2), "v_threshold": np.ones(2)}, {"initial_potential": "v_leak"}),
    ),
    r"v_th of node 'if'.*expected equal values, as sharing is 'all', got 2.0.* at index \(1,\)": (
        *({"r": np.ones(2), "v_threshold": np.array([1.0, 2.0])}, {"sharing": "all"}),
    ),
}


@pytest.mark.parametrize("message", IMPORTS)
def test_import_refuses(nir: Any, message: str) -> None:
    fields, options = IMPORTS[message]
    node = nir.IF(v_reset=np.zeros(2), **fields) if "'if'" in message else lif(nir, **fields)
    with pytest.raises(InputError, match=message):
        from_nir(chained(nir, node), **options)


@pytest.mark.usefixtures("nir")
@pytest.mark.parametrize("name", ["v0", "V0", "alpha", "beta", "v_th", "v_reset"])
@pytest.mark.parametrize("changed", [False, True])
def test_what_is_noted_is_looked_at(name: str, changed: bool) -> None:
    graph = to_nir(lif_stages())
    node = graph.nodes["neurons0"]
    node.metadata["liaf_ref"][name][1] = np.nan
    node.v_threshold += changed
    message = rf"^{name} of node 'neurons0' .*: expected finite values, got nan at index \(1,\)"
    with pytest.raises(InputError, match=message):
        from_nir(graph)


def test_a_gain_is_put_into_the_weights_only_if_asked_for(nir: Any) -> None:
    W = np.arange(8.0).reshape(L, 2)
    graph = chained(nir, nir.Affine(W, np.ones(L)), lif(nir, r=1.0))
    with pytest.raises(
        InputError, match="pass fold_gain=True to multiply the preceding weights by it"
    ):
        from_nir(graph)
    (found,) = from_nir(graph, fold_gain=True)
    assert (found.params["W"] == W.T / 2).all()
    assert (found.params["b"] == 0.5).all()


EDGES = {
    "branch": ([("a", "b"), ("a", "c"), ("b", "c")], "input -> a"),
    "loop": ([("a", "b"), ("b", "c"), ("c", "b")], "input -> a -> b -> c"),
    "cycle": ([("a", "input"), ("b", "c")], "input -> a -> input -> a -> input"),
    "beside": ([("a", "c"), ("b", "b")], "input -> a -> c -> output"),
    "an end": ([("a", "b"), ("b", "c"), ("output", "a")], "input -> a -> b -> c -> output"),
    "nowhere": ([("a", "d")], "input -> a -> d"),
}


@pytest.mark.parametrize("case", EDGES)
def test_a_graph_that_is_no_chain_is_refused_with_its_path(nir: Any, case: str) -> None:
    between, expected = EDGES[case]
    nodes = {"input": nir.Input([L]), "output": nir.Output([L])}
    nodes |= {name: lif(nir) for name in "abc"}
    edges = [("input", "a"), ("c", "output"), *between]
    message = (
        f"expected a chain of all nodes, from one Input to one Output, got the path {expected}$"
    )
    with pytest.raises(InputError, match=message):
        from_nir(nir.NIRGraph(nodes, edges, type_check=False))
