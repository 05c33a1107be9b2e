"""The published Table III is what its runs say."""

import table03_pages

from liaf_ref.report.babi_runs import from_csv


def test_the_pages_show_the_runs_of_their_table() -> None:
    new = table03_pages.generated(from_csv(table03_pages.RUNS))
    shown = [table03_pages.sections(page.read_text("utf-8")) for page in table03_pages.PAGES]
    for head, body in new.items():
        (found,) = [page[head] for page in shown if head in page]
        assert found.strip() == body.strip()


def test_sections_of_the_runs_are_replaced_or_appended_and_others_stay() -> None:
    pages = ["# T\n\n## A\n\nold\n\n## B\n\nmine\n", "# S\n"]
    assert table03_pages.fill_all(pages, {"A": "\nnew\n", "C": "\nmore\n"}) == [
        "# T\n\n## A\n\nnew\n\n## B\n\nmine\n",
        "# S\n\n## C\n\nmore\n",
    ]
