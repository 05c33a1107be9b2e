"""A Sequential is its layers one after the other, with a full or a checkpointed tape."""

from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from support import trees_equal

from layers.samples import B, T, X, params, state
from layers.sequentials import (
    FULL,
    SEQUENTIALS,
    SHAPE,
    SPIKE,
    LayersFactory,
    analog,
    binary,
    nested,
    random_buffers,
    recurrent,
    run_layer_by_layer,
    run_sequential,
    strip_prefix,
)
from liaf_ref import layers
from liaf_ref.kernels import im2col
from liaf_ref.layers import (
    REFERENCE,
    BatchNorm,
    CheckpointedSequential,
    Dense,
    Dropout,
    LayerNorm,
    NamedLayer,
    Sequential,
)
from liaf_ref.layers.kernel_set import kernel_set_for
from liaf_ref.oracle.gradcheck import MODES, GradcheckTarget, layer_target
from liaf_ref.oracle.gradcheck.check import check_away_from_kinks

every_sequential = pytest.mark.parametrize("parts", SEQUENTIALS.values(), ids=SEQUENTIALS)
every_kind = pytest.mark.parametrize("kind", [Sequential, CheckpointedSequential])
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@every_sequential
@every_kind
@every_dtype
@pytest.mark.parametrize("what", ["nothing", "training", "evaluation"])
def test_a_chain_is_its_layers_one_after_the_other(
    parts: LayersFactory, kind: type[Sequential], dtype: Any, what: str
) -> None:
    """Bit for bit, with a checkpointed tape too."""
    chain = kind(parts(SPIKE))
    p, x, first, more = (
        params(chain, dtype),
        X(chain, dtype),
        state(chain, dtype),
        random_buffers(chain, dtype, what),
    )
    assert trees_equal(
        run_sequential(chain, p, x, first, more), run_layer_by_layer(chain, p, x, first, more)
    )


@every_sequential
@every_kind
@every_dtype
def test_the_parameters_alone_have_the_gradients_of_the_whole(
    parts: LayersFactory, kind: type[Sequential], dtype: Any
) -> None:
    chain = kind(parts(SPIKE))
    Y, last, tape = chain.forward(
        params(chain, dtype), X(chain, dtype), buffers=random_buffers(chain, dtype, "training")
    )
    dY, d_last = np.cos(Y), tuple(np.sin(end) for end in last)
    alone = chain.back_params(dY, d_last, tape.saved, tape.kernels)
    whole = chain.backward(dY, tape, d_last)[2]
    if dtype == np.float64:
        assert trees_equal(alone, whole)
    assert list(alone) == list(whole)
    for name, grad in whole.items():  # a twin may sum some hundred terms in another order
        bound = 500 * np.finfo(dtype).eps * abs(grad).max()
        np.testing.assert_allclose(alone[name], grad, rtol=0, atol=bound, err_msg=name)


@every_kind
def test_the_inputs_gradient_is_left_out(kind: type[Sequential]) -> None:
    chain = kind(analog(SPIKE))
    alone: dict[str, Any] = {"forward": im2col.forward, "backward_params": im2col.backward_params}
    forms = REFERENCE._replace(conv=cast(Any, SimpleNamespace(**alone)))
    Y, last, tape = chain.forward(params(chain), X(chain), kernel_set=forms)
    assert list(chain.back_params(np.ones_like(Y), last, tape.saved, forms)) == list(chain.shapes)
    with pytest.raises(AttributeError, match="backward"):
        chain.backward(np.ones_like(Y), tape, last)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("parts", [binary, nested])
def test_gradients_in_every_entry(parts: LayersFactory, mode: str) -> None:
    def subject(rng: np.random.Generator) -> GradcheckTarget:
        return layer_target(lambda spike: CheckpointedSequential(parts(spike)), rng, 2, 2)

    report, _ = check_away_from_kinks(subject, mode, 0.5, 0)
    report.assert_passed()


def test_parameters_are_named_counted_and_drawn_by_part() -> None:
    chain = Sequential(nested(SPIKE))
    first = Dense(2, 2).init(np.random.default_rng(3))
    assert list(chain.param_shapes()) == [
        *("below.norm.gamma", "below.norm.b", "below.fall.W", "below.fall.b"),
        *("inner.rise.W", "inner.rise.b"),
        *(f"inner.node.{name}" for name in ("v_th", "v_reset", "alpha", "beta")),
        *("elman.W", "elman.b", "elman.U"),
    ]
    assert (
        chain.count_params()
        == sum(layer.count_params() for _, layer in chain.layers)
        == 4 + 6 + 9 + 12 + 12
    )
    assert trees_equal(chain.init(np.random.default_rng(3))["below.fall.W"], first["W"])
    assert (chain.in_shape, chain.out_shape) == ((2,), (2,))


def test_states_are_those_of_the_layers_in_their_order() -> None:
    chain = Sequential(recurrent(SPIKE))
    assert [part.shape for part in chain.initial_state(B, np.float32)] == [
        *[(B, *FULL)] * 2,
        *[(B, 2)] * 2,
    ]
    p, x = params(chain), X(chain)
    _, last, _ = chain.forward(p, x)
    Y = layers.ConvLSTM(SHAPE, 3).forward(strip_prefix(p, "conv1"), x)
    assert trees_equal(last[:2], Y[1])


