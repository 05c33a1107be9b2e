"""The tables and the figure of the claims are what the code computes from the stored runs."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import record_runs
from report.run_factory import vision_run
from results import RESULTS, claims
from results.claims import Row

from liaf_ref.report.build import collect_runs
from liaf_ref.report.content import Claim
from liaf_ref.report.statistics import HIGHER, SIMILAR, Criterion, MeanCI


def test_the_readme_has_the_claims_of_the_stored_runs() -> None:
    expected = f"{claims.START}{claims.summary_table()}{claims.END}"
    assert expected in claims.README.read_text("utf-8"), "run make results"


def test_the_figure_has_every_claim_in_letters_for_a_phone() -> None:
    """Where the figure is 345 pixels wide, 9 points are 12 pixels."""
    root = ET.parse(RESULTS / "claims.svg").getroot()  # noqa: S314 - our own
    texts = [text for text in root.iter() if text.tag.endswith("}text")]
    shown = {"".join(text.itertext()).partition(" (×")[0] for text in texts}
    assert {claims.label(row) for row in claims.stored_claims()} <= shown
    width = float(root.attrib["width"].removesuffix("pt"))
    sizes = {float(text.attrib["style"].split("px")[0].split()[-1]) for text in texts}
    assert min(sizes) * 345 / width >= 12


def test_a_claim_is_judged_by_the_recorded_runs(tmp_path: Path) -> None:
    for cell, accuracy in (("liaf", 0.9), ("lif", 0.7)):
        for seed in range(6):
            vision_run(tmp_path, cell, seed, accuracy + 0.01 * seed * (cell == "liaf"))
    (tmp_path / "manifest.json").write_text('{"runs": {}}')
    record_runs.main([str(tmp_path), "decide-digits", "--out", str(tmp_path)])
    found = {
        row.text: row for row in claims.judge_claims(collect_runs([tmp_path / "decide-digits.csv"]))
    }
    row = found["LIAF has a higher test accuracy than LIF, MNIST-DVS, simulated"]
    assert (row.sweep, row.claim.difference.n) == ("decide-digits", 6)
    assert row.claim.difference.value == pytest.approx(22.5)
    assert row.verdict == "confirmed"


@pytest.mark.parametrize(
    ("criterion", "value", "verdict"),
    [
        (HIGHER, 2.5, "confirmed"),
        (HIGHER, 1.5, "confirmed; by Holm's interval not decided"),
        (SIMILAR, -1.5, "confirmed; by Holm's interval not decided"),
        (HIGHER, 0.5, "no difference that counts: contradicted; by Holm's interval not decided"),
        (HIGHER, -2.5, "opposite sign: contradicted"),
        (SIMILAR, -3.5, "not decided: about 24 seeds would decide"),  # 6 (1 / 0.5)²
        (SIMILAR, -3.01, "not decided: about 60,001 seeds would decide"),
    ],
)
def test_a_row_says_what_holms_interval_changes(
    criterion: Criterion, value: float, verdict: str
) -> None:
    half = 1.4 if verdict.startswith("no difference") else 1.0
    claim = Claim("", "", "+9.0", {"lif": MeanCI(value, half, 6, 5)}, criterion)
    assert Row(claim, 2.0, "").verdict == verdict
    assert "contradicted" not in Row(claim, 2.0, "digits").verdict
