"""The error bounds of a case as a mapping, each precision on demand."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from liaf_ref.kernels.array import Array


class LazyTolerances(Mapping[str, Mapping[str, Array]]):
    """The error bounds of a case in each precision, computed when they are asked for."""

    def __init__(
        self, dtypes: tuple[str, ...], compute: Callable[[str], Mapping[str, Array]]
    ) -> None:
        self.dtypes, self.compute = dtypes, compute
        self.found: dict[str, Mapping[str, Array]] = {}

    def __getitem__(self, dtype: str) -> Mapping[str, Array]:
        if dtype not in self.dtypes:
            raise KeyError(dtype)
        if dtype not in self.found:
            with np.errstate(all="ignore"):
                self.found[dtype] = self.compute(dtype)
        return self.found[dtype]

    def __contains__(self, dtype: object) -> bool:
        return dtype in self.dtypes  # Mapping asks for the value, and so computes it

    def __iter__(self) -> Iterator[str]:
        return iter(self.dtypes)

    def __len__(self) -> int:
        return len(self.dtypes)
