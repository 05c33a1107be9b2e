"""Section II-C: LIAF with special settings is LIF (1), a perceptron (2) and an RNN (3)."""

from collections.abc import Iterator
from itertools import chain, product
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels import conv, neuron, rnn
from liaf_ref.kernels.activation import ACTIVATIONS, identity
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import REFERENCE, Conv2D, Dense, DirectLIAF, Driven, KernelSet
from liaf_ref.layers.kernel_set import kernel_set_for
from liaf_ref.layers.types import Arrays, Params

MU = 0.5
B, T, K, L = 4, 8, 6, 5
SHAPE = (6, 6, 2)
DECAYS = ("alpha", "beta")  # all of a neuron's memory


class Equivalence(NamedTuple):
    """A statement of Section II-C about LIAF, measured."""

    item: int  # 1 LIF, 2 perceptron and convolution, 3 RNN
    liaf: str
    baseline: str
    dtype: str
    # Largest difference for each array, outputs first, in units in the last place of its
    # largest entry; 0 is bit for bit but for the sign of a zero.
    ulps: dict[str, float]
    explanation: str  # of a difference, where there is one


def max_ulp_errors(actual: Arrays, desired: Arrays) -> dict[str, float]:
    """Return the largest difference of each array, in ulps."""
    pairs = {name: (actual[name], b) for name, b in desired.items()}
    ulps = {name: np.spacing(max(abs(a).max(), abs(b).max())) for name, (a, b) in pairs.items()}
    return {name: float(abs(a - b).max() / ulps[name]) for name, (a, b) in pairs.items()}


def lif_forward(I: Array, p: neuron.Params) -> tuple[Array, Array]:
    """Run LIF from V^0 = 0, with reset by selection; the output is the spike."""
    F, U = np.empty_like(I), np.empty_like(I)
    V = np.zeros_like(I[:, 0])
    for t in range(I.shape[1]):
        U[:, t] = I[:, t] + V
        F[:, t] = U[:, t] - p.v_th >= 0
        V = p.alpha * np.where(F[:, t], p.v_reset, U[:, t]) + p.beta
    return F, U


def lif_backward(dF: Array, F: Array, U: Array, p: neuron.Params, mu: float) -> dict[str, Array]:
    """Differentiate :func:`lif_forward`, with the window (13) as surrogate gradient."""
    dI, dV = np.empty_like(dF), np.zeros_like(dF[:, 0])
    sums = {name: np.zeros_like(dV) for name in p._fields}
    for t in reversed(range(dF.shape[1])):
        fired, u = F[:, t] == 1, U[:, t]
        window = (abs(u - p.v_th) < mu).astype(u.dtype)
        sums["alpha"] += dV * np.where(fired, p.v_reset, u)
        sums["beta"] += dV
        dR = dV * p.alpha
        sums["v_reset"] += np.where(fired, dR, 0)
        jump = dR * (p.v_reset - u) * window
        out = dF[:, t] * window
        sums["v_th"] -= jump + out
        dV = dI[:, t] = np.where(fired, 0, dR) + jump + out
    axes = tuple(range(dV.ndim - 1))
    return {"I": dI} | {name: total.sum(axis=axes) for name, total in sums.items()}


def potential_forward(I: Array, p: neuron.Params) -> Array:
    """Run Eq. (9): each potential follows from the previous one; the first has none."""
    U = I.copy()
    for t in range(1, I.shape[1]):
        before = U[:, t - 1]
        S = (before - p.v_th >= 0).astype(I.dtype)
        U[:, t] = I[:, t] + p.alpha * S * p.v_reset + p.alpha * (1 - S) * before + p.beta  # (9)
    return U


def potential_backward(dU: Array, U: Array, p: neuron.Params, mu: float) -> Array:
    """Differentiate :func:`potential_forward` in I by Eq. (12), from the last step back."""
    dI = dU.copy()
    for t in reversed(range(U.shape[1] - 1)):
        x = U[:, t] - p.v_th
        window, S = (abs(x) < mu).astype(x.dtype), (x >= 0).astype(x.dtype)
        slope = p.alpha * window * (p.v_reset - U[:, t]) + p.alpha * (1 - S)  # (12)
        dI[:, t] += dI[:, t + 1] * slope
    return dI


class Example(NamedTuple):
    """An input, the gradient in the output, and parameters; a spike for every other neuron."""

    X: Array
    dY: Array
    params: Params

    @property
    def neurons(self) -> neuron.Params:
        """Parameters of the neurons."""
        return neuron.Params(*(self.params[name] for name in neuron.Params._fields))

    def without_memory(self) -> "Example":
        """The same example with alpha = beta = 0."""
        zeros = {name: np.zeros_like(self.params[name]) for name in DECAYS}
        return self._replace(params=self.params | zeros)


