"""``liaf-ref data``, ``babi generate``, ``events`` and ``simulate``."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from data.events import dataset_trees
from data.events.writers import aedat3, make_event_array, nmnist
from data.real_data import real_data_path
from support import folder_contents

from cli.commands import Cli, result_rows
from liaf_ref.cli.events import PICTURES
from liaf_ref.data import read_events
from liaf_ref.data.babi import generate_text
from liaf_ref.data.babi.reader import file_name
from liaf_ref.data.events.datasets.verify import published_datasets
from liaf_ref.data.simulator import DigitSource, comparison
from liaf_ref.report import event_pictures as events

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


def test_json(cli: Cli, trial: Path) -> None:
    code, out, err = cli("events", trial, "--json", "--format", "aedat3")
    facts = {"format": "aedat3", "events": 2000, "duration_us": 1_999_000, "t_first": 7}
    facts |= {"t_last": 1_999_007, "on_fraction": 0.75, "width": 128, "height": 128, "warnings": []}
    assert (code, err) == (0, "")
    assert json.loads(out) == facts | {"rate": pytest.approx(2000 / 1.999)}


def test_a_file_cut_short_has_a_warning(cli: Cli, here: Path) -> None:
    path = here / "a.bin"
    path.write_bytes(nmnist(make_event_array([1, 2], [3, 4], [5, 6], [1, 0]))[:-1])
    code, out, err = cli("events", path)
    text = f"{path} at byte 5: expected events of 5 bytes, got 4 at the end: the file seems trunc"
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].startswith(f"  warning     {text}")
    assert "  rate        undefined (one timestamp)\n" in out
    document = json.loads(cli("events", path, "--json").stdout)
    assert document["warnings"][0].startswith(text)
    assert document["rate"] is None


def test_pictures_are_written(cli: Cli, trial: Path) -> None:
    code, out, err = cli("events", trial, "--out", "a/b", "--window", 50)
    assert (code, err) == (0, "")
    assert sorted(path.name for path in Path("a/b").iterdir()) == sorted(PICTURES)
    names = ("strip.png", "cloud.png", "rate.png", "events.gif")
    assert out.splitlines()[-4:] == [f"  picture     a/b/{name}" for name in names]
    assert Path("a/b/events.gif").read_bytes()[:6] == b"GIF89a"
    before = folder_contents(trial.parent)
    code, out, err = cli("events", trial, "--out", "a/b")
    assert (code, out) == (2, "")
    assert "a/b: expected a new or an empty folder" in err
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
    cli: Cli,
    trial: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: list[str],
    span: tuple[int, int, int, str | None],
) -> None:
    (trial.parent / "mine.csv").write_text(LABELS[: LABELS.index("\n")] + "\n9,9000,10000\n")
    seen: list[events.TimeSpan] = []

    def draw(data: events.PlotData) -> bytes:
        seen.append(data.span)
        return b"a picture"

    for name in PICTURES:
        monkeypatch.setitem(PICTURES, name, draw)
    assert cli("events", trial, "--out", "o", *more).returncode == 0
    (asked,) = set(seen)
    assert asked[:3] == span[:3]
    assert span[3] is None or asked.title == span[3]


def test_what_is_written_is_read_again(cli: Cli, here: Path) -> None:
    arguments = ["--class", "3", "--number", 4, "--seed", 7, "--duration", 80, "--scale", 16]
    code, out, err = cli("simulate", "mnist-dvs", *arguments, "--out", "three.npz")
    assert (code, err) == (0, "")
    expected = DigitSource(7, 80_000, scale=16).events(3, 4)
    assert (read_events(here / "three.npz") == expected).all()
    assert out.startswith(f"MNIST-DVS, simulated: 3, {len(expected):,} events in 80 ms\n")
    for fact in ("rate", "ON fraction", "isolated", "times real time"):
        assert f"\n  {fact} " in out


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class of each data set, in shorter recordings: all take twenty times as long."""
    settings = comparison.comparison_settings(0)
    sources = [type(each.source)(**vars(each.source) | {"duration": 600_000}) for each in settings]
    short = [
        each._replace(labels=each.labels[:1], source=source)
        for each, source in zip(settings, sources, strict=True)
    ]
    monkeypatch.setattr(comparison, "comparison_settings", lambda seed: tuple(short))


@pytest.mark.usefixtures("few")
def test_comparing_without_genuine_recordings(cli: Cli, here: Path) -> None:
    code, out, err = cli("simulate", "--compare", "--each", 1, "--figure", "figure.png")
    assert code == 0
    assert (here / "figure.png").read_bytes()[:4] == b"\x89PNG"
    assert out.count("simulated") == out.count("published") == 5
    assert "genuine" not in out
    assert re.match(r"MNIST-DVS, scale 4: \d+ times real time\n", err)


