"""Figures of the report, and pictures of events."""
