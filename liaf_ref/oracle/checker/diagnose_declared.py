"""The known conventions on top of a declaration: for the diagnosis of a declared backend."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.checker.diagnose import diagnose
from liaf_ref.oracle.checker.explanation import Diagnosis
from liaf_ref.oracle.checker.match import LazySolution
from liaf_ref.oracle.checker.verdict import Verdict
from liaf_ref.oracle.conventions import CATALOG, Convention
from liaf_ref.oracle.conventions.convention import neuron_convention
from liaf_ref.oracle.declaration.declaration import (
    AT_LEAST,
    PAPER_SURROGATE,
    Declaration,
    potential_convention,
    shape_convention,
)
from liaf_ref.oracle.declaration.options import OPTIONS
from liaf_ref.oracle.error_bounds import tolerances
from liaf_ref.oracle.fixed_point.conventions import other_words
from liaf_ref.oracle.fixed_point.kernels import fixed_point_kernels
from liaf_ref.oracle.fixed_point.words import Words
from liaf_ref.oracle.reference import PAPER_KERNELS, KernelTable


def other_declarations(declaration: Declaration) -> Iterator[Convention]:
    """Each option with another value than the declared one, as a convention."""
    # For the paper's own values, the catalogue has the alternatives.
    if declaration["fires"] == ">":
        yield AT_LEAST
    declared = declaration["reset"], declaration["leak"]
    for reset in OPTIONS["reset"].values if declared != ("v_reset", "after reset") else ():
        for leak, value in OPTIONS["leak"].values.items():
            if (reset, leak) != declared and not (value.needs_reset and reset == "none"):
                yield potential_convention(reset, leak)
    if declared[0] in {"threshold", "subtract", "subtract difference"}:
        yield neuron_convention(
            "v_th without the reset's own",
            "The gradient of v_th leaves out the v_th that the reset sets or subtracts.",
            dv_th=lambda z: -(z.dx + z.s * z.dA),
        )
    if declaration.is_smooth:
        yield shape_convention(*PAPER_SURROGATE)


def other_spikes(declaration: Declaration) -> Iterator[Convention]:
    """Another value of one option of the neuron, where the spikes are not the paper's."""
    for name in ("levels", "output", "reset", "leak", "fires"):
        for value in OPTIONS[name].values:
            choices = dict(declaration.choices) | {name: value}
            meant = choices["reset"] != "none" or choices["leak"] != "before reset"
            if value != declaration[name] and meant:
                other = replace(declaration, choices=tuple(choices.items()))
                yield Convention(
                    f'{name} = "{value}"',
                    OPTIONS[name].values[value].about,
                    frozenset({"neuron"}),
                    partial(_with_neuron, other.line_kernels),
                )


def _with_neuron(other: KernelTable, given: KernelTable) -> KernelTable:
    return given._replace(neuron=other.neuron, spike=other.spike, act=other.act)


def diagnose_declared(
    verdicts: tuple[Verdict, ...], dtype: str, declaration: Declaration
) -> Diagnosis:
    """Look for the conventions that take a backend away from its declaration."""
    if (words := declaration.words(dtype)) is not None:
        return _diagnose_words(verdicts, dtype, declaration, words)
    if declaration.has_other_spikes:
        return diagnose(
            verdicts,
            dtype,
            partial(_stored_tolerances, verdicts),
            tuple(other_spikes(declaration)),
            partial(LazySolution, kernels=declaration.line_kernels),
        )
    kernels = declaration.kernels
    if kernels is PAPER_KERNELS:
        return diagnose(verdicts, dtype, tolerances)

    def declared_tolerances(case: Case, dtype: str) -> dict[str, Array]:
        return tolerances(case, dtype, kernels)

    return diagnose(
        verdicts,
        dtype,
        declared_tolerances,
        (*other_declarations(declaration), *CATALOG),
        partial(LazySolution, kernels=declaration.line_kernels),
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
        (*other_words(words), *other_declarations(declaration), *CATALOG),
        partial(
            LazySolution,
            kernels=declaration.line_kernels,
            in_format=partial(fixed_point_kernels, words),
        ),
    )
