"""From a description and a seed to a case."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.cases.parts import GATES
from liaf_ref.oracle.cases.recipe import Recipe

Shape = tuple[int, ...]
STATES = {"neuron": ("V",), "rnn": ("c",), "lstm": ("h", "c"), "gru": ("h",)}
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
        else recipe.grids[_quantity(name)].draw(rng, shape)
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
        for state in STATES.get(node.op, ()):
            shape = out[node.name]
            yield f"in/{node.name}.{state}0", (shape[0], *shape[2:])
            if recipe.final:
                yield f"up/{node.name}.{state}T", (shape[0], *shape[2:])
    if recipe.nodes[-1].op != "softmax_ce":
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
        case "concat":
            out = (*outer, sum(shape[-1] for shape in shapes))
        case "last" | "mean":
            out = (out[0], *out[2:])
    return own, out


def _limit(recipe: Recipe, name: str) -> int | None:
    """One more than the largest number of an array of whole numbers."""
    if name == "in/y":
        return int(next(n for n in recipe.nodes[::-1] if n.op == "dense").options["units"])
    readers = [node for node in recipe.nodes if name in node.inputs and node.op == "embedding"]
    return int(readers[0].options["tokens"]) if readers else None


def _quantity(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2]
