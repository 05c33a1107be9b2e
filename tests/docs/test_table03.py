"""The published Table III is what its runs say."""

import table03_pages

from liaf_ref.report.runs import from_csv


def test_the_pages_show_the_runs_of_their_table() -> None:
    new = table03_pages.generated(from_csv(table03_pages.RUNS))
    shown = [table03_pages.sections(page.read_text("utf-8")) for page in table03_pages.PAGES]
    found = {head: body.strip() for page in shown for head, body in page.items() if head in new}
    assert len(found) > 5
    assert found == {head: new[head].strip() for head in found}


def test_sections_of_the_runs_are_replaced_and_others_stay() -> None:
    page = "# T\n\n## A\n\nold\n\n## B\n\nmine\n"
    new = {"A": "\nnew\n", "C": "\nmore\n"}
    assert table03_pages.fill(page, new) == "# T\n\n## A\n\nnew\n\n## B\n\nmine\n"
