"""Random cases: drawn from the options of the op table, safe from rounding, answered, bounded."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import check_instance, check_items, check_positive_int
from liaf_ref.oracle.case import BPTT
from liaf_ref.oracle.chunks import in_steps
from liaf_ref.oracle.declaration import PAPER, Declaration
from liaf_ref.oracle.formats import LOW_PRECISION, check_format, has_own_cases
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.random_cases.coverage import Coverage, measure
from liaf_ref.oracle.random_cases.covering import Covering, Space, cover, free_choice
from liaf_ref.oracle.random_cases.draw import draw_golden_case
from liaf_ref.oracle.random_cases.independent import confirm
from liaf_ref.oracle.random_cases.network import FEW
from liaf_ref.oracle.random_cases.options import (
    CELLS,
    NOT_IN_FIXED_POINT,
    NOT_IN_LOW_PRECISION,
    RULES,
    STRUCTURE,
    Choice,
    Value,
    allowed_values,
    known_ops,
)
from liaf_ref.oracle.random_cases.themes import drawn_theme, theme
from liaf_ref.oracle.reference.chunks import can_be_cut, steps_of

__all__ = ["Coverage", "RandomCases", "known_ops", "random_cases"]
DEFAULT_MAX_SIZE = 20_000
CONFIRMED_EVERY = 20  # cases, of which one is computed by the independent implementation too
MAX_CHOICES = 100  # that are tried for one case
MAX_SIMILAR = 10  # of them are like the planned one
MAX_SIMILAR_LOW = 1  # the same where few sums have enough bits
MAX_CHUNK = 64  # steps
WITH_STATES = ("neuron", *CELLS)
NOT_IN_CHUNKS: Mapping[str, Collection[Value]] = {  # what reads several steps, or has no state
    "synapses": ("conv3d",),
    "norm": ("batch_norm",),
    "core": (None, "act"),
    "readout": ("given", "last", "mean"),
    "layout": ("logits",),
}
KEPT = 0.95  # of the values of a choice that gave no case, in the next
AGAIN_EVERY = 4  # cases after the rows of the covering array, one of a second array


@dataclass(frozen=True)
class RandomCases(Sequence[GoldenCase]):
    """Random cases, each drawn when it is asked for; :func:`random_cases` makes them.

    Case i of a seed is the same whenever it is drawn, alone or with others.

    Parameters
    ----------
    indices : tuple of int
        The numbers of the cases.
    seed : int
        The seed.
    ops : tuple of str, optional
        Operations and optimizers to draw; all by default.
    max_size : int
        The largest number of entries of an array.
    total : int
        The number of cases before any was selected.
    dtype : str
        The format whose rounding the cases are safe from: ``float32`` (and ``float64``),
        ``float16``, ``bfloat16`` or ``tf32``, or fixed point such as ``q4.12``.
    gates : bool
        Whether a case that is not safe gives its decisions.
    chunks : int, optional
        The number of steps of a chunk; None for sequences that are computed at once.
    declaration : Declaration
        What the answers are computed by; the paper's convention by default.

    Examples
    --------
    >>> from liaf_ref.oracle import random_cases
    >>> cases = random_cases(1000, seed=7)
    >>> len(cases), cases.names[42]
    (1000, 'random-7-0042')
    >>> cases.select("random-7-0042")[0].name
    'random-7-0042'
    """

    indices: tuple[int, ...]
    seed: int
    ops: tuple[str, ...] | None
    max_size: int
    total: int
    dtype: str = "float32"
    gates: bool = False
    chunks: int | None = None
    declaration: Declaration = PAPER

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, k: Any) -> Any:
        if isinstance(k, slice):
            return replace(self, indices=self.indices[k])
        return self._draw(self.indices[k])

    def __iter__(self) -> Iterator[GoldenCase]:
        return map(self._draw, self.indices)

    def _draw(self, i: int) -> GoldenCase:
        options = (self.dtype, self.gates, self.chunks, self.declaration)
        return draw_indexed(self.seed, i, self.ops, self.max_size, *options)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each case, without drawing it."""
        return tuple(case_name(self.seed, i, self.dtype) for i in self.indices)

    def select(self, pattern: str) -> "RandomCases":
        """Select cases by name, without drawing any.

        Parameters
        ----------
        pattern : str
            Pattern of the names, with ``*`` and ``?``.

        Returns
        -------
        RandomCases
            The cases whose names match.

        Examples
        --------
        >>> from liaf_ref.oracle import random_cases
        >>> len(random_cases(100, seed=7).select("random-7-009?"))
        10
        """
        named = zip(self.indices, self.names, strict=True)
        return replace(self, indices=tuple(i for i, name in named if fnmatchcase(name, pattern)))

    def coverage(self, judged: Iterable[tuple[GoldenCase, bool]]) -> Coverage:
        """Count the pairs of options of cases, and whether each case was declined.

        Parameters
        ----------
        judged : iterable of (GoldenCase, bool)
            Each case, and whether the backend declined it.

        Returns
        -------
        Coverage
            The pairs that were tried, declined and not drawn.

        Examples
        --------
        >>> from liaf_ref.oracle import random_cases
        >>> cases = random_cases(3, seed=7, ops=["dense"])
        >>> len(cases.coverage((golden, False) for golden in cases).declined)
        0
        """
        repeat = f"--random {self.total} --seed {self.seed}"
        if self.max_size != DEFAULT_MAX_SIZE:
            repeat += f" --max-size {self.max_size}"
        if self.ops is not None:
            repeat += f" --op {','.join(self.ops)}"
        if self.dtype != "float32":
            repeat += f" --dtype {self.dtype}"
        if self.gates:
            repeat += " --gate-forced"
        if self.chunks is not None:
            repeat += f" --chunks {self.chunks}"
        factors = _factors(self.ops, self.chunks, self.declaration, self.dtype)
        possible = _covering(self.seed, factors).pairs
        options = ((golden.metadata["options"], declined) for golden, declined in judged)
        return measure(repeat, possible, options)


