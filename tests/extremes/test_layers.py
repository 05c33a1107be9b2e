"""Every layer at its extremes, and networks on frames without events.

They are held to the independent implementation.  Where functions round, to fifty digits, within
the derived bound of docs/verify/tolerances.md; where nothing rounds, to fractions, bit for bit.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

import mpmath
import numpy as np
import pytest
from oracle.case_builder import FINE_STEP, CaseBuilder, UniformGrid
from oracle.case_builder import layer_case as as_case
from oracle.digits import run_in_digits
from oracle.network_cases import NETWORKS, NetworkSample, draw_sample

from liaf_ref import layers
from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import detached, paper
from liaf_ref.layers import Layer
from liaf_ref.oracle import table
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.error_bounds import spike_safe, tolerances
from liaf_ref.oracle.table.layers import normalize
from liaf_ref.oracle.table.tape import T, backward

Arrays = dict[str, Array]
FORMATS = ("float64", "float32")
RANGES: Mapping[str, tuple[float, float]] = {
    "X": (-1.0, 1.5),
    "W": (-1.0, 1.0),
    "U": (-0.75, 0.75),
    "b": (-0.25, 0.5),
    "gamma": (0.5, 1.5),
    "state": (-0.5, 0.5),
    "up": (-1.0, 1.0),
}


class Sample:
    """A layer with numbers that float32 has exactly, on a grid of some step."""

    def __init__(self, layer: Layer, B: int = 2, T: int = 3, step: float = FINE_STEP) -> None:
        self.layer, self.step = layer, step
        self.rng = np.random.default_rng(0)
        self.X = self.draw("X", (B, T, *layer.in_shape))
        own = layer.init(self.rng, np.float64)
        self.params = {
            name: self.draw(quantity, value.shape) if quantity in RANGES else value
            for name, value in own.items()
            for quantity in (name.rpartition(".")[2],)
        }
        self.state = tuple(self.draw("state", z.shape) for z in layer.initial_state(B, np.float64))

    def draw(self, quantity: str, shape: tuple[int, ...]) -> Array:
        low, high = RANGES[quantity]
        return UniformGrid(low, high, self.step).sample(self.rng, shape)


def check(sample: Sample) -> None:
    """Hold a layer, in both formats, to fifty digits; no decision may hang on rounding."""
    found, case, answers = _run(sample)
    truth = run_in_digits(case)
    for dtype, answer in answers.items():
        assert spike_safe(case, dtype)
        allowed = tolerances(case, dtype)
        for name, got in answer.items():
            bound, expected = (_entry_of(name, found, table) for table in (allowed, truth))
            assert np.isfinite(bound).all(), (dtype, name)
            off = abs(_numbers(got, mpmath.mpf) - expected)
            assert got.shape == expected.shape, name
            assert (off <= bound).all(), (dtype, name, off.max())


def check_bits(sample: Sample) -> None:
    """Hold a layer that rounds nothing to fractions, in both formats, every bit."""
    found, case, answers = _run(sample)
    truth = table.run(case, table.FRACTION)
    for dtype, answer in answers.items():
        for name, got in answer.items():
            expected = _entry_of(name, found, truth)
            assert got.shape == expected.shape, name
            assert (_numbers(got, Fraction) == expected).all(), (dtype, name)


def _run(sample: Sample) -> tuple[CaseBuilder, Case, dict[str, Arrays]]:
    """The case, and what the layer answers in each format."""
    layer, state = sample.layer, sample.state
    Y, last, _ = layer.forward(sample.params, sample.X, state)
    dY, d_last = sample.draw("up", Y.shape), tuple(sample.draw("up", z.shape) for z in last)
    found = as_case(layer, sample.params, sample.X, state)
    found.arrays[f"up/{found.nodes[-1].name}.Y"] = dY
    found.arrays |= {f"up/{name}T": d for name, d in zip(found.states, d_last, strict=True)}
    answers = {}
    for dtype in FORMATS:
        params = {name: value.astype(dtype) for name, value in sample.params.items()}
        start, up = (tuple(z.astype(dtype) for z in many) for many in (state, d_last))
        Y, last, tape = layer.forward(params, sample.X.astype(dtype), start)
        dX, first, grads = layer.backward(dY.astype(dtype), tape, up)
        named = {found.last: Y, "grad/in/X": dX}
        named |= {f"exp/{name}": z for name, z in zip(found.states, last, strict=True)}
        named |= {f"grad/in/{name}0": d for name, d in zip(found.states, first, strict=True)}
        answers[dtype] = named | {f"grad/{found.params[name]}": g for name, g in grads.items()}
        assert {a.dtype for a in answers[dtype].values()} == {np.dtype(dtype)}
    return found, found.case("L2"), answers


def _entry_of(name: str, found: CaseBuilder, table: Mapping[str, Array]) -> Array:
    """An entry of an answer: of states the last step, of a TimeMean its one step."""
    entry = table[name]
    if name.removeprefix("exp/") in found.states:
        return np.asarray(entry[:, -1])
    return entry[:, None] if found.nodes[-1].op == "mean" and name == found.last else entry


def _numbers(a: Array, kind: Callable[[float], Any]) -> Array:
    return np.asarray(np.frompyfunc(lambda x: kind(float(x)), 1, 1)(a), object)


Make = Callable[..., Layer]
IMAGE = (2, 2, 1)
GIVEN: dict[str, Any] = {"alpha": 0.25}  # the default, 0.3, is another number in float32
NEURONS: Mapping[str, dict[str, Any]] = {
    "alpha 0, no memory": {"alpha": 0.0, "beta": 0.25},
    "alpha 1, an integrator": {"alpha": 1.0},
    "alpha 1.5, diverging": {"alpha": 1.5, "v_th": 64.0},
    "alpha 1.5, reset": {"alpha": 1.5},
    "alpha negative": {"alpha": -0.5},
    "alpha below -1": {"alpha": -1.5, "v_reset": 0.25},
    "v_th = v_reset": {"v_th": 0.5, "v_reset": 0.5, "alpha": 1.0},
    "v_th < v_reset, firing for ever": {"v_th": -0.25, "v_reset": 2.0, "alpha": 1.0},
    "v_th below everything": {"v_th": -64.0},
    "v_th above everything": {"v_th": 64.0},
    "v_reset far away": {"v_reset": -64.0},
    "v_reset farther away": {"v_reset": -1024.0},
    "a large drift": {"beta": -16.0, "v_th": -8.0},
}
FORMS: Mapping[str, Make] = {
    "identity-TR": partial(layers.DirectLIAF, (2,)),
    "relu-NTR": partial(layers.DirectLIAF, (2,), act="relu", mode="NTR", sharing="all"),
    "selu-NTR": partial(layers.DirectLIAF, (2,), act="selu", mode="NTR", sharing="non"),
    "tanh-TR": partial(layers.DirectLIAF, (2,), act="tanh"),
    "sigmoid-NTR": partial(layers.DirectLIAF, (2,), act="sigmoid", mode="NTR"),
    "lif": partial(layers.DirectLIF, (2,)),
    "detached": partial(layers.DirectLIAF, (2,), spike=detached()),
    "narrow": partial(layers.DirectLIF, (2,), spike=paper(0.25)),
}
DRIVEN: Mapping[str, Make] = {
    "dense-liaf": partial(layers.DenseLIAF, 2, 2),
    "dense-lif": partial(layers.DenseLIF, 2, 2),
    "conv-liaf": partial(layers.ConvLIAF, IMAGE, 1, act="selu", mode="NTR"),
    "conv-lif": partial(layers.ConvLIF, IMAGE, 1),
    "pooling-liaf": partial(layers.PoolingLIAF, (2, 4, 1)),
}
ALL = [(form, extreme) for form in FORMS for extreme in NEURONS]
SOME = ("alpha 1, an integrator", "alpha 1.5, reset", "v_th < v_reset, firing for ever")
ALL += [(form, extreme) for form in DRIVEN for extreme in SOME]
EXACT = ("identity-TR", "relu-NTR", "lif", "detached", "narrow", "dense-liaf", "dense-lif")
GATED: Mapping[str, Make] = {
    "rnn": partial(layers.RNN, 2, 2),
    "lstm": partial(layers.LSTM, 2, 2),
    "gru": partial(layers.GRU, 2, 2),
    "conv-lstm": partial(layers.ConvLSTM, (2, 1, 1), 1),
    "tanh": partial(layers.DenseLIAF, 2, 2, act="tanh", **GIVEN),
    "sigmoid": partial(layers.DenseLIAF, 2, 2, act="sigmoid", **GIVEN),
    "selu": partial(layers.DenseLIAF, 2, 2, act="selu", **GIVEN),
}
# Powers of two nearest to a thousand and ten thousand: what is multiplied is a float32 still.
LARGE = {"weights": ({"W": 1024.0, "U": 1024.0}, 1.0), "inputs": ({}, 8192.0)}
LARGE |= {"both": ({"W": 1024.0, "U": 1024.0}, 8192.0), "neither": ({"W": 0.0, "U": 0.0}, 0.0)}
NORMS: Mapping[str, Layer] = {
    "layer-norm": layers.LayerNorm((3, 2, 2)),
    "layer-norm-channels": layers.LayerNorm((2, 1, 3), num_axes=1),
    "layer-norm-vectors": layers.LayerNorm((3,)),
    "batch-norm": layers.BatchNorm((2, 1, 2)),
    "batch-norm-steps": layers.BatchNorm((2, 1, 2), "per_step"),
    "batch-norm-vectors": layers.BatchNorm((2,)),
}
ONE = (1, 1, 1)
ALONE: Mapping[str, Layer] = {
    "dense": layers.Dense(1, 1),
    "direct-liaf": layers.DirectLIAF((1,), act="selu", **GIVEN),
    "liaf": layers.DenseLIAF(1, 1, act="tanh", **GIVEN),
    "lif": layers.DenseLIF(1, 1, **GIVEN),
    "rnn": layers.RNN(1, 1),
    "lstm": layers.LSTM(1, 1),
    "gru": layers.GRU(1, 1),
    "conv": layers.Conv2D(ONE, 1),
    "conv3d": layers.Conv3D(ONE, 1),
    "conv-liaf": layers.ConvLIAF(ONE, 1, **GIVEN),
    "conv-lif": layers.ConvLIF(ONE, 1, **GIVEN),
    "conv-lstm": layers.ConvLSTM(ONE, 1),
    "pooling-liaf": layers.PoolingLIAF(ONE, (1, 1), **GIVEN),
    "average-pool": layers.AveragePool(ONE, (1, 1)),
    "max-pool": layers.MaxPool(ONE, (1, 1)),
    "layer-norm": layers.LayerNorm(ONE),
    "layer-norm-channels": layers.LayerNorm(ONE, num_axes=1),
    "activation": layers.Activation(ONE, "selu"),
    "sumlayer": layers.TimeMean(ONE),
    "flatten": layers.Flatten(ONE),
}


@pytest.mark.parametrize(("form", "extreme"), ALL)
def test_a_neuron_at_an_extreme_is_within_its_bound(form: str, extreme: str) -> None:
    make = {**FORMS, **DRIVEN}[form]
    check(Sample(make(**GIVEN | NEURONS[extreme])))


@pytest.mark.parametrize("extreme", sorted(NEURONS.keys() - {"v_reset farther away"}))  # it rounds
@pytest.mark.parametrize("form", EXACT)
def test_a_neuron_at_an_extreme_is_right_to_the_bit(form: str, extreme: str) -> None:
    """On a coarse grid, where thresholds and window's edges are met and nothing rounds."""
    make = {**FORMS, **DRIVEN}[form]
    check_bits(Sample(make(**GIVEN | NEURONS[extreme]), step=0.25))


