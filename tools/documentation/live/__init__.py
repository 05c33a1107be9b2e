"""Figures that move in the reader's browser: their controls, panels, HTML and check."""
