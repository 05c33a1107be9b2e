"""From a description and a seed to a case."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from liaf_ref.kernels.grid import out_size
from liaf_ref.oracle.case import LOSSES, Case, Node
from liaf_ref.oracle.cases.grids import Grid
from liaf_ref.oracle.cases.parts import GATES
from liaf_ref.oracle.cases.recipe import Recipe

Shape = tuple[int, ...]
STATES = {
    "neuron": ("V",),
    "rnn": ("c",),
    "lstm": ("h", "c"),
    "gru": ("h",),
    "convlstm": ("h", "c"),
}
PARAMETERS = ("v_th", "v_reset", "alpha", "beta")


def draw(recipe: Recipe, attempt: int) -> Case:
    """Draw a case; the same arguments give the same bits.

    Parameters
    ----------
    recipe : Recipe
        The description.
    attempt : int
        Which of the seed's streams.

    Returns
    -------
    Case
        In float64, every value a float32.
    """
    rng = np.random.default_rng([recipe.seed, attempt])
    arrays = {
        name: rng.integers(0, limit, shape)
        if (limit := _limit(recipe, name))
        else _grid(recipe, name).draw(rng, shape)
        for name, shape in _shapes(recipe)
    }
    head = recipe.name, recipe.level, recipe.nodes
    return Case(*head, arrays, recipe.optimiser, recipe.about)


def _shapes(recipe: Recipe) -> Iterator[tuple[str, Shape]]:
    out = {f"in/{name}": shape for name, shape in recipe.sizes.items()}
    yield from out.items()
    for node in recipe.nodes:
        shapes = [out[source] for source in node.inputs]
        own, out[node.name] = _node(node, shapes)
        yield from ((f"par/{node.name}.{name}", shape) for name, shape in own.items())
        fixed = _constants(node, shapes[0])
        yield from ((f"fix/{node.name}.{name}", shape) for name, shape in fixed.items())
        for state in STATES.get(node.op, ()):
            shape = out[node.name]
            yield f"in/{node.name}.{state}0", (shape[0], *shape[2:])
            if recipe.final:
                yield f"up/{node.name}.{state}T", (shape[0], *shape[2:])
    if recipe.nodes[-1].op not in LOSSES:
        yield f"up/{recipe.nodes[-1].name}.Y", out[recipe.nodes[-1].name]


def _node(node: Node, shapes: list[Shape]) -> tuple[dict[str, Shape], Shape]:
    """Shapes of a node's parameters and of its output."""
    (*outer, K), options = shapes[0], node.options
    own: dict[str, Shape] = {}
    out = shapes[0]
    match node.op:
        case "dense":
            L = options["units"]
            own, out = {"W": (K, L)} | ({"b": (L,)} if options["bias"] else {}), (*outer, L)
        case "embedding":
            own = {"E": (options["tokens"], options["width"])}
            out = (*shapes[0], options["width"])
        case "neuron":
            shared = {"all": (1,), "channel": (K,), "non": out[2:]}[options["sharing"]]
            own = dict.fromkeys(PARAMETERS, shared)
        case "rnn" | "lstm" | "gru":
            L = K // GATES[node.op]
            own, out = {"U": (L, K)}, (*outer, L)
        case "convlstm":
            L = K // GATES[node.op]
            own, out = {"U": (*options["kernel"], L, K)}, (*outer, L)
        case "conv" | "conv3d":
            L, kernel = options["units"], tuple(options["kernel"])
            own = {"W": (*kernel, K, L)} | ({"b": (L,)} if options["bias"] else {})
            out = (*_windows(shapes[0], kernel, options["stride"], options["pad"]), L)
        case "average_pool" | "max_pool":
            out = (*_windows(shapes[0], options["size"], options["stride"], [[0, 0]] * 2), K)
        case "layer_norm" | "batch_norm":
            shared = out[2:] if options["axes"] == "HWL" else (K,)
            own = {"gamma": shared, "b": shared}
        case "flatten":
            out = (*out[:-3], math.prod(out[-3:]))
        case "concat":
            out = (*outer, sum(shape[-1] for shape in shapes))
        case "last" | "mean":
            out = (out[0], *out[2:])
    return own, out


def _windows(shape: Shape, kernel: Any, stride: Any, pad: Any) -> Shape:
    """All axes but the last, those under the kernel as many as there are windows."""
    first = len(shape) - 1 - len(kernel)
    size = (n + sum(zeros) for n, zeros in zip(shape[first:-1], pad, strict=True))
    return (*shape[:first], *out_size(tuple(size), tuple(kernel), tuple(stride)))


def _constants(node: Node, shape: Shape) -> dict[str, Shape]:
    """Shapes of what a node is given and does not differentiate."""
    match node.op:
        case "batch_norm":
            return {"m": shape[-1:], "v": shape[-1:]}
        case "dropout":
            return {"M": shape}
    return {}


def _grid(recipe: Recipe, name: str) -> Grid:
    """Where an array is drawn from; a mask's two values are its node's."""
    for node in recipe.nodes:
        if name == f"fix/{node.name}.M":
            kept = 1 / node.options["keep"]
            return Grid(0.0, kept, kept)
    return recipe.grids[_quantity(name)]


def _limit(recipe: Recipe, name: str) -> int | None:
    """One more than the largest number of an array of whole numbers."""
    if name == "in/y":
        units = [n.options["units"] for n in recipe.nodes if n.op == "dense"]
        return int(units[-1] if units else recipe.sizes["X"][-1])
    readers = [node for node in recipe.nodes if name in node.inputs and node.op == "embedding"]
    return int(readers[0].options["tokens"]) if readers else None


def _quantity(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2]
