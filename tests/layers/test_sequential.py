"""A Sequential is its layers one after the other, with a full or a checkpointed tape."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from support import trees_equal

from layers.samples import X, params, state
from layers.sequentials import (
    SEQUENTIALS,
    SPIKE,
    LayersFactory,
    analog,
    binary,
    random_buffers,
    run_layer_by_layer,
    run_sequential,
)
from liaf_ref import layers
from liaf_ref.kernels import im2col
from liaf_ref.layers import (
    REFERENCE,
    CheckpointedSequential,
    LayerNorm,
    NamedLayer,
    Sequential,
)

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
