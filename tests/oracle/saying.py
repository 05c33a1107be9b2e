"""What the oracle says, as it says it, with every measured number left out.

``python -m oracle.saying`` in ``tests`` writes it down anew in ``tests/oracle/said``.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref.oracle import Case, Declined, Report, Subject, check, gradcheck
from liaf_ref.oracle.adapters.autograd_backend import backend
from liaf_ref.oracle.checker.junit import junit
from liaf_ref.oracle.checker.waivers import Waiver
from liaf_ref.oracle.compare import table
from liaf_ref.oracle.compare.cases import framework_cases
from liaf_ref.oracle.compare.text import markdown, terminal
from liaf_ref.oracle.conventions import CATALOGUE
from liaf_ref.oracle.reference import run
from oracle.adapters.samples import declined
from oracle.checked import all_cases
from oracle.golden_sets import saved

SAID = Path(__file__).parent / "said"
MEASURED = re.compile(r"-?\d+\.\d+(e[-+]\d+)?|-?\d+e[-+]\d+|[0-9a-f]{64}")
TRACE = re.compile(r"Traceback .*(?=ValueError)", re.DOTALL)  # another in every Python


@cache
def report() -> Report:
    """A check in which everything happens that can happen."""
    named = {golden.case.name: golden for golden in all_cases()}
    names = (
        "l0_dense",
        "l0_last",
        "l0_mean",
        "l0_lif_channel_mu0300",
        "l3_fig5_lif",
        "l3_fig5_rnn",
    )

    def answer(case: Case) -> Mapping[str, Any]:
        if case.name == "l0_last":
            raise ValueError("one line\nand another")
        if case.name == "l0_mean":
            raise Declined("<no mean>")
        shift = {"l0_lif_channel_mu0300": "exp/n.U", "l3_fig5_rnn": "grad/par/head.b"}
        return {n: a + (n == shift.get(case.name)) for n, a in run(case).items()}

    answer.__module__, answer.__qualname__ = "mine", "answer"
    waivers = [Waiver("l3_*_rnn", "grad/par/head.b", "on purpose"), Waiver("l1_*", "*", "unneeded")]
    return check(answer, cases=[named[name] for name in names], waivers=waivers)


def halved() -> Subject:
    """A square whose derivative lacks its 2."""
    at = {"x": np.array([1.0, -2.0, 4.0]), "y": np.array([[3.0]])}

    def value(a: Mapping[str, Any], _: Any) -> Any:
        return (a["x"] ** 2).sum() + a["y"].sum()

    def grad(a: Mapping[str, Any], _: Any) -> dict[str, Any]:
        return {"x": a["x"], "y": np.ones((1, 1))}

    return Subject(value, grad, at)


def as_json(found: Any) -> str:
    return json.dumps(found, indent=1, default=str)


def manifest() -> str:
    """That of a set of four cases, with their digests."""
    with tempfile.TemporaryDirectory() as folder:
        return (saved(Path(folder)) / "manifest.json").read_text("utf-8")


def options() -> str:
    """The plugin's part of pytest's help."""
    command = [sys.executable, "-m", "pytest", "--help"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    ours = printed.partition("gradients of a LIAF-Net backend:")[2].partition("\n\n")[0]
    return " ".join(ours.split())


def conventions() -> str:
    return "\n".join(f"{c.name}: {c.says} [{', '.join(sorted(c.ops))}]" for c in CATALOGUE)


def frameworks() -> str:
    """What frameworks are given: of each array the least, the largest and the sum, times 2^21."""
    lines = []
    for case in framework_cases():
        lines += [f"{case.name} {case.level}", *(f"  {node}" for node in case.nodes)]
        for name, array in case.items():
            ends = (2**21 * number for number in (array.min(), array.max(), array.sum()))
            lines.append(f"  {name} {array.shape} {[int(number) for number in ends]}")
    return "\n".join(lines)


def refused() -> str:
    """Why a backend declines what is not the paper's."""
    reasons = []
    for case in declined():
        try:
            backend(case)
        except Declined as error:
            reasons.append(error.reason)
    return "\n".join(reasons)


TEXTS: dict[str, Callable[[], str]] = {
    "check.txt": lambda: str(report()),
    "check.json": lambda: as_json(report().json()),
    "check.xml": lambda: junit(report()).decode(),
    "compare.txt": lambda: terminal(table(["liaf_ref"])),
    "compare.md": lambda: markdown(table(["liaf_ref"])),
    "conventions.txt": conventions,
    "declined.txt": refused,
    "frameworks.txt": frameworks,
    "gradcheck.txt": lambda: str(gradcheck(halved())),
    "gradcheck.json": lambda: as_json(gradcheck(halved()).as_json()),
    "manifest.json": manifest,
    "options.txt": options,
}


def said(name: str) -> str:
    """One of the texts, without what is measured and what each Python traces otherwise."""
    return MEASURED.sub("#", TRACE.sub("", TEXTS[name]())).rstrip() + "\n"


if __name__ == "__main__":
    SAID.mkdir(exist_ok=True)
    for text in TEXTS:
        (SAID / text).write_text(said(text), "utf-8")
