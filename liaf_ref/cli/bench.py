"""``liaf-ref bench``: speed against eager PyTorch and the machine's own limit."""

import argparse


def command(args: argparse.Namespace) -> int:
    """Measure; see ``liaf-ref bench --help``."""
    raise NotImplementedError
