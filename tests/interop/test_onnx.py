"""Layers and networks in ONNX compute what they compute here, within the derived tolerances."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from networks.small import DVS_CONFIG
from oracle.case_builder import RANDOM_DISTRIBUTIONS, CaseBuilder, layer_case
from oracle.network_cases import NETWORKS, NetworkSample, draw_sample, with_running_statistics

import liaf_ref as lr
from interop.onnx_runtimes import run_model, run_onnxruntime
from liaf_ref.interop.onnx import add_layer
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import relaxed
from liaf_ref.kernels.variants.reset import RESETS
from liaf_ref.layers import DirectLIAF, DirectLIF, Layer, Param
from liaf_ref.layers.cells import ConvLSTMCell, LSTMCell
from liaf_ref.networks import BabiNetwork, dvs_network
from liaf_ref.networks.base import Network
from liaf_ref.oracle.error_bounds import bound

B, T = 2, 5
IMAGE = (4, 5, 2)
DTYPES = ("float32", "float64")


def deep() -> Layer:
    """Several states, and a layer for each change of shape."""
    pooled = lr.PoolingLIAF((4, 5, 3), act="selu", mode="NTR", sharing="all")
    return lr.Sequential(
        [
            lr.ConvLIAF(IMAGE, 3, sharing="all"),
            lr.LayerNorm((4, 5, 3)),
            pooled,
            lr.Dropout(pooled.out_shape),
            lr.Flatten(pooled.out_shape),
            lr.LSTM(12, 2),
            lr.Dense(2, 3, bias=False),
            lr.Activation((3,), "sigmoid"),
        ]
    )


LAYERS: Mapping[str, Callable[[], Layer]] = {
    "dense": partial(lr.Dense, 4, 3),
    "conv": partial(lr.Conv2D, IMAGE, 3, (3, 2), (2, 1), ((1, 0), (0, 2))),
    "conv3d": partial(lr.Conv3D, IMAGE, 2),
    "conv3d, causal": partial(lr.Conv3D, IMAGE, 2, pad=((2, 0), (1, 1), (1, 0))),
    "average pool": partial(lr.AveragePool, IMAGE, (3, 2), (1, 2)),
    "max pool": partial(lr.MaxPool, IMAGE, (2, 3), (2, 1)),
    "layer norm": partial(lr.LayerNorm, IMAGE),
    "batch norm": partial(lr.BatchNorm, IMAGE),
    "current": partial(lr.layers.SynapticCurrent, IMAGE),
    "current, fixed": partial(lr.layers.SynapticCurrent, (4,), trained=False),
    "rnn": partial(lr.RNN, 4, 3),
    "lstm": partial(lr.LSTM, 4, 3),
    "gru": partial(lr.GRU, 4, 3),
    "lstm on a given drive": partial(LSTMCell, 3),
    "convlstm": partial(lr.ConvLSTM, IMAGE, 2, (3, 2)),
    "liaf, TR": partial(lr.DenseLIAF, 4, 3, act="tanh"),
    "liaf, NTR": partial(lr.DenseLIAF, 4, 3, act="relu", mode="NTR", sharing="non"),
    "lif": partial(lr.DenseLIF, 4, 3),
    "lif, images": partial(DirectLIF, IMAGE, sharing="all"),
    "sumlayer": partial(lr.TimeMean, IMAGE),
    "deep": deep,
}


class LayerSample(NamedTuple):
    """A layer, its parameters, input and initial state; every number a float32."""

    layer: Layer
    params: dict[str, Array]
    X: Array
    state: tuple[Array, ...]

    def feeds(self, dtype: str) -> dict[str, Array]:
        states = {f"state{k}": part.astype(dtype) for k, part in enumerate(self.state)}
        return {"X": self.X.astype(dtype)} | states

    def export(self, dtype: str, *, stateful: bool = True) -> Any:
        params = {name: value.astype(dtype) for name, value in self.params.items()}
        return lr.to_onnx(self.layer, params, stateful=stateful, dtype=dtype)


def draw_layer(name: str) -> LayerSample:
    """Draw by the golden cases' own ranges."""
    layer, rng = LAYERS[name](), np.random.default_rng(1)
    params = {
        key: RANDOM_DISTRIBUTIONS[key.rpartition(".")[2]].sample(rng, shape)
        for key, shape in layer.param_shapes().items()
    }
    sizes = [part.shape for part in layer.initial_state(B, np.float64)]
    state = tuple(RANDOM_DISTRIBUTIONS["V0"].sample(rng, size) for size in sizes)
    X = RANDOM_DISTRIBUTIONS["X"].sample(rng, (B, T, *layer.in_shape))
    return LayerSample(layer, params, X, state)


def safe_tolerances(builder: CaseBuilder, dtype: str) -> dict[str, Array]:
    """How far any right program can be; it decides as we do."""
    case = builder.case()
    found = bound(case, dtype)
    assert not any(places.any() for places in found.unsafe.values())
    return found.tolerance


