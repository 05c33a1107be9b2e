"""The frameworks measured: the tables and examples of docs/verify/frameworks."""

import re
from functools import cache
from importlib.metadata import version

import pytest
from frameworks import FRAMEWORKS, NeuronMeasurement, measure_frameworks, tables
from frameworks.__main__ import OVERVIEW, OVERVIEW_BLOCK, overview_text, recorded_blocks

# Frameworks warn as they are imported, most often of their own use of other packages.
pytestmark = pytest.mark.filterwarnings("ignore")

FRAMEWORK_PAGES = {block.frameworks[0]: block for block in recorded_blocks()}
EXAMPLES = re.compile(r"```py\n(.*?)```\n\nprints\n\n```\n(.*?)```", re.DOTALL)


@cache
def measured(name: str) -> list[NeuronMeasurement]:
    return measure_frameworks(FRAMEWORK_PAGES[name].frameworks)


@pytest.fixture(params=FRAMEWORK_PAGES)
def name(request: pytest.FixtureRequest) -> str:
    """A framework; skips if it is missing or of another version than its page's."""
    found = str(request.param)
    for package, recorded in FRAMEWORK_PAGES[found].versions.items():
        if package == "liaf_ref":
            continue
        pytest.importorskip(package, exc_type=ImportError)
        here = version(package).partition("+")[0]
        if here != recorded:
            pytest.skip(f"the page was measured with {package} {recorded}; here is {here}")
    return found


def test_every_framework_has_a_page() -> None:
    pages = [name for block in recorded_blocks() for name in block.frameworks]
    assert pages == list(FRAMEWORKS)
    assert {name for block in recorded_blocks() for name in block.versions} == set(FRAMEWORKS)


def test_the_page_shows_what_is_measured_now(name: str) -> None:
    shown = FRAMEWORK_PAGES[name].text.partition("\n\n")[2].strip()
    assert shown == tables.format_markdown(measured(name))
    assert not re.search(r"undecided|unrecognized|other|\?", shown)


def test_the_overview_has_the_first_row_of_each_page() -> None:
    (shown,) = OVERVIEW_BLOCK.findall(OVERVIEW.read_text("utf-8"))
    assert shown == overview_text()


def test_the_examples_print_what_the_page_says(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = FRAMEWORK_PAGES[name].page
    for code, printed in EXAMPLES.findall(page.read_text("utf-8")):
        capsys.readouterr()
        exec(compile(code, page.name, "exec"), {})  # noqa: S102
        assert capsys.readouterr().out == printed
