"""The page in a real browser: light, dark and narrow, with nothing to complain about."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from liaf_ref._core.locks import write_folder

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"needs one of {', '.join(BROWSERS)}")
WIDTHS = (360, 768, 1280)
DARK = "--blink-settings=preferredColorScheme=0"
# A window cannot be as narrow as a telephone, a frame in it can.
WATCH = """<!DOCTYPE html><html><body>%s<pre id="found"></pre><script>
onload = () => {
  const found = [...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument, root = page.documentElement;
    const ground = page.defaultView.getComputedStyle(page.body);
    const images = [...page.querySelectorAll("figure img")];
    const drawn = images.map(image => image.getBoundingClientRect());
    return {
      width: root.clientWidth, scroll: root.scrollWidth, ground: ground.backgroundColor,
      text: ground.color, sections: page.querySelectorAll("section").length,
      narrowest: Math.min(...drawn.map(box => box.width)),
      flattest: Math.min(...drawn.map(box => box.height)),
      loaded: images.every(image => image.complete && image.naturalWidth > 0),
    };
  });
  document.getElementById("found").textContent = JSON.stringify(found);
};
</script></body></html>"""


@pytest.fixture(scope="module")
def page(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    write_folder(folder / "out", files.items())
    return folder / "out" / "index.html"


def look(page: Path, *flags: str) -> tuple[list[dict[str, Any]], list[str]]:
    """What the page is like at each width, and what the browser's console says."""
    frames = "".join(
        f'<iframe src="{page.name}" style="width:{w}px;height:800px;border:0"></iframe>'
        for w in WIDTHS
    )
    watch = page.with_name("watch.html")
    watch.write_text(WATCH % frames, "utf-8")
    assert BROWSER is not None
    options = ["--headless", "--disable-gpu", "--allow-file-access-from-files", "--no-first-run"]
    options += [f"--user-data-dir={page.parent.parent / 'profile'}", "--enable-logging=stderr"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")
    command = [BROWSER, *options, *flags, "--dump-dom", watch.as_uri()]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603
    match = re.search(r'<pre id="found">(.*?)</pre>', ended.stdout)
    assert match, ended.stderr
    text = [line for line in ended.stderr.splitlines() if "CONSOLE" in line]
    return json.loads(match[1]), text


def brightness(colour: str) -> float:
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / (3 * 255)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_every_width_and_nothing_is_complained_of(page: Path, scheme: str) -> None:
    found, message = look(page, *([DARK] if scheme == "dark" else []))
    assert not message
    for width, seen in zip(WIDTHS, found, strict=True):
        assert width - 20 <= seen["width"] <= width  # less a scroll bar
        assert seen["scroll"] <= seen["width"]
        assert seen["sections"] == 15
        assert seen["narrowest"] > 0.7 * min(seen["width"], 360)
        assert seen["flattest"] > 100
        assert seen["loaded"]
        ground, text = brightness(seen["ground"]), brightness(seen["text"])
        assert (ground > 0.9 and text < 0.3) if scheme == "light" else (ground < 0.2 and text > 0.8)


def test_an_error_and_an_overflow_would_be_seen(page: Path) -> None:
    broken = page.with_name("broken.html")
    wide = '<div style="width:2000px">x</div><script>console.error("seen")</script></body>'
    broken.write_text(page.read_text("utf-8").replace("</body>", wide), "utf-8")
    found, text = look(broken)
    assert any("seen" in line for line in text)
    assert all(seen["scroll"] > seen["width"] for seen in found)
