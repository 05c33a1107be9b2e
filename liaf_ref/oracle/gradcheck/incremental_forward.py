"""A network run once up to where a parameter is read, and from there as often as it changes."""

from collections.abc import Callable, Mapping
from itertools import islice

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import REFERENCE
from liaf_ref.layers.sequential import strip_prefix
from liaf_ref.networks import BabiNetwork, DVSNetwork


def incremental_logits(
    network: DVSNetwork, name: str, arrays: Mapping[str, Array], frames: Array
) -> Callable[[], Array]:
    """A network's logits while one parameter is changed in place.

    Parameters
    ----------
    network : DVSNetwork
        As it runs; all that lies before the parameter runs once.
    name : str
        The parameter.
    arrays : mapping of str to ndarray
        All parameters, and what else is given.
    frames : ndarray, shape (B, T, H, W, 2)
        Its input.

    Returns
    -------
    callable
        Gives the logits, of shape (B, classes), for the arrays as they are when it is called.
    """
    chain, X = network.sequential, frames
    first, start = chain.layer_index_of(name), chain._initial_state(len(frames), frames.dtype)
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
    """The logits of Fig. 5 while one parameter is changed in place.

    Parameters
    ----------
    network : BabiNetwork
        As it runs, story first; an encoder that lies before the parameter's runs once.
    name : str
        The parameter.
    arrays : mapping of str to ndarray
        All parameters.
    story, query : ndarray, shapes (B, T) and (B, Q)
        Tokens.

    Returns
    -------
    callable
        Gives the logits, of shape (B, vocab), for the arrays as they are when it is called.
    """
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
