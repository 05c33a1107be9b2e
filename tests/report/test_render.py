"""The report's files: well-formed, the same every time, complete, safe, and shown by a browser."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from liaf_ref._core.locks import write_folder
from liaf_ref.report.build import Report, build_report, collect_runs
from liaf_ref.report.render import escape_markdown as escape
from liaf_ref.report.render import render_report
from report.run_factory import vision_run

HTML = "{http://www.w3.org/1999/xhtml}"
HOSTILE_NAME = "<script>alert(1)<script>&|*`" + "-and-a-long-name" * 6


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Two seeds of LIAF and LIF in a folder with a hostile name."""
    folder = tmp_path_factory.mktemp("runs") / HOSTILE_NAME
    for cell in ("liaf", "lif"):
        for seed in (0, 1):
            vision_run(folder, cell, seed, 0.9 + 0.01 * seed)
    return build_report(collect_runs([folder]))


@pytest.fixture(scope="module")
def files(report: Report) -> dict[str, bytes]:
    """All files of the report."""
    return render_report(report)


def parse(text: str | bytes) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - our own


def test_equal_reports_have_equal_bytes(report: Report, files: dict[str, bytes]) -> None:
    assert render_report(report) == files


def test_both_pages_are_well_formed_and_say_everything(
    report: Report, files: dict[str, bytes]
) -> None:
    page, markdown = (files[name].decode() for name in ("index.html", "report.md"))
    assert page.startswith("<!DOCTYPE html>\n<html")
    root = parse(page)
    ids = [item.get("id") for item in root.iter() if item.get("id")]
    assert len(ids) == len(set(ids))
    assert {section.name for section in report.sections} <= set(ids)
    shown = " ".join("".join(root.itertext()).split())
    for section in report.sections:
        texts = [section.verdict, *section.findings, *section.notes]
        texts += [cell for table in section.tables for row in table.rows for cell in row]
        assert all(" ".join(text.split()) in shown for text in texts)
        assert f"**{escape(section.verdict)}**" in markdown


def test_nothing_comes_from_elsewhere_and_links_lead_to_files(files: dict[str, bytes]) -> None:
    root = parse(files["index.html"])
    tags = {item.tag.removeprefix(HTML) for item in root.iter()}
    assert not tags & {"script", "link", "iframe", "object"}
    ids = {item.get("id") for item in root.iter()}
    links = [item.get("href", "") for item in root.iter(f"{HTML}a")]
    assert all(link[1:] in ids for link in links if link.startswith("#"))
    assert {link for link in links if not link.startswith("#")} <= set(files)
    assert not re.search(r"(src|href)=\"https?:|@import|url\((?!#)", files["index.html"].decode())
    links = re.findall(r"\]\(([^)#]+)\)", files["report.md"].decode())
    assert {name for name in files if "/" in name} - {"data/claims.csv"} == set(links)


def test_the_name_of_a_folder_is_text_and_no_tag(files: dict[str, bytes]) -> None:
    page, markdown = (files[name].decode() for name in ("index.html", "report.md"))
    assert "&lt;script&gt;alert(1)&lt;script&gt;" in page
    assert "<script" not in page
    found: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            found.append(tag)

    Tags().feed(re.sub(r"(`+).*?[^`]\1(?!`)", "", markdown))  # outside of code, which is no HTML
    assert set(found) <= {"a"}
    assert escape("L*(K+1) | [a]`<b>&\nc") == r"L\*(K+1) \| \[a\]\`&lt;b&gt;&amp; c"


def test_the_page_is_well_formed_whatever_a_remark_holds(report: Report) -> None:
    text = report.sections[0]._replace(
        pictures=(), remarks=("a\0b\x1b[1m\ufffe\ud800", "µ \U0001f600")
    )
    root = parse(render_report(report._replace(sections=(text,)))["index.html"])
    assert {"a?b?[1m??", "µ \U0001f600"} <= {item.text for item in root.iter(f"{HTML}li")}


def test_every_picture_is_in_the_page_with_its_text_and_its_numbers(
    report: Report, files: dict[str, bytes]
) -> None:
    pictures = [picture for section in report.sections for picture in section.pictures]
    assert pictures
    for picture in pictures:
        image = files[f"figures/{picture.name}.svg"]
        texts = [item.text for item in parse(image).iter("{http://www.w3.org/2000/svg}text")]
        assert texts
        source = f"data:image/svg+xml;base64,{b64encode(image).decode()}"
        assert source in files["index.html"].decode()
    name = next(picture.name for picture in pictures if picture.name.startswith("fig07"))
    first = next(csv.DictReader(io.StringIO(files[f"data/{name}.csv"].decode())))
    assert (first["line"], first["epoch"], first["seeds"]) == ("LIAF, validation", "1", "2")
    assert float(first["mean"]) == 50
    assert b"LIAF, validation" in files[f"figures/{name}.svg"]


BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)
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


def look(page: Path, *flags: str) -> tuple[list[dict[str, Any]], list[str]]:
    """What the page is like at each width, and what the browser's console says."""
    frame = f'<iframe src="{page.name}" style="width:%dpx;height:800px;border:0"></iframe>'
    watch = page.with_name("watch.html")
    watch.write_text(WATCH % "".join(frame % width for width in WIDTHS), "utf-8")
    assert BROWSER is not None
    options = ["--headless", "--disable-gpu", "--allow-file-access-from-files", "--no-first-run"]
    options += [f"--user-data-dir={page.parent.parent / 'profile'}", "--enable-logging=stderr"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")
    command = [BROWSER, *options, *flags, "--dump-dom", watch.as_uri()]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603
    match = re.search(r'<pre id="found">(.*?)</pre>', ended.stdout)
    assert match, ended.stderr
    return json.loads(match[1]), [line for line in ended.stderr.splitlines() if "CONSOLE" in line]


def brightness(colour: str) -> float:
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / (3 * 255)


@pytest.mark.skipif(BROWSER is None, reason=f"needs one of {', '.join(BROWSERS)}")
def test_the_page_fits_every_width_and_the_console_is_empty(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    write_folder(tmp_path / "out", files.items())
    page = tmp_path / "out" / "index.html"
    for flags in ([], [DARK]):
        found, messages = look(page, *flags)
        assert not messages
        for width, seen in zip(WIDTHS, found, strict=True):
            assert width - 20 <= seen["width"] <= width  # less a scroll bar
            assert seen["scroll"] <= seen["width"]
            assert seen["sections"] == 15
            assert seen["narrowest"] > 0.7 * min(seen["width"], 360)
            assert seen["flattest"] > 100
            assert seen["loaded"]
            ground, text = brightness(seen["ground"]), brightness(seen["text"])
            assert (ground < 0.2 and text > 0.8) if flags else (ground > 0.9 and text < 0.3)
    wide = '<div style="width:2000px">x</div><script>console.error("seen")</script></body>'
    page.write_text(page.read_text("utf-8").replace("</body>", wide), "utf-8")
    found, messages = look(page)
    assert any("seen" in line for line in messages)
    assert all(seen["scroll"] > seen["width"] for seen in found)
