"""The report's files: well-formed, the same every time, complete, safe, and shown by a browser."""

import csv
import io
import re
from base64 import b64encode
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

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


def test_both_pages_are_well_formed_and_complete(report: Report, files: dict[str, bytes]) -> None:
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


def test_every_picture_has_its_text_and_numbers(report: Report, files: dict[str, bytes]) -> None:
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
