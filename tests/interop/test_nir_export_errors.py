"""What has no counterpart in NIR, or is no NIR file, is refused by name."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from interop.conftest import lif_stages
from liaf_ref import layers
from liaf_ref._core.errors import FormatError, InputError, LiafError
from liaf_ref.interop.nir import Stage, from_nir, read, to_nir, write
from liaf_ref.kernels.spike import relaxed
from liaf_ref.layers import Dense, DenseLIF, DirectLIAF, DirectLIF, Embedding, Layer


def stage(layer: Layer, **values: float) -> Stage:
    params = layer.init(np.random.default_rng(0))
    for name, value in values.items():
        params[name][-1] = value
    return Stage(layer, params)


EXPORTS: dict[str, tuple[Callable[[], Any], str]] = {
    "alpha above 1": (
        lambda: to_nir([stage(DirectLIF((2,)), alpha=1.25)]),
        r"alpha of layer 0 of to_nir: expected 0 <= alpha < 1 \(tau.*or 1 for all neurons, "
        r"got 1.25 at index \(1,\)",
    ),
    "alpha 1 for some": (
        lambda: to_nir([stage(DirectLIF((2,)), alpha=1.0)]),
        r"alpha of layer 0.*got 1.0 at index \(1,\)",
    ),
    "alpha below 0": (
        lambda: to_nir([stage(Dense(2, 2)), stage(DirectLIF((2,)), alpha=-0.1)]),
        r"alpha of layer 1.*got -0.1 at index \(1,\)",
    ),
    "drift without leak": (
        lambda: to_nir([stage(DirectLIF((1,)), alpha=1.0, beta=0.5)]),
        r"beta of layer 0.*expected 0 where alpha is 1.*got 0.5 at index \(0,\)",
    ),
    "V0 where alpha is 0": (
        lambda: to_nir([stage(DirectLIF((1,)), alpha=0.0, beta=0.5)]),
        r"V0 of layer 0.*expected V0 = beta where alpha is 0.*got 0.0",
    ),
    "V0 of another shape": (
        lambda: to_nir([stage(DirectLIF((2,)))._replace(V0=np.zeros((1, 2)))]),
        r"V0 of layer 0.*expected shape \(2,\), got shape \(1, 2\)",
    ),
    "analog": (
        lambda: to_nir([stage(layers.DenseLIAF(2, 2, act="selu"))]),
        r"act of layer 0.*expected the spike of a LIF neuron, got selu \(TR\); NIR has no",
    ),
    "a spike that ignores the threshold": (
        lambda: to_nir([stage(DirectLIAF((2,), act=DirectLIF((2,)).neuron.fires, mode="NTR"))]),
        r"act of layer 0.*got custom \(NTR\)",
    ),
    "relaxed": (
        lambda: to_nir([stage(DirectLIF((2,), spike=relaxed(0.5)))], analog="as-lif"),
        r"spike of layer 0.*expected the step of Eq. \(4\)",
    ),
    "nothing": (lambda: to_nir([]), r"stages of to_nir: expected at least one"),
    "widths": (
        lambda: to_nir([stage(Dense(2, 3)), stage(DenseLIF(4, 2))]),
        r"input of layer 1 of to_nir: expected shape \(4,\), got \(3,\) from the previous layer",
    ),
    "longdouble": (
        lambda: to_nir([Stage(Dense(2, 3), Dense(2, 3).init(np.random.default_rng(), "g"))]),
        r"parameters of layer 0 of to_nir: expected dtype float32 or float64, got (long|float)",
    ),
    "nowhere to fold": (
        lambda: to_nir([stage(DirectLIF((2,)))], fold_gain=True),
        r"fold_gain of layer 0.*expected a weight layer before the neurons",
    ),
    "too large for a v_leak": (
        lambda: to_nir([stage(DirectLIF((2,)), alpha=0.9, beta=1e308)]),
        r"v_leak of layer 0.*expected finite values, got inf at index \(1,\)",
    ),
    "too large for a first potential": (
        lambda: to_nir([stage(DirectLIF((2,)), alpha=0.1)._replace(V0=np.full(2, 1.7e308))]),
        r"v0 of layer 0.*expected finite values, got inf at index",
    ),
    "too large for folded weights": (
        lambda: to_nir([stage(DenseLIF(2, 2), alpha=0.75, W=1.7e308)], fold_gain=True),
        r"weight of layer 0.*expected finite values, got inf at index \(0, 1\)",
    ),
    "too large for a folded bias": (
        lambda: to_nir([stage(DenseLIF(2, 2), alpha=0.75, b=1.7e308)], fold_gain=True),
        r"bias of layer 0.*expected finite values, got inf at index \(1,\)",
    ),
}
RECURRENT = {"RNN": "ElmanCell", "LSTM": "LSTMCell", "GRU": "GRUCell"}


@pytest.mark.usefixtures("nir")
@pytest.mark.parametrize("case", EXPORTS)
def test_export_refuses(case: str) -> None:
    call, expected = EXPORTS[case]
    with pytest.raises(InputError, match=expected):
        call()


@pytest.mark.usefixtures("nir")
@pytest.mark.parametrize("name", RECURRENT)
def test_export_refuses_the_rivals(name: str) -> None:
    with pytest.raises(
        InputError, match=f"got {RECURRENT[name]}, which NIR export does not support"
    ):
        to_nir([stage(getattr(layers, name)(2, 3))])


@pytest.mark.usefixtures("nir")
def test_export_refuses_an_embedding() -> None:
    embedding: Any = Embedding(3, 2)
    with pytest.raises(InputError, match="expected Dense, LIF or LIAF neurons, got Embedding"):
        to_nir([Stage(embedding, embedding.init(np.random.default_rng(0)))])


@pytest.mark.usefixtures("nir")
@pytest.mark.parametrize(
    ("layer", "what"),
    [
        (layers.ConvLIF((4, 4, 2), 3), "Conv2D"),
        (layers.Conv3D((4, 4, 2), 3), "Conv3D"),
        (layers.AveragePool((4, 4, 2)), "AveragePool"),
        (layers.PoolingLIAF((4, 4, 2)), "AveragePool"),
    ],
)
def test_export_refuses_convolutions_and_pooling(layer: layers.Layer, what: str) -> None:
    with pytest.raises(InputError, match=f"got {what}, which NIR export does not support"):
        to_nir([stage(layer)])


@pytest.mark.parametrize("content", [b"", b"NIR", None])
@pytest.mark.usefixtures("nir")
def test_a_file_that_is_no_graph_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "net.nir"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FormatError, match=re.escape(f"{path}: expected a NIR graph, got")):
        read(path)


def test_a_single_node_or_another_hdf5_file_is_no_graph(nir: Any, tmp_path: Path) -> None:
    path = tmp_path / "net.nir"
    nir.write(path, nir.I(np.ones(2)))
    with pytest.raises(FormatError, match="expected a NIR graph, got an error: TypeError"):
        read(path)
    h5py: Any = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file["x"] = 1
    with pytest.raises(FormatError, match="expected a NIR graph, got an error: KeyError"):
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
