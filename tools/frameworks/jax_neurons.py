"""The neurons of frameworks on JAX, and how they are run for the probes."""

from collections.abc import Callable, Sequence
from functools import partial
from math import log
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from frameworks.probe import Named, Neuron, NeuronProbe, Response
from liaf_ref.kernels.array import Array

# Given the threshold as a number that is differentiated, a fresh neuron: its state, and a
# function of the state and one step's drive, shape (1, 1), that gives state, output, potential.
NeuronFactory = Callable[[Any], tuple[Any, Callable[[Any, Any], tuple[Any, Any, Any]]]]

# All calls have one shape, because each shape is compiled.
ROWS, STEPS = 32, 5


def make_runner(build: NeuronFactory) -> Callable[[Array, float], Response]:
    """Make a subject's ``run``, in float32, which is what all of them begin with."""

    def outputs(drives: Any, v_th: Any) -> tuple[Any, tuple[Any, Any]]:
        start, step = build(v_th)

        def one(state: Any, drive: Any) -> tuple[Any, tuple[Any, Any]]:
            state, y, v = step(state, drive.reshape(1, 1))
            return state, (jnp.squeeze(y), jnp.squeeze(v))

        _, (Y, V) = jax.lax.scan(one, start, drives)
        return Y, (Y, V)

    each = jax.jit(jax.vmap(jax.jacrev(outputs, argnums=(0, 1), has_aux=True), (0, None)))

    def run(I: Array, v_th: float) -> Response:
        N, T = I.shape
        rows = -(-N // ROWS) * ROWS
        drives = np.zeros((rows, max(T, STEPS)), np.float32)
        drives[:N, :T] = I  # a step does not see those after it
        blocks = [each(part, np.float32(v_th)) for part in np.split(drives, rows // ROWS)]
        (dI, dv_th), (Y, V) = jax.tree.map(lambda *parts: np.concatenate(parts)[:N, :T], *blocks)
        total = dv_th.sum(0)
        # JAX gives zeros where there is no gradient.
        return Response(Y, V, np.moveaxis(dI[..., :T], 1, 0), total if total.any() else None)

    return run


def make_probes(
    framework: str,
    begin: Callable[[Callable[..., Any], Any], Any],
    neurons: Sequence[Neuron],
    make: Callable[..., Any],
    threshold: Callable[[Any], Any] = lambda node: 1.0,
    trains: Callable[[Any], bool] = lambda node: False,
) -> list[NeuronProbe]:
    """Make probes of a framework's neurons; what ``make`` gives has a threshold."""

    def probe(neuron: Neuron) -> NeuronProbe:
        fresh = neuron.maker(make)
        node, run = fresh(), make_runner(partial(begin, fresh))
        v_th = float(jnp.asarray(threshold(node)))
        return neuron.probe(framework, run, v_th, "yes" if trains(node) else "no")

    return [probe(neuron) for neuron in neurons]


def spyx() -> list[NeuronProbe]:
    """``LIF`` with its surrogates, and its relatives; its ``beta`` is random unless given."""
    from flax import nnx
    from spyx import axn, nn

    def make(kind: Any, **settings: Any) -> Any:
        return kind((1,), **settings, rngs=nnx.Rngs(0))

    def begin(make: Callable[..., Any], v_th: Any) -> Any:
        node = make()
        node.threshold = v_th

        def step(state: Any, drive: Any) -> tuple[Any, Any, Any]:
            y, state = node(drive, state)
            return state, y, state[..., :1]

        return node.initial_state(1), step

    half = {"beta": 0.5}
    names = ("tanh", "boxcar", "triangular", "arctan")
    spikes = [Named(getattr(axn, name)(), f"axn.{name}()") for name in names]
    paper = axn.custom(lambda x: (abs(x) < 0.5).astype(x.dtype), lambda x: (x >= 0).astype(x.dtype))
    spikes.append(Named(paper, "axn.custom((13), (4))"))
    rows = [Neuron(nn.LIF, half), *(Neuron(nn.LIF, half | {"activation": s}) for s in spikes)]
    rows += [Neuron(nn.IF), Neuron(nn.CuBaLIF, {"alpha": 0.25} | half), Neuron(nn.PSU_LIF, half)]
    return make_probes(
        *("spyx", begin, rows, make),
        threshold=lambda node: node.threshold,
        trains=lambda node: isinstance(node.threshold, nnx.Param),
    )


def jaxsnn() -> list[NeuronProbe]:
    """``LIF`` in discrete time with its default constants, and near the paper's."""
    from jaxsnn.discrete.functional.lif import LIFParameters
    from jaxsnn.discrete.modules.lif import LIF

    def make(kind: Any, dt: float, **settings: Any) -> Any:
        parameters = LIFParameters(**settings)
        return parameters.v_th, kind(1, parameters).generator(dt)

    def begin(make: Callable[..., Any], v_th: Any) -> Any:
        _, functions = make(v_th=v_th)
        start, _ = functions.state()

        def step(state: Any, drive: Any) -> tuple[Any, Any, Any]:
            state, y = functions.step({"input": drive[0]}, state, None)
            return state, y, state.V

        return start, step

    near = {"dt": 1.0, "tau_mem": 2.0, "tau_syn": 1.0, "v_th": 1.0, "v_leak": 0.25}
    near["v_reset"] = -0.25
    rows = [Neuron(LIF, {"dt": Named(1e-3, "1 ms")}), Neuron(LIF, near)]
    return make_probes("jaxsnn", begin, rows, make, threshold=lambda node: node[0])


def brainpy() -> list[NeuronProbe]:
    """``LIF`` with both resets and some surrogates, and ``IF``; with units and a time step."""
    import brainstate
    import brainunit as u
    from brainpy.state import IF, LIF
    from braintools import surrogate

    def make(kind: Any, **settings: Any) -> Any:
        node = kind(1, R=1.0 * u.ohm, **settings)
        node.init_state()
        return node

    def begin(make: Callable[..., Any], v_th: Any) -> Any:
        def step(V: Any, drive: Any) -> tuple[Any, Any, Any]:
            node = make(V_th=v_th * u.mV)
            node.V.value = V * u.mV
            with brainstate.environ.context(dt=1.0 * u.ms):
                y = node.update(drive[0] * u.mA)
            V = node.V.value / u.mV
            return V, y, V

        return make().V.value / u.mV, step

    half: dict[str, Any] = {"tau": Named(1 / log(2) * u.ms, "1/ln 2 ms")}
    spikes = (surrogate.Sigmoid(), surrogate.Arctan(), surrogate.GaussianGrad())
    options = [half, half | {"spk_reset": "hard"}, *(half | {"spk_fun": g} for g in spikes)]
    rows = [*(Neuron(LIF, each, "dt=1 ms") for each in options), Neuron(IF, half, "dt=1 ms")]
    return make_probes("brainpy", begin, rows, make)
