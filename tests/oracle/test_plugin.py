"""The pytest plugin, in a pytest of its own."""

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

def wrong(case):
    shift = case.name == "l3_fig5_lif"
    return {n: a + shift if n == "grad/par/head.b" else a for n, a in answer(case).items()}
"""
LEVEL = "--liaf-level=L3"
# Plugins of others, which take seconds to load or, the last, load NumPy and set its seed.
OTHERS = ("nbmake", "anyio", "hypothesispytest", "randomly")
QUICK = ("-rA", "-pno:cacheprovider", *(f"-pno:{name}" for name in OTHERS))
pytest_plugins = ["pytester"]
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run_pytest(pytester: pytest.Pytester) -> Run:
    """Run a pytest of its own in this process, in a folder where the backend is."""
    pytester.makepyfile(mine=BACKEND)

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
    code, out = in_a_process(tmp_path, "--liaf-backend=mine:answer", LEVEL)
    assert code == 0
    assert "26 passed, 1 skipped" in out
    assert "PASSED liaf_ref::l3_fig5_liaf" in out
    assert "no GRU" in out


def test_levels_are_stated_as_on_the_command_line(run_pytest: Run) -> None:
    options = ("--liaf-backend=mine:answer", "--liaf-level=L3..L4", "-k", "l3_fig5_gru or l4_sgd")
    code, out = run_pytest(*options)
    assert code == 0
    assert "SKIPPED" in out
    assert "PASSED liaf_ref::l4_sgd" in out


def test_cases_can_be_chosen_as_any_test(run_pytest: Run) -> None:
    code, out = run_pytest("--liaf-backend=mine:answer", "-k", "l3_fig5_liaf_relu")
    assert code == 0
    assert "2 passed" in out  # the case, and that a case was checked
    assert "deselected" in out


@pytest.mark.parametrize("more", [(), ("-k", "l3_fig5_liaf_relu")])
def test_a_backend_that_declines_all_fails(more: tuple[str, ...], run_pytest: Run) -> None:
    code, out = run_pytest("--liaf-backend=mine:nothing", LEVEL, *more)
    assert code == 1
    assert "FAILED liaf_ref::checked - the backend declined every selected case" in out


def test_a_backend_that_declines_all_fails_in_many_processes(tmp_path: Path) -> None:
    code, out = in_a_process(tmp_path, "--liaf-backend=mine:nothing", LEVEL, "-n", "2")
    assert code == 1
    assert "FAILED liaf_ref::checked - the backend declined every selected case" in out


def test_a_case_checked_in_another_process_counts(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(
        "import mine\n"
        "def answer(case):\n"
        "    return (mine.answer if case.name == 'l3_fig5_liaf' else mine.nothing)(case)\n"
    )
    code, out = in_a_process(tmp_path, "--liaf-backend=one:answer", LEVEL, "-n", "2")
    assert (code, "2 passed, 25 skipped" in out) == (0, True), out


def shift(run_pytest: Run, *options: str) -> tuple[int, str]:
    return run_pytest("--liaf-backend=mine:wrong", "-k", "l3_fig5_li", *options)


def test_a_wrong_case_is_a_failed_test_that_says_where(run_pytest: Run) -> None:
    code, out = shift(run_pytest)
    assert code == 1
    assert "1 failed" in out
    assert "FAILED liaf_ref::l3_fig5_lif - " in out
    assert "grad/par/head.b" in out
    assert "plugin.py" not in out


def waivers(folder: Path, tensor: str) -> str:
    path = folder / "waivers.toml"
    text = f'[[waive]]\ncase = "l3_fig5_lif*"\ntensor = "{tensor}"\nreason = "kept"\n'
    path.write_text(text, "utf-8")
    return f"--liaf-waive={path}"


def test_a_waived_case_is_an_expected_failure(run_pytest: Run, tmp_path: Path) -> None:
    code, out = shift(run_pytest, waivers(tmp_path, "grad/par/*.b"))
    assert code == 0
    assert "1 xfailed" in out
    assert "kept" in out


def test_a_waiver_without_need_is_a_failed_test(run_pytest: Run, tmp_path: Path) -> None:
    options = (LEVEL, waivers(tmp_path, "*"))
    code, out = run_pytest("--liaf-backend=mine:answer", *options)
    assert code == 1
    assert "unused waiver" in out


@pytest.mark.parametrize(
    "option",
    [
        "--liaf-backend=mine:none",
        "--liaf-level=L9",
        "--liaf-level=L3..L1",
        "--liaf-waive=no_such_file",
        "--liaf-exec=no_such_program",
        f"--liaf-exec={sys.executable}",
        "--liaf-loop",
        "--liaf-random=0",
        "--liaf-random=5 --liaf-seed=-1",
        "--liaf-random=5 --liaf-level=L0",
        "--liaf-dtype=tf32 --liaf-level=L0",
        "--liaf-dtype=float8",
        "--liaf-dtype=q1.15",
    ],
)
def test_what_is_refused_is_refused_before_any_test(option: str, run_pytest: Run) -> None:
    backend = () if "backend" in option else ("--liaf-backend=mine:answer",)
    code, out = run_pytest(*option.split(), *backend)
    assert code == 4
    assert "INTERNALERROR" not in out


def test_what_cannot_be_a_backend_is_refused_by_name(run_pytest: Run) -> None:
    code, out = run_pytest("--liaf-backend=operator:add")
    assert code == 4
    assert "ERROR: --liaf-backend: expected a function of one argument, backend(case), got" in out


def test_random_cases_are_drawn_by_seed(run_pytest: Run) -> None:
    options = ("--liaf-random=900", "--liaf-seed=7", "-k", "random-7-0001 or random-7-0003")
    code, out = run_pytest("--liaf-backend=mine:answer", *options)
    assert code == 0
    assert "PASSED liaf_ref::random-7-0003" in out
    assert "3 passed, 898 deselected" in out  # and that a case was checked


def test_the_precisions_are_those_of_the_command(run_pytest: Run) -> None:
    options = ("--liaf-dtype=bfloat16", "-k", "0001")
    code, out = run_pytest("--liaf-backend=mine:answer", *options)
    assert code == 0
    assert "PASSED liaf_ref::random-bfloat16-0-0001" in out
    assert "2 passed, 99 deselected" in out
    _, out = run_pytest("--liaf-backend=mine:answer", "--liaf-dtype=q4.12", "-k", "0001")
    assert "liaf_ref::random-q4.12-0-0001" in out


def test_a_backend_is_judged_by_what_it_declares(run_pytest: Run, tmp_path: Path) -> None:
    file = tmp_path / "liaf.toml"
    file.write_text('reset = "subtract"\nops = ["neuron"]\n', "utf-8")
    chosen = ("--liaf-backend=mine:subtracts", "-k", "l0_lif_all_mu0300 or checked")
    assert run_pytest(*chosen)[0] == 1
    code, out = run_pytest(*chosen, f"--liaf-declare={file}")
    assert code == 0
    assert "PASSED liaf_ref::l0_lif_all_mu0300" in out
    options = ("--liaf-random=4", f"--liaf-declare={file}")
    assert run_pytest("--liaf-backend=mine:subtracts", *options)[0] == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('reset = "soft"', "liaf.toml:1: reset: unknown value 'soft'; expected one of"),
        ('dtype = ["float64"]', "--liaf-dtype: the declaration has only float64, got float32"),
        ("reset = ", "expected TOML"),
    ],
)
def test_a_declaration_of_nonsense_is_refused(
    run_pytest: Run, tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "liaf.toml"
    file.write_text(text, "utf-8")
    code, out = run_pytest("--liaf-backend=mine:answer", f"--liaf-declare={file}")
    assert code == 4
    assert message in out


def test_a_case_is_asked_again(run_pytest: Run, tmp_path: Path) -> None:
    options = ("--liaf-backend=mine:stateful", "-k", "l0_last")
    code, out = run_pytest(*options)
    assert (code, "1 failed, 1 passed" in out) == (1, True), out
    assert "the backend's answers differ the same case twice in a row" in out


def test_a_program_has_a_time_limit(run_pytest: Run) -> None:
    options = ("--liaf-loop", "--liaf-timeout=0.1", "-k", "l0_last")
    code, out = run_pytest("--liaf-exec=sleep 60", *options)
    assert code == 1
    assert "timed out after 0.1 s" in out


def test_a_program_beside_a_backend_is_refused_by_name(run_pytest: Run) -> None:
    _, out = run_pytest(f"--liaf-exec={sys.executable}", "--liaf-backend=mine:answer")
    assert "ERROR: --liaf-exec: cannot be combined with --liaf-backend" in out.splitlines()


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
