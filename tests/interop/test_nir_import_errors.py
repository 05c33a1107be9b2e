"""What has no counterpart here is refused on import, by name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from interop.conftest import K, L, lif_stages
from liaf_ref._core.errors import InputError
from liaf_ref.interop.nir import Stage, from_nir, to_nir
from liaf_ref.layers import DirectLIF


def lif(nir: Any, n: int = L, **values: Any) -> Any:
    fields = {"tau": 2.0, "r": 2.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0}
    return nir.LIF(**{name: np.full(n, values.get(name, value)) for name, value in fields.items()})


def chained(nir: Any, *nodes: Any) -> Any:
    return nir.NIRGraph.from_list(*nodes, type_check=False)


def n(nir: Any, kind: str) -> Any:
    one = np.ones(L)
    return {
        "CubaLIF": lambda: nir.CubaLIF(one, one, one, one, one),
        "CubaLI": lambda: nir.CubaLI(one, one, one, one),
        "Threshold": lambda: nir.Threshold(one),
        "Scale": lambda: nir.Scale(one),
        "Delay": lambda: nir.Delay(one),
        "NIRGraph": lambda: chained(nir, lif(nir)),
    }[kind]()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("CubaLIF", "synaptic current is a second state"),
        ("CubaLI", "synaptic current is a second state"),
        ("Threshold", "it fires without resetting a potential"),
        ("Scale", "liaf_ref has no such layer"),
        ("Delay", "no delay"),
        ("NIRGraph", "nested graphs are not supported"),
    ],
)
def test_import_refuses_other_nodes(nir: Any, kind: str, reason: str) -> None:
    nodes = {"input": nir.Input(np.array([L])), "x": n(nir, kind), "output": nir.Output([L])}
    graph = nir.NIRGraph(nodes, [("input", "x"), ("x", "output")], type_check=False)
    with pytest.raises(InputError, match=rf"node 'x' of the NIR graph.*got {kind}; .*{reason}"):
        from_nir(graph)


IMPORTS: dict[str, tuple[Callable[[Any], Any], dict[str, Any], str]] = {
    "tau below dt": (
        lambda nir: lif(nir, tau=0.5),
        {},
        r"tau of node 'lif'.*expected tau >= dt = 1 .*got 0.5 at index \(0,\)",
    ),
    "gain, no weights": (
        lambda nir: lif(nir, r=1.0),
        {"fold_gain": True},
        r"r of node 'lif'.*expected tau / dt .*got 0.5 times that.*no preceding weights",
    ),
    "not finite": (
        lambda nir: lif(nir, v_leak=np.nan),
        {},
        r"v_leak of node 'lif'.*expected finite values, got nan",
    ),
    "rank": (
        lambda nir: lif(nir, n=(2, 2)),  # type: ignore[arg-type]
        {},
        r"r of node 'lif'.*expected shape \(L,\) or \(L, H, W\), got shape \(2, 2\)",
    ),
    "initial_potential": (
        lambda nir: nir.IF(r=np.ones(2), v_threshold=np.ones(2)),
        {"initial_potential": "v_leak"},
        r"initial_potential of node 'if'.*expected 'zero' or a field of the IF node, got 'v_leak'",
    ),
    "integers": (
        lambda nir: nir.IF(r=np.ones(2, int), v_threshold=np.ones(2, int)),
        {},
        r"dtype of from_nir: expected dtype float32.*got int64",
    ),
    "half": (
        lambda nir: nir.IF(r=np.ones(2), v_threshold=np.ones(2)),
        {"dtype": np.complex128},
        r"dtype of from_nir: expected dtype float32 or float64, got complex128",
    ),
    "sharing": (
        lambda nir: nir.IF(r=np.ones(2), v_threshold=np.array([1.0, 2.0])),
        {"sharing": "all"},
        r"v_th of node 'if'.*expected equal values, as sharing is 'all', got 2.0.* at index \(1,\)",
    ),
    "the largest threshold": (
        lambda nir: nir.IF(r=np.ones(1), v_threshold=np.full(1, np.finfo(float).max)),
        {},
        r"v_th of node 'if'.*expected finite values, got inf",
    ),
}


@pytest.mark.parametrize("case", IMPORTS)
def test_import_refuses(nir: Any, case: str) -> None:
    make, options, expected = IMPORTS[case]
    with pytest.raises(InputError, match=expected):
        from_nir(chained(nir, make(nir)), **options)


@pytest.mark.usefixtures("nir")
@pytest.mark.parametrize("name", ["v0", "V0", "alpha", "beta", "v_th", "v_reset"])
@pytest.mark.parametrize("changed", [False, True])
def test_what_is_noted_is_looked_at(name: str, changed: bool) -> None:
    graph = to_nir(lif_stages())
    node = graph.nodes["neurons0"]
    node.metadata["liaf_ref"][name][1] = np.nan
    if changed:
        node.v_threshold += 1
    with pytest.raises(
        InputError,
        match=rf"^{name} of node 'neurons0' .*: expected finite values, got nan at index \(1,\)",
    ):
        from_nir(graph)


@pytest.mark.usefixtures("nir")
def test_a_first_potential_beyond_the_dtype_asked_for_is_refused() -> None:
    layer = DirectLIF((1,))
    graph = to_nir([Stage(layer, layer.init(np.random.default_rng(0), float), np.full(1, 1e300))])
    assert from_nir(graph)[0].V0 == 1e300
    overflown = np.errstate(over="ignore")
    refused = pytest.raises(InputError, match=r"^V0 of node 'neurons0' .*: expected finite values")
    with overflown, refused:
        from_nir(graph, dtype=np.float32)


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


def test_a_graph_is_refused_that_is_none(nir: Any) -> None:
    with pytest.raises(InputError, match=r"graph of from_nir: .* got LIF"):
        from_nir(lif(nir))


EDGES = {
    "branch": ([("a", "b"), ("a", "c"), ("b", "c")], r"node 'a'.*one successor, got 'b', 'c'"),
    "loop": ([("a", "b"), ("b", "c"), ("c", "b")], r"node 'b'.*one predecessor, got 'a', 'c'"),
    "cycle": ([("a", "input"), ("b", "c")], r"node 'input'.*expected no cycle, got one"),
    "join": ([("a", "b"), ("b", "c"), ("input", "c")], r"node 'input'.*one successor, got"),
    "end": ([("a", "b"), ("b", "a"), ("c", "b")], r"node 'a'.*one predecessor, got 'input', 'b'"),
    "beside": ([("a", "c"), ("b", "b")], r"node 'b'.*on the path from Input to Output"),
    "unknown": ([("a", "d"), ("b", "c")], r"node 'd'.*expected a node of this name, got none"),
}


@pytest.mark.parametrize("case", EDGES)
def test_a_graph_that_is_no_chain_is_refused_with_the_node(nir: Any, case: str) -> None:
    between, expected = EDGES[case]
    nodes = {"input": nir.Input([L]), "output": nir.Output([L])}
    nodes |= {name: lif(nir) for name in "abc"}
    edges = [("input", "a"), ("c", "output"), *between]
    with pytest.raises(InputError, match=expected):
        from_nir(nir.NIRGraph(nodes, edges, type_check=False))


def test_two_inputs_are_refused(nir: Any) -> None:
    nodes = {"i": nir.Input([L]), "j": nir.Input([L]), "a": lif(nir), "o": nir.Output([L])}
    graph = nir.NIRGraph(nodes, [("i", "a"), ("j", "a"), ("a", "o")], type_check=False)
    with pytest.raises(
        InputError, match="Input nodes of the NIR graph: expected one, got 'i', 'j'"
    ):
        from_nir(graph)


def test_nodes_that_do_not_fit_are_refused(nir: Any) -> None:
    for nodes in ([nir.Linear(np.ones((3, K))), lif(nir)], [lif(nir), nir.Linear(np.ones((2, 5)))]):
        with pytest.raises(InputError, match=r"input of node .*: expected shape"):
            from_nir(chained(nir, *nodes))
