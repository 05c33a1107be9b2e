"""The error bounds of a case as a mapping, each precision on demand."""

from collections.abc import Iterator, Mapping

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import DTYPES, Case
from liaf_ref.oracle.error_bounds.evaluate import tolerances
from liaf_ref.oracle.reference import PAPER_KERNELS, KernelTable


class LazyTolerances(Mapping[str, Mapping[str, Array]]):
    """The error bounds of a case in each precision, computed when they are asked for."""

    def __init__(
        self,
        case: Case,
        dtypes: tuple[str, ...] = DTYPES,
        kernels: KernelTable = PAPER_KERNELS,
    ) -> None:
        self.case, self.dtypes, self.kernels = case, dtypes, kernels
        self.found: dict[str, Mapping[str, Array]] = {}

    def __getitem__(self, dtype: str) -> Mapping[str, Array]:
        if dtype not in self.dtypes:
            raise KeyError(dtype)
        if dtype not in self.found:
            with np.errstate(all="ignore"):
                self.found[dtype] = tolerances(self.case, dtype, self.kernels)
        return self.found[dtype]

    def __iter__(self) -> Iterator[str]:
        return iter(self.dtypes)

    def __len__(self) -> int:
        return len(self.dtypes)
