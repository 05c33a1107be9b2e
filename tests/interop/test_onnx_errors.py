"""What has no counterpart in ONNX is refused by name; files are written whole."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks.small import DVS_CONFIG

import liaf_ref as lr
from liaf_ref.interop.onnx import add_layer
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import relaxed
from liaf_ref.layers import DirectLIAF, Param
from liaf_ref.networks import BabiNetwork, dvs_network
from liaf_ref.networks.base import Network

onnx = pytest.importorskip("onnx", reason="onnx, of the extra of this name, is not installed")


def export(model: Any, dtype: str = "float32", **options: Any) -> Any:
    return lr.to_onnx(model, model.init(0, dtype), **options)


class OwnLayer(lr.Layer):
    """A layer without an entry in the table."""

    in_shape = (2,)


class OwnNetwork(Network):
    """A network without an entry in the table."""

    def params(self) -> dict[str, Param]:
        return {}

    name = steps = label = property(lambda self: "own")
    forward = run = back = check_logits_of = None  # type: ignore[assignment]
    example_inputs = tape_parts = label_of_param_layer = None  # type: ignore[assignment]


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a spike that is no step": (
        lambda: export(DirectLIAF((2,), spike=relaxed(0.5))),
        r"^spike of to_onnx of DirectLIAF.*, Eqs. \(3\)-\(8\): expected the step of Eq. \(4\)"
        r", got another, for which ONNX export has no nodes",
    ),
    "an activation of one's own": (
        lambda: export(DirectLIAF((2,), act=Pair(np.sin, np.cos))),
        r"^act of to_onnx of DirectLIAF.*: expected one of identity, relu, selu, tanh, sigmoid, or "
        r"the spike, got another, ",
    ),
    "a layer of one's own": (
        lambda: export(lr.Sequential([OwnLayer()])),
        r"^layer of to_onnx of OwnLayer\(\): expected a layer with an entry in add_layer, got OwnL",
    ),
    "a network of one's own": (
        lambda: lr.to_onnx(OwnNetwork(), {}),
        r"^network of to_onnx of own: expected a network with an entry in logits_of, got OwnNet",
    ),
    "masked padding": (
        lambda: export(BabiNetwork(7, "liaf", 3, 4, padding="masked")),
        r"^padding of to_onnx of BabiNetwork.*: expected 'unmasked', got 'masked': ONNX has no .*; "
        "export an unmasked network with the same parameters, and run each story without",
    ),
    "hard gates in float64": (
        lambda: export(lr.GRU(4, 3, recurrent_activation="hard_sigmoid"), "float64"),
        r"^recurrent_activation of to_onnx: expected 'sigmoid' with float64 parameters, got "
        "'hard_sigmoid'",
    ),
    "complex parameters": (
        lambda: export(lr.Dense(4, 3), "complex128"),
        r"^parameters of to_onnx: expected dtype float32 or float64, got complex128$",
    ),
    "a dropout mask": (
        lambda: export(lr.Dropout((3,)), buffers={"M": np.ones((1, 1, 3))}),
        r"^buffers of to_onnx: expected no keys; unknown: M$",
    ),
    "the states of a network": (
        lambda: export(dvs_network(DVS_CONFIG), stateful=True),
        r"^stateful of to_onnx: expected False for a network, whose states start at zero",
    ),
    "an embedding alone": (
        lambda: export(lr.Embedding(4, 3)),
        r"^model of to_onnx: expected a Layer or a Network, got ",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_exported_is_refused(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(lr.InputError, match=message):
        call()


def test_a_file_has_the_same_model_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    layer = lr.DenseLIAF(4, 3)
    files = [tmp_path / name for name in ("a.onnx", "b.onnx")]
    for file in files:
        model = export(layer, path=file)
        assert onnx.load(file) == model
    assert files[0].read_bytes() == files[1].read_bytes()


def test_without_onnx_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(lr.LiafError, match=r"^onnx is not installed; run `pip install onnx`, or"):
        export(lr.Dense(4, 3))


def test_a_layer_of_ones_own_adds_its_nodes() -> None:
    class Absolute(lr.Flatten):
        """Registered from outside."""

    @add_layer.register
    def _(layer: Absolute, to: Any, p: Any, X: str, state: Any) -> tuple[str, tuple[str, ...]]:
        return to.add("Abs", X), ()

    assert [node.op_type for node in export(Absolute((2,))).graph.node] == ["Abs", "Identity"]
