"""Wrong backends that are right on small, usual numbers: limits of size, of range, of options.

The first group passes every stored case.  The random cases must fail them all.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.kernels import activation
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.deviations.deviation import sees
from liaf_ref.oracle.deviations.time import truncated_bptt
from liaf_ref.oracle.table.tape import T, as_if, scaled, stop
from oracle.deviating import deviating, edited
from oracle.kernel_backend import PAPER_KERNELS, run
from oracle.wrong_backends.build import Backend

Change = Callable[[Array], Array]


def given(pattern: str, change: Change, op: str = "*") -> Backend:
    """It reads some arrays of the case as others."""

    def answer(case: Case) -> dict[str, Array]:
        ops = {node.name: node.op for node in case.nodes}
        arrays = {
            name: change(a.copy())
            for name, a in case.items()
            if fnmatchcase(name, pattern) and fnmatchcase(ops.get(node_of(name), ""), op)
        }
        return run(case.with_arrays(arrays))

    return answer


def answered(pattern: str, change: Change) -> Backend:
    """It answers some arrays wrongly."""

    def answer(case: Case) -> dict[str, Array]:
        return {
            name: change(a.copy()) if fnmatchcase(name, pattern) else a
            for name, a in run(case).items()
        }

    return answer


def node_of(name: str) -> str:
    return name.partition("/")[2].rpartition(".")[0]


def options(op: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Backend:
    """It reads some options as others."""

    def answer(case: Case) -> dict[str, Array]:
        nodes = tuple(
            n._replace(options={**n.options, **change(n.options)}) if n.op == op else n
            for n in case.nodes
        )
        return run(replace(case, nodes=nodes))

    return answer


def most(op: str, name: str, limit: float) -> Backend:
    """It reads an option, or each of its numbers, as at most a limit."""

    def least(value: Any) -> Any:
        return [least(v) for v in value] if isinstance(value, list | tuple) else min(value, limit)

    return options(op, lambda o: {name: least(o[name])})


def kernels(**fields: Any) -> Backend:
    """It has some other kernels."""
    return lambda case: run(case, PAPER_KERNELS._replace(**fields))


def replace_functions(kernel: Any, **functions: Any) -> Any:
    names = [name for name in dir(kernel) if not name.startswith("_")]
    return SimpleNamespace(**{name: getattr(kernel, name) for name in names} | functions)


def neuron(line: str, change: Callable[[Any, Array], Array]) -> Backend:
    """A line of its neuron has another value, with the paper's gradient."""

    def wrap(old: Any) -> Any:
        return lambda z: as_if(T(change(z, old(z).v)), old(z))

    return edited((line, wrap))


def not_trained(name: str, line: str, where: Callable[[Any], bool]) -> Backend:
    """A line has no gradient in a value where something holds."""
    return edited(*sees(line, name, lambda v, z: stop(v) if where(z) else v))


def act(**pairs: Pair) -> Backend:
    """It has some other activations."""
    return kernels(act=lambda o: pairs.get(o["act"]) or PAPER_KERNELS.act(o))


def spike(value: Change, narrower: float = 0.0) -> Backend:
    """It fires or differentiates its spike in another way."""

    def pair(mu: float) -> Pair:
        return Pair(value, Window(mu - narrower))

    return kernels(
        spike=lambda o: (
            Pair(value, PAPER_KERNELS.spike(o).slope) if o["reset"] == "detached" else pair(o["mu"])
        ),
        act=lambda o: pair(o["mu"]) if o["act"] == "spike" else PAPER_KERNELS.act(o),
    )


def clip(low: float, high: float) -> Change:
    return lambda a: np.clip(a, low, high)


def zero(*index: Any) -> Change:
    """Zeros at an index; only where there are as many axes."""

    def change(a: Array) -> Array:
        if a.ndim >= sum(1 for i in index if i is not ...):
            a[index] = 0
        return a

    return change


def rows(start: int) -> Change:
    return zero(..., slice(start, None), slice(None))


def columns(start: int) -> Change:
    return zero(..., slice(start, None))


def steps(start: int) -> Change:
    return zero(slice(None), slice(start, None))


def flat(start: int) -> Change:
    def change(a: Array) -> Array:
        a.reshape(-1)[start:] = 0
        return a

    return change


