"""Reports of runs, and Table III."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from report.run_factory import babi_run, summary, vision_run
from support import folder_contents

from cli.commands import Cli
from liaf_ref.experiments.babi import condition_settings
from liaf_ref.report.babi_runs import EPOCH_SELECTIONS, to_csv


@pytest.fixture
def runs(here: Path) -> Path:
    for cell in ("liaf", "lif"):
        vision_run(here / "runs", cell)
    return here / "runs"


@pytest.mark.usefixtures("runs")
def test_a_report_is_a_page_with_pictures_numbers_and_remarks(cli: Cli, here: Path) -> None:
    (here / "said.toml").write_text('table06 = ["Tried: twice the rate <1>", "and [half]"]\n')
    ended = cli("report", "runs", "--out", "out", "--remarks", "said.toml")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Table VI    LIAF has a higher test accuracy than LIF, MNIST-DVS, scale" in ended.stdout
    assert ended.stdout.endswith("report: out/index.html   as Markdown: out/report.md\n")
    held = folder_contents(here / "out")
    assert {"index.html", "report.md", "data/runs.csv", "data/table06.csv"} < set(held)
    assert "figures/fig07-mnist-dvs-smoke-accuracy.svg" in held
    assert b"<code>runs/lif-0</code>" in held["index.html"]
    document = json.loads(cli("report", "runs", "--out", "o", "--json").stdout)
    assert document["page"] == "o/index.html"
    numbers = [section["number"] for section in document["sections"]]
    assert numbers[:4] == ["Table I", "Table II", "Table III", "Table IV"]
    sixth = next(s for s in document["sections"] if s["name"] == "table06")
    assert sixth["missing"][0]["command"].startswith("liaf-ref run cifar10-dvs")
    assert len(document["runs"]["rows"]) == 2
    page = held["index.html"].decode()
    sixth = page.partition('id="table06"')[2].partition("</section>")[0]
    assert "<li>Tried: twice the rate &lt;1&gt;</li>" in sixth
    assert page.count("Comments on the runs") == 1
    sixth = held["report.md"].decode().partition("## Table VI:")[2].partition("\n## ")[0]
    assert "Comments on the runs" in sixth
    assert "and \\[half\\]" in sixth


REMARKS = {
    "a.toml": ("table06 =", "expected TOML, got an error: Invalid value (at end of document)"),
    "b.toml": ('table6 = ["a"]', "expected sections among table01, table02"),
    "c.toml": ('table06 = "a"', "table06: expected lists of texts by section"),
}
REFUSED = {
    "": "the following arguments are required: --out",
    "--out runs/out": "--out: expected a folder outside of the runs, got runs/out",
    "--out full": "full: expected a new or an empty folder",
    "--out full/report.md": "full/report.md: expected a new or an empty folder",
    **{f"--out o --remarks {name}": message for name, (_, message) in REMARKS.items()},
}


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("args", REFUSED)
def test_a_refused_report_ends_with_2_and_writes_nothing(cli: Cli, here: Path, args: str) -> None:
    (here / "full").mkdir()
    (here / "full" / "report.md").write_text("mine")
    for name, (text, _) in REMARKS.items():
        (here / name).write_text(text)
    before = folder_contents(here)
    ended = cli("report", "runs", *args.split())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert REFUSED[args] in ended.stderr
    assert args.partition("--remarks ")[2] in ended.stderr
    assert folder_contents(here) == before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two runs whose test questions were tracked."""
    for seed in (0, 1):
        settings = condition_settings("ec", 1, "liaf")._asdict()
        babi_run(tmp_path / "runs", seed=seed, test=(0.2, 0.3), **settings)
    return tmp_path / "runs"


def test_a_run_that_is_given_twice_counts_once(cli: Cli, folder: Path, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(to_csv([summary(2, "gru")]))
    tables = tmp_path / "a.csv", tmp_path / "b.csv"
    code, out, err = cli("table03", *tables, "--json")
    assert (code, len(json.loads(out)["runs"])) == (0, 1)
    assert err == f"skipped: {tables[1]}: the same configuration as {tables[0]}\n"
    code, out, err = cli("table03", *tables, folder)  # with runs on another text
    assert (code, out) == (2, "")
    assert "expected bAbI runs on the same text and with equal options, got published" in err


def test_table_iii(cli: Cli, folder: Path, tmp_path: Path) -> None:
    table, page = tmp_path / "runs.csv", tmp_path / "page.md"
    code, out, err = cli("table03", folder, "--csv", table, "--out", page)
    assert (code, out, err) == (0, "", "")
    assert page.read_text() == cli("table03", table).stdout
    document = json.loads(cli("table03", table, "--json").stdout)
    assert set(document["readings"]) == set(EPOCH_SELECTIONS)
    assert len(document["runs"]) == 2


def test_a_condition_has_its_own_runs(cli: Cli, tmp_path: Path) -> None:
    tuned = replace(summary(4, "liaf", accuracy=0.7), epochs=500, epochs_done=500, lr=5e-4)
    ends = [summary(1, "liaf"), summary(4, "liaf", accuracy=0.4), tuned]
    (tmp_path / "x.csv").write_text(to_csv(ends))
    shown = {
        name: cli("table03", tmp_path / "x.csv", "--condition", name).stdout
        for name in ("ec", "fc")
    }
    assert "40.0 (42.8)" in shown["ec"]
    assert "70.0 (73.5)" in shown["fc"]
    assert "50.0 (51.8)" in shown["fc"]
    for run, message in (
        (tuned, "expected runs under ec, got none"),
        (replace(ends[0], settings="alpha=0.9"), "expected runs under ec, got runs with alpha=0.9"),
        (
            replace(ends[0], final=None),
            "x.csv: expected runs with --track-test, got QA1, liaf, seed",
        ),
    ):
        (tmp_path / "x.csv").write_text(to_csv([run]))
        code, out, err = cli("table03", tmp_path / "x.csv")
        assert (code, out) == (2, "")
        assert message in err
