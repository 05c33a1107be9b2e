"""``liaf-ref report``: runs to a folder with one page."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from report.run_factory import vision_run
from support import folder_contents

from cli.commands import run_cli

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def runs(here: Path) -> Path:
    for cell in ("liaf", "lif"):
        vision_run(here / "runs", cell)
    return here / "runs"


def test_a_report_is_a_page_with_pictures_and_numbers(
    capsys: Capture, runs: Path, here: Path
) -> None:
    ended = run_cli(capsys, "report", "runs", "--out", "out")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (
        "Table VI    LIAF has a higher test accuracy than LIF, MNIST-DVS, scale smoke, simulated"
        in (ended.stdout)
    )
    assert ended.stdout.endswith("report: out/index.html   as Markdown: out/report.md\n")
    held = folder_contents(here / "out")
    assert {"index.html", "report.md", "data/runs.csv", "data/table06.csv"} < set(held)
    assert "figures/fig07-mnist-dvs-smoke-accuracy.svg" in held
    assert b"<code>runs/lif-0</code>" in held["index.html"]


def test_a_run_of_no_table_is_named_as_left_out(capsys: Capture, runs: Path, here: Path) -> None:
    vision_run(runs, seed=1, experiment="mine")
    ended = run_cli(capsys, "report", "runs", "--out", "out")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("skipped: runs/liaf-1: the experiment")


def test_json_has_the_content(capsys: Capture, runs: Path, here: Path) -> None:
    ended = run_cli(capsys, "report", runs, "--out", here / "out", "--json")
    document = json.loads(ended.stdout)
    assert document["page"] == str(here / "out" / "index.html")
    numbers = [section["number"] for section in document["sections"]]
    assert numbers[:4] == ["Table I", "Table II", "Table III", "Table IV"]
    sixth = next(s for s in document["sections"] if s["name"] == "table06")
    assert sixth["missing"][0]["command"].startswith("liaf-ref run cifar10-dvs")
    assert len(document["runs"]["rows"]) == 2


def test_remarks_stand_in_their_sections(capsys: Capture, runs: Path, here: Path) -> None:
    (here / "said.toml").write_text('table06 = ["Tried: twice the rate <1>", "and [half]"]\n')
    ended = run_cli(capsys, "report", runs, "--out", here / "out", "--remarks", "said.toml")
    assert ended.returncode == 0
    page = (here / "out" / "index.html").read_text("utf-8")
    sixth = page.partition('id="table06"')[2].partition("</section>")[0]
    assert "<li>Tried: twice the rate &lt;1&gt;</li>" in sixth
    assert page.count("Comments on the runs") == 1
    same = (here / "out" / "report.md").read_text("utf-8")
    sixth = same.partition("## Table VI:")[2].partition("\n## ")[0]
    assert "Comments on the runs" in sixth
    assert "and \\[half\\]" in sixth


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "expected lists of texts by section, such as table06"),
        ("table06 =", "expected TOML, got an error: Invalid value (at end of document)"),
        ('\ntable06 = ["a"]\n\ntable07 =\n', "said.toml:4: expected TOML, got an error: Invalid"),
        ('table6 = ["a"]', "expected sections among table01, table02"),
        ('table06 = "a"', "table06: expected lists of texts by section"),
        ("table06 = [1]", "got [1]"),
        ('table06 = [" "]', "table06: expected lists of texts by section"),
    ],
)
def test_wrong_remarks_are_refused(
    text: str | None, message: str, capsys: Capture, runs: Path, here: Path
) -> None:
    if text is not None:
        (here / "said.toml").write_text(text)
    ended = run_cli(capsys, "report", runs, "--out", here / "out", "--remarks", "said.toml")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "said.toml:" in ended.stderr
    assert message in ended.stderr
    assert not (here / "out").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["runs"], "the following arguments are required: --out"),
        (["nowhere", "--out", "out"], "nowhere: expected a folder with runs or a table of runs"),
        (
            ["runs", "--out", "runs/out"],
            "--out: expected a folder outside of the runs, got runs/out",
        ),
        (["runs", "--out", "full"], "full: expected a new or an empty folder"),
        (["runs", "--out", "full/report.md"], "full/report.md: expected a new or an empty folder"),
        (["empty", "--out", "out"], "empty: expected runs of liaf-ref run or liaf-ref sweep"),
    ],
)
def test_what_cannot_be_reported_ends_with_2_and_writes_nothing(
    capsys: Capture, runs: Path, here: Path, args: list[str], message: str
) -> None:
    (here / "full").mkdir()
    (here / "full" / "report.md").write_text("mine")
    (here / "empty").mkdir()
    before = folder_contents(here)
    ended = run_cli(capsys, "report", *args)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert folder_contents(here) == before


@pytest.mark.parametrize("hidden", ["runs", "runs/lif-0"])
def test_a_folder_that_may_not_be_read_is_named(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, runs: Path, here: Path, hidden: str
) -> None:
    scan = os.scandir

    def refuse(path: Any) -> Any:
        if str(path) == hidden:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), hidden)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    line = f"liaf-ref: error: {hidden}: Permission denied\n"
    assert run_cli(capsys, "report", "runs", "--out", "out") == (2, "", line)
