"""Every count the paper prints, beside what comes out of walking the networks."""

import pytest

from liaf_ref.report.audit.counts import compare_counts, to_markdown

FIGURES = compare_counts()
# Operations of Table VII that Table II does not give at 128 x 128 and T = 10.
ASTRAY = {
    (row, column) for row in ("conv2d", "conv3d", "liaf", "lif") for column in ("MULs", "ADDs")
}


def test_there_are_as_many_as_are_printed() -> None:
    per_table = dict.fromkeys(("I", "II", "IV", "VII", "IX"), 0)
    for figure in FIGURES:
        per_table[figure.table] += 1
    assert per_table == {"I": 15, "II": 15, "IV": 20, "VII": 15, "IX": 12}
    assert len({figure[:3] for figure in FIGURES}) == len(FIGURES)


def test_every_formula_is_exact() -> None:
    assert {f.agreement for f in FIGURES if f.table in ("I", "II")} == {"exact"}


def test_eight_operations_of_table_vii_fit_nothing_and_all_else_does() -> None:
    astray = {(f.table, f.row, f.column) for f in FIGURES if f.agreement == "no"}
    assert astray == {("VII", row, column) for row, column in ASTRAY}
    assert len(astray) == 8


OURS = {  # a figure of each kind, from Tables II and VIII by hand
    ("IV", "gru", "MULs"): 66 * 100 * 453,
    ("IV", "liaf", "weights"): 100 * 51 + 4 * 100,
    ("VII", "lif", "MULs"): 10
    * (128**2 * 32 + 64**2 * 64 + 32**2 * 128 + 16**2 * 256 + 8**2 * 512),
    ("VII", "conv3d", "weights"): sum(
        (27 * K + 1) * L for K, L in ((2, 32), (32, 64), (64, 128), (128, 256), (256, 512))
    ),
    ("IX", "lif", "MULs"): 60 * (32**2 * 64 + 32**2 * 128 + 16**2 * 128),
    ("IX", "convlstm", "neurons"): 32**2 * 64 + 32**2 * 128 + 16**2 * 128,
}


@pytest.mark.parametrize("where", OURS)
def test_ours_are_the_tables_worked_out(where: tuple[str, str, str]) -> None:
    (found,) = [figure.computed for figure in FIGURES if figure[:3] == where]
    assert found == OURS[where]


def test_they_print_as_a_table_with_a_line_each() -> None:
    head, rule, *lines = to_markdown(FIGURES).splitlines()
    columns = [column.strip() for column in head.strip("|").split("|")]
    assert columns == ["table", "cell", "", "printed", "from the layers", "fits"]
    assert set(rule) == {"|", "-", " "}
    assert len(lines) == len(FIGURES)
    assert len({len(line) for line in (head, rule, *lines)}) == 1
    assert "3.3e9" in lines[50]
    assert lines[50].endswith("| 3,114,270,720   | no      |")
