"""The parser: every command and option, and what they refuse."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import figures
import numpy as np
import pytest
from data.events import dataset_trees
from data.events.writers import aedat3, make_event_array
from support import folder_contents, start_python, wait_for

from cli.commands import SMALL_SPEC, Cli
from liaf_ref._core.kinds import Kind
from liaf_ref.cli import options
from liaf_ref.cli.command_line import COMMANDS, ORACLE_COMMANDS, build_parser
from liaf_ref.cli.options import Parser
from liaf_ref.experiments import babi
from liaf_ref.experiments.babi import BabiConfig
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.runner.manifest import RUN, Manifest, write_manifest


def below(parser: argparse.ArgumentParser) -> dict[str, Parser]:
    """The parsers of a parser's commands."""
    found = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return dict(next(found).choices)


PRINT_MODULES = """import sys
from liaf_ref.cli import entry
try:
    entry()
finally:
    print(*sys.modules)"""
ALL = below(build_parser())
RUNS = below(ALL["run"])


@pytest.mark.parametrize("words", [["no-command"], ["--version"], []])
def test_every_command_is_there_and_alone_is_what_it_is_among_all(words: list[str]) -> None:
    for name in COMMANDS:
        (alone,) = below(build_parser([name, "--help"])).values()
        # `oracle` lists commands of its own.
        assert name == "oracle" or alone.format_help() == ALL[name].format_help()
    assert list(below(build_parser(words))) == list(ALL) == list(COMMANDS)
    assert list(below(below(build_parser(["oracle", *words]))["oracle"])) == list(ORACLE_COMMANDS)
    assert list(below(below(build_parser(["run", *words]))["run"])) == list(RUNS)


# What a line imports: a user waits for it, even if only a word of the line is wrong.
@pytest.mark.parametrize(
    ("line", "imported", "others"),
    [
        ("oracle --help", "argparse", "numpy liaf_ref.oracle.golden liaf_ref.layers"),
        ("cost --help", "liaf_ref.cli.cost", "liaf_ref.cli.run liaf_ref.oracle tqdm"),
        ("run babi --taks", "liaf_ref.experiments.babi", "liaf_ref.experiments.dvs tqdm"),
        ("run gesture --taks", "liaf_ref.experiments.dvs", "liaf_ref.experiments.coding tqdm"),
        ("oracle check --bakend", "liaf_ref.cli.oracle_check", "liaf_ref.oracle.golden tqdm"),
    ],
)
def test_a_line_imports_what_it_needs(
    tmp_path: Path, line: str, imported: str, others: str
) -> None:
    done = wait_for(start_python("-c", PRINT_MODULES, *line.split(), cwd=tmp_path))
    modules = done.stdout.splitlines()[-1].split()
    assert imported in modules
    assert not set(others.split()) & set(modules)


