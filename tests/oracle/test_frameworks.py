"""The frameworks measured: the tables and examples of docs/verify/frameworks."""

import re
from importlib.metadata import version

import pytest
from frameworks import FRAMEWORKS, measure_frameworks
from frameworks.tables import MEASURED, describe, stored

# Frameworks warn as they are imported, most often of their own use of other packages.
pytestmark = pytest.mark.filterwarnings("ignore")

PAGES = {next(iter(page["versions"])): page for page in stored()}
EXAMPLES = re.compile(r"```py\n(.*?)```\n\nprints\n\n```\n(.*?)```", re.DOTALL)


@pytest.fixture(params=PAGES)
def name(request: pytest.FixtureRequest) -> str:
    """A framework; skips if it is missing or of another version than its page's."""
    found = str(request.param)
    for package, recorded in PAGES[found]["versions"].items():
        if package == "liaf_ref":
            continue
        pytest.importorskip(package, exc_type=ImportError)
        here = version(package).partition("+")[0]
        if here != recorded:
            pytest.skip(f"the page was measured with {package} {recorded}; here is {here}")
    return found


def test_every_framework_has_a_page() -> None:
    assert [name for page in stored() for name in page["versions"]] == list(FRAMEWORKS)


def test_the_page_shows_what_is_measured_now(name: str) -> None:
    neurons = [describe(row) for row in measure_frameworks([*PAGES[name]["versions"]])]
    assert neurons == PAGES[name]["neurons"]
    assert not re.search(r"undecided|unrecognized|other|\?", str(neurons))


def test_the_examples_print_what_the_page_says(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = MEASURED.with_name(PAGES[name]["page"])
    for code, printed in EXAMPLES.findall(page.read_text("utf-8")):
        capsys.readouterr()
        exec(compile(code, page.name, "exec"), {})  # noqa: S102
        assert capsys.readouterr().out == printed
