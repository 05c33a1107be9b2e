"""Valid calls of other programs' formats, and of the notebooks' plots."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from liaf_ref import layers, plotting
from liaf_ref.interop import nir, onnx, weights
from liaf_ref.kernels import neuron
from liaf_ref.kernels.activation import identity
from liaf_ref.kernels.spike import paper
from liaf_ref.plotting.neurons import plot_traces
from validation.public_callables import call

U = np.linspace(0, 1, 6).reshape(2, 3)
LIF = layers.DenseLIF(2, 3)
PARAMS = LIF.init(np.random.default_rng(0))
STAGES = [nir.Stage(LIF, PARAMS)]
GRAPH = nir.to_nir(STAGES)
COUNTS = np.ones((2, 3, 4, 2))
I = np.ones((1, 4, 1))
P = neuron.Params(*(np.full(1, x) for x in (0.5, 0.0, 0.3, 0.0)))
Y, _, TAPE = neuron.forward(I, np.zeros((1, 1)), P, paper(0.5), identity, neuron.TR)
TEXTS: dict[str, list[str]] = {name: ["1", "2"] for name in "IUFRY"} | {"V": ["0", "1", "2"]}


VALID_CALLS: dict[str, Any] = dict(
    [
        call(
            nir.to_nir, stages=STAGES, dt=1.0, threshold="exact", fold_gain=False, analog="as-lif"
        ),
        call(
            nir.from_nir,
            graph=GRAPH,
            dt=1.0,
            dtype=np.float64,
            threshold="exact",
            fold_gain=False,
            sharing="non",
            initial_potential="zero",
            analog="restore",
            spike=paper(0.5),
        ),
        call(nir.read, path="missing.nir"),
        call(nir.write, path="a.nir", graph=GRAPH),
        call(onnx.to_onnx, model=LIF, params=PARAMS, path="a.onnx", buffers={}, stateful=False),
        call(weights.save_weights, path=Path("w.safetensors"), params=PARAMS, model=LIF),
        call(weights.load_weights, path=Path("w.safetensors"), model=LIF),
        call(weights.flatten, params=PARAMS, prefix="a"),
        call(weights.unflatten, params=PARAMS),
        call(plotting.plot_frames, counts=COUNTS, titles=("a", "b"), columns=2),
        call(
            "plotting.images.plot_matrix",
            lambda **given: plotting.plot_matrix(Figure().subplots(), **given),
            M=U,
            groups=np.ones((2, 3), int),
            highlighted=[(0, 0, 1, 1)],
        ),
        call(
            "plotting.display.show_with_sliders",
            lambda draw, a: plotting.show_with_sliders(draw, a=a),
            draw=lambda a: Figure(),
            a=plotting.SliderRange(0, 1, 0.5),
        ),
        call(plotting.show, figure=Figure()),
        call(plot_traces, I=I, Y=Y, tape=TAPE),
        call(plotting.plot_unrolled, values=TEXTS, gradients=TEXTS),
    ]
)
