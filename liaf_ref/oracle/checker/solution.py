"""A convention's answer to a case, computed as far as it is asked for."""

from collections.abc import Iterator, Mapping

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions import BASE, Convention
from liaf_ref.oracle.golden import Golden
from liaf_ref.oracle.reference.run import stages

Part = Mapping[str, Array] | None


class Solution:
    """The parts of an answer, one after another, each computed once.

    Parameters
    ----------
    convention : Convention
        Whose.
    golden : Golden
        The case.
    """

    def __init__(self, convention: Convention, golden: Golden) -> None:
        self.parts: list[Part] = []
        self._rest = _stages(convention, golden)

    def __iter__(self) -> Iterator[Part]:
        """What is forward, backward, and of training; ``None`` for what cannot be run."""
        at = 0
        while at < len(self.parts) or self._more():
            yield self.parts[at]
            at += 1

    def _more(self) -> bool:
        with np.errstate(all="ignore"):
            try:
                self.parts.append(next(self._rest))
            except StopIteration:
                return False
            except (ValueError, IndexError):  # shapes that do not fit
                self.parts.append(None)
        return True


def _stages(convention: Convention, golden: Golden) -> Iterator[Part]:
    """The parts; a convention of which no case can be made says so at the first."""
    yield from stages(convention.case(golden.case), convention.rules(BASE))
