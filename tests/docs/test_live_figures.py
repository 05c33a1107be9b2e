"""Live figures: what their page shows is compared with the kernels, and a mistake is found."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from documentation import browser

pytest.importorskip("bokeh")

from documentation.live import check, page

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "docs" / "_static"
NAMES = sorted(page.FIGURES)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_a_place_and_a_picture_for_each_figure(name: str) -> None:
    text = (ROOT / "docs" / "learn" / f"{name}.md").read_text("utf-8")
    places = page.PART.findall(text)
    assert [found for found, _ in places] == [name]
    assert places[0][1], "the picture has no description"
    assert (STATIC / "live" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", NAMES)
def test_presets_are_within_reach_of_the_controls(name: str) -> None:
    figure = page.FIGURES[name]
    ranges = {slider.name: slider for slider in figure.sliders}
    for preset in figure.presets.values():
        assert set(preset) <= set(figure.initial)
        for control, value in preset.items():
            if control in ranges:
                assert ranges[control].low <= value <= ranges[control].high


@pytest.mark.parametrize("name", NAMES)
def test_axes_hold_the_membrane_potential_at_every_end_of_the_sliders(name: str) -> None:
    figure = page.FIGURES[name]
    axis = figure.draw()[1].plot.y_range
    settings = [figure.initial]
    for slider in figure.sliders:
        ends = {slider.low, slider.high} if slider.name != "k" else {slider.initial}
        settings = [{**one, slider.name: end} for one in settings for end in ends]
    potentials = [u for one in settings for u in figure.sources(one)["membrane"]["U"]]
    assert axis.start <= min(potentials)
    assert max(potentials) <= axis.end


def test_a_difference_is_reported_with_its_size() -> None:
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
    pytest.importorskip("websocket")
    command = browser.find_browser()
    if command is None:
        pytest.skip("no Chromium on this machine")
    return command


def test_a_name_is_not_broken_on_a_phone(chromium: Any, tmp_path: Path) -> None:
    shutil.copy(STATIC / "site.css", tmp_path)
    code = "<code><span class=pre>lr.spike.detached()</span></code>"
    row = f"<td>{'text ' * 40}<td>{code}<td>{'text ' * 40}"
    head = "<!doctype html><link rel=icon href=data:,><link rel=stylesheet href=site.css>"
    (tmp_path / "a.html").write_text(f"{head}<table><tr>{row}</table><p>a {code}", "utf-8")
    with browser.serve(tmp_path) as address, browser.open_browser(chromium) as tab:
        tab.set_window(check.PHONE_WIDTH, 844)
        tab.visit(f"{address}/a.html")
        lines = "[...document.querySelectorAll('.pre')].map(one => one.getClientRects().length)"
        assert tab.evaluate(lines) == [1, 1]


def test_a_page_with_a_mistake_is_found_out(chromium: Any, tmp_path: Path) -> None:
    whole = page.FIGURES["one-neuron"]._replace(presets={"drifts": {"beta": 0.3}})
    moved = whole._replace(controls=whole.controls[:1])
    shutil.copy(page.BOKEH_SCRIPT, tmp_path)
    for name, (line, mistake, _) in MISTAKES.items():
        shutil.copytree(STATIC / "live", tmp_path / name)
        for path in (tmp_path / name).glob("*.js"):
            path.write_text(path.read_text("utf-8").replace(line, mistake), "utf-8")
        text = f"<!doctype html><link rel=icon href=data:,>{page.html(whole, '.', 'picture')}"
        text = text.replace("./live/", f"./{name}/")
        (tmp_path / f"{name}.html").write_text(text, "utf-8")
    with browser.serve(tmp_path) as address, browser.open_browser(chromium) as tab:
        tab.set_window(1280, 900)
        for name, (_, _, reported) in MISTAKES.items():
            problems = check.check_figure(tab, f"{address}/{name}.html", moved).problems
            assert bool(problems) == bool(reported), (name, problems)
            assert not reported or any(reported in text for text in problems), (name, problems)
        tab.visit(f"{address}/right.html")
        tab.wait_until(check.STARTED)
        check.drag_slider(tab, "k", 1)  # the last step is far below the threshold
        summary = tab.evaluate("document.querySelector('.live-summary').textContent")
        assert summary.endswith("LIAF is 0 at every step; that of LIF is 0 at every step.")
