"""A Sequential is its layers one after the other, with a full or a checkpointed tape."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from support import trees_equal

from layers.samples import B, X, params, random_array, state
from liaf_ref import layers
from liaf_ref.fast import neuron
from liaf_ref.kernels import im2col
from liaf_ref.kernels.array import Array
from liaf_ref.layers import sequential


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks run in one pass however small they are."""
    monkeypatch.setattr(sequential, "MIN_BLOCK", 1)


SHAPE, FULL, HALF = (4, 4, 2), (4, 4, 3), (2, 2, 3)


CHAINS: dict[str, list[layers.Layer]] = {
    # As in Fig. 6: LIAF, a norm, ReLU, pooling; then the mean, a dropout and a dense layer.
    "analog": [
        *(layers.ConvLIAF(SHAPE, 3), layers.LayerNorm(FULL), layers.Activation(FULL)),
        *(layers.AveragePool(FULL), layers.TimeMean(HALF), layers.Flatten(HALF)),
        *(layers.Dropout((12,), 0.25), layers.Dense(12, 2)),
    ],
    # As in Table VIII: synapses, a batch norm and LIF neurons apart, and pooling into neurons;
    # without the bias, which the norm takes away again: its gradient is nothing but rounding.
    "binary": [
        *(layers.Conv2D(SHAPE, 3, bias=False), layers.BatchNorm(FULL, "per_step")),
        layers.DirectLIF(FULL, sharing="all"),
        *(layers.PoolingLIAF(FULL, act="selu", mode="NTR"), layers.MaxPool(HALF)),
    ],
    "recurrent": [
        *(layers.ConvLSTM(SHAPE, 3), layers.BatchNorm(FULL), layers.AveragePool(FULL)),
        *(layers.Flatten(HALF), layers.LSTM(12, 2), layers.Dropout((2,))),
        layers.Activation((2,), "identity"),
    ],
    "nested": [
        layers.Sequential([layers.BatchNorm((2,)), layers.Dense(2, 2)]),
        layers.Sequential([layers.Dense(2, 3), layers.DirectLIAF((3,))]),
        *(layers.Dropout((3,)), layers.RNN(3, 2)),
    ],
}


def random_buffers(sequential: layers.Sequential, dtype: Any, mode: str) -> layers.Params:
    """Masks, and in evaluation running statistics too."""
    found = {}
    for name, axes in sequential.buffer_shapes().items():
        shape = tuple(B if axis == "B" else int(axis) for axis in axes)
        if name.endswith("M") or mode == "evaluation":
            found[name] = abs(random_array(shape, dtype)) + dtype(0.1)
    return found if mode != "nothing" else {}


def strip_prefix(arrays: layers.Params, prefix: str) -> layers.Params:
    start = f"{prefix}."
    return {key.removeprefix(start): v for key, v in arrays.items() if key.startswith(start)}


def run_layer_by_layer(
    sequential: layers.Sequential, p: layers.Params, x: Array, initial: Any, buffers: layers.Params
) -> tuple[Any, ...]:
    """Output, last states and gradients of the parts one after the other."""
    left, Y = iter(initial), x
    last: layers.State = ()
    tapes: list[layers.Tape] = []
    for name, layer in sequential.layers:
        start = tuple(next(left) for _ in layer.initial_state(B, Y.dtype))
        Y, end, tape = layer.forward(
            strip_prefix(p, name), Y, start, buffers=strip_prefix(buffers, name)
        )
        last, tapes = (*last, *end), [*tapes, tape]
    dX, d_last = np.cos(Y), [np.sin(end) for end in last]
    d_first: layers.State = ()
    grads: layers.Params = {}
    for (name, layer), tape in reversed(list(zip(sequential.layers, tapes, strict=True))):
        count = len(layer.initial_state(B, Y.dtype))
        mine = tuple(d_last[len(d_last) - count :])
        d_last = d_last[: len(d_last) - count]
        dX, d_here, here = layer.backward(dX, tape, mine)
        grads = {f"{name}.{key}": g for key, g in here.items()} | grads
        d_first = (*d_here, *d_first)
    return Y, last, dX, d_first, grads


def run_sequential(
    sequential: layers.Sequential, p: layers.Params, x: Array, initial: Any, buffers: layers.Params
) -> tuple[Any, ...]:
    Y, last, tape = sequential.forward(p, x, initial, buffers=buffers)
    d_last = tuple(np.sin(end) for end in last)
    return Y, last, *sequential.backward(np.cos(Y), tape, d_last)


every_sequential = pytest.mark.parametrize("parts", CHAINS.values(), ids=CHAINS)
every_kind = pytest.mark.parametrize("kind", [layers.Sequential, layers.CheckpointedSequential])
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@every_sequential
@every_kind
@every_dtype
@pytest.mark.parametrize("what", ["nothing", "training", "evaluation"])
def test_a_chain_is_its_layers_one_after_the_other(
    parts: list[layers.Layer], kind: type[layers.Sequential], dtype: Any, what: str
) -> None:
    """Bit for bit, with a checkpointed tape too; a block in one pass sums in another order."""
    chain = kind(parts)
    p, x, first, more = (
        params(chain, dtype),
        X(chain, dtype),
        state(chain, dtype),
        random_buffers(chain, dtype, what),
    )
    whole, apart = (run(chain, p, x, first, more) for run in (run_sequential, run_layer_by_layer))
    if dtype == np.float64 or chain.fused_units == chain.units:
        assert trees_equal(whole, apart)
    assert_near(flat(whole), flat(apart))