def layer_tolerances(sample: LayerSample, dtype: str) -> list[Array]:
    """Those of the output and of the states after the last step."""
    builder = layer_case(sample.layer, sample.params, sample.X, sample.state)
    Y, _, _ = sample.layer(sample.params, sample.X, sample.state)
    gradient = Y[:, 0] if Y.shape[1] == 1 else Y  # behind a TimeMean a case has no axis of time
    builder.arrays[f"up/{builder.nodes[-1].name}.Y"] = np.ones_like(gradient)
    found = safe_tolerances(builder, dtype)
    ends = [found[f"exp/{name}"][:, -1] for name in builder.states]
    return [found[builder.last].reshape(Y.shape), *ends]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_with_its_states_is_within_the_tolerances(name: str, dtype: str) -> None:
    sample = draw_layer(name)
    found = run_model(sample.export(dtype), sample.feeds(dtype))
    Y, state, _ = sample.layer(sample.params, sample.X, sample.state)
    assert list(found) == ["Y", *(f"next_state{k}" for k in range(len(state)))]
    for output, expected, tolerance in zip(
        found.values(), (Y, *state), layer_tolerances(sample, dtype), strict=True
    ):
        assert output.dtype == dtype
        assert output.shape == expected.shape
        assert (abs(output - expected) <= tolerance).all()


@pytest.mark.parametrize("name", ["deep", "lif", "gru", "convlstm"])
def test_without_states_they_start_at_zero(name: str) -> None:
    sample = draw_layer(name)
    zero = sample._replace(state=tuple(np.zeros_like(part) for part in sample.state))
    X = {"X": sample.X.astype("float32")}
    found = run_onnxruntime(sample.export("float32", stateful=False), X)
    expected = run_onnxruntime(sample.export("float32"), zero.feeds("float32"))
    assert list(found) == ["Y"]
    assert np.array_equal(found["Y"], expected["Y"])


@pytest.mark.parametrize("name", ["deep", "rnn", "lstm", "gru", "convlstm"])
def test_one_model_takes_any_batch_and_continues_a_sequence(name: str) -> None:
    sample = draw_layer(name)
    model, feeds = sample.export("float64"), sample.feeds("float64")
    whole = run_model(model, feeds)
    feeds = {key: value[:1] for key, value in feeds.items()}
    first = run_model(model, feeds | {"X": feeds["X"][:, :2]})
    states = {key.removeprefix("next_"): value for key, value in first.items() if key != "Y"}
    rest = run_model(model, {"X": feeds["X"][:, 2:], **states})
    tolerance, *_ = layer_tolerances(sample, "float64")
    Y = np.concatenate((first["Y"], rest["Y"]), axis=1)
    assert (abs(Y - whole["Y"][:1]) <= 2 * tolerance[:1]).all()  # each is as far from the truth


@pytest.mark.parametrize(("cell", "frame"), [(LSTMCell, ()), (ConvLSTMCell, (1, 1))])
def test_hard_gates_open_fully(cell: Any, frame: tuple[int, ...]) -> None:
    layer = cell(1, *([frame] if frame else []), recurrent_activation="hard_sigmoid")
    drive = np.broadcast_to(np.array([3, -3, 0, 1], np.float32), (1, 2, *frame, 4))
    kept = np.full((1, *layer.out_shape), 0.7, np.float32)
    params = {"U": np.zeros(layer.param_shapes()["U"], np.float32)}
    feeds = {"X": drive, "state0": 0 * kept, "state1": kept}
    found = run_onnxruntime(lr.to_onnx(layer, params, stateful=True), feeds)
    assert np.array_equal(found["next_state1"], kept)  # a sigmoid would leave 0.95 of it


VARIANTS = [
    *({"reset": reset} for reset in RESETS),
    {"levels": "ternary", "reset": "subtract"},
    {"levels": 3, "reset": "v_reset"},
]


@pytest.mark.parametrize("options", VARIANTS, ids=str)
@pytest.mark.parametrize("kind", [DirectLIF, DirectLIAF, partial(DirectLIAF, graded=True)])
def test_the_neurons_of_other_papers_are_exact_where_nothing_rounds(
    kind: Callable[..., Layer], options: dict[str, Any]
) -> None:
    layer = kind((3,), decay="sigmoid", **options)
    values = {"v_th": 0.5, "v_reset": -0.25, "alpha_logit": 0.0, "beta": 0.125}  # alpha is 1/2
    params = {name: np.full(3, value, np.float32) for name, value in values.items()}
    X = np.random.default_rng(0).integers(-8, 9, (B, T, 3)).astype(np.float32) / 4
    V0 = np.full((B, 3), 0.25, np.float32)
    found = run_onnxruntime(lr.to_onnx(layer, params, stateful=True), {"X": X, "state0": V0})
    Y, (V,), _ = layer(params, X, (V0,))
    assert np.array_equal(found["Y"], Y)
    assert np.array_equal(found["next_state0"], V)


