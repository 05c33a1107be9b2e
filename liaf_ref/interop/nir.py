"""LIF networks to and from NIR, the Neuromorphic Intermediate Representation."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from liaf_ref._core import validation
from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import FormatError, InputError, unreadable
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import check_choice, check_instance, check_path
from liaf_ref.interop.nir_euler import ConversionOptions, Stage, metadata_dt
from liaf_ref.interop.nir_file import read_tree
from liaf_ref.interop.nir_nodes import FIELDS, INITIAL_POTENTIALS, NirExporter, NirImporter
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers.types import POSITIVE, SHARINGS

# J. E. Pedersen et al. 2024, "Neuromorphic intermediate representation: A unified instruction set
# for interoperable brain-inspired computing". nir_euler.py has the conversion of each parameter.


__all__ = ["Stage", "from_nir", "read", "to_nir", "write"]

THRESHOLD_MODES = ("exact", "as-is")


def to_nir(
    stages: Sequence[Stage],
    *,
    dt: float = 1.0,
    threshold: str = "exact",
    fold_gain: bool = False,
    analog: str | None = None,
) -> Any:
    """Write a chain of layers as a NIR graph.

    Parameters
    ----------
    stages : sequence of Stage
        Layers with their parameters, first to last; float32 or float64.
    dt : float
        Length of a time step in the graph's unit of time.
    threshold : str
        ``"exact"``: one float below ours, so that NIR's ``v > v_threshold`` says what
        Eq. (4) says, equality included.  ``"as-is"``: the same number.
    fold_gain : bool
        Put the gain ``1 / (1 - alpha)`` of the input into the weights and leave
        ``r = 1``, for readers that do not look at ``r``.
    analog : str, optional
        ``"as-lif"`` to write LIAF neurons as the LIF neurons they are not; the node's
        metadata say so.

    Returns
    -------
    nir.NIRGraph
        Input, the layers, Output.

    Raises
    ------
    LiafError
        If nir is not installed.
    InputError
        If a layer or a parameter has no counterpart; it is named.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.interop.nir import Stage
    >>> layer = lr.DenseLIF(4, 3)
    >>> graph = lr.to_nir([Stage(layer, layer.init(0))])
    >>> sorted(graph.nodes)
    ['dense0', 'input', 'neurons0', 'output']
    """
    nir = import_optional_dependency("nir", "interop")
    check_choice("threshold", threshold, THRESHOLD_MODES, "to_nir")
    if analog is not None:
        check_choice("analog", analog, ("as-lif",), "to_nir")
    export = NirExporter(nir, _conversion_options(dt, threshold, fold_gain, "to_nir"), analog)
    return export.export(validation.check_items("stages", stages, Stage, "to_nir", "Stages"))


def from_nir(
    graph: Any,
    *,
    dt: float | None = None,
    dtype: Any = None,
    threshold: str = "exact",
    fold_gain: bool = False,
    sharing: str = "non",
    initial_potential: str | None = None,
    analog: str | None = None,
    spike: Pair | None = None,
) -> list[Stage]:
    """Read a NIR graph that is a chain of Linear, Affine, LIF, CubaLIF, IF, LI and I.

    Parameters
    ----------
    graph : nir.NIRGraph
        From :func:`read` or another program.
    dt : float, optional
        Length of a time step in the graph's unit of time; by default the one that
        :func:`to_nir` noted, or 1.
    dtype : dtype, optional
        Of the parameters; by default the widest in the graph.
    threshold : str
        ``"exact"``: ours is one float above, so that Eq. (4) says what NIR's
        ``v > v_threshold`` says.  ``"as-is"``: the same number.
    fold_gain : bool
        Multiply the weights in front of a neuron by the gain ``r dt / tau`` of its
        input where that is not 1; without, such a neuron is refused.
    sharing : str
        ``"non"``, ``"channel"`` or ``"all"``; values that differ within what is to
        share them are refused.
    initial_potential : str, optional
        NIR's potential before the first step: ``"zero"``, ``"v_leak"`` or ``"v_reset"``;
        by default what :func:`to_nir` noted, or zero.
    analog : str, optional
        ``"restore"`` to get back LIAF neurons that were written as LIF.
    spike : Pair, optional
        Spike and slope of the reset, which NIR does not know; ``paper(0.5)`` if left out.

    Returns
    -------
    list of Stage
        Weights and the neurons they drive as one layer.

    Raises
    ------
    LiafError
        If nir is not installed.
    InputError
        If the graph branches, or a node or one of its values has no counterpart.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.interop.nir import Stage
    >>> layer = lr.DenseLIF(4, 3)
    >>> params = layer.init(0)
    >>> (stage,) = lr.from_nir(lr.to_nir([Stage(layer, params)]))
    >>> stage.layer
    DenseLIF(4, 3, sharing='non')
    >>> np.array_equal(stage.params["W"], params["W"])
    True
    """
    nir = import_optional_dependency("nir", "interop")
    check_instance("graph", graph, nir.NIRGraph, "from_nir", "a nir.NIRGraph")
    check_choice("threshold", threshold, THRESHOLD_MODES, "from_nir")
    check_choice("sharing", sharing, SHARINGS, "from_nir")
    if initial_potential is not None:
        check_choice("initial_potential", initial_potential, INITIAL_POTENTIALS, "from_nir")
    if analog is not None:
        check_choice("analog", analog, ("restore",), "from_nir")
    step = metadata_dt(graph) if dt is None else dt
    rule = _conversion_options(step, threshold, fold_gain, "from_nir")
    pair = paper(0.5) if spike is None else spike
    check_instance("spike", pair, Pair, "from_nir", "a Pair from liaf_ref.kernels.spike")
    return NirImporter(rule, dtype, sharing, initial_potential, analog, pair).import_stages(graph)


def write(path: Path | str, graph: Any) -> None:
    """Write a graph to a file, atomically."""
    nir = import_optional_dependency("nir", "interop")
    target = check_path("path", path, "nir.write")
    check_instance("graph", graph, nir.NIRGraph, "nir.write", "a nir.NIRGraph")
    buffer = io.BytesIO()
    try:
        nir.write(buffer, graph)
    except Exception as error:  # what HDF5 has no type for makes it and nir raise anything
        reason = f"expected values that HDF5 can store, got an error: {short_repr(error)}"
        raise InputError.for_argument("graph", "nir.write", reason) from error
    write_atomic(target, buffer.getvalue())


def read(path: Path | str) -> Any:
    """Read a graph from a file."""
    nir = import_optional_dependency("nir", "interop")
    file = check_path("path", path, "nir.read")
    try:
        return nir.dict2NIRNode({**read_tree(file)["node"], "type_check": True})
    except FormatError:
        raise
    except Exception as error:  # a damaged file makes nir raise anything
        raise unreadable(path, "a NIR graph", error) from error


def _conversion_options(dt: Any, threshold: str, fold_gain: bool, where: str) -> ConversionOptions:
    step = POSITIVE.check("dt", dt, where)
    return ConversionOptions(
        step, threshold == "exact", validation.check_bool("fold_gain", fold_gain, where)
    )


def read_neuron(path: Path) -> dict[str, float]:
    """The fields of the neuron, with the weight and bias in front of it in r and v_leak."""
    nodes = list(read(path).nodes.values())
    neurons = [node for node in nodes if type(node).__name__ == "LIF"]
    if len(neurons) != 1 or neurons[0].tau.size != 1:
        sizes = ", ".join(str(node.tau.size) for node in neurons) or "none"
        raise InputError(f"{path}: expected one LIF node of one neuron, got LIF nodes of {sizes}")
    found = [(name, getattr(neurons[0], name, None)) for name in FIELDS["LIF"]]
    values = {name: float(value.item()) for name, value in found if value is not None}
    for node in nodes:
        if type(node).__name__ not in {"Affine", "Linear"}:
            continue
        if node.weight.size != 1:
            raise InputError(f"{path}: expected one input, got a weight of {node.weight.shape}")
        bias = getattr(node, "bias", None)
        values["v_leak"] += values["r"] * float(bias.item() if bias is not None else 0)
        values["r"] *= float(node.weight.item())
    return values
