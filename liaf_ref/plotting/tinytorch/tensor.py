"""Arrays that remember what they were computed from, and the way back."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.sharing import sum_to

BackwardFunction = Callable[[Array], Array]  # from the gradient in a result to that in an operand


class Tensor:
    """An array and where it came from."""

    __array_priority__ = 1  # a NumPy scalar leaves the operation to the tensor

    def __init__(
        self, data: Any, sources: Sequence[tuple["Tensor", BackwardFunction]] = ()
    ) -> None:
        self.data = np.asarray(data)
        self.sources = tuple((t, back) for t, back in sources if t.requires_grad)
        self.requires_grad: bool = bool(self.sources)
        self.grad: Tensor | None = None

    @property
    def dtype(self) -> Any:
        """Of the values."""
        return self.data.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the values."""
        return self.data.shape

    def __getitem__(self, index: Any) -> "Tensor":
        def back(g: Array) -> Array:
            whole = np.zeros_like(self.data, dtype=g.dtype)
            whole[index] = g
            return whole

        return Tensor(self.data[index], [(self, back)])

    def __add__(self, other: Any) -> "Tensor":
        return _binary(np.add, self, other, lambda g: g, lambda g: g)

    def __sub__(self, other: Any) -> "Tensor":
        return _binary(np.subtract, self, other, lambda g: g, lambda g: -g)

    def __rsub__(self, other: Any) -> "Tensor":
        return _as_tensor(self, other) - self

    def __mul__(self, other: Any) -> "Tensor":
        b = _as_tensor(self, other)
        return _binary(np.multiply, self, b, lambda g: g * b.data, lambda g: g * self.data)

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> "Tensor":
        b = _as_tensor(self, other)
        return _binary(
            np.true_divide,
            self,
            b,
            lambda g: g / b.data,
            lambda g: -g * self.data / (b.data * b.data),
        )

    def __rtruediv__(self, other: Any) -> "Tensor":
        return _as_tensor(self, other) / self

    def __pow__(self, other: Any) -> "Tensor":
        b = _as_tensor(self, other)
        return _binary(
            np.power,
            self,
            b,
            lambda g: g * b.data * self.data ** (b.data - (b.data != 0)),  # 0 if b is
            lambda g: g * self.data**b.data * np.log(self.data + (self.data == 0)),  # 0 at 0
        )

    def __rpow__(self, other: Any) -> "Tensor":
        return _as_tensor(self, other) ** self

    def __neg__(self) -> "Tensor":
        return Tensor(-self.data, [(self, lambda g: -g)])

    def __matmul__(self, W: "Tensor") -> "Tensor":
        def to_W(g: Array) -> Array:
            rows = self.data.reshape(-1, self.data.shape[-1])
            turned: Array = rows.T @ g.reshape(-1, g.shape[-1])
            return turned

        return Tensor(self.data @ W.data, [(self, lambda g: g @ W.data.T), (W, to_W)])

    def __ge__(self, other: Any) -> "Tensor":
        return Tensor(self.data >= _as_tensor(self, other).data)

    def __gt__(self, other: Any) -> "Tensor":
        return Tensor(self.data > _as_tensor(self, other).data)

    def __le__(self, other: Any) -> "Tensor":
        return Tensor(self.data <= _as_tensor(self, other).data)

    def __lt__(self, other: Any) -> "Tensor":
        return Tensor(self.data < _as_tensor(self, other).data)

    def __eq__(self, other: object) -> Any:
        return Tensor(self.data == _as_tensor(self, other).data)

    def __ne__(self, other: object) -> Any:
        return Tensor(self.data != _as_tensor(self, other).data)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self.data)

    def __and__(self, other: Any) -> "Tensor":
        return Tensor(self.data & _as_tensor(self, other).data)

    def __or__(self, other: Any) -> "Tensor":
        return Tensor(self.data | _as_tensor(self, other).data)

    def __invert__(self) -> "Tensor":
        return Tensor(~self.data)

    def abs(self) -> "Tensor":
        """Absolute values; the slope at 0 is 0."""
        return Tensor(np.abs(self.data), [(self, lambda g: g * np.sign(self.data))])

    __abs__ = abs

    def to(self, dtype: Any) -> "Tensor":
        """Another dtype."""
        return Tensor(self.data.astype(dtype), [(self, lambda g: g.astype(self.data.dtype))])

    def sum(self) -> "Tensor":
        """All entries' sum."""
        return Tensor(self.data.sum(), [(self, lambda g: np.full_like(self.data, g))])

    def unbind(self, dim: int) -> list["Tensor"]:
        """The slices along an axis."""
        ahead = (slice(None),) * dim
        return [self[(*ahead, k)] for k in range(self.data.shape[dim])]

    def detach(self) -> "Tensor":
        """The values without where they came from."""
        return Tensor(self.data)

    def requires_grad_(self) -> "Tensor":
        """Ask for a gradient."""
        self.requires_grad = True
        return self

    def numpy(self) -> Array:
        """The values."""
        return self.data

    def backward(self) -> None:
        """Leave in each tensor that was asked for it the gradient of this scalar."""
        found = {id(self): np.ones_like(self.data)}
        for tensor in reversed(list(_topological_order(self))):
            g = found.pop(id(tensor))
            if not tensor.sources:
                tensor.grad = Tensor(g if tensor.grad is None else tensor.grad.data + g)
            for source, back in tensor.sources:
                more = back(g)
                found[id(source)] = found[id(source)] + more if id(source) in found else more


def _topological_order(last: Tensor) -> Iterator[Tensor]:
    """Every tensor behind the last one, each after those it was computed from."""
    seen: set[int] = set()
    waiting = [(last, False)]
    while waiting:
        tensor, ready = waiting.pop()
        if ready:
            yield tensor
        elif id(tensor) not in seen:
            seen.add(id(tensor))
            waiting += [(tensor, True), *((source, False) for source, _ in tensor.sources)]


def _as_tensor(a: Tensor, other: Any) -> Tensor:
    """A number as a tensor of the other operand's dtype, or of float32 if that cannot hold it."""
    if isinstance(other, Tensor):
        return other
    own, kind = a.data.dtype, np.asarray(other).dtype.kind
    low = kind == "f" if own.kind in "iu" else own.kind == "b" and kind != "b"
    return Tensor(np.asarray(other, np.float32 if low else own))


def _binary(
    op: Callable[[Array, Array], Array],
    a: Tensor,
    other: Any,
    to_a: BackwardFunction,
    to_b: BackwardFunction,
) -> Tensor:
    b = _as_tensor(a, other)
    return Tensor(
        op(a.data, b.data),
        [
            (a, lambda g: sum_to(to_a(g), a.data.shape)),
            (b, lambda g: sum_to(to_b(g), b.data.shape)),
        ],
    )