def draw_example(synapse: Dense | Conv2D, seed: int, dtype: type) -> Example:
    """Draw an example for a synapse with channel-shared neurons."""
    rng = np.random.default_rng(seed)
    params = {name: rng.normal(size=shape) for name, shape in synapse.param_shapes().items()}
    ranges = (0.3, 0.7), (-0.2, 0.2), (0.3, 0.9), (-0.1, 0.1)
    for name, ends in zip(neuron.Params._fields, ranges, strict=True):
        params[name] = rng.uniform(*ends, synapse.L)
    X = rng.normal(size=(B, T, *synapse.in_shape))
    dY = rng.normal(size=(B, T, *synapse.out_shape))
    cast: Params = {name: value.astype(dtype) for name, value in params.items()}
    return Example(X.astype(dtype), dY.astype(dtype), cast)


def run_liaf(synapse: Dense | Conv2D, act: Pair | str, mode: str, example: Example) -> Arrays:
    """Outputs and gradients of a LIAF layer, by name."""
    neurons = DirectLIAF(synapse.out_shape, act=act, mode=mode, spike=SPIKE)
    layer = Driven(synapse, neurons)
    Y, _, tape = layer.forward(example.params, example.X)
    dX, _, grads = layer.backward(example.dY, tape)
    return {"Y": Y, "X": dX, **grads}


SPIKE = paper(MU)
DENSE, CONV = Dense(K, L), Conv2D(SHAPE, L)
BOTH: tuple[Dense | Conv2D, ...] = (DENSE, CONV)
SUM_ORDER = "different summation order of gradients"
NO_THRESHOLD_GRADIENT = "an Act that contains the threshold gives the threshold no gradient"


def spike_at(v_th: Array) -> Pair:
    """An Act that contains the threshold itself, for NTR neurons."""
    return Pair(lambda x: SPIKE.value(x - v_th), lambda x: SPIKE.slope(x - v_th))


def lif_equivalences() -> Iterator[Equivalence]:
    """Compare LIAF, with the step as Act, with LIF, whose reset uses np.where."""
    for synapse, dtype in product(BOTH, (np.float64, np.float32)):
        example = draw_example(synapse, 1, dtype)
        ulps = max_ulp_errors(run_liaf(synapse, SPIKE, "TR", example), _run_lif(synapse, example))
        name, why = synapse.constructor.removesuffix("2D"), SUM_ORDER if any(ulps.values()) else ""
        text, base = f"{name}LIAF, TR, Act = S", f"{name}LIF with np.where reset"
        yield Equivalence(1, text, base, dtype.__name__, ulps, why)
    example = draw_example(DENSE, 1, np.float64)
    act = spike_at(example.params["v_th"])
    ulps = max_ulp_errors(run_liaf(DENSE, act, "NTR", example), _run_lif(DENSE, example))
    text, base = "DenseLIAF, NTR, Act = S(x - V_th)", "DenseLIF with np.where reset"
    yield Equivalence(1, text, base, "float64", ulps, NO_THRESHOLD_GRADIENT)


def _run_lif(synapse: Dense | Conv2D, example: Example) -> Arrays:
    """Outputs and gradients of LIF behind the same synapse."""
    weights = {name: example.params[name] for name in synapse.shapes}
    kernels = kernel_set_for(example.X.dtype)
    I, _, saved = synapse.run(weights, example.X, (), kernels)
    F, U = lif_forward(I, example.neurons)
    grads = lif_backward(example.dY, F, U, example.neurons, MU)
    dX, _, synaptic = synapse.back(grads.pop("I"), (), saved, kernels)
    return {"Y": F, "X": dX, **synaptic, **grads}


BIAS_ROUNDING = "X W + b - V_th is rounded once more than X W + (b - V_th)"
PRODUCT_SUM_ORDER = "different summation order of a window's products"
BIAS_SUM_ORDER = "different summation order of the gradient in b"
LOOP_KERNELS = REFERENCE._replace(conv=conv)


class Case(NamedTuple):
    """A comparison: synapse, Act and mode, dtype, and the kernels of the baseline."""

    synapse: Dense | Conv2D
    act: str
    mode: str
    dtype: type
    kernel_set: KernelSet
    baseline: str
    explanation: str = ""


CASES = (
    Case(DENSE, "identity", "NTR", np.float64, REFERENCE, "perceptron"),
    Case(DENSE, "relu", "NTR", np.float64, REFERENCE, "perceptron"),
    Case(DENSE, "relu", "NTR", np.float32, REFERENCE, "perceptron", BIAS_SUM_ORDER),
    Case(DENSE, "relu", "TR", np.float64, REFERENCE, "perceptron of bias b - V_th", BIAS_ROUNDING),
    Case(CONV, "identity", "NTR", np.float64, REFERENCE, "Conv2D by im2col"),
    Case(CONV, "relu", "NTR", np.float64, REFERENCE, "Conv2D by im2col"),
    Case(CONV, "relu", "NTR", np.float64, LOOP_KERNELS, "Conv2D by loops", PRODUCT_SUM_ORDER),
    Case(CONV, "relu", "NTR", np.float32, REFERENCE, "Conv2D by im2col", BIAS_SUM_ORDER),
)


