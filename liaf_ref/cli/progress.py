"""Progress of a run: a bar in a terminal, a plain line now and then elsewhere."""

import time
from types import TracebackType
from typing import Any, TextIO

from tqdm import tqdm

from liaf_ref.training.loop import Event, StepDone

EVERY_SECONDS = 5.0


class Progress:
    """Shows the events of one run.

    Parameters
    ----------
    name : str
        The run, at the start of each line.
    epochs : int
        Epochs in all.
    stream : TextIO
        Where to show it; a bar if it is a terminal.
    """

    def __init__(self, name: str, epochs: int, stream: TextIO) -> None:
        self.name, self.epochs, self.stream = name, epochs, stream
        self.bar: Any = None
        if stream.isatty():
            self.bar = tqdm(total=epochs, desc=name, unit="epoch", file=stream)
        self.began = self.shown = time.monotonic()
        self.first: int | None = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.close()

    def show(self, event: Event) -> None:
        """Show one event."""
        if self.first is None:
            self.first = event.state.epoch - (0 if isinstance(event, StepDone) else 1)
        if isinstance(event, StepDone):
            return
        epoch = event.state.epoch
        facts = (
            f"loss {event.train.loss:.3f}  train {100 * event.train.accuracy:.1f} %  "
            f"validation {100 * event.validation.accuracy:.1f} %"
        )
        if self.bar is not None:
            self.bar.update(epoch - self.bar.n)
            self.bar.set_postfix_str(facts)
            return
        now = time.monotonic()
        if now - self.shown >= EVERY_SECONDS or epoch == self.epochs:
            left = (now - self.began) / (epoch - self.first) * (self.epochs - epoch)
            line = f"{self.name}  epoch {epoch}/{self.epochs}  {facts}  {left:.0f} s left"
            print(line, file=self.stream, flush=True)
            self.shown = now
