"""What explains the answers of a backend: another value of an option, or a known mistake."""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice, product
from typing import Any

import numpy as np

from liaf_ref._core.text import count
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.checker import match
from liaf_ref.oracle.checker.search import Explanation, Search, case_names, is_forward, uncovered
from liaf_ref.oracle.checker.verdict import FIRST_VALUE_STAGE, STAGES, Verdict, array_kind, stage_of
from liaf_ref.oracle.declaration import PAPER, Declaration
from liaf_ref.oracle.declaration.options import OPTIONS, TOGETHER
from liaf_ref.oracle.deviations import DEVIATIONS, Deviation
from liaf_ref.oracle.deviations.deviation import not_in, put
from liaf_ref.oracle.deviations.layers import other_words
from liaf_ref.oracle.deviations.time import MAX_LISTED_K, truncated_bptt
from liaf_ref.oracle.error_bounds import tolerances
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.table.neuron import LINES

MAX_TRIED = 2  # long cases on which BPTT of every number of steps is tried
MAX_FACTOR_ERROR = 1e-4  # of the largest number, where arrays are a multiple of the expected ones


@dataclass(frozen=True)
class Diagnosis:
    """The most likely explanation of each group of failures, and the failures without one."""

    explanations: tuple[Explanation, ...] = ()
    unexplained: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    right: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [str(explanation) for explanation in self.explanations]
        if self.unexplained:
            some = ", ".join(self.unexplained[:3]) + ", ..." * (len(self.unexplained) > 3)
            failures = count(len(self.unexplained), "failure")
            failures += ", smallest first" if len(self.unexplained) > 1 else ""
            lines.append(f"not explained by any known convention: {failures} ({some})")
            lines.append(f"  wrong arrays: {', '.join(self.wrong)}")
            lines.append(f"  correct arrays: {', '.join(self.right) or 'none'}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self) or "Diagnosis()"

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as JSON takes it."""
        explained = [explanation.to_dict() for explanation in self.explanations]
        return asdict(replace(self, explanations=())) | {"explanations": explained}


def diagnose_declared(
    verdicts: tuple[Verdict, ...],
    dtype: str,
    declaration: Declaration,
    on_time: Callable[[float], None] = lambda seconds: None,
) -> Diagnosis:
    """Look for what takes a backend away from its declaration; ``on_time`` is told the seconds."""
    words, text = declaration.words(dtype), declaration.text
    known = () if declaration.has_other_spikes and words is None else DEVIATIONS
    catalog = [*other_declarations(declaration), *known]
    bounds: match.Bounds = partial(tolerances, text=text)
    if words is not None:
        catalog, text = [*other_words(words), *catalog], {**text, "store": words.store}
    if words is not None or declaration.has_other_spikes:
        bounds = partial(_stored_tolerances, verdicts)
    return diagnose(verdicts, dtype, bounds, catalog, match.Answers(text, on_time))


def diagnose(
    verdicts: Iterable[Verdict],
    dtype: str,
    bounds: match.Bounds,
    catalog: Iterable[Deviation] = DEVIATIONS,
    answers: match.Answers | None = None,
) -> Diagnosis:
    """Look for the deviations that give what a backend gave, for some seconds of CPU time."""
    verdicts, answers = tuple(verdicts), answers or match.Answers()
    failed = [v for v in verdicts if v.status == "failed" and _wrong_values(v)]
    if not failed:
        return Diagnosis()
    usual = match.median_relative_tolerance((v.golden for v in verdicts), dtype, bounds)
    failures = [match.make_failure(v.golden, v.arrays, dtype, usual) for v in failed]
    failures.sort(key=lambda f: _cost(f.golden))
    passed = tuple(v for v in verdicts if v.status == "passed")
    catalog = (*catalog, *truncations(failures, answers))
    search = Search(catalog, failures, passed, dtype, answers)
    found = _find(search, bounds)
    left = uncovered(found, failures)
    forward = search._replace(failures=[f for f in map(_forward, left) if f.wrong(f.compared)])
    partly = forward.supported(forward.find(Search.single, []))
    found += [replace(one, scope="forward") for one in partly]
    names = case_names(left)
    wrong, right = _array_kinds([v for v in failed if v.name in names])
    found.sort(key=lambda one: -one.explained)
    explanations = tuple(replace(one, total=len(failures)) for one in found)
    return Diagnosis(explanations, tuple(f.golden.name for f in left), wrong, right)


def other_declarations(declaration: Declaration) -> Iterator[Deviation]:
    """Other values of the options that depart; of the paper's own, DEVIATIONS has the others."""
    spikes = declaration.has_other_spikes  # of which DEVIATIONS has none
    for names in TOGETHER:
        values = product(*(OPTIONS[name] for name in names))
        for each in values if spikes or declaration.departs(*names) else ():
            choices = dict(zip(names, each, strict=True))
            other = declaration.having(**choices)
            if other != declaration and other.contradiction is None:
                name = ", ".join(f'{option} = "{value}"' for option, value in choices.items())
                yield _instead(declaration, other, name)
    if len(declaration.departures) > 1:
        yield _instead(declaration, PAPER, "the paper's convention")
    if declaration.is_smooth:
        window = declaration.having(surrogate=PAPER["surrogate"])
        yield _instead(declaration, window, 'surrogate = "window"')
    if not spikes and "R" in _changed(declaration, PAPER):
        yield Deviation("gradient of v_th without the reset's own", not_in("R", "v_th"))


def _changed(declared: Declaration, other: Declaration) -> dict[str, Any]:
    """The parts of the text that another declaration has, and this one has not."""
    keys = (*LINES, "fires", "slope")
    return {key: other.text[key] for key in keys if other.text[key] is not declared.text[key]}


def _instead(declared: Declaration, other: Declaration, name: str) -> Deviation:
    """Another declaration as a deviation."""
    return Deviation(name, put(**_changed(declared, other)))


def _stored_tolerances(verdicts: Iterable[Verdict], case: Case, dtype: str) -> match.ArrayDict:
    """Those of exact cases: none of any number; of another case or format there are none."""
    found = (v.golden.tolerance.get(dtype, {}) for v in verdicts if v.golden.case is case)
    return next(found, {})


def truncations(failures: list[match.Failure], answers: match.Answers) -> tuple[Deviation, ...]:
    """BPTT truncated at more steps than are listed, where one explains a long failure."""
    tried = islice((f for f in failures if _steps(f.golden) > MAX_LISTED_K + 1), MAX_TRIED)
    found = set[int]()
    with contextlib.suppress(match.OutOfTimeError):
        for failure in tried:
            T, right = _steps(failure.golden), _first_right_step(failure)
            # The gradient of the input is right in the last part, which begins at a multiple of k.
            ks = (k for k in range(MAX_LISTED_K + 1, T) if (T - 1) // k * k >= right)
            found |= {k for k in ks if answers.explains(truncated_bptt(k), failure)}
    return tuple(map(truncated_bptt, sorted(found)))


def _steps(golden: GoldenCase) -> int:
    """The steps of the longest state of a case that is not cut."""
    names = [f"exp/{n.name}.{state}" for n in golden.case.nodes for state in OPS[n.op].states]
    own = [golden.expected[name].shape[1] for name in names]
    return max(own, default=0) if golden.case.chunks is None else 0


def _first_right_step(failure: match.Failure) -> int:
    """Of the gradient of the input, the step from which all is right."""
    first = 0
    for name, array in failure.arrays.items():
        if name.startswith("grad/in/") and "." not in name and array.ndim > 1:
            away = np.abs(array - failure.golden.expected[name]) > failure.tolerance[name]
            steps = np.flatnonzero(away.any(axis=(0, *range(2, away.ndim))))
            first = max(first, int(steps.max(initial=-1)) + 1)
    return first


def _forward(failure: match.Failure) -> match.Failure:
    """The same by its forward pass."""
    arrays = {name: array for name, array in failure.arrays.items() if is_forward(name)}
    return failure._replace(arrays=arrays, compared=frozenset(arrays))


def _find(search: Search, bounds: match.Bounds) -> list[Explanation]:
    """What explains the failures: one deviation, one in some nodes, fewer bits, or two."""
    found = search.find(Search.placed, search.find(Search.single, []))
    with contextlib.suppress(match.OutOfTimeError):  # two at once imitate much; rounding does not
        found += _precision(search, uncovered(found, search.failures), bounds)
    return search.supported(search.find(Search.pair, found))


def _precision(
    search: Search, left: list[match.Failure], bounds: match.Bounds
) -> Iterator[Explanation]:
    def bounds_in_time(case: Case, dtype: str) -> match.ArrayDict:
        search.answers.check_time()
        return bounds(case, dtype)

    total, passed = len(search.failures), [v.golden for v in search.passed]
    if found := match.recognise_precision(left, total, passed, search.dtype, bounds_in_time):
        name, fit = found
        right = not any(f.wrong(filter(is_forward, f.arrays)) for f in fit)
        yield Explanation((Deviation(name),), tuple(fit), scope="backward" if right else "")


def _cost(golden: GoldenCase) -> int:
    repeated = 1 if golden.case.optimizer is None else int(golden.case.optimizer["steps"])
    return repeated * sum(array.size for array in golden.expected.values())


def _wrong_values(verdict: Verdict) -> set[str]:
    """The arrays with a wrong number."""
    return {f.tensor for f in verdict.findings if STAGES.index(f.stage) >= FIRST_VALUE_STAGE}


def _array_kinds(verdicts: Iterable[Verdict]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Kinds of arrays that are wrong somewhere, with how often, and that are right everywhere."""
    wrong, pairs = Counter[str](), defaultdict[str, list[tuple[Array, Array]]](list)
    for verdict in verdicts:
        off = _wrong_values(verdict)
        for name, array in verdict.arrays.items():
            kind = array_kind(verdict.golden.case, name)
            wrong[kind] += name in off
            pairs[kind].append((array, verdict.golden.expected[name]))
    ordered = sorted(pairs, key=lambda kind: (STAGES.index(stage_of(kind)), kind))
    return (
        tuple(
            f"{kind} ({wrong[kind]} of {len(pairs[kind])}{_common_factor(pairs[kind])})"
            for kind in ordered
            if wrong[kind]
        ),
        tuple(kind for kind in ordered if not wrong[kind]),
    )


def _common_factor(pairs: list[tuple[Array, Array]]) -> str:
    """What all arrays of a kind are times the expected ones, if it is one number."""
    expected = np.concatenate([array.ravel() for _, array in pairs])
    found = np.concatenate([array.ravel() for array, _ in pairs]).astype(np.float64)
    factor = float(found @ expected / (expected @ expected)) if expected.any() else 1.0
    same = np.abs(found - factor * expected).max() <= MAX_FACTOR_ERROR * np.abs(expected).max()
    return f", {factor:.4g} times the expected" if same else ""
