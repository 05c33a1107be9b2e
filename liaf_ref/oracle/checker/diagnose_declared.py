"""The known deviations on top of a declaration: for the diagnosis of a declared backend."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.checker.diagnose import diagnose
from liaf_ref.oracle.checker.explanation import Diagnosis
from liaf_ref.oracle.checker.match import LazySolution
from liaf_ref.oracle.checker.verdict import Verdict
from liaf_ref.oracle.declaration.declaration import (
    AT_LEAST,
    PAPER_SURROGATE,
    Declaration,
    neuron_deviation,
    shape_deviation,
)
from liaf_ref.oracle.declaration.options import OPTIONS
from liaf_ref.oracle.deviations import DEVIATIONS, Deviation
from liaf_ref.oracle.deviations.deviation import deviation, sees
from liaf_ref.oracle.deviations.deviation import other as other_parts
from liaf_ref.oracle.error_bounds import tolerances
from liaf_ref.oracle.fixed_point.deviations import other_words
from liaf_ref.oracle.fixed_point.words import Words
from liaf_ref.oracle.table import PAPER
from liaf_ref.oracle.table.neuron import LINES
from liaf_ref.oracle.table.tape import stop


def other_declarations(declaration: Declaration) -> Iterator[Deviation]:
    """Each option with another value than the declared one, as a deviation."""
    # For the paper's own values, the catalogue has the alternatives.
    if declaration["fires"] == ">":
        yield AT_LEAST
    declared = declaration["reset"], declaration["leak"]
    for reset in OPTIONS["reset"].values if declared != ("v_reset", "after reset") else ():
        for leak, value in OPTIONS["leak"].values.items():
            if (reset, leak) != declared and not (value.needs_reset and reset == "none"):
                yield neuron_deviation(reset=reset, leak=leak)
    if declared[0] in {"threshold", "subtract", "subtract difference"}:
        yield deviation(
            "v_th without the reset's own",
            "The gradient of v_th leaves out the v_th that the reset sets or subtracts.",
            sees("R", "v_th", lambda v_th, z: stop(v_th)),
        )
    if declaration.is_smooth:
        yield shape_deviation(*PAPER_SURROGATE)


def other_spikes(declaration: Declaration) -> Iterator[Deviation]:
    """Another value of one option of the neuron, where the spikes are not the paper's."""
    for name in ("levels", "output", "reset", "leak", "fires"):
        for value in OPTIONS[name].values:
            choices = dict(declaration.choices) | {name: value}
            meant = choices["reset"] != "none" or choices["leak"] != "before reset"
            if value != declaration[name] and meant:
                other = replace(declaration, choices=tuple(choices.items()))
                text = other.text
                lines = {part: text[part] for part in (*LINES, "fires", "slope")}
                about = OPTIONS[name].values[value].about
                yield deviation(f'{name} = "{value}"', about, *other_parts(**lines))


def diagnose_declared(
    verdicts: tuple[Verdict, ...], dtype: str, declaration: Declaration
) -> Diagnosis:
    """Look for the deviations that take a backend away from its declaration."""
    if (words := declaration.words(dtype)) is not None:
        return _diagnose_words(verdicts, dtype, declaration, words)
    if declaration.has_other_spikes:
        return diagnose(
            verdicts,
            dtype,
            partial(_stored_tolerances, verdicts),
            tuple(other_spikes(declaration)),
            partial(LazySolution, text=declaration.text),
        )
    text = declaration.text
    if text is PAPER:
        return diagnose(verdicts, dtype, tolerances)

    def declared_tolerances(case: Case, dtype: str) -> dict[str, Array]:
        return tolerances(case, dtype, text)

    return diagnose(
        verdicts,
        dtype,
        declared_tolerances,
        (*other_declarations(declaration), *DEVIATIONS),
        partial(LazySolution, text=text),
    )


def _stored_tolerances(verdicts: tuple[Verdict, ...], case: Case, dtype: str) -> dict[str, Array]:
    """Those of exact cases: none of any number; of another case or format there are none."""
    found = (v.golden.tolerance.get(dtype, {}) for v in verdicts if v.golden.case is case)
    return dict(next(found, {}))


def _diagnose_words(
    verdicts: tuple[Verdict, ...], dtype: str, declaration: Declaration, words: Words
) -> Diagnosis:
    """The same in fixed point, where nothing is allowed."""
    return diagnose(
        verdicts,
        dtype,
        partial(_stored_tolerances, verdicts),
        (*other_words(words), *other_declarations(declaration), *DEVIATIONS),
        partial(LazySolution, text={**declaration.text, "store": words.store}),
    )
