"""``liaf-ref audit``."""

import json

import pytest

from cli.commands import run_cli
from liaf_ref.report.audit import audit, format_findings

Capture = pytest.CaptureFixture[str]
KEYS = {"place", "what", "printed", "ours", "agreement", "why"}


def test_what_disagrees_is_no_failure(capsys: Capture) -> None:
    code, out, err = run_cli(capsys, "audit")
    assert (code, out, err) == (0, f"{format_findings(audit())}\n", "")
    assert "| neither " in out


def test_json_has_every_number(capsys: Capture) -> None:
    code, out, _ = run_cli(capsys, "audit", "--json")
    document = json.loads(out)
    assert code == 0
    assert document == [finding.to_dict() for finding in audit()]
    assert all(row.keys() >= KEYS for row in document)
    assert {row["agreement"] for row in document} == {
        *("rounded", "truncated", "neither", "not recomputed")
    }


@pytest.mark.parametrize(
    ("name", "table"), [("IV", "IV"), ("iv", "IV"), ("4", "IV"), ("10", "X"), ("Text", "text")]
)
def test_one_table(capsys: Capture, name: str, table: str) -> None:
    code, out, _ = run_cli(capsys, "audit", "--table", name)
    assert (code, out) == (0, f"{format_findings(audit(table))}\n")


@pytest.mark.parametrize("name", ["XI", "0", "11", "table04", "", "IV "])
def test_another_table_is_one_message(capsys: Capture, name: str) -> None:
    code, out, err = run_cli(capsys, "audit", "--table", name)
    assert (code, out) == (2, "")
    expected = f"argument --table: expected I to X, 1 to 10, or text, got {name!r}"
    assert err == f"liaf-ref audit: error: {expected}; see liaf-ref audit --help\n"
