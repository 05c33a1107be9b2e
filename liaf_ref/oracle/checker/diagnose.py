"""What explains the answers of a backend: another value of an option, or a known mistake."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any

from liaf_ref._core.text import count
from liaf_ref.oracle.checker import match
from liaf_ref.oracle.checker.search import Explanation, Search, case_names, is_forward, uncovered
from liaf_ref.oracle.checker.verdict import STAGES, Verdict, array_kind, fields, stage_of
from liaf_ref.oracle.declaration import PAPER, Declaration
from liaf_ref.oracle.declaration.options import OPTIONS, TOGETHER, contradiction
from liaf_ref.oracle.deviations import DEVIATIONS, Deviation, layers, neuron, ops_of, time
from liaf_ref.oracle.deviations.deviation import put, rows
from liaf_ref.oracle.error_bounds import ERRORS, bound
from liaf_ref.oracle.formats import FORMATS, format_of, rounded_to
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.table.neuron import LINES

MAX_TRIED = 2  # long cases on which BPTT of every number of steps is tried


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
        return {"explanations": explained} | fields(self, "unexplained wrong right")


def diagnose(
    verdicts: Sequence[Verdict],
    dtype: str,
    declaration: Declaration = PAPER,
    on_time: Callable[[float], None] = lambda seconds: None,
    answers: match.Answers | None = None,
) -> Diagnosis:
    """Look for what gives what a backend gave and its declaration does not, for some seconds.

    ``on_time`` is told the seconds of CPU time.
    """
    failed = [match.make_failure(v, dtype) for v in verdicts if v.status == "failed" and v.arrays]
    failures = sorted((f for f in failed if f.wrong), key=_cost)
    words, text, catalog = declaration.words(dtype), declaration.text, list[Deviation]()
    if words is not None:
        catalog, text = [*layers.other_words(words)], {**text, "store": words.store}
    catalog += other_declarations(declaration)
    if words is not None or not declaration.has_other_spikes:
        catalog += DEVIATIONS
    answers = answers or match.Answers(text, on_time)
    passed = tuple(v for v in verdicts if v.status == "passed")
    catalog += truncations(failures, answers)
    search = Search(tuple(catalog), failures, passed, dtype, declaration, answers)
    found = _find(search)
    left = uncovered(found, failures)
    forward = search._replace(failures=[f for f in map(_forward, left) if f.wrong])
    partly = forward.supported(forward.find(Search.single, []))
    found += [replace(one, scope="forward") for one in partly]
    found.sort(key=lambda one: -one.explained)
    explanations = tuple(replace(one, total=len(failures)) for one in found)
    return Diagnosis(explanations, tuple(f.golden.name for f in left), *_array_kinds(left))


def other_declarations(declaration: Declaration) -> Iterator[Deviation]:
    """Other values of the options that depart; of the paper's own, DEVIATIONS has the others."""
    spikes = declaration.has_other_spikes  # of which DEVIATIONS has none
    others = dict[str, Declaration]()
    for names in TOGETHER:
        values = product(*(OPTIONS[name] for name in names))
        for each in values if spikes or declaration.departs(*names) else ():
            choices = dict(zip(names, each, strict=True))
            text = ", ".join(f'{option} = "{value}"' for option, value in choices.items())
            others[text] = declaration.having(**choices)
    if len(declaration.departures) > 1:
        others["the paper's convention"] = PAPER
    if declaration.is_smooth:
        others['surrogate = "window"'] = declaration.having(surrogate=PAPER["surrogate"])
    for name, other in others.items():
        if other != declaration and contradiction(dict(other.values)) is None:
            yield Deviation(name, put(**_changed(declaration, other)))
    if not spikes and "R" in _changed(declaration, PAPER):
        yield from rows(neuron.DECLARED)


def _changed(declared: Declaration, other: Declaration) -> dict[str, Any]:
    """The parts of the text that another declaration has, and this one has not."""
    keys = (*LINES, "fires", "slope")
    return {key: other.text[key] for key in keys if other.text[key] is not declared.text[key]}


def truncations(failures: list[match.Failure], answers: match.Answers) -> tuple[Deviation, ...]:
    """BPTT truncated at more steps than are listed, where one explains a long failure."""
    tried = islice((f for f in failures if _steps(f.golden) > time.MAX_LISTED_K + 1), MAX_TRIED)
    found = dict[str, Deviation]()
    with contextlib.suppress(match.OutOfTimeError):
        for failure in tried:
            every = map(time.truncated_bptt, range(time.MAX_LISTED_K + 1, _steps(failure.golden)))
            found |= {each.name: each for each in every if answers.explains(each, failure)}
    return tuple(found.values())


