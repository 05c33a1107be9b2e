"""Live figures are compared with the kernels, and a page with a mistake is found out."""

import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from documentation import browser

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "docs" / "_static"
NAMES = sorted(path.stem for path in STATIC.glob("live/*.png"))
TRAINED = "train-a-network"  # its axes follow the data


@pytest.fixture(scope="module")
def live() -> Any:
    """The figures; Bokeh takes a second."""
    pytest.importorskip("bokeh")
    import_module("documentation.live.figures")
    return import_module("documentation.live")


def test_a_page_has_a_place_and_a_picture_for_each_figure(live: Any) -> None:
    assert sorted(live.figures.FIGURES) == NAMES
    for name in NAMES:
        text = (ROOT / "docs" / "learn" / f"{name}.md").read_text("utf-8")
        places = live.PART.findall(text)
        assert [found for found, _ in places] == [name]
        assert places[0][1], "the picture has no description"


@pytest.mark.parametrize("name", sorted({*NAMES} - {TRAINED}))
def test_axes_hold_the_membrane_potential_at_every_end_of_the_sliders(live: Any, name: str) -> None:
    figure = live.figures.FIGURES[name]
    axis = figure.draw()[1][1].y_range
    settings = [figure.initial]
    for slider in figure.sliders:
        ends = {slider.low, slider.high} if slider.name != "k" else {slider.initial}
        settings = [{**one, slider.name: end} for one in settings for end in ends]
    potentials = [u for one in settings for u in figure.sources(one)["steps"]["U"]]
    assert axis.start <= min(potentials)
    assert max(potentials) <= axis.end


def test_a_column_that_differs_is_named(live: Any) -> None:
    expected = {"steps": {"U": np.array([0.0, 2.0])}}

    def found(**shown: dict[str, list[float]]) -> list[str]:
        return sorted(browser.differences([*shown.items()], expected))

    assert found(steps={"U": [0.9e-12, 2.0 + 1.9e-12], "more": [1.0]}) == []
    for U in ([0.0, 2.0 + 2.1e-12], [1.1e-12, 2.0], [0.0, np.nan], [0.0], []):
        assert found(steps={"U": U}) == ["steps.U"]
    assert found(steps={}) == ["steps.U"]
    assert found(other={}) == ["other", "steps"]


# What is replaced in the scripts, by what, and what the report then says.
MISTAKES = {
    "right": ("", "", ""),
    "formula": ("p.alpha * R + p.beta", "p.alpha * (R + p.beta)", "steps.V differs"),
    "slider": ('form.addEventListener("input", update)', "", "steps.U differs"),
}


@pytest.fixture
def chromium() -> Any:
    pytest.importorskip("playwright")
    command = browser.find_browser()
    if command is None:
        pytest.skip("no Chromium on this machine")
    return command


def test_a_page_with_a_mistake_is_found_out(live: Any, chromium: Any, tmp_path: Path) -> None:
    whole = live.figures.FIGURES["one-neuron"]._replace(presets={"drifts": {"beta": 0.3}})
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
            problems = [*browser.check_figure(tab.page, moved)]
            assert bool(problems) == bool(reported), (name, problems)
            assert not reported or any(reported in text for text in problems), (name, problems)
        tab.visit(f"{address}/right.html")
        tab.page.wait_for_function(browser.STARTED)
        # The last step is far below the threshold.
        browser.drag_slider(tab.page, "k", 11 / 15, 1)
        summary = tab.page.evaluate("document.querySelector('.live-summary').textContent")
        assert summary.endswith("LIAF is 0 at every step; that of LIF is 0 at every step.")


def test_lif_stops_where_the_page_says_and_liaf_learns(live: Any) -> None:
    from documentation.live import training

    def share_right(**values: Any) -> float:
        values = live.figures.FIGURES[TRAINED].initial | values
        painted = np.floor(training.paint(training.train(values)[0], values))
        return float((painted == training.GIVEN["truth"]).mean())

    X, values = training.sequences(training.GIVEN["points"]), live.figures.FIGURES[TRAINED].initial
    params, _ = training.train(values)
    U = training.run(X, training.GIVEN["classes"], params, values)["units"]["U"]
    near = np.argwhere(abs(U - values["V_th"]) < 0.25)
    assert near[:, [0, 2]].tolist() == [[191, 1]]  # point 192, neuron 2
    assert 0.7515 < U.max() < 0.7525
    assert round(share_right(cell="lif", mu=0.25, steps=50), 2) == 0.46
    assert share_right(cell="lif", mu=0.26, steps=50) > 0.7
    assert share_right(hidden=4, steps=200) > 0.8
    assert round(share_right(mu=0, steps=400), 2) == 0.91


def test_a_network_trains_as_the_kernels_do(live: Any, chromium: Any, tmp_path: Path) -> None:
    figure = live.figures.FIGURES[TRAINED]
    shutil.copy(live.BOKEH_SCRIPT, tmp_path)
    shutil.copytree(STATIC / "live", tmp_path / "live")
    text = f"<!doctype html><link rel=icon href=data:,>{figure.html('.', 'picture')}"
    (tmp_path / "page.html").write_text(text, "utf-8")
    start, step = (f".live-run button >> nth={k}" for k in range(2))
    with browser.open_site(tmp_path, chromium) as (address, tab):
        tab.visit(f"{address}/page.html#neuron=5&nothing=1&cell=unknown")
        tab.page.wait_for_function(browser.STARTED)
        for cell in ("liaf", "lif", "rnn"):
            tab.page.select_option(".live select", cell)
            tab.page.press(step, "Enter")
            values, shown = tab.page.evaluate(browser.STATE)
            assert (values["cell"], values["neuron"]) == (cell, 5)
            assert [*browser.differences(shown, figure.sources(values))] == []
        assert values["steps"] == 3
        link = tab.page.get_attribute(".live-link", "href")
        tab.visit("about:blank")
        tab.visit(f"{address}/page.html{link}")
        tab.page.wait_for_function(browser.STARTED)
        assert tab.page.evaluate(browser.STATE) == [values, shown]
        tab.page.press(start, "Enter")
        tab.page.wait_for_function("document.querySelector('[name=steps]').valueAsNumber > 6")
        tab.page.press(start, "Enter")
        paused = tab.page.evaluate(browser.STATE)
        tab.page.wait_for_timeout(200)
        assert tab.page.evaluate(browser.STATE) == paused
        assert not tab.errors
