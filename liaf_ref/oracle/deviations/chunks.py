"""Chunks of a sequence that do not follow one another as the case says."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations.deviation import Deviation, deviation
from liaf_ref.oracle.table.tape import T, path, stop


def _chunks(name: str, sentence: str, rule: str, change: Callable[..., Any]) -> Deviation:
    return deviation(name, sentence, **{f"chunk {rule}": change})


def _start(name: str, sentence: str, change: Callable[[T, T], T]) -> Deviation:
    """Another state at the start of a chunk, of the first and that of the chunk before."""
    return _chunks(
        name, sentence, "start", lambda first, before, k, K: change(first, before) if k else before
    )


def _mixed(name: str, sentence: str, matrix: Callable[[int], Any]) -> Deviation:
    """The states of a chunk are ``matrix(B)`` times those of the chunk before."""

    def start(first: T, before: T) -> T:
        M, shape = T(matrix(before.shape[0])), before.shape
        return (M @ before.reshape(shape[0], -1)).reshape(*shape)

    return _start(name, sentence, start)


def _of_last_chunk(first: T, before: T, k: int, K: int) -> T:
    start = before if k else stop(first)
    return start + path(first) if k == K - 1 else start


CHUNKS: tuple[Deviation, ...] = (
    _chunks(
        "state not detached between chunks",
        "The gradient flows through the whole sequence, although the case says truncated BPTT.",
        "bptt",
        lambda bptt: "full",
    ),
    _chunks(
        "state detached between chunks",
        "No gradient flows from a chunk to the one before, although the case says full BPTT.",
        "bptt",
        lambda bptt: "truncated",
    ),
    _start(
        "state not passed to the next chunk: the initial state of the case",
        "Each chunk starts from the initial state of the case.",
        lambda first, before: first,
    ),
    _start(
        "state not passed to the next chunk: the initial state of the case, "
        "gradient of the first chunk",
        "Each chunk starts from the initial state of the case, gradient of the first chunk.",
        lambda first, before: stop(first),
    ),
    _start(
        "state not passed to the next chunk: zero",
        "Each chunk starts from zero.",
        lambda first, before: stop(0 * first),
    ),
    _mixed(
        "state passed to the next sample",
        "A chunk of sample i starts from the final state of sample i - 1.",
        lambda B: np.roll(np.eye(B), 1, axis=0),
    ),
    _mixed(
        "state passed to the previous sample",
        "A chunk of sample i starts from the final state of sample i + 1.",
        lambda B: np.roll(np.eye(B), -1, axis=0),
    ),
    _mixed(
        "state of the first sample passed to all",
        "A chunk of every sample starts from the final state of the first sample.",
        lambda B: np.eye(B)[np.zeros(B, int)],
    ),
    _chunks(
        "parameter gradients of the last chunk only",
        "The gradients of the other chunks are lost, as with zero_grad() before each chunk.",
        "parameter",
        lambda k, K: float(k == K - 1),
    ),
    _chunks(
        "parameter gradients of the first chunk only",
        "The gradients of the other chunks are lost.",
        "parameter",
        lambda k, K: float(k == 0),
    ),
    _chunks(
        "parameter gradients averaged over chunks",
        "The sum over chunks is divided by the number of chunks.",
        "parameter",
        lambda k, K: 1 / K,
    ),
    _chunks(
        "gradient of the final state in every chunk",
        "The upstream gradient of V^T is used at the end of every chunk.",
        "final",
        lambda finals: finals,
    ),
    _chunks(
        "gradient of the initial state of the last chunk",
        "The gradient of V^0 is that of the last chunk's initial state.",
        "start",
        lambda first, before, k, K: (
            (before if k else stop(first)) + path(first if k == K - 1 else stop(first))
        ),
    ),
    _start(
        "gradients of the initial states added",
        "The gradient of V^0 is the sum over the initial states of all chunks.",
        lambda first, before: before + path(first),
    ),
)
