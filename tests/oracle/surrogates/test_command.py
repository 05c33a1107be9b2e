"""``liaf-ref oracle surrogates``: the table, and a check with its exit codes."""

import json
from pathlib import Path

import pytest

from liaf_ref.cli import main
from liaf_ref.oracle.surrogates import NAMES, SHAPES

MODULE = """
import numpy as np

def arctan(x, alpha):
    return alpha / 2 / (1 + (np.pi / 2 * alpha * x) ** 2)

def smooth(x, alpha):
    return 0.5 + np.arctan(np.pi / 2 * alpha * x) / np.pi

def spike(U, threshold):
    return U > threshold, arctan(U - U.dtype.type(threshold), 2.0)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_surrogates.py").write_text(MODULE, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)


def run(*args: str) -> int:
    return main(["oracle", "surrogates", *args])


def test_the_table_has_every_shape_and_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    picture = tmp_path / "shapes.png"
    assert run("--figure", str(picture)) == 0
    text = capsys.readouterr().out
    assert [name for name in SHAPES if f"\n{name}\n" not in f"\n{text}"] == []
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert run("--markdown") == 0
    text = capsys.readouterr().out
    assert [name for name in SHAPES if f"\n| `{name}` |" not in text] == []
    assert run("--json") == 0
    shapes = json.loads(capsys.readouterr().out)["shapes"]
    assert [shape["name"] for shape in shapes] == list(SHAPES)
    assert sum(len(n) for shape in shapes for n in shape["names"].values()) == sum(
        map(len, NAMES.values())
    )


@pytest.mark.usefixtures("module")
def test_a_check_passes_with_0_and_fails_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--backend", "my_surrogates:arctan", "--shape")
    assert run(*asked, "arctan", "--alpha", "2") == 0
    assert "my_surrogates:arctan: passed: arctan, alpha = 2" in capsys.readouterr().out
    assert run(*asked, "rectangle", "--alpha", "2", "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["ok"]
    assert report["identified"]["shape"] == "arctan"
    assert run("--step", "my_surrogates:smooth", "--shape", "arctan", "--dtype", "float64") == 0
    assert run("--spike", "my_surrogates:spike", "--shape", "arctan") == 1
    assert run("--spike", "my_surrogates:spike", "--shape", "arctan", "--fires", ">") == 0


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("args", "text"),
    [
        ("--backend my_surrogates:arctan", "--shape: expected the name of a shape"),
        ("--backend my_surrogates:arctan --shape arctan --mu 1", "--mu: arctan has no such"),
        ("--backend my_surrogates:arctan --shape arctan --alpha 0", "--alpha: expected a number"),
        ("--backend my_surrogates:gone --shape arctan", "--backend my_surrogates:gone"),
        ("--backend my_surrogates:arctan --shape arctan --fires >", "--fires: needs --spike"),
        ("--backend my_surrogates:arctan --shape arctan --markdown", "--markdown: lists shapes"),
        ("--alpha 2", "--alpha: needs a function to check"),
    ],
)  # fmt: skip
def test_wrong_options_end_with_2(args: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*args.split()) == 2
    assert text in capsys.readouterr().err
