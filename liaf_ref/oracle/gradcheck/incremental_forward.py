"""A network run once up to where a parameter is read, and from there as often as it changes."""

from collections.abc import Callable, Mapping
from itertools import islice

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import REFERENCE
from liaf_ref.layers.sequential import add_prefix, strip_prefix
from liaf_ref.networks import BabiNetwork, DVSNetwork


def incremental_logits(
    network: DVSNetwork, name: str, arrays: Mapping[str, Array], frames: Array
) -> Callable[[], Array]:
    """A network's logits while one parameter is changed in place."""
    chain, X = network.sequential, frames
    first = next(
        index
        for index, (prefix, layer) in enumerate(chain.flat_layers)
        if name in add_prefix(prefix, layer.param_shapes())
    )
    start = chain._initial_state(len(frames), frames.dtype)
    for step in islice(chain._iter_forward(arrays, X, start, REFERENCE), first):
        X = step.Y

    def logits() -> Array:
        for step in chain._iter_forward(arrays, X, start, REFERENCE, first):
            Y = step.Y
        return Y[:, 0]

    return logits


def incremental_babi_logits(
    network: BabiNetwork, name: str, arrays: Mapping[str, Array], story: Array, query: Array
) -> Callable[[], Array]:
    """The logits of Fig. 5 while one parameter is changed in place."""
    texts = {"story": story, "query": query}
    moving = [*texts, "head"].index(name.partition(".")[0])

    def encoded(sides: list[str]) -> list[Array]:
        encode = network.encoder.forward
        return [encode(strip_prefix(arrays, side), texts[side], REFERENCE)[0] for side in sides]

    before, after = encoded(list(texts)[:moving]), list(texts)[moving:]

    def logits() -> Array:
        joined = np.concatenate([*before, *encoded(after)], axis=-1)
        return network.head._forward(strip_prefix(arrays, "head"), joined, (), REFERENCE)[0]

    return logits
