"""Spyx' neurons; ``LIF`` draws its ``beta`` at random, so that each row gives one."""

from typing import Any

import jax.numpy as jnp
from flax import nnx
from spyx import axn, nn

from liaf_ref.oracle.frameworks.jax_probe import make_runner
from liaf_ref.oracle.frameworks.probe import NeuronProbe


def probes() -> list[NeuronProbe]:
    """``LIF`` with its surrogates, and its relatives without recurrence."""
    half = {"beta": 0.5}
    surrogates = {
        "tanh()": axn.tanh(),
        "boxcar()": axn.boxcar(),
        "triangular()": axn.triangular(),
        "arctan()": axn.arctan(),
        "custom((13), (4))": axn.custom(_window, _step),
    }
    return [
        _probe(nn.LIF, "beta=1/2", half),
        *(
            _probe(nn.LIF, f"beta=1/2, activation=axn.{name}", half | {"activation": spike})
            for name, spike in surrogates.items()
        ),
        _probe(nn.IF, "", {}),
        _probe(nn.CuBaLIF, "alpha=1/4, beta=1/2", half | {"alpha": 0.25}),
        _probe(nn.PSU_LIF, "beta=1/2", half),
    ]


def _step(x: Any) -> Any:
    return (x >= 0).astype(x.dtype)  # (4)


def _window(x: Any) -> Any:
    return (abs(x) < 0.5).astype(x.dtype)  # (13)


def _probe(neuron: Any, settings: str, options: dict[str, Any]) -> NeuronProbe:
    def build(v_th: Any) -> Any:
        node = neuron((1,), **options, rngs=nnx.Rngs(0))
        node.threshold = v_th

        def step(state: Any, drive: Any) -> tuple[Any, Any, Any]:
            y, state = node(drive, state)
            return state, y, state[..., :1]

        return node.initial_state(1), step

    node = neuron((1,), **options, rngs=nnx.Rngs(0))
    learns = "yes" if isinstance(node.threshold, nnx.Param) else "no"
    return NeuronProbe(
        "spyx",
        neuron.__name__,
        settings,
        make_runner(build),
        float(jnp.asarray(node.threshold)),
        learns,
    )
