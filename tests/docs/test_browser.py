"""The browser says what is wrong with a page, and the build whether there was one."""

import sys
from pathlib import Path

import pytest
from documentation import browser

GOOD = "<!doctype html><link rel=icon href=data:,><title>a</title><p>Fine.</p>"
PAGES = {
    "good.html": (GOOD, ""),
    "thrown.html": (f"{GOOD}<script>throw new Error('thrown here')</script>", "thrown here"),
    "said.html": (f"{GOOD}<script>console.error('said here')</script>", "said here"),
    "missing.html": (f"{GOOD}<script src=none.js></script>", "404"),
    "outside.html": (f"{GOOD}<img src=http://example.invalid/x.png>", "asks for http://example"),
}


def test_what_is_wrong_with_a_page_is_found(tmp_path: Path) -> None:
    pytest.importorskip("websocket")
    command = browser.find_browser()
    if command is None:
        pytest.skip("no Chromium on this machine")
    for name, (text, _) in PAGES.items():
        (tmp_path / name).write_text(text, "utf-8")
    wide = f"{GOOD}<div style='width: 3000px'>wide</div><span class=math>x</span><p>::: {{box}}</p>"
    (tmp_path / "wide.html").write_text(wide, "utf-8")
    with browser.serve(tmp_path) as address, browser.open_browser(command) as tab:
        tab.set_window(800, 600)
        for name, (_, expected) in PAGES.items():
            errors = tab.visit(f"{address}/{name}").problems
            assert bool(errors) == bool(expected), (name, errors)
            assert any(expected in error for error in errors) or not expected, (name, errors)
        visit = tab.visit(f"{address}/wide.html")
        assert visit.state["wider"] > 2000
        assert visit.problems == [
            "formula not typeset: x",
            "::: directive not rendered as a box: ::: {box}",
        ]


def test_a_site_that_was_not_looked_at_is_stated_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("nbformat")
    import check_docs

    monkeypatch.setattr(browser, "find_browser", lambda: None)
    monkeypatch.setattr(sys, "argv", ["check_docs.py", str(tmp_path)])
    assert check_docs.main() == 2
    (tmp_path / "index.html").write_text(GOOD, "utf-8")
    assert check_docs.main() == 0
    assert capsys.readouterr().out.startswith("pages not checked in a browser")