def test_the_coarse_grid_meets_thresholds_and_edges() -> None:
    sample = Sample(FORMS["lif"](**GIVEN | NEURONS["v_th = v_reset"]), B=4, step=0.25)
    _, _, tape = sample.layer.forward(sample.params, sample.X, sample.state)
    x = tape.saved.U - tape.saved.p.v_th
    assert (x == 0).any()
    assert (abs(x) == 0.5).any()


@pytest.mark.parametrize("large", LARGE)
@pytest.mark.parametrize("form", GATED)
def test_saturated_gates(form: str, large: str) -> None:
    sample = Sample(GATED[form]())
    weights, inputs = LARGE[large]
    sample.params |= {
        name: sample.params[name] * x for name, x in weights.items() if name in sample.params
    }
    sample.X = sample.X * inputs
    check(sample)


@pytest.mark.parametrize("constant", [0.0, 1.0, -0.5])
@pytest.mark.parametrize("norm", NORMS)
def test_no_variance(norm: str, constant: float) -> None:
    """The shift alone is left of the output, and of the gradient what eps lets through."""
    sample = Sample(NORMS[norm], T=2)
    sample.X = np.full_like(sample.X, constant)
    check(sample)


@pytest.mark.parametrize("name", ALONE)
def test_one_sample_one_step_one_channel(name: str) -> None:
    check(Sample(ALONE[name], B=1, T=1))


