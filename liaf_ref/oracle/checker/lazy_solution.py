"""The answer of a convention to a case, computed lazily."""

from collections.abc import Iterator, Mapping

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions import BASE_KERNELS, Convention
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.reference.run import stages

AnswerStage = Mapping[str, Array] | None


class LazySolution:
    """The parts of an answer, one after another, each computed once."""

    def __init__(self, convention: Convention, golden: GoldenCase) -> None:
        self.stages: list[AnswerStage] = []
        self._remaining = _answer_stages(convention, golden)

    def __iter__(self) -> Iterator[AnswerStage]:
        """What is forward, backward, and of training; ``None`` for what cannot be run."""
        at = 0
        while at < len(self.stages) or self._compute_next():
            yield self.stages[at]
            at += 1

    def _compute_next(self) -> bool:
        with np.errstate(all="ignore"):
            try:
                self.stages.append(next(self._remaining))
            except StopIteration:
                return False
            except (ValueError, IndexError):  # shapes that do not fit
                self.stages.append(None)
        return True


def _answer_stages(convention: Convention, golden: GoldenCase) -> Iterator[AnswerStage]:
    """The parts; ``None`` first if the convention cannot be applied to the case."""
    yield from stages(
        convention.transform_case(golden.case), convention.transform_kernels(BASE_KERNELS)
    )
