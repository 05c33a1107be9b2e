"""Every claim again from the stored runs, by NumPy and SciPy, without code of the report."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np
from results import RESULTS, claims
from support import LazyModule

from liaf_ref.experiments.paper import printed_cells

stats = LazyModule("scipy.stats")
RECORDED = {"MNIST-DVS": "digits", "CIFAR10-DVS": "scenes", "DVS128 Gesture": "gestures"}
Runs = dict[str, float]  # percentage points by seed


def rows(name: str) -> Iterator[dict[str, str]]:
    with (RESULTS / f"{name}.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def on_recordings(name: str) -> dict[tuple[str, str], Runs]:
    curves = defaultdict[str, list[tuple[float, float]]](list)
    for row in rows(f"runs/decide-{name}-epochs"):
        train, validation = float(row["train_accuracy"]), float(row["validation_accuracy"])
        curves[row["job"]].append((100 * train, 100 * validation))
    found = defaultdict[tuple[str, str], Runs](dict)
    for row in rows(f"runs/decide-{name}"):
        train, validation = np.array(curves[row["job"]]).T
        found["test", row["cell"]][row["seed"]] = 100 * float(row["test_accuracy"])
        found["validation", row["cell"]][row["seed"]] = validation[-1]
        found["gap", row["cell"]][row["seed"]] = train[-1] - validation[-1]
        found["roughness", row["cell"]][row["seed"]] = abs(np.diff(validation, 2)).mean()
    return found


def on_text() -> dict[tuple[str, int, bool], Runs]:
    found = defaultdict[tuple[str, int, bool], Runs](dict)
    for row in rows("table03"):
        if not row["settings"] and row["stop_after"] == "0":
            key = row["cell"], int(row["task"]), row["epochs"] != "60"  # the last: fine-tuned
            found[key][row["seed"]] = 100 * float(row["final"])
    return found


def at_thresholds() -> dict[tuple[str, str], dict[tuple[str, int], Runs]]:
    """By V_th and mu, then by cell: masked padding in place of runs that ended early."""
    usual = {(cell, task): runs for (cell, task, tuned), runs in on_text().items() if not tuned}
    own = defaultdict[tuple[str, ...], Runs](dict)
    for r in rows("runs/babi-threshold"):
        key = r["padding"], r["v_th"], r["mu"], r["cell"], r["task"]
        own[key][r["seed"]] = 100 * float(r["last_test_accuracy"])
    found = defaultdict[tuple[str, str], dict[tuple[str, int], Runs]](dict)
    for at in product(("liaf", "lif"), range(1, 21)):
        found["", ""][at] = {seed: x for seed, x in usual[at].items() if int(seed) < 10}
    for (padding, v_th, mu, cell, task), runs in sorted(own.items(), reverse=True):  # masked last
        of, at = found[v_th, mu], (cell, int(task))
        of[at] = runs if padding == "masked" else {**of.get(at, {}), **runs}
    return found


def paired(a: Runs, b: Runs) -> tuple[float, float]:
    d = [a[seed] - b[seed] for seed in a.keys() & b.keys()]
    return float(np.mean(d)), stats.t.ppf(0.975, len(d) - 1) * stats.sem(d)


def welch(pairs: Iterable[tuple[Runs, Runs]]) -> tuple[float, float]:
    """The mean difference over the tasks."""
    x = [[np.array([*runs.values()]) for runs in pair] for pair in pairs]
    v = np.array([[np.var(a, ddof=1) / len(a) for a in pair] for pair in x]) / len(x) ** 2
    df = v.sum() ** 2 / (v**2 / [[len(a) - 1 for a in pair] for pair in x]).sum()
    mean = np.mean([a.mean() - b.mean() for a, b in x])
    return float(mean), stats.t.ppf(0.975, df) * v.sum() ** 0.5


def verdict(mean: float, half: float, counts: float) -> str:
    """Of a difference that is positive on the paper's side."""
    if mean - half > 0:
        return "confirmed" if mean + half >= counts else "same sign, too small to count"
    if mean + half < 0:
        return "opposite sign"
    return "no difference that counts" if abs(mean) + half < counts else "not decided"