@pytest.mark.parametrize(
    "name", ["dense", "conv", "conv3d", "average-pool", "max-pool", "sumlayer"]
)
def test_one_of_each_rounds_nothing(name: str) -> None:
    check_bits(Sample(ALONE[name], B=1, T=1, step=0.25))


@pytest.mark.parametrize("steps", ["joint", "per_step"])
def test_batch_normalisation_of_one_number(steps: str) -> None:
    """Its shift comes out; a running variance of one number there is none, and that is refused."""
    layer = layers.BatchNorm(ONE, steps)
    sample = Sample(layer, B=1, T=1)
    Y, _, tape = layer.forward(sample.params, sample.X)
    dY = sample.draw("up", Y.shape)
    dX, _, grads = layer.backward(dY, tape)
    leaves = {name: T(a) for name, a in {"X": sample.X, **sample.params}.items()}
    normal = normalize(leaves["X"], tuple(range(sample.X.ndim - 1)), 1e-5)[0]
    expected = leaves["gamma"] * normal + leaves["b"]
    backward([(expected, dY)])
    d = {name: leaf.gradient for name, leaf in leaves.items()}
    np.testing.assert_array_equal(Y, expected.v)
    found = {"X": dX, **grads}
    assert all((found[name] == d[name]).all() for name in d)
    with pytest.raises(InputError, match=r"batch of BatchNorm.*expected at least 2 entries"):
        layer.update_running_stats(layer.initial_running_stats(np.float64), tape)


