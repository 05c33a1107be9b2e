"""Layers to NIR nodes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

from liaf_ref.door import check_float, check_parameters
from liaf_ref.errors import InputError
from liaf_ref.interop.discrete import Discrete, Rule, first_potential, gain, leaks, to_fields
from liaf_ref.interop.nir_range import check_range, silent_threshold
from liaf_ref.interop.notes import FIRST, graph_notes, neuron_notes
from liaf_ref.interop.stages import Stage
from liaf_ref.kernels import neuron
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import step
from liaf_ref.layers import Conv, Dense, DirectLIAF, Integrated, Params
from liaf_ref.layers.pool import Pool


@dataclass
class Export:
    """One export: how, and the nodes so far."""

    nir: ModuleType
    rule: Rule
    analog: str | None
    nodes: dict[str, Any] = field(default_factory=dict)

    def graph(self, stages: Sequence[Stage]) -> Any:
        """Export all stages."""
        if not stages:
            raise InputError.of("stages", "to_nir", "expected at least one, got none")
        width: tuple[int, ...] | None = None
        for i, given in enumerate(stages):
            source = f"layer {i} of to_nir"
            synapse, neurons = _parts(given, source)
            shape = _nir_shape(given.layer.in_shape)
            if width is not None and shape != width:
                reason = f"expected shape {shape}, got {width} from before"
                raise InputError.of("input", source, reason)
            stage = given._replace(params=_checked(given, source))
            if synapse is not None:
                self._linear(f"dense{i}", stage)
            if neurons is not None:
                self._neurons(f"neurons{i}", neurons, stage, source)
            width = tuple(int(n) for n in list(self.nodes.values())[-1].output_type["output"])
        return self._closed(_nir_shape(stages[0].layer.in_shape), width)

    def _closed(self, first: tuple[int, ...], last: tuple[int, ...] | None) -> Any:
        names = ["input", *self.nodes, "output"]
        ends = {
            "input": self.nir.Input({"input": np.array(first)}),
            "output": self.nir.Output({"output": np.array(last)}),
        }
        return self.nir.NIRGraph(
            nodes={name: (self.nodes | ends)[name] for name in names},
            edges=list(pairwise(names)),
            metadata=graph_notes(self.rule),
        )

    def _linear(self, name: str, stage: Stage) -> None:
        weight = np.array(stage.params["W"].T, order="C")
        if "b" in stage.params:
            self.nodes[name] = self.nir.Affine(weight=weight, bias=stage.params["b"].copy())
        else:
            self.nodes[name] = self.nir.Linear(weight=weight)

    def _neurons(self, name: str, layer: DirectLIAF, stage: Stage, source: str) -> None:
        p = _per_neuron(layer, stage, source)
        if layer.spike.value is not step:
            raise InputError.of("spike", source, "expected the step of Eq. (4), got another")
        silent = _reads_potential(layer) and bool((p.v_th == silent_threshold(p.v_th.dtype)).all())
        marks = {} if silent else self._marked(layer, source)
        check_range(p, source)
        with np.errstate(over="ignore"):
            fields, v0 = to_fields(p, self.rule), first_potential(p)
        if silent:
            fields = {k: v for k, v in fields.items() if k not in {"v_threshold", "v_reset"}}
        for field_name, value in (fields | {FIRST: v0}).items():
            check_float(field_name, value, value.shape, source)
        if self.rule.fold:
            self._fold(1 / gain(fields, self.rule), source)
        kind = ("LI" if silent else "LIF") if leaks(p) else ("I" if silent else "IF")
        metadata = neuron_notes(p, self.rule, sharing=layer.sharing, **marks)
        self.nodes[name] = getattr(self.nir, kind)(**fields, metadata=metadata)

    def _marked(self, layer: DirectLIAF, source: str) -> dict[str, str]:
        if layer.choices[1].value is step and layer.mode == "TR":
            return {}
        act = layer.act if isinstance(layer.act, str) else "custom"
        if self.analog is None:
            raise InputError.of(
                "act",
                source,
                f"expected the spike of a LIF neuron, got {act} ({layer.mode}); NIR has no "
                "analog neuron that fires, analog='as-lif' writes one that spikes instead",
            )
        return {"analog": self.analog, "act": act, "mode": layer.mode}

    def _fold(self, factor: Array, source: str) -> None:
        last = list(self.nodes.values())[-1] if self.nodes else None
        if not isinstance(last, self.nir.Linear | self.nir.Affine):
            reason = "expected weights in front of the neurons, got none"
            raise InputError.of("fold_gain", source, reason)
        last.weight = _folded("weight", last.weight, factor[:, None], source)
        if isinstance(last, self.nir.Affine):
            last.bias = _folded("bias", last.bias, factor, source)


def _checked(stage: Stage, source: str) -> Params:
    params = check_parameters(stage.params, stage.layer.shapes(), source)
    dtype = next(iter(params.values())).dtype
    if dtype not in (np.float32, np.float64):
        reason = f"expected float32 or float64, got {dtype}"
        raise InputError.of("parameters", source, reason)
    return params


def _parts(stage: Stage, source: str) -> tuple[Dense | None, DirectLIAF | None]:
    layer = stage.layer
    if isinstance(layer, Dense):
        return layer, None
    if isinstance(layer, DirectLIAF):
        return None, layer
    if isinstance(layer, Integrated):
        if isinstance(layer.synapse, Dense) and isinstance(layer.dynamics, DirectLIAF):
            return layer.synapse, layer.dynamics
        layer = layer.dynamics if isinstance(layer.synapse, Dense) else layer.synapse
    reason = f"expected Dense, LIF or LIAF neurons, got {type(layer).__name__}"
    why = "is not exported yet" if isinstance(layer, Conv | Pool) else "has no counterpart in NIR"
    raise InputError.of("kind", source, f"{reason}, which {why}")


def _folded(name: str, value: Array, factor: Array, source: str) -> Array:
    with np.errstate(over="ignore"):
        product: Array = value * factor
    return check_float(name, product, product.shape, source)


def _reads_potential(layer: DirectLIAF) -> bool:
    return layer.act == "identity" and layer.mode == "NTR"


def _per_neuron(layer: DirectLIAF, stage: Stage, source: str) -> Discrete:
    """Spread shared parameters over the neurons, and the axes as NIR has them."""
    dtype = stage.params["alpha"].dtype
    given = np.zeros(layer.shape, dtype) if stage.V0 is None else stage.V0
    V0 = check_float("V0", given, layer.shape, source, dtype)
    values = (*(stage.params[name] for name in neuron.Params._fields), V0)
    return Discrete(*(_channels_first(np.broadcast_to(v, layer.shape)) for v in values))


def _channels_first(value: Array) -> Array:
    """Turn (H, W, L) to (L, H, W); one axis stays."""
    return np.array(np.moveaxis(value, -1, 0), order="C")


def _nir_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[-1:] + shape[:-1]
