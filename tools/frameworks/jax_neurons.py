"""The neurons of frameworks on JAX, and how they are run for the probes."""

from collections.abc import Callable
from math import log
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from frameworks.probe import NeuronProbe, Response
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


def spyx() -> list[NeuronProbe]:
    """``LIF`` with its surrogates, and its relatives; its ``beta`` is random unless given."""
    from flax import nnx
    from spyx import axn, nn

    def probe(neuron: Any, settings: str, **options: Any) -> NeuronProbe:
        def build(v_th: Any) -> Any:
            node = neuron((1,), **options, rngs=nnx.Rngs(0))
            node.threshold = v_th

            def step(state: Any, drive: Any) -> tuple[Any, Any, Any]:
                y, state = node(drive, state)
                return state, y, state[..., :1]

            return node.initial_state(1), step

        node = neuron((1,), **options, rngs=nnx.Rngs(0))
        learns = "yes" if isinstance(node.threshold, nnx.Param) else "no"
        v_th, run = float(jnp.asarray(node.threshold)), make_runner(build)
        return NeuronProbe("spyx", neuron.__name__, settings, run, v_th, learns)

    surrogates = {
        "tanh()": axn.tanh(),
        "boxcar()": axn.boxcar(),
        "triangular()": axn.triangular(),
        "arctan()": axn.arctan(),
        "custom((13), (4))": axn.custom(
            lambda x: (abs(x) < 0.5).astype(x.dtype), lambda x: (x >= 0).astype(x.dtype)
        ),
    }
    return [
        probe(nn.LIF, "beta=1/2", beta=0.5),
        *(
            probe(nn.LIF, f"beta=1/2, activation=axn.{name}", beta=0.5, activation=spike)
            for name, spike in surrogates.items()
        ),
        probe(nn.IF, ""),
        probe(nn.CuBaLIF, "alpha=1/4, beta=1/2", alpha=0.25, beta=0.5),
        probe(nn.PSU_LIF, "beta=1/2", beta=0.5),
    ]


def jaxsnn() -> list[NeuronProbe]:
    """``LIF`` in discrete time with its default constants, and near the paper's."""
    from jaxsnn.discrete.functional.lif import LIFParameters
    from jaxsnn.discrete.modules.lif import LIF

    def probe(settings: str, dt: float, **options: float) -> NeuronProbe:
        def build(v_th: Any) -> Any:
            functions = LIF(1, LIFParameters(**{**options, "v_th": v_th})).generator(dt)
            start, _ = functions.state()

            def step(state: Any, drive: Any) -> tuple[Any, Any, Any]:
                state, y = functions.step({"input": drive[0]}, state, None)
                return state, y, state.V

            return start, step

        v_th = float(jnp.asarray(LIFParameters(**options).v_th))
        return NeuronProbe("jaxsnn", "LIF", settings, make_runner(build), v_th, "no")

    near = {"tau_mem": 2.0, "tau_syn": 1.0, "v_th": 1.0, "v_leak": 0.25, "v_reset": -0.25}
    values = "tau_mem=2, tau_syn=1, v_th=1, v_leak=1/4, v_reset=-1/4"
    return [probe("dt=1 ms", 1e-3), probe(f"dt=1, {values}", 1.0, **near)]


def brainpy() -> list[NeuronProbe]:
    """``LIF`` with both resets and some surrogates, and ``IF``; with units and a time step."""
    import brainpy
    import brainstate
    import brainunit as u
    from braintools import surrogate

    def probe(name: str, settings: str, **options: Any) -> NeuronProbe:
        def build(v_th: Any) -> Any:
            def step(V: Any, drive: Any) -> tuple[Any, Any, Any]:
                node = getattr(brainpy.state, name)(1, **options, V_th=v_th * u.mV)
                node.init_state()
                node.V.value = V * u.mV
                with brainstate.environ.context(dt=1.0 * u.ms):
                    y = node.update(drive[0] * u.mA)
                V = node.V.value / u.mV
                return V, y, V

            node = getattr(brainpy.state, name)(1, **options)
            node.init_state()
            return node.V.value / u.mV, step

        return NeuronProbe("brainpy", name, settings, make_runner(build), 1.0, "no")

    half = {"tau": 1 / log(2) * u.ms, "R": 1.0 * u.ohm}
    values = "dt=1 ms, tau=1/ln 2 ms"
    return [
        probe("LIF", values, **half),
        probe("LIF", f'{values}, spk_reset="hard"', **half, spk_reset="hard"),
        *(
            probe("LIF", f"{values}, spk_fun={type(g).__name__}()", **half, spk_fun=g)
            for g in (surrogate.Sigmoid(), surrogate.Arctan(), surrogate.GaussianGrad())
        ),
        probe("IF", values, **half),
    ]
