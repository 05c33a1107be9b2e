"""Progress of a check: a bar in a terminal, nothing elsewhere."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from liaf_ref._core.progress_bar import progress_bar

if TYPE_CHECKING:
    from liaf_ref.oracle.checker.run import Step

FORMAT = "{desc}{n_fmt}/{total_fmt} cases |{bar}| {elapsed} elapsed, {remaining} left{postfix}"


@contextlib.contextmanager
def show_progress(is_json: bool) -> "Iterator[Callable[[Step], None]]":
    """Show a bar on standard error, unless JSON goes into a pipe; it is removed at the end."""
    shown = sys.stderr.isatty() and (sys.stdout.isatty() or not is_json)
    bar: Any = progress_bar(
        file=sys.stderr, bar_format=FORMAT, leave=False, miniters=1, disable=not shown
    )

    def update(step: "Step") -> None:
        if bar.total != step.total or step.done < bar.n:
            bar.set_description_str("asking again: " if step.repeats else "", refresh=False)
            bar.reset(step.total)
        bar.set_postfix_str(f"{step.failed} failed", refresh=False)
        bar.update(step.done - bar.n)

    with bar:
        yield update if shown else lambda step: None
