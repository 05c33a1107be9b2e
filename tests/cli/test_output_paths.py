"""Where a command writes is tried before its work."""

from pathlib import Path

import pytest
from support import folder_contents

from cli.commands import run_cli
from cli.failing_disks import ReadOnlyDisk

Capture = pytest.CaptureFixture[str]

# None of the inputs is there, which each command would say if it read them first.
COMMANDS = [
    "run babi --data none --out o",
    "run babi --data none",  # to a numbered folder of `runs`
    "run degradation --data none",
    "sweep none.toml --out o",
    "sweep none.toml",
    "report none --out o",
    "table03 none.csv --csv o",
    "table03 none.csv --out o",
    "events none --out o",
    "simulate none --out o",
    "babi generate --tasks 1-20 --stories 1 --out o",
    "oracle check --exec none --junit o",
    "oracle check --exec none --badge o",
    "oracle check --exec none --save o",
    "oracle export o --level L0",
    "oracle export-onnx o --level L0",
    "oracle explain none.csv --plot o",
    "oracle surrogates --figure o",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_cannot_be_written_is_found_before_the_work(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, here: Path, command: str
) -> None:
    monkeypatch.setattr("liaf_ref.data.babi.generate_text", None)
    with ReadOnlyDisk(here, 0).patched():
        code, out, err = run_cli(capsys, *command.split())
    name = "o" if " o" in command else "runs"
    reason = "cannot be written: Read-only file system"
    assert (code, out, err) == (1, "", f"liaf-ref: error: {name}: {reason}\n")


FILES = (
    "simulate mnist-dvs --out mine.npz",
    "simulate --compare --figure mine.png",
    "table03 none.csv --out mine.md",
    "table03 mine.csv mine.csv --csv mine.md",
    "oracle check --exec none --junit mine.xml",
    "oracle check --exec none --badge mine.svg",
    "oracle explain none.csv --plot mine.png",
    "oracle explain none.csv --write-input mine.csv",
    "oracle surrogates --figure mine.png",
)


@pytest.mark.parametrize("command", FILES)
@pytest.mark.parametrize("kind", ["a file", "a link to nothing"])
def test_a_file_of_the_user_stays(capsys: Capture, here: Path, command: str, kind: str) -> None:
    name = command.rsplit(maxsplit=1)[-1]
    if kind == "a file":
        (here / "mine.csv").write_bytes(b"mine")
        (here / name).write_bytes(b"mine")
    else:
        (here / name).symlink_to("none")
    before = folder_contents(here)
    code, out, err = run_cli(capsys, *command.split())
    assert (code, out) == (2, "")
    assert err == f"liaf-ref: error: {name}: already exists; remove it, or choose another name\n"
    assert folder_contents(here) == before


def test_a_listing_of_a_sweep_needs_no_folder(capsys: Capture, here: Path, fake: Path) -> None:
    with ReadOnlyDisk(here, 0).patched():
        assert run_cli(capsys, "sweep", fake, "--dry-run").returncode == 0


@pytest.mark.parametrize("command", ["report r", "events x.bin", "babi generate"])
@pytest.mark.parametrize("name", ["run.json", "manifest.json"])
def test_results_do_not_go_into_the_folder_of_a_run(
    capsys: Capture, here: Path, command: str, name: str
) -> None:
    (here / "r").mkdir()
    (here / "r" / name).write_text("{}")
    code, out, err = run_cli(capsys, *command.split(), "--out", "r")
    assert (code, out) == (2, "")
    assert err.startswith("liaf-ref: error: r: ")
    assert [path.name for path in (here / "r").iterdir()] == [name]
