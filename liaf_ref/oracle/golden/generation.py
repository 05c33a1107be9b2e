"""The answers of golden cases computed again, and a set checked against them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import FormatError
from liaf_ref._core.text import short_text
from liaf_ref._core.validation import check_items, check_path
from liaf_ref.oracle.case import DTYPES, Array, Case, Node
from liaf_ref.oracle.error_bounds import LazyTolerances, tolerances
from liaf_ref.oracle.golden import manifest, store
from liaf_ref.oracle.golden.cases import GoldenCase, hexadecimal_file
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.shapes import required_arrays
from liaf_ref.oracle.table import FLOAT64, LONGDOUBLE, run
from liaf_ref.oracle.table.layers import windows
from liaf_ref.oracle.table.tape import T

KINKED = ("relu", "selu")  # activations that compare


def answer_case(
    case: Case, exact: bool, facts: Mapping[str, Any], dtypes: tuple[str, ...] = DTYPES
) -> GoldenCase:
    """Compute the answer to a case and bound the rounding error; ``exact``: it is known to be 0."""
    answer = run(case, FLOAT64 if exact else LONGDOUBLE)
    expected = {n: np.asarray(a, np.float64) + 0.0 for n, a in answer.items()}  # no minus zeros
    zeros = {name: np.zeros(array.shape) for name, array in expected.items()}
    known = {dtype: zeros if exact else partial(tolerances, case, dtype) for dtype in dtypes}
    required = required_arrays(case, expected)
    return GoldenCase(case, expected, LazyTolerances(known), required, exact, facts)


@np.errstate(all="ignore")
def gate_forced(case: Case) -> Case:
    """A case together with the decisions of its answer, in place of comparisons."""
    # Where rounding could turn a comparison, no bound holds.  With the decisions given, all that
    # is left rounds in proportion to the unit roundoff, and a backend is checked under this.
    answer, gates = run(case), dict[str, Array]()
    outputs = dict(case) | {n.name: answer[f"exp/{n.name}.{OPS[n.op].output}"] for n in case.nodes}
    for node in case.nodes:
        found = _decisions(case, answer, node, outputs[node.inputs[0]])
        gates |= {f"gate/{node.name}.{quantity}": array for quantity, array in found.items()}
    return case.with_arrays(gates)


def _decisions(case: Case, answer: Mapping[str, Array], node: Node, X: Array) -> dict[str, Array]:
    options, found = node.options, dict[str, Array]()
    if node.op == "neuron":
        U = answer[f"exp/{node.name}.U"]
        x = U - case[f"par/{node.name}.v_th"]
        found = {"F": x >= 0, "window": abs(x) < options["mu"]}
        X = x if options["mode"] == "TR" else U
    if options.get("act") in KINKED:
        found["positive"] = X > 0
    found = {quantity: array.astype(float) for quantity, array in found.items()}
    if node.op == "max_pool":
        seen = [tap.v for _, tap in windows(T(X), options["size"], options["stride"])]
        found["first"] = np.stack(seen).argmax(axis=0)
    return found


class VerificationResult(NamedTuple):
    """The result for one case: its first problem, or None."""

    case: str
    problem: str | None


def verify(cases: Iterable[GoldenCase]) -> Iterator[VerificationResult]:
    """Compute the answer to each case again, and compare."""
    for golden in check_items("cases", cases, GoldenCase, "golden.verify", "golden cases"):
        fresh = answer_case(golden.case, golden.exact, golden.metadata)
        whole = replace(golden, required=frozenset(golden.expected))
        verdict = whole.compare(fresh.expected, "float64")
        problem = None if verdict.status == "passed" else verdict.summary()
        if fresh.required != golden.required:
            problem = f"required: expected {sorted(fresh.required)}, got {sorted(golden.required)}"
        yield VerificationResult(golden.name, problem)


def audit(folder: Path | str | None = None) -> Iterator[VerificationResult]:
    """Check every file of a set, or of the package's, against its checksums, in every format."""
    own = [] if folder is None else [check_path("folder", folder, "golden.audit")]
    places: Sequence[store.Place] = own or store.published_sets()
    for place in places:
        entries, formats, sums = store.read_set(place)
        for entry in entries:
            try:
                manifest.check_entry(entry, store.path_of(place, store.MANIFEST))
                if "safetensors" in formats:
                    store.Filed(place, entry, sums).read()
                if "hex" in formats and "frac_bits" in entry:
                    for array in entry["arrays"]:
                        store.read_checked(place, hexadecimal_file(entry["name"], array), sums)
                yield VerificationResult(entry["name"], None)
            except FormatError as error:
                yield VerificationResult(short_text(entry["name"]), str(error))
    for path in own:
        if strays := [name for name in store.case_files(path) if name not in sums]:
            reason = f"files not listed in {store.CHECKSUMS}: {', '.join(strays)}"
            yield VerificationResult(store.CHECKSUMS, reason)