def similar(mean: float, half: float) -> str:
    if abs(mean) + half < 3:
        return "confirmed"
    return "a difference that counts" if abs(mean) - half > 3 else "not decided"


def recomputed(text: str) -> tuple[float, float]:
    """The difference that a claim is about, and half the width of its interval."""
    one, *others = [name.lower() for name in re.findall(r"LIAF|LIF|RNN|LSTM|GRU|Conv\w+", text)]
    if data := re.search("|".join(RECORDED), text):
        runs, of = on_recordings(RECORDED[data[0]]), re.search("validation|gap|roughness", text)
        return paired(*(runs[of[0] if of else "test", cell] for cell in (one, others[0])))
    table = on_text()
    if task := re.search(r"QA(\d+)", text):
        own, *rest = (table[cell, int(task[1]), False] for cell in (one, *others))  # the weakest
        sign = -1 if "loses" in text else 1
        return min((paired(own, other) for other in rest), key=lambda d: sign * d[0] - d[1])
    tuned = "fine-tuned" in text

    def on(cell: str, task: int) -> Runs:
        return table[cell, task, tuned and (cell, task, True) in table]

    return welch((on(one, task), on(others[0], task)) for task in range(1, 21))


def test_every_claim_recomputes() -> None:
    for row in claims.stored_claims():
        claim, text = row.claim, row.claim.text
        mean, half = recomputed(text)
        np.testing.assert_allclose(claim.difference[:2], (mean, half), rtol=1e-9, err_msg=text)
        if "similar" in text:
            expected = similar(mean, half)
        else:
            sign = -1 if re.search("trails|loses|lower", text) else 1
            expected = verdict(sign * mean, half, 0.5 if "roughness" in text else 2)
        assert claim.verdict.name == expected, text


def test_the_page_says_at_which_threshold_and_window_the_printed_cells_fit() -> None:
    found, text = at_thresholds(), (RESULTS / "table03.md").read_text(encoding="utf-8")
    printed, fits = printed_cells(), defaultdict[tuple[str, str], list[bool]](list)
    for cell, task in found["", ""]:
        samples = {key: np.array([*of[cell, task].values()]) for key, of in found.items()}
        df = sum(len(a) - 1 for a in samples.values())
        spread = (sum(len(a) * a.var() for a in samples.values()) / df) ** 0.5
        for key, a in samples.items():
            reach = stats.t.ppf(0.975, df) * spread * (1 + 1 / len(a)) ** 0.5
            off = abs(float(printed["III", cell, f"QA{task}"]) - a.mean())
            fits[key].append(bool(off <= reach))
    for key, of in fits.items():
        means = [np.mean([*found[key][at].values()]) for at in found["", ""]]
        given = (*(float(value or 0.5) for value in key), sum(of[:20]), sum(of[20:]))
        row = [f"{x:g}" for x in given] + [f"{np.mean(m):.1f}" for m in (means[:20], means[20:])]
        assert f"| {' | '.join(row)} |" in text
    pairs = [*zip(fits["", "1.0"], fits["", ""], strict=True)]
    more, fewer = pairs.count((True, False)), pairs.count((False, True))
    assert (more, fewer) == (3, 0)
    assert f"p = {stats.binomtest(more, more + fewer).pvalue:.2g}." in text


def test_the_page_says_by_how_much_liaf_beats_lif_there() -> None:
    found, text = at_thresholds(), (RESULTS / "table03.md").read_text(encoding="utf-8")
    for of in (found["", ""], found["", "1.0"], found["0.3", ""]):
        mean, half = welch((of["liaf", task], of["lif", task]) for task in range(1, 21))
        assert f"{mean:.1f} ± {half:.1f}" in text, (mean, half)
        assert verdict(mean, half, 2) == "confirmed"