# One of each mechanism; the generated test below tries what each option cannot take.
BABI, RECORDINGS = "run babi --epochs 1", "run n-mnist --partial --scale smoke --data N-MNIST"
TABLE, EVENTS, COST = "table03 --csv", "events user01_led.aedat", "cost mnist-dvs-lif"
CASES = {
    "run": "the following arguments are required: EXPERIMENT",
    f"{BABI} --epchs 5": "--epchs 5; did you mean --epochs?; see liaf-ref run babi --help\n",
    f"{BABI} --edit en": "unrecognized arguments: --edit en",
    f"{BABI} --cells liaf,gnu": "cells among liaf,lif,rnn,lstm,gru, got 'gnu'; cells of your own",
    f"{BABI} --tasks 1,5-3": "ranges with the smaller number first, got '1,5-3'",
    f"{BABI} --dask h": "--dask: expected the address of a Dask scheduler, or its scheduler file",
    f"{BABI} --resume --out typo": "expected runs to resume in typo, got none; start them without",
    f"{BABI} --out mine/o": "mine/o: cannot be created: Not a directory",
    "run n-mnist": "--data: expected the published folder of N-MNIST; `liaf-ref data --where n-mn",
    "run order --data N-MNIST": "unrecognized arguments: --data N-MNIST",
    f"{RECORDINGS} --validation-fraction 0.01": "--validation-fraction: expected enough rec",
    f"{RECORDINGS} --batch-size 1000000000": "needs",
    f"{RECORDINGS} --cells conv3d --mu 0.3": "--mu: expected no value, got 0.3: conv3d",
    f"{RECORDINGS} --frames 7": "--frames: expected a divisor of 300000, the length of a recording",
    "sweep s.toml --jobs 2 --dask h:1": "argument --dask: not allowed with argument --jobs",
    "sweep s.toml --partial": "--partial: expected no value for babi, got True",
    "resume .": "nothing to resume: expected a run, a folder of runs or a sweep, got no manifest",
    "data": "error: data: expected `DIR --verify` or `--where NAME`, got neither",
    "data mine --where gesture": "--where: cannot be combined with DIR",
    "data empty --verify": "error: empty: expected a folder of N-MNIST, MNIST",
    "babi generate --out mine --tasks 1 --stories 1": "mine/en: cannot be created: Not a directory",
    EVENTS.replace("user", "no"): "no01_led.aedat: cannot be read: No such file or directory",
    f"{EVENTS} --window 5": "--window: requires --out",
    f"{EVENTS} --out o --labels l.csv": "--labels: requires --clip, the row of the gesture",
    f"{EVENTS} --out o --window 1": "expected at most 300 frames, got 2000; choose a longer window",
    f"{EVENTS} --out o --clip 3": "--clip: expected a row from 1 to 2 of user01_led_labels.csv",
    "simulate": "simulate: expected a KIND or --compare, got neither",
    "simulate gesture --flicker": "--flicker: expected False, as gestures are not shown",
    "simulate gesture --scale 4": "--scale: only mnist-dvs has scales, got gesture",
    "simulate mnist-dvs --out a.aedat": "--out: expected a file name ending in .npz, got a.aedat",
    "simulate mnist-dvs --each 1": "--each: requires --compare",
    "simulate mnist-dvs --compare": "--compare: cannot be combined with KIND",
    "simulate --compare --flicker": "--flicker: cannot be combined with --compare",
    "cost tables --batch 8": "--batch: cannot be combined with `tables`, which uses the paper's",
    "cost babi-liaf --recompute": "--recompute: expected a network without branches, got one with",
    "cost babi-liaf --params p": "NETWORK: expected a network for event frames, got babi-liaf",
    f"{COST} --params p": "--frames: required together with --params",
    f"{COST} --frames f": "--params: required together with --frames",
    "gradcheck nix": "M:F",
    f"{TABLE} mine s.toml": "mine: already exists; remove it",
    f"{TABLE} new --out ./new s.toml": "--out: expected another file than --csv, got new",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of each kind of input."""
    folder, steps = tmp_path_factory.mktemp("refusals"), np.arange(2000)
    dataset_trees.write_n_mnist(folder / "N-MNIST", train=2, test=1)
    (folder / "mine").write_bytes(b"mine")
    (folder / "empty").mkdir()
    (folder / "s.toml").write_text(SMALL_SPEC, "utf-8")
    events = make_event_array(steps * 1000 + 7, steps % 100, steps % 90, steps % 4 > 0)
    (folder / "user01_led.aedat").write_bytes(aedat3(events, (300, 900)))
    labels = "class,startTime_usec,endTime_usec\n2,100000,400000\n11,500000,700000\n"
    (folder / "user01_led_labels.csv").write_text(labels)
    return folder


@pytest.mark.parametrize("line", CASES)
def test_a_refusal_is_one_message(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("LIAF_REF_DATA", raising=False)
    before = list(folder.rglob("*"))
    code, out, err = cli(*line.split())
    assert (code, out) == (2, "")
    assert CASES[line] in err
    assert err.startswith("liaf-ref")
    assert ": error: " in err
    lines = [each for each in err.splitlines() if not each.startswith("liaf-ref: data: generated")]
    assert len(lines) == 1, err
    assert list(folder.rglob("*")) == before
    assert folder_contents(folder)["mine"] == b"mine"


LONG = "x" * 5000
ANYTHING = {"case"}  # a pattern; that none was checked is an answer

# What else a command needs, so that the option alone is at fault.
NEEDED: dict[str, list[str]] = {
    "run babi": ["--generated"],
    "run n-mnist": ["--data", "."],
    "resume": ["runs"],
    "sweep": ["spec.toml", "--generated"],
    "table03": ["."],
    "report": [".", "--out", "out"],
    "babi generate": ["--out", "out"],
    "simulate": ["mnist-dvs"],
    "events": ["events.bin", "--format", "n-mnist"],
    "cost": ["mnist-dvs-liaf"],
    "oracle check": ["--backend", "liaf_ref.oracle:run"],
    "oracle explain": ["trace.csv"],
    "oracle export": ["out"],
    "oracle export-onnx": ["out"],
    "gradcheck": ["oracle.test_gradcheck:_dropout_target"],
}
PARSER = build_parser()
SPEC = 'experiment = "mnist-dvs"\n[common]\nscale = "smoke"\n[grid]\ncell = ["liaf"]\n'
NOTHING = argparse._HelpAction | argparse._VersionAction
NUMBERS = ["", "nan", "-inf", "1e999", "1_0", "1,5", LONG]
WHOLES = ["", "-1", "1.5", "nan", "1_0", "9" * 5000]
WORDS = ["", "x", "LIAF", " ", LONG]
LISTS = ["", "q", ",", "liaf,", "1;2", LONG]
PATHS = ["", LONG]


class Option(NamedTuple):
    """An option, and what may not stand behind it."""

    command: str
    flag: str
    invalid_values: list[str]

    def __str__(self) -> str:
        return f"{self.command} {self.flag}".strip()


def walk(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every argument of every command."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from walk(below, f"{path} {name}".strip())
        elif not isinstance(action, NOTHING):
            yield path, action


def invalid_values(action: argparse.Action) -> list[str]:
    """What no option of this kind can take."""
    if action.nargs == 0:
        return ["=1"]
    if action.choices:
        return WORDS
    reader = action.type
    if isinstance(kind := getattr(reader, "__self__", None), Kind):
        return {"N": WHOLES, "X": NUMBERS}.get(kind.metavar, WORDS)
    kind = getattr(reader, "__qualname__", "").partition(".")[0]
    if kind in ("int_list", "text_list", "levels", "table_name"):
        return LISTS
    paths = {options.any_path, options.output_path, options.new_file, options.new_dir}
    return PATHS if reader in paths else WORDS


def same_options(command: str, action: argparse.Action) -> object:
    """Which options are read alike: those of all experiments on recordings, and of all studies."""
    shared = command.startswith("run ") and command != "run babi"
    return "run" if shared else command, *action.option_strings, repr(action.choices)


EVERY = list(walk(PARSER))
OPTIONS = [
    Option(command, max(action.option_strings, key=len, default=""), invalid_values(action))
    for command, action in {same_options(*found): found for found in EVERY}.values()
    if action.dest not in ANYTHING
]


@pytest.fixture
def here(here: Path) -> Path:
    (here / "spec.toml").write_text(SPEC)
    manifest = Manifest(RUN, babi.EXPERIMENT, DataSource(), {"gru": BabiConfig(1, "gru", epochs=1)})
    (here / "runs").mkdir()
    write_manifest(here / "runs", manifest)
    (here / "events.bin").write_bytes(bytes(range(100)))
    return here


@pytest.mark.parametrize("option", OPTIONS, ids=str)
def test_what_it_cannot_take_is_refused_by_name(option: Option, cli: Cli, here: Path) -> None:
    before = folder_contents(here)
    for value_text in option.invalid_values:
        ended = cli(*given(option, value_text))
        text = f"{option} {value_text[:40]!r}: {str(ended)[:600]}"
        assert (ended.returncode, ended.stdout) == (2, ""), text
        assert ended.stderr.count("error: ") == 1, text
        assert len(ended.stderr) < 700, text
        is_path = option.invalid_values == PATHS and value_text
        named = option.flag.lstrip("-"), value_text[:9] if is_path else "\0"
        assert any(name in ended.stderr for name in named), text
        assert folder_contents(here) == before, text
    figures.record("values", len(option.invalid_values))
    assert len(EVERY) > 500 > len(OPTIONS) > 200


def given(option: Option, value_text: str) -> list[str]:
    """The command line."""
    needed = NEEDED.get(option.command, [])
    if not option.flag:  # it has a place instead
        return [*option.command.split(), value_text, *needed[1:]]
    value = value_text if value_text == "=1" else f"={value_text}"
    return [*option.command.split(), *needed, f"{option.flag}{value}"]
