"""Random cases: networks that cover the table's rows, safe from rounding, with their answers."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated, Any

import numpy as np

from liaf_ref._core.declared import Declared, not_default
from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.kinds import Kind, instance, whole
from liaf_ref._core.validation import check_items
from liaf_ref.oracle.case import BPTT, Case
from liaf_ref.oracle.chunks import NOT_IN_TIME, can_be_cut, in_steps, steps_of
from liaf_ref.oracle.declaration import PAPER, Declaration, check_known
from liaf_ref.oracle.draw.answer import draw_answered
from liaf_ref.oracle.draw.goals import Goal, plan_goals, possible_goals
from liaf_ref.oracle.draw.network import STARTS, Limits, Plan, draw_plan, leads_to
from liaf_ref.oracle.draw.plans import LATER, Plans
from liaf_ref.oracle.draw.quantities import MODERATE
from liaf_ref.oracle.formats import LOW_PRECISION, check_format, has_own_cases
from liaf_ref.oracle.golden.cases import GoldenCase
from liaf_ref.oracle.opset import ACTIVATIONS, LOSSES, OPS, OPTIMIZERS, STATEFUL
from liaf_ref.oracle.shapes import network_shapes

__all__ = ["Coverage", "Goal", "RandomCases", "all_goals", "covered_by"]
VERSION = 10  # of the draw: the same version, seed and number give the same case
KNOWN_OPS = (*OPS, *OPTIMIZERS)  # that ``ops`` may name
MAX_PLANS = 200  # tried for a case
MAX_CHUNK = 64  # steps
# Of an exponential, a root, a quotient or two readers.
NOT_IN_WORDS = {*LOSSES, *OPTIMIZERS, *STATEFUL, "layer_norm", "batch_norm", "dropout", "concat"}
NOT_IN_WORDS -= {"neuron"}
SOURCE = "RandomCases"
GRADUAL = ("selu", "tanh", "sigmoid")


@dataclass(frozen=True)
class Coverage:
    """What random cases can cover, and what became of it.

    An entry is a goal, such as ``junction: conv > neuron``.

    Parameters
    ----------
    repeat : str
        The options of ``liaf-ref oracle check`` that draw the same cases.
    possible : frozenset
        Everything that cases of these operations can cover.
    tried : frozenset
        What the cases cover that the backend answered, right or wrong.
    declined : frozenset
        What occurs only in cases that the backend declined.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import RandomCases, run
    >>> report = lr.check_backend(run, cases=RandomCases(3, seed=7, ops=["dense"]))
    >>> print(report.coverage)
    drawn: --random 3 --seed 7 --op dense; one case alone: add --case NAME
    coverage: ... tried, 0 only declined, ... not drawn; more cases try more
    """

    repeat: str
    possible: frozenset[Goal]
    tried: frozenset[Goal]
    declined: frozenset[Goal]

    @property
    def missing(self) -> frozenset[Goal]:
        """What no case covers."""
        return self.possible - self.tried - self.declined

    def __str__(self) -> str:
        tried, declined = (len(goals & self.possible) for goals in (self.tried, self.declined))
        more = f", {len(self.missing)} not drawn; more cases try more" if self.missing else ""
        again = f"drawn: {self.repeat}; one case alone: add --case NAME"
        counts = f"{tried} of {len(self.possible)} tried, {declined} only declined{more}"
        return f"{again}\ncoverage: {counts}"

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Convert to a dict for ``json.dumps``.

        Returns
        -------
        dict
            ``repeat``; ``possible`` and ``tried``, the numbers; and the lists ``declined`` and
            ``missing`` of texts such as ``junction: conv > neuron``.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> from liaf_ref.oracle import RandomCases, run
        >>> report = lr.check_backend(run, cases=RandomCases(3, seed=7, ops=["dense"]))
        >>> sorted(report.coverage.to_dict())
        ['declined', 'missing', 'possible', 'repeat', 'tried']
        """
        return {
            "repeat": self.repeat,
            "possible": len(self.possible),
            "tried": len(self.tried & self.possible),
            "declined": sorted(map(str, self.declined)),
            "missing": sorted(map(str, self.missing)),
        }


def _check_dtype(value: object) -> str:
    """The format that cases are for; those for float32 are also for float64."""
    name = check_format("dtype", value, SOURCE)
    return name if has_own_cases(name) else "float32"


def _check_ops(ops: Iterable[str]) -> tuple[str, ...]:
    chosen = check_items("ops", ops, str, SOURCE, "a list such as ['conv', 'neuron']")
    if not chosen:
        raise InputError.for_argument("ops", SOURCE, "expected at least one, got none")
    known = {check_known("ops", op, KNOWN_OPS, "operation", SOURCE) for op in chosen}
    return tuple(sorted(known))