@pytest.mark.usefixtures("few")
def test_comparing_with_genuine_recordings(cli: Cli) -> None:
    folder = real_data_path("MNIST-DVS").parent
    code, out, _ = cli("simulate", "--compare", "--each", 1, "--data", folder, "--json")
    rows = json.loads(out)["compared"]
    assert code == 0
    names = [row["name"] for row in rows if row["real"]]
    assert names[:2] == ["MNIST-DVS, scale 4", "MNIST-DVS, scale 8"]
    genuine = rows[0]["real"]
    assert (genuine["recordings"], genuine["event_count"]["mean"]) == (1, 15_744)
    assert round(genuine["isolated_fraction"]["mean"], 3) == 0.155
    assert np.isclose(rows[1]["real"]["on_fraction"]["mean"], 0.538, atol=5e-4)


@pytest.fixture
def small(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    dataset_trees.publish_fewer(monkeypatch, cifar10_dvs=2)
    return dataset_trees.write_cifar10_dvs(here / "CIFAR10-DVS", per_class=2)


def test_a_whole_folder_ends_with_0_and_one_that_lacks_a_file_with_1(cli: Cli, small: Path) -> None:
    before = folder_contents(small)
    for folder in (small, small.parent):
        code, out, err = cli("data", folder, "--verify")
        assert (code, err) == (0, "")
        assert out == f"CIFAR10-DVS in {small}: complete, 20 of 20 recordings\n"
    assert folder_contents(small) == before
    (small / "cat" / "cifar10_cat_1.aedat").unlink()
    (small / "dog" / "cifar10_dog_0.aedat").write_bytes(b"")
    code, out, err = cli("data", small, "--verify")
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        f"CIFAR10-DVS in {small}: incomplete, 19 of 20 recordings",
        f"  wrong    {small / 'dog' / 'cifar10_dog_0.aedat'}: the file is empty",
        "  missing  cat: 1 of 2 files found",
    ]
    code, out, _ = cli("data", small, "--verify", "--json")
    (found,) = json.loads(out)["data"]
    assert (code, found["found_count"], found["complete"]) == (1, 19, False)


@pytest.mark.parametrize("name", published_datasets())
def test_where_is_stated_for_each(cli: Cli, name: str) -> None:
    code, out, err = cli("data", "--where", name)
    facts = published_datasets()[name]
    assert (code, err) == (0, "")
    assert out.startswith(f"{facts['title']}\n  url       http")
    assert f"\n  license   {facts['license']}\n" in out
    for file, digest in facts["md5"].items():
        assert f"  md5       {digest}  {file}\n" in out
    code, out, _ = cli("data", "--where", name, "--json")
    assert code == 0
    assert json.loads(out) == {"name": name, **facts}


GENERATE = ["babi", "generate", "--stories", 12, "--seed", 5]


def test_all_tasks_are_written_and_stated_of(cli: Cli, here: Path) -> None:
    code, out, err = cli(*GENERATE, "--out", "o")
    assert (code, err) == (0, "")
    assert folder_contents(here) == {
        f"o/en/{file_name(task, part)}": text.encode()
        for task in range(1, 21)
        for part, text in zip(("train", "test"), generate_text(task, 12, 5), strict=True)
    }
    assert out.startswith("| task | ")
    assert len(re.findall(r"\| +QA\d+ \|", out)) == 20
    assert out.endswith("\no/en: 40 files, seed 5\n")


def test_without_stories_files_are_as_long_as_the_published_ones(cli: Cli, here: Path) -> None:
    _, out, _ = cli("babi", "generate", "--tasks", "15-17", "--out", "o", "--json")
    tasks = json.loads(out)["tasks"]
    assert [row["stories"] for row in tasks] == [[250, 250], [1000, 1000], [125, 125]]
    assert [row["questions"] for row in tasks] == [[1000, 1000]] * 3


def test_once_more_is_the_same_and_other_text_is_refused(cli: Cli, here: Path) -> None:
    arguments = [*GENERATE, "--tasks", "4", "--out", "o"]
    first = cli(*arguments)
    before = folder_contents(here)
    assert cli(*arguments) == first
    code, out, err = cli(*arguments, "--tasks", "3,4", "--seed", 6)
    assert (code, out) == (2, "")
    file = "o/en/qa4_two-arg-relations_train.txt"
    assert err.startswith(f"liaf-ref: error: {file}: already contains different text; choose")
    assert folder_contents(here) == before


def test_what_is_written_can_be_run(cli: Cli, here: Path) -> None:
    cli(*GENERATE, "--out", "o", "--tasks", "2,8,19")
    run = ["run", "babi", "--tasks", "2,8,19", "--cells", "lif", "--epochs", 1, "--json"]
    code, out, _ = cli(*run, "--data", "o", "--out", "read")
    assert code == 0
    assert [row["task"] for row in result_rows(out)] == [2, 8, 19]
