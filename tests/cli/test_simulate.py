"""``liaf-ref simulate``."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from data.real_data import real_data_path

from cli.commands import run_cli
from liaf_ref.data import read_events
from liaf_ref.data.simulator import DigitSource, GestureSource, comparison

Capture = pytest.CaptureFixture[str]


def test_what_is_written_is_read_again(capsys: Capture, here: Path) -> None:
    arguments = ["--class", "3", "--number", 4, "--seed", 7, "--duration", 80, "--scale", 16]
    code, out, err = run_cli(capsys, "simulate", "mnist-dvs", *arguments, "--out", "three.npz")
    assert (code, err) == (0, "")
    expected = DigitSource(7, 80_000, scale=16).events(3, 4)
    assert (read_events(here / "three.npz") == expected).all()
    assert out.startswith(f"MNIST-DVS, simulated: 3, {len(expected):,} events in 80 ms\n")
    for fact in ("rate", "ON fraction", "isolated", "times real time"):
        assert f"\n  {fact} " in out


def test_json_says_what_was_simulated(capsys: Capture, here: Path) -> None:
    arguments = ["--class", "air guitar", "--duration", 100, "--json"]
    code, out, err = run_cli(capsys, "simulate", "gesture", *arguments)
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["name"], found["class"], found["number"]) == ("gesture", "air guitar", 0)
    assert found["event_count"] == len(GestureSource(0, 100_000).events(9, 0))
    assert found["real_time_factor"] == pytest.approx(0.1 / found["seconds_taken"])
    assert found["out"] is None
    assert not list(here.iterdir())


def test_a_flicker_makes_another_recording(capsys: Capture, here: Path) -> None:
    for name, more in (("plain", []), ("flicker", ["--flicker"])):
        arguments = ["--duration", 60, "--out", f"{name}.npz", *more]
        assert run_cli(capsys, "simulate", "cifar10-dvs", *arguments).returncode == 0
    plain, flicker = (read_events(here / f"{name}.npz") for name in ("plain", "flicker"))
    assert len(plain) != len(flicker)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    short = [
        setting._replace(
            labels=setting.labels[:1],
            source=type(setting.source)(**{**setting.source.__dict__, "duration": 600_000}),
        )
        for setting in comparison.comparison_settings(0)
    ]
    monkeypatch.setattr(comparison, "comparison_settings", lambda seed: tuple(short))


@pytest.mark.usefixtures("few")
def test_comparing_without_genuine_recordings(capsys: Capture, here: Path) -> None:
    code, out, err = run_cli(capsys, "simulate", "--compare", "--each", 1, "--figure", "figure.png")
    assert code == 0
    assert (here / "figure.png").read_bytes()[:4] == b"\x89PNG"
    assert out.count("simulated") == out.count("published") == 5
    assert "genuine" not in out
    assert re.match(r"MNIST-DVS, scale 4: \d+ times real time\n", err)


@pytest.mark.usefixtures("few")
def test_comparing_with_genuine_recordings(capsys: Capture) -> None:
    folder = real_data_path("MNIST-DVS").parent
    code, out, _ = run_cli(capsys, "simulate", "--compare", "--each", 1, "--data", folder, "--json")
    rows = json.loads(out)["compared"]
    assert code == 0
    assert [row["name"] for row in rows if row["real"]][:2] == [
        "MNIST-DVS, scale 4",
        "MNIST-DVS, scale 8",
    ]
    genuine = rows[0]["real"]
    assert (genuine["recordings"], genuine["event_count"]["mean"]) == (1, 15_744)
    assert round(genuine["isolated_fraction"]["mean"], 3) == 0.155
    assert np.isclose(rows[1]["real"]["on_fraction"]["mean"], 0.538, atol=5e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "simulate: expected a KIND or --compare, got neither"),
        (["mnist"], "KIND: expected one of mnist-dvs, cifar10-dvs, gesture, got str 'mnist'"),
        (["gesture", "--class", "jump"], "--class: expected one of hand clapping, right hand"),
        (
            ["gesture", "--flicker"],
            "--flicker: expected False, as gestures are not shown",
        ),
        (["gesture", "--scale", "4"], "--scale: only mnist-dvs has scales, got gesture"),
        (["mnist-dvs", "--scale", "5"], "--scale: expected 4, 8 or 16, got 5"),
        (["mnist-dvs", "--number", "999"], "--number: expected an integer >= 0 and <= 177"),
        (
            ["mnist-dvs", "--out", "a.aedat"],
            r"--out: expected a file name ending in \.npz, got a\.aedat",
        ),
        (["mnist-dvs", "--duration", "0"], "argument --duration: expected an integer >= 50"),
        (["mnist-dvs", "--data", "x"], "--data: requires --compare"),
        (["mnist-dvs", "--figure", "x"], "--figure: requires --compare"),
        (["mnist-dvs", "--each", "1"], "--each: requires --compare"),
        (
            ["mnist-dvs", "--compare"],
            "--compare: cannot be combined with KIND, as it compares all kinds",
        ),
        (["--compare", "--class", "3"], "--class: cannot be combined with --compare"),
        (["--compare", "--number", "0"], "--number: cannot be combined with --compare"),
        (["--compare", "--scale", "4"], "--scale: cannot be combined with --compare"),
        (["--compare", "--duration", "60"], "--duration: cannot be combined with --compare"),
        (["--compare", "--flicker"], "--flicker: cannot be combined with --compare"),
        (["--compare", "--out", "a.npz"], "--out: cannot be combined with --compare"),
    ],
)
def test_refusals(capsys: Capture, here: Path, arguments: list[str], message: str) -> None:
    code, out, err = run_cli(capsys, "simulate", *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert re.search(message, err)
    assert not list(here.iterdir())


@pytest.mark.usefixtures("few")
def test_a_folder_without_recordings_is_refused(capsys: Capture, here: Path) -> None:
    code, out, err = run_cli(capsys, "simulate", "--compare", "--each", 1, "--data", here)
    assert (code, out, err.count("\n")) == (2, "", 1)  # nothing was simulated before
    assert "--data: expected event-camera recordings, got none in" in err
