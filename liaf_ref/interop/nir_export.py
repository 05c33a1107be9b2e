"""Layers to NIR nodes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

from liaf_ref.door import check_float, check_instance, check_parameters
from liaf_ref.errors import InputError
from liaf_ref.interop.discrete import Discrete, Rule, first_potential, gain, leaks, to_fields
from liaf_ref.interop.nir_range import check_range, silent_threshold
from liaf_ref.interop.notes import FIRST, graph_notes, neuron_notes
from liaf_ref.interop.stages import Stage
from liaf_ref.kernels import neuron
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import step
from liaf_ref.layers import Layer, Neurons, Params


@dataclass
class Export:
    """One export: how, and the nodes so far."""

    nir: ModuleType
    rule: Rule
    analog: str | None
    nodes: dict[str, Any] = field(default_factory=dict)
    number: int = 0  # of the layer that is written
    source: str = "to_nir"  # how error messages call it

    def graph(self, stages: Sequence[Stage]) -> Any:
        """Export all stages."""
        if not stages:
            raise InputError.of("stages", "to_nir", "expected at least one, got none")
        width: tuple[int, ...] | None = None
        for self.number, given in enumerate(stages):
            self.source = f"layer {self.number} of to_nir"
            check_instance("kind", given.layer, Layer, self.source, "Dense, LIF or LIAF neurons")  # type: ignore[type-abstract]
            shape = _nir_shape(given.layer.in_shape)
            if width is not None and shape != width:
                reason = f"expected shape {shape}, got {width} from before"
                raise InputError.of("input", self.source, reason)
            given.layer.to_nir(self, given._replace(params=_checked(given, self.source)))
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

    def linear(self, stage: Stage) -> None:
        """Write dense synapses: a layer's ``W`` and, if it has one, ``b``."""
        name = f"dense{self.number}"
        weight = np.array(stage.params["W"].T, order="C")
        if "b" in stage.params:
            self.nodes[name] = self.nir.Affine(weight=weight, bias=stage.params["b"].copy())
        else:
            self.nodes[name] = self.nir.Linear(weight=weight)

    def neurons(self, layer: Neurons, stage: Stage) -> None:
        """Write neurons with parameters of Eqs. (4)-(6)."""
        name, source = f"neurons{self.number}", self.source
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

    def _marked(self, layer: Neurons, source: str) -> dict[str, str]:
        if layer.choices[1].value is step and layer.threshold_related:
            return {}
        act, mode = layer.act_name or "custom", "TR" if layer.threshold_related else "NTR"
        if self.analog is None:
            raise InputError.of(
                "act",
                source,
                f"expected the spike of a LIF neuron, got {act} ({mode}); NIR has no "
                "analog neuron that fires, analog='as-lif' writes one that spikes instead",
            )
        return {"analog": self.analog, "act": act, "mode": mode}

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
    dtypes = {array.dtype for array in params.values()}  # one, or none without parameters
    if not dtypes <= {np.dtype(np.float32), np.dtype(np.float64)}:
        reason = f"expected float32 or float64, got {dtypes.pop()}"
        raise InputError.of("parameters", source, reason)
    return params


def _folded(name: str, value: Array, factor: Array, source: str) -> Array:
    with np.errstate(over="ignore"):
        product: Array = value * factor
    return check_float(name, product, product.shape, source)


def _reads_potential(layer: Neurons) -> bool:
    return layer.act_name == "identity" and not layer.threshold_related


def _per_neuron(layer: Neurons, stage: Stage, source: str) -> Discrete:
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
