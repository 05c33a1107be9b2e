"""The frameworks compared: the table of docs/verify/frameworks.md, and its command."""

import json
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from documentation.framework_tables import (
    OVERVIEW,
    OVERVIEW_BLOCK,
    overview_text,
    recorded_blocks,
)

from liaf_ref._core.errors import InputError
from liaf_ref.cli import main
from liaf_ref.oracle.frameworks import (
    FRAMEWORKS,
    Comparison,
    NeuronProbe,
    compare_frameworks,
    figure,
    measure_frameworks,
    registry,
)
from liaf_ref.oracle.frameworks.figure import draw_surrogates
from liaf_ref.oracle.frameworks.tables import format_markdown, format_terminal

# Frameworks warn as they are imported, most often of their own use of other packages.
pytestmark = pytest.mark.filterwarnings("ignore")

FRAMEWORK_PAGES = {block.frameworks[0]: block for block in recorded_blocks()}
EXAMPLES = re.compile(r"```py\n(.*?)```\n\nprints\n\n```\n(.*?)```", re.DOTALL)


@cache
def measured(name: str) -> Comparison:
    return compare_frameworks(FRAMEWORK_PAGES[name].frameworks)


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
    assert shown == format_markdown(measured(name).rows)


def test_the_overview_has_the_first_row_of_each_page() -> None:
    (shown,) = OVERVIEW_BLOCK.findall(OVERVIEW.read_text("utf-8"))
    assert shown == overview_text()


def test_defaults_are_the_first_rows() -> None:
    assert compare_frameworks(["liaf_ref"], defaults=True).rows[0].neuron == "LIF"
    assert len(compare_frameworks(["liaf_ref"], defaults=True).rows) == 1
    assert run("--frameworks", "liaf_ref", "--defaults") == 0


def test_every_cell_has_an_answer(name: str) -> None:
    text = format_terminal(measured(name).rows)
    assert not re.search(r"undecided|unrecognized|other|\?", text)
    tables = text.partition("SETTINGS")[0]
    assert max(map(len, tables.splitlines())) < 100


def test_ours_and_our_adapters_do_what_the_paper_says() -> None:
    for row in measured("liaf_ref").rows:
        assert row.neuron in {"LIF", "LIAF", "LIF by adapter"}
        assert (row.firing_condition, row.reset.kind, row.reset.order) == (
            ">=",
            "hard",
            "reset, leak",
        )
        assert (row.reset_gradient.kind, row.surrogate.edge) == ("attached", "open at 0.5")
        assert (row.threshold_gradient.reset_path, row.trainable_threshold) == ("attached", "yes")


def test_liaf_node_is_analog_in_one_mode_only() -> None:
    pytest.importorskip("spikingjelly")
    if version("spikingjelly") != "2.0.0":
        pytest.skip("known of 2.0.0")
    rows = measured("spikingjelly").rows
    found = {row.neuron: row.output for row in rows if "LIAFNode" in row.neuron}
    assert found == {"LIAFNode": "analog", "LIAFNode, multi-step": "spikes"}


