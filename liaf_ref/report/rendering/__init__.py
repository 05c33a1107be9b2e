"""Render the report as files: HTML, Markdown, SVG figures and CSV."""

from liaf_ref.report.rendering.render import OUTPUT_NAMES, render_report, write_report

__all__ = ["OUTPUT_NAMES", "render_report", "write_report"]
