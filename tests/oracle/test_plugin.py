"""The pytest plugin, in a pytest of its own."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# A run in this process forgets what it imports, but names that liaf_ref.oracle has looked up stay:
# without these imports the backend's Declined is another class than the checker's.
import liaf_ref.oracle.checker
import liaf_ref.oracle.table  # noqa: F401

BACKEND = """
import numpy as np
from liaf_ref.oracle import Declined, declare, run, table

calls = []

def subtracts(case):
    found = table.run(case, text=declare({"reset": "subtract"}).text)
    return {name: np.asarray(a, case["in/X"].dtype) for name, a in found.items()}

def stateful(case):
    calls.append(case)
    return {n: a + len(calls) * (n == "exp/r.Y") - (n == "exp/r.Y") for n, a in run(case).items()}

def answer(case):
    if case.name == "l3_fig5_gru":
        raise Declined("no GRU")
    return run(case)

def nothing(case):
    raise Declined("nothing")

def one(case):
    return (answer if case.name == "l3_fig5_liaf" else nothing)(case)

def wrong(case):
    shift = case.name == "l3_fig5_lif"
    return {n: a + shift if n == "grad/par/head.b" else a for n, a in answer(case).items()}
"""
LEVEL = ("--liaf-level=L3", "--liaf-stored")
DECLINED_ALL = "FAILED liaf_ref::checked - the backend declined every selected case"
# Plugins of others, which take seconds to load or, the last, load NumPy and set its seed.
OTHERS = ("nbmake", "anyio", "hypothesispytest", "randomly")
QUICK = ("-rA", "-pno:cacheprovider", *(f"-pno:{name}" for name in OTHERS))
pytest_plugins = ["pytester"]
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run_pytest(pytester: pytest.Pytester) -> Run:
    """Run a pytest of its own in this process, in a folder where the backend and files are."""
    pytester.makepyfile(mine=BACKEND)
    waiver = '[[waive]]\ncase = "l3_fig5_lif*"\ntensor = "{}"\nreason = "kept"\n'
    files = {"bias": waiver.format("grad/par/*.b"), "all": waiver.format("*")}
    files["declared"] = 'reset = "subtract"\nops = ["neuron"]\n'
    files |= {"soft": 'reset = "soft"', "broken": "reset = "}
    for name, text in files.items():
        pytester.path.joinpath(f"{name}.toml").write_text(text, "utf-8")

    def run(*options: str) -> tuple[int, str]:
        done = pytester.runpytest_inprocess(*QUICK, *options)
        return int(done.ret), f"{done.stdout}\n{done.stderr}"

    return run


def in_a_process(folder: Path, *options: str) -> tuple[int, str]:
    """Run pytest as a user does."""
    (folder / "mine.py").write_text(BACKEND, "utf-8")
    command = [sys.executable, "-m", "pytest", *QUICK, *options]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_one_test_per_case_without_any_test_file(tmp_path: Path) -> None:
    code, out = in_a_process(tmp_path, "--liaf-backend=mine:answer", *LEVEL)
    assert code == 0
    assert "26 passed, 1 skipped" in out
    assert "PASSED liaf_ref::l3_fig5_liaf" in out
    assert "no GRU" in out


@pytest.mark.parametrize(
    ("backend", "workers", "code", "text"),
    [("nothing", 1, 1, DECLINED_ALL), ("one", 2, 0, "2 passed, 25 skipped")],
)
def test_what_was_checked_in_another_process_counts(
    backend: str, workers: int, code: int, text: str, tmp_path: Path
) -> None:
    found, out = in_a_process(tmp_path, f"--liaf-backend=mine:{backend}", *LEVEL, f"-n{workers}")
    assert (found, text in out) == (code, True), out


LIMIT = ("--liaf-exec=sleep 60", "--liaf-loop", "--liaf-timeout=0.1", "-k", "l0_last")
RANDOM = ("--liaf-random=900", "--liaf-seed=7", "-k", "random-7-0001 or random-7-0003")
NOT_DECLARED = ("mine:subtracts", "--liaf-level=L0", "-k", "l0_lif_all_mu0300 or checked")
LIF = ("mine:wrong", "-k", "l3_fig5_li")
RUNS = {  # options after the backend, exit code, and what is printed
    "levels": (
        ("mine:answer", "--liaf-level=L3,L4", "-k", "l3_fig5_gru or l4_sgd"),
        0,
        ["SKIPPED", "PASSED liaf_ref::l4_sgd"],
    ),
    "a choice": (  # the case, and that a case was checked
        ("mine:answer", "-k", "l3_fig5_liaf_relu"),
        0,
        ["2 passed", "deselected"],
    ),
    "all declined": (("mine:nothing", *LEVEL), 1, [DECLINED_ALL]),
    "the one declined": (("mine:nothing", "-k", "l3_fig5_liaf_relu"), 1, [DECLINED_ALL]),
    "wrong": (LIF, 1, ["1 failed", "FAILED liaf_ref::l3_fig5_lif - ", "grad/par/head.b"]),
    "waived": ((*LIF, "--liaf-waive=bias.toml"), 0, ["1 xfailed", "kept"]),
    "waived without need": (
        ("mine:answer", *LEVEL, "--liaf-waive=all.toml"),
        1,
        ["unused waiver"],
    ),
    "random": (
        ("mine:answer", *RANDOM),
        0,
        ["PASSED liaf_ref::random-7-0003", "3 passed, 898 des"],
    ),
    "few bits": (
        ("mine:answer", "--liaf-dtype=bfloat16", "-k", "0001"),
        0,
        ["PASSED liaf_ref::random-bfloat16-0-0001", "2 passed, 99 deselected"],
    ),
    "fixed point": (
        ("mine:answer", "--liaf-dtype=q4.12", "-k", "000"),
        1,  # it does not round
        ["FAILED liaf_ref::random-q4.12-0-000"],
    ),
    "not declared": (NOT_DECLARED, 1, ["FAILED liaf_ref::l0_lif_all_mu0300"]),
    "declared": (
        (*NOT_DECLARED, "--liaf-declare=declared.toml"),
        0,
        ["PASSED liaf_ref::l0_lif_all_mu0300"],
    ),
    "declared and random": (
        ("mine:subtracts", "--liaf-random=4", "--liaf-declare=declared.toml"),
        0,
        ["5 passed"],
    ),
    "asked again": (
        ("mine:stateful", "-k", "l0_last"),
        1,
        ["1 failed, 1 passed", "the backend's answers differ the same case twice in a row"],
    ),
    "late": (("", *LIMIT), 1, ["timed out after 0.1 s"]),
}


@pytest.mark.parametrize("name", RUNS)
def test_each_case_is_a_test(name: str, run_pytest: Run) -> None:
    (backend, *options), code, texts = RUNS[name]
    found, out = run_pytest(*([f"--liaf-backend={backend}"] if backend else []), *options)
    assert found == code, out
    assert [text for text in texts if text not in out] == [], out
    assert "SKIPPED" in out or "oracle_tests.py" not in out


def test_help_has_a_text_for_each_option(run_pytest: Run) -> None:
    code, out = run_pytest("--help")
    shown = out.partition("gradients of a LIAF-Net backend:\n")[2].partition("\n\n")[0]
    options = re.findall(r"^ +--liaf-\S+\s+(?:[a-z]\S* \S+|TOML)", shown, re.M)
    assert code == 0
    assert len(options) == shown.count("--liaf-") - len(re.findall(r"\S --liaf-", shown)) > 9


REFUSED = {
    "--liaf-backend=mine:none": "",
    "--liaf-backend=operator:add": "--liaf-backend: expected a function of one argument, backend(",
    "--liaf-level=L9": "--liaf-level: expected levels from L0 to L4",
    "--liaf-level=L3..L1": "--liaf-level: expected levels",
    "--liaf-waive=no_such_file": "no_such_file",
    "--liaf-exec=no_such_program": "--liaf-exec: ",
    f"--liaf-exec={sys.executable}": "--liaf-exec: cannot be combined with --liaf-backend",
    "--liaf-loop": "--liaf-loop: expected --liaf-exec COMMAND with it",
    "--liaf-random=0": "--liaf-random: ",
    "--liaf-random=5 --liaf-seed=-1": "--liaf-seed: ",
    "--liaf-random=5 --liaf-level=L0": "--liaf-level: cannot be combined with random cases",
    "--liaf-dtype=tf32 --liaf-level=L0": "--liaf-level: cannot be combined with random cases",
    "--liaf-dtype=float8": "--liaf-dtype: ",
    "--liaf-dtype=q1.15": "--liaf-dtype: ",
    "--liaf-declare=soft.toml": "soft.toml:1: reset: unknown value 'soft'; expected one of",
    "--liaf-declare=broken.toml": "expected TOML",
}


@pytest.mark.parametrize("option", REFUSED)
def test_what_is_refused_is_refused_before_any_test_by_its_option(
    option: str, run_pytest: Run
) -> None:
    backend = () if "backend" in option else ("--liaf-backend=mine:answer",)
    code, out = run_pytest(*option.split(), *backend)
    assert code == 4
    assert f"ERROR: {REFUSED[option]}" in out or REFUSED[option] in out.partition("ERROR: ")[2]
    assert "INTERNALERROR" not in out


def test_it_loads_nothing_and_adds_nothing_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text(
        "import sys\n"
        "def test_nothing():\n"
        "    loaded = {m for m in sys.modules if m.startswith(('liaf_ref', 'numpy'))}\n"
        "    loaded -= {'liaf_ref.kernels', 'liaf_ref._core'}  # empty packages\n"
        "    assert loaded == {'liaf_ref', 'liaf_ref.oracle', 'liaf_ref.oracle.plugin'}\n",
        "utf-8",
    )
    code, out = in_a_process(tmp_path, "-pno:xdist")
    assert (code, "1 passed" in out) == (0, True), out


def test_the_oracle_itself_loads_nothing_but_numpy() -> None:
    code = (
        "import sys, liaf_ref.oracle as o\n"
        "assert not any(m.startswith('numpy') for m in sys.modules)\n"
        "o.check_backend, o.run, o.Case\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'scipy', 'torch', 'jax',"
        " 'matplotlib', 'mpmath', 'tqdm', 'pytest'}))\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