def perceptron_equivalences() -> Iterator[Equivalence]:
    """Compare LIAF without memory with the synapse and the activation alone."""
    for case in CASES:
        example = draw_example(case.synapse, 2, case.dtype).without_memory()
        ours = run_liaf(case.synapse, case.act, case.mode, example)
        name = case.synapse.constructor.removesuffix("2D")
        title = f"{name}LIAF, {case.mode}, {case.act}, alpha = beta = 0"
        ulps = max_ulp_errors(ours, _run_stateless(case, example))
        yield Equivalence(2, title, case.baseline, case.dtype.__name__, ulps, case.explanation)


def _run_stateless(case: Case, example: Example) -> Arrays:
    """Act of the synapse's output, and the gradients."""
    act, weights = ACTIVATIONS[case.act], {name: example.params[name] for name in ("W", "b")}
    if case.mode == "TR":
        weights["b"] = weights["b"] - example.params["v_th"]
    I, _, saved = case.synapse.run(weights, example.X, (), case.kernel_set)
    dI = example.dY * act.slope(I)
    dX, _, grads = case.synapse.back(dI, (), saved, case.kernel_set)
    return {"Y": act.value(I), "X": dX, **grads}


def remaining_effects() -> dict[str, float]:
    """Measure the effects that remain with alpha = beta = 0."""
    example = draw_example(DENSE, 2, np.float64).without_memory()
    layer = DirectLIAF(DENSE.out_shape, mode="NTR")
    drive, neurons = example.dY, {name: example.params[name] for name in layer.shapes}
    zero, _, tape = layer.forward(neurons, drive)
    shifted, *_ = layer.forward(neurons, drive, (np.full_like(drive[:, 0], 0.25),))
    _, _, grads = layer.backward(np.ones_like(drive), tape)
    return {
        "steps": drive.shape[1],
        "changed_steps": int((zero != shifted).any(axis=(0, 2)).sum()),
        **{name: float(abs(grads[name]).max()) for name in DECAYS},
    }


TERM_ORDER = "(9) adds its three terms one by one, (5) and (6) after they are multiplied"
ALPHA_SUM_ORDER = "different summation order of the gradient in alpha"


def rnn_equivalences() -> Iterator[Equivalence]:
    """Compare LIAF with Eq. (9), and with the RNN (14) whose matrix is diagonal."""
    rng = np.random.default_rng(3)
    I, dY = (rng.normal(size=(B, T, L)) for _ in range(2))
    parts = (rng.uniform(0.3, 0.7, L), rng.normal(size=L) / 5, rng.uniform(0.3, 0.9, L))
    p = neuron.Params(*parts, rng.normal(size=L) / 10)
    ulps = max_ulp_errors(_run_liaf(I, dY, p), _run_recurrence(I, dY, p))
    yield Equivalence(3, "LIAF, drawn", "Eq. (9)", "float64", ulps, TERM_ORDER)
    # With few binary digits, all operations are exact.
    rng = np.random.default_rng(3)
    few, slopes = (rng.integers(-8, 9, (B, T, L)) / 4 for _ in range(2))
    dyadic = neuron.Params(*(np.full(L, value) for value in (0.5, 0.25, 0.5, 0.125)))
    ulps = max_ulp_errors(_run_liaf(few, slopes, dyadic), _run_recurrence(few, slopes, dyadic))
    text = "LIAF, dyadic numbers (exact arithmetic)"
    yield Equivalence(3, text, "Eq. (9)", "float64", ulps, "")
    quiet = p._replace(v_th=np.full(L, 1e6), beta=np.zeros(L))
    ulps = max_ulp_errors(_run_liaf(I, dY, quiet), _run_rnn(I, dY, quiet))
    text, base = "LIAF that never fires, beta = 0", "RNN (14), U = diag(alpha), sigma_c = x"
    yield Equivalence(3, text, base, "float64", ulps, ALPHA_SUM_ORDER)


def _run_liaf(I: Array, dY: Array, p: neuron.Params) -> Arrays:
    V = np.zeros_like(I[:, 0])
    Y, V, tape = neuron.forward(I, V, p, SPIKE, identity, neuron.NTR)
    dI, _, dp = neuron.backward(dY, np.zeros_like(V), tape, SPIKE, identity, neuron.NTR)
    return {"Y": Y, "I": dI, "alpha": dp.alpha}


def _run_recurrence(I: Array, dY: Array, p: neuron.Params) -> Arrays:
    U = potential_forward(I, p)
    return {"Y": U, "I": potential_backward(dY, U, p, MU)}


def _run_rnn(I: Array, dY: Array, p: neuron.Params) -> Arrays:
    c = np.zeros_like(I[:, 0])
    Y, c, tape = rnn.forward(I, c, np.diag(p.alpha), identity)
    dI, _, dU = rnn.backward(dY, np.zeros_like(c), tape, identity)
    return {"Y": Y, "I": dI, "alpha": np.diag(dU)}


def measure_all() -> Iterator[Equivalence]:
    """Measure every equivalence of Section II-C."""
    return chain(lif_equivalences(), perceptron_equivalences(), rnn_equivalences())
