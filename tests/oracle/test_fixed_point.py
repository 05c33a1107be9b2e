"""Fixed point: exact in every rounding, against integers in C; other rules fail and are named."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.commands import run_cli

import liaf_ref as lr
from liaf_ref._core.errors import InputError
from liaf_ref.oracle import Case, GoldenCase, RandomCases, declare
from liaf_ref.oracle.deviations.layers import other_words
from liaf_ref.oracle.formats import OVERFLOWS, ROUNDINGS, Words, find_words
from liaf_ref.oracle.golden import load, save
from liaf_ref.oracle.table import PAPER
from oracle.deviating import by_text, deviating, named
from oracle.golden_sets import later_cases

C_SOURCE = Path(__file__).with_name("fixed_point.c")
WORDS = Words(4, 12)
Capture = pytest.CaptureFixture[str]


TEXT = {**PAPER, "store": WORDS.store}


def answer(case: Case, words: Words = WORDS) -> Any:
    """A right backend: the forward text in float64, each result stored."""
    return by_text({**PAPER, "store": words.store})(case)


@cache
def drawn(
    rounding: str = "nearest even", overflow: str = "saturate", count: int = 40
) -> tuple[GoldenCase, ...]:
    declaration = declare({"rounding": rounding, "overflow": overflow})
    return tuple(later_cases(count, seed=3, dtype="q4.12", max_size=300, declaration=declaration))


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        ("nearest even", [-2, -2, -1, 0, 0, 2, 2]),
        ("nearest up", [-2, -1, -1, 0, 1, 2, 3]),
        ("nearest away", [-3, -2, -1, 0, 1, 2, 3]),
        ("down", [-3, -2, -1, -1, 0, 1, 2]),
        ("to zero", [-2, -1, -1, 0, 0, 1, 2]),
    ],
)
def test_each_rule_rounds_ties_its_own_way(rounding: str, expected: list[int]) -> None:
    halves = np.array([-2.5, -1.5, -1, -0.25, 0.5, 1.5, 2.5])
    assert Words(8, 0, rounding).store(halves).tolist() == expected


@pytest.mark.parametrize("name", ["q1.15", "q4.21", "q20.13", "q4", "q04.12", "Q4.12", "q4.-1"])
def test_a_format_that_is_none_is_refused(name: str) -> None:
    assert find_words(name) is None
    with pytest.raises(InputError, match=r"^dtype of RandomCases: expected .*, got"):
        RandomCases(1, dtype=name)


@pytest.mark.parametrize("overflow", OVERFLOWS)
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_numbers_are_words_and_a_right_backend_passes(rounding: str, overflow: str) -> None:
    cases = drawn(rounding, overflow, 8)
    for golden in cases:
        for name, array in [*golden.case.items(), *golden.expected.items()]:
            assert (WORDS.store(array) == array).all(), (golden.name, name)
    declared = declare({"rounding": rounding, "overflow": overflow})
    words = WORDS._replace(rounding=rounding, overflow=overflow)
    report = lr.check_backend(partial(answer, words=words), dtype="q4.12", cases=cases)
    assert report.ok
    assert report.declaration.departures == declared.departures


@pytest.mark.parametrize("convention", [c.name for c in other_words(WORDS)])
def test_another_rule_fails_and_is_named(convention: str) -> None:
    chosen = next(c for c in other_words(WORDS) if c.name == convention)
    report = lr.check_backend(deviating(chosen, TEXT), dtype="q4.12", cases=drawn(count=160))
    assert report.failed
    assert [e.names for e in report.diagnosis.explanations] == [(convention,)]
    assert not report.diagnosis.unexplained


def test_a_convention_of_the_catalogue_is_named_in_fixed_point() -> None:
    soft = named("soft reset by v_th")
    backend = deviating(soft, TEXT)
    report = lr.check_backend(backend, dtype="q4.12", cases=drawn())
    assert [e.names for e in report.diagnosis.explanations] == [(soft.name,)]
    declaration = declare({"reset": "subtract"})
    declared = later_cases(20, dtype="q4.12", max_size=300, declaration=declaration)
    assert lr.check_backend(backend, dtype="q4.12", cases=declared).ok


def test_integers_are_words() -> None:
    golden = drawn()[0]
    words = {
        name: np.rint(array * 4096).astype(np.int16) for name, array in golden.expected.items()
    }
    assert golden.compare(words, dtype="q4.12").status == "passed"
    words[min(golden.required)] += 1
    assert golden.compare(words, dtype="q4.12").status == "failed"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"gates": True}, "gates of RandomCases: a case for q4.12 is exact"),
        ({"chunks": 2}, "chunks of RandomCases: cases for q4.12 are not cut"),
        ({"declaration": declare({"surrogate": "arctan"})}, "a surrogate that is no window rounds"),
    ],
)
def test_what_fixed_point_has_not_is_refused(options: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        RandomCases(1, dtype="q4.12", **options)


@pytest.mark.parametrize(
    ("dtype", "declaration", "reason"),
    [
        ("float32", {"rounding": "down"}, "expected a dtype such as q4.12 with rounding, got f"),
        (
            "q4.12",
            {"convolution": "winograd 2"},
            "expected a floating-point dtype with",
        ),
    ],
)
def test_a_rule_of_another_format_is_refused(
    dtype: str, declaration: dict[str, str], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        lr.check_backend(lr.oracle.run, dtype=dtype, declaration=declaration)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    path = tmp_path_factory.mktemp("program") / "fixed_point"
    subprocess.run([compiler, "-O2", str(C_SOURCE), "-o", str(path)], check=True)  # noqa: S603
    return path


@pytest.mark.parametrize("overflow", OVERFLOWS)
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_hex_vectors_are_what_integers_in_c_give(
    rounding: str, overflow: str, program: Path, tmp_path: Path
) -> None:
    folder, rules = tmp_path / "vectors", {"rounding": rounding, "overflow": overflow}
    for op in ("dense", "neuron"):
        how: dict[str, Any] = {"ops": [op], "max_size": 200, "declaration": declare(rules)}
        alone = later_cases(24, dtype="q5.11", **how)[::8]
        names = (replace(g.case, name=f"c{i}") for i, g in enumerate(alone))
        save(folder / op, [replace(g, case=c) for g, c in zip(alone, names, strict=True)])
        cases = [g.case for g in load(folder / op) if [n.op for n in g.case.nodes] == [op]]
        assert len(cases) >= 2
        for case in cases:
            out = folder / op / "answer"
            head = (folder / op, case.name, out, 5, 11, rounding, overflow, op)
            subprocess.run([program, *map(str, (*head, *_sizes(case)))], check=True)  # noqa: S603
            answers = [*folder.glob(f"{op}/answer.*")]
            for file in answers:
                array = file.name.removeprefix("answer.")
                assert file.read_text() == (folder / op / f"hex/{case.name}.{array}").read_text()
                file.unlink()
            assert len(answers) == len([*folder.glob(f"{op}/hex/{case.name}.[edg]*")])


def test_the_command_exports_words_as_declared(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "words.toml").write_text('rounding = "down"\noverflow = "wrap"\n')
    draw = ("--random", 2, "--op", "last", "--dtype", "q5.11")
    declared = ("--declare", tmp_path / "words.toml")
    assert run_cli(capsys, "oracle", "export", tmp_path / "set", *draw, *declared).returncode == 0
    for golden in load(tmp_path / "set"):
        assert golden.metadata["declared"] == ['rounding = "down"', 'overflow = "wrap"']
        assert [*tmp_path.glob(f"set/hex/{golden.name}.*")]


def _sizes(case: Case) -> tuple[object, ...]:
    X, (node,) = case["in/X"], case.nodes
    if node.op == "dense":
        K, L = case["par/d.W"].shape
        return X.size // K, K, L
    B, T, *S = X.shape
    options = node.options
    s = int(options["act"] == "spike" or options["mode"] == "TR")
    detached, mu = options["reset"] == "detached", options["mu"] * 2**11
    return B, T, int(np.prod(S)), options["act"], s, int(detached), mu
