"""Early stopping by the validation losses so far."""

from collections.abc import Sequence

from liaf_ref._core.plural import count
from liaf_ref._core.validation import check_instance, check_positive_int


def early_stopping_reason(losses: Sequence[float], stop_after: int | None) -> str | None:
    """Return the reason to stop training, if there is one."""
    source = "when to stop"
    kind: type[Sequence[float]] = Sequence  # type: ignore[type-abstract]
    check_instance("losses", losses, kind, source, "a sequence of numbers")
    if stop_after is not None:
        check_positive_int("stop_after", stop_after, source)
    if stop_after is None or not losses:
        return None
    lowest = min(losses)
    epoch = losses.index(lowest) + 1
    if len(losses) - epoch < stop_after:
        return None
    best = f"{lowest:.6g} of epoch {epoch}"
    return f"the validation loss has not been below its {best} for {count(stop_after, 'epoch')}"