def random_cases(
    count: int,
    *,
    seed: int = 0,
    ops: Iterable[str] | None = None,
    max_size: int = DEFAULT_MAX_SIZE,
    dtype: Any = "float32",
    gates: bool = False,
    chunks: int | None = None,
    declaration: Declaration = PAPER,
) -> RandomCases:
    """Draw random cases from all operations and options, for :func:`liaf_ref.check_backend`.

    The first cases (at most about 200) have every pair of option values that can occur together.
    No rounding of a correct backend can change a spike of a case. Some cases do not round at all;
    their tolerance is 0.

    Parameters
    ----------
    count : int
        Number of cases.
    seed : int
        Seed of the random numbers. The same seed draws the same cases.
    ops : iterable of str, optional
        Operations and optimizers to draw, such as ``["conv", "neuron"]``; all by default. Cases
        may have other nodes that these need, such as the `dense` node before a loss.
    max_size : int
        Largest number of entries of an array.
    dtype : dtype
        The format that the cases are for. Cases for ``float32`` are also cases for ``float64``.
        Cases for ``float16``, ``bfloat16``, ``tf32`` or fixed point such as ``q4.12`` have numbers
        of that format only. The answer of fixed point is exact; `declaration` says how it rounds.
    gates : bool
        Whether a case in which rounding could change a spike gives its decisions, in the arrays
        ``gate/``. A backend uses them instead of its comparisons, or declines the case.
    chunks : int, optional
        Cut each sequence into chunks of this many steps, at most 64; the last chunk may have
        fewer. See :class:`liaf_ref.oracle.Chunks`. Only sequences that can be cut are drawn.
    declaration : Declaration
        The conventions of the answers, from :func:`declare`; the paper's by default.

    Returns
    -------
    RandomCases
        A sequence of :class:`liaf_ref.oracle.GoldenCase`. Each case is drawn when it is used.

    Raises
    ------
    InputError
        If an argument is invalid, or ``ops`` has an unknown operation.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import random_cases, run
    >>> report = lr.check_backend(run, cases=random_cases(5, seed=7, ops=["neuron"]))
    >>> report.ok, len(report.passed)
    (True, 5)
    """
    count = check_positive_int("count", count, "random_cases")
    max_size = check_positive_int("max_size", max_size, "random_cases")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError.for_argument(
            "seed", "random_cases", f"expected an integer >= 0, got {short_repr(seed)}"
        )
    check_instance("declaration", declaration, Declaration, "random_cases", "a Declaration")
    chosen = None
    if ops is not None:
        expected = "a list of operations, such as ['conv', 'neuron']"
        chosen = tuple(sorted(set(check_items("ops", ops, str, "random_cases", expected))))
        allowed_values(chosen)
    name = check_format("dtype", dtype, "random_cases")
    name = name if has_own_cases(name) else "float32"
    if declaration.words(name) is not None:
        _check_fixed_point(name, gates, chunks, declaration)
    if chunks is not None:
        _check_chunks(chunks, chosen)
        if declaration.departures:
            reason = "cases in chunks have the paper's conventions; expected no declaration"
            raise InputError.for_argument("chunks", "random_cases", reason)
    sizes = (max_size, count, name, bool(gates), chunks, declaration)
    return RandomCases(tuple(range(count)), int(seed), chosen, *sizes)


