"""``liaf-ref simulate``."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from data.real_data import real_data_path

from cli.commands import run_cli
from liaf_ref.data import read_events
from liaf_ref.data.simulator import DigitSource, comparison

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