def whole_tiles(size: int, axis: int) -> Change:
    """What is left over after tiles of a size is not computed, if there is one tile at least."""

    def change(a: Array) -> Array:
        if a.ndim >= -axis and a.shape[axis] >= size:
            index = [slice(None)] * a.ndim
            index[axis] = slice(a.shape[axis] // size * size, None)
            a[tuple(index)] = 0
        return a

    return change


def cast(dtype: Any) -> Change:
    return lambda a: a.astype(dtype).astype(a.dtype) if a.dtype.kind == "f" else a


def _step_early(x: Array) -> Array:
    return (x >= -1e-5).astype(x.dtype)


def _naive_selu(x: Array) -> Array:
    grown = (x <= 0).astype(x.dtype) * (np.exp(x) - 1)
    y: Array = activation.SELU_SCALE * ((x > 0) * x + activation.SELU_ALPHA * grown)
    return y


def _naive_sigmoid(x: Array) -> Array:
    y: Array = np.exp(x) / (1 + np.exp(x))
    return y


def _equal_split(dY: Array, ends: Array) -> tuple[Array, ...]:
    """The gradient of a concatenation in parts of equal width."""
    right = PAPER_KERNELS.concat.backward(dY, ends)
    width, wrong = -(-dY.shape[-1] // len(right)), [np.zeros_like(part) for part in right]
    for k, part in enumerate(wrong):
        own = dY[..., k * width : (k + 1) * width][..., : part.shape[-1]]
        part[..., : own.shape[-1]] = own
    return tuple(wrong)


def _softmax_without_max(case: Case) -> dict[str, Array]:
    def forward(Z: Array, y: Array) -> Any:
        P = np.exp(Z) / np.exp(Z).sum(axis=-1, keepdims=True)
        tape = PAPER_KERNELS.loss.forward(Z, y)[1]._replace(P=P)
        return -np.log(P[np.arange(len(y)), y]).mean(), tape

    return kernels(loss=replace_functions(PAPER_KERNELS.loss, forward=forward))(case)


def _lower_reset(case: Case) -> dict[str, Array]:
    names = [node.name for node in case.nodes if node.op == "neuron"]
    lower = {
        f"par/{n}.v_reset": np.minimum(case[f"par/{n}.v_reset"], case[f"par/{n}.v_th"])
        for n in names
    }
    return run(case.with_arrays(lower))


def never_detached(output: str, mode: str, sharing: str) -> Backend:
    """A detached reset is differentiated for one activation, mode and sharing."""

    def change(o: Mapping[str, Any]) -> Mapping[str, Any]:
        found = (o["act"], o["mode"], o["sharing"]) == (output, mode, sharing)
        return {"reset": "paper"} if found else {}

    return options("neuron", change)


# Combinations that no stored case has detached.
COMBINATIONS = (
    ("relu", "TR", "non"),
    ("selu", "NTR", "non"),
    ("identity", "NTR", "all"),
    ("sigmoid", "TR", "non"),
    ("tanh", "TR", "channel"),
    ("selu", "TR", "all"),
    ("sigmoid", "NTR", "channel"),
    ("tanh", "NTR", "all"),
)

PASS_EVERY_STORED_CASE: Mapping[str, Backend] = {
    "BPTT truncated at 10 steps": deviating(
        truncated_bptt(10).restricted("", lambda nodes: (n for n in nodes if n.op == "neuron"))
    ),
    "V0 zeroed beyond flat index 128": given("in/*.V0", flat(128)),
    "V0 zeroed beyond 16 on the last axis": given("in/*.V0", columns(16)),
    "dense uses its first 12 inputs": given("par/*.W", rows(12), "dense"),
    "alpha clamped to [0.2, 0.8]": given("par/*.alpha", clip(0.2, 0.8)),
    "|v_th|": given("par/*.v_th", np.abs),
    "v_th clamped to [0, 1]": given("par/*.v_th", clip(0, 1)),
    "min(v_reset, v_th)": _lower_reset,
    "SELU without overflow care": act(selu=Pair(_naive_selu, activation.selu.slope)),
    "softmax without max": _softmax_without_max,
    "sigmoid as e^x / (1 + e^x)": act(
        sigmoid=Pair(_naive_sigmoid, lambda x: _naive_sigmoid(x) * (1 - _naive_sigmoid(x)))
    ),
    "fires 1e-5 early": spike(_step_early),
    "a window 1e-5 narrow": spike(lambda x: (x >= 0).astype(x.dtype), 1e-5),
    **{f"detached ignored: {' '.join(c)}": never_detached(*c) for c in COMBINATIONS},
    "conv3d ignores its stride": options("conv3d", lambda _: {"stride": [1, 1, 1]}),
    "the gradient of concat in equal parts": kernels(
        concat=replace_functions(PAPER_KERNELS.concat, backward=_equal_split)
    ),
}


def when(condition: Callable[[Case], bool], wrong: Backend) -> Backend:
    """Wrong in some cases only."""
    return lambda case: wrong(case) if condition(case) else run(case)


def sized(condition: Callable[[tuple[int, ...]], bool], wrong: Backend) -> Backend:
    """Wrong in cases whose input has some shapes."""
    return when(lambda case: condition(case["in/X" if "in/X" in case else "in/ids"].shape), wrong)


def with_op(op: str, wrong: Backend) -> Backend:
    return when(lambda case: any(node.op == op for node in case.nodes), wrong)


def _square_stride(o: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"stride": [o["stride"][0]] * len(o["stride"])}


def _kernel_columns(a: Array) -> Array:
    a[..., 2:, :, :] = 0
    return a


def _tap_rows(a: Array) -> Array:
    a[2:] = 0
    return a


def _max_of_positive() -> Backend:
    kernel = PAPER_KERNELS.max_pool

    def forward(*arguments: Any) -> Any:
        Y, tape = kernel.forward(*arguments)
        return np.maximum(Y, 0), tape

    return kernels(max_pool=replace_functions(kernel, forward=forward))


def _readout(**functions: Any) -> Backend:
    return kernels(readout=replace_functions(PAPER_KERNELS.readout, **functions))


def _pair(name: str, clamp: float) -> Pair:
    own: Pair = getattr(activation, name)
    return Pair(lambda x: own.value(np.clip(x, -clamp, clamp)), own.slope)


def _scaled_mask(a: Array) -> Array:
    return np.where(a != 0, a.dtype.type(2), a)


LIMITS: Mapping[str, Backend] = {
    # Only the first k.
    "inputs of the first 64 steps": given("in/X", steps(64)),
    "gradient of the output of the first 32 steps": given("up/*.Y", steps(32)),
    "gradient of the input in the first 16 steps": answered("grad/in/X", steps(16)),
    "the first 3 samples have a gradient": answered("grad/in/X", zero(slice(3, None))),
    "dense: 32 inputs": given("par/*.W", rows(32), "dense"),
    "dense: 64 inputs": given("par/*.W", rows(64), "dense"),
    "dense: 128 inputs": given("par/*.W", rows(128), "dense"),
    "dense: 128 outputs": given("par/*.W", columns(128), "dense"),
    "dense: bias of 16 outputs": given("par/*.b", columns(16), "dense"),
    "dense: dW of 16 inputs": answered("grad/par/*.W", rows(16)),
    "dense: dW of 32 outputs": answered("grad/par/*.W", columns(32)),
    "dense: db of 64 outputs": answered("grad/par/*.b", columns(64)),
    "embedding: 4 tokens": given("par/*.E", rows(4)),
    "embedding: 64 tokens": given("par/*.E", rows(64)),
    "embedding: width 16": given("par/*.E", columns(16)),
    "conv: 4 channels in": given("par/*.W", rows(4), "conv"),
    "conv: 6 channels out": given("par/*.W", columns(6), "conv"),
    "conv: two columns of the kernel": given("par/*.W", _kernel_columns, "conv"),
    "conv: two rows of the kernel": given("par/*.W", _tap_rows, "conv"),
    "conv3d: two steps of the kernel": given("par/*.W", _tap_rows, "conv3d"),
    "5 classes: the rest has no logits": given("in/X", zero(slice(None), slice(5, None)), ""),
    "labels up to 3": given("in/y", lambda a: np.minimum(a, 3), ""),
    "dV0 of 64 neurons": answered("grad/in/*.V0", flat(64)),
    "parameters of 32 neurons": answered("grad/par/*.beta", flat(32)),
    "dalpha of 32 steps": not_trained("alpha", "V", lambda z: z.t >= 32),
    "the potential is reset every 50 steps": neuron("V", lambda z, V: V * ((z.t + 1) % 50 != 0)),
    "last: at most the eighth step": _readout(last_forward=lambda Y: Y[:, min(Y.shape[1], 8) - 1]),
    "mean: of eight steps": _readout(mean_forward=lambda Y: Y[:, :8].mean(axis=1)),
    "LSTM: 3 units": given("par/*.U", rows(3), "lstm"),
    "GRU: 3 units": given("par/*.U", rows(3), "gru"),
    "RNN: 3 units": given("par/*.U", rows(3), "rnn"),
    "layer norm: gamma of 4 channels": given(
        "par/*.gamma", lambda a: np.where(np.arange(a.shape[-1]) < 4, a, 1), "layer_norm"
    ),
    "batch norm: gamma of 4 channels": given(
        "par/*.gamma", lambda a: np.where(np.arange(a.shape[-1]) < 4, a, 1), "batch_norm"
    ),
    # Whole tiles.
    "neurons in tiles of 8": given("in/*.V0", whole_tiles(8, -1)),
    "neurons in tiles of 16": answered("grad/in/*.V0", whole_tiles(16, -1)),
    "neurons in tiles of 32": answered("grad/in/X", whole_tiles(32, -1)),
    "dense: inputs in tiles of 8": given("par/*.W", whole_tiles(8, -2), "dense"),
    "dense: outputs in tiles of 32": given("par/*.W", whole_tiles(32, -1), "dense"),
    "steps in tiles of 4": answered("grad/in/X", whole_tiles(4, -2)),
    # Ranges of parameters and of what is computed.
    "alpha at most 1": given("par/*.alpha", clip(-9, 1)),
    "alpha at least 0": given("par/*.alpha", clip(0, 9)),
    "v_reset at most 0.25": given("par/*.v_reset", clip(-9, 0.25)),
    "beta at least 0": given("par/*.beta", clip(0, 9)),
    "v_th at most 1": given("par/*.v_th", clip(-9, 1)),
    "mu at most 1": most("neuron", "mu", 1.0),
    "mu at least 0.3": options("neuron", lambda o: {"mu": max(o["mu"], 0.3)}),
    "U within 4": neuron("U", lambda z, U: np.clip(U, -4, 4)),
    "V at least -2": neuron("V", lambda z, V: np.maximum(V, -2)),
    "dV within 4": edited(
        ("V", lambda old: lambda z: T(old(z).v, ((old(z), lambda g: np.clip(g, -4, 4)),)))
    ),
    "the gradient in the input within 8": answered("grad/in/X", clip(-8, 8)),
    "gradients of parameters within 16": answered("grad/par/*", clip(-16, 16)),
    "inputs within 50": given("in/X", clip(-50, 50), ""),
    "tanh within 6": act(tanh=_pair("tanh", 3)),
    "sigmoid within 8": act(sigmoid=_pair("sigmoid", 8)),
    "relu of at most 6": act(relu=Pair(lambda x: np.clip(x, 0, 6), activation.relu.slope)),
    "maxima at least 0": _max_of_positive(),
    # One sample, one step, one place.
    "one sample: no dV0": sized(lambda s: s[0] == 1, answered("grad/in/*.V0", flat(0))),
    "one step: V0 not read": sized(lambda s: len(s) > 2 and s[1] == 1, given("in/*.V0", flat(0))),
    "1 x 1 planes: no bias": sized(lambda s: s[2:4] == (1, 1), given("par/*.b", flat(0), "conv*")),
    "one neuron: beta not read": sized(lambda s: s[-1] == 1, given("par/*.beta", flat(0))),
    # Options.
    "conv: the first stride for all axes": options("conv", _square_stride),
    "conv3d: no stride over time": options("conv3d", lambda o: {"stride": [1, *o["stride"][1:]]}),
    "conv: as many zeros after as before": options(
        "conv", lambda o: {"pad": [[before, before] for before, _ in o["pad"]]}
    ),
    "average pool: stride is the size": options("average_pool", lambda o: {"stride": o["size"]}),
    "dropout always keeps a half": given("fix/*.M", _scaled_mask, "dropout"),
    "momentum of batch norm is 0.1": options("batch_norm", lambda _: {"momentum": 0.1}),
    "eps at most 1e-3": most("layer_norm", "eps", 1e-3),
    # Casts.
    "inputs in float16": given("in/X", cast(np.float16), ""),
    "weights in float16": given("par/*.W", cast(np.float16)),
    "gradients in float16": answered("grad/*", cast(np.float16)),
    "losses in float16": answered("exp/*.loss", cast(np.float16)),
}


def of_ndim(ndim: int, change: Change) -> Change:
    return lambda a: change(a) if a.ndim == ndim else a


def _last_of_last(a: Array) -> Array:
    a[(-1,) * a.ndim] = 0
    return a


def _read_as(value: float, other: float) -> Change:
    return lambda a: np.where(a == value, a.dtype.type(other), a)


def _on_threshold(case: Case) -> dict[str, Array]:
    """An initial potential on the threshold does not fire."""
    moved = {}
    for node in case.nodes:
        if node.op == "neuron":
            V0, v_th = case[f"in/{node.name}.V0"], case[f"par/{node.name}.v_th"]
            moved[f"in/{node.name}.V0"] = V0 - np.where(v_th == V0, V0.dtype.type(2.0**-8), 0)
    return run(case.with_arrays(moved))


def _one_less_last_class(case: Case) -> dict[str, Array]:
    if "in/y" not in case or "in/X" not in case or case["in/X"].ndim > 2:
        return run(case)
    y = case["in/y"]
    return run(case.with_arrays({"in/y": np.where(y == case["in/X"].shape[-1] - 1, y - 1, y)}))


def _middle_token(case: Case) -> dict[str, Array]:
    """Of many tokens, those in the middle third are read as the one before."""
    if "in/ids" not in case:
        return run(case)
    tokens = max(a.shape[0] for name, a in case.items() if name.endswith(".E"))
    ids = case["in/ids"]
    middle = (ids >= tokens // 3) & (ids < 2 * tokens // 3) & (tokens > 6)
    return run(case.with_arrays({"in/ids": ids - middle}))


def _even_kernel(o: Mapping[str, Any]) -> Mapping[str, Any]:
    """The extra zero of an even kernel is on the other side."""
    pad = [
        [p[1], p[0]] if k % 2 == 0 else list(p) for k, p in zip(o["kernel"], o["pad"], strict=True)
    ]
    return {"pad": pad}


def _optimizer(change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Backend:
    def answer(case: Case) -> dict[str, Array]:
        o = case.optimizer
        return run(case if o is None else replace(case, optimizer={**o, **change(o)}))

    return answer


# Thought of after the random cases had been written, which were then widened: they found 40 of 63.
LATER_LIMITS: Mapping[str, Backend] = {
    "dX of the last channel of the last sample": answered("grad/in/X", _last_of_last),
    "dV0 of the last neuron": answered("grad/in/*.V0", _last_of_last),
    "dW of the last input and output": answered("grad/par/*.W", _last_of_last),
    "the carry is cut after step 64": not_trained("V", "U", lambda z: z.t == 64),
    "the carry is cut after step 100": not_trained("V", "U", lambda z: z.t == 100),
    "dbeta of 64 steps": not_trained("beta", "V", lambda z: z.t >= 64),
    "8 classes: the rest has no gradient": answered("grad/in/X", of_ndim(2, columns(8))),
    "64 classes: the rest has no gradient": answered("grad/in/X", of_ndim(2, columns(64))),
    "weights at least -1": given("par/*.W", clip(-1, 99)),
    "weights at most 1": given("par/*.W", clip(-99, 1)),
    "dense: inputs within 2": when(
        lambda case: case.nodes[0].op == "dense", given("in/X", clip(-2, 2))
    ),
    "inputs within 3": given("in/X", clip(-3, 3)),
    "inputs below 1e-3 are 0": given("in/X", lambda a: np.where(abs(a) < 1e-3, 0, a)),
    "outputs below 1e-3 are 0": answered("exp/*.Y", lambda a: np.where(abs(a) < 1e-3, 0, a)),
    "gradients below 1e-3 are 0": answered("grad/*", lambda a: np.where(abs(a) < 1e-3, 0, a)),
    "alpha 0 read as 2**-8": given("par/*.alpha", _read_as(0, 2.0**-8)),
    "alpha 1 read as 1 - 2**-8": given("par/*.alpha", _read_as(1, 1 - 2.0**-8)),
    "alpha at least -0.5": given("par/*.alpha", clip(-0.5, 9)),
    "V0 on the threshold does not fire": _on_threshold,
    "V0 within 1": given("in/*.V0", clip(-1, 1)),
    "one step: the gradient of the final state is not read": sized(
        lambda s: len(s) > 2 and s[1] == 1, given("up/*.VT", flat(0))
    ),
    "one sample and one step: no gradient": sized(
        lambda s: len(s) > 2 and s[:2] == (1, 1), answered("grad/par/*", flat(0))
    ),
    "one logit row: no gradient": when(
        lambda case: "in/y" in case and "in/X" in case and case["in/X"].shape[:-1] == (1,),
        answered("grad/in/X", flat(0)),
    ),
    "the first 4 samples": answered("grad/in/X", zero(slice(4, None))),
    "the first 8 samples": answered("grad/in/X", zero(slice(8, None))),
    "conv: strides of at most 2": most("conv", "stride", 2),
    "pools: strides of at most 2": most("max_pool", "stride", 2),
    "conv: the extra zero of an even kernel on the other side": options("conv", _even_kernel),
    "conv3d: the extra zero of an even kernel on the other side": options("conv3d", _even_kernel),
    "conv: at most one zero on a side": most("conv", "pad", 1),
    "conv: three columns of the kernel": given(
        "par/*.W", zero(..., slice(3, None), slice(None), slice(None)), "conv"
    ),
    "conv: 8 channels in": given("par/*.W", rows(8), "conv"),
    "conv: 16 channels out": given("par/*.W", columns(16), "conv"),
    "planes of 5 columns": answered(
        "grad/in/X", of_ndim(5, zero(..., slice(5, None), slice(None)))
    ),
    "planes of 4 rows": answered(
        "grad/in/X", of_ndim(5, zero(..., slice(4, None), slice(None), slice(None)))
    ),
    "planes that are higher than wide: no bias": sized(
        lambda s: len(s) == 5 and s[2] > s[3], given("par/*.b", flat(0), "conv*")
    ),
    "max pool: windows of two columns": options(
        "max_pool", lambda o: {"size": [o["size"][0], min(2, o["size"][1])]}
    ),
    "momentum of batch norm at most 0.5": most("batch_norm", "momentum", 0.5),
    "momentum of batch norm 0 read as 0.1": options(
        "batch_norm", lambda o: {"momentum": o["momentum"] or 0.1}
    ),
    "batch norm: eps at most 1e-3": most("batch_norm", "eps", 1e-3),
    "layer norm: eps at least 1e-4": options("layer_norm", lambda o: {"eps": max(o["eps"], 1e-4)}),
    "keep 1: dropped all the same": when(
        lambda case: any(n.op == "dropout" and n.options["keep"] == 1 for n in case.nodes),
        given("fix/*.M", flat(0), "dropout"),
    ),
    "dropout: at most twice as much": given("fix/*.M", clip(0, 2), "dropout"),
    "tokens out of the middle read as the one before": _middle_token,
    "embedding: 200 tokens": given("par/*.E", rows(200)),
    "embedding: width 100": given("par/*.E", columns(100)),
    "the last label read as the one before": _one_less_last_class,
    "dense: W beyond flat index 1000": given("par/*.W", flat(1000), "dense"),
    "dense: 256 inputs": given("par/*.W", rows(256), "dense"),
    "neurons beyond 256": answered("exp/*.Y", columns(256)),
    "v_th of 8 neurons": given("par/*.v_th", columns(8)),
    "dv_th of a negative threshold is 0": edited(
        *sees("neuron", "v_th", lambda v_th, z, I: scaled(v_th, v_th.v >= 0))
    ),
    "RNN: 4 steps": with_op("rnn", given("in/X", steps(4))),
    "LSTM: 6 steps": with_op("lstm", given("in/X", steps(6))),
    "GRU: 12 steps": with_op("gru", given("in/X", steps(12))),
    "LSTM: 8 units": given("par/*.U", rows(8), "lstm"),
    "GRU: 8 units": given("par/*.U", rows(8), "gru"),
    "RNN: 16 units": given("par/*.U", rows(16), "rnn"),
    "ConvLSTM: 2 channels": given("par/*.U", rows(2), "convlstm"),
    "SGD: momentum at most 0.8": _optimizer(
        lambda o: {"momentum": min(o["momentum"], 0.8)} if "momentum" in o else {}
    ),
    "Adam: eps at most 1e-6": _optimizer(
        lambda o: {"eps": min(o["eps"], 1e-6)} if "eps" in o else {}
    ),
    "gradients within 1 in the output": given("up/*.Y", clip(-0.75, 0.75)),
    "gradients of large batches in float16": sized(
        lambda s: s[0] > 4, answered("grad/*", cast(np.float16))
    ),
}
