"""Types of passes; and types of fields, each with what it takes: the one place with a range."""

from collections.abc import Mapping
from typing import Annotated, Any

from liaf_ref._core.kinds import Kind, RefusedError, either, flag, one_of, real, sizes, whole
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window
from liaf_ref.kernels.surrogate import Arctan, Gaussian, Sigmoid, Triangle
from liaf_ref.kernels.variants.reset import RESETS
from liaf_ref.layers.initializers import EMBEDDING_INITIALIZERS, RECURRENT_INITIALIZERS

Shape = tuple[int, ...]
SymbolicShape = tuple[int | str, ...]  # "B" is the batch
State = tuple[Array, ...]
Params = dict[str, Array]
Arrays = Mapping[str, Array]  # parameters, and buffers where they are given
Pass = tuple[Array, State, Any]  # output, state after the last step, what the way back reads
Grads = tuple[Array, State, Params]  # in the input, the state before the first step, parameters

SMOOTH = (Triangle, Gaussian, Sigmoid, Arctan)  # x / mu has no value at the threshold for mu = 0
LARGEST_FLOAT32 = 3.4028234663852886e38
POSITIVE = real(0, closed="()")


def _accept_pair(value: Any) -> Pair:
    if not isinstance(value, Pair) or not all(map(callable, value)):
        raise RefusedError
    return value


def _accept_spike(value: Any) -> Pair:
    pair = _accept_pair(value)
    if isinstance(pair.slope, (Window, *SMOOTH)):
        (real(0) if isinstance(pair.slope, Window) else POSITIVE).accept(pair.slope.mu)
    return pair


PAIR = Kind("a Pair of functions", _accept_pair, (Pair(1, 2),))  # type: ignore[arg-type]
SPIKE = Kind("a Pair with a window mu >= 0 or a slope mu > 0", _accept_spike, (1, "step", None))

Count = Annotated[int, whole()]
Number = Annotated[float, real()]
Positive = Annotated[float, POSITIVE]
Width = Annotated[float, real(0)]
Share = Annotated[float, real(0, 1)]
Rate = Annotated[float, real(0, 1, closed="[)")]
Float32 = Annotated[float, real(-LARGEST_FLOAT32, LARGEST_FLOAT32)]
Flag = Annotated[bool, flag]
StepShape = Annotated[tuple[int, ...], sizes(1, 3, expected="(L,) or (H, W, L)")]
ImageShape = Annotated[tuple[int, ...], sizes(3, expected="(height, width, channels)")]
Padding = Annotated[tuple[int, int], sizes(2, low=0, expected="a pair (zeros before, zeros after)")]
Window2 = Annotated[tuple[int, ...], sizes(2)]
Window3 = Annotated[tuple[int, ...], sizes(3)]
ActName = Annotated[str, one_of(*ACTIVATIONS)]
Act = Annotated[str | Pair, either(one_of(*ACTIVATIONS, "spike"), PAIR)]
Spike = Annotated[Pair, SPIKE]
MODES, SHARINGS = ("TR", "NTR"), ("all", "channel", "non")
Mode = Annotated[str, one_of(*MODES)]
Sharing = Annotated[str, one_of(*SHARINGS)]
Reset = Annotated[str, one_of(*RESETS)]
Levels = Annotated[str | int, either(one_of("binary", "ternary"), whole(1, 256))]
OutputLevels = Annotated[str | int, either(one_of("ramp"), whole(1, 256))]
Gate = Annotated[str, one_of("sigmoid", "hard_sigmoid")]
TimeStatistics = Annotated[str, one_of("joint", "per_step")]
RecurrentInitializer = Annotated[str, one_of(*RECURRENT_INITIALIZERS)]
EmbeddingInitializer = Annotated[str, one_of(*EMBEDDING_INITIALIZERS)]


def shared_shape(shape: Shape, sharing: str) -> Shape:
    """The shape of a parameter of neurons, Section II-B."""
    return {"all": (1,), "channel": shape[-1:], "non": shape}[sharing]
