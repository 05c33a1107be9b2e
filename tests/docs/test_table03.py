"""The published Table III is what its runs say."""

import table03_pages

from liaf_ref.report.babi_runs import from_csv


def test_the_pages_show_the_runs_of_their_table() -> None:
    new = table03_pages.generated(from_csv(table03_pages.RUNS))
    shown = [table03_pages.sections(page.read_text("utf-8")) for page in table03_pages.PAGES]
    for head, body in new.items():
        (found,) = [page[head] for page in shown if head in page]
        assert found.strip() == body.strip()


def test_a_section_that_the_runs_do_not_give_stays() -> None:
    page = "# T\n\n## A\n\nold\n\n## B\n\nmine\n"
    assert table03_pages.fill(page, {"A": "\nnew\n"}) == "# T\n\n## A\n\nnew\n\n## B\n\nmine\n"
