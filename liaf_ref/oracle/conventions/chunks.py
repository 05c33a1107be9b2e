"""Chunks of a sequence that do not follow one another as the case says."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.conventions.convention import Convention
from liaf_ref.oracle.reference.chunks import total

_CHUNKS = frozenset({"chunks"})


def _rules(name: str, description: str, **rules: Any) -> Convention:
    return Convention(
        name,
        description,
        _CHUNKS,
        lambda given: given._replace(chunks=given.chunks._replace(**rules)),
    )


def _bptt(option: str) -> Callable[[Case], Case]:
    def change(case: Case) -> Case:
        return case if case.chunks is None else replace(
            case, chunks=case.chunks._replace(bptt=option)
        )  # fmt: skip

    return change


def _not_passed(description: str, state: Any, initial: Any) -> Convention:
    return _rules(
        f"state not passed to the next chunk: {description}",
        f"Each chunk starts from {description}.",
        state=state,
        state_gradient=lambda given, following: np.zeros_like(following),
        initial_gradient=initial,
    )


def _first(parts: Sequence[Array]) -> Array:
    return parts[0]


def _mixed_samples(name: str, description: str, matrix: Callable[[int], Array]) -> Convention:
    """The states of a chunk are ``matrix(B)`` times those of the chunk before."""

    def times(M: Array, x: Array) -> Array:
        return (M @ x.reshape(len(x), -1)).reshape(x.shape).astype(x.dtype)

    return _rules(
        name,
        description,
        state=lambda given, before: times(matrix(len(before)), before),
        state_gradient=lambda given, following: times(matrix(len(following)).T, following),
    )


def _all_from_first(B: int) -> Array:
    M = np.zeros((B, B))
    M[:, 0] = 1
    return M


CHUNKS: tuple[Convention, ...] = (
    Convention(
        "state not detached between chunks",
        "The gradient flows through the whole sequence, although the case says truncated BPTT.",
        _CHUNKS,
        transform_case=_bptt("full"),
    ),
    Convention(
        "state detached between chunks",
        "No gradient flows from a chunk to the one before, although the case says full BPTT.",
        _CHUNKS,
        transform_case=_bptt("truncated"),
    ),
    _not_passed("the initial state of the case", lambda given, before: given, total),
    _not_passed(
        "the initial state of the case, gradient of the first chunk",
        lambda given, before: given,
        _first,
    ),
    _not_passed("zero", lambda given, before: np.zeros_like(given), _first),
    _mixed_samples(
        "state passed to the next sample",
        "A chunk of sample i starts from the final state of sample i - 1.",
        lambda B: np.roll(np.eye(B), 1, axis=0),
    ),
    _mixed_samples(
        "state passed to the previous sample",
        "A chunk of sample i starts from the final state of sample i + 1.",
        lambda B: np.roll(np.eye(B), -1, axis=0),
    ),
    _mixed_samples(
        "state of the first sample passed to all",
        "A chunk of every sample starts from the final state of the first sample.",
        _all_from_first,
    ),
    _rules(
        "parameter gradients of the last chunk only",
        "The gradients of the other chunks are lost, as with zero_grad() before each chunk.",
        parameter_gradient=lambda parts: parts[-1],
    ),
    _rules(
        "parameter gradients of the first chunk only",
        "The gradients of the other chunks are lost.",
        parameter_gradient=_first,
    ),
    _rules(
        "parameter gradients averaged over chunks",
        "The sum over chunks is divided by the number of chunks.",
        parameter_gradient=lambda parts: total(parts) / len(parts),
    ),
    _rules(
        "gradient of the final state in every chunk",
        "The upstream gradient of V^T is used at the end of every chunk.",
        state_gradient=lambda given, following: given + following,
    ),
    _rules(
        "gradient of the initial state of the last chunk",
        "The gradient of V^0 is that of the last chunk's initial state.",
        initial_gradient=lambda parts: parts[-1],
    ),
    _rules(
        "gradients of the initial states added",
        "The gradient of V^0 is the sum over the initial states of all chunks.",
        initial_gradient=total,
    ),
)
