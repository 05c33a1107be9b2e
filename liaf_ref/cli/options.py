"""What the commands' options may say, and what is answered when they say something else."""

import argparse
import re
from typing import TYPE_CHECKING, NoReturn

from liaf_ref.data.babi import TASK_NAMES
from liaf_ref.networks.babi import CELLS


class Parser(argparse.ArgumentParser):
    """Like argparse's, but a wrong option is answered by one message."""

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with 2."""
        self.exit(2, f"{self.prog}: error: {message}; see {self.prog} --help\n")


class Defaults(argparse.ArgumentDefaultsHelpFormatter):
    """Names the default of an option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or action.default is False:
            return action.help
        return super()._get_help_string(action)


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Parser]


def numbers(text: str) -> list[int]:
    """Read ``1,6,11-13`` as [1, 6, 11, 12, 13]."""
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"([0-9]{1,3})(?:-([0-9]{1,3}))?", part)
        if not match:
            raise argparse.ArgumentTypeError(f"expected numbers like 1,6,11-13, got {text!r}")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= len(TASK_NAMES):
            raise argparse.ArgumentTypeError(
                f"expected bAbI tasks 1 to {len(TASK_NAMES)}, ranges upwards, got {text!r}"
            )
        found += range(first, last + 1)
    return list(dict.fromkeys(found))


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    if not re.fullmatch(r"0*[1-9][0-9]{0,5}", text):
        raise argparse.ArgumentTypeError(f"expected a whole number >= 1, got {text!r}")
    return int(text)


def cells(text: str) -> list[str]:
    """Read ``liaf,lif`` as ["liaf", "lif"]."""
    found = text.split(",")
    for cell in found:
        if cell not in CELLS:
            raise argparse.ArgumentTypeError(
                f"expected cells out of {','.join(CELLS)}, got {cell!r}"
            )
    return list(dict.fromkeys(found))