def test_running_statistics_are_those_that_are_given() -> None:
    layer = lr.BatchNorm(IMAGE)
    sample = draw_layer("batch norm")
    rng = np.random.default_rng(2)
    buffers = {
        key: RANDOM_DISTRIBUTIONS[key].sample(rng, value.shape)
        for key, value in layer.initial_running_stats("float64").items()
    }
    builder = layer_case(layer, sample.params | buffers, sample.X, ())
    builder.arrays[f"up/{builder.last.split('/')[1]}"] = np.ones_like(sample.X)
    expected, _, _ = layer(sample.params, sample.X, buffers=buffers)
    for dtype in DTYPES:
        params, given = (
            {key: value.astype(dtype) for key, value in arrays.items()}
            for arrays in (sample.params, buffers)
        )
        model = lr.to_onnx(layer, params, buffers=given)
        found = run_model(model, {"X": sample.X.astype(dtype)})["Y"]
        assert (abs(found - expected) <= safe_tolerances(builder, dtype)[builder.last]).all()


def network_sample(name: str) -> NetworkSample:
    """Without dropout; the batch norm of the gesture network has running statistics."""
    sample = draw_sample(name, 0)._replace(buffers={})
    return with_running_statistics(sample, 0) if name.startswith("gesture") else sample


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_of_the_paper_is_within_the_tolerances(name: str) -> None:
    sample = network_sample(name)
    params, buffers = (
        {key: value.astype("float32") for key, value in arrays.items()}
        for arrays in (sample.params, sample.buffers)
    )
    model = lr.to_onnx(sample.net, params, buffers=buffers)
    names = ("story", "query") if isinstance(sample.net, BabiNetwork) else ("X",)
    assert [value.name for value in model.graph.input] == list(names)
    inputs = (x.astype("float32") if x.dtype.kind == "f" else x for x in sample.inputs)
    feeds = dict(zip(names, inputs, strict=True))
    expected, _ = sample.run(np.float64)
    builder = sample.to_case()
    tolerance = safe_tolerances(builder, "float32")[builder.logits]
    for rows in (slice(None), slice(1)):
        found = run_onnxruntime(model, {key: value[rows] for key, value in feeds.items()})
        assert (abs(found["logits"] - expected[rows]) <= tolerance[rows]).all()


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


REFUSED: dict[str, Callable[[], object]] = {
    r"spike of to_onnx of DirectLIAF.*, Eqs. \(3\)-\(8\): expected the step of Eq. \(4\), got "
    "another, for which ONNX export has no nodes": lambda: export(
        DirectLIAF((2,), spike=relaxed(0.5))
    ),
    r"act of to_onnx of DirectLIAF.*: expected one of identity, relu, selu, tanh, sigmoid, or the "
    "spike, got another, ": lambda: export(DirectLIAF((2,), act=Pair(np.sin, np.cos))),
    r"layer of to_onnx of OwnLayer\(\): expected a layer with an entry in add_layer, got OwnL": (
        lambda: export(lr.Sequential([OwnLayer()]))
    ),
    "network of to_onnx of own: expected a network with an entry in logits_of, got OwnNet": (
        lambda: lr.to_onnx(OwnNetwork(), {})
    ),
    "padding of to_onnx of BabiNetwork.*: expected 'unmasked', got 'masked': ONNX has no .*; "
    "export an unmasked network": lambda: export(BabiNetwork(7, "liaf", 3, 4, padding="masked")),
    "recurrent_activation of to_onnx: expected 'sigmoid' .*float64 parameters, got 'hard_sig": (
        lambda: export(lr.GRU(4, 3, recurrent_activation="hard_sigmoid"), "float64")
    ),
    "stateful of to_onnx: expected False for a network, whose states start at zero": (
        lambda: export(dvs_network(DVS_CONFIG), stateful=True)
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_exported_is_refused(message: str) -> None:
    with pytest.raises(lr.InputError, match=f"^{message}"):
        REFUSED[message]()


def test_a_file_has_the_same_model_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    import onnx

    layer = lr.DenseLIAF(4, 3)
    files = [tmp_path / name for name in ("a.onnx", "b.onnx")]
    for file in files:
        model = export(layer, path=file)
        assert onnx.load(file) == model
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_layer_of_ones_own_adds_its_nodes() -> None:
    class Absolute(lr.Flatten):
        """Registered from outside."""

    @add_layer.register
    def _(layer: Absolute, to: Any, p: Any, X: str, state: Any) -> tuple[str, tuple[str, ...]]:
        return to.add("Abs", X), ()

    assert [node.op_type for node in export(Absolute((2,))).graph.node] == ["Abs", "Identity"]
