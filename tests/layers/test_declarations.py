"""Layers and networks follow from their declarations: what they refuse, their repr, their call."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from networks.small import DVS_CONFIG

import liaf_ref as lr
from liaf_ref import InputError, layers, networks
from liaf_ref._core.declared import Declared
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import detached, paper
from liaf_ref.layers import Dense, Neuron, Neurons
from liaf_ref.networks import BabiNetwork, ConvBlock, GestureBlocks, Recurrent, SequenceClassifier

IMAGE = (4, 4, 2)
VALUES: list[Declared] = [  # tests/test_declared.py tries each
    Neuron(),
    Neurons((3,)),
    Dense(2, 3),
    layers.Conv2D(IMAGE, 2),
    layers.Conv3D(IMAGE, 2),
    layers.Embedding(3, 4),
    layers.AveragePool(IMAGE),
    layers.MaxPool(IMAGE),
    layers.Activation((3,)),
    layers.TimeMean((3,)),
    layers.Flatten(IMAGE),
    layers.Dropout((3,)),
    layers.SynapticCurrent((3,)),
    layers.LayerNorm((3,)),
    layers.BatchNorm((3,)),
    layers.ElmanCell(3),
    layers.GRUCell(3),
    layers.LSTMCell(3),
    layers.ConvLSTMCell(2, (4, 4)),
    layers.DenseLIAF(2, 3),
    layers.Sequential([Dense(2, 3)]),
    layers.CheckpointedSequential([layers.DenseLIF(2, 3)]),
    BabiNetwork(7, "gru"),
    SequenceClassifier([Dense(2, 3)], 4),
    Recurrent(),
    GestureBlocks(),
    ConvBlock(3, None),
    DVS_CONFIG,
]


def declared(cls: Any) -> Iterator[type]:
    """The classes of layers and networks that users make."""
    for sub in cls.__subclasses__():
        yield from declared(sub)
        if sub.__name__ in {*layers.__all__, *networks.__all__} and not sub.__subclasses__():
            yield sub


def test_every_class_is_among_the_values() -> None:
    assert {cls.__name__ for cls in declared(Declared)} <= {type(each).__name__ for each in VALUES}


CONSTRUCTORS: dict[str, tuple[Any, ...]] = {
    "DenseLIAF": (3, 4),
    "DenseLIF": (3, 4),
    "ConvLIAF": (IMAGE, 3),
    "ConvLIF": (IMAGE, 3),
    "ConvLSTM": (IMAGE, 3),
    "PoolingLIAF": (IMAGE,),
    "DirectLIAF": ((3,),),
    "DirectLIF": ((3,),),
    "RNN": (3, 4),
    "LSTM": (3, 4),
    "GRU": (3, 4),
}


@pytest.mark.parametrize(("name", "sizes"), CONSTRUCTORS.items())
def test_errors_name_the_constructor(name: str, sizes: tuple[Any, ...]) -> None:
    """And not the synapses or the neuron that it makes."""
    make = getattr(layers, name)
    shown = inspect.signature(make)
    options = [each for each, p in shown.parameters.items() if p.default is not p.empty]
    for option in options:
        with pytest.raises(InputError, match=rf"^{option} of {name}: expected .*, got"):
            make(*sizes, **{option: object()})
        assert option in make.__doc__
    with pytest.raises(InputError, match=rf"of {name}: expected"):
        make(*("x" for _ in sizes))
    with pytest.raises(TypeError, match=rf"^{name}\(\) got an unexpected keyword argument 'strid'"):
        make(*sizes, strid=1)
    with pytest.raises(TypeError, match=rf"^{name}\(\) missing a required argument"):
        make()
    with pytest.raises(TypeError, match=rf"^{name}\(\) too many positional arguments"):
        make(*sizes, *range(9))


def test_keywords_are_those_of_the_neuron() -> None:
    shown = inspect.signature(lr.DenseLIF)
    assert list(shown.parameters)[:4] == ["K", "L", "bias", "sharing"]
    assert str(shown.parameters["alpha"]).endswith("= 0.3")
    assert not {"act", "mode", "graded"} & {*shown.parameters}
    assert "output" not in inspect.signature(lr.DenseLIAF).parameters
    with pytest.raises(TypeError, match=r"^DenseLIF\(\) got an unexpected keyword argument 'act'"):
        lr.DenseLIF(3, 2, act="relu")


def test_keywords_complete_in_jupyter() -> None:
    completer = pytest.importorskip("IPython.core.completer")
    made = completer.IPCompleter(namespace={"lr": lr}, use_jedi=False)
    for text, option in (
        ("lr.DenseLIAF(5, 7, al", "alpha="),
        ("lr.LSTM(5, 7, for", "forget_bias="),
    ):
        with completer.provisionalcompleter():
            assert option in [each.text for each in made.completions(text, len(text))]


@pytest.mark.parametrize(
    ("shape", "mu", "name"),
    [("atan", 0.3, "shape"), (1, 0.3, "shape"), ("arctan", 0, "mu"), ("window", -1, "mu")],
)
def test_a_surrogate_names_what_is_wrong(shape: Any, mu: float, name: str) -> None:
    with pytest.raises(InputError, match=rf"^{name} of surrogate: expected .*, got") as refused:
        lr.surrogate(shape, mu)
    assert name == "mu" or "arctan" in refused.value.reason
    assert lr.surrogate("window", 0) == detached()


def test_equal_neurons_are_equal() -> None:
    assert Neuron(spike=paper(0.3)) == Neuron(mu=0.3)
    assert Neuron(spike=detached()) == Neuron(mu=0)
    own = Neuron(spike=Pair(np.sin, np.cos))
    assert repr(own) == "Neuron(spike=Pair(sin, cos))"


TOGETHER: dict[str, tuple[Callable[[], object], str, str]] = {
    "spike and mu": (lambda: lr.DenseLIAF(3, 2, spike=paper(0.3), mu=0.2), "mu", "either spike"),
    "logit of 1": (lambda: lr.DirectLIF((3,), decay="sigmoid", alpha=1), "alpha", "between 0 and"),
    "output of LIAF": (lambda: Neuron(output=paper(0.3)), "output", "LIAF's slope is that of"),
    "graded LIF": (lambda: Neuron(act="spike", graded=True), "graded", "none for LIF"),
    "window beyond the image": (
        lambda: lr.Conv2D((2, 2, 1), 1, pad=((0, 0), (0, 0))),
        "shape",
        "at least (3, 3, 1) for a window of (3, 3), got (2, 2, 1)",
    ),
    "pool beyond the image": (lambda: lr.MaxPool((1, 4, 1)), "shape", "at least (2, 2, 1)"),
    "pads of two axes": (lambda: lr.Conv3D(IMAGE, 1, pad=((1, 1), (1, 1))), "pad", "3 pairs"),
    "every other step": (lambda: lr.Conv3D(IMAGE, 1, stride=(2, 1, 1)), "stride", "1 on the time"),
    "more axes": (lambda: lr.LayerNorm((4,), 2), "num_axes", "an integer >= 1 and <= 1, got 2"),
    "other neurons": (
        lambda: lr.Driven(Dense(3, 2), lr.DirectLIF((3,))),
        "synapse",
        "outputs of shape (3,), got (2,)",
    ),
    "synapse with a state": (
        lambda: lr.Driven(lr.DirectLIF((3,)), lr.DirectLIF((3,))),
        "synapse",
        "a layer without state",
    ),
    "layers that do not fit": (
        lambda: lr.Sequential([Dense(3, 2), Dense(3, 2)]),
        "dense2",
        "a layer with inputs of shape (2,), got Dense(3, 2), Eq. (2), with inputs of shape (3,)",
    ),
    "no state": (lambda: lr.CheckpointedSequential([Dense(3, 2)]), "layers", "at least one layer"),
    "no vector": (
        lambda: SequenceClassifier([layers.TimeMean(IMAGE)], 4),
        "sequential",
        "a last layer whose output is a vector, got TimeMean",
    ),
    "too large for float32": (
        lambda: lr.DirectLIF((3,), v_th=1e300).init(0, "float32"),
        "v_th",
        "an initial value that float32 holds",
    ),
}


@pytest.mark.parametrize(("make", "name", "expected"), TOGETHER.values(), ids=TOGETHER)
def test_fields_go_together(make: Callable[[], object], name: str, expected: str) -> None:
    with pytest.raises(InputError) as refused:
        make()
    assert refused.value.name == name
    assert expected in refused.value.reason


LAYER = lr.DenseLIAF(3, 2)
PARAMS, INPUT = LAYER.init(0), np.ones((2, 4, 3))
OUTPUT, _, TAPE = LAYER(PARAMS, INPUT)
NORM = lr.BatchNorm((3,))
# tests/validation tries what is wrong with each array.
EDGE: dict[str, tuple[Callable[[], object], str]] = {
    "unknown buffers": (lambda: LAYER(PARAMS, INPUT, buffers={"M": INPUT}), "buffers"),
    "part of the buffers": (
        lambda: NORM(NORM.init(0), INPUT, buffers={"m": np.ones(3)}),
        "buffers",
    ),
    "another layer's tape": (lambda: lr.DenseLIAF(3, 2, alpha=0.5).backward(OUTPUT, TAPE), "tape"),
    "tape of no training": (lambda: NORM.statistics(TAPE), "tape"),
    "two states": (lambda: LAYER(PARAMS, INPUT, (INPUT, INPUT)), "state"),
}


@pytest.mark.parametrize(("call", "name"), EDGE.values(), ids=EDGE)
def test_the_edge_checks_what_comes_in(call: Callable[[], object], name: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert refused.value.name == name
    assert "expected" in refused.value.reason


@pytest.mark.parametrize("name", ["DenseLIAF", "Flatten"])
def test_outputs_that_the_tape_may_share_cannot_be_changed(name: str) -> None:
    layer = LAYER if name == "DenseLIAF" else layers.Flatten((3,))
    Y, state, _ = layer(layer.init(0), INPUT)
    assert not any(array.flags.writeable for array in (Y, *state))
    assert INPUT.flags.writeable
