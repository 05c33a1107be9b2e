"""The report as files: one HTML page, the same as Markdown, pictures and numbers."""

from liaf_ref.report.rendering.render import OUTPUT_NAMES, render_report, write_report

__all__ = ["OUTPUT_NAMES", "render_report", "write_report"]