class RandomCases(Declared, Sequence[GoldenCase], kw_only=True):
    """Random cases from all operations and options, for :func:`liaf_ref.check_backend`.

    The cases cover what can go wrong, whatever that is: every order of two operations, every size
    alone and with another, pairs of options, and regions of numbers. No rounding of a correct
    backend can change a spike of a case. Some cases do not round at all; their tolerance is 0.

    Each case is drawn when it is asked for, and case i of a seed is the same whenever it is drawn,
    alone or with others.

    Parameters
    ----------
    total : int
        Number of cases.
    seed : int
        Seed of the random numbers. The same seed draws the same cases.
    ops : collection of str, optional
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
    chosen : tuple of int, optional
        The numbers of the selected cases; all by default.

    Raises
    ------
    InputError
        If an argument is invalid, or ``ops`` has an unknown operation.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import RandomCases, run
    >>> cases = RandomCases(1000, seed=7, ops=["neuron"])
    >>> len(cases), cases.names[42], cases[42].name
    (1000, 'random-7-0042', 'random-7-0042')
    >>> report = lr.check_backend(run, cases=cases[:5])
    >>> report.ok, len(report.passed)
    (True, 5)
    """

    total: Annotated[int, whole()] = field(kw_only=False)
    seed: Annotated[int, whole(0)] = 0
    ops: Annotated[Collection[str] | None, Kind("operations", _check_ops, ())] = None
    max_size: Annotated[int, whole()] = Limits(()).max_size
    dtype: Annotated[str, Kind("a number format", _check_dtype, ())] = "float32"
    gates: bool = False
    chunks: Annotated[int | None, whole(1, MAX_CHUNK)] = None
    declaration: Annotated[Declaration, instance(Declaration, "a Declaration")] = PAPER
    chosen: tuple[int, ...] | None = None

    def check_together(self) -> None:
        """What cases of a format, or in chunks, cannot have."""
        name, chosen, declaration = self.dtype, self.ops or (), self.declaration
        is_fixed, cuts = declaration.words(name) is not None, self.chunks is not None
        decided = f"a case for {name} is exact: it needs no decisions"
        uncut = f"cases for {name} are not cut into chunks; expected None"
        smooth = f"a surrogate that is no window rounds; for {name} expected the window"
        stateless = f"expected one of {', '.join(STATEFUL)} with chunks, got {', '.join(chosen)}"
        declared = "cases in chunks have the paper's conventions; expected no declaration"
        for argument, is_wrong, reason in (
            ("gates", is_fixed and self.gates, decided),
            ("chunks", is_fixed and cuts, uncut),
            ("declaration", is_fixed and declaration.is_smooth, smooth),
            ("ops", cuts and not {*(chosen or STATEFUL)} & {*STATEFUL}, stateless),
            ("chunks", cuts and declaration.departures, declared),
        ):
            if is_wrong:
                raise self.refuse(argument, reason)

    @property
    def indices(self) -> Sequence[int]:
        """The numbers of the cases."""
        return range(self.total) if self.chosen is None else self.chosen

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, k: Any) -> Any:
        if isinstance(k, slice):
            return replace(self, chosen=tuple(self.indices[k]))
        return self._draw(self.indices[k])

    def __iter__(self) -> Iterator[GoldenCase]:
        return map(self._draw, self.indices)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each case, without drawing it."""
        return tuple(self._name(i) for i in self.indices)

    def _name(self, i: int) -> str:
        """It says how to draw the case again."""
        return f"random-{'' if self.dtype == 'float32' else f'{self.dtype}-'}{self.seed}-{i:04}"

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
        >>> from liaf_ref.oracle import RandomCases
        >>> len(RandomCases(100, seed=7).select("random-7-009?"))
        10
        """
        named = zip(self.indices, self.names, strict=True)
        return replace(self, chosen=tuple(i for i, name in named if fnmatchcase(name, pattern)))

    def coverage(self, judged: Iterable[tuple[GoldenCase, bool]]) -> Coverage:
        """Count what cases cover, and whether each case was declined.

        Parameters
        ----------
        judged : iterable of (GoldenCase, bool)
            Each case, and whether the backend declined it.

        Returns
        -------
        Coverage
            What was tried, declined and not drawn.

        Examples
        --------
        >>> from liaf_ref.oracle import RandomCases
        >>> cases = RandomCases(3, seed=7, ops=["dense"])
        >>> len(cases.coverage((golden, False) for golden in cases).declined)
        0
        """
        goals = set[Goal](), set[Goal]()
        for golden, is_declined in judged:
            goals[is_declined].update(covered_by(golden))
        tried, declined = map(frozenset, goals)
        return Coverage(self._repeat(), possible_goals(limits_of(self)), tried, declined - tried)

    def _repeat(self) -> str:
        """The options of ``oracle check`` that draw the same cases."""
        names = {"total": "random", "max_size": "max-size", "ops": "op", "gates": "gate-forced"}
        texts = {"ops": ",".join(self.ops or ()), "gates": ""}
        plain = replace(self, chosen=None, declaration=PAPER)
        given = {"total": self.total, "seed": self.seed} | not_default(plain)
        pairs = [(names.get(n, n), texts.get(n, value)) for n, value in given.items()]
        return " ".join(f"--{name} {text}".strip() for name, text in pairs)

    def _draw(self, i: int) -> GoldenCase:
        """Case i: of the best plan, or of the next that gives a case."""
        limits, name = limits_of(self), self._name(i)
        rng = np.random.default_rng([self.seed, i, 1])
        plans = _planned(replace(self, total=1, chosen=None)).of_case(self.seed, i)
        for k in range(MAX_PLANS):
            most = max(1 + i % LATER - k // LATER, 1)  # a few gates in a row have large drives
            plan = plans[k] if k < len(plans) else draw_plan(rng, limits, most)
            if plan is None:
                continue
            golden = draw_answered(rng, plan, name, self.dtype, self.gates, self.declaration)
            if golden is None or not self._admits(golden.case):
                continue
            of = {"start": plan.start, "regions": plan.regions}
            facts = {"seed": [self.seed, i, k], "draw": VERSION, **of}
            if self.chunks is not None:
                golden = in_steps(golden, self.chunks, BPTT[i // 2 % 2], name)
            return replace(golden, metadata={**golden.metadata, **facts})
        raise RunError(
            f"{name}: none of {MAX_PLANS} networks gave a case whose arrays have at most "
            f"{self.max_size} entries; a larger max_size may help"
        )

    def _admits(self, case: Case) -> bool:
        is_cut = self.chunks is None or (can_be_cut(case) and steps_of(case) > self.chunks)
        return is_cut and self.declaration.admits(case)


def limits_of(cases: RandomCases) -> Limits:
    """What the networks of some cases may have."""
    has = cases.declaration
    ops = {op for op in has["ops"] if op in (cases.ops or has["ops"])}
    if cases.ops is not None and ops & OPTIMIZERS.keys() and not ops & LOSSES.keys():
        ops |= {*LOSSES}  # what is trained has a loss
    options: dict[str, Any] = {f"neuron.{name}": has[name] for name in ("act", "mode", "sharing")}
    if cases.declaration.words(cases.dtype) is not None:
        ops -= NOT_IN_WORDS
        options["neuron.act"] = [act for act in has["act"] if act not in GRADUAL]
        options["act.act"] = [act for act in ACTIVATIONS if act not in GRADUAL]
    regions: Mapping[str, Collection[str]] = {}
    if has_own_cases(cases.dtype):
        ops -= {"adam", "adamw"}
        regions = MODERATE
    if cases.declaration.has_other_spikes:
        regions = {**MODERATE, "grid": ("1/4", "1/2", "1")}
    if cases.chunks is not None:
        ops -= {*NOT_IN_TIME, *OPTIMIZERS, "batch_norm"}
    known = tuple(op for op in KNOWN_OPS if op in ops)
    size = min(cases.max_size, 130) if cases.dtype in LOW_PRECISION else cases.max_size
    return Limits(known, size, 1 + (cases.chunks or 0), options, regions)


def all_goals() -> frozenset[Goal]:
    """Everything that random cases can cover, of all operations."""
    return possible_goals(Limits(KNOWN_OPS))


def covered_by(golden: GoldenCase) -> frozenset[Goal]:
    """What a case covers; of regions of numbers, what a drawn one says."""
    case, facts = golden.case, golden.metadata
    inputs = {n: case[n].shape for node in case.nodes for n in node.inputs if n in case}
    shapes, first = network_shapes(case.nodes, inputs), case.nodes[0]
    rank = len(inputs[first.inputs[0]])
    fits = (s for s in STARTS if len(s) == rank and leads_to(first.op, s) is not None)
    start, regions = facts.get("start") or next(fits), facts.get("regions", {})
    return plan_goals(Plan(case.nodes, inputs, start, regions, case.optimizer, shapes, 0.0))


@lru_cache(maxsize=16)
def _planned(cases: RandomCases) -> Plans:
    return Plans(limits_of(cases))