def _check_fixed_point(
    dtype: str, gates: bool, chunks: int | None, declaration: Declaration
) -> None:
    given = {"gates": gates, "chunks": chunks is not None, "declaration": declaration.is_smooth}
    reasons = {
        "gates": f"a case for {dtype} is exact and needs no decisions; expected False",
        "chunks": f"cases for {dtype} are not cut into chunks; expected None",
        "declaration": f"a surrogate that is no window rounds; for {dtype} expected the window",
    }
    for name, is_given in given.items():
        if is_given:
            raise InputError.for_argument(name, "random_cases", reasons[name])


def _check_chunks(chunks: object, ops: tuple[str, ...] | None) -> None:
    if check_positive_int("chunks", chunks, "random_cases") > MAX_CHUNK:
        reason = f"expected at most {MAX_CHUNK} steps, got {chunks}"
        raise InputError.for_argument("chunks", "random_cases", reason)
    if ops is not None and not set(ops) & set(WITH_STATES):
        reason = f"expected one of {', '.join(WITH_STATES)} with chunks, got {', '.join(ops)}"
        raise InputError.for_argument("ops", "random_cases", reason)


def case_name(seed: int, i: int, dtype: str = "float32") -> str:
    """The name of a case: it says how to draw it again."""
    return f"random-{seed}-{i:04}" if dtype == "float32" else f"random-{dtype}-{seed}-{i:04}"


