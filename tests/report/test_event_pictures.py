"""Pictures of an event file: what they are drawn from, that they show it, and where."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data.events.writers import aedat2, make_event_array, nmnist
from PIL import Image
from tracing import peak_memory

from liaf_ref._core.errors import InputError
from liaf_ref._core.palette import BLACK, EVENT_COLORS
from liaf_ref.data.events.readers import summarize_event_file
from liaf_ref.report import event_pictures as pictures
from liaf_ref.report.event_pictures import PlotData, TimeSpan, load_plot_data
from liaf_ref.report.pictures import frame_to_rgb, full_color_count


def random_events(count: int, size: tuple[int, int], longest: int) -> Any:
    rng = np.random.default_rng(0)
    t = np.sort(rng.integers(0, longest, count))
    return make_event_array(t, *(rng.integers(0, n, count) for n in (size[1], size[0], 2)))


def load(path: Path, events: Any, span: TimeSpan | None = None) -> PlotData:
    np.save(path / "a.npy", events)
    found = summarize_event_file(path / "a.npy")
    return load_plot_data(found, span or TimeSpan(found.t_first, found.t_last + 1, 10_000, "title"))


def test_frames_cloud_and_rate_are_those_of_the_span(tmp_path: Path) -> None:
    events = random_events(5000, (34, 34), 100_000)
    found = load(tmp_path, events, TimeSpan(20_000, 45_000, 10_000, ""))
    part = events[(events["t"] >= 20_000) & (events["t"] < 45_000)]
    assert found.frames.shape == (3, 34, 34, 2)
    polarities = [part["p"][part["t"] // 10_000 == k] for k in (2, 3, 4)]
    assert found.frames.sum(axis=(1, 2)).tolist() == [[(~p).sum(), p.sum()] for p in polarities]
    assert (found.points == part).all()
    assert found.events == len(part)
    assert found.rate.sum(axis=1).tolist() == [(~events["p"]).sum(), events["p"].sum()]
    edges = np.linspace(events["t"][0], events["t"][-1], 401)
    assert (found.rate.sum(axis=0) == np.histogram(events["t"], edges)[0]).all()


def test_many_events_are_thinned_evenly(tmp_path: Path) -> None:
    events = random_events(150_000, (34, 34), 100_000)
    events["t"] = np.arange(len(events))
    found = load(tmp_path, events)
    assert pictures.MAX_POINTS / 2 <= len(found.points) <= pictures.MAX_POINTS
    steps = np.diff(np.searchsorted(events["t"], found.points["t"]))
    assert found.events == len(events)
    even = len(events) / len(found.points)
    assert 0.9 * even < steps.min() <= steps.max() < 1.1 * even


def test_pixels_of_a_large_camera_are_joined_and_a_count_has_a_limit(tmp_path: Path) -> None:
    events = np.repeat(make_event_array([0], [0], [0], [1]), 70_000)
    assert load(tmp_path, events).frames.tolist() == [[[[0, 65535]]]]
    found = load(tmp_path, random_events(1000, (260, 2000), 1000))
    assert found.factor == 6
    assert found.frames.shape == (1, 44, 334, 2)
    assert found.frames.sum() == 1000


def test_too_many_frames_and_no_events(tmp_path: Path) -> None:
    events = make_event_array([0, 10_000], [1, 1], [1, 1], [1, 0])
    with pytest.raises(InputError, match="window of pictures: expected at most 300 frames, got"):
        load(tmp_path, events, TimeSpan(0, 10_000, 10, ""))
    with pytest.raises(InputError, match="start of pictures: expected events from 5 to 9 μs"):
        load(tmp_path, events, TimeSpan(5, 9, 10, ""))


@pytest.mark.parametrize(
    ("count", "size"),
    [(1, (1, 1)), (1000, (34, 34)), (20_000, (260, 346))],
)
def test_every_picture_of_any_size(tmp_path: Path, count: int, size: tuple[int, int]) -> None:
    found = load(tmp_path, random_events(count, size, 95_000))
    for draw in (pictures.plot_strip, pictures.plot_cloud, pictures.plot_rate):
        picture = Image.open(io.BytesIO(draw(found)))
        assert picture.format == "PNG"
        assert 300 < picture.height < 1200
        assert picture.width == 900
    film: Any = Image.open(io.BytesIO(pictures.make_gif(found)))
    assert (film.format, getattr(film, "n_frames", 1)) == ("GIF", len(found.frames))
    assert 320 <= max(film.size) <= 700


def test_colours_say_which_and_how_much_and_hot_pixels_do_not_decide() -> None:
    frame = np.zeros((1, 5, 2), np.uint16)
    frame[0, 1:, 0], frame[0, 1:, 1] = [4, 0, 1, 9], [0, 4, 0, 0]
    colors = ["#" + bytes(pixel).hex().upper() for pixel in frame_to_rgb(frame, 4.0)[0]]
    assert colors[:3] == [BLACK, *EVENT_COLORS.values()]
    assert colors[4] == EVENT_COLORS["darker"]
    nothing, full, _, weak, _ = frame_to_rgb(frame, 4.0)[0].astype(int).sum(axis=-1)
    assert nothing < weak < full
    frames = np.zeros((2, 10, 10, 2), np.uint16)
    frames[..., 0], frames[0, 0, 0, 1] = 3, 60_000
    assert (full_color_count(frames), full_color_count(frames * 0)) == (3, 1)


def test_an_upright_picture_is_drawn_upright(tmp_path: Path) -> None:
    """The film has, below its line of text, each pixel where the event is."""
    events = make_event_array([0, 1, 2], [2, 2, 30], [1, 5, 30], [1, 1, 1])
    (tmp_path / "a.bin").write_bytes(nmnist(events))
    found = summarize_event_file(tmp_path / "a.bin")
    gif = pictures.make_gif(load_plot_data(found, TimeSpan(0, 3, 10_000, "")))
    film = Image.open(io.BytesIO(gif)).convert("RGB")
    scale = film.width // 34
    picture = np.asarray(film).astype(int)[film.height - 34 * scale :: scale, ::scale]
    warm = (picture[..., 0] - picture[..., 2]) > 100
    assert sorted(map(tuple, np.argwhere(warm).tolist())) == [(1, 2), (5, 2), (30, 30)]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def look() -> None:
        load_plot_data(summarize_event_file(tmp_path / "a.aedat"), TimeSpan(0, 10**6, 100_000, ""))

    peaks: list[int] = []
    for count in (200_000, 800_000):
        (tmp_path / "a.aedat").write_bytes(aedat2(random_events(count, (128, 128), 10**6)))
        look()
        peaks.append(peak_memory(look, 1.2 * peaks[0] if peaks else 0))
    assert peaks[1] < 1.2 * peaks[0]
    assert peaks[1] < 40e6
