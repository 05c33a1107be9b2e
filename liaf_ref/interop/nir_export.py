"""Convert layers to NIR nodes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import REAL, check_float_array, check_instance, check_params
from liaf_ref.interop.nir_euler import (
    V0_KEY,
    ConversionOptions,
    DiscreteNeurons,
    Stage,
    check_range,
    graph_metadata,
    has_leak,
    input_gain,
    neuron_metadata,
    nir_initial_potential,
    to_nir_fields,
    unreachable_threshold,
)
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import step
from liaf_ref.layers import Dense, Driven, Layer, Neurons


@dataclass
class NirExporter:
    """State of an export: options and nodes so far."""

    nir: ModuleType
    options: ConversionOptions
    analog: str | None
    nodes: dict[str, Any] = field(default_factory=dict)
    number: int = 0  # of the current layer
    where: str = "to_nir"  # the layer as named in error messages

    def export(self, stages: Sequence[Stage]) -> Any:
        """Export all stages."""
        if not stages:
            raise InputError.for_argument("stages", "to_nir", "expected at least one, got none")
        width: tuple[int, ...] | None = None
        for self.number, given in enumerate(stages):
            self.where = f"layer {self.number} of to_nir"
            check_instance("kind", given.layer, Layer, self.where, "Dense, LIF or LIAF neurons")
            shape = _nir_shape(given.layer.in_shape)
            if width is not None and shape != width:
                reason = f"expected shape {shape}, got {width} from the previous layer"
                raise InputError.for_argument("input", self.where, reason)
            params = check_params(given.params, given.layer.shapes, self.where, REAL)
            add_nodes(given.layer, self, given._replace(params=params))
            width = tuple(int(n) for n in list(self.nodes.values())[-1].output_type["output"])
        return self._build_graph(_nir_shape(stages[0].layer.in_shape), width)

    def _build_graph(self, in_shape: tuple[int, ...], out_shape: tuple[int, ...] | None) -> Any:
        names = ["input", *self.nodes, "output"]
        ends = {
            "input": self.nir.Input({"input": np.array(in_shape)}),
            "output": self.nir.Output({"output": np.array(out_shape)}),
        }
        return self.nir.NIRGraph(
            nodes={name: (self.nodes | ends)[name] for name in names},
            edges=list(pairwise(names)),
            metadata=graph_metadata(self.options),
        )

    def add_neurons(self, layer: Neurons, stage: Stage) -> None:
        """Write neurons with parameters of Eqs. (4)-(6)."""
        name, where = f"neurons{self.number}", self.where
        p = _expand_params(layer, stage, where)
        if layer.neuron.spike_pair.value is not step:
            raise InputError.for_argument(
                "spike", where, "expected the step of Eq. (4), got another function"
            )
        if layer.neuron.variant is not None:
            reason = "expected the paper's spike, reset and output, Eqs. (4), (5), (7), got others"
            raise InputError.for_argument("neurons", where, f"{reason}: NIR has none for them")
        silent = _outputs_potential(layer) and bool(
            (p.v_th == unreachable_threshold(p.v_th.dtype)).all()
        )
        marks = {} if silent else self._analog_metadata(layer, where)
        check_range(p, where)
        with np.errstate(over="ignore"):
            fields, v0 = to_nir_fields(p, self.options), nir_initial_potential(p)
        if silent:
            fields = {k: v for k, v in fields.items() if k not in {"v_threshold", "v_reset"}}
        for field_name, value in (fields | {V0_KEY: v0}).items():
            check_float_array(field_name, value, value.shape, where)
        if self.options.fold_gain:
            self._fold_into_weights(1 / input_gain(fields, self.options), where)
        kind = ("LI" if silent else "LIF") if has_leak(p) else ("I" if silent else "IF")
        metadata = neuron_metadata(p, self.options, sharing=layer.neuron.sharing, **marks)
        self.nodes[name] = getattr(self.nir, kind)(**fields, metadata=metadata)

    def _analog_metadata(self, layer: Neurons, where: str) -> dict[str, str]:
        own = layer.neuron
        if own.activation.value is step and own.mode == "TR":
            return {}
        act, mode = own.act_name or "custom", own.mode
        if self.analog is None:
            raise InputError.for_argument(
                "act",
                where,
                f"expected the spike of a LIF neuron, got {act} ({mode}); NIR has no "
                "analog neuron that fires; analog='as-lif' writes a LIF neuron instead",
            )
        return {"analog": self.analog, "act": act, "mode": mode}

    def _fold_into_weights(self, factor: Array, where: str) -> None:
        last = list(self.nodes.values())[-1] if self.nodes else None
        if not isinstance(last, self.nir.Linear | self.nir.Affine):
            reason = "expected a weight layer before the neurons, got none"
            raise InputError.for_argument("fold_gain", where, reason)
        last.weight = _scale("weight", last.weight, factor[:, None], where)
        if isinstance(last, self.nir.Affine):
            last.bias = _scale("bias", last.bias, factor, where)


@singledispatch
def add_nodes(layer: Layer, to: NirExporter, stage: Stage) -> None:
    """Write a layer's nodes; ``add_nodes.register`` adds an entry for a layer of your own."""
    reason = f"got {layer.constructor}, which NIR export does not support"
    raise InputError.for_argument(
        "kind", to.where, f"expected Dense, LIF or LIAF neurons, {reason}"
    )


@add_nodes.register
def _(layer: Dense, to: NirExporter, stage: Stage) -> None:
    name = f"dense{to.number}"
    weight = np.array(stage.params["W"].T, order="C")
    if "b" in stage.params:
        to.nodes[name] = to.nir.Affine(weight=weight, bias=stage.params["b"].copy())
    else:
        to.nodes[name] = to.nir.Linear(weight=weight)


@add_nodes.register
def _(layer: Neurons, to: NirExporter, stage: Stage) -> None:
    to.add_neurons(layer, stage)


@add_nodes.register
def _(layer: Driven, to: NirExporter, stage: Stage) -> None:
    add_nodes(layer.synapse, to, stage)
    add_nodes(layer.dynamics, to, stage)


def _scale(name: str, value: Array, factor: Array, where: str) -> Array:
    with np.errstate(over="ignore"):
        product: Array = value * factor
    return check_float_array(name, product, product.shape, where)


def _outputs_potential(layer: Neurons) -> bool:
    return layer.neuron.act_name == "identity" and layer.neuron.mode == "NTR"


def _expand_params(layer: Neurons, stage: Stage, where: str) -> DiscreteNeurons:
    """Broadcast shared parameters to all neurons, with the axis order of NIR."""
    p = layer.kernel_params(stage.params)
    dtype = p.alpha.dtype
    given = np.zeros(layer.shape, dtype) if stage.V0 is None else stage.V0
    V0 = check_float_array("V0", given, layer.shape, where, dtype)
    return DiscreteNeurons(
        *(_channels_first(np.broadcast_to(value, layer.shape)) for value in (*p, V0))
    )


def _channels_first(value: Array) -> Array:
    """Turn (H, W, L) to (L, H, W); one axis stays."""
    return np.array(np.moveaxis(value, -1, 0), order="C")


def _nir_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[-1:] + shape[:-1]
