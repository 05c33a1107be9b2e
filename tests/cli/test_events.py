"""``liaf-ref events``: what a file holds, and pictures of it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from data.events.writers import aedat3, make_event_array, nmnist
from data.real_data import real_data_path
from support import folder_contents

from cli.commands import run_cli
from liaf_ref.cli.events import PICTURES
from liaf_ref.data import read_events
from liaf_ref.data.simulator import DigitSource, comparison

Capture = pytest.CaptureFixture[str]
KEYS = ("format", "events", "duration_us", "t_first", "t_last", "on_fraction", "width", "height")
TRIAL = make_event_array(
    np.arange(2000) * 1000 + 7,
    np.arange(2000) % 100,
    np.arange(2000) % 90,
    np.arange(2000) % 4 > 0,
)
LABELS = "class,startTime_usec,endTime_usec\n2,100000,400000\n11,500000,700000\n"


@pytest.fixture
def trial(here: Path) -> Path:
    path = here / "user01_led.aedat"
    path.write_bytes(aedat3(TRIAL, (300, 900)))
    (here / "user01_led_labels.csv").write_text(LABELS)
    return path


def test_json(capsys: Capture, trial: Path) -> None:
    code, out, err = run_cli(capsys, "events", trial, "--json", "--format", "aedat3")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert {key: document[key] for key in KEYS} == {
        "format": "aedat3",
        "events": 2000,
        "duration_us": 1_999_000,
        "t_first": 7,
        "t_last": 1_999_007,
        "on_fraction": 0.75,
        "width": 128,
        "height": 128,
    }
    assert document["warnings"] == []
    assert document["rate"] == pytest.approx(2000 / 1.999)
    assert set(document) == {*KEYS, "warnings", "rate"}


def test_a_file_cut_short_has_a_warning(capsys: Capture, here: Path) -> None:
    path = here / "a.bin"
    path.write_bytes(nmnist(make_event_array([1, 2], [3, 4], [5, 6], [1, 0]))[:-1])
    code, out, err = run_cli(capsys, "events", path)
    text = (
        f"{path} at byte 5: expected events of 5 bytes, got 4 at the end: the file seems truncated"
    )
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"  warning     {text}; ignored 4 bytes at its end"
    assert "  rate        undefined (one timestamp)\n" in out
    code, out, err = run_cli(capsys, "events", path, "--json", "--out", "o")
    assert (code, err) == (0, "")
    assert json.loads(out)["warnings"] == [f"{text}; ignored 4 bytes at its end"]
    assert json.loads(out)["rate"] is None


def test_pictures_are_written(capsys: Capture, trial: Path) -> None:
    code, out, err = run_cli(capsys, "events", trial, "--out", "a/b", "--window", 50)
    assert (code, err) == (0, "")
    assert sorted(path.name for path in Path("a/b").iterdir()) == sorted(PICTURES)
    assert out.splitlines()[-4:] == [
        f"  picture     a/b/{name}" for name in ("strip.png", "cloud.png", "rate.png", "events.gif")
    ]
    assert Path("a/b/events.gif").read_bytes()[:6] == b"GIF89a"
    document = json.loads(run_cli(capsys, "events", trial, "--out", "c", "--json").stdout)
    assert document["figures"][0] == "c/strip.png"


def test_pictures_there_already_are_not_written_over(capsys: Capture, trial: Path) -> None:
    (trial.parent / "rate.png").write_bytes(b"mine")
    before = folder_contents(trial.parent)
    code, out, err = run_cli(capsys, "events", trial, "--out", ".")
    assert (code, out) == (2, "")
    assert ".: expected a new or an empty folder" in err
    assert folder_contents(trial.parent) == before


SPANS = [
    ([], (7, 1_999_008, 30_000, "user01_led.aedat")),
    (["--start", "1500.5"], (1_500_507, 1_999_008, 30_000, "user01_led.aedat")),
    (["--start", "10", "--duration", "20", "--window", "0.5"], (10_007, 30_007, 500, None)),
    (["--clip", "2"], (500_000, 700_000, 30_000, "user01_led.aedat, gesture 2: other gestures")),
    (["--clip", "1", "--start", "50", "--duration", "1000"], (150_000, 400_000, 30_000, None)),
    (["--clip", "1", "--labels", "mine.csv"], (9000, 10_000, 30_000, None)),
]


@pytest.mark.parametrize(("more", "span"), SPANS)
def test_what_is_drawn(
    capsys: Capture,
    trial: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: list[str],
    span: tuple[int, int, int, str | None],
) -> None:
    from liaf_ref.report import event_pictures as events

    (trial.parent / "mine.csv").write_text(LABELS[: LABELS.index("\n")] + "\n9,9000,10000\n")
    seen = []

    def gather(survey: object, asked: events.TimeSpan) -> object:
        seen.append(asked)
        return None

    monkeypatch.setattr(events, "load_plot_data", gather)
    for name in PICTURES:
        monkeypatch.setitem(PICTURES, name, lambda _: b"a picture")
    assert run_cli(capsys, "events", trial, "--out", "o", *more).returncode == 0
    (asked,) = seen
    assert asked[:3] == span[:3]
    assert span[3] is None or asked.title == span[3]


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