@every_sequential
@every_dtype
@pytest.mark.parametrize("share", [0, 1])
def test_a_checkpointed_tape_gives_the_same_bits(
    parts: list[layers.Layer], dtype: Any, share: int
) -> None:
    """Without and with a gradient in the last states."""
    found = []
    for kind in (layers.Sequential, layers.CheckpointedSequential):
        chain = kind(parts)
        Y, last, tape = chain.forward(params(chain, dtype), X(chain, dtype), state(chain, dtype))
        d_last = tuple(share * np.sin(end) for end in last)
        found.append((Y, last, *chain.backward(np.cos(Y), tape, d_last)))
    assert trees_equal(*found)


def test_a_block_in_one_pass_is_its_parts() -> None:
    """From a potential that is not 0, without a gradient in the last one."""
    chain = layers.Sequential(CHAINS["analog"])
    p, x, first = params(chain, np.float32), X(chain, np.float32), state(chain, np.float32)
    assert len(chain.fused_units) == len(chain.units) - 3
    found = []
    for kernels in (layers.FAST, layers.FAST._replace(neuron=neuron)):  # the others run no block
        Y, last, tape = chain.forward(p, x, first, kernels)
        found.append(flat((Y, last, *chain.backward(np.cos(Y), tape))))
    assert_near(*found)


def assert_near(found: list[Array], expected: list[Array]) -> None:
    for got, want in zip(found, expected, strict=True):
        bound = 100 * np.finfo(want.dtype).eps * abs(want).max()
        np.testing.assert_allclose(got, want, rtol=0, atol=bound)


def flat(tree: Any) -> list[Array]:
    if isinstance(tree, np.ndarray):
        return [tree]
    parts = tree.values() if isinstance(tree, dict) else tree
    return [array for part in parts for array in flat(part)]


@every_sequential
@every_kind
@every_dtype
def test_the_parameters_alone_have_the_gradients_of_the_whole(
    parts: list[layers.Layer], kind: type[layers.Sequential], dtype: Any
) -> None:
    chain = kind(parts)
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
def test_the_inputs_gradient_is_left_out(kind: type[layers.Sequential]) -> None:
    chain = kind(CHAINS["analog"])
    alone: dict[str, Any] = {"forward": im2col.forward, "backward_params": im2col.backward_params}
    forms = layers.REFERENCE._replace(conv=cast(Any, SimpleNamespace(**alone)))
    Y, last, tape = chain.forward(params(chain), X(chain), kernel_set=forms)
    assert list(chain.back_params(np.ones_like(Y), last, tape.saved, forms)) == list(chain.shapes)
    with pytest.raises(AttributeError, match="backward"):
        chain.backward(np.ones_like(Y), tape, last)


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


@pytest.mark.parametrize(
    ("kind", "runs"), [(layers.Sequential, 1), (layers.CheckpointedSequential, 2)]
)
def test_what_has_a_state_never_runs_twice(kind: type[layers.Sequential], runs: int) -> None:
    """And what lies between once more, in the backward pass of the checkpointed one alone."""
    neurons, norms = CallCounter(layers.REFERENCE.neuron), CallCounter(layers.REFERENCE.norm)
    forms = layers.REFERENCE._replace(neuron=cast(Any, neurons), norm=cast(Any, norms))
    chain = kind(CHAINS["binary"])
    Y, _, tape = chain.forward(params(chain), X(chain), kernel_set=forms)
    assert (neurons.runs, norms.runs) == (2, 1)
    chain.backward(Y, tape)
    assert (neurons.runs, norms.runs) == (2, runs)


def build_deep(container: type[layers.Sequential], K: int, pooled: bool) -> layers.Sequential:
    """A dear convolution, its neurons behind a normalisation and, at choice, a pooling."""
    conv, wide = layers.Conv2D((4, 4, K), 8), (4, 4, 8)
    node = (2, 2, 8) if pooled else wide
    pool = [layers.AveragePool(wide, (2, 2))] if pooled else []
    return container([conv, layers.LayerNorm(wide), *pool, layers.DirectLIF(node)])


@pytest.mark.parametrize(
    ("K", "pooled", "runs"),
    [
        (16, True, 1),  # 144 products a number, and there is room
        (14, True, 2),  # 126 products
        (16, False, 2),  # potentials as large as the output: no room
    ],
)
def test_a_dear_convolution_is_kept_while_there_is_room(K: int, pooled: bool, runs: int) -> None:
    convs = CallCounter(layers.REFERENCE.conv)
    forms = layers.REFERENCE._replace(conv=cast(Any, convs))
    chain = build_deep(layers.CheckpointedSequential, K, pooled)
    Y, _, tape = chain.forward(params(chain), X(chain), kernel_set=forms)
    assert convs.runs == 1
    dX = chain.backward(Y, tape)
    assert convs.runs == runs
    whole = build_deep(layers.Sequential, K, pooled)
    Y, _, tape = whole.forward(params(whole), X(whole), kernel_set=layers.REFERENCE)
    assert trees_equal(dX, whole.backward(Y, tape))
