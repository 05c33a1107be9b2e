"""The page's table of V_th against mu, computed again from the stored runs without the report."""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from liaf_ref.experiments.paper import printed_cells

RESULTS = Path(__file__).parents[2] / "docs" / "results"
TEXT = " ".join((RESULTS / "table03.md").read_text(encoding="utf-8").split())
CELLS = [(f"QA{task}", cell) for task in range(1, 21) for cell in ("liaf", "lif")]


def read(path: str) -> list[dict[str, str]]:
    return [*csv.DictReader((RESULTS / path).read_text(encoding="utf-8").splitlines())]


def accuracies() -> dict[Any, dict[str, float]]:
    """Of each seed, by setting and cell: masked ones, where there are some."""
    found = defaultdict[Any, dict[str, dict[str, float]]](lambda: defaultdict(dict))
    rows, usual = read("runs/babi-threshold.csv"), {"v_th": "", "mu": "", "padding": "unmasked"}
    for r in read("table03.csv"):
        if (r["settings"], r["lr"], r["cause"]) == ("", "0.001", "") and int(r["seed"]) < 10:
            rows.append({**usual, **r, "last_test_accuracy": r["final"]})
    for r in rows:
        of = found[(r["v_th"], r["mu"]), (f"QA{r['task']}", r["cell"])][r["padding"]]
        of[r["seed"]] = 100 * float(r["last_test_accuracy"])
    return {key: of["masked"] or of["unmasked"] for key, of in found.items()}


def test_the_page_says_which_setting_brings_the_printed_cells_into_reach() -> None:
    found, printed = accuracies(), printed_cells()
    settings = sorted({setting for setting, (_, cell) in found if cell == "lif"})
    fits = {setting: list[bool]() for setting in settings}
    for task, cell in CELLS:
        samples = {s: np.array([*found[s, (task, cell)].values()]) for s in settings}
        degrees = sum(len(a) - 1 for a in samples.values())
        spread = (sum(len(a) * a.var() for a in samples.values()) / degrees) ** 0.5
        for s, a in samples.items():
            reach = stats.t.ppf(0.975, degrees) * spread * (1 + 1 / len(a)) ** 0.5
            fits[s].append(bool(abs(float(printed["III", cell, task]) - a.mean()) <= reach))
    for s, of in fits.items():
        v_th, mu = (float(value or 0.5) for value in s)
        own = [[np.mean([*found[s, at].values()]) for at in CELLS[k::2]] for k in (0, 1)]
        means = " | ".join(f"{np.mean(each):.1f}" for each in own)
        assert f"| {v_th:g} | {mu:g} | {sum(of[::2])} | {sum(of[1::2])} | {means} |" in TEXT
    pairs = [*zip(fits["", "1.0"], fits["", ""], strict=True)]
    more, fewer = pairs.count((True, False)), pairs.count((False, True))
    assert (more, fewer) == (3, 0)
    assert f"p = {stats.binomtest(more, more + fewer).pvalue:.2g}." in TEXT


def test_the_page_says_by_how_much_liaf_beats_lif() -> None:
    found = accuracies()
    for s in (("", ""), ("", "1.0"), ("0.3", "")):
        leads = [
            np.mean([found[s, (t, "liaf")][k] - found[s, (t, "lif")][k] for t, _ in CELLS[::2]])
            for k in found[s, ("QA1", "lif")]
        ]
        half = stats.t.ppf(0.975, len(leads) - 1) * np.std(leads, ddof=1) / len(leads) ** 0.5
        assert f"{np.mean(leads):.1f} ± {half:.1f}" in TEXT