def draw_indexed(
    seed: int,
    i: int,
    ops: tuple[str, ...] | None,
    max_size: int,
    dtype: str = "float32",
    gates: bool = False,
    chunks: int | None = None,
    declaration: Declaration = PAPER,
) -> GoldenCase:
    """Case i of a seed."""
    rng, name = np.random.default_rng([seed, i]), case_name(seed, i, dtype)
    factors = _factors(ops, chunks, declaration, dtype)
    planned = _choice(seed, i, factors, rng)
    similar = MAX_SIMILAR_LOW if dtype in LOW_PRECISION else MAX_SIMILAR
    for k in range(MAX_CHOICES):
        if k <= similar:
            choice = planned if k == 0 else _similar(planned, k, factors, rng)
        else:
            choice = _free(factors, rng)
        golden = draw_golden_case(name, choice, (seed, i, k), max_size, dtype, gates, declaration)
        if golden is not None and chunks is not None:
            golden = _in_chunks(golden, chunks, BPTT[i // 2 % 2])
        if golden is not None and declaration.admits(golden.case):
            if i % CONFIRMED_EVERY == 0 and declaration.is_paper(dtype):
                confirm(golden)
            return golden
    raise RunError(
        f"{name}: none of {MAX_CHOICES} choices of options gave a case whose arrays "
        f"have at most {max_size} entries; a larger max_size may help"
    )


def _in_chunks(golden: GoldenCase, steps: int, bptt: str) -> GoldenCase | None:
    """The case in chunks; None if it cannot be cut."""
    fits = can_be_cut(golden.case) and steps_of(golden.case) > steps
    return in_steps(golden, steps, bptt) if fits else None


Factors: TypeAlias = tuple[tuple[str, tuple[Value, ...]], ...]


def _factors(
    ops: tuple[str, ...] | None, chunks: int | None, declaration: Declaration, dtype: str
) -> Factors:
    """The values of each factor: of sequences that can be cut, and those that few bits allow."""
    found = allowed_values(_declared_ops(ops, declaration))
    found = {**found, **declaration.factors(found)}
    if dtype in LOW_PRECISION:
        found = _without(found, NOT_IN_LOW_PRECISION)
    elif has_own_cases(dtype):
        found = _without(found, NOT_IN_FIXED_POINT)
    if chunks is not None:
        few = ("few", "many") if chunks < FEW["T"][1] else ("many",)
        found = _without(found, NOT_IN_CHUNKS)
        found["T"] = tuple(v for v in found["T"] if v in few)
    return tuple(found.items())


def _without(
    factors: Mapping[str, tuple[Value, ...]], gone: Mapping[str, Collection[Value]]
) -> dict[str, tuple[Value, ...]]:
    return {
        f: tuple(v for v in values if v not in gone.get(f, ())) for f, values in factors.items()
    }


def _choice(seed: int, i: int, factors: Factors, rng: np.random.Generator) -> Choice:
    """First the rows of a covering array; a second array is spread over the cases after them."""
    choices = _covering(seed, factors).choices
    if i < len(choices):
        return choices[i]
    rest = i - len(choices)
    if rest % AGAIN_EVERY == AGAIN_EVERY - 1:
        again = _covering(seed, factors, 1).choices
        if rest // AGAIN_EVERY < len(again):
            return again[rest // AGAIN_EVERY]
    choice = free_choice(_space(factors), rng, theme(rest, int(rng.integers(2**16))))
    return _free(factors, rng) if choice is None else choice


def _free(factors: Factors, rng: np.random.Generator) -> Choice:
    """A choice of any theme that has one: with few operations, some have none."""
    choice = None
    while choice is None:
        choice = free_choice(_space(factors), rng, drawn_theme(int(rng.integers(2**16))))
    return choice


def simplest_first(cases: RandomCases) -> list[int]:
    """The cases of the covering array, those of few parts and small sizes first."""

    def size(i: int) -> tuple[int, int]:
        choice = choices[i]
        parts = sum(choice[factor] is not None for factor in STRUCTURE)
        return parts, sum({"few": 1, "many": 2}.get(choice[s] or "", 0) for s in "BTLK")

    factors = _factors(cases.ops, cases.chunks, cases.declaration, cases.dtype)
    choices = _covering(cases.seed, factors).choices
    return sorted(range(len(choices)), key=size)


def _similar(planned: Choice, k: int, factors: Factors, rng: np.random.Generator) -> Choice:
    """A choice with most of the values of one that gave no case."""
    kept = {factor: value for factor, value in planned.items() if rng.random() < KEPT**k}
    found = free_choice(_space(factors), rng, kept)
    return planned if found is None else found


@lru_cache(maxsize=8)
def _space(factors: Factors) -> Space:
    return Space(dict(factors), RULES)


def _declared_ops(ops: tuple[str, ...] | None, declaration: Declaration) -> tuple[str, ...] | None:
    """The operations to draw, of those that are declared."""
    declared = declaration.limited_ops
    if ops is None or declared is None:
        return declared if ops is None else ops
    return tuple(op for op in ops if op in declared)


@lru_cache(maxsize=8)
def _covering(seed: int, factors: Factors, number: int = 0) -> Covering:
    return cover(_space(factors), np.random.default_rng([seed, number]))
