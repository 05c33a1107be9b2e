"""docs/verify/golden-format.md: what its code reads in another language is what is there."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from liaf_ref.oracle.golden.arrays import ROLES
from oracle.golden_sets import SMALL_SET, golden_cases_named, save_small_set

PAGE = (Path(__file__).parents[2] / "docs" / "verify" / "golden-format.md").read_text("utf-8")
MAIN = """
#include <cstdio>
int main(int, char** words) {
  for (double number : read(words[1], words[2])) std::printf("%.17g\\n", number);
}
"""


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no C++ compiler")
def test_the_reader_in_cpp(tmp_path: Path) -> None:
    (code,) = re.findall(r"```cpp\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "reader.cpp").write_text(code + MAIN)
    reader = tmp_path / "reader"
    subprocess.run(["g++", "-Wall", "-Werror", tmp_path / "reader.cpp", "-o", reader], check=True)  # noqa: S603, S607
    save_small_set(tmp_path / "set")
    (golden,) = golden_cases_named(SMALL_SET[1])
    path = tmp_path / "set" / f"{golden.case.name}.safetensors"
    tolerances = {f"tol/{name}@float32": a for name, a in golden.tolerance["float32"].items()}
    arrays = {**golden.case, **golden.expected, **tolerances}
    for name in (
        "par/head.W",
        "exp/ce.loss",
        "grad/par/story.U",
        "in/y",
        "tol/grad/par/story.U@float32",
    ):
        done = subprocess.run([reader, path, name], check=True, capture_output=True)  # noqa: S603
        numbers = np.array([float(line) for line in done.stdout.split()])
        assert np.array_equal(numbers, np.ravel(arrays[name]))
    for place, name, reason in ((path, "in/none", "no array"), (tmp_path / "none", "in/y", "open")):
        done = subprocess.run([reader, place, name], check=False, capture_output=True)  # noqa: S603
        assert done.returncode
        assert reason in done.stderr.decode()


def test_every_prefix_is_explained() -> None:
    table = PAGE.partition("## Names")[2].partition("## What is compared")[0]
    assert set(re.findall(r"^\| `(\w+)/", table, re.MULTILINE)) == set(ROLES)


def test_every_key_of_a_case_is_explained() -> None:
    table = PAGE.partition("| key |")[2].partition("Ignore keys")[0]
    explained = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|(.*?)\|", table, re.MULTILINE))))
    facts = {
        key
        for golden in golden_cases_named(*SMALL_SET, "l0_exact_max_pool")
        for key in golden.metadata
    }
    head = {"name", "level", "description", "nodes", "optimizer", "exact", "required", "arrays"}
    # Of cases in chunks, in fixed point and of a declaration, of which the set has none.
    head |= {"chunks", "dtype", "rounding", "overflow", "declared"}
    assert explained == facts | head
