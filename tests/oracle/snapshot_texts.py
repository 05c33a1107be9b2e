"""The texts of the oracle, with measured numbers masked.

``python -m oracle.snapshot_texts`` in ``tests`` rewrites ``tests/oracle/snapshots``.
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

from liaf_ref.oracle import Case, Declined, GradcheckTarget, Report, check_backend
from liaf_ref.oracle.checker.report import junit_xml
from liaf_ref.oracle.checker.selection import Waiver
from liaf_ref.oracle.gradcheck import gradcheck
from liaf_ref.oracle.table import run
from oracle.golden_sets import save_small_set
from oracle.judged_cases import all_cases

SNAPSHOT_DIR = Path(__file__).parent / "snapshots"
MEASURED = re.compile(r"-?\d+\.\d+(e[-+]\d+)?|-?\d+e[-+]\d+|[0-9a-f]{64}")
TRACEBACK = re.compile(r"Traceback .*(?=ValueError)", re.DOTALL)  # another in every Python


@cache
def example_report() -> Report:
    """A report with every possible kind of result."""
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
    return check_backend(answer, cases=[named[name] for name in names], waivers=waivers)


def wrong_square() -> GradcheckTarget:
    """A square whose derivative lacks its 2."""
    at = {"x": np.array([1.0, -2.0, 4.0]), "y": np.array([[3.0]])}

    def value(a: Mapping[str, Any], _: Any) -> Any:
        return (a["x"] ** 2).sum() + a["y"].sum()

    def grad(a: Mapping[str, Any], _: Any) -> dict[str, Any]:
        return {"x": a["x"], "y": np.ones((1, 1))}

    return GradcheckTarget(value, grad, at)


def as_json(found: Any) -> str:
    return json.dumps(found, indent=1, default=str)


def example_manifest() -> str:
    """That of a set of four cases, with their digests."""
    with tempfile.TemporaryDirectory() as folder:
        return (save_small_set(Path(folder)) / "manifest.json").read_text("utf-8")


def plugin_options() -> str:
    """The plugin's part of pytest's help."""
    command = [sys.executable, "-m", "pytest", "--help"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    ours = printed.partition("gradients of a LIAF-Net backend:")[2].partition("\n\n")[0]
    return " ".join(ours.split())


TEXTS: dict[str, Callable[[], str]] = {
    "check.txt": lambda: str(example_report()),
    "check.json": lambda: as_json(example_report().to_dict()),
    "check.xml": lambda: junit_xml(example_report()).decode(),
    "gradcheck.txt": lambda: str(gradcheck(wrong_square())),
    "gradcheck.json": lambda: as_json(gradcheck(wrong_square()).to_dict()),
    "manifest.json": example_manifest,
    "options.txt": plugin_options,
}


def snapshot(name: str) -> str:
    """One of the texts, without what is measured and what each Python traces otherwise."""
    return MEASURED.sub("#", TRACEBACK.sub("", TEXTS[name]())).rstrip() + "\n"


if __name__ == "__main__":
    SNAPSHOT_DIR.mkdir(exist_ok=True)
    for text in TEXTS:
        (SNAPSHOT_DIR / text).write_text(snapshot(text), "utf-8")
