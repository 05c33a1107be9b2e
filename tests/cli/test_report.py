"""``liaf-ref report``: runs to a folder with one page."""

import json
from pathlib import Path

import pytest
from report.made import simulated, vision_run
from support import contents

from cli.commands import call

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def runs(here: Path) -> Path:
    for cell in ("liaf", "lif"):
        vision_run(here / "runs", cell)
    simulated(here / "runs")
    return here / "runs"


def test_a_report_is_a_page_with_pictures_and_numbers(
    capsys: Capture, runs: Path, here: Path
) -> None:
    ended = call(capsys, "report", "runs", "--out", "out")
    assert (ended.code, ended.err) == (0, "")
    assert "Table VI    MNIST-DVS, scale smoke, simulated recordings, test accuracy: one" in (
        ended.out
    )
    assert ended.out.endswith("report: out/index.html   the same as Markdown: out/report.md\n")
    held = contents(here / "out")
    assert {"index.html", "report.md", "data/runs.csv", "data/table06.csv"} < set(held)
    assert "figures/fig07-mnist-dvs-smoke-accuracy.svg" in held
    assert b"<code>runs/lif-0</code>" in held["index.html"]


def test_json_has_the_content(capsys: Capture, runs: Path, here: Path) -> None:
    ended = call(capsys, "report", runs, "--out", here / "out", "--json")
    document = json.loads(ended.out)
    assert document["page"] == str(here / "out" / "index.html")
    numbers = [section["number"] for section in document["sections"]]
    assert numbers[:4] == ["Table I", "Table II", "Table III", "Table IV"]
    sixth = next(s for s in document["sections"] if s["name"] == "table06")
    assert sixth["missing"][0]["command"].startswith("liaf-ref run mnist-dvs --scale smoke")
    assert len(document["runs"]["rows"]) == 2


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["runs"], "the following arguments are required: --out"),
        (["nowhere", "--out", "out"], "nowhere: expected a folder with runs or a table of them"),
        (["runs", "runs/lif-0", "--out", "out"], "expected each run once"),
        (["runs", "--out", "full"], "full: holds report.md already; choose another folder"),
        (["runs", "--out", "full/report.md"], "--out: expected a folder, got the file"),
        (["empty", "--out", "out"], "empty: expected runs of liaf-ref run or liaf-ref sweep"),
    ],
)
def test_what_cannot_be_reported_ends_with_2_and_writes_nothing(
    capsys: Capture, runs: Path, here: Path, args: list[str], message: str
) -> None:
    (here / "full").mkdir()
    (here / "full" / "report.md").write_text("mine")
    (here / "empty").mkdir()
    before = contents(here)
    ended = call(capsys, "report", *args)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert contents(here) == before
