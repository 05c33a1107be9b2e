"""What a user may write; `make review` checks it with mypy and pyright, as they are by default."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

import liaf_ref as lr

Floats = npt.NDArray[np.floating]


def gradients(X: npt.NDArray[np.float64]) -> dict[str, Floats]:
    """One pass through a layer, forward and backward."""
    layer = lr.DenseLIAF(50, 100, act="relu")
    params = layer.init(0)
    Y, _state, tape = layer.forward(params, X)
    _dX, _d_state, grads = layer.backward(np.ones_like(Y), tape)
    return {name: np.asarray(gradient) for name, gradient in grads.items()}


def frames(path: Path) -> tuple[int, ...]:
    """Events of a file, counted into frames of 10 ms."""
    return lr.events_to_frames(lr.read_events(path), (32, 32), 10_000, 60, 0).shape


def own_backend(case: lr.oracle.Case) -> dict[str, Floats]:
    """A backend that the oracle checks."""
    return dict(lr.oracle.run(case))


def main() -> None:
    """Call each."""
    for name, gradient in gradients(np.ones((2, 5, 50))).items():
        print(name, gradient.shape)
    print(lr.gradcheck(lr.DenseLIF(3, 2)))
    print(lr.check_backend(own_backend, levels=["L0"]))


if __name__ == "__main__":
    main()
