"""The report's files: well-formed, the same every time, complete, and safe."""

import csv
import io
import re
import sys
from base64 import b64encode
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from liaf_ref._core.errors import LiafError
from liaf_ref.report.build import Report
from liaf_ref.report.pictures import Curve, curve_plot, draw_svg
from liaf_ref.report.render import escape_markdown as escape
from liaf_ref.report.render import render_report
from liaf_ref.report.statistics import mean_ci

HTML = "{http://www.w3.org/1999/xhtml}"


def parse(text: str | bytes) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - our own


def test_equal_reports_have_equal_bytes(report: Report, files: dict[str, bytes]) -> None:
    assert render_report(report) == files


def test_the_page_is_well_formed_and_says_everything(
    report: Report, files: dict[str, bytes]
) -> None:
    page = files["index.html"].decode()
    assert page.startswith("<!DOCTYPE html>\n<html")
    root = parse(page)
    ids = [item.get("id") for item in root.iter() if item.get("id")]
    assert len(ids) == len(set(ids))
    assert {section.name for section in report.sections} <= set(ids)
    shown = " ".join("".join(root.itertext()).split())
    for section in report.sections:
        message = [section.verdict, *section.findings, *section.notes]
        assert all(" ".join(text.split()) in shown for text in message)
        cells = {cell for table in section.tables for row in table.rows for cell in row}
        assert all(" ".join(cell.split()) in shown for cell in cells)


def test_nothing_comes_from_elsewhere_and_links_lead_to_files(files: dict[str, bytes]) -> None:
    root = parse(files["index.html"])
    tags = {item.tag.removeprefix(HTML) for item in root.iter()}
    assert not tags & {"script", "link", "iframe", "object"}
    ids = {item.get("id") for item in root.iter()}
    links = [item.get("href", "") for item in root.iter(f"{HTML}a")]
    assert all(link[1:] in ids for link in links if link.startswith("#"))
    assert {link for link in links if not link.startswith("#")} <= set(files)
    sources = [item.get("src", "") for item in root.iter(f"{HTML}img")]
    assert sources
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert not re.search(r"(src|href)=\"https?:|@import|url\((?!#)", files["index.html"].decode())


def test_what_a_folder_is_called_is_text_and_no_tag(files: dict[str, bytes]) -> None:
    page, markdown = (files[name].decode() for name in ("index.html", "report.md"))
    assert "&lt;script&gt;alert(1)&lt;script&gt;" in page
    assert "<script" not in page
    found: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            found.append(tag)

    outside = re.sub(r"(`+).*?[^`]\1(?!`)", "", markdown)  # of code, which is no HTML
    Tags().feed(outside)
    assert set(found) <= {"a"}


def test_the_page_is_well_formed_whatever_a_remark_holds(report: Report) -> None:
    text = report.sections[0]._replace(
        pictures=(), comments=("a\0b\x1b[1m\ufffe\ud800", "µ \U0001f600")
    )
    root = parse(render_report(report._replace(sections=(text,)))["index.html"])
    assert {"a?b?[1m??", "µ \U0001f600"} <= {item.text for item in root.iter(f"{HTML}li")}


def test_markdown_lets_a_text_stand_for_itself() -> None:
    assert escape("L*(K+1) | [a]`<b>&\nc") == r"L\*(K+1) \| \[a\]\`&lt;b&gt;&amp; c"


def test_the_markdown_page_has_the_same_verdicts(report: Report, files: dict[str, bytes]) -> None:
    page = files["report.md"].decode()
    assert all(f"**{escape(section.verdict)}**" in page for section in report.sections)
    links = re.findall(r"\]\(([^)#]+)\)", page)
    assert set(links) <= set(files)
    assert {name for name in files if "/" in name} - set(links) == {"data/claims.csv"}


def test_every_picture_has_its_numbers(report: Report, files: dict[str, bytes]) -> None:
    picture = next(p for s in report.sections for p in s.pictures if p.name.startswith("fig07"))
    rows = list(csv.DictReader(io.StringIO(files[f"data/{picture.name}.csv"].decode())))
    first = rows[0]
    assert (first["line"], first["epoch"], first["seeds"]) == ("LIAF, validation", "1", "2")
    assert float(first["mean"]) == 50
    drawn = {p.name for s in report.sections for p in s.pictures}
    assert {f"figures/{name}.svg" for name in drawn} <= set(files)
    assert {f"data/{name}.csv" for name in drawn} <= set(files)


def test_a_picture_has_text_as_text_and_is_the_page_s(files: dict[str, bytes]) -> None:
    page = files["index.html"].decode()
    for name, content in files.items():
        if name.endswith(".svg"):
            root = parse(content)
            texts = [item.text for item in root.iter("{http://www.w3.org/2000/svg}text")]
            assert texts, name
            assert b64encode(content).decode() in page
    accuracy = next(c for n, c in files.items() if n.endswith("smoke-accuracy.svg"))
    assert b"LIAF, validation" in accuracy


def test_a_curve_of_one_epoch_or_of_zeros_can_be_drawn() -> None:
    line = Curve("liaf", "LIAF", False, [mean_ci([0.0])])
    assert b"</svg>" in draw_svg(curve_plot("one", "one epoch", "loss", None, [line]))


def test_without_jinja2_the_extra_is_named(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(LiafError, match=r"jinja2 is not installed; .*pip install '.\[report\]'"):
        render_report(report)