def test_the_picture_names_each_row_by_its_number(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = measured(name).rows
    assert draw_surrogates(rows)[:8] == b"\x89PNG\r\n\x1a\n"
    drawn: list[Any] = []
    monkeypatch.setattr(figure, "figure_to_png", drawn.append)
    draw_surrogates(rows)
    (legend,) = drawn[0].legends
    found: dict[int, tuple[str, str]] = {}
    for text in legend.get_texts():
        family, _, owners = text.get_text().rpartition(": ")
        for framework, _, numbers in (owner.partition(" ") for owner in owners.split("; ")):
            found |= {int(number): (framework, family) for number in numbers.split(", ")}
    of = {k: found[k][0] for k in sorted(found)}
    assert of == {k: row.framework for k, row in enumerate(rows, 1)}
    assert {family for _, family in found.values()} <= {r.surrogate.family for r in rows}


def test_the_examples_print_what_the_page_says(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = FRAMEWORK_PAGES[name].page
    for code, printed in EXAMPLES.findall(page.read_text("utf-8")):
        capsys.readouterr()
        exec(compile(code, page.name, "exec"), {})  # noqa: S102
        assert capsys.readouterr().out == printed


def ours() -> Comparison:
    return compare_frameworks(["liaf_ref"])


def test_table_is_the_rows() -> None:
    assert [row.neuron for row in measure_frameworks(["liaf_ref"])] == ["LIF", "LIAF"]


def test_an_unknown_framework_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"frameworks of compare: expected one or more of liaf_ref, .*'numpy'"
    ):
        compare_frameworks(["liaf_ref", "numpy"])


def test_what_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = registry.installed_version
    monkeypatch.setattr(
        registry, "installed_version", lambda name: None if name == "norse" else here(name)
    )
    found = compare_frameworks(["liaf_ref", "norse"])
    assert (found.missing, {row.framework for row in found.rows}) == (["norse"], {"liaf_ref"})
    assert run("--frameworks", "liaf_ref,norse") == 0
    assert "not installed: norse; run `pip install norse`\n" in capsys.readouterr().out
    assert main(["oracle", "compare", "--frameworks", "norse"]) == 2
    reason = "error: none of norse can be run: not installed: norse; run `pip install norse`"
    assert reason in capsys.readouterr().err


def test_what_cannot_be_imported_is_named_and_the_others_are_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def imported() -> list[NeuronProbe]:
        raise ModuleNotFoundError("No module named 'pbr'")

    monkeypatch.setitem(registry.FRAMEWORKS, "sinabs", imported)
    monkeypatch.setattr(registry, "installed_version", lambda _: "3.1")
    found = compare_frameworks(["sinabs", "liaf_ref"])
    assert (found.broken, len(found.rows)) == ({"sinabs": "No module named 'pbr'"}, 2)
    assert run("--frameworks", "sinabs,liaf_ref") == 0
    assert "\nsinabs cannot be imported: No module named 'pbr'\n" in capsys.readouterr().out
    assert main(["oracle", "compare", "--frameworks", "sinabs"]) == 2
    assert "can be run: sinabs cannot be imported: No module" in capsys.readouterr().err


def run(*arguments: str) -> int:
    return main(["oracle", "compare", *arguments])


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--frameworks", "liaf_ref") == 0
    assert capsys.readouterr().out.strip() == format_terminal(ours().rows)
    assert run("--frameworks", "liaf_ref", "--markdown") == 0
    assert capsys.readouterr().out.strip() == format_markdown(ours().rows)


def test_the_command_gives_the_numbers_behind_each_cell(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("--frameworks", "liaf_ref", "--json") == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    lif, liaf = document["rows"]
    assert set(document) == {"versions", "missing", "broken", "rows"}
    assert lif["subthreshold"] == {
        "gain": 1.0,
        "initial": 0.0,
        "decay": 0.5,
        "beta": 0.125,
        "poles": [0.5, 0.0],
    }
    assert lif["reset_gradient"]["measured"] == lif["reset_gradient"]["attached"] == -0.6875
    assert liaf["reset_gradient"]["attached"] is None  # its output shows no surrogate
    assert len(lif["surrogate"]["x"]) == len(lif["surrogate"]["y"]) == 257


def test_the_command_names_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--frameworks", "liaf_ref,numpy") == 2
    message = capsys.readouterr().err
    assert re.search(r"--frameworks: expected one or more of liaf_ref, .*'numpy'", message)


def test_the_command_draws(tmp_path: Path) -> None:
    assert run("--frameworks", "liaf_ref", "--figure", str(tmp_path / "a.png")) == 0
    assert (tmp_path / "a.png").read_bytes() == draw_surrogates(ours().rows)


def test_the_help_has_an_example_and_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        run("--help")
    text = capsys.readouterr().out
    assert "example: liaf-ref oracle compare" in text
    for column in format_terminal(ours().rows).partition("SETTINGS")[0].splitlines()[:1]:
        assert all(name in text for name in re.split(r"\s{2,}", column)[1:])
