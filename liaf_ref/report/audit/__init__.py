"""Audit of the paper: recompute its numbers and compare them with the printed ones."""

from liaf_ref.report.audit.agreement import MISMATCH, NOT_RECOMPUTED, ROUNDED, TRUNCATED
from liaf_ref.report.audit.findings import Finding, audit, format_findings

__all__ = [
    "MISMATCH",
    "NOT_RECOMPUTED",
    "ROUNDED",
    "TRUNCATED",
    "Finding",
    "audit",
    "format_findings",
]
