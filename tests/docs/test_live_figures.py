"""Live figures are compared with the kernels, and a page with a mistake is found out."""

import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from documentation import browser

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "docs" / "_static"
NAMES = sorted(path.stem for path in STATIC.glob("live/*.png"))


@pytest.fixture(scope="module")
def check() -> Any:
    """What checks the figures; Bokeh takes a second."""
    pytest.importorskip("bokeh")
    return import_module("documentation.live.check")


@pytest.fixture(scope="module")
def live(check: Any) -> Any:
    return import_module("documentation.live")


def test_a_page_has_a_place_and_a_picture_for_each_figure(check: Any, live: Any) -> None:
    assert sorted(check.FIGURES) == NAMES
    for name in NAMES:
        text = (ROOT / "docs" / "learn" / f"{name}.md").read_text("utf-8")
        places = live.PART.findall(text)
        assert [found for found, _ in places] == [name]
        assert places[0][1], "the picture has no description"


@pytest.mark.parametrize("name", NAMES)
def test_axes_hold_the_membrane_potential_at_every_end_of_the_sliders(
    check: Any, name: str
) -> None:
    figure = check.FIGURES[name]
    axis = figure.draw()[1].plot.y_range
    settings = [figure.initial]
    for slider in figure.sliders:
        ends = {slider.low, slider.high} if slider.name != "k" else {slider.initial}
        settings = [{**one, slider.name: end} for one in settings for end in ends]
    potentials = [u for one in settings for u in figure.sources(one)["membrane"]["U"]]
    assert axis.start <= min(potentials)
    assert max(potentials) <= axis.end


def test_a_difference_is_reported_with_its_size(check: Any) -> None:
    expected = {"steps": {"U": [0.0, 2.0]}}
    right = [("steps", {"U": [0.0, 2.0 + 1e-13], "more": [1.0]})]
    assert [text for text, _ in check.differences(right, expected)] == [""]
    wrong = [("steps", {"U": [0.0, 2.0 + 1e-11]})]
    assert check.differences(wrong, expected)[0][0].startswith("steps.U differs")
    assert "1 of 2 numbers" in check.differences([("steps", {"U": [0.0]})], expected)[0][0]
    assert "shows the sources ['other']" in check.differences([("other", {})], expected)[0][0]


# What is replaced in the scripts, by what, and what the report then says.
MISTAKES = {
    "right": ("", "", ""),
    "formula": ("p.alpha * R + p.beta", "p.alpha * (R + p.beta)", "membrane.V differs"),
    "slider": ('form.addEventListener("input", update)', "", "membrane.U differs"),
}


@pytest.fixture
def chromium() -> Any:
    pytest.importorskip("playwright")
    command = browser.find_browser()
    if command is None:
        pytest.skip("no Chromium on this machine")
    return command


def test_a_page_with_a_mistake_is_found_out(
    check: Any, live: Any, chromium: Any, tmp_path: Path
) -> None:
    whole = check.FIGURES["one-neuron"]._replace(presets={"drifts": {"beta": 0.3}})
    moved = whole._replace(sliders=whole.sliders[:1], choices=())
    shutil.copy(live.BOKEH_SCRIPT, tmp_path)
    for name, (line, mistake, _) in MISTAKES.items():
        shutil.copytree(STATIC / "live", tmp_path / name)
        for path in (tmp_path / name).glob("*.js"):
            path.write_text(path.read_text("utf-8").replace(line, mistake), "utf-8")
        text = f"<!doctype html><link rel=icon href=data:,>{whole.html('.', 'picture')}"
        text = text.replace("./live/", f"./{name}/")
        (tmp_path / f"{name}.html").write_text(text, "utf-8")
    with browser.open_site(tmp_path, chromium) as (address, tab):
        for name, (_, _, reported) in MISTAKES.items():
            tab.visit(f"{address}/{name}.html")
            problems = check.check_figure(tab, moved).problems
            assert bool(problems) == bool(reported), (name, problems)
            assert not reported or any(reported in text for text in problems), (name, problems)
        tab.visit(f"{address}/right.html")
        tab.wait_until(check.STARTED)
        check.drag_slider(tab, "k", 1)  # the last step is far below the threshold
        summary = tab.page.evaluate("document.querySelector('.live-summary').textContent")
        assert summary.endswith("LIAF is 0 at every step; that of LIF is 0 at every step.")