def _steps(golden: GoldenCase) -> int:
    """The steps of the longest state of a case that is not cut."""
    own = [a.shape[1] for name, a in golden.expected.items() if name.startswith("dbg/")]
    return max(own, default=0) if golden.case.chunks is None else 0


def _forward(failure: match.Failure) -> match.Failure:
    """The same by its forward pass."""
    arrays = {name: array for name, array in failure.arrays.items() if is_forward(name)}
    wrong = failure.wrong & arrays.keys()
    return failure._replace(arrays=arrays, wrong=wrong, compared=arrays.keys())


def _find(search: Search) -> list[Explanation]:
    """What explains the failures: one deviation, one in some nodes, fewer bits, or two."""
    found = search.find(Search.placed, search.find(Search.single, []))
    with contextlib.suppress(match.OutOfTimeError):  # two at once imitate much; rounding does not
        if not search.declaration.has_other_spikes:
            found += _precision(search, uncovered(found, search.failures))
    return search.supported(search.find(Search.pair, found))


# Answers in fewer bits: within the bound of that arithmetic, and not of the check's.
FEWER_BITS = {  # by the format whose bound they have; the narrowest bound first
    "float32": "arithmetic of 24 bits (float32)",
    "float16": "arithmetic of 11 bits (TF32, float16)",
    "bfloat16": "arithmetic of 8 bits (bfloat16)",
}
MIN_SHARE = 0.7  # of all failures, that a format has to explain
MAX_ROUNDINGS = 32  # of an array's largest entry, that rounding adds up to


def _precision(search: Search, left: list[match.Failure]) -> Iterator[Explanation]:
    """The narrowest format whose rounding explains most of the failures."""
    # A wide bound contains many a small mistake, but a format rounds in nearly every case.
    least, bits = max(MIN_SHARE * len(search.failures), 1), format_of(search.dtype).bits
    for name, text in FEWER_BITS.items() if len(left) >= least else ():
        if FORMATS[name].bits >= bits:
            continue
        sample = match.stratified_sample(left)
        if sum(_rounds(search, f, name) for f in sample) >= MIN_SHARE * len(sample):
            fit = [f for f in left if _rounds(search, f, name)]
            if len(fit) >= least and _is_everywhere(fit, search.passed):
                right = not any(is_forward(name) for f in fit for name in f.wrong)
                yield Explanation((Deviation(text),), case_names(fit), scope="backward" * right)
                return


def _rounds(search: Search, failure: match.Failure, name: str) -> bool:
    """Whether rounding explains an answer, to what is given or to that rounded to the format."""
    search.answers.check_time()
    case, expected, bits = failure.golden.case, failure.golden.expected, FORMATS[name].bits
    # A bound can be wider than rounding leads.
    most = {n: MAX_ROUNDINGS * 2.0**-bits * abs(expected[n]).max(initial=0) for n in failure.arrays}
    if not match.is_near(failure.arrays, expected, most):
        return False
    floats = {n: a for n, a in case.items() if a.dtype.kind == "f"}
    rounded = case.with_arrays({n: rounded_to(bits, a) for n, a in floats.items()})
    # A run of the format is off by one error; a tolerance has room for some, so for more bits.
    return any(
        match.is_near(failure.arrays, found.answer, found.tolerance, 1 / ERRORS)
        for found in (bound(each, name, search.declaration.text) for each in (case, rounded))
    )


def _is_everywhere(fit: Iterable[match.Failure], passed: Iterable[Verdict]) -> bool:
    """Whether more cases of the same operations fail than pass: rounding spares few."""
    kinds = [ops_of(f.golden.case) for f in fit]
    spared = (v.golden for v in passed if not v.golden.exact)
    return len(kinds) > sum(ops_of(golden.case) in kinds for golden in spared)


def _cost(failure: match.Failure) -> int:
    repeated = int((failure.golden.case.optimizer or {"steps": 1})["steps"])
    return repeated * sum(array.size for array in failure.golden.expected.values())


def _array_kinds(failures: list[match.Failure]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Kinds of arrays that are wrong somewhere, with how often, and that are right everywhere."""
    wrong, seen = Counter[str](), Counter[str]()
    for failure in failures:
        for name in failure.arrays:
            kind = array_kind(failure.golden.case, name)
            wrong[kind] += name in failure.wrong
            seen[kind] += 1
    ordered = sorted(seen, key=lambda kind: (STAGES.index(stage_of(kind)), kind))
    texts = tuple(f"{kind} ({wrong[kind]} of {seen[kind]})" for kind in ordered if wrong[kind])
    return texts, tuple(kind for kind in ordered if not wrong[kind])
