"""Sequences in chunks: cases that are cut in time, and a backend that is called chunk by chunk."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_callable, check_items, check_positive_int
from liaf_ref.oracle.case import BPTT, Array, Case, Chunks
from liaf_ref.oracle.golden.cases import GoldenCase
from liaf_ref.oracle.golden.generation import answer_case
from liaf_ref.oracle.opset import LOSSES, OPS
from liaf_ref.oracle.shapes import is_network_input, states_of

Backend = Callable[[Case], Mapping[str, Any]]
NOT_IN_TIME = frozenset({"conv3d", "last", "mean", *LOSSES})  # they read several steps at once


def chunked(cases: Iterable[GoldenCase], steps: int) -> tuple[GoldenCase, ...]:
    """Cut the sequences of cases into chunks, for :func:`liaf_ref.check_backend`.

    Each case is given twice, with the options ``full`` and ``truncated`` of
    :class:`liaf_ref.oracle.Chunks`. Cases that cannot be cut are left out: those of at most
    ``steps`` steps, those without a state, and those with an operation that reads several steps at
    once, such as ``mean``.

    Parameters
    ----------
    cases : iterable of GoldenCase
        The cases to cut.
    steps : int
        Number of steps of a chunk; the last chunk may have fewer.

    Returns
    -------
    tuple of GoldenCase
        The cases in chunks, with the expected answers and tolerances. The names end with the steps
        and the option, such as ``_chunks4_full``.

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import chunked, run
    >>> cases = chunked(lr.golden_cases("L0")[:5], 4)
    >>> cases[0].case.chunks
    Chunks(steps=(4, 2), bptt='full')
    >>> lr.check_backend(run, cases=cases).ok
    True
    """
    given = check_items("cases", cases, GoldenCase, "chunked", "a list of golden cases")
    steps = check_positive_int("steps", steps, "chunked")
    fit = [g for g in given if can_be_cut(g.case) and steps_of(g.case) > steps]
    return tuple(
        in_steps(golden, steps, bptt, f"{golden.name}_chunks{steps}_{bptt}")
        for golden in fit
        for bptt in BPTT
    )


def in_steps(golden: GoldenCase, steps: int, bptt: str, name: str) -> GoldenCase:
    """One case in chunks of so many steps; the last may have fewer."""
    T = steps_of(golden.case)
    sizes = tuple(min(steps, T - start) for start in range(0, T, steps))
    text = f"{golden.case.description}; in chunks of {steps}, {bptt} BPTT"
    case = replace(golden.case, name=name, chunks=Chunks(sizes, bptt), description=text)
    found = answer_case(case, golden.exact, golden.metadata, tuple(golden.tolerance))
    return replace(found, required=golden.required)


def in_chunks(backend: Backend) -> Backend:
    """Call a backend once for each chunk of a case, and pass its states on.

    The final states of a chunk are the last step of ``exp/NODE.V`` (``h``, ``c`` of recurrent
    layers) in the backend's own answer. They are ``in/NODE.V0`` of the next call. With the option
    ``full``, all chunks but the last are asked again, and ``up/NODE.VT`` is the gradient
    ``grad/in/NODE.V0`` of the chunk behind.

    Parameters
    ----------
    backend : callable
        ``backend(case)`` for cases without chunks, as for :func:`liaf_ref.check_backend`. Its
        answer must include the states of every step.

    Returns
    -------
    callable
        A backend for cases with and without chunks.

    Raises
    ------
    InputError
        If ``backend`` is not callable.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import chunked, in_chunks, run
    >>> cases = chunked(lr.golden_cases("L0")[:5], 4)
    >>> lr.check_backend(in_chunks(run), cases=cases).ok
    True
    """
    call = check_callable("backend", backend, "in_chunks", "a function that takes a Case")
    return lambda case: call(case) if case.chunks is None else _answer_in_chunks(call, case)


def _answer_in_chunks(backend: Backend, case: Case) -> dict[str, Array]:
    """Forward from the first chunk to the last, then backward to the first."""
    parts, answers, states = list(cut(case)), list[dict[str, Array]](), states_of(case.nodes)
    none = {end: np.zeros_like(case[first]) for _, first, end in states}
    for k, part in enumerate(parts):
        given = {first: answers[-1][trace][:, -1] for trace, first, _ in states if answers}
        parts[k] = part.with_arrays(given | ({} if k == len(parts) - 1 else none))
        answers.append(_ask(backend, parts[k]))
    if case.chunks is not None and case.chunks.bptt == "full":
        for k in reversed(range(len(parts) - 1)):
            final = {end: answers[k + 1][f"grad/{first}"] for _, first, end in states}
            answers[k] = _ask(backend, parts[k].with_arrays(final))
    return join(answers)


def _ask(backend: Backend, part: Case) -> dict[str, Array]:
    answer = {name: np.asarray(array) for name, array in backend(part).items()}
    for node in part.nodes:  # of recurrent layers, whose output is the first state
        if node.op != "neuron" and (own := [*OPS[node.op].states]):
            output = f"exp/{node.name}.{OPS[node.op].output}"
            answer |= {f"exp/{node.name}.{own[0]}": answer[output]} if output in answer else {}
    needed = [name for V, first, _ in states_of(part.nodes) for name in (V, f"grad/{first}")]
    for name in needed:
        if name not in answer:
            raise InputError(f"in_chunks: expected {name} in the answer: it goes to the next call")
    return answer


def can_be_cut(case: Case) -> bool:
    """Whether every operation of a case works step by step, and one has a state to pass on."""
    return (
        case.optimizer is None
        and any(OPS[node.op].states for node in case.nodes)
        and all(node.op not in NOT_IN_TIME for node in case.nodes)
        and all(node.options.get("statistics") != "batch" for node in case.nodes)
    )


def steps_of(case: Case) -> int:
    """The number of steps of a case that can be cut."""
    return min(int(a.shape[1]) for name, a in case.items() if is_network_input(name))


def cut(case: Case) -> Iterator[Case]:
    """The chunks as cases of their own, with the states that the case is given."""
    if case.chunks is None or not can_be_cut(case) or sum(case.chunks.steps) != steps_of(case):
        raise InputError(f"{case.name}: expected chunks that add up to its steps")
    last = f"up/{case.nodes[-1].name}.Y"
    timed = [n for n in case if n == last or n.startswith("gate/") or n.endswith(".M")]  # masks
    timed += filter(is_network_input, case)
    for start, end in case.chunks.spans():
        arrays = {name: case[name][:, start:end] for name in timed}
        yield replace(case, arrays={**case.arrays, **arrays}, chunks=None)


def join(answers: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """The answer to a case, by those to its chunks."""
    names = [name for name in answers[0] if all(name in answer for answer in answers)]
    return {name: _joined(name, [answer[name] for answer in answers]) for name in names}


def _joined(name: str, parts: list[Array]) -> Array:
    if name.startswith("grad/par/"):
        return sum(parts[1:], parts[0])
    if name.startswith("grad/") and not is_network_input(name.removeprefix("grad/")):
        return parts[0]
    return np.concatenate(parts, axis=1)
