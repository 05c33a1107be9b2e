"""A network run once up to where a parameter is read, and from there as often as it changes."""

from collections.abc import Callable, Mapping
from itertools import islice

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import DEFINITION
from liaf_ref.layers.chain import part
from liaf_ref.networks import BabiNetwork, VisionNetwork


def incremental_logits(
    network: VisionNetwork, name: str, arrays: Mapping[str, Array], frames: Array
) -> Callable[[], Array]:
    """A network's logits while one parameter is changed in place.

    Parameters
    ----------
    network : VisionNetwork
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
    chain, X = network.chain, frames
    first, start = chain.stage_of(name), chain.zeros(len(frames), frames.dtype)
    for step in islice(chain.run(arrays, X, start, DEFINITION), first):
        X = step.Y

    def logits() -> Array:
        for step in chain.run(arrays, X, start, DEFINITION, first):
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
        return [encode(part(arrays, side), texts[side], DEFINITION)[0] for side in sides]

    before, after = encoded(list(texts)[:moving]), list(texts)[moving:]

    def logits() -> Array:
        joined = np.concatenate([*before, *encoded(after)], axis=-1)
        return network.head.apply(part(arrays, "head"), joined, (), DEFINITION)[0]

    return logits
