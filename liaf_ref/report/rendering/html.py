"""Render the report as one self-contained HTML file without JavaScript."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from liaf_ref._core.optional import import_optional_dependency
from liaf_ref._core.xml_text import replace_invalid_xml_chars
from liaf_ref.report.content import Report
from liaf_ref.report.rendering.files import COMMENTS_HEADING, TITLE, csv_path, svg_path


def load_template() -> Any:
    """Load the page's template, or explain how to install jinja2."""
    jinja2 = import_optional_dependency("jinja2", "report")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("liaf_ref.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"csv_path": csv_path, "svg_path": svg_path}
    return environment.get_template("report.html.jinja")


def render_html(template: Any, report: Report, images: Mapping[str, bytes]) -> str:
    """Render the report with embedded images."""
    urls = {
        name: f"data:image/svg+xml;base64,{b64encode(image).decode()}"
        for name, image in images.items()
    }
    page: str = template.render(
        report=report, image_urls=urls, title=TITLE, comments_heading=COMMENTS_HEADING
    )
    return replace_invalid_xml_chars(page.lstrip())
