"""The report as files: one HTML page, the same as Markdown, pictures and numbers."""

from liaf_ref.report.page.render import PARTS, render, write

__all__ = ["PARTS", "render", "write"]