def test_synapses_and_dynamics_are_stages_apart_and_nothing_else_is() -> None:
    chain = Sequential(binary(SPIKE))
    pooling = layers.PoolingLIAF(FULL, act="selu", mode="NTR", spike=SPIKE)
    assert [name for name, _ in chain.stages] == [
        *("conv1", "norm1", "node1", "pool1", "pool1", "max")
    ]
    assert [layer for _, layer in chain.stages][3:5] == [pooling.synapse, pooling.dynamics]


@every_kind
def test_tapes_are_those_of_the_stages(kind: type[Sequential]) -> None:
    chain = kind(binary(SPIKE))
    _, _, tape = chain.forward(params(chain), X(chain))
    saved = dict(zip(*([n for n, _ in chain.stages], chain.stages_saved(tape.saved)), strict=True))
    statistics = saved["norm1"].statistics
    assert statistics.m.shape == (1, T, 1, 1, 3)


@every_kind
def test_a_run_goes_stage_by_stage(kind: type[Sequential]) -> None:
    chain = kind(analog(SPIKE))
    p, x = params(chain), X(chain)
    steps = list(chain.iter_stages(p, x, REFERENCE))
    assert [step.layer for step in steps] == [layer for _, layer in chain.stages]
    assert trees_equal(steps[0].X, x)
    assert all(above.X is below.Y for below, above in pairwise(steps))
    assert trees_equal(steps[-1].Y, chain.forward(p, x)[0])


STRIPPED = {
    "norm": (LayerNorm((3,)), lambda saved: saved is None),
    "conv": (layers.Conv2D(SHAPE, 2), lambda saved: saved is None),
    "act": (layers.Activation((3,)), lambda saved: saved is None),
    "batch norm": (
        BatchNorm((3,)),
        lambda saved: saved.tape is None and saved.statistics.m.size == 3,
    ),
    "drop": (Dropout((3,)), lambda saved: saved is None),
}


@pytest.mark.parametrize(("layer", "is_light"), STRIPPED.values(), ids=STRIPPED)
def test_what_a_light_tape_has_lost_is_remembered(
    layer: layers.Layer, is_light: Callable[[Any], bool]
) -> None:
    p, x, forms = params(layer), X(layer), kernel_set_for(np.float64)
    Y, _, saved = layer.run(p, x, (), forms)
    assert is_light(layer.strip(saved))
    again, dY = layer.save_again(p, x, forms), np.cos(Y)
    assert trees_equal(layer.back(dY, (), again, forms), layer.back(dY, (), saved, forms))


class CallCounter:
    """Neurons or norms, and how often they ran."""

    def __init__(self, kernel: Any) -> None:
        self.kernel, self.runs = kernel, 0
        self.backward = kernel.backward

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kernel, name)

    def forward(self, *args: Any) -> Any:
        self.runs += 1
        return self.kernel.forward(*args)


@pytest.mark.parametrize(("kind", "runs"), [(Sequential, 1), (CheckpointedSequential, 2)])
def test_what_has_a_state_never_runs_twice(kind: type[Sequential], runs: int) -> None:
    """And what lies between once more, in the backward pass of the checkpointed one alone."""
    neurons, norms = CallCounter(REFERENCE.neuron), CallCounter(REFERENCE.norm)
    forms = REFERENCE._replace(neuron=cast(Any, neurons), norm=cast(Any, norms))
    chain = kind(binary(SPIKE))
    Y, _, tape = chain.forward(params(chain), X(chain), kernel_set=forms)
    assert (neurons.runs, norms.runs) == (2, 1)
    chain.backward(Y, tape)
    assert (neurons.runs, norms.runs) == (2, runs)


def build_deep(container: type[Sequential], K: int, pooled: bool) -> Sequential:
    """A dear convolution, its neurons behind a normalisation and, at choice, a pooling."""
    conv, wide = layers.Conv2D((4, 4, K), 8), (4, 4, 8)
    node = (2, 2, 8) if pooled else wide
    parts = [NamedLayer("conv", conv), NamedLayer("norm", LayerNorm(wide))]
    parts += [NamedLayer("pool", layers.AveragePool(wide, (2, 2)))] if pooled else []
    return container((*parts, NamedLayer("node", layers.DirectLIF(node))))


@pytest.mark.parametrize(
    ("K", "pooled", "runs"),
    [
        (16, True, 1),  # 144 products a number, and there is room
        (14, True, 2),  # 126 products
        (16, False, 2),  # potentials as large as the output: no room
    ],
)
def test_a_dear_convolution_is_kept_while_there_is_room(K: int, pooled: bool, runs: int) -> None:
    convs = CallCounter(REFERENCE.conv)
    forms = REFERENCE._replace(conv=cast(Any, convs))
    chain = build_deep(CheckpointedSequential, K, pooled)
    Y, _, tape = chain.forward(params(chain), X(chain), kernel_set=forms)
    assert convs.runs == 1
    dX = chain.backward(Y, tape)
    assert convs.runs == runs
    whole = build_deep(Sequential, K, pooled)
    Y, _, tape = whole.forward(params(whole), X(whole), kernel_set=REFERENCE)
    assert trees_equal(dX, whole.backward(Y, tape))


def test_the_mean_over_time_is_one_step() -> None:
    layer = layers.TimeMean((3,))
    x = X(layer)
    Y, _, tape = layer.forward({}, x)
    dX, _, _ = layer.backward(Y, tape)
    np.testing.assert_allclose(Y, x.sum(axis=1, keepdims=True) / T, rtol=1e-14)
    np.testing.assert_allclose(dX, np.repeat(Y / T, T, axis=1), rtol=1e-15)