# CIFAR10-DVS has the layers of MNIST-DVS.
FRAMES = tuple(name for name in NETWORKS if name.startswith(("mnist-dvs", "gesture")))


def silent(name: str) -> NetworkSample:
    """A network as it is drawn before training, on a recording of which nothing came."""
    point = draw_sample(name, 0)
    net: Any = point.net
    own = net.init(np.random.default_rng(0), np.float64)
    params = {key: value.astype(np.float32).astype(float) for key, value in own.items()}
    frames = np.zeros((1, net.steps, *net.sequential.in_shape))
    given = {key: value[:1] for key, value in point.buffers.items()}
    return NetworkSample(net, params, (frames,), given, point.labels[:1])


@pytest.mark.parametrize("name", FRAMES)
def test_a_recording_without_events(name: str) -> None:
    """Every decision is made of exact numbers, so that the bound holds on ties too.

    The independent implementation runs in float64, as a backend that the bound is for, too.
    """
    point = silent(name)
    found = point.to_case()
    case = found.case()
    truth = table.run(case)
    for dtype in FORMATS:
        allowed = tolerances(case, dtype)
        logits, grads = point.run(dtype)
        answer = {found.logits: logits} | {f"grad/{found.params[n]}": g for n, g in grads.items()}
        for key, got in answer.items():
            off = abs(got.astype(float) - truth[key].astype(float))
            assert np.isfinite(off).all(), (dtype, key)
            assert (off <= allowed[key]).all(), (dtype, key, off.max())
