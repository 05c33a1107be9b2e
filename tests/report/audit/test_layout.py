"""The findings as text."""

from liaf_ref.report.audit import audit, format_findings


def test_a_table_has_its_heading_its_rows_and_a_sum() -> None:
    lines = format_findings(audit("IV")).splitlines()
    assert lines[0] == "## Table IV"
    assert [cell.strip() for cell in lines[2].strip("|").split("|")] == [
        *("", "printed", "ours", "agreement", "why")
    ]
    assert len({len(line) for line in lines[2:24]}) == 1
    assert lines[4].startswith("| liaf MULs                   | 3.3e5   | 336,600   | truncated |")
    assert lines[-1] == "20 printed: 13 rounded, 7 truncated, 0 neither, 0 not recomputed"


def test_every_table_has_a_heading_and_the_texts_numbers_their_place() -> None:
    text = format_findings(audit())
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings[0] == "## Table I"
    assert headings[-2:] == ["## Table X", "## The running text"]
    assert len(headings) == 11
    assert "\n\nnot recomputed: 6 cited\n\n## The running text" in text
    assert "\n| V, paragraph 5: additional bandwidth that it takes, %" in text
    assert text.endswith("; mismatches are discussed in docs/reference/errata.md")
