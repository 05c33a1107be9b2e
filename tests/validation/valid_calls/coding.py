"""Valid calls of the codes, of other programs' formats, of the notebooks' plots."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from liaf_ref import layers, plotting
from liaf_ref.analysis import spike_coding
from liaf_ref.analysis.spike_coding import check_spikes, check_values
from liaf_ref.interop import nir, onnx, weights
from liaf_ref.kernels import neuron
from liaf_ref.kernels.activation import identity
from liaf_ref.kernels.spike import paper
from liaf_ref.plotting.neurons import plot_traces

RATE, FIRST = spike_coding.RateCode(), spike_coding.TimeToFirstSpike()
U = np.linspace(0, 1, 6).reshape(2, 3)
SENT = RATE.encode(U, 4)
CHANNEL = spike_coding.SpikeEncoder(RATE, spike_coding.SignedScaler(2.0), 4)
VALUES = np.linspace(-2, 2, 6).reshape(2, 3)
SPIKES = CHANNEL.encode(VALUES)
LIF = layers.DenseLIF(2, 3)
PARAMS = LIF.init(np.random.default_rng(0))
STAGES = [nir.Stage(LIF, PARAMS)]
GRAPH = nir.to_nir(STAGES)
COUNTS = np.ones((2, 3, 4, 2))
I = np.ones((1, 4, 1))
P = neuron.Params(*(np.full(1, x) for x in (0.5, 0.0, 0.3, 0.0)))
Y, _, TAPE = neuron.forward(I, np.zeros((1, 1)), P, paper(0.5), identity, neuron.TR)
TEXTS: dict[str, list[str]] = {name: ["1", "2"] for name in "IUFRY"} | {"V": ["0", "1", "2"]}


VALID_CALLS: dict[str, Any] = {
    "analysis.spike_coding.SpikeEncoder.encode": (CHANNEL.encode, {"x": VALUES}),
    "analysis.spike_coding.SpikeEncoder.decode": (
        CHANNEL.decode,
        {"spikes": SPIKES, "dtype": np.float64},
    ),
    "analysis.spike_coding.SpikeCode.encode": (RATE.encode, {"u": U, "k": 4}),
    "analysis.spike_coding.SpikeCode.decode": (RATE.decode, {"spikes": SENT, "dtype": np.float64}),
    "analysis.spike_coding.TimeToFirstSpike": (
        spike_coding.TimeToFirstSpike,
        {"name": "x", "level_function": spike_coding.linear_levels},
    ),
    "analysis.spike_coding.TimeToFirstSpike.encode": (FIRST.encode, {"u": U, "k": 4}),
    "analysis.spike_coding.TimeToFirstSpike.decode": (
        FIRST.decode,
        {"spikes": FIRST.encode(U, 4), "dtype": np.float64},
    ),
    "analysis.spike_coding.linear_levels": (spike_coding.linear_levels, {"k": 4}),
    "analysis.spike_coding.logarithmic_levels": (spike_coding.logarithmic_levels, {"k": 4}),
    "analysis.spike_coding.OffsetScaler.from_percentile": (
        spike_coding.OffsetScaler.from_percentile,
        {"x": VALUES, "percentile": 99.0},
    ),
    "analysis.spike_coding.SignedScaler.from_percentile": (
        spike_coding.SignedScaler.from_percentile,
        {"x": VALUES, "percentile": 99.0},
    ),
    "analysis.spike_coding.RateCode": (spike_coding.RateCode, {"name": "x"}),
    "analysis.spike_coding.check_values": (check_values, {"u": U, "k": 4, "where": "s"}),
    "analysis.spike_coding.check_spikes": (
        lambda spikes: check_spikes(spikes, "s"),
        {"spikes": SENT},
    ),
    "interop.nir.to_nir": (
        nir.to_nir,
        {"stages": STAGES, "dt": 1.0, "threshold": "exact", "fold_gain": False}
        | {"analog": "as-lif"},
    ),
    "interop.nir.from_nir": (
        nir.from_nir,
        {"graph": GRAPH, "dt": 1.0, "dtype": np.float64, "threshold": "exact"}
        | {"fold_gain": False, "sharing": "non", "initial_potential": "zero", "analog": "restore"}
        | {"spike": paper(0.5)},
    ),
    "interop.nir.read": (nir.read, {"path": "missing.nir"}),
    "interop.nir.write": (nir.write, {"path": "a.nir", "graph": GRAPH}),
    "interop.onnx.to_onnx": (
        onnx.to_onnx,
        {"model": LIF, "params": PARAMS, "path": "a.onnx", "buffers": {}, "stateful": False},
    ),
    "interop.weights.save_weights": (
        weights.save_weights,
        {"path": Path("w.safetensors"), "params": PARAMS, "model": LIF},
    ),
    "interop.weights.load_weights": (
        weights.load_weights,
        {"path": Path("w.safetensors"), "model": LIF},
    ),
    "interop.weights.flatten": (weights.flatten, {"params": PARAMS, "prefix": "a"}),
    "interop.weights.unflatten": (weights.unflatten, {"params": PARAMS}),
    "plotting.images.plot_frames": (
        plotting.plot_frames,
        {"counts": COUNTS, "titles": ("a", "b"), "columns": 2},
    ),
    "plotting.images.plot_matrix": (
        lambda **given: plotting.plot_matrix(Figure().subplots(), **given),
        {"M": U, "groups": np.ones((2, 3), int), "highlighted": [(0, 0, 1, 1)]},
    ),
    "plotting.display.show_with_sliders": (
        lambda draw, a: plotting.show_with_sliders(draw, a=a),
        {"draw": lambda a: Figure(), "a": plotting.SliderRange(0, 1, 0.5)},
    ),
    "plotting.display.SliderRange": (
        lambda **of: plotting.show_with_sliders(
            lambda a: Figure(), a=plotting.SliderRange(0.0, 1.0, **of)
        ),
        {"initial": 0.5, "step": 0.1},
    ),
    "plotting.display.show": (plotting.show, {"figure": Figure()}),
    "plotting.neurons.plot_traces": (plot_traces, {"I": I, "Y": Y, "tape": TAPE}),
    "plotting.neurons.plot_unrolled": (
        plotting.plot_unrolled,
        {"values": TEXTS, "gradients": TEXTS},
    ),
}
