"""LIAF-Net in pure NumPy: the paper's equations and their gradients by hand."""

__version__ = "0.1.0"
